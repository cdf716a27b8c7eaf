"""A reception at work on a real database, with a trivial conversation in it."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from bot.markup import plain_text
from bot.model import Arrival, Conversation, Event, Facts, Message, Needs, Offer, Outcome, Parcel, Say, Tap, Text
from bot.practice.clinic import EXAMPLE, Clinic, read_clinic
from bot.reception import Reception
from storage.database import Database, open_database
from storage.vault import Vault
from storage.work import Pen

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = bytes(range(32))
SECRET = "my left ischium aches like a rusty gate"

Advance = Callable[[Conversation, Event, Facts], Outcome | Needs]


def clinic() -> Clinic:
    read, _ = read_clinic(EXAMPLE)
    assert read is not None
    return read


class PlainWords:
    """Every say is its key and its values."""

    def render(self, say: Say, locale: str, zone: str) -> Message:
        if say.key == "broken":
            raise KeyError("no such words")
        values = " ".join(f"{name}={value}" for name, value in say.values.items() if name != "document")
        rows = tuple(tuple((str(offer.label or offer.code), offer.data) for offer in row) for row in say.offers)
        return Message(f"<b>{say.key}</b> {values} [{locale} {zone}]", rows)

    def bare(self, say: Say, locale: str, zone: str) -> str:
        return say.key

    def plain(self, say: Say, locale: str, zone: str) -> str:
        return plain_text(self.render(say, locale, zone).text)

    def digest(self, key: str, locale: str) -> bytes:
        return hashlib.sha256(f"{key} {locale}".encode()).digest()


def echo(conversation: Conversation, event: Event, facts: Facts) -> Outcome | Needs:
    """Counts what it hears; 'poison' is one it cannot bear."""
    if isinstance(event, Text) and event.text == "poison":
        raise ZeroDivisionError("a fault in a flow")
    if isinstance(event, Text) and event.text == "no words":
        return Outcome(conversation, says=(Say("broken"),))
    if not isinstance(event, Text | Tap):
        return Outcome(conversation)
    heard = event.text if isinstance(event, Text) else event.data
    count = conversation.asking + 1
    after = Conversation(asking=count, labels=conversation.labels)
    offers = ((Offer("yes", f"q:{count}:yes", "Yes"),),)
    return Outcome(after, says=(Say("echo", {"heard": heard, "count": count}, offers),))


@dataclass
class Stage:
    """One reception and what it handed over."""

    reception: Reception
    database: Database
    sent: list[Parcel]
    now: datetime = START

    def hear(self, *arrivals: Arrival) -> list[Parcel]:
        """What is said to these arrivals, received together."""
        before = len(self.sent)
        self.reception.receive(arrivals).result(20)
        return self.sent[before:]

    def pass_time(self, by: timedelta) -> None:
        self.now += by

    def scalar(self, query: str) -> Any:
        with self.database.read() as connection:
            return connection.execute(text(query)).scalar()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@contextmanager
def staged(url: str, advance: Advance = echo, *, run_id: str = "run") -> Iterator[Stage]:
    """A reception on the database at `url`."""
    database = open_database(url)
    sent: list[Parcel] = []
    stage: Stage
    reception = Reception(
        database,
        Vault([KEY], os.urandom),
        advance=advance,
        words=PlainWords(),
        clinic=clinic(),
        now=lambda: stage.now,
        run_id=run_id,
        hand_over=sent.extend,
    )
    stage = Stage(reception, database, sent)
    reception.start()
    try:
        yield stage
    finally:
        reception.stop()
        database.close()


def said(chat: int, update: int, words: str) -> Arrival:
    return Arrival(chat, Text(words), bot_id=1, update_id=update, locale="en")


def tapped(chat: int, update: int, data: str) -> Arrival:
    return Arrival(chat, Tap(data, f"cb{update}", 50), bot_id=1, update_id=update, locale="en")


def texts(parcels: Iterable[Parcel]) -> list[str]:
    return [parcel.body.get("text", "") for parcel in parcels]


def pen(database: Database, run_id: str = "run") -> Pen:
    return Pen(database, Vault([KEY], os.urandom), run_id=run_id)
