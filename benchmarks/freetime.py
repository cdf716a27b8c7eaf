"""What it costs to look up the free times of a month, where few and where very many visits are in the diary.

A look-up is what a tap on a visit asks for: what is taken is read from the database, and the practice's hours, its
holidays and every start on its grid are held against it. The month has ten visits in it, or as many as fit; the others
lie before it, years back, and behind it.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice
from pathlib import Path
from statistics import median

from sqlalchemy import make_url

from benchmarks import databases
from benchmarks.at_work import practice
from benchmarks.report import Target, in_turns, table
from benchmarks.strangers import move_in
from bot.flows.diary import Diary
from bot.flows.flow import Turn
from bot.model import Account, Facts
from storage.database import open_database
from storage.vault import Vault
from storage.work import Pen

NOW = datetime(2027, 3, 1, 7, tzinfo=UTC)
MONTH = timedelta(days=30)
VISITS = (10, 1_000, 100_000)
A_ROUND = 40
MOST_MILLISECONDS = 5.0
HOUR = timedelta(hours=1)
APPOINTMENTS = 120
"""In the practitioner's own calendar: half an hour of every six."""


def run(rounds: int) -> None:
    """Prints the table."""
    diary = _diary()
    with ExitStack() as stack:
        contestants = {}
        for visits in VISITS:
            contestants[f"{visits:,} visits"] = stack.enter_context(_looks(diary, visits, 10))
        full = len(list(_in_the_month()))
        contestants[f"{VISITS[-1]:,}, a full month"] = stack.enter_context(_looks(diary, VISITS[-1], full))
        figures = in_turns(rounds, contestants)
    names = list(figures)
    targets = {name: Target(most=1.5) for name in names[1:3]}
    table("freetime: the free times of a month, SQLite", "us", figures, names[0], targets)
    for name in names:
        taken = median(figures[name]) / 1e3
        verdict = "reached" if taken <= MOST_MILLISECONDS else "MISSED"
        print(f"{name}: {taken:.2f} ms, wanted <= {MOST_MILLISECONDS:g} ms: {verdict}")


def _diary() -> Diary:
    """The example practice, its diary open for a month."""
    clinic = practice().content.clinic
    return Diary(replace(clinic, policies=replace(clinic.policies, horizon_days=MONTH.days)))


@contextmanager
def _looks(diary: Diary, visits: int, in_the_month: int) -> Iterator[partial[float]]:
    """Looks at a diary of so many visits."""
    clinic = diary.clinic
    with databases.sqlite() as url:
        pen = Pen(database := open_database(url), Vault([bytes(32)], bytes))
        with pen.work(NOW) as work:
            refs = [one.id for one in clinic.practitioners], [one.id for one in clinic.rooms]
            work.resources.sync(*refs, "practice", clinic.zone.key)
            begins = (NOW + number * 6 * HOUR for number in range(APPOINTMENTS))
            work.away.read_from_calendar(refs[0][0], ((start, start + HOUR / 2) for start in begins))
        file = Path(make_url(url).database or "")
        move_in(file, 1)
        _book(file, visits, in_the_month)
        try:
            yield partial(_microseconds, pen, diary)
        finally:
            pen.close()
            database.close()


def _in_the_month() -> Iterator[datetime]:
    """From opening to late, every hour."""
    for day in range(1, MONTH.days):
        for hour in range(9, 20):
            yield NOW.replace(hour=hour) + timedelta(days=day)


def _book(file: Path, visits: int, in_the_month: int) -> None:
    """Visits of an hour each: some in the month, of the others three in four before it, the rest behind it."""
    inside = list(_in_the_month())
    starts = inside[:: max(1, len(inside) // in_the_month)][:in_the_month]
    behind = (visits - in_the_month) // 4
    starts += islice((NOW + MONTH + 2 * timedelta(days=1) + number * HOUR for number in count()), behind)
    starts += islice((NOW - number * HOUR for number in count(1)), visits - in_the_month - behind)
    _insert(file, sorted(starts, reverse=True))


def _insert(file: Path, starts: Sequence[datetime]) -> None:
    """From the last to the first: whether one overlaps is asked of those before it."""
    with sqlite3.connect(file) as connection:
        (patient,) = connection.execute("SELECT min(id) FROM patient").fetchone()
        resources = dict(connection.execute("SELECT kind, id FROM resource"))
        for number, start in enumerate(starts, 1):
            begins, ends = (round(one.timestamp() * 1e6) for one in (start, start + HOUR))
            connection.execute(
                "INSERT INTO booking"
                " (id, patient_id, visit, practitioner_id, starts_at, ends_at, zone, state, uid, made_at)"
                " VALUES (?, ?, 'follow-up', ?, ?, ?, 'Europe/London', 'booked', ?, 0)",
                (number, patient, resources["practitioner"], begins, ends, str(number)),
            )
            connection.executemany(
                "INSERT INTO occupancy (resource_id, starts_at, ends_at, booking_id) VALUES (?, ?, ?, ?)",
                [(resource, begins, ends, number) for resource in resources.values()],
            )
    connection.close()


def _microseconds(pen: Pen, diary: Diary) -> float:
    """A look-up, the median of some in a transaction of their own."""
    taken = []
    account = Account(1, 1, "en")
    with pen.work(NOW) as work:
        for _ in range(A_ROUND):
            begun = time.perf_counter()
            busy, off = work.occupancies.busy(diary.window, account.id), work.away.within(diary.window)
            facts = Facts(NOW, account, busy=busy, off=off)
            free = list(diary.free(Turn("booking", "visit", facts, {"visit": "follow-up"})))
            taken.append(time.perf_counter() - begun)
            assert free
    return median(taken) * 1e6
