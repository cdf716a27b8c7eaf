from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.practice.slots import Interval, free_times, occupancy
from bot.practice.wall import instant
from bot.practice.week import Range, Week

LONDON = ZoneInfo("Europe/London")
NINE_TO_ONE: Week = {weekday: (Range(time(9), time(13)),) for weekday in range(7)}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MONDAY = date(2026, 6, 1)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def times(day: date = MONDAY, **changed: Any) -> list[str]:
    given: dict[str, Any] = {
        "zone": LONDON,
        "hours": NINE_TO_ONE,
        "length": minutes(60),
        "buffer": minutes(0),
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
    assert times(occupied=[taken("10:00", "11:00")], buffer=minutes(15)) == ["11:00", "12:00"]
    visit = occupancy(taken("10:00", "11:00").start, minutes(60), minutes(15))
    assert times(occupied=[visit], step=minutes(15), hours=dict.fromkeys(range(7), (Range(time(11), time(13)),))) == [
        "11:15",
        "11:30",
        "11:45",
        "12:00",
    ]


def test_a_short_interval_inside_a_long_one_frees_nothing() -> None:
    assert times(occupied=[taken("09:00", "12:00"), taken("09:30", "10:00")]) == ["12:00"]


def test_a_buffer_may_reach_beyond_closing_and_into_time_off() -> None:
    assert times(buffer=minutes(30), time_off=[taken("10:00", "11:00")]) == ["09:00", "11:00", "12:00"]


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
        length=minutes(60),
        buffer=minutes(0),
        notice=minutes(0),
        step=minutes(60),
        now=LONG_AGO,
    )


def test_a_visit_that_takes_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="take some time"):
        times(length=minutes(0))
    with pytest.raises(ValueError, match="take some time"):
        times(step=minutes(0))


FIVE = minutes(5)
_zones = st.sampled_from(["Europe/London", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"])
_days = st.sampled_from(
    [date(2026, 3, 28), date(2026, 10, 24), date(2026, 4, 4), date(2026, 9, 5), date(2026, 10, 3), MONDAY]
)


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    found: dict[int, tuple[Range, ...]] = {}
    for weekday in range(7):
        bounds = sorted(draw(st.sets(st.integers(0, 287), max_size=4)))
        walls = [time(one // 12, one % 12 * 5) for one in bounds]
        found[weekday] = tuple(map(Range, walls[::2], walls[1::2]))
    return found


@st.composite
def intervals(draw: st.DrawFn, day: date) -> list[Interval]:
    midnight = datetime.combine(day, time(), UTC)
    starts = draw(st.lists(st.tuples(st.integers(-100, 700), st.integers(0, 60)), max_size=8))
    return [Interval(midnight + start * FIVE, midnight + (start + long) * FIVE) for start, long in starts]


def slowly(day: date, days: int, given: dict[str, Any]) -> list[datetime]:
    """Every fifth minute there is, looked at one by one."""
    zone, found = given["zone"], []
    moment = datetime.combine(day, time(), UTC) - timedelta(days=2)
    while moment < datetime.combine(day, time(), UTC) + timedelta(days=days + 3):
        wall = moment.astimezone(zone)
        if day <= wall.date() <= day + timedelta(days=days) and not wall.fold and _is_free(moment, wall, given):
            found.append(moment)
        moment += FIVE
    return found


def _is_free(moment: datetime, wall: datetime, given: dict[str, Any]) -> bool:
    def meets(others: list[Interval], end: datetime) -> bool:
        return any(one.start < one.end and one.start < end and moment < one.end for one in others)

    end = moment + given["length"]
    naive = wall.replace(tzinfo=None)
    open_now = any(
        one.start <= naive.time() < one.end
        and (naive - datetime.combine(naive, one.start)) % given["step"] == timedelta()
        and end <= instant(datetime.combine(naive, one.end), given["zone"])
        for one in given["hours"].get(naive.weekday(), ())
    )
    return (
        open_now
        and naive.date() not in given["holidays"]
        and moment >= given["now"] + given["notice"]
        and not meets(given["time_off"], end)
        and not meets(given["occupied"], end + given["buffer"])
    )


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_free_times_equal_a_slow_look_at_every_minute(data: st.DataObject) -> None:
    day, days = data.draw(_days), data.draw(st.integers(0, 2))
    steps = st.integers(1, 24).map(lambda count: count * FIVE)
    given: dict[str, Any] = {
        "zone": ZoneInfo(data.draw(_zones)),
        "hours": data.draw(weeks()),
        "time_off": data.draw(intervals(day)),
        "holidays": data.draw(st.sets(st.just(day), max_size=1)),
        "occupied": data.draw(intervals(day)),
        "length": data.draw(steps),
        "buffer": data.draw(st.integers(0, 6)) * FIVE,
        "notice": data.draw(st.integers(0, 24)) * FIVE,
        "step": data.draw(steps),
        "now": datetime.combine(day, time(), UTC) - timedelta(hours=data.draw(st.integers(-12, 24))),
    }
    assert free_times(day, day + timedelta(days=days), **given) == slowly(day, days, given)
