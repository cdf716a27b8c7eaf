"""The times of practitioners and rooms that are taken: by visits, or kept for whoever chose them. That no two of a
resource ever overlap is the database's promise (see `tables`)."""

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from bot.model import UNDO, Book, Busy, Hold, RenewHold, Window
from storage.resources import Resources
from storage.tables import occupancy, opening, resource
from storage.transaction import Actor, Transaction
from storage.types import Instant

_begun = occupancy.alias("begun")
# No two occupancies of a resource overlap, so of those begun by now only the last can go on: the index is entered
# there, and years that are over are never read.
_LAST_BEGUN = (
    select(func.coalesce(func.max(_begun.c.starts_at), bindparam("now", type_=Instant)))
    .where(_begun.c.resource_id == resource.c.id, _begun.c.starts_at <= bindparam("now"))
    .correlate(resource)
    .scalar_subquery()
)
_WITHIN = and_(
    occupancy.c.resource_id == resource.c.id,
    occupancy.c.starts_at >= _LAST_BEGUN,
    occupancy.c.starts_at < bindparam("until"),
    occupancy.c.ends_at > bindparam("now"),
    or_(
        occupancy.c.owner_id.is_(None),
        (occupancy.c.tentative_until > bindparam("now")) & (occupancy.c.owner_id != bindparam("account")),
    ),
)
# From the few resources to their occupancies: an inner join SQLite takes the other way round, through the whole table.
_BUSY = (
    select(resource.c.kind, resource.c.ref, occupancy.c.starts_at, occupancy.c.ends_at, occupancy.c.booking_id)
    .select_from(resource.outerjoin(occupancy, _WITHIN))
    .where(resource.c.ref.in_(bindparam("resources", expanding=True)))
    .order_by(occupancy.c.starts_at, occupancy.c.id)
)
_HELD = (
    select(
        resource.c.kind,
        resource.c.ref,
        occupancy.c.starts_at,
        occupancy.c.ends_at,
        occupancy.c.tentative_until,
        occupancy.c.held_since,
    )
    .join(resource, resource.c.id == occupancy.c.resource_id)
    .where(occupancy.c.owner_id == bindparam("account"))
)
_LET_GO = delete(occupancy).where(
    occupancy.c.owner_id.is_not(None),
    or_(occupancy.c.owner_id == bindparam("account"), occupancy.c.tentative_until <= bindparam("now")),
)
_RENEW = (
    update(occupancy).where(occupancy.c.owner_id == bindparam("account")).values(tentative_until=bindparam("until"))
)
_OCCUPY = insert(occupancy)
_FREE = delete(occupancy).where(occupancy.c.booking_id == bindparam("booking"))
# What is freed is looked at by the waitlist once whoever left can no longer take it back.
_OPEN = insert(opening).from_select(
    ["practitioner_id", "starts_at", "ends_at", "booking_id", "due_at"],
    select(
        occupancy.c.resource_id,
        occupancy.c.starts_at,
        occupancy.c.ends_at,
        occupancy.c.booking_id,
        bindparam("due_at", type_=Instant),
    )
    .join(resource, resource.c.id == occupancy.c.resource_id)
    .where(
        occupancy.c.booking_id == bindparam("booking"),
        occupancy.c.ends_at > bindparam("now"),
        resource.c.kind == "practitioner",
    ),
)


class Occupancies:
    """A row is a stretch of a practitioner's time, or a room's."""

    def __init__(self, transaction: Transaction, resources: Resources) -> None:
        self._tx = transaction
        self._resources = resources

    def lock(self) -> None:
        """Up to the end of the transaction nobody else takes a time, nor gives one back."""
        self._resources.lock()

    def wanted(self, effect: Book | Hold) -> tuple[int, int]:
        """The rows of the practitioner and the room, locked."""
        resources = self._resources
        return resources.locked("practitioner", effect.practitioner), resources.locked("room", effect.room)

    def busy(self, window: Window, account_id: int) -> tuple[Busy, ...]:
        """What is taken within the window, nobody's name in it; what is kept for this account is not taken."""
        now = self._tx.now
        wanted = {"now": now, "until": now + window.ahead, "resources": sorted(window.of), "account": account_id}
        return tuple(Busy(*row) for row in self._tx.rows(_BUSY, wanted) if row.starts_at is not None)

    def held(self, account_id: int) -> Hold | None:
        """The time kept for this account; it may have lapsed."""
        rows = {row.kind: row for row in self._tx.rows(_HELD, {"account": account_id})}
        if len(rows) < 2:
            return None
        one, room = rows["practitioner"], rows["room"]
        return Hold(one.ref, room.ref, one.starts_at, one.ends_at, one.tentative_until, one.held_since)

    def take(self, resources: tuple[int, int], begins: datetime, ends: datetime, booking_id: int) -> None:
        """For a visit; the database refuses what overlaps."""
        stretch = {"starts_at": begins, "ends_at": ends, "booking_id": booking_id}
        self._tx.run(_OCCUPY, [{"resource_id": each, **stretch} for each in resources])

    def free(self, booking_id: int) -> None:
        """Gives back what a visit took. The waitlist hears of it."""
        now = self._tx.now
        self._tx.run(_OPEN, {"booking": booking_id, "now": now, "due_at": now + UNDO})
        self._tx.run(_FREE, {"booking": booking_id})

    def keep(self, actor: Actor, effect: Hold) -> None:
        """In the place of what was kept for them before."""
        taken, owner = self.wanted(effect), actor.account.id
        self.let_go(owner)
        kept = {
            "starts_at": effect.starts_at,
            "ends_at": effect.free_at,
            "tentative_until": effect.until,
            "owner_id": owner,
            "held_since": effect.since,
        }
        self._tx.run(_OCCUPY, [{"resource_id": each, **kept} for each in taken])

    def renew(self, actor: Actor, effect: RenewHold) -> None:
        """What is kept for the actor is kept longer, unless it has lapsed, or something else is kept by now."""
        self._resources.lock()
        held = self.held(actor.account.id)
        if held is not None and held.since == effect.since and held.until > self._tx.now:
            until = max(held.until, min(effect.until, held.since + effect.longest))
            self._tx.run(_RENEW, {"account": actor.account.id, "until": until})

    def let_go(self, account_id: int) -> None:
        """Keeps nothing for this account any more, nor whatever has lapsed of anybody's."""
        self._resources.lock()
        self._tx.run(_LET_GO, {"account": account_id, "now": self._tx.now})
