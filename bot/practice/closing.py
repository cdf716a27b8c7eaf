"""The days a practice is closed: the public holidays of its region, and days of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from bot.source import nearest

_REGION = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` to `last`, both in."""

    first: date
    last: date

    def between(self, first: date, last: date) -> Iterator[date]:
        """Those of the days that fall between two others, both in."""
        day, last = max(self.first, first), min(self.last, last)
        while day <= last:
            yield day
            day += timedelta(days=1)


def read_days(given: object) -> Days:
    """A day, `2026-12-24`, or a span of them, `2026-12-24 to 2027-01-01`. Raises ValueError."""
    written = re.fullmatch(r"\s*(\d{4}-\d\d-\d\d)(?:\s+to\s+(\d{4}-\d\d-\d\d))?\s*", str(given), re.ASCII)
    if written is None:
        raise ValueError(f"'{given}' is not a day such as 2026-12-24, nor days such as 2026-12-24 to 2027-01-01")
    first = _day(written[1])
    last = _day(written[2]) if written[2] else first
    if last < first:
        raise ValueError(f"'{given}' ends before it begins")
    return Days(first, last)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no {text} in the calendar") from None


def read_region(given: object) -> str:
    """A country or a region of one, as ISO 3166 writes them: `GB`, `GB-ENG`. Raises ValueError.

    Whether its holidays are known is for `unknown_region` to tell.
    """
    if not _REGION.fullmatch(str(given)):
        raise ValueError(f"'{given}' is not a country or region as ISO 3166 writes them, such as GB or GB-ENG")
    return str(given)


def unknown_region(region: str) -> str:
    """What is wrong with a region whose public holidays nobody knows; empty for one that is known."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    country, _, part = region.partition("-")
    if country not in known:
        return f"no public holidays are known of the country '{country}'{nearest(country, known)}"
    if part and part not in known[country]:
        named = known[country]
        hint = f"; it has {', '.join(named)}" if 0 < len(named) <= _MOST_NAMED else nearest(part, named)
        return f"no public holidays are known of '{part}' in {country}{hint}"
    return ""


@cache
def public_holidays(region: str, year: int) -> frozenset[date]:
    """The public holidays of a year, days in lieu included. Raises NotImplementedError for an unknown region.

    The first look at a country costs some 50 ms: its calendar is imported.
    """
    import holidays

    country, _, part = region.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year, expand=False))
