"""Free times: opening hours, less time off, holidays and what is taken. The promise is the database's."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

from bot.practice.wall import instant, is_skipped
from bot.practice.week import Range, Week


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` up to, but without, `end`. Both know their zone."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Interval") -> bool:
        """Whether they share a moment."""
        return self.start < other.end and other.start < self.end

    def joined(self, other: "Interval | None") -> "Interval":
        """Both of them, where they share a moment or touch."""
        if other is None or other.start > self.end or self.start > other.end:
            return self
        return Interval(min(self.start, other.start), max(self.end, other.end))

    def without(self, other: "Interval | None") -> "Interval | None":
        """What is left of it where the other takes one end; None where it takes all."""
        if other is None or not other.overlaps(self):
            return self
        if self.start < other.start:
            return Interval(self.start, other.start)
        return Interval(other.end, self.end) if other.end < self.end else None


@dataclass(frozen=True, slots=True)
class Span:
    """How long a visit is, and how long a practitioner or room is kept free before and after it."""

    length: timedelta
    before: timedelta = timedelta()
    after: timedelta = timedelta()

    def occupies(self, start: datetime) -> Interval:
        """What a visit that starts then takes of a practitioner or room: itself and its buffers."""
        return Interval(start - self.before, start + self.length + self.after)


def free_times(
    day_from: date,
    day_to: date,
    *,
    zone: ZoneInfo,
    hours: Week,
    time_off: Iterable[Interval] = (),
    holidays: Collection[date] = (),
    occupied: Iterable[Interval] = (),
    rooms: Iterable[Iterable[Interval]] = ((),),
    span: Span,
    notice: timedelta,
    step: timedelta,
    now: datetime,
) -> list[datetime]:
    """When a visit can start from `day_from` to `day_to` (both in), in UTC and in order.

    Starts lie on a grid of `step` by the wall clock from the beginning of each opening. A visit ends within
    the opening it starts in and outside `time_off`; its buffers may reach into either, but into no other
    occupancy: neither of the practitioner (`occupied`) nor of at least one of the `rooms`, each given by what is
    taken of it. Occupancies have their buffers in them. Nothing starts before `now` + `notice`, nor on a day of
    `holidays`. A wall time that clocks skip is not offered, one they show twice is offered once. Raises ValueError
    if the visit or `step` takes no time.
    """
    if span.length <= timedelta() or step <= timedelta():
        raise ValueError("a visit and a step take some time")
    off, taken = _Busy(time_off), _Busy(occupied)
    places = [_Busy(room) for room in rooms]
    earliest = now + notice
    free = []
    for start, closing in _openings(day_from, day_to, zone, hours, holidays, step):
        if start < earliest or start + span.length > closing:
            continue
        wanted = span.occupies(start)
        if (
            not off.overlaps(Interval(start, start + span.length))
            and not taken.overlaps(wanted)
            and not all(place.overlaps(wanted) for place in places)
        ):
            free.append(start)
    return free


def _openings(
    day_from: date, day_to: date, zone: ZoneInfo, hours: Week, holidays: Collection[date], step: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Every start on the grid with the end of its opening, in order."""
    for number in range((day_to - day_from).days + 1):
        day = day_from + timedelta(days=number)
        if day not in holidays:
            for opening in hours.get(day.weekday(), ()):
                yield from _grid(day, opening, zone, step)


@lru_cache(maxsize=4096)
def _grid(day: date, opening: Range, zone: ZoneInfo, step: timedelta) -> tuple[tuple[datetime, datetime], ...]:
    """The starts of an opening, each with its end. Kept, for every tap on a day or time asks for the same ones."""
    wall, end = datetime.combine(day, opening.start), datetime.combine(day, opening.end)
    closing, starts = instant(end, zone), []
    while wall < end:
        if not is_skipped(wall, zone):
            starts.append((instant(wall, zone), closing))
        wall += step
    return tuple(starts)


class _Busy:
    """Intervals joined where they touch, so that one search tells whether another one overlaps any."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self.starts: list[datetime] = []
        self.ends: list[datetime] = []
        for one in sorted(intervals, key=attrgetter("start")):
            if self.ends and one.start <= self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], one.end)
            elif one.start < one.end:
                self.starts.append(one.start)
                self.ends.append(one.end)

    def overlaps(self, other: Interval) -> bool:
        before = bisect_left(self.starts, other.end)
        return before > 0 and self.ends[before - 1] > other.start
