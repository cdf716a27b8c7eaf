"""Dates and times as people type them, read as FHIR writes them. Where both are numbers the day is before the month."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.flows.numerals import LONGEST, Typed, plain, read_number
from bot.practice.wall import instant
from bot.practice.week import WEEKDAYS

MONTHS: Sequence[str] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
EARLIEST, LATEST = 1880, 2200

_YEAR = r"(?P<year>\d{4})"
_ANY_YEAR = r"(?P<year>\d{4}|'?\d{2})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NAME = r"(?P<name>[a-z]{3,9})\.?"
_GAP = r"[\s,./-]*"
_WAYS = tuple(
    re.compile(way)
    for way in (
        rf"{_YEAR}[-/. ](?P<month>\d{{1,2}})[-/. ](?P<day>\d{{1,2}})",
        r"(?P<year>\d{4})(?P<month>0[1-9]|1[0-2])(?P<day>\d{2})",
        r"(?P<day>\d{2})(?P<month>0[1-9]|1[0-2])(?P<year>\d{4})",
        rf"(?P<day>\d{{1,2}})[-/. ]+(?P<month>\d{{1,2}})[-/. ]+{_ANY_YEAR}",
        rf"(?:the )?{_DAY}{_GAP}(?:of )?{_NAME}{_GAP}{_ANY_YEAR}",
        rf"{_NAME}{_GAP}(?:the )?{_DAY}(?:{_GAP}'|[\s,./-]+){_YEAR}",
        rf"{_YEAR}{_GAP}{_NAME}{_GAP}{_DAY}",
        rf"{_NAME}{_GAP}(?:of )?{_YEAR}",
        rf"{_YEAR}{_GAP}{_NAME}",
        rf"(?P<month>\d{{1,2}})[-/. ]{_YEAR}",
        rf"{_YEAR}[-/. ](?P<month>\d{{1,2}})",
        _YEAR,
    )
)
_BEFORE = re.compile(
    r"^(?:(?:on|in|since|from|around|about|early|mid|late)\s+)?(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
)
_WITHIN_A_YEAR = tuple(
    re.compile(way)
    for way in (
        rf"(?:the )?{_DAY}",
        rf"(?:the )?{_DAY}{_GAP}(?:of )?{_NAME}",
        rf"{_NAME}{_GAP}(?:the )?{_DAY}",
        r"(?P<day>\d{1,2})[-/. ](?P<month>\d{1,2})\.?",
    )
)
_AHEAD = re.compile(r"(?:(?P<next>next)|this|coming)? ?(?P<weekday>[a-z]{2,9})")
_IN = re.compile(r"in (.+?) (day|week)s?(?:' time)?")
_A_LEAP = 2
"""Years: a day of the year that has not come by then, such as 29 February, is no day to book."""
_AGO = re.compile(r"(.+?) (day|week|month|year)s? ago")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?(?::\d{2})?\s*(?P<half>[ap]\.?m\.?)?(?: ?o'?clock|h)?"
)
_BARE = re.compile(r"(?P<hour>\d{2})(?P<minute>\d{2})")
_NAMED_TIMES = {"noon": time(12), "midday": time(12), "midnight": time(0)}


def read_date(text: str, today: date) -> str | None:
    """A date as FHIR writes it: a day (2024-05-03), or only a month (2024-05) or a year where no more is said.

    Figures with the month first are taken only where they can be nothing else. Years of two figures are those up to
    the next one. `today`, `yesterday`, `3 weeks ago` count from `today`.
    """
    said = plain(text[: LONGEST + 1]).rstrip(".!")
    said = _BEFORE.sub("", said, count=1)
    if relative := _counted(said, today):
        return relative
    for way in _WAYS:
        if found := way.fullmatch(said):
            parts = found.groupdict()
            return _written(_year(parts["year"], today), parts, is_named="name" in parts)
    return None


def read_day(text: str, today: date) -> date | None:
    """A day to come, as people say one: 3 March, 3/3, the 5th, Tuesday, next Tuesday, in two weeks, or a whole date.

    What leaves out the year, the month or the week means the first such day from today on; a weekday alone is never
    today, and the next one is that of the week to come.
    """
    said = plain(text[: LONGEST + 1]).rstrip(".!").removeprefix("on ")
    if named := _AHEAD.fullmatch(said):
        ahead = _weekday(named["weekday"])
        if ahead is not None:
            monday = today - timedelta(days=today.weekday())
            coming = today + timedelta(days=(ahead - today.weekday() - 1) % 7 + 1)
            return monday + timedelta(days=7 + ahead) if named["next"] else coming
    if found := _IN.fullmatch(said):
        number = read_number("1" if found[1] in ("a", "an") else found[1])
        if isinstance(number, Typed) and not number.unit and number.number in range(200):
            return today + timedelta(days=int(number.number) * (7 if found[2] == "week" else 1))
        return None
    whole = read_date(said, today)
    if whole and len(whole) == len("2026-03-03"):
        return date.fromisoformat(whole)
    said = _BEFORE.sub("", said, count=1)
    parts = next((found.groupdict() for way in _WITHIN_A_YEAR if (found := way.fullmatch(said))), None)
    return _first_such(parts, today) if parts else None


def _weekday(name: str) -> int | None:
    return next((number for number, one in enumerate(WEEKDAYS) if one.startswith(name)), None)


def _first_such(parts: Mapping[str, str], today: date) -> date | None:
    """The first day from today on, of the next years, that a day and perhaps a month fit."""
    day = int(parts["day"])
    month = _month(parts["name"]) if "name" in parts else int(parts.get("month", 0))
    if month > 12 >= day:
        day, month = month, day
    if parts.keys() > {"day"} and not 1 <= month <= 12:
        return None
    first = today.year * 12 + today.month - 1
    for number in range(first, first + 12 * _A_LEAP):
        year, one = number // 12, number % 12 + 1
        if month in (0, one) and 1 <= day <= monthrange(year, one)[1] and date(year, one, day) >= today:
            return date(year, one, day)
    return None


def _counted(said: str, today: date) -> str | None:
    near = {"today": 0, "yesterday": 1, "the day before yesterday": 2, "tomorrow": -1}
    if said in near:
        return (today - timedelta(days=near[said])).isoformat()
    last = {
        "last month": ("1", "month"),
        "last year": ("1", "year"),
        "this month": ("0", "month"),
        "this year": ("0", "year"),
    }
    found = _AGO.fullmatch(said)
    count, unit = found.groups() if found else last.get(said, ("", ""))
    number = read_number("1" if count in ("a", "an") else count)
    if (
        not isinstance(number, Typed)
        or number.unit
        or number.number != int(number.number)
        or not 0 <= number.number < 200
    ):
        return None
    back = int(number.number)
    if unit in ("day", "week"):
        return (today - timedelta(days=back * (7 if unit == "week" else 1))).isoformat()
    months = today.year * 12 + today.month - 1 - back
    return f"{today.year - back:04}" if unit == "year" else f"{months // 12:04}-{months % 12 + 1:02}"


def _year(written: str, today: date) -> int:
    year = int(written.removeprefix("'"))
    if len(written.removeprefix("'")) == 4:
        return year
    return year + (2000 if year + 2000 <= today.year + 1 else 1900)


def _written(year: int, parts: dict[str, str], *, is_named: bool) -> str | None:
    if not EARLIEST <= year <= LATEST:
        return None
    if not is_named and "month" not in parts:
        return f"{year:04}"
    month = _month(parts["name"]) if is_named else int(parts["month"])
    if "day" not in parts:
        return f"{year:04}-{month:02}" if 1 <= month <= 12 else None
    day = int(parts["day"])
    if not is_named and month > 12 >= day:
        day, month = month, day
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _month(name: str) -> int:
    return next((number for number, one in enumerate(MONTHS, 1) if one.startswith(name) or name == f"{one[:4]}"), 0)


def read_time(text: str) -> str | None:
    """A time of day as FHIR writes it, to the second: 14:30, 2.30 pm, 1430, 9h, noon."""
    said = plain(text).removeprefix("at ").rstrip("!")
    if said in _NAMED_TIMES:
        return _NAMED_TIMES[said].isoformat()
    found = _CLOCK.fullmatch(said) or _BARE.fullmatch(said)
    if not found:
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found.groupdict().get("half")
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    return f"{hour:02}:{minute:02}:00" if hour < 24 and minute < 60 else None


def read_moment(text: str, today: date, zone: ZoneInfo) -> str | None:
    """A date with a time behind or before it, as FHIR writes a moment in `zone`; or a date alone."""
    said = plain(re.sub(r"(?<=\d)[Tt](?=\d)", " ", text))
    if alone := read_date(said, today):
        return alone
    if len(said) > LONGEST:
        return None
    for gap in re.finditer(r",? ", said):
        for day, clock in ((said[: gap.start()], said[gap.end() :]), (said[gap.end() :], said[: gap.start()])):
            read_day, read_clock = read_date(day, today), read_time(clock)
            if read_day and read_clock and len(read_day) == 10:
                return moment(read_day, read_clock, zone)
    return None


def moment(day: str, clock: str, zone: ZoneInfo) -> str:
    """A day and a time on the clocks of `zone` as a FHIR dateTime, offset and all."""
    return instant(datetime.fromisoformat(f"{day}T{clock}"), zone).astimezone(zone).isoformat()
