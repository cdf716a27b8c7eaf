"""Times in which somebody is away or a room is closed: nothing is booked into them, unless knowingly."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from bot.model import AddTimeOff, DropTimeOff, Stretch, TimeOff, Window
from storage.resources import Resources
from storage.tables import resource, time_off
from storage.transaction import Actor, Transaction

_WITHIN = (
    select(
        time_off.c.id,
        resource.c.kind,
        resource.c.ref,
        time_off.c.starts_at,
        time_off.c.ends_at,
        time_off.c.source,
        time_off.c.made_at,
    )
    .join(resource, resource.c.id == time_off.c.resource_id)
    .where(
        resource.c.ref.in_(bindparam("resources", expanding=True)),
        time_off.c.ends_at > bindparam("now"),
        time_off.c.starts_at < bindparam("until"),
    )
    .order_by(time_off.c.starts_at, time_off.c.id)
)
_MEETS = (
    select(time_off.c.id)
    .where(
        time_off.c.resource_id.in_(bindparam("resources", expanding=True)),
        time_off.c.ends_at > bindparam("starts"),
        time_off.c.starts_at < bindparam("ends"),
    )
    .limit(1)
)
_ADD = insert(time_off)
_ADD_ONE = insert(time_off).returning(time_off.c.id)
# What was read from somebody's calendar is changed there: here it would come back.
_DROP = delete(time_off).where(time_off.c.id == bindparam("row"), time_off.c.source == "practice")
_CALENDAR = select(time_off.c.id, time_off.c.starts_at, time_off.c.ends_at).where(
    time_off.c.resource_id == bindparam("resource"), time_off.c.source == "calendar"
)
_DROP_SOME = delete(time_off).where(time_off.c.id.in_(bindparam("rows", expanding=True)))


class TimesOff:
    """Time off. It is written and held against bookings under the lock on every resource."""

    def __init__(self, transaction: Transaction, resources: Resources) -> None:
        self._tx = transaction
        self._resources = resources

    def within(self, window: Window) -> tuple[TimeOff, ...]:
        """What lies in the window or reaches into it, in order."""
        now = self._tx.now
        wanted = {"now": now, "until": now + window.ahead, "resources": sorted(window.of)}
        return tuple(TimeOff(*row) for row in self._tx.rows(_WITHIN, wanted))

    def meets(self, resources: Sequence[int], starts_at: datetime, ends_at: datetime) -> bool:
        """Whether one of these is away between two instants."""
        wanted = {"resources": list(resources), "starts": starts_at, "ends": ends_at}
        return self._tx.row(_MEETS, wanted) is not None

    def add(self, actor: Actor, effect: AddTimeOff) -> None:
        if actor.practitioner is None:
            return
        row = {
            "resource_id": self._resources.locked(effect.kind, effect.ref),
            "starts_at": effect.starts_at,
            "ends_at": effect.ends_at,
            "source": "practice",
            "made_at": self._tx.now,
        }
        made = self._tx.scalar(_ADD_ONE, row)
        self._tx.audit(actor.account.id, "time_off.add", f"time_off:{made}")

    def drop(self, actor: Actor, effect: DropTimeOff) -> None:
        if actor.practitioner is None:
            return
        self._resources.lock()
        if self._tx.count(_DROP, {"row": effect.id}):
            self._tx.audit(actor.account.id, "time_off.drop", f"time_off:{effect.id}")

    def read_from_calendar(self, practitioner: str, stretches: Iterable[Stretch]) -> None:
        """What a practitioner's own calendar says now, in the place of what it said before: start and end, in UTC."""
        tx, resource_id = self._tx, self._resources.locked("practitioner", practitioner)
        wanted = set(stretches)
        before = {row.id: (row.starts_at, row.ends_at) for row in tx.rows(_CALENDAR, {"resource": resource_id})}
        if gone := [row for row, stretch in before.items() if stretch not in wanted]:
            tx.run(_DROP_SOME, {"rows": gone})
        if new := sorted(wanted - set(before.values())):
            row = {"resource_id": resource_id, "source": "calendar", "made_at": tx.now}
            tx.run(_ADD, [{**row, "starts_at": starts_at, "ends_at": ends_at} for starts_at, ends_at in new])
        if gone or new:
            tx.audit(None, "time_off.read", f"practitioner:{practitioner}")
