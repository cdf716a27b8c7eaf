from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.practice.wall import instant, is_skipped, on_the_wall

ZONES = ["Europe/London", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu", "UTC"]


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Europe/London", "2026-03-29T01:30", "2026-03-29T01:30"),  # skipped: shown as 02:30 summer time
        ("Europe/London", "2026-10-25T01:30", "2026-10-25T00:30"),  # shown twice: the first
        ("Europe/London", "2026-07-01T09:00", "2026-07-01T08:00"),
        ("America/Santiago", "2026-09-06T00:15", "2026-09-06T04:15"),  # midnight itself is skipped
        ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:40"),  # clocks move by half an hour
    ],
)
def test_a_wall_time_becomes_one_moment(zone: str, wall: str, expected: str) -> None:
    found = instant(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert found.tzinfo is UTC


@given(st.sampled_from(ZONES), st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2031-01-01")))
def test_a_moment_shows_the_wall_time_it_was_made_from_unless_that_is_skipped(zone: str, wall: datetime) -> None:
    shown = on_the_wall(instant(wall, ZoneInfo(zone)), ZoneInfo(zone))
    assert (shown == wall) is not is_skipped(wall, ZoneInfo(zone))
    assert timedelta() <= shown - wall <= timedelta(hours=1)
