"""What a tap costs where few and where very many patients are in the database.

Those who tap live among the strangers, not behind them all: their rows lie on pages nobody else has warmed. The
strangers are made anew at every run, about 3 GB of them in the temporary folder.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path

from sqlalchemy import make_url

from benchmarks import databases
from benchmarks.at_work import AtWork, at_work
from benchmarks.report import Target, in_turns, table
from benchmarks.strangers import move_in
from benchmarks.visitors import Visit

FEW, MANY = 1_000, 1_000_000
A_ROUND = 10
"""Visitors a round."""
_chats = count(1_000_000_001)


def run(rounds: int) -> None:
    """Prints the table."""
    with databases.sqlite() as small, databases.sqlite() as large, asyncio.Runner() as loop:
        stack = AsyncExitStack()
        try:
            contestants = {}
            for url, patients in ((small, FEW), (large, MANY)):
                begun = time.perf_counter()
                ours = loop.run(stack.enter_async_context(at_work(url)))
                visit, visitors = loop.run(_settled(ours, url, patients, rounds * A_ROUND))
                contestants[f"{patients:,} patients"] = partial(_microseconds, loop, ours, visit, iter(visitors))
                size = Path(make_url(url).database or "").stat().st_size / 2**20
                print(f"\n{patients:,} patients in {time.perf_counter() - begun:.0f} s: {size:,.0f} MB", end="")
            figures = in_turns(rounds, contestants)
        finally:
            loop.run(stack.aclose())
    few, many = figures
    table("\npopulation: a tap, one at a time, SQLite", "us", figures, few, {many: Target(most=1.5)})


async def _settled(ours: AtWork, url: str, patients: int, visitors: int) -> tuple[Visit, list[int]]:
    """The population moved in, with visitors up to their first tap evenly among it."""
    file = Path(make_url(url).database or "")
    await ours.link_practitioner()
    visit = await ours.visit(next(_chats))
    chats = [next(_chats) for _ in range(visitors)]
    for number, chat in enumerate(chats):
        await ours.at_rest()
        move_in(file, patients * (number + 1) // visitors - patients * number // visitors)
        for step in visit.opening_of(chat):
            await ours.tap(step)
    return visit, chats


def _microseconds(loop: asyncio.Runner, ours: AtWork, visit: Visit, visitors: Iterator[int]) -> float:
    return loop.run(_taps(ours, visit, [next(visitors) for _ in range(A_ROUND)]))


async def _taps(ours: AtWork, visit: Visit, chats: list[int]) -> float:
    """Microseconds a tap, from the update to the reply."""
    visits = [visit.taps_of(chat) for chat in chats]
    begun = time.perf_counter()
    for steps in zip(*visits, strict=True):
        for step in steps:
            await ours.tap(step)
    seconds = time.perf_counter() - begun
    await ours.at_rest()
    return seconds / len(chats) / len(visit.taps) * 1e6
