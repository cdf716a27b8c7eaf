"""A month as rows of buttons: a week a row, and the ways to the months around it."""

from calendar import Calendar
from collections.abc import Callable
from datetime import date, timedelta

from bot.flows.answers import REFUSED_CHOICE, rows_of
from bot.flows.dates import read_day
from bot.flows.flow import Answer, Aside, Button, Given, Heard, Pick, Refused, Shown, Spoken, Stay, Turn, spoken
from bot.model import Say, Text

CLOSED = "closed"
"""What a cell of the calendar stands for that is no day to be had."""
SAYS: tuple[Spoken, ...] = (spoken("booking.month_before", "month"), spoken("booking.month_after", "month"))
_WEEK = 7


def month_after(day: date) -> date:
    """The first of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def weeks(month: date, since: date, is_open: Callable[[date], bool]) -> tuple[tuple[Button, ...], ...]:
    """The days of a month that can be had, by their codes (20260303). Weeks that are over by `since` are left out."""
    heads = tuple(Button(CLOSED, ("dayhead", number)) for number in range(_WEEK))
    cells = [
        Button(day_code(day), str(day.day)) if is_open(day) else Button(CLOSED)
        for week in Calendar().monthdatescalendar(month.year, month.month)
        if week[-1] >= since
        for day in week
    ]
    return (heads, *rows_of(cells, _WEEK))


def turns(month: date, first: date, last: date) -> tuple[tuple[Button, ...], ...]:
    """The ways to the months before and after it that have days from `first` to `last` (m20260301)."""
    before, after = (month.replace(day=1) - timedelta(days=1)).replace(day=1), month_after(month)
    ways = []
    if before >= first.replace(day=1):
        ways.append(Button(f"m{before:%Y%m%d}", Say("booking.month_before", {"month": before})))
    if after <= last:
        ways.append(Button(f"m{after:%Y%m%d}", Say("booking.month_after", {"month": after})))
    return (tuple(ways),) if ways else ()


def shown(turned: str | None, first: date, last: date) -> date:
    """The first of the month shown: the one turned to (ISO 8601), or that of `first`, between `first` and `last`."""
    return min(max(date.fromisoformat(turned) if turned else first, first), last).replace(day=1)


def day_code(day: date) -> str:
    """What the button of a day stands for."""
    return f"{day:%Y%m%d}"


class AnyDay(Answer):
    """Any day between two, both in, picked on a month or typed. Answers as ISO 8601 has it."""

    def __init__(self, first: Callable[[Turn], date], last: Callable[[Turn], date]) -> None:
        self._first = first
        self._last = last

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset({"month"}), frozenset({CLOSED})

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (REFUSED_CHOICE, spoken("off.unread_day"), spoken("off.no_such_day"), *SAYS)

    def show(self, turn: Turn) -> Shown:
        first, last = self._first(turn), self._last(turn)
        month = shown(turn.data.get("month"), first, last)
        days = weeks(month, first, lambda day: first <= day <= last and day.month == month.month)
        return Shown({"month": month}, (*days, *turns(month, first, last)))

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Aside | Refused:
        match heard:
            case Pick(code=code) if code == CLOSED:
                return Aside("off.no_such_day")
            case Pick(code=code) if code.startswith("m"):
                return Stay({"month": date.fromisoformat(code[1:]).isoformat()})
            case Pick(code=code):
                day: date | None = date.fromisoformat(code)
            case Text(text=text):
                day = read_day(text, self._first(turn))
            case _:
                return Refused(REFUSED_CHOICE.key)
        if day is None or not self._first(turn) <= day <= self._last(turn):
            return Refused("off.unread_day")
        turn.data.pop("month", None)
        return Given(day.isoformat())
