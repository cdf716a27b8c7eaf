"""A bot over real HTTP on the local Telegram, with a reception that keeps everything in memory."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import pytest
from telegram import Bot

from bot.demo import LocalTelegram, Person
from bot.model import Arrival, Parcel
from bot.telegram.limits import Limits
from bot.telegram.outbound import Courier
from bot.telegram.transport import connection

TOKEN = "123456:demo-token"
BOT_ID = 123456
NOW = 1_764_000_000.0

Scene = Callable[["House"], Awaitable[None]]


class Reception:
    """Commits to a list. `away` fails so many times first; `unsent` is what `claim` finds."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.away = 0
        self.settlements: list[tuple[int, str, int | None, str]] = []
        self.postponed: list[int] = []
        self.unsent: list[Parcel] = []
        self.cards: dict[int, tuple[int | None, int]] = {}
        self.before_commit: Callable[[], None] = lambda: None

    def receive(self, arrivals: Sequence[Arrival], /) -> Future[None]:
        future: Future[None] = Future()
        if self.away:
            self.away -= 1
            future.set_exception(ConnectionError())
            return future
        self.before_commit()
        known = {arrival.key for arrival in self.arrivals}
        self.arrivals += [arrival for arrival in arrivals if arrival.key not in known]
        future.set_result(None)
        return future

    def settled(self, parcel: Parcel, state: str, *, message_id: int | None = None, reason: str = "") -> None:
        self.settlements.append((parcel.id, state, message_id, reason))
        if parcel.card_id is not None and message_id is not None:
            self.cards[parcel.card_id] = (message_id, self.cards[parcel.card_id][1])

    def postpone(self, parcel: Parcel) -> None:
        self.postponed.append(parcel.id)

    def claim(self, limit: int, /) -> Future[list[Parcel]]:
        future: Future[list[Parcel]] = Future()
        claimed, self.unsent = self.unsent[:limit], self.unsent[limit:]
        future.set_result(claimed)
        return future

    def do(self, job: Callable[[Any], Any], /) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(job(self))
        return future

    def card(self, card_id: int) -> tuple[int | None, int]:
        return self.cards[card_id]

    def state(self, parcel: Parcel) -> str:
        return {number: state for number, state, _, _ in self.settlements}[parcel.id]


class House:
    """The local Telegram with Ann (7), who has written; a bot on it; a courier that is carrying."""

    def __init__(self, telegram: LocalTelegram, bot: Bot) -> None:
        self.telegram = telegram
        self.bot = bot
        self.reception = Reception()
        self.ann: Person = telegram.person(7, "Ann")
        self.numbers: Iterator[int] = itertools.count(1)

    def parcel(self, body: dict[str, Any] | str, chat_id: int = 7, lane: int = 0, **more: Any) -> Parcel:
        return Parcel(
            next(self.numbers), chat_id, chat_id, lane, {"text": body} if isinstance(body, str) else body, **more
        )

    async def turn(self) -> None:
        """Let whatever else is ready run."""
        await asyncio.sleep(0)

    def sent(self, *methods: str) -> list[dict[str, Any]]:
        """The parameters of the calls of these methods, in order."""
        return [call["params"] for call in self.telegram.calls if call["method"] in methods]

    @asynccontextmanager
    async def courier(
        self, limits: Limits | None = None, render: Callable[[str, Any], bytes] = lambda kind, data: b"%PDF"
    ) -> Any:
        carrying = Courier(self.bot, self.reception, monotonic=monotonic, render_document=render, limits=limits)
        run = asyncio.create_task(carrying.run())
        await asyncio.sleep(0)
        try:
            yield carrying
        finally:
            await carrying.stop(1.0)
            await run


@pytest.fixture
def play() -> Callable[[Scene], None]:
    async def run(scene: Scene) -> None:
        telegram = LocalTelegram(TOKEN, now=lambda: NOW, first_update_id=100)
        await telegram.start()
        try:
            async with connection(TOKEN, telegram.url) as bot:
                house = House(telegram, bot)
                house.ann.command("/start")
                async with asyncio.timeout(10):
                    await scene(house)
        finally:
            await telegram.stop()

    return lambda scene: asyncio.run(run(scene))
