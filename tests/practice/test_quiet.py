"""The quiet hours, by the clocks of whoever is written to."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.practice.quiet import NIGHT, Quiet, read_quiet
from bot.practice.wall import instant


@pytest.mark.parametrize("zone", ["Europe/London", "America/St_Johns", "Pacific/Chatham", "Asia/Kathmandu"])
def test_it_is_night_by_the_clocks_of_whoever_is_written_to(zone: str) -> None:
    there = ZoneInfo(zone)
    for hour, is_quiet in ((3, True), (7, True), (8, False), (20, False), (21, True)):
        moment = instant(datetime.fromisoformat(f"2026-06-01T{hour:02}:00"), there)
        assert NIGHT.at(moment, there) is is_quiet
    morning, evening = (instant(datetime.fromisoformat(f"2026-06-01T{hour}:00"), there) for hour in ("09", "21"))
    assert NIGHT.next_start(morning, there) == evening


@pytest.mark.parametrize(
    ("clock", "zone", "until"),
    [
        ("2026-03-05T07:59Z", "Europe/London", "2026-03-05T08:00Z"),
        ("2026-03-05T08:00Z", "Europe/London", None),
        ("2026-03-05T20:59Z", "Europe/London", None),
        ("2026-03-05T21:00Z", "Europe/London", "2026-03-06T08:00Z"),
        ("2026-03-05T12:00Z", "Pacific/Auckland", "2026-03-05T19:00Z"),
        ("2026-03-28T22:00Z", "Europe/London", "2026-03-29T07:00Z"),  # the clocks go forward that night
        ("2026-10-24T22:00Z", "Europe/London", "2026-10-25T08:00Z"),  # and back
    ],
)
def test_the_night_is_over_by_the_clocks_of_whoever_is_written_to(clock: str, zone: str, until: str | None) -> None:
    found = NIGHT.over(datetime.fromisoformat(clock), ZoneInfo(zone))
    assert found == (datetime.fromisoformat(until) if until else None)


def test_quiet_hours_are_read_from_evening_to_morning() -> None:
    assert read_quiet("22:30-07:15") == Quiet(time(22, 30), time(7, 15))


@pytest.mark.parametrize("given", ["", "9-5", "09:00-17:00", "21:00-13:00", "21:00", "25:00-08:00"])
def test_hours_that_are_no_night_are_refused(given: str) -> None:
    with pytest.raises(ValueError, match="such as 21:00-08:00"):
        read_quiet(given)
