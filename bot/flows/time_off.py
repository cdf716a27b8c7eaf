"""When a practitioner is away: said by buttons or in a line, and what becomes of the visits that lie in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.flows.answers import Choice, Holds, Paged
from bot.flows.card import Card
from bot.flows.content import Content
from bot.flows.diary import everybody
from bot.flows.flow import (
    Answer,
    Ask,
    End,
    Flow,
    Given,
    Heard,
    Holding,
    Refused,
    Shown,
    Stay,
    Turn,
    picked,
    route,
    spoken,
    standing,
    wrong,
)
from bot.flows.house import Verb
from bot.flows.month import AnyDay
from bot.flows.stretches import read_hours, read_stretch
from bot.model import AddTimeOff, AskToMove, Booking, DropTimeOff, Facts, Offer, Say, Text, TimeOff, Window
from bot.practice.slots import Interval
from bot.practice.wall import instant

OFF_NEEDS = frozenset({"diary", "off"})
_DAY = timedelta(days=1)
_AHEAD = timedelta(days=366)
_NOON = time(12)
_PARTS = ("whole_day", "until", "morning", "afternoon", "hours")
_LISTED = 20
_READ = 5
_OFFERED = 12
_SHORT = "short_"

SAYS = (
    spoken("off.in_year", "stretch", "year"),
    *(
        spoken(f"off.{how}{stretch}", *names)
        for how in ("", _SHORT)
        for stretch, names in (
            ("all_day", ("day",)),
            ("days", ("first", "last")),
            ("between", ("starts_at", "ends_at")),
            ("from", ("starts_at",)),
            ("till", ("starts_at", "ends_at")),
            ("moments", ("starts_at", "ends_at")),
        )
    ),
    spoken("off.from_calendar", "stretch"),
    spoken("off.none"),
    spoken("off.unread"),
    spoken("off.unread_hours"),
    spoken("off.conflict", "name", "starts_at", "visit"),
    spoken("off.conflict_asked", "name", "starts_at", "visit"),
    spoken("off.conflicts", "n"),
    spoken("off.offer_to", "name"),
    spoken("off.asked", "names"),
    spoken("off.asked_before", "name"),
    spoken("off.no_reach", "names"),
    spoken("booking.please_move", "visit", "address", "phone", choices=("move",)),
)


def conflicts(facts: Facts, practitioner: str) -> list[Booking]:
    """The visits to come that lie in this practitioner's times off, the next first: not those put there since, for
    only the practice can do that, knowingly."""
    away = [one for one in facts.off if one.ref == practitioner]
    return [
        one
        for one in facts.diary
        if one.practitioner == practitioner
        and one.state in ("awaiting_release", "booked")
        and one.starts_at > facts.now
        and any(_meets(one, each) for each in away)
    ]


def _meets(visit: Booking, off: TimeOff) -> bool:
    if visit.made_at and off.made_at and visit.made_at > off.made_at:
        return False
    return Interval(visit.starts_at, visit.ends_at).overlaps(Interval(off.starts_at, off.ends_at))


class Away:
    """Times off, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.card = Card(content)
        self.window = Window(_AHEAD, everybody(content.clinic))

    # --- what is shown

    def told(self, stretch: Interval, how: str = "") -> Say:
        """A stretch in as few words as it takes; or (`_SHORT`) as a button has room for."""
        zone = self.clinic.zone
        start, end = stretch.start.astimezone(zone), stretch.end.astimezone(zone)
        values = {"starts_at": stretch.start, "ends_at": stretch.end}
        last = (end - timedelta(microseconds=1)).date()
        if start.time() == end.time() == time():
            if start.date() == last:
                return Say(f"off.{how}all_day", {"day": start.date()})
            return Say(f"off.{how}days", {"first": start.date(), "last": last})
        if start.date() != last:
            return Say(f"off.{how}moments", values)
        if end.time() == time():
            return Say(f"off.{how}from", {"starts_at": stretch.start})
        return Say(f"off.{how}{'till' if start.time() == time() else 'between'}", values)

    def own(self, turn: Turn) -> list[TimeOff]:
        ref = turn.facts.staff_ref
        return [one for one in turn.facts.off if one.ref == ref]

    def listed(self, turn: Turn) -> dict[str, object]:
        """What stands, the next first; then the next few of what is read from a calendar."""
        own = self.own(turn)
        said = [self.stands(one) for one in own if one.source == "practice"][:_LISTED]
        read = [self.stands(one) for one in own if one.source == "calendar"][:_READ]
        lines = (*said, *(Say("off.from_calendar", {"stretch": told}) for told in read))
        return {"times": lines or Say("off.none")}

    def stands(self, one: TimeOff) -> Say:
        return self.told(Interval(one.starts_at, one.ends_at))

    def offered(self, turn: Turn) -> tuple[str, ...]:
        return ("today", "tomorrow", "another_day", *(("remove",) if self.removable(turn) else ()))

    def removable(self, turn: Turn) -> list[tuple[str, object]]:
        return [
            (str(one.id), self.told(Interval(one.starts_at, one.ends_at), _SHORT))
            for one in self.own(turn)
            if one.source == "practice"
        ]

    def read_back(self, turn: Turn) -> dict[str, object]:
        """What would be kept, and the visits in it."""
        stretch = self.stretch(turn)
        told, year = self.told(stretch), stretch.start.astimezone(self.clinic.zone).year
        if year != self.today(turn).year:
            told = Say("off.in_year", {"stretch": told, "year": str(year)})
        return {"stretch": told, "conflicts": self.lines(self.met(turn))}

    def met(self, turn: Turn) -> list[Booking]:
        """The visits in the stretch in hand."""
        stretch = self.stretch(turn)
        wanted = TimeOff(0, "practitioner", turn.facts.staff_ref, stretch.start, stretch.end)
        return conflicts(replace(turn.facts, off=(wanted,)), wanted.ref)

    def lines(self, met: Sequence[Booking]) -> tuple[Say, ...]:
        """Visits in somebody's time off, under a word that there are some."""
        if not met:
            return ()
        return (Say("off.conflicts", {"n": len(met)}), *map(self.line, met[:_LISTED]))

    def line(self, one: Booking) -> Say:
        key = "off.conflict_asked" if one.move_asked else "off.conflict"
        return Say(key, {"name": one.name, **self.card.about(one)})

    def offers(self, met: Sequence[Booking], away: int = 0) -> tuple[tuple[Offer, ...], ...]:
        """A button for each visit nobody was asked to move yet, and one for all of them: those in the time off that
        begins at `away` (seconds since 1970), or in any."""
        unasked = [one for one in met if not one.move_asked]
        rows = tuple(
            (standing("offer_times", one.id, "offer_times", Say("off.offer_to", {"name": one.name})),)
            for one in unasked[:_OFFERED]
        )
        return (*rows, (standing("offer_all", away, "offer_all"),)) if len(unasked) > 1 else rows

    # --- what was chosen

    def day(self, turn: Turn) -> date:
        return date.fromisoformat(turn.data["day"])

    def of_day(self, turn: Turn) -> dict[str, object]:
        return {"day": self.day(turn)}

    def parts(self, turn: Turn) -> tuple[str, ...]:
        """What of the day can still be had."""
        now = turn.facts.now.astimezone(self.clinic.zone)
        is_over = self.day(turn) == now.date() and now.time() >= _NOON
        return tuple(part for part in _PARTS if part != "morning" or not is_over)

    def today(self, turn: Turn) -> date:
        return turn.facts.now.astimezone(self.clinic.zone).date()

    def last(self, turn: Turn) -> date:
        """The last day one can be away on."""
        return self.today(turn) + _AHEAD - 2 * _DAY

    def stretch(self, turn: Turn) -> Interval:
        return Interval(datetime.fromisoformat(turn.data["start"]), datetime.fromisoformat(turn.data["end"]))

    def take(self, turn: Turn) -> None:
        """A day from a button, or a stretch from what was typed."""
        given = turn.given
        if isinstance(given, Interval):
            keep(turn, given)
        elif given in ("today", "tomorrow"):
            turn.data["day"] = (self.today(turn) + _DAY * (given == "tomorrow")).isoformat()

    def take_part(self, turn: Turn) -> None:
        """The whole day, or the half of it before or after noon."""
        day = self.day(turn)
        walls = [datetime.combine(day, time()), datetime.combine(day, _NOON), datetime.combine(day + _DAY, time())]
        first, last = {"whole_day": (0, 2), "morning": (0, 1), "afternoon": (1, 2)}[turn.given]
        keep(turn, Interval(instant(walls[first], self.clinic.zone), instant(walls[last], self.clinic.zone)))

    def take_last(self, turn: Turn) -> None:
        """Whole days, up to the one given."""
        walls = (
            datetime.combine(self.day(turn), time()),
            datetime.combine(date.fromisoformat(turn.given) + _DAY, time()),
        )
        keep(turn, Interval(*(instant(wall, self.clinic.zone) for wall in walls)))

    # --- deeds

    def add(self, turn: Turn) -> None:
        stretch = self.stretch(turn)
        turn.do(AddTimeOff(turn.facts.staff_ref, stretch.start, stretch.end))

    def drop(self, turn: Turn) -> None:
        turn.do(DropTimeOff(int(turn.given)))

    def offered_now(self, turn: Turn) -> tuple[tuple[Offer, ...], ...]:
        """What can be done about the visits in the stretch that was just kept."""
        return self.offers(self.met(turn), _seconds(self.stretch(turn).start))

    def offer_times(self, turn: Turn, booking_id: int) -> Say | None:
        """The patient is asked to choose another time, once, while somebody is away at theirs; the visit stands until
        they have."""
        one = next((one for one in turn.facts.diary if one.id == booking_id), None)
        if one is None or one not in conflicts(turn.facts, one.practitioner):
            return Say("common.gone")
        if one.move_asked:
            return Say("off.asked_before", {"name": one.name})
        return self._ask(turn, [one])

    def offer_all(self, turn: Turn, row: int) -> Say | None:
        """Everybody whose visit lies in a time off of whoever taps, that which the row names or any, and who was not
        asked yet."""
        meant = tuple(one for one in turn.facts.off if row in (0, _seconds(one.starts_at)))
        met = conflicts(replace(turn.facts, off=meant), turn.facts.staff_ref)
        unasked = [one for one in met if not one.move_asked]
        return self._ask(turn, unasked) if unasked else Say("common.gone")

    def _ask(self, turn: Turn, visits: Sequence[Booking]) -> Say:
        """Whom messages do not reach is named, and left to be called."""
        reached, lost = [one for one in visits if one.accounts], [one.name for one in visits if not one.accounts]
        for one in reached:
            turn.do(AskToMove(one.id))
            line = Say("booking.firm_line", self.card.about(one))
            values = {"visit": line, "address": self.clinic.address_line, "phone": self.clinic.phone}
            offers = ((standing("move_visit", one.id, "move"),), wrong())
            for account_id in one.accounts:
                turn.tell("booking.please_move", account_id, offers, values=values)
        if lost:
            turn.says.append(Say("off.no_reach", {"names": tuple(lost)}))
        return Say("off.asked", {"names": tuple(one.name for one in reached)}) if reached else Say("common.gone")

    def verbs(self) -> dict[str, Verb]:
        """The buttons under visits in a time off, and the one a patient gets."""
        by = frozenset({"practitioner"})
        return {
            "offer_times": Verb(self.offer_times, OFF_NEEDS, of_patient=False, by=by, window=self.window),
            "offer_all": Verb(self.offer_all, OFF_NEEDS, of_patient=False, by=by, window=self.window),
            "move_visit": Verb(move_visit, frozenset({"visit", "bookings"}), of_patient=False),
        }


def move_visit(turn: Turn, booking_id: int) -> Say | None:
    """Goes on to another time for a visit the practice asked to move, while it stands."""
    if not any(one.id == booking_id for one in turn.facts.bookings):
        return Say("common.gone")
    turn.opens = ("booking", {"booking": booking_id, "mine": "move"})
    return None


def keep(turn: Turn, stretch: Interval) -> None:
    turn.data |= {"start": stretch.start.isoformat(), "end": stretch.end.isoformat()}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


class Which(Choice):
    """A day by a button, or a whole stretch in a line."""

    def __init__(self, away: Away) -> None:
        codes = ("today", "tomorrow", "another_day", "remove")
        super().__init__(*codes, holds=Holds(("times",), away.listed), offered=away.offered, width=2)
        self._away = away

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        if not isinstance(heard, Text):
            return super().read(turn, heard)
        stretch = read_stretch(heard.text, turn.facts.now, self._away.clinic.zone)
        return Given(stretch) if stretch else Refused("off.unread")


class Hours(Answer):
    """Hours of the day chosen, typed."""

    def __init__(self, away: Away) -> None:
        self._away = away

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset({"day"}), frozenset()

    def show(self, turn: Turn) -> Shown:
        return Shown({"day": self._away.day(turn)})

    def read(self, turn: Turn, heard: Heard) -> Given | Refused:
        if isinstance(heard, Text):
            stretch = read_hours(heard.text, self._away.day(turn), self._away.clinic.zone)
            if stretch and stretch.end > turn.facts.now:
                return Given(stretch)
        return Refused("off.unread_hours")


def off(content: Content) -> Flow:
    """Saying when one is away, and taking it back."""
    away = Away(content)
    return Flow(
        "off",
        needs=OFF_NEEDS,
        window=away.window,
        resumes=False,
        heeds="off",
        steps=[
            Ask("which", Which(away), keep=away.take),
            Ask("day", AnyDay(away.today, away.last)),
            Ask("part", Choice(*_PARTS, offered=away.parts, holds=Holds(("day",), away.of_day), width=2)),
            Ask("hours", Hours(away), keep=away.take),
            Ask("until", AnyDay(away.day, away.last), keep=away.take_last),
            Ask("confirm", Choice("keep_it", "change", holds=Holds(("stretch", "conflicts"), away.read_back))),
            Ask("remove", Paged(away.removable, also=("keep",))),
            End(
                "noted",
                holding=Holding(("stretch", "conflicts"), away.read_back),
                choices=("offer_all",),
                offers=away.offered_now,
            ),
            End("removed"),
            End("kept"),
        ],
        routes=[
            route("which", "remove", when=picked("remove")),
            route("which", "day", when=picked("another_day")),
            route("which", "part", when=_is_a_day),
            route("which", "confirm"),
            route("day", "part"),
            route("part", "hours", when=picked("hours")),
            route("part", "until", when=picked("until")),
            route("part", "confirm", do=away.take_part),
            route("hours", "confirm"),
            route("until", "confirm"),
            route("confirm", "which", when=picked("change")),
            route("confirm", "noted", do=away.add),
            route("remove", "kept", when=picked("keep")),
            route("remove", "removed", do=away.drop),
        ],
    )


def _is_a_day(turn: Turn) -> bool:
    return turn.given in ("today", "tomorrow")
