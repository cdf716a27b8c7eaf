"""Stopping: a process works until it is told to stop, and not long after."""

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

STOP_SECONDS = 8.0
"""After so long whatever is still going on is cut off: the next run finds it in the database."""


async def until_told(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Does the work until SIGTERM or SIGINT; what is not finished 8 s later is cut off."""
    # What was imported and read so far stays as long as the process: no collection looks through it again.
    gc.freeze()
    gc.enable()
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, stop.set)
    task = asyncio.ensure_future(work(stop))
    await first(stop, task, None)
    if not task.done():
        await asyncio.wait({task}, timeout=STOP_SECONDS)
        task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def first(stop: asyncio.Event, task: asyncio.Future[Any], seconds: float | None) -> None:
    """Until told to stop, the task ends, or so many seconds are over."""
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait((stopping, task), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


async def unless(stop: asyncio.Event, coroutine: Coroutine[Any, Any, None]) -> None:
    """The coroutine, cut off where told to stop meanwhile."""
    task = asyncio.ensure_future(coroutine)
    await first(stop, task, None)
    if task.done():
        task.result()
    else:
        task.cancel()
        await asyncio.wait((task,))


async def forever() -> None:
    """For as long as it is not cancelled."""
    await asyncio.Event().wait()
