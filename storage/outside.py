"""Calendars of practitioners' own, which busy times are taken from: where they lie, and what was found there."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, insert, or_, select, update

from bot.model import DropCalendar, Errand, KeepCalendar, MarkCalendar, OutsideCalendar, Reading
from storage.resources import Resources
from storage.tables import account, booking, outside_calendar, resource, staff
from storage.timeoff import TimesOff
from storage.transaction import PRACTICE, Actor, Transaction

EVERY = timedelta(minutes=15)
"""How often a calendar is looked at."""
_BEHIND = timedelta(days=2)
"""A visit that began earlier is not looked for in anybody's calendar."""

_ALL = outside_calendar.c
_ROW = select(outside_calendar).join(resource, resource.c.id == _ALL.practitioner_id)
_OF = _ROW.where(resource.c.kind == "practitioner", resource.c.ref == bindparam("practitioner"))
_DUE = (
    select(outside_calendar, account.c.chat_id)
    .join(resource, resource.c.id == _ALL.practitioner_id)
    .join(staff, staff.c.ref == resource.c.ref)
    .join(account, account.c.id == staff.c.account_id)
    .where(
        staff.c.role == "practitioner",
        staff.c.revoked_at.is_(None),
        account.c.chat_id.is_not(None),
        or_(_ALL.tried_at.is_(None), _ALL.tried_at <= bindparam("before")),
    )
    .order_by(_ALL.tried_at, staff.c.id)
)
_OWN = select(booking.c.uid).where(
    booking.c.practitioner_id == bindparam("practitioner"), booking.c.starts_at > bindparam("since")
)
_ADD = insert(outside_calendar)
_DROP = delete(outside_calendar).where(_ALL.practitioner_id == bindparam("practitioner"))
_MARK = (
    update(outside_calendar)
    .where(_ALL.practitioner_id == bindparam("practitioner"))
    .values(
        revision=bindparam("revision_now"),
        body=bindparam("body_now"),
        tried_at=bindparam("tried_now"),
        read_at=bindparam("read_now"),
        failures=bindparam("failures_now"),
        trouble=bindparam("trouble_now"),
        told=bindparam("told_now"),
    )
)


class OutsideCalendars:
    """A row is a practitioner's own calendar; one that changes anything of it counts its revision up."""

    def __init__(self, transaction: Transaction, resources: Resources, away: TimesOff) -> None:
        self._tx = transaction
        self._resources = resources
        self._away = away

    def of(self, actor: Actor) -> OutsideCalendar | None:
        """The calendar of a practitioner's own, without its address."""
        row = self._row(actor)
        if row is None:
            return None
        host = urlsplit(self._opened(row)["url"]).hostname or ""
        return OutsideCalendar(
            host, row.revision, row.made_at, row.tried_at, row.read_at, row.failures, row.trouble, row.told
        )

    def keep(self, actor: Actor, effect: KeepCalendar) -> None:
        """What was taken from another calendar before goes with it."""
        if actor.practitioner is None:
            return
        self.drop(actor, DropCalendar())
        tx, practitioner = self._tx, self._resources.locked("practitioner", actor.practitioner)
        revision = tx.first_revision()
        row = {
            "practitioner_id": practitioner,
            "revision": revision,
            "body": self._sealed(practitioner, revision, {"url": effect.url}),
            "made_at": tx.now,
            "failures": 0,
            "told": False,
        }
        tx.run(_ADD, row)
        tx.audit(actor.account.id, "outside.keep", f"practitioner:{actor.practitioner}")

    def drop(self, actor: Actor, effect: DropCalendar) -> None:
        if (ref := actor.practitioner) is None:
            return
        if self._tx.count(_DROP, {"practitioner": self._resources.locked("practitioner", ref)}):
            self._away.read_from_calendar(ref, ())
            self._tx.audit(actor.account.id, "outside.drop", f"practitioner:{ref}")

    def mark(self, actor: Actor, effect: MarkCalendar) -> None:
        """Left alone where it is another calendar by now, or was looked at by somebody else."""
        row = self._row(actor)
        if actor.practitioner is None or row is None or row.revision != effect.revision:
            return
        tx, reading, known = self._tx, effect.reading, dict(self._opened(row))
        if reading is not None:
            known = {"url": known["url"], **_told(reading)}
            if reading.busy is not None:
                self._away.read_from_calendar(actor.practitioner, reading.busy)
        revision = row.revision + 1
        marked = {
            "practitioner": row.practitioner_id,
            "revision_now": revision,
            "body_now": self._sealed(row.practitioner_id, revision, known),
            "tried_now": tx.now,
            "read_now": row.read_at if reading is None else tx.now,
            "failures_now": row.failures + 1 if reading is None else 0,
            "trouble_now": effect.trouble,
            "told_now": effect.told,
        }
        tx.run(_MARK, marked)

    def due(self) -> list[Errand]:
        """The calendars nobody has looked at for a while, of practitioners who are linked: what it takes to do so."""
        tx, errands = self._tx, {}
        for row in tx.rows(_DUE, {"before": tx.now - EVERY}):
            if row.practitioner_id not in errands:
                errands[row.practitioner_id] = self._errand(row)
        return list(errands.values())

    def _errand(self, row: Any) -> Errand:
        known = self._opened(row)
        own = self._tx.rows(_OWN, {"practitioner": row.practitioner_id, "since": self._tx.now - _BEHIND})
        full_at = known.get("full_at")
        return Errand(
            row.chat_id,
            row.revision,
            known["url"],
            known.get("marks", {}),
            known.get("digest", ""),
            datetime.fromisoformat(full_at) if full_at else None,
            frozenset(uid for (uid,) in own),
        )

    def _row(self, actor: Actor) -> Any:
        return None if actor.practitioner is None else self._tx.row(_OF, {"practitioner": actor.practitioner})

    def _opened(self, row: Any) -> Mapping[str, Any]:
        opened = self._tx.open(PRACTICE, "outside_calendar", row.practitioner_id, row.revision, "body", row.body)
        known: Mapping[str, Any] = json.loads(opened)
        return known

    def _sealed(self, practitioner: int, revision: int, known: Mapping[str, Any]) -> bytes:
        said = json.dumps(known).encode()
        return self._tx.seal(PRACTICE, "outside_calendar", practitioner, revision, "body", said)


def _told(reading: Reading) -> dict[str, Any]:
    full_at = reading.full_at.isoformat() if reading.full_at else None
    return {"marks": dict(reading.marks), "digest": reading.digest, "full_at": full_at}
