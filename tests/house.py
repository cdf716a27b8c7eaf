"""The whole house as `acuback run` composes it, at work in this process on a local Telegram."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Literal, cast

from bot.app import Door, Live, Run, serve
from bot.calendars.fetching import Allowed, is_anywhere
from bot.clock import WalkingClock
from bot.demo import LocalTelegram, Person
from bot.furnishing import Practice, furnish
from bot.office import Office
from bot.telegram.limits import Limits
from storage.schema import migrate

TOKEN = "7000000000:only-the-local-Telegram-knows-this"
KEY = bytes(range(32))
UNLIMITED = Limits(chat_burst=1e6, chat_rate=1e6, burst=1e6, rate=1e6)
"""The local Telegram does not mind; a test need not wait a second for each message."""
SILENCE = 0.2
"""Seconds without a call after which what the courier has in hand waits to be tried again: half a second at least."""


@cache
def practice(clinic: Path | None = None) -> Practice:
    """The built-in example practice, or one with a file of its own; read once."""
    furnished = furnish(clinic, None)
    assert furnished.practice, furnished.faults
    return furnished.practice


def served(public_url: str) -> Practice:
    """The example practice under an address the world reaches it by."""
    furnished = furnish(None, None, public_url=public_url)
    assert furnished.practice, furnished.faults
    return furnished.practice


class House:
    """What a test does besides talking to the bot."""

    def __init__(self, telegram: LocalTelegram, clock: WalkingClock, run: Run) -> None:
        self.telegram = telegram
        self.clock = clock
        self.run = run

    def person(self, user_id: int, name: str) -> Person:
        return self.telegram.person(user_id, name)

    def invite(self, role: str, ref: str) -> str:
        """The code of a fresh invitation, as `acuback invite` makes one beside a bot that runs."""
        office = Office(self.run.live.database_url, (KEY,), os.urandom)
        return office.invite(cast(Literal["practitioner", "contact"], role), ref, self.clock.now())

    async def link(self, user_id: int, name: str, role: str = "practitioner", ref: str = "example") -> Person:
        """Somebody of the practice, linked."""
        person = self.person(user_id, name)
        person.command(f"/start {self.invite(role, ref)}")
        await person.wait_for(lambda message: True)
        return person

    async def walk(self, to: datetime) -> None:
        """Once what was done is done, the clock goes forward to this time by the practice's clock, stopping wherever
        something is due."""
        await self.at_rest()
        at = to.replace(tzinfo=practice().content.clinic.zone)
        await self.clock.skip_to(at, self.run.reception.upcoming, self.run.ticks)

    async def at_rest(self) -> None:
        """Until nothing more follows from what was done: every update decided, every message carried, and what became
        of it decided too. Whoever cannot be reached is not waited for."""
        calls = -1
        while calls != (calls := sum(call["method"] != "getUpdates" for call in self.telegram.calls)):
            await self.until(lambda: not len(self.telegram.updates), "updates are left at Telegram")
            await asyncio.wrap_future(self.run.reception.receive([]))
            with suppress(TimeoutError):
                async with asyncio.timeout(SILENCE):
                    await self.run.courier.quiet()

    async def until(self, holds: Callable[[], bool], otherwise: str, seconds: float = 5.0) -> None:
        """Until it holds; looked at again whenever anything changed. Raises `TimeoutError`."""
        try:
            await self.telegram.pulse.until(lambda: holds() or None, seconds)
        except TimeoutError:
            raise TimeoutError(otherwise) from None


@asynccontextmanager
async def house(
    database_url: str,
    begins: datetime,
    door: Callable[[LocalTelegram], Door | None] = lambda telegram: None,
    limits: Limits = UNLIMITED,
    site: socket.socket | None = None,
    calendars_from: Allowed = is_anywhere,
    clinic: Path | None = None,
) -> AsyncIterator[House]:
    """The example practice, or that of `clinic`, at work from `begins` (by its own clock) on; stopped in peace.

    Feeds are served at `site`, a socket bound on this machine.
    """
    await asyncio.to_thread(migrate, database_url)
    # In UTC: of two times in one zone Python takes the difference on the wall, and the walk would end at a change.
    start, since = begins.replace(tzinfo=practice().content.clinic.zone).astimezone(UTC), monotonic()
    clock = WalkingClock(lambda: start + timedelta(seconds=monotonic() - since))
    telegram = LocalTelegram(TOKEN, now=lambda: clock.now().timestamp())
    await telegram.start()
    live = Live(
        practice(clinic) if site is None else served(f"http://127.0.0.1:{site.getsockname()[1]}"),
        database_url,
        (KEY,),
        TOKEN,
        telegram.url,
        clock.now,
        door(telegram),
        limits,
        None if site is None else lambda: site,
        calendars_from=calendars_from,
    )
    stop, at_work = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def opened(run: Run) -> None:
        at_work.set_result(run)

    serving = asyncio.create_task(serve(live, stop, opened))
    try:
        await asyncio.wait({serving, at_work}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
        yield House(telegram, clock, at_work.result())
    finally:
        stop.set()
        await serving
        await telegram.stop()
