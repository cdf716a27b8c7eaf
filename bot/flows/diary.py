"""What is free: of which practitioner, on which day, at what time, for the visit somebody wants."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.flows.calendars import new_uid
from bot.flows.flow import Turn
from bot.flows.month import month_after
from bot.model import Book, Booking, Facts, Hold, Window
from bot.practice.clinic import Clinic, Visit
from bot.practice.slots import Interval, free_times
from bot.practice.waiting import PARTS

ANYONE = "_anyone"
"""The choice of whoever is free first: no practitioner's id begins so."""


class Diary:
    """Free times, bound to the practice."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic

    # --- what is wanted

    def visits(self, turn: Turn) -> tuple[Visit, ...]:
        """The visits this person may have: whoever was never here begins with a first one, others come back."""
        initial, later = self.clinic.visits_for("initial"), self.clinic.visits_for("follow_up")
        ahead = {one.visit for one in turn.facts.bookings}
        if any(visit.id in ahead for visit in initial):
            return later  # a first visit is had once
        is_new = turn.facts.last_visit is None and not turn.facts.bookings
        return (initial or later) if is_new else (*later, *initial)

    def visit(self, turn: Turn) -> Visit:
        """The visit chosen; the one being moved; else the first this person may have."""
        own = named(turn)
        wanted = turn.data.get("visit") or (own.visit if own else "")
        possible = self.visits(turn) or self.clinic.visits
        return next((visit for visit in self.clinic.visits if visit.id == wanted), possible[0])

    def moved(self, turn: Turn) -> Booking | None:
        """The visit that is to be moved: what it takes is free for this person."""
        return named(turn) if turn.data.get("mine") == "move" else None

    def is_moving(self, turn: Turn) -> bool:
        return self.moved(turn) is not None

    def are_several(self, turn: Turn) -> bool:
        """Whether there is a choice of practitioners."""
        return len(self.clinic.practitioners) > 1

    def practitioners(self, turn: Turn) -> list[str]:
        """Those who may give the visit: the one chosen, or all there are."""
        everybody = [one.id for one in self.clinic.practitioners]
        chosen = turn.data.get("practitioner")
        return [chosen] if chosen in everybody else everybody

    def chosen(self, turn: Turn) -> datetime:
        """The time chosen, in UTC."""
        return read_time_code(turn.data["time"])

    def day(self, start: datetime) -> date:
        """The day a visit is on, by the practice's clock."""
        return start.astimezone(self.clinic.zone).date()

    def today(self, turn: Turn) -> date:
        return self.day(turn.facts.now)

    def until(self, turn: Turn) -> date:
        """The last day of the horizon."""
        return self.today(turn) + timedelta(days=self.clinic.policies.horizon_days)

    # --- what is free

    @property
    def window(self) -> Window:
        """As much of the diary as a visit within the horizon can meet: to the end of its last day, and a buffer on."""
        return Window(timedelta(days=self.clinic.policies.horizon_days + 2), everybody(self.clinic))

    def free(self, turn: Turn) -> Iterator[datetime]:
        """When the visit can start, in UTC, within the horizon: looked for by the month, as far as anybody asks."""
        first = self.today(turn)
        while first <= self.until(turn):
            yield from self.free_in_month(turn, first)
            first = month_after(first)

    def free_in_month(self, turn: Turn, first: date) -> list[datetime]:
        """The same from this day to the end of its month."""
        return self._free_between(turn, first, first.replace(day=monthrange(first.year, first.month)[1]))

    def free_on(self, turn: Turn, day: date) -> list[datetime]:
        """The same for one day."""
        return self._free_between(turn, day, day)

    def _free_between(self, turn: Turn, first: date, last: date) -> list[datetime]:
        first, last = max(first, self.today(turn)), min(last, self.until(turn))
        if first > last:
            return []
        return sorted({start for one in self.practitioners(turn) for start in self._free_of(turn, one, first, last)})

    def _free_of(self, turn: Turn, practitioner: str, first: date, last: date) -> list[datetime]:
        visit, policies, moved = self.visit(turn), self.clinic.policies, self.moved(turn)
        starts = free_times(
            first,
            last,
            zone=self.clinic.zone,
            hours=self.clinic.hours_of(practitioner, visit),
            time_off=self.off(turn, practitioner),
            holidays=self.clinic.closed_on(first, last),
            occupied=self._taken(turn, practitioner),
            rooms=[[*self._taken(turn, room.id), *self.off(turn, room.id)] for room in self.clinic.rooms],
            span=visit.span,
            notice=timedelta(hours=policies.booking_notice_hours),
            step=timedelta(minutes=policies.start_every_minutes),
            now=turn.facts.now,
        )
        others = [Interval(one.starts_at, one.ends_at) for one in turn.facts.bookings if one is not moved]
        return [
            start
            for start in starts
            if (moved is None or start != moved.starts_at)
            and not any(Interval(start, start + visit.span.length).overlaps(one) for one in others)
        ]

    def off(self, turn: Turn, ref: str) -> list[Interval]:
        """When a practitioner is away or a room closed."""
        return times_off(turn.facts, ref)

    def _taken(self, turn: Turn, ref: str) -> list[Interval]:
        """What others take of a practitioner or room."""
        moved = self.moved(turn)
        own = moved.id if moved else 0
        return [
            Interval(busy.starts_at, busy.ends_at)
            for busy in turn.facts.busy
            if busy.ref == ref and busy.booking_id != own
        ]

    def nothing_is_free(self, turn: Turn) -> bool:
        return next(self.free(turn), None) is None

    def is_free(self, turn: Turn, start: datetime) -> bool:
        return start in self.free_on(turn, self.day(start))

    def could_start(self, turn: Turn, code: str) -> bool:
        """Whether a code names a time that was free before anybody took one: it may be just being taken."""
        try:
            start = read_time_code(code)
        except ValueError:
            return False
        return self.is_free(replace(turn, facts=replace(turn.facts, busy=())), start)

    def fitting(self, turn: Turn, starts: Iterable[datetime]) -> Iterator[datetime]:
        """Those in the parts of the day somebody can come; all, where none is ticked."""
        hours = {hour for part in turn.data.get("parts", ()) for hour in PARTS[part]}
        return (start for start in starts if not hours or start.astimezone(self.clinic.zone).hour in hours)

    # --- who, where, and what is kept

    def whom_and_where(self, turn: Turn, start: datetime) -> tuple[str, str]:
        """The practitioner and the room of a visit that starts then: those kept already, else the first free."""
        if kept := self.kept(turn, start):
            return kept.practitioner, kept.room
        day, wanted = self.day(start), self.practitioners(turn)
        practitioner = next((one for one in wanted if start in self._free_of(turn, one, day, day)), wanted[0])
        takes, rooms = self.visit(turn).span.occupies(start), [room.id for room in self.clinic.rooms]
        free = (
            room for room in rooms if not any(map(takes.overlaps, [*self._taken(turn, room), *self.off(turn, room)]))
        )
        return practitioner, next(free, rooms[0])

    def to_book(self, turn: Turn) -> Book:
        """The visit chosen, at the time chosen and in the place of the one that is moved: firm, if nothing holds it."""
        start, visit, moved = self.chosen(turn), self.visit(turn), self.moved(turn)
        practitioner, room = self.whom_and_where(turn, start)
        takes = visit.span.occupies(start)
        return Book(
            visit=visit.id,
            practitioner=practitioner,
            room=room,
            starts_at=start,
            ends_at=start + visit.span.length,
            free_from=takes.start,
            free_at=takes.end,
            zone=self.clinic.zone.key,
            state="booked",
            uid=moved.uid if moved else new_uid(turn.facts, practitioner, start),
            replaces=moved.id if moved else None,
        )

    def kept(self, turn: Turn, start: datetime) -> Hold | None:
        """The time chosen, while it is kept for this person."""
        hold, wanted = turn.facts.hold, self.to_keep(turn, start)
        if hold is None or hold.until <= turn.facts.now or hold.practitioner not in self.practitioners(turn):
            return None
        return hold if Interval(hold.starts_at, hold.free_at) == wanted else None

    def to_keep(self, turn: Turn, start: datetime) -> Interval:
        """What a visit that starts then takes, less what the visit being moved takes already: that is kept anyway."""
        takes, moved = self.visit(turn).span.occupies(start), self.moved(turn)
        own = next(
            (Interval(one.starts_at, one.ends_at) for one in turn.facts.busy if moved and one.booking_id == moved.id),
            None,
        )
        return takes.without(own) or takes


def named(turn: Turn) -> Booking | None:
    """This person's visit the talk is about: the one they chose; where they chose none, the only one there is."""
    bookings = turn.facts.bookings
    if "booking" not in turn.data:
        return bookings[0] if len(bookings) == 1 else None
    return next((one for one in bookings if one.id == turn.data["booking"]), None)


def changed_until(visit: Booking, hours: int) -> datetime | None:
    """Up to when a visit may be moved or cancelled with so many hours' notice; None for one the practice asked to have
    moved: no notice counts for it."""
    return None if visit.move_asked else visit.starts_at - timedelta(hours=hours)


def times_off(facts: Facts, ref: str) -> list[Interval]:
    """When a practitioner is away or a room closed."""
    return [Interval(one.starts_at, one.ends_at) for one in facts.off if one.ref == ref]


def everybody(clinic: Clinic) -> frozenset[str]:
    """Whoever treats and wherever, by id."""
    return frozenset({one.id for one in clinic.practitioners} | {one.id for one in clinic.rooms})


def time_code(start: datetime) -> str:
    """What the button of a time stands for."""
    return start.strftime("%Y%m%dT%H%M")


def read_time_code(code: str) -> datetime:
    """The time, in UTC, a button stands for. Raises ValueError."""
    return datetime.strptime(code + "+0000", "%Y%m%dT%H%M%z")
