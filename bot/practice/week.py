"""The week a practice keeps: for every weekday, from when until when it is open, by the wall clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

from bot.source import nearest

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """Open from `start` until `end` on one day, by the wall clock of the practice."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    @property
    def minutes(self) -> int:
        """Its length by the wall clock."""
        return (self.end.hour - self.start.hour) * 60 + self.end.minute - self.start.minute


Week = Mapping[int, tuple[Range, ...]]
"""Weekday (Monday is 0, as `date.weekday()` has it) to its ranges, in order, none overlapping.

A day that is closed has no ranges, or is not there.
"""


def common(one: Week, other: Week) -> Week:
    """The hours in which both are open."""
    both = {}
    for day in one.keys() & other.keys():
        met = (Range(max(a.start, b.start), min(a.end, b.end)) for a in one[day] for b in other[day])
        both[day] = tuple(sorted(each for each in met if each.start < each.end))
    return both


def read_weekday(name: object) -> int:
    """The number of a weekday from its English name in small letters. Raises ValueError."""
    if name not in WEEKDAYS:
        raise ValueError(f"unknown day '{name}'{nearest(str(name), WEEKDAYS)}")
    return WEEKDAYS.index(name)


def read_ranges(given: object) -> tuple[Range, ...]:
    """The ranges of one day from `09:00-13:00, 14:00-18:00`, from a list of such, or from `closed`.

    Raises ValueError, which names every range that is wrong.
    """
    texts = given if isinstance(given, list) else str(given).split(",")
    if texts == ["closed"]:
        return ()
    ranges: list[Range] = []
    wrong: list[str] = []
    for text in texts:
        match = re.fullmatch(r"\s*([01]\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]\d|2[0-3]):([0-5]\d)\s*", str(text))
        if match is None:
            wrong.append(f"'{text}' is not a range such as 09:00-13:00, nor closed")
            continue
        hours = Range(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))
        if hours.minutes <= 0:
            wrong.append(f"{hours} does not end after it starts (hours over midnight are not taken)")
            continue
        ranges.append(hours)
    ranges.sort()
    wrong += [f"{early} and {late} overlap" for early, late in pairwise(ranges) if late.start < early.end]
    if wrong:
        raise ValueError("; ".join(wrong))
    return tuple(ranges)
