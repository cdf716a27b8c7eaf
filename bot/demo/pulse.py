"""Waiting for something to become so, without sleeping for luck."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Pulse:
    """Beats whenever anything in the local Telegram changed; who waits looks again at each beat."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait(self) -> None:
        """Until the next beat."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def until(self, look: Callable[[], T | None], timeout: float) -> T:
        """What `look` finds once it finds something. Raises `TimeoutError` after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while (found := look()) is None:
                await self.wait()
            return found
