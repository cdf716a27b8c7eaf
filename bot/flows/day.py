"""The practitioner's day: what `/today`, `/week` and `/next` show, the page of the morning, and who came."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.flows.answers import Choice, Holds
from bot.flows.approving import VERBS, is_open
from bot.flows.card import Card
from bot.flows.content import Content
from bot.flows.desk import CARD_NEEDS
from bot.flows.diary import everybody, times_off
from bot.flows.flow import Ask, Flow, Turn, question, route, spoken, standing, to_menu
from bot.flows.foreseen import foreseen
from bot.flows.house import Verb
from bot.flows.time_off import Away, conflicts
from bot.model import Booking, Concern, MarkVisit, Morning, Offer, Opening, Say, Window
from bot.practice.morning import gaps
from bot.practice.slots import Interval
from bot.practice.waiting import in_line
from bot.practice.wall import instant

DAY_NEEDS = frozenset({"diary", "off", "waitlist"})
MORNING_NEEDS = DAY_NEEDS | {"concerns"}

_WEEK = 7
_ANSWERED = 12
"""Requests, and people to call, with buttons of their own under the page: Telegram takes a hundred."""
_ROOM, _AROUND, _A_TIME, _A_DAY = 3600, 16, 8, 32
"""UTF-16 units for the days in a message; around a line of them; of a time, and of a day."""
_DAY = timedelta(days=1)
_MARKS: tuple[Literal["arrived", "no_show"], ...] = ("arrived", "no_show")
_LINES = {"awaiting_release": "line_waits", "arrived": "line_arrived", "no_show": "line_no_show"}

SAYS = (
    *(
        spoken(f"desk.{key}", "starts_at", "ends_at", "name", "visit")
        for key in ("line", "line_confirmed", *_LINES.values())
    ),
    *(spoken(f"desk.{part}_{mark}", "name") for part in ("mark", "marked") for mark in _MARKS),
    spoken("desk.no_visits"),
    spoken("desk.of_colleague", "name", "visits"),
    *(spoken(f"desk.{part}", "days", "waiting", choices=("menu",)) for part in ("week", "week_on")),
    spoken("desk.waiting", "names"),
    spoken("desk.week_day", "day", "visits"),
    spoken("desk.no_visits_ahead"),
    spoken("desk.next", "day", "visit", choices=("record", "call", "menu")),
    spoken(
        "desk.morning",
        "day",
        "signs",
        "unreached",
        "silent",
        "conflicts",
        "requests",
        "visits",
        "waiting",
        choices=("offer_all",),
    ),
    *(spoken(f"desk.morning_{level}", "name", "lines") for level in ("emergency", "doctor")),
    spoken("desk.unreached", "name"),
    spoken("desk.silent", "names"),
    spoken("desk.morning_request", "name", "starts_at", "visit", "until"),
    *(spoken(f"desk.{verb}_one", "name") for verb in VERBS),
    spoken("desk.call_name", "name"),
    spoken("desk.gap", "starts_at", "ends_at"),
    spoken("desk.line_off", "starts_at", "ends_at"),
    spoken("desk.line_off_all_day"),
)


def reads_the_diary(turn: Turn) -> bool:
    """Whether names and times are this person's business: a contact hears alarms and nothing else."""
    return turn.facts.staff is not None and turn.facts.staff.role == "practitioner"


class Day:
    """The diary as the practitioner reads it, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self._clinic = content.clinic
        self._card = Card(content)
        self._absence = Away(content)
        self._rules = {rule.id: rule.line for rule in content.screening.rules}
        self.window = Window(_DAY * (_WEEK + 1), everybody(content.clinic))

    def today(self, turn: Turn) -> dict[str, object]:
        """The visits of today by the practice's clock."""
        day = self._date(turn)
        return {
            "day": turn.facts.now,
            "visits": self._lines(turn, day) or Say("desk.no_visits"),
            "tomorrow": len(self._own(turn, day + timedelta(days=1))),
            "waiting": self._waiting(turn, [day]),
        }

    def week(self, turn: Turn) -> None:
        """The visits of the next seven days, day by day."""
        if not reads_the_diary(turn):
            turn.says.append(Say("common.unsure"))
            return
        days = [self._date(turn) + timedelta(days=number) for number in range(_WEEK)]
        said = tuple(
            Say("desk.week_day", {"day": day, "visits": lines}) for day in days if (lines := self._lines(turn, day))
        )
        first, *others = _messages(said) or [(Say("desk.no_visits_ahead"),)]
        parts = [("desk.week", first), *(("desk.week_on", each) for each in others)]
        for key, part in parts[:-1]:
            turn.says.append(Say(key, {"days": part, "waiting": ""}))
        key, part = parts[-1]
        turn.says.append(Say(key, {"days": part, "waiting": self._waiting(turn, days)}, (to_menu(),)))

    def upcoming(self, turn: Turn) -> None:
        """The visit in hand, or the next."""
        if not reads_the_diary(turn):
            turn.says.append(Say("common.unsure"))
            return
        ahead = (one for one in turn.facts.diary if one.practitioner == turn.facts.staff_ref)
        booking = next((one for one in ahead if one.ends_at > turn.facts.now), None)
        if booking is None:
            values = {"days": Say("desk.no_visits_ahead"), "waiting": ""}
            turn.says.append(Say("desk.week", values, (to_menu(),)))
            return
        offers = ((standing("record", booking.patient_id, "record"), standing("call", booking.patient_id, "call")),)
        values = {"day": booking.starts_at, "visit": self.line(booking)}
        turn.says.append(Say("desk.next", values, (*offers, to_menu())))

    def line(self, booking: Booking) -> Say:
        """One visit of the day."""
        values = {**self._card.about(booking), "ends_at": booking.ends_at, "name": booking.name}
        firm = "line_confirmed" if booking.confirmed else "line"
        return Say(f"desk.{_LINES.get(booking.state, firm)}", values)

    def _lines(self, turn: Turn, day: date) -> tuple[Say, ...]:
        """The visits of a day and when whoever reads is away, in their order; then those of each colleague, who may
        have to be stood in for."""
        lines = [(one.starts_at, self.line(one)) for one in self._own(turn, day)]
        own = tuple(line for _, line in sorted([*lines, *self._away(turn, day)], key=lambda each: each[0]))
        others: dict[str, list[Say]] = {}
        for one in self._of(turn, day):
            if one.practitioner != turn.facts.staff_ref:
                others.setdefault(one.practitioner, []).append(self.line(one))
        names = {one.id: one.name for one in self._clinic.practitioners}
        theirs = (
            Say("desk.of_colleague", {"name": names.get(ref, ref), "visits": tuple(visits)})
            for ref, visits in others.items()
        )
        return (*own, *theirs)

    def _away(self, turn: Turn, day: date) -> list[tuple[datetime, Say]]:
        """When on a day whoever reads is away."""
        begins, ends = (instant(datetime.combine(one, time()), self._clinic.zone) for one in (day, day + _DAY))
        lines = []
        for one in times_off(turn.facts, turn.facts.staff_ref):
            if one.start <= begins and ends <= one.end:
                return [(begins, Say("desk.line_off_all_day"))]
            if one.overlaps(Interval(begins, ends)):
                start, end = max(one.start, begins), min(one.end, ends)
                lines.append((start, Say("desk.line_off", {"starts_at": start, "ends_at": end})))
        return lines

    def _own(self, turn: Turn, day: date) -> list[Booking]:
        return [one for one in self._of(turn, day) if one.practitioner == turn.facts.staff_ref]

    def _date(self, turn: Turn) -> date:
        return turn.facts.now.astimezone(self._clinic.zone).date()

    def _of(self, turn: Turn, day: date) -> list[Booking]:
        zone = self._clinic.zone
        return [one for one in turn.facts.diary if one.starts_at.astimezone(zone).date() == day]

    # --- the page of the morning

    def morning(self, turn: Turn, event: Morning) -> None:
        """What the day brings this practitioner: signs nobody has released, whom to call, their visits and what is
        free between them. Nothing on a day without visits or signs."""
        facts = turn.facts
        if not reads_the_diary(turn):
            return
        visits = self._own(turn, event.day)
        met = conflicts(facts, facts.staff_ref)
        asked = [one for one in facts.diary if one.practitioner == facts.staff_ref and is_open(one, facts.now)]
        if not visits and not facts.concerns and not met and not asked:
            return
        lost = {one.patient_id: one.name for one in visits if not one.accounts}
        called = {one.patient_id: one.name for one in facts.concerns if one.level == "emergency"} | lost
        values = {
            "day": facts.now,
            "signs": tuple(map(self._sign, facts.concerns)),
            "unreached": tuple(Say("desk.unreached", {"name": name}) for name in lost.values()),
            "silent": self._silent(visits),
            "conflicts": self._absence.lines(met),
            "requests": tuple(map(self._request, asked)),
            "visits": self._hours(turn, event.day, visits) if visits else Say("desk.no_visits"),
            "waiting": self._waiting(turn, [event.day]),
        }
        calls = tuple(
            (standing("call", patient_id, "call", Say("desk.call_name", {"name": name})),)
            for patient_id, name in tuple(called.items())[:_ANSWERED]
        )
        answers = (
            tuple(standing(f"{verb}_one", one.id, verb, Say(f"desk.{verb}_one", {"name": one.name})) for verb in VERBS)
            for one in asked[:_ANSWERED]
        )
        offers = (*calls, *answers, *self._absence.offers(met), to_menu())
        turn.says.append(Say("desk.morning", values, offers, to=facts.account.id))

    def _silent(self, visits: Sequence[Booking]) -> Say | str:
        """Who got a reminder and has not said that they are coming."""
        names = tuple(one.name for one in visits if one.reminded and not one.confirmed and one.accounts)
        return Say("desk.silent", {"names": names}) if names else ""

    def _request(self, one: Booking) -> Say:
        return Say("desk.morning_request", {"name": one.name, **self._card.about(one), "until": one.approve_until})

    def _sign(self, concern: Concern) -> Say:
        lines = "; ".join(self._rules.get(code, code) for code in concern.codes)
        return Say(f"desk.morning_{concern.level}", {"name": concern.name, "lines": lines})

    def _hours(self, turn: Turn, day: date, visits: Sequence[Booking]) -> tuple[Say, ...]:
        """The visits and the gaps, in their order."""
        free = self._free(turn, day, visits)
        lines = [(one.starts_at, self.line(one)) for one in visits]
        lines += [(one.start, Say("desk.gap", {"starts_at": one.start, "ends_at": one.end})) for one in free]
        return tuple(line for _, line in sorted([*lines, *self._away(turn, day)], key=lambda each: each[0]))

    def _free(self, turn: Turn, day: date, visits: Sequence[Booking]) -> list[Interval]:
        """What of a day is free for whoever reads."""
        clinic = self._clinic
        taken = (clinic.takes(one.visit, one.starts_at, one.ends_at) for one in visits)
        return gaps(
            day,
            zone=clinic.zone,
            hours=clinic.there(turn.facts.staff_ref),
            closed=clinic.closed_on(day, day),
            occupied=[*taken, *times_off(turn.facts, turn.facts.staff_ref)],
            now=turn.facts.now,
        )

    def _waiting(self, turn: Turn, days: Sequence[date]) -> Say | str:
        """Who is on the waitlist and could come in what is free on these days, the longest first."""
        found = set[int]()
        if not turn.facts.waitlist:
            return ""
        for day in days:
            for gap in self._free(turn, day, self._own(turn, day)):
                opening = Opening(0, turn.facts.staff_ref, gap.start, gap.end)
                found |= {one.patient_id for one in in_line(opening, turn.facts.waitlist, self._clinic.zone)}
        names = tuple(one.name for one in turn.facts.waitlist if one.patient_id in found)
        return Say("desk.waiting", {"names": names}) if names else ""

    # --- who came

    def marks(self, turn: Turn) -> tuple[tuple[Offer, ...], ...]:
        """For each visit of today that has begun: arrived, or did not come. Of one that was marked, the other."""
        begun = [one for one in self._own(turn, self._date(turn)) if one.starts_at <= turn.facts.now]
        return tuple(
            tuple(
                standing(mark, one.id, mark, Say(f"desk.mark_{mark}", {"name": one.name}))
                for mark in _MARKS
                if mark != one.state
            )
            for one in begun
            if one.state in ("booked", *_MARKS)
        )

    def mark(self, state: Literal["arrived", "no_show"]) -> Callable[[Turn, int], Say | None]:
        """The deed of a button under a visit of the day: the patient's card and the list of the day say so at once."""

        def marks(turn: Turn, booking_id: int) -> Say | None:
            facts, visit = turn.facts, turn.facts.visit
            if visit is None or visit.starts_at > facts.now or visit.state not in ("booked", *_MARKS):
                return Say("common.gone")
            name = facts.patient.name if facts.patient else ""
            if visit.state != state:
                turn.do(MarkVisit(visit.id, visit.state, state))
                self._card.show(turn)
                self._shown_anew(turn, visit)
            return Say(f"desk.marked_{state}", {"name": name})

        return marks

    def _shown_anew(self, turn: Turn, visit: Booking) -> None:
        """The list the button sits on, with what it has done; one of an earlier day stays as it is."""
        if visit.starts_at.astimezone(self._clinic.zone).date() != self._date(turn) or turn.on is None:
            return
        turn.facts = foreseen(turn.facts, turn.effects)
        refresh = Offer("refresh", question("desk", "today", "refresh", turn.asking))
        turn.says.append(Say("desk.today", self.today(turn), (*self.marks(turn), (refresh,)), edit=turn.on))

    def verbs(self) -> dict[str, Verb]:
        """The standing buttons under the list of the day."""
        needs, by = CARD_NEEDS | DAY_NEEDS | {"visit"}, frozenset({"practitioner"})
        return {mark: Verb(self.mark(mark), needs, of_patient=False, by=by, window=self.window) for mark in _MARKS}


def _messages(days: Sequence[Say]) -> list[tuple[Say, ...]]:
    """Days in as many messages as they need: Telegram takes 4096 characters in one."""
    packed: list[tuple[Say, ...]] = []
    for day in days:
        if packed and sum(map(_size, (*packed[-1], day))) <= _ROOM:
            packed[-1] = (*packed[-1], day)
        else:
            packed.append((day,))
    return packed


def _size(value: object) -> int:
    """About how many UTF-16 units a value takes once it is written, with what stands around it: rather too many."""
    match value:
        case Say():
            return _AROUND + sum(map(_size, value.values.values()))
        case tuple():
            return sum(map(_size, value))
        case str():
            return len(value.encode("utf-16-le", "surrogatepass")) // 2
        case datetime():
            return _A_TIME
        case _:
            return _A_DAY


def desk(content: Content) -> Flow:
    """What the practice finds when it writes to the bot itself."""
    day = Day(content)
    holds = Holds(("day", "visits", "tomorrow", "waiting"), day.today)
    return Flow(
        "desk",
        needs=DAY_NEEDS,
        window=day.window,
        resumes=False,
        steps=[Ask("today", Choice("refresh", holds=holds, above=day.marks))],
        routes=[route("today", "today")],
    )
