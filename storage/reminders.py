"""Reminders: what is planned for an instant, a row each, written in the transaction of what caused it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, bindparam, func, insert, literal_column, select, update

from bot.model import CancelReminders, PlanReminder, PutOff, Reminder, Reschedule, SettleReminder
from storage.people import PATIENTS_OF, People
from storage.tables import booking, plan, reminder
from storage.transaction import Actor, Transaction

# Written out, not bound: a partial index is used only where the query repeats its condition.
_PLANNED: ColumnElement[bool] = literal_column("reminder.state = 'planned'")

_REMINDER = select(
    reminder.c.id,
    reminder.c.patient_id,
    reminder.c.account_id,
    reminder.c.kind,
    reminder.c.due_at,
    reminder.c.state,
    reminder.c.topic,
    reminder.c.booking_id,
    reminder.c.put_off_from,
)
_BY_ID = _REMINDER.where(reminder.c.id == bindparam("reminder"))
_DUE = (
    _REMINDER.where(_PLANNED, reminder.c.due_at <= bindparam("now"))
    .order_by(reminder.c.due_at, reminder.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_HOLD = _BY_ID.where(_PLANNED).with_for_update(skip_locked=True)
_UPCOMING = (
    select(reminder.c.due_at, reminder.c.kind, reminder.c.account_id)
    .where(_PLANNED)
    .order_by(reminder.c.due_at, reminder.c.id)
    .limit(bindparam("limit"))
)
_ADD = insert(reminder)
_ADD_ONE = insert(reminder).returning(reminder.c.id)
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
_CANCEL_OF_VISIT = (
    update(reminder)
    .where(reminder.c.booking_id == bindparam("booking"), _PLANNED)
    .values(state="cancelled", settled_at=bindparam("now"))
)
# Found by the patients of the account: it would take an index of its own, written with every tip, to find them by it.
_STOP = (
    update(reminder)
    .where(
        reminder.c.patient_id.in_(PATIENTS_OF),
        reminder.c.account_id == bindparam("account"),
        _PLANNED,
    )
    .values(state="cancelled", settled_at=bindparam("now"))
)
_LOSE = _STOP.where(reminder.c.kind != "approval")  # the practice hears of its end too
_RESCHEDULE = (
    update(reminder)
    .where(reminder.c.patient_id == bindparam("patient"), _PLANNED, reminder.c.kind == bindparam("which"))
    .values(due_at=bindparam("due_now"), put_off_from=None, topic=None)
)
_PUT_OFF = (
    update(reminder)
    .where(reminder.c.id == bindparam("reminder"), _PLANNED)
    .values(put_off_from=func.coalesce(reminder.c.put_off_from, reminder.c.due_at), due_at=bindparam("due_now"))
)
_REMINDED = (
    select(reminder.c.booking_id)
    .where(
        reminder.c.booking_id.in_(bindparam("bookings", expanding=True)),
        reminder.c.kind == "visit",
        reminder.c.state.in_(("sent", "done")),
    )
    .distinct()
)
_ASKED = (
    select(reminder.c.patient_id, reminder.c.settled_at)
    .join(plan, plan.c.patient_id == reminder.c.patient_id)
    .where(
        reminder.c.kind == "checkin",
        reminder.c.state == "sent",
        reminder.c.settled_at >= bindparam("since"),
        plan.c.state == "on",
    )
)
_ERASE = update(reminder).where(reminder.c.patient_id == bindparam("patient")).values(topic=None)

# What a reminder may come from: each state is left once, so that a second tap changes nothing.
_BEFORE = {
    "sent": "reminder.state = 'planned'",
    "missed": "reminder.state = 'planned'",
    "cancelled": "reminder.state = 'planned'",
    "done": "reminder.state IN ('planned', 'sent')",
}
_SETTLE = {
    state: update(reminder)
    .where(reminder.c.id == bindparam("reminder"), literal_column(before))
    .values(
        state=state,
        settled_at=bindparam("now"),
        topic=func.coalesce(bindparam("topic_now", type_=reminder.c.topic.type), reminder.c.topic),
    )
    for state, before in _BEFORE.items()
}
_LAPSED = (
    update(reminder).where(reminder.c.id == bindparam("reminder"), reminder.c.state == "sent").values(state="missed")
)


class Reminders:
    """The rows. What is settled and what is planned anew is written at once, before anything is read again: nobody else
    reads this table or writes to it.
    """

    def __init__(self, transaction: Transaction, people: People) -> None:
        self._tx = transaction
        self._people = people
        self._held: dict[int, Reminder] = {}
        self._settled: dict[str, list[dict[str, Any]]] = {}
        self._moved: set[int] = set()
        self._added: list[dict[str, Any]] = []

    def named(self, actor: Actor, reminder_id: int | None) -> Reminder | None:
        """The reminder a button names, if it is this person's business."""
        return None if reminder_id is None else _of(actor, self._one(reminder_id))

    def due(self, limit: int) -> list[Reminder]:
        """Planned ones whose time has come, the oldest first; held for this transaction."""
        self.flush()
        found = [self._reminder(row) for row in self._tx.rows(_DUE, {"now": self._tx.now, "limit": limit})]
        self._held = {one.id: one for one in found}
        return found

    def hold(self, reminder_id: int) -> bool:
        """Holds one for this transaction, if it is still planned and nobody else has it in hand."""
        if reminder_id not in self._held and (row := self._tx.row(_HOLD, {"reminder": reminder_id})) is not None:
            self._held[reminder_id] = self._reminder(row)
        return reminder_id in self._held

    def upcoming(self, limit: int) -> list[tuple[datetime, str, int]]:
        """The next planned ones: when, of what kind, to which account."""
        self.flush()
        return [(row[0], row[1], row[2]) for row in self._tx.rows(_UPCOMING, {"limit": limit})]

    def reminded(self, bookings: Collection[int]) -> frozenset[int]:
        """Those of these visits of which a reminder has gone out."""
        self.flush()
        return frozenset(row[0] for row in self._tx.rows(_REMINDED, {"bookings": list(bookings)}))

    def asked(self, since: datetime) -> Sequence[Any]:
        """Check-ins that went out since then to patients who have a plan: (patient_id, settled_at) each."""
        self.flush()
        return self._tx.rows(_ASKED, {"since": since})

    def plan(self, actor: Actor, effect: PlanReminder) -> None:
        """Left alone where the patient has no account to write to, or is nobody this person may plan for."""
        tx, patient_id = self._tx, effect.patient_id or self._people.patient_made(actor)
        account_id = self._spokesman(actor, effect)
        if account_id is None or not self._people.may_touch(actor, patient_id):
            return
        visit = effect.booking_id
        if effect.kind in ("visit", "aftercare", "review", "approval") and visit is None:
            visit = actor.booking_id or tx.scalar(_NEXT_VISIT, {"patient": patient_id, "now": tx.now})
        row = {
            "patient_id": patient_id,
            "account_id": account_id,
            "kind": effect.kind,
            "booking_id": visit,
            "due_at": effect.due_at,
            "state": "planned",
        }
        if not effect.topic:
            self._added.append(row)
            return
        made = cast(int, tx.scalar(_ADD_ONE, row))
        tx.run(_SEAL_TOPIC, {"reminder": made, "topic_now": self._sealed(patient_id, made, effect.topic)})

    def follow(self, before: Reminder, due_at: datetime) -> None:
        """Another of the same kind, to the same account."""
        self._added.append(
            {
                "patient_id": before.patient_id,
                "account_id": before.account_id,
                "kind": before.kind,
                "booking_id": before.booking_id,
                "due_at": due_at,
                "state": "planned",
            }
        )

    def _spokesman(self, actor: Actor, effect: PlanReminder) -> int | None:
        if effect.patient_id is None:
            return actor.account.id
        return next((one.id for one in self._people.accounts_of(effect.patient_id)), None)

    def cancel(self, actor: Actor, effect: CancelReminders) -> None:
        """Those of a kind, of a patient's."""
        patient_id = effect.patient_id or self._people.patient_of(actor)
        if patient_id is not None and self._people.may_touch(actor, patient_id):
            self.flush()
            self._tx.run(_CANCEL, {"patient": patient_id, "which": effect.kind, "now": self._tx.now})

    def cancel_of_visit(self, booking_id: int) -> None:
        """No word of a visit that is not to be."""
        self.flush()
        self._tx.run(_CANCEL_OF_VISIT, {"booking": booking_id, "now": self._tx.now})

    def reschedule(self, actor: Actor, effect: Reschedule) -> None:
        """Those of a kind, of the patient's own, come then."""
        patient_id = self._people.patient_of(actor)
        if patient_id is not None:
            self.flush()
            self._tx.run(_RESCHEDULE, {"patient": patient_id, "which": effect.kind, "due_now": effect.due_at})

    def put_off(self, actor: Actor, effect: PutOff) -> None:
        """A reminder of this person's is due later."""
        found = self._in_hand(actor, effect.reminder_id)
        if found is not None:
            self._tx.run(_PUT_OFF, {"reminder": found.id, "due_now": effect.due_at})

    def settle_for(self, actor: Actor, effect: SettleReminder) -> int | None:
        """Moves a reminder of this person's on; answers whose it is, if it was planned till now."""
        found = self._in_hand(actor, effect.reminder_id)
        if found is None:
            return None
        is_planned = found.state == "planned" and found.id not in self._moved
        topic = effect.topic if is_planned else ""
        self.settle(found.id, effect.state, self._sealed(found.patient_id, found.id, topic) if topic else None)
        return found.patient_id if is_planned else None

    def settle(self, reminder_id: int, state: str, topic: bytes | None = None) -> None:
        """Moves a reminder on, if it is still where that state comes from."""
        if reminder_id in self._moved:
            self.flush()
        self._moved.add(reminder_id)
        wanted = {"reminder": reminder_id, "now": self._tx.now, "topic_now": topic}
        self._settled.setdefault(state, []).append(wanted)

    def lapsed(self, ids: Iterable[int]) -> None:
        """These were sent on their way, and their time was over before they went."""
        self.flush()
        rows = [{"reminder": one} for one in ids]
        if rows:
            self._tx.run(_LAPSED, rows)

    def stop(self, account_id: int) -> None:
        """None of those planned goes to this account any more."""
        self.flush()
        self._tx.run(_STOP, {"account": account_id, "now": self._tx.now})

    def lose(self, account_id: int) -> None:
        """Messages do not reach this account: none of those planned goes that nobody else is to hear of."""
        self.flush()
        self._tx.run(_LOSE, {"account": account_id, "now": self._tx.now})

    def erase(self, patient_id: int) -> None:
        """Cancels what is planned for the patient, and erases what was said."""
        self.flush()
        self._tx.run(_CANCEL_ALL, {"patient": patient_id, "now": self._tx.now})
        self._tx.run(_ERASE, {"patient": patient_id})

    def flush(self) -> None:
        """Writes what was settled and planned, in this order: a plan has one planned row at a time."""
        settled, self._settled = self._settled, {}
        self._moved.clear()
        for state, rows in settled.items():
            self._tx.run(_SETTLE[state], rows)
        added, self._added = self._added, []
        if added:
            self._tx.run(_ADD, added)

    def _in_hand(self, actor: Actor, reminder_id: int) -> Reminder | None:
        """As it was read last."""
        return _of(actor, self._held.get(reminder_id) or self._one(reminder_id))

    def _one(self, reminder_id: int) -> Reminder | None:
        self.flush()
        row = self._tx.row(_BY_ID, {"reminder": reminder_id})
        return self._reminder(row) if row else None

    def _reminder(self, row: Any) -> Reminder:
        return Reminder(
            row.id,
            row.patient_id,
            row.account_id,
            row.kind,
            row.due_at,
            row.state,
            self._opened(row.patient_id, row.id, row.topic),
            row.booking_id,
            row.put_off_from,
        )

    def _sealed(self, patient_id: int, reminder_id: int, topic: str) -> bytes:
        return self._tx.seal(f"patient:{patient_id}", "reminder", reminder_id, 1, "topic", topic.encode())

    def _opened(self, patient_id: int, reminder_id: int, sealed: bytes | None) -> str:
        if sealed is None:
            return ""
        return self._tx.open(f"patient:{patient_id}", "reminder", reminder_id, 1, "topic", sealed).decode()


def _of(actor: Actor, found: Reminder | None) -> Reminder | None:
    """It, if it is this person's business: theirs, or they are of the practice."""
    return found if found and (found.account_id == actor.account.id or actor.staff is not None) else None
