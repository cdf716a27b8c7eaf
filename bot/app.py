"""The composition root: everything is wired here and nowhere else. The only place that knows time and chance."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path
from telegram import Bot
from telegram.error import NetworkError

from bot.calendars.busy import BusyTimes
from bot.calendars.fetching import Allowed, is_anywhere, is_public
from bot.clock import Ticks, WalkingClock
from bot.config import Address, Settings
from bot.furnishing import Practice, furnish
from bot.menus import Menus
from bot.model import Parcel
from bot.office import Office, alone, held
from bot.reception import Reception
from bot.refusal import Refused
from bot.stopping import first, forever, unless, until_told
from bot.telegram.commands import show_menus
from bot.telegram.limits import Limits
from bot.telegram.outbound import Courier
from bot.telegram.polling import Polling
from bot.telegram.receiving import GivenUp
from bot.telegram.transport import BadToken, connection
from storage.database import Database
from storage.rotation import rewrap_all
from storage.standing import Leadership
from storage.vault import UnknownKey, Vault

if TYPE_CHECKING:
    from bot.calendars.feed import Feed, FeedServer
    from bot.telegram.webhook import Webhook

logger = logging.getLogger(__name__)

WATCH = "polling and ticks"
"""What one process among many leads; every version calls it the same."""
WATCH_SECONDS = 5.0
COURIER_SECONDS = 4.0
"""How long the courier may go on sending once the bot is told to stop."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where Telegram brings updates: the address it calls, what it says, and where that is listened for."""

    url: str
    secret: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Live:
    """What a run is made of. Without a door it polls. A feed is served where the practice has a public address."""

    practice: Practice
    database_url: str
    keys: tuple[bytes, ...]
    token: str
    api_url: str
    now: Callable[[], datetime]
    door: Door | None = None
    limits: Limits | None = None
    site: Callable[[], socket.socket] | None = None
    """Binds the socket the feed is served at, where no door brings one along."""
    calendars_from: Allowed = is_public
    """From which addresses busy times may come."""


class Run:
    """A practice at work: the parts that live as long as the process, wired to each other."""

    def __init__(self, live: Live, database: Database, bot: Bot) -> None:
        practice = live.practice
        self.live = live
        self.bot = bot
        self.bot_id = int(live.token.partition(":")[0])
        self.reception = Reception(
            database,
            Vault(live.keys, os.urandom),
            advance=practice.engine.advance,
            words=practice.words,
            clinic=practice.content.clinic,
            now=live.now,
            run_id=os.urandom(8).hex(),
            hand_over=self._hand_over,
        )
        self.courier = Courier(
            bot, self.reception, monotonic=time.monotonic, render_document=_document, limits=live.limits
        )
        self.menus = Menus(partial(show_menus, bot), self.reception, practice.words, practice.content.clinic.locale)
        self.busy_times = BusyTimes(self.reception, practice.content.clinic, live.now, live.calendars_from)
        self.ticks = Ticks(self.reception, self.collect, self.busy_times.look)
        self.leadership = Leadership(database, WATCH)

    def _hand_over(self, parcels: Sequence[Parcel]) -> None:
        self.courier.hand_over(parcels)

    async def collect(self) -> None:
        """What every process does every few seconds, leading or not: unsent rows, leases, menus."""
        await self.courier.collect()
        await self.menus.refresh()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """The writer and the courier at work; at the end they finish what is in hand."""
        self.reception.start()
        carrying = asyncio.create_task(self.courier.run())
        try:
            yield
        finally:
            try:
                await self.courier.stop(COURIER_SECONDS)
            finally:
                carrying.cancel()
                await asyncio.wait((carrying,))
                await asyncio.to_thread(self.reception.stop)

    async def receive(self, stop: asyncio.Event) -> None:
        """Take updates in, lead where nobody else does, until told to stop. Raises `GivenUp`."""
        webhook, server = self._webhook(), self._server()
        try:
            if webhook is not None:
                await unless(stop, webhook.start())
            if server is not None:
                await server.start()
            while not stop.is_set():
                if await self._leads():
                    await self._watch(stop)
                else:
                    await unless(stop, asyncio.sleep(WATCH_SECONDS))
                    await self.collect()
        finally:
            for site in (webhook, server):
                if site is not None:
                    await site.stop()
            await asyncio.to_thread(self.leadership.resign)

    async def _leads(self) -> bool:
        try:
            return await asyncio.to_thread(self.leadership.try_lead)
        except Exception as failure:  # noqa: BLE001 -- the database is away: nobody leads until it is back
            logger.warning("cannot ask who leads: %s", type(failure).__name__)
            return False

    async def _watch(self, stop: asyncio.Event) -> None:
        """Lead: the ticks, and polling where there is no door; until told to stop, or another leads."""
        polling = Polling(self.bot, self.reception, bot_id=self.bot_id) if self.live.door is None else None
        receiving = asyncio.create_task(polling.run() if polling else forever())
        self.ticks.start()
        try:
            while not (stop.is_set() or receiving.done()) and await self._still_leads():
                await first(stop, receiving, WATCH_SECONDS)
        finally:
            self.ticks.stop()
            if polling:
                polling.stop()
            else:
                receiving.cancel()
            with suppress(asyncio.CancelledError):
                await receiving

    async def _still_leads(self) -> bool:
        return await asyncio.to_thread(self.leadership.still_leading)

    def _webhook(self) -> "Webhook | None":
        door = self.live.door
        if door is None:
            return None
        from bot.telegram.webhook import Webhook

        webhook = Webhook(
            self.bot,
            self.reception,
            bot_id=self.bot_id,
            url=door.url,
            secret=door.secret,
            host=door.host,
            port=door.port,
        )
        if public_url := self.live.practice.content.public_url:
            self._feed().mount(webhook.application, public_url)
        return webhook

    def _server(self) -> "FeedServer | None":
        public_url, site = self.live.practice.content.public_url, self.live.site
        if public_url is None or site is None:
            return None
        from bot.calendars.feed import FeedServer

        return FeedServer(self._feed(), public_url, site())

    def _feed(self) -> "Feed":
        from bot.calendars.feed import Feed

        practice = self.live.practice
        return Feed(self.reception, practice.words, practice.content.clinic, self.live.now)


async def serve(live: Live, stop: asyncio.Event, opened: Callable[[Run], Awaitable[None]]) -> None:
    """Run a practice until told to stop. `opened` is called once everything is at work.

    Raises `Refused` where the operator must change something first, or receiving cannot go on.
    """
    with held(live.database_url) as database:
        _rotate(database, live.keys)
        async with _telegram(live.token, live.api_url) as bot:
            run = Run(live, database, bot)
            async with run.working():
                await run.menus.refresh()
                await opened(run)
                await asyncio.gather(run.receive(stop), asyncio.to_thread(_warm, live))


def _warm(live: Live) -> None:
    """The first look at holidays loads a library: done before a patient waits for it."""
    clinic = live.practice.content.clinic
    today = live.now().astimezone(clinic.zone).date()
    clinic.closed_on(today, today)


def _rotate(database: Database, keys: Sequence[bytes]) -> None:
    """After a change of ACUBACK_KEY the newest key opens everything, and an older one can be taken out."""
    try:
        rewrapped = rewrap_all(database, Vault(keys, os.urandom))
    except UnknownKey:
        raise Refused(
            "ACUBACK_KEY: this database was sealed with another key; give that one too, after the new", 2
        ) from None
    if rewrapped:
        logger.info("%d data keys are wrapped by the newest key now", rewrapped)


@asynccontextmanager
async def _telegram(token: str, api_url: str) -> AsyncIterator[Bot]:
    """A bot at Telegram; what ends it is a line for the operator."""
    try:
        async with connection(token, api_url) as bot:
            yield bot
    except BadToken as refusal:
        raise Refused(str(refusal), 2) from None
    except GivenUp as end:
        raise Refused(str(end)) from None
    except NetworkError as failure:
        raise Refused(f"Telegram cannot be reached at {api_url} ({failure})") from None


def run(settings: Settings, door: Door | None, say: Callable[[str], None]) -> None:
    """`acuback run`: live on Telegram until SIGTERM or SIGINT. `say` gets the line that it is ready."""
    live = Live(
        practice=load(settings),
        database_url=settings.database_url.get_secret_value(),
        keys=settings.keys,
        token=settings.token.get_secret_value() if settings.token else "",
        api_url=settings.api_url,
        now=_now,
        door=door,
        site=partial(_listening, settings.listen) if settings.public_url and not door else None,
        calendars_from=is_anywhere if settings.allow_private_calendars else is_public,
    )

    async def opened(running: Run) -> None:
        way = f"at {door.url}" if door else "by polling"
        say(f"acuback is ready: @{running.bot.username}, receiving {way}")

    asyncio.run(until_told(lambda stop: serve(live, stop, opened)))


def door_of(settings: Settings) -> Door:
    """Where Telegram is to bring updates. Raises `Refused` where no address is set."""
    url, secret = settings.webhook_at, settings.webhook_secret
    if url is None or secret is None:
        raise Refused("ACUBACK_PUBLIC_URL is missing, and a webhook needs it (or ACUBACK_WEBHOOK_URL)", 2)
    return Door(url, secret.get_secret_value(), settings.listen.host, settings.listen.port)


def load(settings: Settings) -> Practice:
    """The practice the settings name. Raises `Refused` with every fault, a line each."""
    furnished = furnish(settings.clinic, settings.content, Path.cwd(), settings.public_url)
    if furnished.practice is None:
        lines = [*map(str, furnished.faults), "acuback does not start on these; `acuback check` tells them again"]
        raise Refused("\n".join(lines))
    return furnished.practice


def demo(settings: Settings, port: int, say: Callable[[str], None], browse: Callable[[str], None]) -> None:
    """`acuback demo`: the same on a Telegram of its own, in a fresh folder with a fresh key, with a clock that walks.

    Of the settings only the practice's files count. `browse` gets the page's address once the bot is at work. Raises
    `Refused` where the port is taken or another demo runs.
    """
    with closing(_listening(Address("127.0.0.1", 0))) as site:
        _demo(settings, port, say, browse, site)


def _demo(
    settings: Settings, port: int, say: Callable[[str], None], browse: Callable[[str], None], site: socket.socket
) -> None:
    from bot.demo import LocalTelegram, Phone
    from bot.stage import Stage

    practice = load(settings.model_copy(update={"public_url": f"http://127.0.0.1:{site.getsockname()[1]}"}))
    clinic = practice.content.clinic
    database_url, keys = _fresh_folder(), (os.urandom(32),)
    code = Office(database_url, keys, os.urandom).invite("practitioner", clinic.practitioners[0].id, _now())
    phones = [
        Phone("patient", 71_000_001, "Pat Example"),
        Phone("practitioner", 71_000_002, clinic.practitioners[0].name, "Practitioner"),
    ]

    async def play(stop: asyncio.Event) -> None:
        clock = WalkingClock(_now)
        stage = Stage(clock, clinic.zone)
        telegram = LocalTelegram(f"7000000000:{os.urandom(18).hex()}", now=lambda: clock.now().timestamp())
        telegram.serve_page(stage, phones, {"practitioner": f"/start {code}"})
        try:
            await telegram.start(port=port)
        except OSError:
            raise Refused(f"--port {port}: something else listens there", 2) from None
        live = Live(
            practice,
            database_url,
            keys,
            telegram.token,
            telegram.url,
            clock.now,
            site=lambda: site,
            calendars_from=is_anywhere,
        )

        async def opened(running: Run) -> None:
            stage.open(running.reception, running.ticks, {phone.user_id: phone.name for phone in phones})
            say(f"acuback demo: {telegram.url}/")
            await asyncio.to_thread(browse, f"{telegram.url}/")

        try:
            await serve(live, stop, opened)
        finally:
            await telegram.stop()

    asyncio.run(until_told(play))


def ask_name(settings: Settings) -> str:
    """What Telegram calls the bot. Raises `Refused` for a bad token, or where Telegram cannot be reached."""

    async def ask(token: str) -> str:
        async with _telegram(token, settings.api_url) as bot:
            return bot.username

    return asyncio.run(ask(settings.token.get_secret_value() if settings.token else ""))


def _fresh_folder() -> str:
    """The demo's database, in a folder of its own; what an earlier demo left is removed first."""
    folder = user_cache_path("acuback-demo", appauthor=False)
    url = f"sqlite:///{folder / 'demo.db'}"
    with alone(url):
        for left in folder.glob("demo.db*"):
            if left.suffix != ".lock":
                left.unlink()
    return url


def _listening(address: Address) -> socket.socket:
    """A socket bound there. Raises `Refused` where something else listens."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family)
    except OSError as failure:
        why = os.strerror(failure.errno or 0)
        raise Refused(f"ACUBACK_LISTEN: nobody can listen at {address}: {why}", 2) from None


def _document(kind: str, data: Mapping[str, Any]) -> bytes:
    from bot.documents import render

    return render(kind, data)


def _now() -> datetime:
    return datetime.now(UTC)
