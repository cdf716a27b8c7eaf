"""Durable taps per second: from the raw update to the commit and the reply, beside bots that store less.

The floor is python-telegram-bot making its objects of the update, calling one handler and sending one message, with
nothing stored. Every contestant gets the same taps of the same patients, and a Telegram that answers at once.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import Protocol

from benchmarks import databases, rivals
from benchmarks.at_work import AtWork, at_work
from benchmarks.report import Target, in_turns, table
from benchmarks.visitors import Step, Visit

FLOOR = "PTB, nothing stored: the floor"
AS_MANY_CALLS = "PTB, nothing stored, as many calls as ours"
SQLITE = "acuback, SQLite"
POSTGRESQL = "acuback, PostgreSQL"
COMMITTING = "ConversationHandler, committed to SQLite"
PICKLING = "ConversationHandler, pickled (not synced)"

ONE, MANY = 12, 64
_chats = count(1_000_000_001)


class Taken(Protocol):
    """Whoever takes taps: done with one when its reply went out, and it is stored where it is to be."""

    async def tap(self, step: Step) -> None: ...


def run(rounds: int) -> None:
    """Prints the two tables."""
    with (
        databases.sqlite() as sqlite,
        databases.postgresql() as postgresql,
        tempfile.TemporaryDirectory(prefix="acuback-benchmark-") as folder,
        asyncio.Runner() as loop,
    ):
        stack = AsyncExitStack()
        try:
            contestants, visit = loop.run(_opened(stack, sqlite, postgresql, Path(folder)))
            for in_flight, title, least in ((1, "one at a time", 0.45), (MANY, f"{MANY} patients in flight", 0.8)):
                taken = {name: partial(_rate, loop, one, visit, in_flight) for name, one in contestants.items()}
                figures = in_turns(rounds, taken)
                table(f"taps: {title}", "taps a second", figures, FLOOR, {SQLITE: Target(least=least)})
        finally:
            loop.run(stack.aclose())


async def _opened(
    stack: AsyncExitStack, sqlite: str, postgresql: str, folder: Path
) -> tuple[Mapping[str, Taken], Visit]:
    """Every contestant, ready, and what the patients will do."""
    here = await stack.enter_async_context(at_work(sqlite))
    there = await stack.enter_async_context(at_work(postgresql))
    await here.link_practitioner()
    await there.link_practitioner()
    contestants: dict[str, Taken] = {
        FLOOR: await stack.enter_async_context(rivals.storing_nothing()),
        AS_MANY_CALLS: await stack.enter_async_context(rivals.as_many_calls()),
        SQLITE: here,
        POSTGRESQL: there,
        COMMITTING: await stack.enter_async_context(rivals.committing(folder)),
        PICKLING: await stack.enter_async_context(rivals.pickling(folder)),
    }
    return contestants, await here.visit(next(_chats))


def _rate(loop: asyncio.Runner, contestant: Taken, visit: Visit, in_flight: int) -> float:
    return loop.run(rate(contestant, visit, in_flight))


async def rate(contestant: Taken, visit: Visit, in_flight: int) -> float:
    """Taps a second of patients nobody has seen before: each at once with the others, or all of them in turn."""
    chats = [next(_chats) for _ in range(ONE if in_flight == 1 else in_flight)]
    if isinstance(contestant, AtWork):
        await _at_once(contestant, [visit.opening_of(chat) for chat in chats])
        await contestant.at_rest()
    visits = [visit.taps_of(chat) for chat in chats]
    begun = time.perf_counter()
    if in_flight == 1:
        for steps in zip(*visits, strict=True):
            await _in_turn(contestant, steps)
    else:
        await _at_once(contestant, visits)
    seconds = time.perf_counter() - begun
    if isinstance(contestant, AtWork):
        await contestant.at_rest()
    return len(chats) * len(visit.taps) / seconds


async def _at_once(contestant: Taken, visits: Sequence[Sequence[Step]]) -> None:
    await asyncio.gather(*(_in_turn(contestant, steps) for steps in visits))


async def _in_turn(contestant: Taken, steps: Sequence[Step]) -> None:
    for step in steps:
        await contestant.tap(step)
