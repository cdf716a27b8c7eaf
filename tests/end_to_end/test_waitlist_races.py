"""What opens is offered to one person at a time, in their order, to nobody twice, and never booked twice: whoever ticks
the clock, answers, or wants the same time meanwhile, in however many processes."""

import multiprocessing
import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import make_url, text

from storage.database import open_database
from tests.end_to_end.waiters import NOW, STARTS, Waiters, rows

WAITING, RIVALS, HOLDERS = range(2001, 2013), range(3001, 3007), range(4001, 4003)
PROCESSES = 3
ROUNDS = {"long": 30, "short": 3}
PHASES = 300
TIME_TO_ANSWER = timedelta(minutes=25)
"""An offer stands for an hour: people have two chances to answer while it does, and one when it has just ended."""
SEED = 20_260_305
MICROSECONDS = 1_000_000


def at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment / MICROSECONDS, UTC)


class Clock:
    """One for all processes."""

    def __init__(self) -> None:
        self.value = multiprocessing.get_context("spawn").Value("q", 0)
        self.set(NOW)

    def set(self, to: datetime) -> None:
        self.value.value = int(to.timestamp() * MICROSECONDS)

    def now(self) -> datetime:
        return at(self.value.value)


@pytest.mark.prove
def test_at_one_reception_every_opening_goes_to_one_after_the_other(
    database_url: str, short_proof: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, made, begun = Clock(), [], perf_counter()
    with moved_in(database_url, clock) as everybody:
        for number in range(ROUNDS["short" if short_proof else "long"]):
            chance = random.Random(SEED + number)
            begin(database_url, everybody, clock)
            for _ in range(PHASES):
                everybody.phase(chance)
                if not goes_on(database_url, clock):
                    break
            made.append(holds_its_promises(database_url))
    report(capsys, database_url, 1, made, perf_counter() - begun)


@pytest.mark.prove
def test_at_three_processes_every_opening_goes_to_one_after_the_other(
    postgres_database: str, short_proof: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    clock, made, begun = Clock(), [], perf_counter()
    spawn = multiprocessing.get_context("spawn")
    at_once, last = spawn.Barrier(PROCESSES + 1), spawn.Value("b", 0)
    processes = [
        spawn.Process(target=at_work, args=(postgres_database, number, clock.value, at_once, last))
        for number in range(PROCESSES)
    ]
    with moved_in(postgres_database, clock) as everybody:
        for process in processes:
            process.start()
        try:
            for _ in range(ROUNDS["short" if short_proof else "long"]):
                begin(postgres_database, everybody, clock)
                for _ in range(PHASES):
                    at_once.wait(120)  # everybody begins the phase
                    at_once.wait(120)  # and has ended it
                    if not goes_on(postgres_database, clock):
                        break
                made.append(holds_its_promises(postgres_database))
        finally:
            last.value = 1
            at_once.abort()
            for process in processes:
                process.join(60)
    report(capsys, postgres_database, PROCESSES, made, perf_counter() - begun)


def at_work(url: str, number: int, value: Any, at_once: Barrier, last: Any) -> None:
    """A process with a reception, and every third of everybody."""
    chance, own = random.Random(SEED * 10 + number), (WAITING[number::PROCESSES], RIVALS[number::PROCESSES])
    with Waiters(url, *own, f"run{number}", lambda: at(value.value)) as waiters, suppress(threading.BrokenBarrierError):
        while not last.value:
            at_once.wait(120)
            waiters.phase(chance)
            at_once.wait(120)


@contextmanager
def moved_in(url: str, clock: Clock) -> Iterator[Waiters]:
    """The reception of somebody who sees to it that all have agreed and sent their assessments."""
    with Waiters(url, (*WAITING, *HOLDERS), RIVALS, "first", clock.now) as first:
        first.open_the_practice()
        first.move_in()
    with Waiters(url, WAITING, RIVALS, "all", clock.now) as everybody:
        yield everybody


def begin(url: str, everybody: Waiters, clock: Clock) -> None:
    """An empty diary, everybody in line, and two times given back: their undo has just lapsed."""
    clock.set(NOW)
    wiped(url)
    everybody.line_up_to_wait()
    everybody.give_back(HOLDERS)
    clock.set(NOW + timedelta(minutes=3))


def wiped(url: str) -> None:
    database = open_database(url)
    with database.connect() as connection, database.write(connection):
        for table in ("offer", "opening", "occupancy", "waiting"):
            connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text("UPDATE booking SET state = 'cancelled'"))
    database.close()


def goes_on(url: str, clock: Clock) -> bool:
    """The clock goes on, to whatever is due next at most, if anything is before the last of the times."""
    ((due,),) = rows(url, "SELECT min(due_at) FROM opening")
    if due is None or at(due) >= max(STARTS):
        return False
    clock.set(max(min(at(due), clock.now() + TIME_TO_ANSWER), clock.now()))
    return True


def holds_its_promises(url: str) -> tuple[int, int]:
    """How many offers were made and how many taken, all as promised."""
    assert rows(url, "SELECT count(*) FROM set_aside") == [(0,)]
    overlaps = """SELECT count(*) FROM booking AS one JOIN booking AS other ON one.id < other.id
        AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
        WHERE one.state <> 'cancelled' AND other.state <> 'cancelled'"""
    assert rows(url, overlaps) == [(0,)]
    openings = [opening for (opening,) in rows(url, "SELECT id FROM opening ORDER BY id")]
    assert len(openings) == len(STARTS)
    untils = {(o, a): until for o, a, until in rows(url, "SELECT opening_id, account_id, until FROM offer")}
    taken_by = rows(url, "SELECT account_id, starts_at FROM offer WHERE state = 'taken'")
    ranks = dict(
        rows(url, "SELECT account.id, chat_id FROM account WHERE chat_id BETWEEN 2001 AND 2999 ORDER BY chat_id")
    )
    # Of this round alone: an opening has an id of its own.
    deeds = [
        (moment, account, deed.removeprefix("waitlist."), int(subject.removeprefix("opening:")))
        for moment, account, deed, subject in rows(
            url, "SELECT at, account_id, deed, subject FROM audit WHERE deed LIKE 'waitlist.%' ORDER BY id"
        )
        if subject.startswith("opening:") and int(subject.removeprefix("opening:")) in openings
    ]
    out: dict[int, int] = {}
    asked: dict[int, list[int]] = {opening: [] for opening in openings}
    kept_until: dict[int, int] = {}
    left: set[int] = set()
    for moment, account, deed, opening in deeds:
        if deed == "offer":
            assert opening not in out, "it is offered to one at a time"
            assert account not in out.values(), "nobody is offered two at once"
            assert account not in asked[opening], "nobody is asked twice"
            ahead = [one for one in ranks if ranks[one] < ranks[account] and one not in left]
            for one in ahead:
                # Whoever is ahead was asked, or kept something else just then.
                assert one in asked[opening] or kept_until.get(one, 0) > moment, "in their order"
            out[opening] = account
            asked[opening].append(account)
            kept_until[account] = untils[opening, account]
        else:
            assert out.pop(opening) == account, "who answers has the offer"
            if deed == "taken":
                left.add(account)
    assert not out, "every offer has come to its end"
    assert len(taken_by) == len(left) <= len(STARTS)
    for account, start in taken_by:
        booked = rows(
            url,
            "SELECT count(*) FROM booking JOIN account_patient ON account_patient.patient_id = booking.patient_id"
            f" WHERE account_id = {account} AND starts_at = {start} AND state = 'booked'",
        )
        assert booked == [(1,)], "who takes it has it"
    return sum(map(len, asked.values())), len(left)


def report(
    capsys: pytest.CaptureFixture[str], url: str, processes: int, made: list[tuple[int, int]], seconds: float
) -> None:
    offers, taken = (sum(each) for each in zip(*made, strict=True))
    assert taken, "the proof proves nothing where nobody takes anything"
    with capsys.disabled():
        print(  # noqa: T201 - the figures of the proof
            f"\n{make_url(url).get_backend_name()}, {processes} process(es): {len(made)} rounds of {len(STARTS)}"
            f" openings, {len(WAITING)} waiting and {len(RIVALS)} rivals: {offers} offers, {taken} taken,"
            f" each to one at a time and in order, no overlap,"
            f" {seconds:.0f} s [load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores]"
        )
