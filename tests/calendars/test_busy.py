"""Busy times from a practitioner's own calendar, kept elsewhere."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot import model
from bot.calendars.fetching import is_public
from tests.calendars.conftest import HOUR, TEN, Play, Scene, visit

DENTIST = "UID:d|SUMMARY:Dentist, root canal|DTSTART:20260305T100000Z|DTEND:20260305T110000Z"
CHOIR = "UID:c|SUMMARY:Choir|DTSTART:20260306T180000Z|DTEND:20260306T200000Z"


def test_what_stands_in_their_calendar_is_time_off_until_it_goes_from_there(play: Play, tmp_path: Path) -> None:
    async def scene(at: Scene) -> None:
        at.elsewhere.says(DENTIST, CHOIR)
        heard = await at.takes_busy_times()
        assert "I have read your calendar at 127.0.0.1. Busy times found: 2" in heard
        both = ["03-05 10:00 03-05 11:00 calendar", "03-06 18:00 03-06 20:00 calendar"]
        assert await at.times_off() == both
        assert "127.0.0.1, last read on" in await at.calendar_says()
        at.elsewhere.says(CHOIR)
        assert await at.looks() == ""
        assert await at.times_off() == both[1:]
        for file in (tmp_path / "acuback.db", tmp_path / "acuback.db-wal"):
            kept = await asyncio.to_thread(file.read_bytes)
            assert not [one for one in (b"Dentist", b"Choir", b"mine.ics") if one in kept]
        assert "no longer look" in await at.calendar_says("Stop reading", "Stop")
        assert await at.times_off() == []
        asked = at.elsewhere.asked
        await at.looks()
        assert at.elsewhere.asked == asked

    play(scene)


def test_one_that_has_not_changed_is_not_read_and_keeps_what_it_said(play: Play) -> None:
    async def scene(at: Scene) -> None:
        at.elsewhere.says(DENTIST)
        at.elsewhere.tag = '"1"'
        await at.takes_busy_times()
        at.elsewhere.body = b"<html>never sent</html>"
        assert await at.looks() == ""
        assert (at.elsewhere.asked, len(await at.times_off())) == (2, 1)
        at.elsewhere.says()
        assert "<html>" not in await at.looks(timedelta(hours=25))
        assert await at.times_off() == [], "after a day it is read in full whatever its tag says"

    play(scene)


def test_it_is_asked_every_quarter_of_an_hour_and_not_oftener(play: Play) -> None:
    async def scene(at: Scene) -> None:
        at.elsewhere.says(DENTIST)
        await at.takes_busy_times()
        await at.looks(timedelta(minutes=14))
        assert at.elsewhere.asked == 1
        await at.looks(timedelta(minutes=2))
        assert at.elsewhere.asked == 2

    play(scene)


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"<!doctype html><p>Sign in", 200, "a web page, not a calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", 200, "damaged"),
        (b"BEGIN:VCALENDAR\r\n" + b"X" * 5_000_000, 200, "larger than 5 MB"),
        (b"", 404, "nothing at this address"),
    ],
)
def test_what_cannot_be_read_at_first_is_told_at_once_and_once(play: Play, body: bytes, status: int, why: str) -> None:
    async def scene(at: Scene) -> None:
        at.elsewhere.body, at.elsewhere.status = body, status
        heard = await at.takes_busy_times()
        assert "I cannot read your calendar at 127.0.0.1" in heard
        assert why in heard
        assert [await at.looks() for _ in range(3)] == ["", "", ""]
        assert why in await at.calendar_says()
        at.elsewhere.says(DENTIST)
        assert "I have read your calendar" in await at.looks()
        assert len(await at.times_off()) == 1

    play(scene)


def test_one_that_fails_three_times_is_told_once_and_again_when_it_is_well(play: Play) -> None:
    async def scene(at: Scene) -> None:
        at.elsewhere.says(DENTIST)
        await at.takes_busy_times()
        at.elsewhere.status = 500
        assert [await at.looks(), await at.looks()] == ["", ""]
        heard = await at.looks()
        assert "any more. Its server answers with a fault." in heard
        assert "What stood in it then still counts" in heard
        assert await at.looks() == ""
        assert len(await at.times_off()) == 1, "what it said before holds"
        at.elsewhere.says(DENTIST)
        assert await at.looks() == "✅ Your calendar at 127.0.0.1 can be read again."
        assert await at.looks() == ""

    play(scene)


def test_a_visit_in_a_new_busy_time_is_listed_once_with_a_way_to_offer_other_times(play: Play) -> None:
    async def scene(at: Scene) -> None:
        await at.does(visit())
        at.elsewhere.says(CHOIR)
        assert "already booked" not in await at.takes_busy_times()
        at.elsewhere.says(CHOIR, DENTIST)
        heard = await at.looks()
        assert "New in your calendar, and already booked" in heard
        assert "Maria Example" in heard
        assert "Dentist" not in heard
        assert any("Maria Example" in button.text for row in at.alex.last.keyboard for button in row)
        at.elsewhere.says(CHOIR, DENTIST, "UID:x|DTSTART:20260305T110000Z|DTEND:20260305T120000Z")
        assert await at.looks() == ""
        assert len(await at.times_off()) == 2

    play(scene)


def test_the_practices_own_visits_do_not_block_the_practice(play: Play) -> None:
    async def scene(at: Scene) -> None:
        await at.does(visit(), visit(TEN + 24 * HOUR, uid="two"))
        own = await at.address()
        assert "Busy times found: 0" in await at.takes_busy_times(own)
        await at.does(model.CancelBooking(1))
        assert await at.looks() == ""
        assert await at.times_off() == []

    play(scene)


def test_what_is_typed_as_no_address_is_asked_again(play: Play) -> None:
    async def scene(at: Scene) -> None:
        await at.calendar_says("Read busy times")
        at.alex.send_text("my calendar")
        await at.alex.wait_for(lambda message: "no address I can use" in message.text)

    play(scene)


@pytest.mark.parametrize("play", [is_public], indirect=True)
def test_a_calendar_inside_the_network_is_never_asked(play: Play) -> None:
    async def scene(at: Scene) -> None:
        at.elsewhere.says(DENTIST)
        assert "inside our own network" in await at.takes_busy_times()
        assert at.elsewhere.asked == 0

    play(scene)
