"""Replies over HTTP to the local Telegram: our transport, and python-telegram-bot's own beside it."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from benchmarks.answering import TOKEN
from benchmarks.report import Target, in_turns, table
from benchmarks.telegram import PEOPLE, telegram_apart
from bot.telegram.transport import Transport, endpoint

OURS, THEIRS = "aiohttp (ours)", "HTTPXRequest (PTB's default)"
DELAY = 0.05
IN_FLIGHT = 100

REPLY = {
    "text": "<b>Your pain</b>\n\nHow bad is your back pain now? 0 is no pain, 10 is the worst you can think of.",
    "parse_mode": "HTML",
    "reply_markup": {
        "inline_keyboard": [
            [{"text": str(n), "callback_data": f"q:intake:asking:12345678.1234567{n}:7"} for n in range(5)],
            [{"text": "Back", "callback_data": "n:back"}, {"text": "Menu", "callback_data": "n:menu"}],
        ]
    },
}
SEND = endpoint("sendMessage")

Make = Callable[[], BaseRequest]


def run(rounds: int) -> None:
    """Prints the two tables."""
    with telegram_apart() as url:
        figures = in_turns(rounds, _contestants(url, in_flight=1, replies=500))
    table("transport: one reply after the other", "replies a second", figures, THEIRS, {OURS: Target(least=2.3)})
    with telegram_apart(DELAY) as url:
        figures = in_turns(rounds, _contestants(url, in_flight=IN_FLIGHT, replies=1000))
    title = f"transport: {IN_FLIGHT} in flight, every answer {DELAY * 1000:.0f} ms late"
    table(title, "replies a second", figures, THEIRS, {OURS: Target(least=8.0)})


def _contestants(url: str, *, in_flight: int, replies: int) -> dict[str, Callable[[], float]]:
    """Both as they come, but for room for everything in flight and the patience that takes: PTB's is a second."""
    theirs = partial(HTTPXRequest, connection_pool_size=256, pool_timeout=60.0, read_timeout=60.0)
    return {name: partial(_rate, url, make, in_flight, replies) for name, make in ((THEIRS, theirs), (OURS, Transport))}


def _rate(url: str, make: Make, in_flight: int, replies: int) -> float:
    return asyncio.run(_replies(url, make, in_flight, replies))


async def _replies(url: str, make: Make, in_flight: int, replies: int) -> float:
    """Replies a second, over connections that are open already."""
    async with Bot(TOKEN, base_url=f"{url}/bot", request=make(), get_updates_request=make()) as bot:

        async def write(chat_id: int, times: int) -> None:
            for _ in range(times):
                await bot.do_api_request(SEND, {"chat_id": chat_id, **REPLY})

        chats = PEOPLE[:in_flight]
        await asyncio.gather(*(write(chat, 1) for chat in chats))
        begun = time.perf_counter()
        await asyncio.gather(*(write(chat, replies // in_flight) for chat in chats))
        return replies / (time.perf_counter() - begun)
