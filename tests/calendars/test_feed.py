"""The diary as a calendar to subscribe to, asked for over HTTP and read by another library than wrote it."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream

from bot import model
from bot.calendars.feed import AT_ONCE, initials
from bot.demo import Person
from storage.transaction import Actor
from storage.work import Work
from tests.house import House, house

BEGINS = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 - by the clock on the wall
TEN = datetime(2026, 3, 5, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/calendar/[A-Za-z0-9_-]{24}\.ics")
HEALTH = re.compile(r"acupunct|back|pain|patient|clinic|treat|needle|warning|tentative", re.IGNORECASE)


class Scene:
    """A practice at work with a practitioner, Alex, in a chat of theirs."""

    def __init__(self, house: House, alex: Person, session: aiohttp.ClientSession) -> None:
        self.house = house
        self.alex = alex
        self.session = session

    async def address(self) -> str:
        """What /calendar gives Alex."""
        self.alex.command("/calendar")
        await self.alex.wait_for(lambda message: "Your calendar" in message.text)
        await self.house.at_rest()
        return await self.given("Make an address")

    async def given(self, *labels: str) -> str:
        for label in labels:
            self.alex.tap(label)
            await self.house.at_rest()
        found = ADDRESS.search(self.alex.last.text)
        assert found, self.alex.last.text
        return found[0]

    async def get(self, address: str, method: str = "GET", **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
        async with self.session.request(method, address, headers=headers) as answer:
            return answer.status, await answer.read(), answer.headers

    async def calendar(self, address: str) -> Calendar:
        status, body, _ = await self.get(address)
        assert status == 200
        return IcsCalendarStream.calendar_from_ics(body.decode())

    async def does(self, *effects: model.Effect, chat: int = 900, name: str = "Maria Example") -> None:
        """What a patient's own taps would do."""

        def deed(work: Work) -> None:
            dialogue = work.dialogues.by_chat({chat: "en"})[chat]
            if dialogue.version == 0:
                work.dialogues.save([dialogue])
            actor = Actor(dialogue.account, None, lambda key, locale: bytes(32))
            work.carry_out([model.Identify(name=name), *effects], actor)

        await asyncio.wrap_future(self.house.run.reception.do(deed))


def visit(
    at: datetime = TEN, state: str = "booked", replaces: int | None = None, uid: str = "one", who: str = "example"
) -> model.Book:
    return model.Book(
        "first", who, "room-1", at, at + HOUR, at + HOUR, "Europe/London", state, uid, replaces  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Callable[[Scene], Awaitable[None]]], None]:
    @asynccontextmanager
    async def at_work() -> AsyncIterator[Scene]:
        url = f"sqlite:///{tmp_path / 'acuback.db'}"
        with socket.create_server(("127.0.0.1", 0)) as site:
            async with house(url, BEGINS, site=site) as opened, aiohttp.ClientSession() as session:
                yield Scene(opened, await opened.link(71, "Alex"), session)

    async def run(scene: Callable[[Scene], Awaitable[None]]) -> None:
        async with at_work() as made:
            await scene(made)

    return lambda scene: asyncio.run(run(scene))


Play = Callable[[Callable[[Scene], Awaitable[None]]], None]


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
        assert [str(one.start.tzinfo) for one in calendar.events] == ["Europe/London"] * 2  # type: ignore[attr-defined]
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
        at.alex.command("/calendar")
        await at.house.at_rest()
        second = await at.given("New address", "Make a new one")
        assert second != first
        assert (await at.get(second))[0] == 200
        replaced = await at.get(first)
        at.alex.command("/calendar")
        await at.house.at_rest()
        for label in ("Take it back", "Take it back"):
            at.alex.tap(label)
            await at.house.at_rest()
        assert "opens nothing any more" in at.alex.last.text
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
        at.alex.command("/calendar")
        await at.alex.wait_for(lambda message: "No calendar has read it yet" in message.text)
        await at.get(address)
        at.alex.command("/calendar")
        await at.alex.wait_for(lambda message: "last read it" in message.text)

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
