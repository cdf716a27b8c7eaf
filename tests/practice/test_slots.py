from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.practice.slots import Interval, Span, free_times
from bot.practice.wall import instant
from bot.practice.week import Range, Week

LONDON = ZoneInfo("Europe/London")
NINE_TO_ONE: Week = {weekday: (Range(time(9), time(13)),) for weekday in range(7)}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MONDAY = date(2026, 6, 1)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def times(day: date = MONDAY, **changed: Any) -> list[str]:
    lengths = {name: changed.pop(name, minutes(0)) for name in ("before", "after")}
    given: dict[str, Any] = {
        "zone": LONDON,
        "hours": NINE_TO_ONE,
        "span": Span(changed.pop("length", minutes(60)), **lengths),
        "notice": minutes(0),
        "step": minutes(60),
        "now": LONG_AGO,
    } | changed
    return [f"{one.astimezone(given['zone']):%H:%M}" for one in free_times(day, day, **given)]


def taken(start: str, end: str, day: date = MONDAY) -> Interval:
    bounds = (instant(datetime.combine(day, time.fromisoformat(one)), LONDON) for one in (start, end))
    return Interval(*bounds)


def test_a_day_without_bookings_is_free_from_opening_to_the_last_visit_that_ends_by_closing() -> None:
    assert times() == ["09:00", "10:00", "11:00", "12:00"]
    assert times(length=minutes(90)) == ["09:00", "10:00", "11:00"]
    assert times(length=minutes(300)) == []


def test_what_is_taken_is_not_free_and_buffers_keep_visits_apart() -> None:
    assert times(occupied=[taken("10:00", "11:00")]) == ["09:00", "11:00", "12:00"]
    assert times(occupied=[taken("10:00", "11:00")], after=minutes(15)) == ["11:00", "12:00"]
    assert times(occupied=[taken("10:00", "11:00")], before=minutes(15)) == ["09:00", "12:00"]
    visit = Span(minutes(60), after=minutes(15)).occupies(taken("10:00", "11:00").start)
    assert times(occupied=[visit], step=minutes(15), hours=dict.fromkeys(range(7), (Range(time(11), time(13)),))) == [
        "11:15",
        "11:30",
        "11:45",
        "12:00",
    ]


def test_a_short_interval_inside_a_long_one_frees_nothing() -> None:
    assert times(occupied=[taken("09:00", "12:00"), taken("09:30", "10:00")]) == ["12:00"]


def test_one_of_the_rooms_must_be_free_for_the_whole_visit() -> None:
    mornings, late = [taken("09:00", "11:00")], [taken("10:30", "12:30")]
    assert times(rooms=[mornings, late]) == ["09:00", "11:00", "12:00"]
    assert times(rooms=[mornings, late], after=minutes(40)) == ["11:00", "12:00"]
    assert times(rooms=[mornings, []]) == ["09:00", "10:00", "11:00", "12:00"]
    assert times(rooms=[]) == []


def test_a_buffer_may_reach_beyond_closing_and_into_time_off() -> None:
    assert times(before=minutes(30), after=minutes(30), time_off=[taken("10:00", "11:00")]) == [
        "09:00",
        "11:00",
        "12:00",
    ]


def test_holidays_time_off_and_closed_days_are_not_free() -> None:
    assert times(holidays={MONDAY}) == []
    assert times(time_off=[taken("00:00", "12:00")]) == ["12:00"]
    assert times(hours={1: (Range(time(9), time(13)),)}) == []


def test_nothing_is_free_within_the_notice() -> None:
    now = taken("08:00", "09:00").start
    assert times(now=now, notice=minutes(120)) == ["10:00", "11:00", "12:00"]
    assert times(now=now, notice=timedelta(days=1)) == []


def test_a_skipped_local_time_is_not_offered_and_a_doubled_one_once() -> None:
    night: Week = {6: (Range(time(0), time(4)),)}
    assert times(date(2026, 3, 29), hours=night) == ["00:00", "02:00", "03:00"]
    assert times(date(2026, 10, 25), hours=night) == ["00:00", "01:00", "02:00", "03:00"]
    [first] = [one for one in _night(date(2026, 10, 25)) if one.astimezone(LONDON).hour == 1]
    assert first == datetime(2026, 10, 25, 0, tzinfo=UTC)


def _night(day: date) -> list[datetime]:
    return free_times(
        day,
        day,
        zone=LONDON,
        hours={6: (Range(time(0), time(4)),)},
        span=Span(minutes(60)),
        notice=minutes(0),
        step=minutes(60),
        now=LONG_AGO,
    )


def test_a_visit_that_takes_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="take some time"):
        times(length=minutes(0))
    with pytest.raises(ValueError, match="take some time"):
        times(step=minutes(0))
