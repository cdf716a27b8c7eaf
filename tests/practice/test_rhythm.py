"""When advice comes: the wall calendar, the pace, the night, waiting and lateness."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Plan
from bot.practice import rhythm
from bot.practice.quiet import NIGHT, Quiet
from bot.practice.rhythm import is_missed, next_due, next_of, spread, weekly
from bot.practice.wall import instant

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
EVERY_DAY = frozenset(range(7))
PLAN = Plan(frozenset({0, 2, 4}), time(9), "Europe/London", "on", 3, NOW)
LONDON = ZoneInfo("Europe/London")


def london(day: int, hour: int, minute: int = 0) -> datetime:
    """What clocks in London show in June."""
    return instant(datetime.fromisoformat(f"2026-06-{day:02}T{hour:02}:{minute:02}"), LONDON)


def test_the_next_time_is_at_the_hour_on_one_of_the_days() -> None:
    zone = ZoneInfo("Europe/London")
    due = next_due(frozenset({0, 3}), time(18), zone, NOW)
    assert due == datetime(2026, 6, 1, 17, tzinfo=UTC)
    assert next_due(frozenset({0, 3}), time(18), zone, due) == datetime(2026, 6, 4, 17, tzinfo=UTC)


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
    assert next_due(EVERY_DAY, time(hour), ZoneInfo(zone), due - timedelta(seconds=1)) == due
    following = date.fromisoformat(day) + timedelta(days=1)
    assert next_due(EVERY_DAY, time(hour), ZoneInfo(zone), due) == instant(
        datetime.combine(following, time(hour)), ZoneInfo(zone)
    )


def test_a_time_on_a_day_that_was_skipped_whole_comes_the_day_after() -> None:
    apia = ZoneInfo("Pacific/Apia")
    after = instant(datetime.fromisoformat("2011-12-31T00:30"), apia)
    shown = next_due(frozenset({4}), time(9), apia, after).astimezone(apia)
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
    assert next_due(days, time(hour), ZoneInfo(zone), after) == next(one for one in moments if one > after)


@pytest.mark.parametrize(
    ("days", "hour"), [(frozenset(), time(9)), (frozenset({7}), time(9)), (frozenset({1}), time(9, 0, 1))]
)
def test_no_days_and_no_time_are_refused(days: set[int], hour: time) -> None:
    with pytest.raises(ValueError, match="advice needs"):
        next_due(frozenset(days), hour, ZoneInfo("UTC"), NOW)


def test_advice_over_two_hours_late_is_missed() -> None:
    assert not is_missed(NOW, NOW + timedelta(hours=2))
    assert is_missed(NOW, NOW + timedelta(hours=2, seconds=1))


def test_the_days_of_a_week_are_spread_evenly() -> None:
    assert spread(EVERY_DAY, 3) == {0, 2, 4}
    assert spread(EVERY_DAY, 1) == {0}
    assert spread(frozenset({1, 5}), 3) == {1, 5}


def test_it_is_as_many_a_week_as_chosen_for_twelve_weeks_and_then_one() -> None:
    assert weekly(PLAN, NOW + timedelta(weeks=12, seconds=-1)) == 3
    assert weekly(PLAN, NOW + timedelta(weeks=12)) == 1


def test_half_as_many_come_where_three_were_not_looked_at() -> None:
    assert weekly(replace(PLAN, ignored=2), NOW) == 3
    assert weekly(replace(PLAN, ignored=3), NOW) == 1
    assert weekly(replace(PLAN, weekly=6, ignored=3), NOW) == 3


def test_half_of_one_a_week_is_one_in_two_weeks() -> None:
    ignored = replace(PLAN, weekly=1, ignored=3)
    due = next_of(ignored, NIGHT, NOW, last=NOW)
    assert due == london(15, 9)


def test_whoever_moves_does_not_get_two_in_half_a_day() -> None:
    tokyo = next_of(replace(PLAN, days=EVERY_DAY, weekly=7, zone="Asia/Tokyo"), NIGHT, NOW)
    assert tokyo == datetime(2026, 6, 2, 0, tzinfo=UTC)
    there = next_of(replace(PLAN, days=EVERY_DAY, weekly=7), NIGHT, tokyo, last=tokyo)
    assert there == datetime(2026, 6, 3, 8, tzinfo=UTC), "not eight hours later"


def test_nothing_comes_before_a_pause_is_over() -> None:
    paused = replace(PLAN, paused_until=NOW + timedelta(weeks=1))
    assert next_of(paused, NIGHT, NOW) == london(10, 9)


def test_a_time_that_has_become_night_moves_to_the_morning() -> None:
    late = replace(PLAN, at=time(20, 30))
    assert next_of(late, NIGHT, NOW) == london(1, 20, 30)
    assert next_of(late, Quiet(time(20), time(9, 30)), NOW) == london(3, 9, 30)


def test_advice_waits_for_the_end_of_a_dialogue_but_not_for_ever() -> None:
    assert rhythm.put_off(NOW, NOW + timedelta(minutes=3)) == NOW + timedelta(minutes=8)
    assert rhythm.put_off(NOW, NOW + timedelta(minutes=27)) == NOW + timedelta(minutes=30)
    assert rhythm.put_off(NOW, NOW + timedelta(minutes=30)) is None
    assert rhythm.put_off(None, NOW) is None


@pytest.mark.parametrize(("hour", "evening"), [(9, time(18, 30)), (18, time(20, 30)), (20, None), (23, None)], ids=str)
def test_this_evening_is_still_to_come(hour: int, evening: time | None) -> None:
    found = rhythm.this_evening(london(1, hour), LONDON, NIGHT)
    assert found == (instant(datetime.combine(date(2026, 6, 1), evening), LONDON) if evening else None)
