"""Tips claimed by four processes on one PostgreSQL, of which one dies again and again."""

import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import pytest
from sqlalchemy import text

from benchmarks.at_work import reception_of
from benchmarks.planners import Planners, move_in
from bot.model import Parcel
from storage.database import open_database
from tests.house import practice

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
WORKERS = 4
DUE = {"long": 20_000, "short": 3_000}
KILLS = {"long": 40, "short": 8}
FASTER = 30
"""Seconds of theirs in one of ours: what a dead process had in hand is free again after half a minute."""
SEED = 7


@pytest.mark.prove
def test_of_what_four_processes_claim_none_is_lost_and_none_comes_twice_without_a_word(
    postgres_database: str, tmp_path: Path, short_proof: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    form = "short" if short_proof else "long"
    due, kills, chance, begun = DUE[form], KILLS[form], random.Random(SEED), perf_counter()
    database = open_database(postgres_database)
    move_in(database, Planners(1, due, NINE, NINE - timedelta(weeks=3)))
    spawn, heard, since = multiprocessing.get_context("spawn"), tmp_path / "heard", monotonic()
    names = iter(range(1_000))

    def hire() -> Any:
        worker = spawn.Process(target=at_work, args=(postgres_database, f"run{next(names)}", str(heard), since))
        worker.start()
        return worker

    workers = [hire() for _ in range(WORKERS)]
    try:
        killed = 0
        while left(database) or killed < kills:
            sleep(chance.uniform(0.5, 1.0))
            if killed < kills and heard.exists():
                assert all(worker.is_alive() for worker in workers)
                # The one that has been at work for longest.
                oldest = workers.pop(0)
                oldest.kill()
                oldest.join()
                workers.append(hire())
                killed += 1
            assert perf_counter() - begun < 600, "it does not come to an end"
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    lines = [line.split() for line in heard.read_text("utf-8").splitlines()]
    first = Counter(chat for chat, label in lines if label == "first")
    labelled = Counter(chat for chat, label in lines if label == "again")
    assert len(first | labelled) == due, "nobody is left out"
    assert max(first.values()) == 1, "nobody gets it twice without a word"
    states, fates = counted(database, "reminder"), counted(database, "outbox")
    with database.read() as connection:
        aside = connection.execute(text("SELECT count(*) FROM set_aside")).scalar()
    database.close()
    assert (states, fates, aside) == ({"sent": due, "planned": due}, {"sent": due}, 0)
    with capsys.disabled():
        print(  # noqa: T201 - the figures of the proof
            f"\n{WORKERS} processes, one killed {killed} times: {due} tips, 0 lost, 0 twice without a word, "
            f"{sum(labelled.values())} again with one; {perf_counter() - begun:.0f} s "
            f"[load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores]"
        )


def counted(database: Any, table: str) -> dict[str, int]:
    """How many rows stand in which state."""
    with database.read() as connection:
        rows = connection.execute(text(f"SELECT state, count(*) FROM {table} GROUP BY state"))
        return {row[0]: row[1] for row in rows}


def left(database: Any) -> int:
    """How much of it has not been sent yet."""
    with database.read() as connection:
        due = connection.execute(
            text("SELECT count(*) FROM reminder WHERE state = 'planned' AND due_at < :at"),
            {"at": int((NINE + timedelta(hours=1)).timestamp() * 1e6)},
        ).scalar()
        waiting = connection.execute(text("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')")).scalar()
    return int(due) + int(waiting)


def at_work(url: str, name: str, heard: str, since: float) -> None:
    """A process that claims and sends until it is killed. What it writes into the file, Telegram has shown."""
    database = open_database(url)

    def hand_over(parcels: Sequence[Parcel]) -> None:
        raise AssertionError("a tip is claimed, not handed over")

    def now() -> datetime:
        return NINE + (monotonic() - since) * timedelta(seconds=FASTER)

    reception = reception_of(database, practice(), now=now, run_id=name, hand_over=hand_over)
    reception.start()
    telegram = os.open(heard, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    due = reception.due()
    while True:
        if due.done():
            due = reception.due()
        for parcel in reception.claim(20).result(60):
            label = "again" if parcel.again and parcel.body.get("again_note") else "first"
            os.write(telegram, f"{parcel.chat_id} {label}\n".encode())
            reception.settled(parcel, "sent", message_id=1)
