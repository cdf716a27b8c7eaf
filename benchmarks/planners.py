"""Patients with a plan, each with an assessment that was sent: rows as the house writes them, sealed with keys of their
own, so that whoever is due is opened, tailored to and written to in earnest. What they answered was read for an earlier
tip and nothing was answered since, so nobody opens the answers: they are left out."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert, text

from benchmarks.at_work import KEY, practice
from bot.flows.tips import Tips
from bot.model import Conversation
from storage import tables
from storage.database import Database
from storage.transaction import Transaction
from storage.vault import KeyRing, Vault

A_BATCH = 500
FIRST_CHAT = 3_000_000_000
DAYS = "0123456"


@dataclass(frozen=True, slots=True)
class Planners:
    """So many patients, from one id on, whose next advice is due at `due_at`."""

    first: int
    count: int
    due_at: datetime
    now: datetime
    zone: str = "Europe/London"
    due_of_each: int = 1
    """One of so many is due then; the others, a day later."""


def move_in(database: Database, planners: Planners) -> None:
    """Adds them; whoever comes after gets an id behind theirs."""
    numbers = iter(range(planners.first, planners.first + planners.count))
    with database.connect() as connection:
        while batch := list(islice(numbers, A_BATCH)):
            with database.write(connection):
                _add(connection, batch, planners)
        if database.dialect == "postgresql":
            with database.write(connection):
                for name in ("account", "patient", "episode", "response"):
                    behind = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"
                    connection.execute(text(behind))


def _add(connection: Connection, numbers: Sequence[int], planners: Planners) -> None:
    vault, ring = Vault([KEY], os.urandom), KeyRing()
    tx = Transaction(connection, vault, ring, planners.now, "benchmark")
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for number in numbers:
        for table, row in _rows(tx, number, planners):
            rows.setdefault(table, []).append(row)
    for table, added in rows.items():
        connection.execute(insert(tables.metadata.tables[table]), added)
    tx.finish()


def _rows(tx: Transaction, number: int, planners: Planners) -> Iterator[tuple[str, Mapping[str, Any]]]:
    at, owner = planners.now, f"patient:{number}"
    account = {"id": number, "chat_id": FIRST_CHAT + number, "locale": "en", "made_at": at}
    yield "account", account
    spoken = tx.seal(f"account:{number}", "conversation", number, 1, "body", Conversation(heard_at=at).dumps())
    yield "conversation", {"account_id": number, "version": 1, "body": spoken}
    for purpose in ("intake", "reminders"):
        agreed = {"account_id": number, "purpose": purpose, "words": bytes(32), "locale": "en", "given_at": at}
        yield "consent", agreed
    name = tx.seal(owner, "patient", number, 1, "body", b'{"name":"Ann Example"}')
    yield "patient", {"id": number, "state": "active", "revision": 1, "body": name, "made_at": at}
    yield "account_patient", {"account_id": number, "patient_id": number}
    yield "episode", {"id": number, "patient_id": number, "opened_at": at}
    form = practice().content.form
    yield (
        "response",
        {
            "id": number,
            "patient_id": number,
            "episode_id": number,
            "kind": "intake",
            "form": form.canonical,
            "status": "completed",
            "revision": 1,
            "started_at": at,
            "touched_at": at,
            "submitted_at": at,
        },
    )
    sealed = tx.seal(owner, "flag", number, 1, "body", b"[]")
    yield "flag", {"response_id": number, "patient_id": number, "revision": 1, "body": sealed}
    read = {
        "out": [],
        "held": False,
        "done": {},
        "sent": {},
        "tags": [],
        "lines": [],
        "of": f"{_edition()}:{((number, 1),)}",
    }
    body = tx.seal(owner, "plan", number, 1, "body", json.dumps(read).encode())
    yield (
        "plan",
        {
            "patient_id": number,
            "account_id": number,
            "days": DAYS,
            "at": time(9).isoformat("minutes"),
            "zone": planners.zone,
            "state": "on",
            "weekly": 7,
            "begun_at": at,
            "ignored": 0,
            "revision": 1,
            "body": body,
        },
    )
    due_at = planners.due_at + (timedelta(days=1) if number % planners.due_of_each else timedelta())
    reminder = {"patient_id": number, "account_id": number, "kind": "advice", "due_at": due_at}
    yield "reminder", {**reminder, "state": "planned"}


@cache
def _edition() -> str:
    return Tips(practice().content).edition
