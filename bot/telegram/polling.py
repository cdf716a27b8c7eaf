"""Long polling that loses nothing: an update is acknowledged after it is committed, never before.

python-telegram-bot's own polling acknowledges updates before they are handled, so a kill loses what is queued.
"""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Mapping
from typing import Any, TypeVar

from telegram import Bot
from telegram.error import Conflict, EndPointNotFound, InvalidToken, TelegramError

from bot.model import Arrival
from bot.telegram.receiving import GivenUp, Pauses, Receives, committed, leave
from bot.telegram.transport import TooMany, endpoint
from bot.telegram.updates import ALLOWED, Leave, read_update

logger = logging.getLogger(__name__)
T = TypeVar("T")

CONFLICTS = 4
"""So many 409 in a row, with pauses of 0.5, 1 and 2 seconds between, are another copy of the bot and not the long poll
of a run that has just ended."""


class Polling:
    """The loop over `getUpdates`. `wait` is how many seconds one poll waits for something to happen."""

    def __init__(self, bot: Bot, reception: Receives, *, bot_id: int, wait: int = 30) -> None:
        self._bot = bot
        self._reception = reception
        self._bot_id = bot_id
        self._wait = wait
        self._offset: int | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until `stop()`: then what is in hand is committed and acknowledged before this returns.

        The first poll has no offset, and none is stored: after a quiet week Telegram numbers updates anew. Raises
        `GivenUp` where another copy polls, or Telegram refuses the token.
        """
        pauses = Pauses()
        conflicts = 0
        await self._take_over(pauses)
        while not self._stopping.is_set():
            try:
                raw = await self._unless_stopped(self._poll(self._wait))
            except Conflict:
                conflicts += 1
                if conflicts == CONFLICTS:
                    raise GivenUp(
                        "another copy of this bot receives its updates: stop it, or give this one a token of its own"
                    ) from None
                await self._pause(pauses.next())
                continue
            except TelegramError as failure:
                await self._pause(_pause_after(failure, pauses))
                continue
            conflicts = 0
            pauses.over()
            if raw:
                await self._take(raw)
        await self._acknowledge()

    def stop(self) -> None:
        """End the poll that waits, if one does; `run()` returns once what is in hand is finished."""
        self._stopping.set()

    async def _take_over(self, pauses: Pauses) -> None:
        """Telegram refuses to be polled while a webhook is set. What waits there is kept."""
        while not self._stopping.is_set():
            try:
                keep = {"drop_pending_updates": False}
                await self._unless_stopped(self._bot.do_api_request(endpoint("deleteWebhook"), keep))
            except TelegramError as failure:
                await self._pause(_pause_after(failure, pauses))
            else:
                return

    async def _poll(self, wait: int) -> list[Mapping[str, Any]]:
        wishes: dict[str, Any] = {"timeout": wait, "limit": 100, "allowed_updates": ALLOWED}
        if self._offset is not None:
            wishes["offset"] = self._offset
        raw = await self._bot.do_api_request(endpoint("getUpdates"), wishes, read_timeout=wait + 10)
        return raw if isinstance(raw, list) else []

    async def _take(self, raw: list[Mapping[str, Any]]) -> None:
        """One batch: not acknowledged, and not let go of, until it is committed or the bot stops."""
        read = [read_update(update, self._bot_id) for update in raw]
        arrivals = [one for one in read if isinstance(one, Arrival)]
        pauses = Pauses()
        while arrivals and not await committed(self._reception, arrivals):
            if self._stopping.is_set():
                return
            await self._pause(pauses.next())
        await leave(self._bot, (one.chat_id for one in read if isinstance(one, Leave)))
        ids = [i for update in raw if isinstance(i := update.get("update_id"), int)]
        self._offset = max(ids, default=-1) + 1 or self._offset

    async def _acknowledge(self) -> None:
        """Asking once more with the offset confirms what is committed, so that the next run need not see it again. What
        this answers stays unconfirmed."""
        if self._offset is not None:
            try:
                async with asyncio.timeout(2.0):
                    await self._poll(0)
            except (TelegramError, TimeoutError) as failure:
                logger.info("last updates not acknowledged, they will come again: %s", type(failure).__name__)

    async def _unless_stopped(self, call: Coroutine[Any, Any, list[Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
        """The answer, or nothing where the bot stops first: a poll cut off has acknowledged nothing new."""
        asking, stopping = asyncio.ensure_future(call), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((asking, stopping), return_when=asyncio.FIRST_COMPLETED)
            return asking.result() if asking.done() else []
        finally:
            stopping.cancel()
            await _ended(asking)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return


async def _ended(task: Awaitable[object]) -> None:
    future = asyncio.ensure_future(task)
    future.cancel()
    await asyncio.wait((future,))


def _pause_after(failure: TelegramError, pauses: Pauses) -> float:
    """Seconds to wait. Raises `GivenUp` where waiting is no use."""
    if isinstance(failure, InvalidToken | EndPointNotFound):
        raise GivenUp("ACUBACK_TOKEN is refused by Telegram: ask @BotFather for the bot's token") from None
    pause = pauses.next()
    if isinstance(failure, TooMany):
        pause = max(pause, failure.seconds)
    logger.warning("no updates from Telegram, next try in %.1f s: %s", pause, type(failure).__name__)
    return pause
