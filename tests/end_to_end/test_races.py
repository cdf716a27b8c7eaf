"""Two people never get the same time, whatever happens: many who book at once, on many receptions, on a bad line."""

import multiprocessing
import os
import shutil
import socket
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import perf_counter
from typing import Any, get_args

import pytest
from sqlalchemy import make_url, text

from bot.reception.writer import Away
from storage.database import open_database
from tests.end_to_end.bookers import ASKING, Answered, Bookers, Kind

BOOKERS = 50
PROCESSES = 3
ROUNDS = {"long": 200, "short": 5}
PAIRS = {"long": 300, "short": 20}
MARIA = 1001
CHATS = range(MARIA, MARIA + BOOKERS)
KINDS: tuple[Kind, ...] = get_args(Kind)
BOOK = f"q:booking:confirm:book:{ASKING}"

Rows = Sequence[tuple[Any, ...]]


@pytest.mark.prove
@pytest.mark.parametrize("kind", KINDS)
def test_of_fifty_at_one_reception_exactly_one_gets_the_time(
    database_url: str, kind: Kind, short_proof: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = ROUNDS["short" if short_proof else "long"]
    answers, begun = [], perf_counter()
    with Bookers(database_url, CHATS) as bookers:
        bookers.open_the_practice()
        bookers.move_in()
        for _ in range(rounds):
            empty(database_url)
            answers.append(bookers.race(bookers.line_up(kind)))
            one_of(answers[-1], database_url)
    with capsys.disabled():
        report(f"{make_url(database_url).get_backend_name()}, 1 process, {kind}", answers, perf_counter() - begun)


@pytest.mark.prove
@pytest.mark.parametrize("kind", KINDS)
def test_of_fifty_at_three_processes_exactly_one_gets_the_time(
    postgres_database: str, kind: Kind, short_proof: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = ROUNDS["short" if short_proof else "long"]
    with Bookers(postgres_database, CHATS) as everybody:
        everybody.open_the_practice()
        everybody.move_in()
    spawn = multiprocessing.get_context("spawn")
    at_once, told = spawn.Barrier(PROCESSES + 1), spawn.Queue()
    processes = [
        spawn.Process(target=at_work, args=(postgres_database, number, kind, rounds, at_once, told))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    try:
        answers: list[list[Answered]] = []
        begun = 0.0
        for _ in range(rounds):
            empty(postgres_database)
            at_once.wait(60)  # everybody lines up
            begun = begun or perf_counter()
            at_once.wait(60)  # and races
            answers.append([one for _ in processes for one in told.get(timeout=60)])
            one_of(answers[-1], postgres_database)
        seconds = perf_counter() - begun
    finally:
        at_once.abort()
        for process in processes:
            process.join(60)
    with capsys.disabled():
        report(f"postgresql, {PROCESSES} processes, {kind}", answers, seconds)


def at_work(url: str, number: int, kind: Kind, rounds: int, at_once: Barrier, told: Any) -> None:
    """A process with a reception and every third patient."""
    with Bookers(url, CHATS[number::PROCESSES], f"run{number}") as bookers, suppress(threading.BrokenBarrierError):
        for _ in range(rounds):
            at_once.wait(60)
            arrivals = bookers.line_up(kind)
            at_once.wait(60)
            told.put(bookers.race(arrivals))


def test_two_devices_book_once(database_url: str) -> None:
    pairs_book_once(database_url, 5)


@pytest.mark.prove
def test_two_devices_book_once_three_hundred_times(
    database_url: str, short_proof: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs, begun = PAIRS["short" if short_proof else "long"], perf_counter()
    pairs_book_once(database_url, pairs)
    with capsys.disabled():
        name = make_url(database_url).get_backend_name()
        print(  # noqa: T201 - the figures of the proof
            f"\n{name}: {pairs} pairs of taps on Book it, one booking each, in {perf_counter() - begun:.1f} s"
        )


def pairs_book_once(url: str, pairs: int) -> None:
    """One patient taps on two devices at once; on PostgreSQL each tap comes to a reception of its own."""
    with ExitStack() as receptions:
        first = receptions.enter_context(Bookers(url, [MARIA], "first"))
        shared = make_url(url).get_backend_name() == "postgresql"
        second = receptions.enter_context(Bookers(url, [MARIA], "second")) if shared else first
        first.open_the_practice()
        first.move_in()
        for _ in range(pairs):
            empty(url)
            (tap,) = first.line_up("one time")
            futures = [first.reception.receive([tap]), second.reception.receive([second.tap(MARIA, BOOK)])]
            for future in futures:
                future.result(20)
            assert rows(url, "SELECT count(*) FROM booking WHERE state <> 'cancelled'") == [(1,)]
    assert rows(url, "SELECT count(*) FROM booking") == [(pairs,)]
    assert rows(url, "SELECT count(*) FROM set_aside") == [(0,)]


def test_a_commit_whose_reply_is_lost_books_once(postgres_database: str) -> None:
    with bad_line(postgres_database) as (url, line), Bookers(url, [MARIA]) as bookers:
        bookers.open_the_practice()
        bookers.move_in()
        (tap,) = bookers.line_up("one time")
        line.cuts.set()
        with pytest.raises(Away):
            bookers.reception.receive([tap]).result(20)
        assert not line.cuts.is_set(), "the line was cut at the COMMIT"
        assert rows(postgres_database, "SELECT state FROM booking") == [("booked",)]
        bookers.reception.receive([tap]).result(20)
        waiting = [parcel.body.get("text", "") for parcel in bookers.reception.claim(10).result(20)]
        assert sum("Your visit is booked" in words for words in waiting) == 1
        (again,) = bookers.race([bookers.tap(MARIA, BOOK)])
        assert again.told == "stale"
    one_booking(postgres_database)


def test_a_commit_whose_process_died_books_once(database_url: str) -> None:
    with Bookers(database_url, [MARIA]) as before:
        before.open_the_practice()
        before.move_in()
        (tap,) = before.line_up("one time")
        before.reception.receive([tap]).result(20)
    with Bookers(database_url, [MARIA], "another run") as after:
        after.reception.receive([tap]).result(20)
    one_booking(database_url)


def one_booking(url: str) -> None:
    assert rows(url, "SELECT state FROM booking") == [("booked",)]
    assert rows(url, "SELECT count(*) FROM occupancy") == [(2,)]
    assert rows(url, "SELECT count(*) FROM set_aside") == [(0,)]


def one_of(answers: Sequence[Answered], url: str) -> None:
    """One won; the others were told that the time has gone; nobody's tap was set aside."""
    told = Counter(one.told for one in answers)
    assert told["won"] == 1, told
    assert told["gone"] + told["full"] == BOOKERS - 1, told
    assert rows(url, "SELECT count(*) FROM occupancy") == [(2,)]
    assert rows(url, "SELECT count(*) FROM set_aside") == [(0,)]


def empty(url: str) -> None:
    """The diary, as before anybody booked."""
    database = open_database(url)
    with database.connect() as connection, database.write(connection):
        connection.execute(text("DELETE FROM occupancy"))
        connection.execute(text("UPDATE booking SET state = 'cancelled'"))
    database.close()


def rows(url: str, query: str) -> Rows:
    database = open_database(url)
    with database.read() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    database.close()
    return found


def report(name: str, answers: Sequence[Sequence[Answered]], seconds: float) -> None:
    took = sorted(one.seconds * 1000 for answered in answers for one in answered)
    middle, late = took[len(took) // 2], took[len(took) * 99 // 100]
    print(  # noqa: T201 - the figures of the proof
        f"\n{name}: {len(answers)} races of {BOOKERS}, one winner each, {len(answers) / seconds:.1f} a second; "
        f"an answer {middle:.0f} ms, p99 {late:.0f} ms (to reach: 500), worst {took[-1]:.0f} ms "
        f"[load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores]"
    )


# --- a line that breaks ---


class Line:
    """Carries bytes to PostgreSQL's socket and back. While `cuts` is set, the reply to the next COMMIT is lost."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.cuts = threading.Event()
        self._server = server
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / server.name))
        self._door.listen()
        threading.Thread(target=self._open, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _open(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._server))
                lost = threading.Event()
                threading.Thread(target=self._there, args=(client, server, lost), daemon=True).start()
                threading.Thread(target=self._back, args=(server, client, lost), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError), client, server:
            while said := client.recv(1 << 16):
                if self.cuts.is_set() and b"COMMIT" in said:
                    lost.set()
                server.sendall(said)

    def _back(self, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while said := server.recv(1 << 16):
                if lost.is_set():
                    break
                client.sendall(said)
        if lost.is_set():
            self.cuts.clear()
        for one in (client, server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def bad_line(url: str) -> Iterator[tuple[str, Line]]:
    """The address of the database by way of a line, and the line."""
    # A socket's path may be 104 bytes long on macOS: the test's own folder would be too deep.
    folder = Path(tempfile.mkdtemp(prefix="acuback-", dir="/tmp"))
    address = make_url(url)
    line = Line(folder, Path(str(address.query["host"])) / ".s.PGSQL.5432")
    try:
        yield address.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False), line
    finally:
        line.close()
        shutil.rmtree(folder)
