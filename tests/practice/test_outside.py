"""When somebody is busy, by a calendar of their own as it comes from wherever they keep it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.practice.outside import TooMuch, Unreadable, busy

LONDON = ZoneInfo("Europe/London")
SINCE = datetime(2026, 3, 2, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=60)


def ics(*events: str, zones: str = "") -> bytes:
    """A calendar of these events, each some lines apart by `|`."""
    told = [f"BEGIN:VEVENT|DTSTAMP:20260101T000000Z|{event}|END:VEVENT" for event in events]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//somebody//EN", zones, *told, "END:VCALENDAR"]
    return "\r\n".join("|".join(line for line in lines if line).split("|")).encode() + b"\r\n"


def read(*events: str, zones: str = "", own: tuple[str, ...] = ()) -> list[str]:
    stretches, whole = busy(ics(*events, zones=zones), zone=LONDON, since=SINCE, until=UNTIL, own=own)
    assert whole
    return told(stretches)


def told(stretches: list[tuple[datetime, datetime]]) -> list[str]:
    return [f"{start:%m-%d %H:%M} {end:%m-%d %H:%M}" for start, end in stretches]


TUESDAY = "DTSTART:20260303T100000Z|DTEND:20260303T110000Z"


def test_an_event_is_a_stretch_in_utc() -> None:
    assert read(f"UID:a|SUMMARY:Dentist|{TUESDAY}") == ["03-03 10:00 03-03 11:00"]
    assert read("UID:a|DTSTART;TZID=Europe/Berlin:20260303T100000|DURATION:PT90M") == ["03-03 09:00 03-03 10:30"]


@pytest.mark.parametrize(
    "free",
    [
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "transp:transparent",
    ],
)
def test_what_leaves_one_free_is_left_out(free: str) -> None:
    assert read(f"UID:a|{TUESDAY}|{free}", f"UID:b|{TUESDAY}|STATUS:TENTATIVE") == ["03-03 10:00 03-03 11:00"]
    assert read(f"UID:a|{TUESDAY}|{free}") == []


def test_a_day_is_the_practices_day() -> None:
    assert read("UID:a|DTSTART;VALUE=DATE:20260404|DTEND;VALUE=DATE:20260406") == ["04-03 23:00 04-05 23:00"]
    assert read("UID:a|DTSTART;VALUE=DATE:20260404") == ["04-03 23:00 04-04 23:00"]
    assert read("UID:a|DTSTART;VALUE=DATE:20260404|TRANSP:TRANSPARENT") == []


def test_a_time_without_a_zone_is_the_practices_time() -> None:
    assert read("UID:a|DTSTART:20260404T100000|DTEND:20260404T110000") == ["04-04 09:00 04-04 10:00"]


@pytest.mark.parametrize("name", ["Nowhere/Atlantis", "/freeassociation/x", "", "GMT Standard Time"])
def test_a_zone_nobody_knows_is_the_practices(name: str) -> None:
    """Windows' own names are known."""
    assert read(f"UID:a|DTSTART;TZID={name}:20260404T100000|DURATION:PT1H") == ["04-04 09:00 04-04 10:00"]


def test_a_zone_the_calendar_brings_along_counts() -> None:
    zones = (
        "BEGIN:VTIMEZONE|TZID:Ours|BEGIN:STANDARD|DTSTART:19700101T000000|TZOFFSETFROM:+0300|TZOFFSETTO:+0300|TZNAME:X"
        "|END:STANDARD|END:VTIMEZONE"
    )
    assert read("UID:a|DTSTART;TZID=Ours:20260404T100000|DURATION:PT1H", zones=zones) == ["04-04 07:00 04-04 08:00"]


def test_a_rule_is_followed_within_the_window_with_its_exceptions() -> None:
    weekly = "UID:a|DTSTART;TZID=Europe/London:20200107T100000|DTEND;TZID=Europe/London:20200107T110000"
    weekly += "|RRULE:FREQ=WEEKLY|EXDATE;TZID=Europe/London:20260310T100000"
    moved = "UID:a|RECURRENCE-ID;TZID=Europe/London:20260317T100000|DTSTART:20260318T150000Z|DTEND:20260318T160000Z"
    dropped = f"UID:a|RECURRENCE-ID;TZID=Europe/London:20260324T100000|STATUS:CANCELLED|{TUESDAY}"
    found = read(weekly, moved, dropped)
    assert found[:4] == [
        "03-03 10:00 03-03 11:00",
        "03-18 15:00 03-18 16:00",
        "03-31 09:00 03-31 10:00",
        "04-07 09:00 04-07 10:00",
    ]
    assert len(found) == 7


def test_stretches_that_meet_are_one_and_the_window_cuts_nothing() -> None:
    assert read(
        "UID:a|DTSTART:20260303T100000Z|DTEND:20260303T110000Z",
        "UID:b|DTSTART:20260303T110000Z|DTEND:20260303T120000Z",
        "UID:c|DTSTART:20260228T090000Z|DTEND:20260302T090000Z",
        "UID:d|DTSTART:20260228T090000Z|DTEND:20260301T090000Z",
        "UID:e|DTSTART:20270101T090000Z|DTEND:20270101T100000Z",
    ) == ["02-28 09:00 03-02 09:00", "03-03 10:00 03-03 12:00"]


def test_the_practices_own_visits_are_left_out() -> None:
    assert read(f"UID:ours|{TUESDAY}", own=("ours",)) == []


def test_what_takes_no_time_is_left_out() -> None:
    assert read("UID:a|DTSTART:20260303T100000Z", "UID:b|DTSTART:20260303T100000Z|DURATION:PT0S") == []


def test_one_rule_nobody_can_follow_does_not_hide_the_others() -> None:
    content = ics(
        f"UID:a|{TUESDAY}", f"UID:b|{TUESDAY}|RRULE:FREQ=NEVER", "UID:c|DTSTART:rubbish|DTEND:20260303T100000Z"
    )
    stretches, whole = busy(content, zone=LONDON, since=SINCE, until=UNTIL)
    assert told(stretches)[:1] == ["03-03 10:00 03-03 11:00"]
    assert not whole


@pytest.mark.parametrize(
    "damaged",
    ["SUMMARY:no start", "DTSTART:20260303T120000Z|DTEND:99991231T235959Z"],
)
def test_an_entry_nobody_can_place_does_not_hide_the_others(damaged: str) -> None:
    weekly = f"UID:b|{TUESDAY}|RRULE:FREQ=WEEKLY;COUNT=2"
    moved = "UID:b|RECURRENCE-ID:20260310T100000Z|DTSTART:20260311T100000Z|DTEND:20260311T110000Z"
    content = ics(f"UID:a|{damaged}", weekly, moved)
    stretches, whole = busy(content, zone=LONDON, since=SINCE, until=UNTIL)
    assert told(stretches) == ["03-03 10:00 03-03 11:00", "03-11 10:00 03-11 11:00"]
    assert not whole


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"BEGIN:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        b"\xff\xfe\x00",
        b"BEGIN:VCARD\r\nEND:VCARD\r\n",
    ],
)
def test_what_is_no_calendar_is_told(content: bytes) -> None:
    with pytest.raises(Unreadable):
        busy(content, zone=LONDON, since=SINCE, until=UNTIL)


def test_more_than_a_person_can_have_to_do_is_told() -> None:
    every = "UID:a|DTSTART:20260301T000000Z|DURATION:PT10M|RRULE:FREQ=MINUTELY;INTERVAL=20"
    with pytest.raises(TooMuch):
        busy(ics(every), zone=LONDON, since=SINCE, until=UNTIL)
