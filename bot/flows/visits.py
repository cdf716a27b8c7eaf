"""A visit being booked: what is offered, the time that is kept meanwhile, and the word that makes it firm."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from bot.flows.approving import Approving, answer_by
from bot.flows.assessment import is_unknown
from bot.flows.calendars import enclosed
from bot.flows.card import Card
from bot.flows.content import Content
from bot.flows.diary import Diary, named
from bot.flows.flow import End, Holding, Turn, spoken
from bot.flows.foreseen import foreseen
from bot.flows.holding import KEPT, KEPT_AT_MOST, keep, own, plan_word
from bot.flows.own import Own
from bot.flows.reminding import planned
from bot.flows.tips import is_running
from bot.model import Hold, LetGo, Offer, Say
from bot.practice.clinic import Visit

DETAILS = ("visit", "starts_at", "own_time", "minutes", "price", "address", "clinic", "phone")
"""What is told of a visit being booked."""

SAYS = (
    spoken("booking.visit_label", "visit", "minutes", "price"),
    spoken("booking.expect", "visit", "expect"),
    spoken("booking.visit_with", "visit", "practitioner"),
    spoken("booking.gone", "starts_at"),
    spoken("booking.own_time", "starts_at"),
    spoken("booking.calendar", "phone", "notice"),
    spoken("booking.kept_until", "until"),
    spoken("booking.kept_meanwhile", "until", "last"),
    spoken("booking.shall_i"),
    spoken("booking.gives_back", "starts_at"),
    spoken("booking.asks"),
    spoken("booking.asks_instead", "starts_at"),
    spoken("booking.finish_first"),
    spoken("booking.finish"),
    spoken("booking.kept_no_more"),
    spoken("booking.request_until", "until"),
    *(spoken(f"desk.{name}", "name", "starts_at", "visit") for name in ("booked", "booked_waits", "moved", "given_up")),
)


def waits_for_release(turn: Turn) -> bool:
    """Whether a warning sign holds a booking back until the practitioner has seen it."""
    return turn.facts.signs_stand


def offer_plan(turn: Turn) -> str | None:
    """Lifestyle advice is offered once a visit stands, unless it is on already."""
    return None if is_running(turn.facts.plan) else "plan"


class Visits:
    """What is offered and what is done, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.clinic = content.clinic
        self.card = Card(content)
        self.diary = Diary(content.clinic)
        self.own = Own(content)
        self.approving = Approving(content)
        self.undoing = self.own.undoing

    # --- what is offered

    def kinds(self, turn: Turn) -> list[tuple[str, object]]:
        return [(visit.id, Say("booking.visit_label", _told(visit))) for visit in self.diary.visits(turn)]

    def offered(self, turn: Turn) -> dict[str, object]:
        """What to expect of each, where the practice says so; and what visits there were."""
        told = [visit for visit in self.diary.visits(turn) if visit.expect]
        lines = (Say("booking.expect", {"visit": visit.called, "expect": visit.expect}) for visit in told)
        return {"expect": tuple(lines), **self.own.before(turn)}

    def practitioners(self, turn: Turn) -> list[tuple[str, object]]:
        """Those with a free time."""

        def is_free(ref: str) -> bool:
            return not self.diary.nothing_is_free(replace(turn, data={**turn.data, "practitioner": ref}))

        return [(one.id, one.name) for one in self.clinic.practitioners if is_free(one.id)]

    def details(self, turn: Turn) -> dict[str, object]:
        start, visit = self.diary.chosen(turn), self.diary.visit(turn)
        told = _told(visit)
        if self.diary.are_several(turn):
            whom = self.clinic.practitioner(self.diary.whom_and_where(turn, start)[0]).name
            told["visit"] = Say("booking.visit_with", {"visit": told["visit"], "practitioner": whom})
        return {
            **told,
            "starts_at": start,
            "own_time": self.own_time(turn, start),
            "address": self.clinic.address_line,
            "clinic": self.clinic.name,
            "phone": self.clinic.phone,
        }

    def own_time(self, turn: Turn, start: datetime) -> Say | str:
        """The same by the clock of somebody elsewhere; nothing where clocks agree."""
        zone = ZoneInfo(turn.facts.account.zone or self.clinic.zone.key)
        if start.astimezone(zone).utcoffset() == start.astimezone(self.clinic.zone).utcoffset():
            return ""
        return Say("booking.own_time", {"starts_at": start}, zone=zone.key)

    def to_confirm(self, turn: Turn) -> dict[str, object]:
        return {**self.details(turn), "keeping": self.keeping(turn), "asking": self.asking(turn)}

    def keeping(self, turn: Turn) -> Say:
        """Up to when the time chosen is kept."""
        kept = self.diary.kept(turn, self.diary.chosen(turn))
        if kept is None:
            return Say("booking.kept_no_more")
        if is_unknown(turn):
            return Say("booking.kept_meanwhile", {"until": kept.until, "last": kept.since + KEPT_AT_MOST})
        return Say("booking.kept_until", {"until": kept.until})

    def asking(self, turn: Turn) -> Say:
        """What a tap would do: book, or ask the practitioner, and what is given up for it."""
        moved = self.diary.moved(turn)
        if is_unknown(turn):
            return Say("booking.finish_first")
        is_asked = self.is_request(turn)
        if moved:
            key = "booking.asks_instead" if is_asked else "booking.gives_back"
            return Say(key, {"starts_at": moved.starts_at})
        return Say("booking.asks" if is_asked else "booking.shall_i")

    def to_finish(self, turn: Turn) -> tuple[tuple[Offer, ...], ...]:
        """The way on for whoever chose a time before the end of the assessment."""
        return ((Offer("finish", "n:assessment", Say("booking.finish")),),) if is_unknown(turn) else ()

    def confirming(self, turn: Turn) -> tuple[str, ...]:
        return ("other_time",) if is_unknown(turn) else ("book", "other_time")

    def request(self, turn: Turn) -> dict[str, object]:
        """That the practitioner agrees to it first, and up to when; nothing where no word is needed."""
        until = answer_by(self.clinic, self.diary.visit(turn), self.diary.chosen(turn), turn.facts)
        return {**self.details(turn), "request": Say("booking.request_until", {"until": until}) if until else ""}

    # --- guards

    def brings_a_time(self, turn: Turn) -> bool:
        """Whether another flow has kept a time for this person, and nobody else has it."""
        return "time" in turn.data and not self.time_has_gone(turn)

    def is_request(self, turn: Turn) -> bool:
        """Whether the practitioner wants to agree to it first."""
        return self.diary.visit(turn).approve

    def took_the_earliest(self, turn: Turn) -> bool:
        return "T" in str(turn.given)

    def earliest_has_gone(self, turn: Turn) -> bool:
        """Whether somebody else took it while this person looked."""
        return self.took_the_earliest(turn) and self.time_has_gone(turn)

    def time_has_gone(self, turn: Turn) -> bool:
        """Whether somebody else took the time while this person thought."""
        return not self.diary.is_free(turn, self.diary.chosen(turn))

    def every_time_has_gone(self, turn: Turn) -> bool:
        return self.time_has_gone(turn) and self.diary.nothing_is_free(turn)

    def changed_meanwhile(self, turn: Turn) -> bool:
        """Whether this person's visits are others than when they began: another device of theirs was first."""
        others = {one.id for one in turn.facts.bookings} - set(turn.data.get("having", ()))
        is_gone = turn.data.get("mine") == "move" and named(turn) is None
        return turn.given == "book" and (bool(others) or is_gone)

    # --- deeds

    def take_day(self, turn: Turn) -> None:
        """The day chosen; with the earliest time, its day."""
        if self.took_the_earliest(turn):
            turn.data["time"] = turn.given
            turn.data["day"] = f"{self.diary.day(self.diary.chosen(turn)):%Y%m%d}"
        else:
            turn.data["day"] = turn.given

    def keep(self, turn: Turn) -> None:
        """The time chosen is this person's until they confirm it, or for a while."""
        start, now = self.diary.chosen(turn), turn.facts.now
        before, takes = self.diary.kept(turn, start), self.diary.to_keep(turn, start)
        practitioner, room = self.diary.whom_and_where(turn, start)
        chosen = own(before, turn.data)
        since = chosen.since if chosen else now
        # What an offer or an undo keeps already is kept no shorter for being chosen.
        until = max(min(now + KEPT, since + KEPT_AT_MOST), before.until if before else now)
        plan_word(turn, until)
        keep(turn, Hold(practitioner, room, takes.start, takes.end, until, since))

    def let_go(self, turn: Turn) -> None:
        if own(turn.facts.hold, turn.data):
            turn.do(LetGo())

    def look_further(self, turn: Turn) -> None:
        self.let_go(turn)
        forget_time(turn)

    def say_gone(self, turn: Turn) -> None:
        turn.lead = (Say("booking.gone", {"starts_at": self.diary.chosen(turn)}),)
        forget_time(turn)

    def book(self, turn: Turn) -> None:
        start, visit, moved = self.diary.chosen(turn), self.diary.visit(turn), self.diary.moved(turn)
        waits = waits_for_release(turn)
        until = answer_by(self.clinic, visit, start, turn.facts)
        held = replace(self.diary.to_book(turn), state="awaiting_release", approve_until=until)
        booking = held if waits or until else replace(held, state="booked")
        practitioner = booking.practitioner
        turn.do(booking)
        # What is said at the end is of this visit, though nothing is kept or moved any more.
        turn.data |= {"visit": visit.id, "practitioner": practitioner}
        made = foreseen(turn.facts, [booking]).bookings
        turn.encloses = enclosed(turn.facts, self.clinic, next(one for one in made if one.uid == booking.uid))
        for reminder in planned(self.clinic, booking, turn.facts.now):
            turn.do(reminder)
        if not moved:
            turn.venue = self.venue
        self.approving.begin(turn, until)
        key = "desk.moved" if moved else "desk.booked_waits" if waits else "desk.booked"
        if moved and until:
            given_up = self.card.about(moved)
            self.card.show(turn, "desk.given_up", given_up, of=moved.practitioner)
            return
        self.tell(turn, "" if until else key, start, practitioner)
        if moved:
            self.card.left(turn, moved, practitioner)

    def move(self, turn: Turn) -> None:
        """Booked in place of the one before, whose time is kept a little: that can be undone."""
        moved, start = self.diary.moved(turn), self.diary.chosen(turn)
        self.book(turn)
        if moved:
            self.undoing.keep(turn, moved, self.diary.visit(turn).span.occupies(start))

    def ends(self, undoes: str = "undo") -> tuple[End, ...]:
        """How booking ends: firm, in the place of another visit, held by a warning sign, or asked for; `undoes` is the
        verb that takes it back."""
        undo, offers = ("undo",), partial(self.undoing.offers, verb=undoes)

        def undoable(told: Callable[[Turn], Mapping[str, object]]) -> Callable[[Turn], Mapping[str, object]]:
            return lambda turn: {**told(turn), "undo": self.undoing.until(turn)}

        moved = Holding((*DETAILS, "undo"), undoable(self.details))
        requested = Holding((*DETAILS, "request", "undo"), undoable(self.request))
        return (
            End("booked", then=offer_plan, holding=Holding(DETAILS, self.details), says="booking.booked"),
            End("moved", holding=moved, choices=undo, offers=offers, says="booking.moved"),
            End("waiting", holding=Holding((*DETAILS, "request"), self.request), says="booking.waiting"),
            End("requested", holding=requested, choices=undo, offers=offers, says="booking.requested"),
        )

    @property
    def venue(self) -> tuple[float, float, str, str]:
        """Where the practice is, for the map."""
        place = self.clinic.place
        return place.latitude, place.longitude, place.title, self.clinic.address_line

    def tell(self, turn: Turn, key: str, starts_at: datetime, practitioner: str) -> None:
        """Whoever gives the visit hears of a change once, and every card is brought up to date."""
        visit = self.diary.visit(turn)
        self.card.show(turn, key, {"starts_at": starts_at, "visit": visit.called}, of=practitioner)


def _told(visit: Visit) -> dict[str, object]:
    return {"visit": visit.called, "minutes": visit.minutes, "price": float(visit.price)}


def forget_time(turn: Turn) -> None:
    turn.data.pop("time", None)
