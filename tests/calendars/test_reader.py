"""A stranger's calendar is read in a process of its own, which is ended where it will not end."""

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import psutil
import pytest

from bot.calendars.reader import Unread, read

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
HEAD, TAIL = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n", b"END:VCALENDAR\r\n"
EVENT = (
    b"BEGIN:VEVENT\r\nUID:%d\r\nDTSTAMP:20260101T000000Z\r\n"
    b"DTSTART:20260303T100000Z\r\nDTEND:20260303T110000Z\r\n%sEND:VEVENT\r\n"
)


def reading(content: bytes, seconds: float = 20.0) -> tuple[list[tuple[datetime, datetime]], bool]:
    until = SINCE + timedelta(days=370)
    return asyncio.run(read(content, zone=ZoneInfo("Europe/London"), since=SINCE, until=until, seconds=seconds))


def test_a_calendar_is_read() -> None:
    start = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert reading(HEAD + EVENT % (1, b"") + TAIL) == ([(start, start + timedelta(hours=1))], True)


def test_what_repeats_every_second_for_ever_ends() -> None:
    began = monotonic()
    with pytest.raises(Unread) as unread:
        reading(HEAD + EVENT % (1, b"RRULE:FREQ=SECONDLY\r\n") + TAIL, seconds=2.0)
    assert unread.value.why == "too_much"
    assert monotonic() - began < 5
    assert not [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]


def test_what_is_none_is_told() -> None:
    with pytest.raises(Unread) as unread:
        reading(HEAD + b"BEGIN:VEVENT\r\n" + TAIL)
    assert unread.value.why == "unreadable"


def test_what_nests_without_end_is_told() -> None:
    with pytest.raises(Unread):
        reading(HEAD + b"BEGIN:VEVENT\r\n" * 100_000)


def test_ten_years_of_somebody_busy_are_read_in_time() -> None:
    content = HEAD + b"".join(EVENT % (number, b"SUMMARY:Something\r\n") for number in range(5_000)) + TAIL
    stretches, whole = reading(content)
    assert (len(stretches), whole) == (1, True)


def test_a_hundred_thousand_entries_are_left_when_their_time_is_up() -> None:
    with pytest.raises(Unread) as unread:
        reading(HEAD + b"".join(EVENT % (number, b"") for number in range(100_000)) + TAIL, seconds=1.0)
    assert unread.value.why == "too_much"
