"""Lifestyle advice: when it is wanted, and what of it went."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from bot.model import AddLine, Plan, SetPlan, SettleReminder
from storage.database import Conflict
from storage.people import PATIENTS_OF, People
from storage.reminders import Reminders
from storage.tables import data_key, key_of, plan
from storage.transaction import Actor, Transaction

_PLAN = select(plan)
_BY_PATIENT = _PLAN.where(plan.c.patient_id == bindparam("patient"))
_BY_PATIENTS = (
    _PLAN.add_columns(data_key.c.wrapped)
    .select_from(plan.outerjoin(data_key, key_of("patient", plan.c.patient_id)))
    .where(plan.c.patient_id.in_(bindparam("keys", expanding=True)))
)
_ADD = insert(plan)
_SAVE = (
    update(plan)
    .where(plan.c.patient_id == bindparam("patient"), plan.c.revision == bindparam("expected"))
    .values({column.name: bindparam(f"{column.name}_now") for column in plan.c if not column.primary_key})
)
_RUNNING = select(plan.c.patient_id).where(plan.c.state != "off").order_by(plan.c.patient_id)
_STOP = (
    update(plan)
    .where(
        plan.c.patient_id.in_(PATIENTS_OF),
        plan.c.account_id == bindparam("account"),
    )
    .values(state="off")
)
_DROP = delete(plan).where(plan.c.patient_id == bindparam("patient"))


@dataclass(frozen=True, slots=True)
class _Kept:
    """A plan as it stands in the database: `revision` 0 while it does not. `sent`: what went, and when last."""

    plan: Plan
    account_id: int
    revision: int
    sent: Mapping[str, datetime]


class Plans:
    """Plans. What is read stays at hand for the transaction, what changes is written at its end, all of it at once."""

    def __init__(self, transaction: Transaction, people: People, reminders: Reminders) -> None:
        self._tx = transaction
        self._people = people
        self._reminders = reminders
        self._read: dict[int, _Kept | None] = {}
        self._changed: dict[int, _Kept] = {}

    def plan(self, patient_id: int) -> Plan | None:
        """When this patient wants advice."""
        kept = self._kept(patient_id)
        return kept.plan if kept else None

    def topics(self, patient_id: int) -> Mapping[str, datetime]:
        """The advice already given, and when last."""
        kept = self._kept(patient_id)
        return kept.sent if kept else {}

    def read_ahead(self, patient_ids: Iterable[int]) -> None:
        """Reads the plans of many patients at once."""
        wanted = sorted(set(patient_ids) - self._read.keys())
        if not wanted:
            return
        rows = self._tx.rows(_BY_PATIENTS, {"keys": wanted})
        self._read |= dict.fromkeys(wanted)
        for row in rows:
            self._tx.learn(_owner(row.patient_id), row.wrapped)
            self._read[row.patient_id] = self._opened(row)

    # --- deeds ---

    def set_plan(self, actor: Actor, effect: SetPlan) -> None:
        patient_id = effect.patient_id or self._people.patient_made(actor)
        kept = self._kept(patient_id)
        if not self._people.may_touch(actor, patient_id) or (kept is None and actor.staff is not None):
            return
        if kept is None:
            self._keep(patient_id, _Kept(effect.plan, actor.account.id, 0, {}))
        else:
            account_id = kept.account_id if actor.staff is not None else actor.account.id
            self._keep(patient_id, replace(kept, plan=effect.plan, account_id=account_id))

    def add_line(self, actor: Actor, effect: AddLine) -> None:
        if actor.staff is None:
            return
        self.flush()
        one = effect.patient_id
        running = [row[0] for row in self._tx.rows(_RUNNING)] if one is None else [one]
        self.read_ahead(running)
        for patient_id in running:
            if (kept := self._kept(patient_id)) is not None:
                plan = replace(kept.plan, lines=(*kept.plan.lines, effect.text))
                self._keep(patient_id, replace(kept, plan=plan))

    def settle_reminder(self, actor: Actor, effect: SettleReminder) -> None:
        """Moves a reminder on; the advice that went with it is not given again soon."""
        settled = self._reminders.settle_for(actor, effect)
        if settled is not None and effect.state == "sent" and effect.topic:
            kept = self._kept(settled)
            if kept is not None:
                self._keep(settled, replace(kept, sent={**kept.sent, effect.topic: self._tx.now}))

    def stop(self, account_id: int) -> None:
        """No more advice nor reminders to this account."""
        self.flush()
        self._read.clear()
        self._tx.run(_STOP, {"account": account_id})
        self._reminders.stop(account_id)

    def erase(self, patient_id: int) -> None:
        """Deletes the patient's plan and what was advised."""
        self._changed.pop(patient_id, None)
        self._read[patient_id] = None
        self._reminders.erase(patient_id)
        self._tx.run(_DROP, {"patient": patient_id})

    # --- rows ---

    def flush(self) -> None:
        """Writes what was changed. Raises `Conflict` where somebody else changed a plan since it was read."""
        added, saved = [], []
        for patient_id, kept in self._changed.items():
            row = self._row(patient_id, kept)
            if kept.revision:
                now = {f"{column}_now": value for column, value in row.items()}
                saved.append({"patient": patient_id, "expected": kept.revision, **now})
            else:
                added.append({"patient_id": patient_id, **row})
            self._read[patient_id] = replace(kept, revision=kept.revision + 1)
        self._changed.clear()
        if added:
            self._tx.run(_ADD, added)
        if saved and self._tx.count(_SAVE, saved) != len(saved):
            raise Conflict("a plan was changed elsewhere")

    def _kept(self, patient_id: int) -> _Kept | None:
        if patient_id not in self._read:
            row = self._tx.row(_BY_PATIENT, {"patient": patient_id})
            self._read[patient_id] = self._opened(row) if row else None
        return self._read[patient_id]

    def _keep(self, patient_id: int, kept: _Kept) -> None:
        if kept != self._read.get(patient_id):
            self._read[patient_id] = self._changed[patient_id] = kept

    def _row(self, patient_id: int, kept: _Kept) -> dict[str, Any]:
        wanted = kept.plan
        said = {
            "out": sorted(wanted.left_out),
            "held": wanted.held,
            "done": dict(wanted.done),
            "tags": sorted(wanted.tags),
            "of": wanted.tags_of,
            "lines": wanted.lines,
            "sent": {topic: at.isoformat() for topic, at in kept.sent.items()},
        }
        revision = kept.revision + 1
        body = json.dumps(said, separators=(",", ":")).encode()
        return {
            "account_id": kept.account_id,
            "days": "".join(str(day) for day in sorted(wanted.days)),
            "at": wanted.at.isoformat("minutes"),
            "zone": wanted.zone,
            "state": wanted.state,
            "weekly": wanted.weekly,
            "begun_at": wanted.begun_at,
            "paused_until": wanted.paused_until,
            "ignored": wanted.ignored,
            "revision": revision,
            "body": self._tx.seal(_owner(patient_id), "plan", patient_id, revision, "body", body),
        }

    def _opened(self, row: Any) -> _Kept:
        said = json.loads(self._tx.open(_owner(row.patient_id), "plan", row.patient_id, row.revision, "body", row.body))
        wanted = Plan(
            frozenset(map(int, row.days)),
            time.fromisoformat(row.at),
            row.zone,
            row.state,
            row.weekly,
            row.begun_at,
            row.paused_until,
            row.ignored,
            said["held"],
            frozenset(said["out"]),
            said["done"],
            frozenset(said["tags"]),
            said["of"],
            tuple(said["lines"]),
        )
        sent = {topic: datetime.fromisoformat(at) for topic, at in said["sent"].items()}
        return _Kept(wanted, row.account_id, row.revision, sent)


def _owner(patient_id: int) -> str:
    return f"patient:{patient_id}"
