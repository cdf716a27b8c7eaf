"""Alarms: what is to be done at an instant about somebody's emergency. Whose it is stands sealed, and a row goes once
it has rung: what a dump tells is that there is some alarm now. Their instants are rounded up, so that none can be
traced to the answer that set it by the time of that answer."""

import json
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import bindparam, delete, insert, select, update

from bot.model import Alarm, SetAlarm
from storage.people import People
from storage.tables import alarm
from storage.transaction import PRACTICE, Actor, Transaction

_ADD = insert(alarm).returning(alarm.c.id)
_SEAL = update(alarm).where(alarm.c.id == bindparam("alarm")).values(body=bindparam("body_now"))
_DUE = (
    select(alarm.c.id, alarm.c.due_at, alarm.c.body)
    .where(alarm.c.due_at <= bindparam("now"))
    .order_by(alarm.c.due_at, alarm.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_UPCOMING = select(alarm.c.due_at).order_by(alarm.c.due_at).limit(bindparam("limit"))
_SOON = timedelta(hours=1)
_MINUTE, _QUARTER = timedelta(minutes=1), timedelta(minutes=15)
_DROP = delete(alarm).where(alarm.c.id == bindparam("alarm"))


class Alarms:
    """A row is an alarm that has not rung yet."""

    def __init__(self, transaction: Transaction, people: People) -> None:
        self._tx = transaction
        self._people = people

    def set(self, actor: Actor, effect: SetAlarm) -> None:
        """For the account that speaks for the patient: alarms ring in its dialogue."""
        tx = self._tx
        if not self._people.may_touch(actor, effect.patient_id):
            return
        spoken_for = self._people.accounts_of(effect.patient_id)
        account_id = actor.account.id if actor.staff is None or not spoken_for else spoken_for[0].id
        made = cast(int, tx.scalar(_ADD, {"due_at": _rounded(effect.due_at, tx.now), "body": b""}))
        said = json.dumps([effect.patient_id, account_id, effect.step, tx.now.isoformat()]).encode()
        tx.run(_SEAL, {"alarm": made, "body_now": tx.seal(PRACTICE, "alarm", made, 1, "body", said)})

    def due(self, limit: int) -> list[Alarm]:
        """Those whose time has come, the oldest first; held for this transaction."""
        rows = self._tx.rows(_DUE, {"now": self._tx.now, "limit": limit})
        return [self._alarm(*row) for row in rows]

    def upcoming(self, limit: int) -> list[datetime]:
        """When the next ones ring."""
        return [row[0] for row in self._tx.rows(_UPCOMING, {"limit": limit})]

    def drop(self, alarm_id: int) -> None:
        """It has rung."""
        self._tx.run(_DROP, {"alarm": alarm_id})

    def _alarm(self, alarm_id: int, due_at: datetime, body: bytes) -> Alarm:
        patient_id, account_id, step, since = json.loads(self._tx.open(PRACTICE, "alarm", alarm_id, 1, "body", body))
        return Alarm(alarm_id, patient_id, account_id, step, due_at, datetime.fromisoformat(since))


def _rounded(due_at: datetime, now: datetime) -> datetime:
    """Up to the minute; to the quarter of an hour where it is not soon."""
    step = _MINUTE if due_at - now <= _SOON else _QUARTER
    return due_at + (datetime.min.replace(tzinfo=UTC) - due_at) % step
