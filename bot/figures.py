"""Days, times, numbers and money as people of one locale write them, on babel's data."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimePattern, get_day_names, get_month_names, match_skeleton, parse_pattern
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit


class Figures:
    """How one locale writes. `locale` is a tag such as en-GB, `currency` the three letters of the practice's.

    Raises ValueError for a tag babel does not know.
    """

    def __init__(self, locale: str, currency: str) -> None:
        try:
            self.locale = Locale.parse(locale, sep="-")
        except (UnknownLocaleError, ValueError):
            raise ValueError(f"'{locale}' is not a locale such as en-GB") from None
        self._currency = currency
        # Every question counts itself and the minutes left; babel takes ten microseconds for each.
        self._whole = lru_cache(maxsize=1024)(lambda value, form: FORMS[form or "number"](self, value))

    def write(self, value: Any, form: str, zone: str) -> str:
        """The value in a form of `FORMS`, as plain text; the empty form is what its kind asks.

        An aware datetime is written in `zone`. Raises TypeError for a value the form is not for.
        """
        if type(value) is int:
            return self._whole(value, form)
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise TypeError("a moment to be written knows its zone")
            value = value.astimezone(_zone(zone))
        return FORMS[form or _kind(value)](self, value)

    def listed(self, texts: Collection[str]) -> str:
        """One line of several texts: a, b and c."""
        return format_list(list(texts), locale=self.locale)

    def _day(self, value: date) -> str:
        return _pattern(self.locale, "MMMMEEEEd").apply(value, self.locale)

    def _short(self, value: date) -> str:
        return _pattern(self.locale, "MMMEd").apply(value, self.locale)

    def _date(self, value: date) -> str:
        return parse_pattern(self.locale.date_formats["long"]).apply(value, self.locale)

    def _month_name(self, value: date) -> str:
        return str(get_month_names("abbreviated", "stand-alone", self.locale)[value.month])

    def _month(self, value: date) -> str:
        return _pattern(self.locale, "yMMMM").apply(value, self.locale)

    def _time(self, value: datetime | time) -> str:
        return parse_pattern(self.locale.time_formats["short"]).apply(value, self.locale)

    def _when(self, value: datetime) -> str:
        joined = str(self.locale.datetime_formats["medium"])
        return joined.replace("{1}", self._day(value)).replace("{0}", self._time(value))

    def _hour(self, value: int) -> str:
        return self._time(time(value))

    def _weekday(self, value: int) -> str:
        return str(get_day_names("wide", "stand-alone", self.locale)[value])

    def _day_head(self, value: int) -> str:
        return str(get_day_names("short", "stand-alone", self.locale)[value])

    def _weekdays(self, value: Collection[int]) -> str:
        names = get_day_names("abbreviated", "stand-alone", self.locale)
        return self.listed([names[day] for day in sorted(value)])

    def _money(self, value: Decimal | float) -> str:
        pattern = str(self.locale.currency_formats["standard"].pattern)
        if value == int(value):
            bare = pattern.replace(".00", "")
            return format_currency(value, self._currency, bare, locale=self.locale, currency_digits=False)
        return format_currency(value, self._currency, pattern, locale=self.locale)

    def _number(self, value: Decimal | float) -> str:
        return format_decimal(value, locale=self.locale)

    def _unit(self, value: float, unit: str) -> str:
        return format_unit(value, f"duration-{unit}", locale=self.locale)


FORMS: Mapping[str, Callable[[Figures, Any], str]] = {
    "day": Figures._day,
    "short": Figures._short,
    "date": Figures._date,
    "month": Figures._month,
    "monthname": Figures._month_name,
    "time": Figures._time,
    "when": Figures._when,
    "hour": Figures._hour,
    "weekday": Figures._weekday,
    "weekdays": Figures._weekdays,
    "dayhead": Figures._day_head,
    "money": Figures._money,
    "number": Figures._number,
    "minutes": lambda figures, value: figures._unit(value, "minute"),
    "hours": lambda figures, value: figures._unit(value, "hour"),
    "days": lambda figures, value: figures._unit(value, "day"),
    "years": lambda figures, value: figures._unit(value, "year"),
}
"""Forms a value can be written in. `hour` takes 0 to 23; `weekday`, `weekdays` and `dayhead`, which stands over a
calendar, count from Monday 0."""


def _kind(value: Any) -> str:
    match value:
        case bool():
            raise TypeError("a truth is not written; give words")
        case datetime():
            return "when"
        case date():
            return "date"
        case time():
            return "time"
        case int() | float() | Decimal():
            return "number"
        case _:
            raise TypeError(f"a {type(value).__name__} is not written")


@lru_cache(maxsize=256)
def _pattern(locale: Locale, skeleton: str) -> DateTimePattern:
    """The pattern of one of CLDR's skeletons; of the nearest one where this locale has none."""
    known = locale.datetime_skeletons
    name = skeleton if skeleton in known else match_skeleton(skeleton, known)
    return parse_pattern(known[name])


_zone = lru_cache(maxsize=256)(ZoneInfo)
