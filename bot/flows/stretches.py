"""Stretches of time as a practitioner types them: tomorrow 14-16, fri afternoon, 24 Dec to 3 Jan, today from 3pm."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.flows.dates import read_day, read_time
from bot.flows.numerals import LONGEST, Typed, plain, read_number
from bot.practice.slots import Interval
from bot.practice.wall import instant

NOON, EVENING = time(12), time(17)
_DAY = timedelta(days=1)
_PARTS = {
    "morning": (time(), NOON),
    "afternoon": (NOON, None),
    "evening": (EVENING, None),
    "all day": (time(), None),
    "whole day": (time(), None),
}
"""From when until when by the wall clock; None is its end: away in the afternoon is away till late."""
_ABOUT = re.compile(r"(?:(?:i am|i'm|i will be|i'll be|be|am)\s+)?(?:(?:off|away|out|on leave|on holiday)\s+)?")
_TO = re.compile(r"\s*-\s*|\s+(?:to|until|till|through)\s+")
_OPEN = re.compile(r"(?P<day>.*?)\s*\b(?P<way>from|after|until|till|before)\s+(?P<clock>\S.*)")
_FOR = re.compile(r"(?P<day>.*?)\s*\bfor (?P<count>.+?) (?P<unit>hour|day|week)s?")
_WEEK = re.compile(r"(?:the )?(?P<which>next|this) week|(?:the )?rest of (?P<rest>the|this) week")
_MOST = 366
_LATE_HOUR = 7
"""Nobody is treated between midnight and seven: of such an hour with no more said, the one after noon is meant."""


@dataclass(frozen=True, slots=True)
class _Point:
    """A day, a clock time, or both; `closes` where the clock stands at the end of the day."""

    day: date | None
    clock: time | None


def read_stretch(text: str, now: datetime, zone: ZoneInfo) -> Interval | None:
    """From when until when, in UTC; None where that cannot be read, is over by `now`, or is longer than a year.

    A day without hours is the whole of it; hours without a day are today's; the last day named is in it. Of two days,
    the second is the first such day after the first. Between midnight and seven, where nothing says which half of the
    day is meant, hours are those of the afternoon.
    """
    said = _ABOUT.sub("", plain(text[: LONGEST + 1]).rstrip(".!"), count=1).strip()
    if "between " in said:
        said = said.replace(" and ", " to ")
    today = now.astimezone(zone).date()
    for each in dict.fromkeys((said.removeprefix("from "), said)):
        for walls in _ways(each, today, now.astimezone(zone).replace(tzinfo=None)):
            start, end = (instant(wall, zone) for wall in walls)
            if start < end and now < end and end - start <= _MOST * _DAY and start - now <= _MOST * _DAY:
                return Interval(start, end)
    return None


def read_hours(text: str, day: date, zone: ZoneInfo) -> Interval | None:
    """Hours of a day already chosen: 14-16, from 3pm, afternoon."""
    said = plain(text[: LONGEST + 1]).rstrip(".!")
    walls = _part(said, day) or _between(said, day) or _open(said, day)
    if walls is None:
        return None
    start, end = (instant(wall, zone) for wall in walls)
    return Interval(start, end) if start < end else None


def read_start(text: str, now: datetime, zone: ZoneInfo, day: date | None = None) -> datetime | None:
    """A moment to begin at, in UTC: Thu 19:15, 5 March at 2pm; with `day`, a time alone is of that day."""
    said = plain(text[: LONGEST + 1]).rstrip(".!")
    today = now.astimezone(zone).date()
    heads = [(day, said)] if day else []
    heads += [(one, rest) for one, rest in _headed(said, today) if one != today or rest != said]
    clocks = ((one, _clock(rest.removeprefix("at "))) for one, rest in heads)
    return next((instant(datetime.combine(one, clock), zone) for one, clock in clocks if clock), None)


Walls = tuple[datetime, datetime]


def _ways(said: str, today: date, now: datetime) -> Iterator[Walls]:
    """What it may mean, the likeliest first."""
    for way in (_on_a_day, _whole, _week, _from_to, _lasting):
        if walls := way(said, today, now):
            yield walls


def _whole(said: str, today: date, now: datetime) -> Walls | None:
    if re.fullmatch(r"\d{1,2}", said):
        return None
    day = read_day(said, today)
    return _days(day, day) if day else None


def _week(said: str, today: date, now: datetime) -> Walls | None:
    found = _WEEK.fullmatch(said)
    if found is None:
        return None
    monday = today - today.weekday() * _DAY
    if found["which"] == "next":
        return _days(monday + 7 * _DAY, monday + 13 * _DAY)
    return _days(today, monday + 6 * _DAY)


def _on_a_day(said: str, today: date, now: datetime) -> Walls | None:
    """A day, named or today, and hours or a part of it."""
    for day, rest in _headed(said, today):
        if walls := _part(rest, day) or _between(rest, day) or _open(rest, day):
            return walls
    return None


def _headed(said: str, today: date) -> Iterator[tuple[date, str]]:
    """The ways to take a day from the beginning or the end, and what is left of it."""
    yield today, said.removeprefix("this ")
    gaps = [found.span() for found in re.finditer(r",? ", said)]
    for start, end in reversed(gaps):
        if day := read_day(said[:start], today):
            yield day, said[end:]
    for start, end in gaps:
        if day := read_day(said[end:], today):
            yield day, said[:start].removesuffix(" on")


def _part(said: str, day: date) -> Walls | None:
    named = said.removeprefix("in the ").removeprefix("all ") if said != "all day" else said
    if named not in _PARTS:
        return None
    start, end = _PARTS[named]
    return datetime.combine(day, start), datetime.combine(day, end) if end else datetime.combine(day + _DAY, time())


def _between(said: str, day: date) -> Walls | None:
    """14-16, 3 to 5pm, from 9:30 until noon."""
    for found in _TO.finditer(said):
        left, right = said[: found.start()].removeprefix("from ").removeprefix("between "), said[found.end() :]
        start, end = _clock(left), _closing(right, day)
        if start is None or end is None:
            continue
        begins = datetime.combine(day, start)
        if re.search(r"p\.?m", right) and not re.search(r"[ap]\.?m", left) and start.hour < NOON.hour:
            late = begins + timedelta(hours=12)
            begins = late if late < end else begins
        return begins, end
    return None


def _open(said: str, day: date) -> Walls | None:
    """From three on; until noon."""
    found = _OPEN.fullmatch(said)
    if found is None or found["day"]:
        return None
    clock = _clock(found["clock"])
    if clock is None:
        return None
    if found["way"] in ("from", "after"):
        return datetime.combine(day, clock), datetime.combine(day + _DAY, time())
    return datetime.combine(day, time()), datetime.combine(day, clock)


def _from_to(said: str, today: date, now: datetime) -> Walls | None:
    """From a day, or a moment, to another one."""
    for found in _TO.finditer(said):
        left, right = said[: found.start()], said[found.end() :]
        for start, until in _moments(left, right, today):
            if start.day is None or until.day is None or until.day < start.day:
                continue
            begins = datetime.combine(start.day, start.clock or time())
            ends = datetime.combine(until.day, until.clock) if until.clock else _days(until.day, until.day)[1]
            return begins, ends
    return None


def _moments(left: str, right: str, today: date) -> Iterator[tuple[_Point, _Point]]:
    for until in _points(right, today):
        if until.day is None:
            continue
        month = f"{until.day:%B}".casefold()
        lefts = [f"{left} {month}", left] if re.fullmatch(r"(?:the )?\d{1,2}(?:st|nd|rd|th)?", left) else [left]
        for start in (point for each in lefts for point in _points(each, today)):
            if start.day is None or (start.clock and right.isdecimal()):
                continue
            if start.day <= until.day:
                yield start, until
            for later in _points(right, start.day):
                yield start, later


def _points(said: str, today: date) -> Iterator[_Point]:
    if day := read_day(said, today):
        yield _Point(day, None)
    for gap in re.finditer(r",? (?:at )?", said):
        head, tail = said[: gap.start()], said[gap.end() :]
        if (day := read_day(head, today)) and (clock := _clock(tail)):
            yield _Point(day, clock)


def _lasting(said: str, today: date, now: datetime) -> Walls | None:
    """Two weeks from a day on; two hours from now."""
    found = _FOR.fullmatch(said)
    if found is None:
        return None
    number = read_number("1" if found["count"] in ("a", "an", "one") else found["count"])
    if not isinstance(number, Typed) or number.unit or not 0 < number.number <= _MOST:
        return None
    count, head = float(number.number), found["day"].removesuffix(",")
    if found["unit"] == "hour":
        if not head:
            return now.replace(second=0, microsecond=0), now + timedelta(hours=count)
        start = next((point for day, rest in _headed(head, today) if (point := _moment(day, rest))), None)
        return (start, start + timedelta(hours=count)) if start else None
    day = read_day(head, today) if head else today
    if day is None or count != int(count):
        return None
    return _days(day, day + (int(count) * (7 if found["unit"] == "week" else 1) - 1) * _DAY)


def _moment(day: date, said: str) -> datetime | None:
    clock = _clock(said.removeprefix("from "))
    return datetime.combine(day, clock) if clock else None


def _days(first: date, last: date) -> Walls:
    return datetime.combine(first, time()), datetime.combine(last + _DAY, time())


def _clock(said: str) -> time | None:
    written = read_time(said)
    if written is None:
        return None
    clock = time.fromisoformat(written)
    is_plain = re.fullmatch(r"[1-6](?:[:.h]\d\d)?", said.removeprefix("at ")) is not None
    return clock.replace(hour=clock.hour + 12) if is_plain and clock.hour < _LATE_HOUR else clock


def _closing(said: str, day: date) -> datetime | None:
    """When it ends; midnight is the end of the day."""
    if said in ("midnight", "24", "24:00", "the end", "the evening", "late"):
        return datetime.combine(day + _DAY, time())
    clock = _clock(said)
    return datetime.combine(day, clock) if clock else None
