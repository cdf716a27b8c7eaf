from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.practice.advice import is_missed, next_due
from bot.practice.wall import instant

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
EVERY_DAY = frozenset(range(7))


def test_the_next_time_is_at_the_hour_on_one_of_the_days() -> None:
    zone = ZoneInfo("Europe/London")
    due = next_due(frozenset({0, 3}), 18, zone, NOW)
    assert due == datetime(2026, 6, 1, 17, tzinfo=UTC)
    assert next_due(frozenset({0, 3}), 18, zone, due) == datetime(2026, 6, 4, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour", "day", "expected"),
    [
        ("Europe/London", 1, "2026-03-29", "2026-03-29T01:00"),  # skipped: an hour later by the wall
        ("Europe/London", 1, "2026-10-25", "2026-10-25T00:00"),  # shown twice: once, the first time
        ("America/Santiago", 0, "2026-09-06", "2026-09-06T04:00"),
        ("Australia/Lord_Howe", 2, "2026-10-04", "2026-10-03T15:30"),
    ],
)
def test_a_change_of_clocks_neither_doubles_nor_loses_a_time(zone: str, hour: int, day: str, expected: str) -> None:
    due = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert next_due(EVERY_DAY, hour, ZoneInfo(zone), due - timedelta(seconds=1)) == due
    following = date.fromisoformat(day) + timedelta(days=1)
    assert next_due(EVERY_DAY, hour, ZoneInfo(zone), due) == instant(
        datetime.combine(following, time(hour)), ZoneInfo(zone)
    )


def test_a_time_on_a_day_that_was_skipped_whole_comes_the_day_after() -> None:
    apia = ZoneInfo("Pacific/Apia")
    after = instant(datetime.fromisoformat("2011-12-31T00:30"), apia)
    shown = next_due(frozenset({4}), 9, apia, after).astimezone(apia)
    assert (shown.date(), shown.hour) == (date(2011, 12, 31), 9)


_zones = st.sampled_from(["Europe/London", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])


@settings(max_examples=150, deadline=None)
@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 23),
    _zones,
    st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-12-01"), timezones=st.just(UTC)),
)
def test_the_next_time_equals_a_slow_look_at_every_day(
    days: frozenset[int], hour: int, zone: str, after: datetime
) -> None:
    walls = (datetime.combine(after.date() + timedelta(days=n), time(hour)) for n in range(-2, 12))
    moments = sorted(instant(wall, ZoneInfo(zone)) for wall in walls if wall.weekday() in days)
    assert next_due(days, hour, ZoneInfo(zone), after) == next(one for one in moments if one > after)


@pytest.mark.parametrize(("days", "hour"), [(frozenset(), 9), (frozenset({7}), 9), (frozenset({1}), 24)])
def test_no_days_and_no_hour_are_refused(days: frozenset[int], hour: int) -> None:
    with pytest.raises(ValueError, match="advice needs"):
        next_due(days, hour, ZoneInfo("UTC"), NOW)


def test_advice_over_two_hours_late_is_missed() -> None:
    assert not is_missed(NOW, NOW + timedelta(hours=2))
    assert is_missed(NOW, NOW + timedelta(hours=2, seconds=1))
