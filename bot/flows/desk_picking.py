"""Times as the practice picks them: whatever the rules say, as long as nobody else has them."""

from datetime import date, datetime, timedelta

from bot.flows.calendar_picking import Days, Times
from bot.flows.diary import Diary, time_code
from bot.flows.flow import Aside, Given, Heard, Refused, Stay, Turn
from bot.flows.stretches import read_start
from bot.model import Booking, Say, Text
from bot.practice.clinic import Visit
from bot.practice.slots import Interval
from bot.practice.wall import instant

AHEAD = timedelta(days=366)
"""So far ahead the practice books, knowingly."""


class DeskDiary(Diary):
    """Free times as the practice looks for them: any visit, and of the patient's the one that is to be moved."""

    def visits(self, turn: Turn) -> tuple[Visit, ...]:
        return self.clinic.visits

    def visit(self, turn: Turn) -> Visit:
        moved = self.moved(turn)
        wanted = turn.data.get("visit") or (moved.visit if moved else "")
        return next((visit for visit in self.clinic.visits if visit.id == wanted), self.clinic.visits[0])

    def moved(self, turn: Turn) -> Booking | None:
        code = turn.data.get("which", "")
        return self.named(turn, code[1:]) if code.startswith("m") else None

    def named(self, turn: Turn, row: str) -> Booking | None:
        """The visit of the patient's whose row that is."""
        return next((one for one in turn.facts.bookings if str(one.id) == row), None)

    def whom_and_where(self, turn: Turn, start: datetime) -> tuple[str, str]:
        return self.place(turn, start) or super().whom_and_where(turn, start)

    def place(self, turn: Turn, start: datetime) -> tuple[str, str] | None:
        """A practitioner and a room nobody has then, those first who break no rule by it; None if there is none."""
        takes = self.visit(turn).span.occupies(start)
        people = [one for one in self.practitioners(turn) if not self.meeting(turn, one, takes)]
        rooms = [one.id for one in self.clinic.rooms if not self.meeting(turn, one.id, takes)]
        if not people or not rooms:
            return None
        return min(people, key=lambda one: len(self.broken(turn, start, one))), rooms[0]

    def meeting(self, turn: Turn, ref: str, takes: Interval) -> bool:
        return any(map(takes.overlaps, self._taken(turn, ref)))

    def by_whom(self, turn: Turn, start: datetime) -> str | Say:
        """The name of whoever has that time, or that somebody is choosing it."""
        takes, moved = self.visit(turn).span.occupies(start), self.moved(turn)
        refs = {*self.practitioners(turn), *(room.id for room in self.clinic.rooms)}
        met = (one for one in turn.facts.busy if takes.overlaps(Interval(one.starts_at, one.ends_at)))
        ids = {one.booking_id for one in met if one.ref in refs} - {None, moved.id if moved else None}
        return next((one.name for one in turn.facts.diary if one.id in ids), Say("for_patient.somebody"))

    def broken(self, turn: Turn, start: datetime, practitioner: str) -> list[str]:
        """The rules such a visit would break: the keys of their words."""
        visit, policies, day = self.visit(turn), self.clinic.policies, self.day(start)
        own = Interval(start, start + timedelta(minutes=visit.minutes))
        ranges = self.clinic.hours_of(practitioner, visit).get(day.weekday(), ())
        walls = ((datetime.combine(day, each.start), datetime.combine(day, each.end)) for each in ranges)
        zone = self.clinic.zone
        is_open = any(instant(opens, zone) <= own.start and own.end <= instant(shuts, zone) for opens, shuts in walls)
        rules = {
            "closed_day": day in self.clinic.closed_on(day, day),
            "outside_hours": not is_open,
            "in_time_off": any(map(own.overlaps, self.off(turn, practitioner))),
            "inside_notice": start < turn.facts.now + timedelta(hours=policies.booking_notice_hours),
            "beyond_horizon": day > self.until(turn),
        }
        return [f"for_patient.{rule}" for rule, holds in rules.items() if holds]


def _typed(diary: DeskDiary, turn: Turn, text: str, day: date | None) -> Given | Refused | None:
    """A time that is typed counts as it is, whatever the rules say, unless it is over or somebody has it."""
    start = read_start(text, turn.facts.now, diary.clinic.zone, day)
    if start is None:
        return None
    if start <= turn.facts.now or start > turn.facts.now + AHEAD:
        return Refused("for_patient.over")
    if diary.place(turn, start) is None:
        return Refused("for_patient.taken", {"starts_at": start, "by": diary.by_whom(turn, start)})
    return Given(time_code(start))


class DeskDays(Days):
    """A day, or a typed day with any time."""

    def __init__(self, diary: DeskDiary) -> None:
        super().__init__(diary)
        self._desk = diary

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Aside | Refused:
        typed = _typed(self._desk, turn, heard.text, None) if isinstance(heard, Text) else None
        read = typed or super().read(turn, heard)
        if isinstance(read, Refused) and read.key == "booking.day_far":
            return Refused("for_patient.day_far", read.values)
        return read


class DeskTimes(Times):
    """A free time of the day, or any that is typed."""

    def __init__(self, diary: DeskDiary) -> None:
        super().__init__(diary)
        self._desk = diary

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        if not isinstance(heard, Text):
            return super().read(turn, heard)
        typed = _typed(self._desk, turn, heard.text, date.fromisoformat(turn.data["day"]))
        return typed or super().read(turn, heard)
