"""What a calendar makes of a visit's file: read with another library than the one that wrote it."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event
from ical.timezone import Observance, Timezone

from bot.practice.ical import written

SINCE, UNTIL = datetime(2026, 11, 23, tzinfo=UTC), datetime(2031, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
_MINUTES = (-1440, -121, -120, -90, -61, -60, -59, -30, -1, 0, 1, 30, 59, 60, 90, 1440)
AROUND = [timedelta(minutes=one) for one in _MINUTES]
OWN = "The file's own"


def visit(starts_at: datetime = SINCE, zone: str = "Europe/London", **changed: Any) -> dict[str, Any]:
    return {
        "uid": "7c0cf8a6-0d3c-5b5e-9d2e-7a2f3a1b9a55",
        "sequence": 0,
        "state": "booked",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + HOUR).isoformat(),
        "made_at": "2026-11-23T09:00:00+00:00",
        "zone": zone,
        "title": "Willow Lane",
        "place": "12 Willow Lane, Exampleton",
        "about": "Wear loose clothes.",
        "latitude": 51.4769,
        "longitude": -0.0005,
        **changed,
    }


def read(content: bytes) -> Calendar:
    return IcsCalendarStream.calendar_from_ics(content.decode())


def only(calendar: Calendar) -> Event:
    (event,) = calendar.events
    return event


def listed(name: str) -> list[str]:
    """The zones of one of the IANA's own lists: all in use (zone.tab), or those that will differ (zonenow.tab)."""
    lines = files("tzdata.zoneinfo").joinpath(name).read_text().splitlines()
    return sorted({line.split("\t")[2] for line in lines if line and not line.startswith("#")})


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """Every instant of five years, to the quarter of an hour, at which the zone's clocks are put on or back."""
    local, found, day = ZoneInfo(zone), [], SINCE
    while day < UNTIL:
        after = day + timedelta(days=1)
        if day.astimezone(local).utcoffset() != after.astimezone(local).utcoffset():
            quarters = [day + timedelta(minutes=15 * one) for one in range(97)]
            offsets = [one.astimezone(local).utcoffset() for one in quarters]
            found.append(next(one for one, offset in zip(quarters, offsets, strict=True) if offset != offsets[0]))
        day = after
    return tuple(found)


def offset_at(zone: Timezone, moment: datetime) -> timedelta | None:
    """What a VTIMEZONE says of an instant: the observance that began last (RFC 5545, 3.6.5)."""
    begun = [(onset, one.tz_offset_to.offset) for one in observances(zone) for onset in onsets(one, moment)]
    return max(begun, default=(None, None))[1]


def observances(zone: Timezone) -> list[Observance]:
    return [*zone.standard, *zone.daylight]


def onsets(one: Observance, until: datetime) -> Iterator[datetime]:
    def begins(wall: date) -> datetime:
        assert isinstance(wall, datetime)
        return (wall - one.tz_offset_from.offset).replace(tzinfo=UTC)

    for wall in takewhile(lambda wall: begins(wall) <= until, one.as_ruleset()):
        yield begins(wall)


def offset(moment: datetime) -> timedelta:
    found = moment.utcoffset()
    assert found is not None
    return found


def bounds(event: Event) -> tuple[datetime, datetime]:
    """When it starts and ends, by the offsets its reader has for it."""
    assert isinstance(event.dtstart, datetime)
    assert isinstance(event.dtend, datetime)
    starts_at, ends_at = ((one - offset(one)).replace(tzinfo=UTC) for one in (event.dtstart, event.dtend))
    return starts_at, ends_at


def says(zone: str, starts_at: datetime, length: timedelta = HOUR) -> None:
    """The file tells the visit's very instants: by what a reader knows of the zone, and by what the file says of it."""
    ends_at = starts_at + length
    content = written(visit(starts_at, zone, ends_at=ends_at.isoformat()))
    own = read(content.replace(zone.encode(), OWN.encode()))
    for calendar in (read(content), own):
        assert bounds(only(calendar)) == (starts_at, ends_at), (zone, starts_at)
    for vtimezone in own.timezones:
        for moment in (starts_at, starts_at + length / 2, ends_at - timedelta(seconds=1)):
            assert offset_at(vtimezone, moment) == moment.astimezone(ZoneInfo(zone)).utcoffset(), (zone, moment)


@pytest.mark.prove
@pytest.mark.parametrize("zone", listed("zone.tab"))
def test_in_every_zone_and_around_every_change_the_file_tells_the_very_instant(zone: str) -> None:
    for change in (*changes(zone), SINCE, UNTIL):
        for away in AROUND:
            says(zone, change + away)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(listed("zonenow.tab")), st.data())
def test_the_file_tells_the_very_instant(zone: str, data: st.DataObject) -> None:
    near = data.draw(st.sampled_from((*changes(zone), SINCE)))
    away = data.draw(st.sampled_from(AROUND) | st.integers(-300, 300).map(lambda one: timedelta(days=one / 2)))
    says(zone, near + away, timedelta(minutes=data.draw(st.integers(5, 300))))


def test_a_move_is_the_same_visit_changed_and_a_cancel_takes_it_away() -> None:
    later = SINCE + timedelta(days=3)
    calendars = [
        read(written(one))
        for one in (
            visit(state="awaiting_release"),
            visit(sequence=1),
            visit(later, sequence=2, made_at="2026-11-23T10:00:00+00:00"),
            visit(later, sequence=3, state="cancelled", made_at="2026-11-23T11:00:00+00:00"),
        )
    ]
    events = [only(one) for one in calendars]
    assert len({one.uid for one in events}) == 1
    assert [one.sequence for one in events] == [0, 1, 2, 3]
    assert [one.status for one in events] == ["TENTATIVE", "CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [one.dtstart for one in events] == [SINCE, SINCE, later, later]
    assert [f"{one.dtstamp:%H:%M}" for one in events] == ["09:00", "09:00", "10:00", "11:00"]
    assert [one.method for one in calendars] == ["PUBLISH", "PUBLISH", "PUBLISH", "CANCEL"]


def test_what_a_visit_is_called_and_where_it_is() -> None:
    event = only(read(written(visit(latitude=0.00001, longitude=-0.00009))))
    assert (event.summary, event.location, event.description) == (
        "Willow Lane",
        "12 Willow Lane, Exampleton",
        "Wear loose clothes.",
    )
    assert event.geo
    assert (event.geo.lat, event.geo.lng) == (0.0, -0.0001)
    assert event.organizer is None
    assert event.attendees == []


# What this reader takes an escaped backslash before an n for is its own mistake.
NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")) | st.sampled_from(",;\n\\:🌿é"), max_size=200
)


@example("Weide, Wiese; Weg\\Süd\nzweiter Hof: 👩‍⚕️🌿 " * 9)
@given(NAMES.filter(lambda one: not re.search(r"\\n", one, re.IGNORECASE)))
def test_whatever_a_name_holds_comes_back_and_no_line_is_too_long(text: str) -> None:
    content = written(visit(title=text, place=text, about=text))
    event = only(read(content))
    assert (event.summary, event.location, event.description) == (text, text, text)
    assert content.endswith(b"\r\n")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        line.decode()


def test_what_no_text_may_hold_is_left_out() -> None:
    assert only(read(written(visit(title="a\x00b\x1bc\r\nd")))).summary == "abc\nd"


def test_a_time_that_clocks_show_twice_is_told_in_utc() -> None:
    second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert second.astimezone(ZoneInfo("Europe/London")).fold == 1
    content = written(visit(second))
    assert b"DTSTART:20271031T013000Z" in content
    assert b"TZID" not in content
    says("Europe/London", second)


def test_yearly_changes_are_one_rule_each_way_and_others_stand_alone() -> None:
    assert written(visit()).count(b"RRULE:FREQ=YEARLY;BYDAY=-1SU") == 2
    (london,) = read(written(visit())).timezones
    (summer,), (winter,) = london.daylight, london.standard
    assert (summer.tz_offset_to.offset, winter.tz_offset_to.offset) == (HOUR, timedelta())
    ramadan = read(written(visit(datetime(2027, 2, 20, 10, tzinfo=UTC), "Africa/Casablanca")))
    (zone,) = ramadan.timezones
    assert [one.rrule for one in observances(zone)] == [None, None]
