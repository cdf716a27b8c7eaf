"""The diary as a calendar to subscribe to, asked for over HTTP and read by another library than wrote it."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import model
from bot.calendars.feed import AT_ONCE, initials
from tests.calendars.conftest import ADDRESS, BEGINS, HOUR, TEN, Play, Scene, visit

HEALTH = re.compile(r"acupunct|back|pain|patient|clinic|treat|needle|warning|tentative", re.IGNORECASE)


def test_the_diary_is_read_by_another_library_as_it_stands(play: Play) -> None:
    async def scene(at: Scene) -> None:
        summer = datetime(2026, 4, 3, 9, tzinfo=UTC)
        await at.does(visit(), visit(summer, "awaiting_release", uid="two"))
        address = await at.address()
        calendar = await at.calendar(address)
        told = [(one.uid, one.start, one.end, one.summary, str(one.status)) for one in calendar.events]
        assert told == [
            ("one", TEN, TEN + HOUR, "First visit, M. E.", "EventStatus.CONFIRMED"),
            ("two", summer, summer + HOUR, "First visit, M. E.", "EventStatus.CONFIRMED"),
        ]
        starts = [one.start for one in calendar.events if isinstance(one.start, datetime)]
        assert [str(start.tzinfo) for start in starts] == ["Europe/London"] * 2
        assert [zone.tz_id for zone in calendar.timezones] == ["Europe/London"]
        _, body, _ = await at.get(address)
        assert not HEALTH.search(body.decode()), body.decode()
        assert b"Maria" not in body

    play(scene)


def test_a_move_keeps_the_uid_and_a_cancelled_visit_is_gone(play: Play) -> None:
    async def scene(at: Scene) -> None:
        await at.does(visit())
        address = await at.address()
        await at.does(visit(TEN + HOUR, replaces=1))
        (moved,) = (await at.calendar(address)).events
        assert (moved.uid, moved.start, moved.sequence) == ("one", TEN + HOUR, 1)
        await at.does(model.CancelBooking(2))
        assert (await at.calendar(address)).events == []

    play(scene)


def test_what_is_long_over_is_left_out(play: Play) -> None:
    async def scene(at: Scene) -> None:
        await at.does(visit())
        address = await at.address()
        await at.house.walk(BEGINS + timedelta(days=32))
        assert len((await at.calendar(address)).events) == 1
        await at.house.walk(BEGINS + timedelta(days=34))
        assert (await at.calendar(address)).events == []

    play(scene)


def test_an_unchanged_diary_is_answered_with_304(play: Play) -> None:
    async def scene(at: Scene) -> None:
        address = await at.address()
        status, _, headers = await at.get(address)
        assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        assert headers["Cache-Control"] == "private, no-cache"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]
        tag, since = headers["ETag"], headers["Last-Modified"]
        assert (await at.get(address, **{"If-None-Match": tag}))[:2] == (304, b"")
        assert (await at.get(address, **{"If-Modified-Since": since}))[:2] == (304, b"")
        head = await at.get(address, "HEAD")
        assert (head[:2], head[2]["ETag"]) == ((200, b""), tag)
        await at.does(visit())
        assert (await at.get(address, **{"If-None-Match": tag}))[0] == 200
        assert (await at.get(address, **{"If-Modified-Since": since}))[0] == 200

    play(scene)


def test_an_address_that_was_replaced_taken_back_or_guessed_opens_nothing(play: Play) -> None:
    async def scene(at: Scene) -> None:
        first = await at.address()
        guessed = first[:-5] + ("A" if first[-5] != "A" else "B") + ".ics"
        unknown = await at.get(guessed)
        second = await at.address("New address", "Make a new one")
        assert second != first
        assert (await at.get(second))[0] == 200
        replaced = await at.get(first)
        assert "opens nothing any more" in await at.calendar_says("Stop showing", "Take it back")
        revoked = await at.get(second)
        plain = [
            (status, body, {name: text for name, text in headers.items() if name != "Date"})
            for status, body, headers in (unknown, replaced, revoked)
        ]
        assert plain[0][0] == 404
        assert plain[0] == plain[1] == plain[2]

    play(scene)


def test_somebody_who_is_not_of_the_practice_any_more_reads_nothing(play: Play) -> None:
    async def scene(at: Scene) -> None:
        address = await at.address()
        assert (await at.get(address))[0] == 200
        await asyncio.wrap_future(at.house.run.reception.do(lambda work: work.people.revoke(1)))
        assert (await at.get(address))[0] == 404

    play(scene)


def test_the_address_leaves_the_chat_and_stands_nowhere_in_the_database(play: Play, tmp_path: Path) -> None:
    async def scene(at: Scene) -> None:
        address = await at.address()
        at.alex.tap("Done")
        await at.house.at_rest()
        assert not any(ADDRESS.search(message.text) for message in at.alex.chat.messages.values())
        secret = address.rpartition("/")[2].removesuffix(".ics").encode()
        files = [tmp_path / name for name in ("acuback.db", "acuback.db-wal")]
        for file in files:
            assert secret not in await asyncio.to_thread(file.read_bytes)
        assert "No calendar has read it yet" in await at.calendar_says()
        await at.get(address)
        assert "last read it" in await at.calendar_says()

    play(scene)


def test_a_patient_is_given_no_address(play: Play) -> None:
    async def scene(at: Scene) -> None:
        maria = at.house.person(72, "Maria")
        maria.command("/calendar")
        await at.house.at_rest()
        assert "calendar" not in maria.last.text.lower()

    play(scene)


def test_whoever_tries_addresses_is_slowed_down_and_nobody_else(play: Play) -> None:
    async def scene(at: Scene) -> None:
        address = await at.address()
        assert (await at.get(address))[0] == 200
        base = address.rpartition("/")[0]
        tried = [(await at.get(f"{base}/{number:024}.ics"))[0] for number in range(int(AT_ONCE) + 20)]
        assert tried[0] == 404
        assert tried[-1] == 429
        assert (await at.get(address))[0] == 200
        assert (await at.get(address, "POST"))[0] == 405

    play(scene)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Maria", "M."), ("maria example", "M. E."), ("Ana María de la Cruz", "A. M. D."), ("", ""), ("Ω", "Ω.")],
)
def test_initials(name: str, shown: str) -> None:
    assert initials(name) == shown
