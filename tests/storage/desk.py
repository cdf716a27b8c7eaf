"""What tests of what is kept stand on: a desk with its people, a visit, what somebody told."""

import hashlib
import os
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import text

from bot import model
from bot.model import Effect, Needs, Plan, Window
from storage.database import Database, open_database
from storage.dialogue import Dialogue
from storage.transaction import Actor
from storage.vault import Vault
from storage.work import Pen

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NINE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SECRET = "my left ischium aches like a rusty gate"
WEEKS = Window(timedelta(days=20), frozenset({"anna", "ben", "blue", "green"}))
FORM = "https://example.org/intake|1"
PLAN = Plan(frozenset({0, 3}), time(9), "Europe/London", "on", 2, START, left_out=frozenset({"sleep"}))


class Desk:
    """One database, and whoever comes to it."""

    def __init__(self, url: str) -> None:
        self.database: Database = open_database(url)
        self.pen = Pen(self.database, Vault([bytes(32)], os.urandom), run_id="run")
        self.now = START
        with self.pen.work(self.now) as work:
            work.resources.sync(["anna", "ben"], ["blue", "green"], "practice", "Europe/London")

    def run_anew(self) -> None:
        """As another process: with nothing at hand that was opened before."""
        self.pen.close()
        self.pen = Pen(self.database, Vault([bytes(32)], os.urandom), run_id="another")

    def close(self) -> None:
        self.pen.close()
        self.database.close()

    def person(self, chat: int) -> Dialogue:
        with self.pen.work(self.now) as work:
            dialogue = work.dialogues.by_chat({chat: "en"})[chat]
            if dialogue.version == 0:
                work.dialogues.save([dialogue])
            return dialogue

    def practitioner(self, chat: int) -> Dialogue:
        with self.pen.work(self.now) as work:
            work.people.make_invite(f"code{chat}", "practitioner", "anna", self.now + timedelta(days=1))
        invited = self.facts(self.person(chat), "invite", code=f"code{chat}")["invite"]
        self.does(self.person(chat), model.LinkStaff(invited))
        return self.person(chat)

    def does(self, who: Dialogue, *effects: Effect) -> None:
        with self.pen.work(self.now) as work:
            work.carry_out(effects, actor(who))

    def facts(self, who: Dialogue, *groups: str, **names: Any) -> dict[str, Any]:
        with self.pen.work(self.now) as work:
            return work.gather(Needs(frozenset(groups), **names), actor(who))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


def actor(who: Dialogue) -> Actor:
    return Actor(who.account, who.staff, lambda key, locale: hashlib.sha256(f"{key}{locale}".encode()).digest())


def visit(
    at: datetime = NINE, *, practitioner: str = "anna", room: str = "blue", replaces: int | None = None
) -> model.Book:
    ends = at + timedelta(minutes=45)
    return model.Book(
        "first", practitioner, room, at, ends, ends + timedelta(minutes=15), "Europe/London", "booked", "uid", replaces
    )


ASSESSED = (
    model.OpenRecord(FORM),
    model.SaveAnswer("pain/where", ({"valueString": SECRET},)),
    model.Identify(name="Ada Loveless", phone="+44 1632 960123"),
)
