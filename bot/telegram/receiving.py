"""What polling and the webhook have in common."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Protocol

from telegram import Bot
from telegram.error import TelegramError

from bot.model import Arrival
from bot.telegram.transport import endpoint

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0
"""Seconds. A pause after a failure doubles up to this."""


class Receives(Protocol):
    """The reception, as the edge sees it."""

    def receive(self, arrivals: Sequence[Arrival], /) -> Future[None]:
        """Resolves once all of them are committed; fails where the database is away."""


class GivenUp(Exception):
    """Receiving cannot go on. `str()` is the line for the operator."""


class Pauses:
    """How long to wait after one more failure: half a second, doubled each time, at most half a minute."""

    def __init__(self) -> None:
        self.failures = 0

    def next(self) -> float:
        pause = min(0.5 * 2.0 ** min(self.failures, 10), LONGEST_PAUSE)
        self.failures += 1
        return pause

    def over(self) -> None:
        self.failures = 0


async def leave(bot: Bot, chat_ids: Iterable[int]) -> None:
    """Leave groups and channels without a word; one already left is fine."""
    for chat_id in dict.fromkeys(chat_ids):
        try:
            await bot.do_api_request(endpoint("leaveChat"), {"chat_id": chat_id})
        except TelegramError as failure:
            logger.info("chat %d not left: %s", chat_id, type(failure).__name__)


async def committed(reception: Receives, arrivals: Sequence[Arrival]) -> bool:
    """Whether the arrivals are in the database now. Whatever kept them out, they must not be acknowledged."""
    try:
        await asyncio.wrap_future(reception.receive(arrivals))
    except Exception as failure:  # noqa: BLE001 -- see above
        logger.warning("%d updates not stored: %s", len(arrivals), type(failure).__name__)
        return False
    return True
