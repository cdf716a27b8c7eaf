"""Free times around every change of clocks there will be in five years, in every zone in use."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.practice import slots, wall
from bot.practice.slots import Span, free_times
from bot.practice.week import Range, Week

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)
"""Every zone in use today is a multiple of this away from UTC."""
ALL_DAY: Week = dict.fromkeys(range(7), (Range(time(0), time(23, 59)),))
DAY = timedelta(days=1)

Clock = tuple[tuple[datetime, timedelta, timedelta], ...]


@cache
def clock(name: str) -> Clock:
    """The changes of a zone: when, and how far from UTC before and after."""
    zone = ZoneInfo(name)

    def offset(moment: datetime) -> timedelta:
        found = moment.astimezone(zone).utcoffset()
        assert found is not None
        return found

    days = [SINCE + number * DAY for number in range((UNTIL - SINCE).days)]
    changes = []
    for one, other in pairwise(days):
        before, after = offset(one), offset(other)
        if before != after:
            quarters = range(DAY // STEP + 1)
            first = bisect_left(quarters, True, key=lambda number: offset(one + number * STEP) == after)
            changes.append((one + first * STEP, before, after))
    return tuple(changes)


def shown(zone: ZoneInfo, day_from: date, day_to: date) -> dict[datetime, datetime]:
    """Every quarter of an hour that clocks show in those days, and the first moment they show it."""
    first: dict[datetime, datetime] = {}
    moment = datetime.combine(day_from, time(), UTC) - DAY
    while moment < datetime.combine(day_to, time(), UTC) + 2 * DAY:
        wall_time = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        if day_from <= wall_time.date() <= day_to:
            first.setdefault(wall_time, moment)
        moment += STEP
    return first


def hold(name: str) -> tuple[int, int]:
    """Free times are right around each change of the zone; how many quarters were skipped, and shown twice."""
    zone, skipped, doubled = ZoneInfo(name), 0, 0
    for change, before, after in clock(name):
        day_from, day_to = ((change + before + by).date() for by in (-DAY, DAY))
        offered = free_times(
            day_from,
            day_to,
            zone=zone,
            hours=ALL_DAY,
            span=Span(timedelta(minutes=10)),
            notice=timedelta(),
            step=STEP,
            now=SINCE - 30 * DAY,
        )
        expected = shown(zone, day_from, day_to)
        assert offered == sorted(set(offered)), f"{name}, {change}: not in order, or twice"
        assert offered == sorted(expected.values()), f"{name}, {change}: not what clocks show, or not at first"
        quarters = round((after - before) / STEP)
        assert len(expected) == 3 * DAY // STEP - max(0, quarters)
        skipped, doubled = skipped + max(0, quarters), doubled + max(0, -quarters)
    return skipped, doubled


def names() -> Iterator[str]:
    """Every zone a practice may name."""
    yield from sorted(available_timezones())


def distinct() -> Iterator[str]:
    """One zone of each kind of clock."""
    yield from {clock(name): name for name in names() if clock(name)}.values()


def held(zones: Iterator[str]) -> tuple[int, int, int]:
    found = [hold(name) for name in zones]
    return len(found), sum(skipped for skipped, _ in found), sum(doubled for _, doubled in found)


def test_skipped_times_are_not_offered_and_doubled_ones_once_on_every_kind_of_clock() -> None:
    count, skipped, doubled = held(distinct())
    assert count > 20
    assert skipped > 400
    assert doubled > 400


@pytest.mark.prove
def test_skipped_times_are_not_offered_and_doubled_ones_once_in_every_zone(capsys: pytest.CaptureFixture[str]) -> None:
    count, skipped, doubled = held(names())
    assert count > 400
    with capsys.disabled():
        figures = f"{count} zones, {skipped} quarters of an hour skipped, {doubled} shown twice"
        print(f"\n{figures}: right")  # noqa: T201 - the figures of the proof


def _second(wall_time: datetime, zone: ZoneInfo) -> datetime:
    return wall_time.replace(tzinfo=zone, fold=1).astimezone(UTC)


def _as_at_noon(wall_time: datetime, zone: ZoneInfo) -> datetime:
    noon = datetime.combine(wall_time.date(), time(12), zone).utcoffset()
    assert noon is not None
    return wall_time.replace(tzinfo=UTC) - noon


def _by_elapsed_time(day: date, opening: Range, zone: ZoneInfo, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    start, closing = (wall.instant(datetime.combine(day, one), zone) for one in (opening.start, opening.end))
    while start < closing:
        yield start, closing
        start += step


def _never(wall_time: datetime, zone: ZoneInfo) -> bool:
    return False


@pytest.fixture
def nothing_kept() -> Iterator[None]:
    """No start that was worked out before, nor any of what is planted afterwards."""
    slots._grid.cache_clear()
    yield
    slots._grid.cache_clear()


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize(
    ("name", "bug"),
    [("is_skipped", _never), ("instant", _second), ("instant", _as_at_noon), ("_grid", _by_elapsed_time)],
)
@pytest.mark.parametrize("zone", ["Europe/London", "Australia/Lord_Howe"])
def test_a_planted_bug_is_caught(
    zone: str, name: str, bug: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, name, bug)
    with pytest.raises(AssertionError):
        hold(zone)
