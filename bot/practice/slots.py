"""Free times: opening hours, less time off, holidays and what is taken. The promise is the database's."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.practice.wall import instant, is_skipped
from bot.practice.week import Range, Week


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` up to, but without, `end`. Both know their zone."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Interval") -> bool:
        """Whether they share a moment."""
        return self.start < other.end and other.start < self.end


def occupancy(start: datetime, length: timedelta, buffer: timedelta) -> Interval:
    """What a visit takes of a practitioner or room: itself and the buffer after it."""
    return Interval(start, start + length + buffer)


def free_times(
    day_from: date,
    day_to: date,
    *,
    zone: ZoneInfo,
    hours: Week,
    time_off: Iterable[Interval] = (),
    holidays: Collection[date] = (),
    occupied: Iterable[Interval] = (),
    length: timedelta,
    buffer: timedelta,
    notice: timedelta,
    step: timedelta,
    now: datetime,
) -> list[datetime]:
    """When a visit of `length` can start from `day_from` to `day_to` (both in), in UTC and in order.

    Starts lie on a grid of `step` by the wall clock from the beginning of each opening. A visit ends within
    the opening it starts in and outside `time_off`; its buffer may reach into either, but into no other
    occupancy. `occupied` are occupancies, with their buffers. Nothing starts before `now` + `notice`. A wall
    time that clocks skip is not offered, one they show twice is offered once. Raises ValueError if `length`
    or `step` is not positive.
    """
    if length <= timedelta() or step <= timedelta():
        raise ValueError("a visit and a step take some time")
    off, taken = _Busy(time_off), _Busy(occupied)
    earliest = now + notice
    return [
        start
        for start, closing in _openings(day_from, day_to, zone, hours, holidays, step)
        if start >= earliest
        and start + length <= closing
        and not off.overlaps(Interval(start, start + length))
        and not taken.overlaps(occupancy(start, length, buffer))
    ]


def _openings(
    day_from: date, day_to: date, zone: ZoneInfo, hours: Week, holidays: Collection[date], step: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Every start on the grid with the end of its opening, in order."""
    for number in range((day_to - day_from).days + 1):
        day = day_from + timedelta(days=number)
        if day not in holidays:
            for opening in hours.get(day.weekday(), ()):
                yield from _grid(day, opening, zone, step)


def _grid(day: date, opening: Range, zone: ZoneInfo, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    wall, end = datetime.combine(day, opening.start), datetime.combine(day, opening.end)
    closing = instant(end, zone)
    while wall < end:
        if not is_skipped(wall, zone):
            yield instant(wall, zone), closing
        wall += step


class _Busy:
    """Intervals joined where they touch, so that one search tells whether another one overlaps any."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        joined: list[Interval] = []
        for one in sorted(intervals):
            if joined and one.start <= joined[-1].end:
                joined[-1] = Interval(joined[-1].start, max(joined[-1].end, one.end))
            elif one.start < one.end:
                joined.append(one)
        self.starts = [one.start for one in joined]
        self.ends = [one.end for one in joined]

    def overlaps(self, other: Interval) -> bool:
        before = bisect_left(self.starts, other.end)
        return before > 0 and self.ends[before - 1] > other.start
