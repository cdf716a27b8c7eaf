"""Lifestyle advice: when it is wanted, and the messages planned."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, bindparam, delete, insert, literal_column, select, update

from bot.model import CancelReminders, Plan, PlanReminder, Reminder, SetPlan, SettleReminder
from storage.people import People
from storage.tables import booking, plan, reminder
from storage.transaction import Actor, Transaction

# Written out, not bound: a partial index is used only where the query repeats its condition.
_PLANNED: ColumnElement[bool] = literal_column("reminder.state = 'planned'")

_PLAN = select(plan.c.days, plan.c.hour, plan.c.zone, plan.c.state).where(plan.c.patient_id == bindparam("patient"))
_ADD_PLAN = insert(plan)
_CHANGE_PLAN = (
    update(plan)
    .where(plan.c.patient_id == bindparam("patient"))
    .values(
        account_id=bindparam("account_now"),
        days=bindparam("days_now"),
        hour=bindparam("hour_now"),
        zone=bindparam("zone_now"),
        state=bindparam("state_now"),
    )
)
_STOP_PLANS = update(plan).where(plan.c.account_id == bindparam("account")).values(state="off")
_DROP_PLAN = delete(plan).where(plan.c.patient_id == bindparam("patient"))

_REMINDER = select(
    reminder.c.id,
    reminder.c.patient_id,
    reminder.c.account_id,
    reminder.c.kind,
    reminder.c.due_at,
    reminder.c.state,
    reminder.c.topic,
    reminder.c.booking_id,
)
_BY_ID = _REMINDER.where(reminder.c.id == bindparam("reminder"))
_DUE = (
    _REMINDER.where(_PLANNED, reminder.c.due_at <= bindparam("now"))
    .order_by(reminder.c.due_at, reminder.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_UPCOMING = (
    select(reminder.c.due_at, reminder.c.kind, reminder.c.account_id)
    .where(_PLANNED)
    .order_by(reminder.c.due_at, reminder.c.id)
    .limit(bindparam("limit"))
)
_TOPICS = (
    select(reminder.c.id, reminder.c.topic, reminder.c.settled_at)
    .where(
        reminder.c.patient_id == bindparam("patient"),
        reminder.c.kind == "advice",
        reminder.c.state.in_(("sent", "done")),
        reminder.c.topic.is_not(None),
        reminder.c.settled_at.is_not(None),
    )
    .order_by(reminder.c.settled_at)
)
_ADD = insert(reminder).returning(reminder.c.id)
_SEAL_TOPIC = update(reminder).where(reminder.c.id == bindparam("reminder")).values(topic=bindparam("topic_now"))
_NEXT_VISIT = (
    select(booking.c.id)
    .where(
        booking.c.patient_id == bindparam("patient"),
        booking.c.state != "cancelled",
        booking.c.starts_at > bindparam("now"),
    )
    .order_by(booking.c.starts_at)
    .limit(1)
)
_CANCEL_ALL = (
    update(reminder)
    .where(reminder.c.patient_id == bindparam("patient"), _PLANNED)
    .values(state="cancelled", settled_at=bindparam("now"))
)
_CANCEL = _CANCEL_ALL.where(reminder.c.kind == bindparam("which"))
_SETTLE = (
    update(reminder)
    .where(reminder.c.id == bindparam("reminder"), reminder.c.state.in_(bindparam("before", expanding=True)))
    .values(state=bindparam("state_now"), settled_at=bindparam("now"))
)
_STOP = (
    update(reminder)
    .where(reminder.c.account_id == bindparam("account"), _PLANNED)
    .values(state="cancelled", settled_at=bindparam("now"))
)
_ERASE = update(reminder).where(reminder.c.patient_id == bindparam("patient")).values(topic=None)

# What a reminder may come from: each state is left once, so that a second tap changes nothing.
_BEFORE = {
    "sent": ["planned"],
    "missed": ["planned"],
    "cancelled": ["planned"],
    "done": ["planned", "sent"],
}


class Plans:
    """Plans and reminders. A reminder is a row; the clock only asks which are due."""

    def __init__(self, transaction: Transaction, people: People) -> None:
        self._tx = transaction
        self._people = people

    def plan(self, patient_id: int) -> Plan | None:
        """When this patient wants advice."""
        row = self._tx.row(_PLAN, {"patient": patient_id})
        return Plan(frozenset(map(int, row.days)), row.hour, row.zone, row.state) if row else None

    def reminder(self, reminder_id: int) -> Reminder | None:
        """One reminder, whosever it is."""
        row = self._tx.row(_BY_ID, {"reminder": reminder_id})
        return self._reminder(row) if row else None

    def due(self, limit: int) -> list[Reminder]:
        """Planned reminders whose time has come, the oldest first; held for this transaction."""
        rows = self._tx.rows(_DUE, {"now": self._tx.now, "limit": limit})
        return [self._reminder(row) for row in rows]

    def upcoming(self, limit: int) -> list[tuple[datetime, str, int]]:
        """The next planned reminders: when, of what kind, to which account."""
        return [(row[0], row[1], row[2]) for row in self._tx.rows(_UPCOMING, {"limit": limit})]

    def topics(self, patient_id: int) -> dict[str, datetime]:
        """The advice already given, and when last."""
        return {
            self._topic(patient_id, row.id, row.topic): row.settled_at
            for row in self._tx.rows(_TOPICS, {"patient": patient_id})
        }

    def set_plan(self, actor: Actor, effect: SetPlan) -> None:
        tx, patient_id, wanted = self._tx, self._people.patient_made(actor), effect.plan
        days = "".join(str(day) for day in sorted(wanted.days))
        if tx.row(_PLAN, {"patient": patient_id}) is None:
            row = {"patient_id": patient_id, "account_id": actor.account.id, "days": days, "hour": wanted.hour}
            tx.run(_ADD_PLAN, {**row, "zone": wanted.zone, "state": wanted.state})
        else:
            row = {"patient": patient_id, "account_now": actor.account.id, "days_now": days, "hour_now": wanted.hour}
            tx.run(_CHANGE_PLAN, {**row, "zone_now": wanted.zone, "state_now": wanted.state})

    def plan_reminder(self, actor: Actor, effect: PlanReminder) -> None:
        """Left alone where the patient has no account to write to, or is nobody this person may plan for."""
        tx, patient_id = self._tx, effect.patient_id or self._people.patient_made(actor)
        account_id = effect.account_id or self._spokesman(actor, effect)
        if account_id is None or not self._people.may_touch(actor, patient_id):
            return
        visit = effect.booking_id
        if effect.kind == "visit" and visit is None:
            visit = actor.booking_id or tx.scalar(_NEXT_VISIT, {"patient": patient_id, "now": tx.now})
        row = {
            "patient_id": patient_id,
            "account_id": account_id,
            "kind": effect.kind,
            "booking_id": visit,
            "due_at": effect.due_at,
            "state": "planned",
        }
        made = cast(int, tx.scalar(_ADD, row))
        if effect.topic:
            self._keep_topic(patient_id, made, effect.topic)

    def _spokesman(self, actor: Actor, effect: PlanReminder) -> int | None:
        if effect.patient_id is None:
            return actor.account.id
        return next((one.id for one in self._people.accounts_of(effect.patient_id)), None)

    def cancel_reminders(self, actor: Actor, effect: CancelReminders) -> None:
        patient_id = self._people.patient_of(actor)
        if patient_id is not None:
            self._tx.run(_CANCEL, {"patient": patient_id, "which": effect.kind, "now": self._tx.now})

    def settle_reminder(self, actor: Actor, effect: SettleReminder) -> None:
        row = self._tx.row(_BY_ID, {"reminder": effect.reminder_id})
        if row is not None and (row.account_id == actor.account.id or actor.staff is not None):
            self.settle(effect.reminder_id, effect.state)
            if effect.topic and row.state == "planned":
                self._keep_topic(row.patient_id, row.id, effect.topic)

    def settle(self, reminder_id: int, state: str) -> None:
        """Moves a reminder on, if it is still where that state comes from."""
        wanted = {"reminder": reminder_id, "before": _BEFORE[state], "state_now": state, "now": self._tx.now}
        self._tx.run(_SETTLE, wanted)

    def stop(self, account_id: int) -> None:
        """No more advice nor reminders to this account."""
        self._tx.run(_STOP_PLANS, {"account": account_id})
        self._tx.run(_STOP, {"account": account_id, "now": self._tx.now})

    def erase(self, patient_id: int) -> None:
        """Deletes the patient's plan and what was advised."""
        tx = self._tx
        tx.run(_CANCEL_ALL, {"patient": patient_id, "now": tx.now})
        tx.run(_DROP_PLAN, {"patient": patient_id})
        tx.run(_ERASE, {"patient": patient_id})

    def _reminder(self, row: Any) -> Reminder:
        topic = self._topic(row.patient_id, row.id, row.topic)
        return Reminder(row.id, row.patient_id, row.account_id, row.kind, row.due_at, row.state, topic, row.booking_id)

    def _keep_topic(self, patient_id: int, reminder_id: int, topic: str) -> None:
        sealed = self._tx.seal(f"patient:{patient_id}", "reminder", reminder_id, 1, "topic", topic.encode())
        self._tx.run(_SEAL_TOPIC, {"reminder": reminder_id, "topic_now": sealed})

    def _topic(self, patient_id: int, reminder_id: int, sealed: bytes | None) -> str:
        if sealed is None:
            return ""
        return self._tx.open(f"patient:{patient_id}", "reminder", reminder_id, 1, "topic", sealed).decode()
