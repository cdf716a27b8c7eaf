"""A local Telegram that listens, and a bare client of its Bot API."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from bot.demo import LocalTelegram

TOKEN = "123456:demo-token"
NOW = 1_764_000_000.0

Scene = Callable[["Api"], Awaitable[None]]


class Api:
    """The Bot API as a bot's library calls it, without one: raw JSON in, raw JSON out."""

    def __init__(self, telegram: LocalTelegram, session: aiohttp.ClientSession) -> None:
        self.telegram = telegram
        self.session = session
        self.person = telegram.person(7, "Ann")

    async def call(self, method: str, **params: Any) -> Any:
        """The whole answer, refused or not."""
        async with self.session.post(f"{self.telegram.url}/bot{TOKEN}/{method}", json=params) as answer:
            return await answer.json()

    async def ok(self, method: str, **params: Any) -> Any:
        """The result of a call that must succeed."""
        answer = await self.call(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        """Code and words of a call that must be refused."""
        answer = await self.call(method, **params)
        assert not answer["ok"], answer
        return answer["error_code"], answer["description"]

    async def say(self, text: str = "hello", **params: Any) -> Any:
        """A message to Ann, who has written to the bot."""
        return await self.ok("sendMessage", chat_id=7, text=text, **params)


class Time:
    """The clock handed to the local Telegram."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def play(clock: Time) -> Callable[[Scene], None]:
    """Runs a scene against a local Telegram to which Ann (7) has written."""

    async def run(scene: Scene) -> None:
        telegram = LocalTelegram(TOKEN, now=clock, first_update_id=100)
        await telegram.start()
        try:
            async with aiohttp.ClientSession() as session:
                api = Api(telegram, session)
                api.person.command("/start")
                await scene(api)
        finally:
            await telegram.stop()

    return lambda scene: asyncio.run(run(scene))


def inline(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def button(text: str, data: str) -> dict[str, Any]:
    return {"text": text, "callback_data": data}
