"""Free times against a slow, obvious look at every minute, on random diaries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.practice.slots import Interval, Span, free_times
from bot.practice.week import Range, Week

MANY, FEW = 10_000, 1_000
MINUTE = timedelta(minutes=1)
ZONES = (
    "Europe/London",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "Pacific/Chatham",
)
CHANGES = (
    *(date(2026, 3, 28), date(2026, 10, 24), date(2026, 4, 23), date(2026, 10, 28)),  # London; Cairo
    *(date(2026, 4, 4), date(2026, 9, 5), date(2026, 10, 3), date(2026, 9, 26)),  # the south
)


@dataclass(frozen=True)
class Diary:
    """All that free times depend on."""

    zone: ZoneInfo
    day_from: date
    day_to: date
    hours: Week
    time_off: Sequence[Interval]
    holidays: frozenset[date]
    occupied: Sequence[Interval]
    rooms: Sequence[Sequence[Interval]]
    span: Span
    notice: timedelta
    step: timedelta
    now: datetime


@st.composite
def diaries(draw: st.DrawFn) -> Diary:
    day = draw(st.sampled_from(CHANGES) | st.dates(date(2026, 1, 1), date(2031, 12, 31)))
    days = [day + timedelta(days=number) for number in range(draw(st.integers(1, 3)))]
    midnight = datetime.combine(day, time(), UTC)
    taken = st.lists(
        st.tuples(st.integers(-900, 4900), st.integers(0, 300)).map(
            lambda pair: Interval(midnight + pair[0] * MINUTE, midnight + sum(pair) * MINUTE)
        ),
        max_size=5,
    )
    minutes = st.integers(0, 90).map(lambda count: count * MINUTE)
    return Diary(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        day_from=day,
        day_to=days[-1],
        hours={one.weekday(): draw(openings()) for one in days},
        time_off=draw(taken),
        holidays=frozenset(one for one in days if draw(st.integers(0, 5)) == 0),
        occupied=draw(taken),
        rooms=draw(st.lists(taken, min_size=1, max_size=2)),
        span=Span(draw(st.integers(1, 180)) * MINUTE, draw(minutes), draw(minutes)),
        notice=draw(st.integers(0, 48)) * 30 * MINUTE,
        step=draw(st.integers(1, 90)) * MINUTE,
        now=midnight + draw(st.integers(-4000, 3000)) * MINUTE,
    )


@st.composite
def openings(draw: st.DrawFn) -> tuple[Range, ...]:
    """Up to three ranges of a day, in order; some touch."""
    bounds = sorted(draw(st.lists(st.integers(0, 24 * 60 - 1), min_size=2, max_size=4, unique=True)))
    walls = [time(*divmod(one, 60)) for one in bounds]
    pairs = pairwise(walls) if draw(st.booleans()) else zip(walls[::2], walls[1::2], strict=False)
    return tuple(Range(start, end) for start, end in pairs)


def slowly(diary: Diary) -> list[datetime]:
    """Every minute there is in those days, looked at one by one."""
    found = []
    moment = datetime.combine(diary.day_from, time(), UTC) - timedelta(hours=15)
    while moment < datetime.combine(diary.day_to, time(), UTC) + timedelta(hours=38):
        if is_free(moment, diary):
            found.append(moment)
        moment += MINUTE
    return found


def is_free(start: datetime, diary: Diary) -> bool:
    wall = start.astimezone(diary.zone)
    is_second_showing = wall.fold == 1
    if is_second_showing or not diary.day_from <= wall.date() <= diary.day_to or wall.date() in diary.holidays:
        return False
    end = start + diary.span.length
    if not any(fits(wall, end, opening, diary) for opening in diary.hours.get(wall.weekday(), ())):
        return False
    taken_from, taken_to = start - diary.span.before, end + diary.span.after
    return (
        start - diary.now >= diary.notice
        and not meets(diary.time_off, start, end)
        and not meets(diary.occupied, taken_from, taken_to)
        and any(not meets(room, taken_from, taken_to) for room in diary.rooms)
    )


def fits(wall: datetime, end: datetime, opening: Range, diary: Diary) -> bool:
    since_opening = (wall.hour - opening.start.hour) * 60 + wall.minute - opening.start.minute
    closing = datetime.combine(wall.date(), opening.end, diary.zone)
    return (
        opening.start <= wall.time() < opening.end
        and since_opening % (diary.step // MINUTE) == 0
        and end.timestamp() <= closing.timestamp()
    )


def meets(others: Sequence[Interval], start: datetime, end: datetime) -> bool:
    return any(one.start < one.end and one.start < end and start < one.end for one in others)


def quickly(diary: Diary) -> list[datetime]:
    return free_times(
        diary.day_from,
        diary.day_to,
        zone=diary.zone,
        hours=diary.hours,
        time_off=diary.time_off,
        holidays=diary.holidays,
        occupied=diary.occupied,
        rooms=diary.rooms,
        span=diary.span,
        notice=diary.notice,
        step=diary.step,
        now=diary.now,
    )


def compared(diaries_compared: int) -> int:
    """How many free times were found, all the same both ways."""
    found = 0

    @settings(max_examples=diaries_compared, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(diaries())
    def equal(diary: Diary) -> None:
        nonlocal found
        expected = slowly(diary)
        assert quickly(diary) == expected
        found += len(expected)

    equal()
    return found


def test_free_times_equal_a_slow_look_at_every_minute() -> None:
    assert compared(150) > 150


@pytest.mark.prove
def test_free_times_equal_a_slow_look_at_every_minute_of_10_000_diaries(
    short_proof: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    diaries_compared = FEW if short_proof else MANY
    found = compared(diaries_compared)
    assert found > diaries_compared
    with capsys.disabled():
        print(f"\n{diaries_compared} diaries, {found} free times: equal")  # noqa: T201 - the figures of the proof
