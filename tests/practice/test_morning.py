"""When the morning page is due, through every change of the clocks, and what of a day is free."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.practice.morning import GAP, LATE, gaps, next_page, page_due
from bot.practice.slots import Interval
from bot.practice.wall import on_the_wall
from bot.practice.week import Range

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 3, 2)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC)


def test_a_page_is_due_from_its_hour_for_three_hours() -> None:
    due = [page_due(at(7, 30) + late, time(7, 30), LONDON) for late in (-timedelta(seconds=1), timedelta(), LATE)]
    assert due == [None, MONDAY, None]
    assert page_due(at(10, 29), time(7, 30), LONDON) == MONDAY


@pytest.mark.parametrize(
    ("zone", "hour", "begins"),
    [
        ("Europe/London", time(7, 30), datetime(2026, 3, 27, tzinfo=UTC)),
        ("Europe/London", time(1, 30), datetime(2026, 10, 23, tzinfo=UTC)),
        ("Europe/London", time(1, 30), datetime(2026, 3, 27, tzinfo=UTC)),
        ("America/Santiago", time(0, 15), datetime(2026, 9, 4, tzinfo=UTC)),
        ("America/Havana", time(0, 30), datetime(2026, 10, 30, tzinfo=UTC)),
        ("Pacific/Apia", time(0, 0), datetime(2026, 3, 27, tzinfo=UTC)),
        ("Australia/Lord_Howe", time(1, 45), datetime(2026, 4, 3, tzinfo=UTC)),
    ],
)
def test_every_day_has_one_page_whatever_the_clocks_do(zone: str, hour: time, begins: datetime) -> None:
    here, moment, days = ZoneInfo(zone), begins, []
    for _ in range(5):
        moment = next_page(moment, hour, here)
        day = page_due(moment, hour, here)
        assert day is not None
        assert page_due(moment - timedelta(seconds=1), hour, here) is None
        shown = on_the_wall(moment, here).time()
        assert hour <= shown <= (datetime.combine(day, hour) + timedelta(hours=1)).time()
        days.append(day)
    assert days == [days[0] + timedelta(days=n) for n in range(5)]


EARLY = at(7, 30)


def free(*occupied: Interval, now: datetime = EARLY, closed: tuple[date, ...] = ()) -> list[tuple[datetime, ...]]:
    hours = {0: (Range(time(9), time(13)), Range(time(14), time(18)))}
    found = gaps(MONDAY, zone=LONDON, hours=hours, closed=closed, occupied=occupied, now=now)
    return [(one.start, one.end) for one in found]


def test_a_gap_is_an_hour_of_opening_that_nothing_takes() -> None:
    first, last = Interval(at(10), at(11, 1)), Interval(at(12), at(13, 15))
    assert free(first, last) == [(at(9), at(10)), (at(14), at(18))]
    assert free(last, first, Interval(at(15), at(16))) == [(at(9), at(10)), (at(14), at(15)), (at(16), at(18))]
    assert free() == [(at(9), at(13)), (at(14), at(18))]


def test_what_is_over_and_a_day_that_is_closed_have_no_gaps() -> None:
    assert free(now=at(12, 1)) == [(at(14), at(18))]
    assert free(now=at(17) - GAP / 60) == [(at(16, 59), at(18))]
    assert free(closed=(MONDAY,)) == []
