"""A hundred thousand tips due at nine: how fast they are claimed, what a tap waits meanwhile, and what a row costs
where few and where very many have a plan.

Claimed is: taken from the database, tailored, written into the outbox, and the next one planned, all committed. Each
patient has an assessment of their own; what it says of them was read for an earlier tip, as it is for all but the
first.
Smaller, for a look: `ACUBACK_BENCHMARK_DUE=5000`, `ACUBACK_BENCHMARK_PLANS=20000`. They are made anew at every run, the
million in about ten minutes.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

from benchmarks import databases
from benchmarks.at_work import practice, reception_of
from benchmarks.planners import Planners, move_in
from benchmarks.report import Target, in_turns, load, table
from bot.model import Arrival, Command, Parcel
from bot.reception import Reception
from storage.database import open_database, parse_url, sqlite_file

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
MOVED_IN = NINE - timedelta(weeks=3)
TELEGRAM = 30
"""Messages a second, to all chats together (core.telegram.org/bots/faq#broadcasting-to-users)."""
WANTED = 20 * TELEGRAM
MOST_WAIT = 0.3
DUE = int(os.environ.get("ACUBACK_BENCHMARK_DUE", "100000"))
PLANS = int(os.environ.get("ACUBACK_BENCHMARK_PLANS", "1000000"))
FEW = 1_000
A_ROUND = 128
"""About so many are due in a round of the second table."""
TAPS = 20
"""A second, each from somebody else, while the tips are claimed."""


def run(rounds: int) -> None:
    """Prints both."""
    for kind in (databases.sqlite, databases.postgresql):
        with kind() as url:
            _nine_o_clock(url, kind.__name__, DUE)
    with ExitStack() as stack:
        contestants: dict[str, Callable[[], float]] = {}
        for plans in (FEW, PLANS):
            url = stack.enter_context(databases.sqlite())
            due = stack.enter_context(_due_of(url, plans, rounds))
            contestants[f"{plans:,} plans"] = _in_memory(url, due)
        figures = in_turns(rounds, contestants)
    few, many = figures
    table("plan: a tip that is due, from claim to commit, SQLite", "us", figures, few, {many: Target(most=1.5)})


def _nine_o_clock(url: str, name: str, due: int) -> None:
    database = open_database(url)
    begun = time.perf_counter()
    move_in(database, Planners(1, due, NINE, MOVED_IN))
    print(f"\n{name}: {due:,} with a plan, moved in in {time.perf_counter() - begun:.0f} s", flush=True)
    with _reception(url, lambda: NINE) as reception:
        waits: list[float] = []
        seconds, on_cpu, decided = asyncio.run(_while_people_tap(reception, waits))
        begun, claimed = time.perf_counter(), 0
        while parcels := reception.claim(500).result(60):
            claimed += len(parcels)
            for parcel in parcels:
                reception.settled(parcel, "sent", message_id=1)
        carried = time.perf_counter() - begun
    assert decided == claimed == due, (decided, claimed, due)
    waits.sort()
    late = waits[len(waits) * 99 // 100]
    _tell(f"{name}: {due:,} claimed in {seconds:.0f} s", decided / seconds, f"{decided / on_cpu:,.0f} a second of CPU")
    _tell(f"{name}: handed to the courier in {carried:.0f} s", claimed / carried, "")
    verdict = "reached" if late <= MOST_WAIT else "MISSED"
    print(
        f"{name}: {len(waits)} taps meanwhile: median {waits[len(waits) // 2] * 1000:.0f} ms, "
        f"p99 {late * 1000:.0f} ms, "
        f"worst {waits[-1] * 1000:.0f} ms, wanted <= {MOST_WAIT * 1000:.0f} ms: {verdict}   {load()}",
        flush=True,
    )
    database.close()


def _tell(what: str, rate: float, besides: str) -> None:
    verdict = "reached" if rate >= WANTED else "MISSED"
    print(f"{what}: {rate:,.0f} rows a second, wanted >= {WANTED}: {verdict}   {besides}", flush=True)


async def _while_people_tap(reception: Reception, waits: list[float]) -> tuple[float, float, int]:
    """Everything that is due, while strangers write to the bot: the seconds it took, those of the processor, and how
    many were decided."""
    updates = count(1)
    waiting: set[asyncio.Task[None]] = set()

    async def tap(number: int) -> None:
        begun = time.perf_counter()
        arrival = Arrival(9_000_000_000 + number, Command("help"), bot_id=1, update_id=number, locale="en")
        await asyncio.wrap_future(reception.receive([arrival]))
        waits.append(time.perf_counter() - begun)

    begun, on_cpu = time.perf_counter(), time.process_time()
    due = asyncio.ensure_future(asyncio.wrap_future(reception.due()))
    while not due.done():
        task = asyncio.create_task(tap(next(updates)))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
        await asyncio.wait([due], timeout=1 / TAPS)
    decided = await due
    seconds, on_cpu = time.perf_counter() - begun, time.process_time() - on_cpu
    await asyncio.gather(*waiting)
    return seconds, on_cpu, decided


@contextmanager
def _due_of(url: str, plans: int, rounds: int) -> Iterator[Callable[[], float]]:
    """Some of the plans are due in each round, and in one before them: they lie evenly among the others."""
    database = open_database(url)
    begun = time.perf_counter()
    batches = rounds + 1
    a_round = min(A_ROUND, plans // batches)
    every = plans // batches // a_round
    for first in range(1, plans + 1, every * a_round):
        batch = min(every * a_round, plans + 1 - first)
        nth = (first - 1) // (every * a_round)
        move_in(database, Planners(first, batch, NINE + nth * timedelta(minutes=1), MOVED_IN, due_of_each=every))
    print(f"\n{plans:,} plans in {time.perf_counter() - begun:.0f} s", end="", flush=True)
    now = NINE - timedelta(minutes=1)

    def minute() -> datetime:
        return now

    with _reception(url, minute) as reception:

        def a_tip() -> float:
            nonlocal now
            now += timedelta(minutes=1)
            begun = time.process_time()
            decided = reception.due().result(120)
            assert decided
            return (time.process_time() - begun) / decided * 1e6

        a_tip()  # fills the database's cache, as the days before have where it runs
        yield a_tip
    database.close()


def _in_memory(url: str, contestant: Callable[[], float]) -> Callable[[], float]:
    """The same, after the file was read through: the system holds it, and nothing has to come from the disk."""

    def measured() -> float:
        with sqlite_file(parse_url(url)).open("rb") as file:
            while file.read(1 << 20):
                pass
        return contestant()

    return measured


@contextmanager
def _reception(url: str, now: Callable[[], datetime]) -> Iterator[Reception]:
    database, own = open_database(url), practice()

    def hand_over(parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            reception.settled(parcel, "sent", message_id=1)

    reception = reception_of(database, own, now=now, run_id="benchmark", hand_over=hand_over)
    reception.start()
    try:
        yield reception
    finally:
        reception.stop()
        database.close()
