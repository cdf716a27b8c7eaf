"""A practice at work, and somebody else's server that keeps calendars, both in this process and over real HTTP."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal

import aiohttp
import pytest
from aiohttp import web
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream

from bot import model
from bot.calendars.fetching import is_anywhere
from bot.demo import Person
from storage.transaction import Actor
from storage.work import Work
from tests.house import House, house

BEGINS = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 - by the clock on the wall
TEN = datetime(2026, 3, 5, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/calendar/[A-Za-z0-9_-]{24}\.ics")


class Elsewhere:
    """A server of somebody else's: what it says, and how often it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked = 0
        self.body = b""
        self.status = 200
        self.tag = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        headers = {"ETag": self.tag} if self.tag else {}
        if self.tag and request.headers.get("If-None-Match") == self.tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=self.body, status=self.status, headers=headers)

    def says(self, *events: str) -> None:
        """A calendar of these events, each some lines apart by `|`."""
        told = [f"BEGIN:VEVENT|DTSTAMP:20260101T000000Z|{event}|END:VEVENT" for event in events]
        lines = "|".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *told, "END:VCALENDAR", ""])
        self.body, self.status = "\r\n".join(lines.split("|")).encode(), 200


class Scene:
    """A practice at work with a practitioner, Alex, in a chat of theirs."""

    def __init__(self, house: House, alex: Person, session: aiohttp.ClientSession, elsewhere: Elsewhere) -> None:
        self.house = house
        self.alex = alex
        self.session = session
        self.elsewhere = elsewhere

    async def calendar_says(self, *labels: str) -> str:
        """What /calendar comes to once these are tapped."""
        self.alex.command("/calendar")
        await self.house.at_rest()
        for label in labels:
            self.alex.tap(label)
            await self.house.at_rest()
        return self.alex.last.text

    async def address(self, *labels: str) -> str:
        """The address /calendar gives Alex."""
        said = await self.calendar_says(*(labels or ("Show my visits",)))
        found = ADDRESS.search(said)
        assert found, said
        return found[0]

    async def takes_busy_times(self, url: str = "") -> str:
        """Alex names a calendar of their own, and it is looked at: what Alex hears."""
        await self.calendar_says("Read busy times")
        self.alex.send_text(url or self.elsewhere.url)
        await self.house.at_rest()
        return await self.looks(timedelta(minutes=1))

    async def looks(self, after: timedelta = timedelta(minutes=16)) -> str:
        """The clock goes on and calendars are looked at: what Alex hears that is new, if anything."""
        before = {message.message_id for message in self.alex.chat.messages.values()}
        zone = self.house.run.live.practice.content.clinic.zone
        await self.house.walk((self.house.clock.now() + after).astimezone(zone).replace(tzinfo=None))
        await self.house.at_rest()
        new = [one.text for one in self.alex.chat.messages.values() if one.message_id not in before]
        return "\n".join(text for text in new if not text.startswith("Good morning"))

    async def times_off(self) -> list[str]:
        window = model.Window(timedelta(days=366), frozenset({"example"}))
        found = await asyncio.wrap_future(self.house.run.reception.do(lambda work: work.away.within(window)))
        return [f"{one.starts_at:%m-%d %H:%M} {one.ends_at:%m-%d %H:%M} {one.source}" for one in found]

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
    at: datetime = TEN,
    state: Literal["awaiting_release", "booked"] = "booked",
    replaces: int | None = None,
    uid: str = "one",
) -> model.Book:
    ends = at + HOUR
    return model.Book("first", "example", "room-1", at, ends, ends, "Europe/London", state, uid, replaces)


Play = Callable[[Callable[[Scene], Awaitable[None]]], None]


@asynccontextmanager
async def served() -> AsyncIterator[Elsewhere]:
    elsewhere = Elsewhere()
    application = web.Application()
    application.router.add_get("/mine.ics", elsewhere.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        elsewhere.url = f"http://127.0.0.1:{runner.addresses[0][1]}/mine.ics"
        yield elsewhere
    finally:
        await runner.cleanup()


@pytest.fixture(params=[is_anywhere])
def play(request: pytest.FixtureRequest, sqlite_database: str) -> Play:
    """Plays a scene. A test that gives it `is_public` has a practice that asks nothing inside its network."""

    async def run(scene: Callable[[Scene], Awaitable[None]]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as site:
            opened = house(sqlite_database, BEGINS, site=site, calendars_from=request.param)
            async with opened as at, served() as elsewhere, aiohttp.ClientSession() as session:
                await scene(Scene(at, await at.link(71, "Alex"), session, elsewhere))

    return lambda scene: asyncio.run(run(scene))
