"""Bookings, and the times of people and rooms they take."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import cast

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from bot.model import (
    UNDO,
    ApproveBooking,
    AskToMove,
    Book,
    Booking,
    Busy,
    CancelBooking,
    ConfirmBooking,
    Hold,
    MarkVisit,
    ReleaseBookings,
    RenewHold,
    RunLate,
    Window,
)
from storage.database import Conflict
from storage.people import People
from storage.resources import Resources
from storage.tables import booking, occupancy, opening, reminder, resource, waiting
from storage.timeoff import TimesOff
from storage.transaction import Actor, Transaction
from storage.types import Instant

DIARY_DAYS = 8
"""Today and the seven days after it."""

_begun = occupancy.alias("begun")

_same = booking.alias("same")
# What calendars know of a visit: with each row that bore its uid the number rose, and one that is taken back is not the
# newest.
_SEQUENCE = (
    select(func.max(_same.c.sequence))
    .where(_same.c.patient_id == booking.c.patient_id, _same.c.uid == booking.c.uid)
    .correlate(booking)
    .scalar_subquery()
    .label("newest")
)

BOOKING = select(
    booking.c.id,
    booking.c.patient_id,
    booking.c.visit,
    resource.c.ref,
    booking.c.starts_at,
    booking.c.ends_at,
    booking.c.zone,
    booking.c.state,
    booking.c.uid,
    booking.c.sequence,
    booking.c.confirmed_at.is_not(None),
    booking.c.move_asked_at.is_not(None),
    booking.c.late,
    booking.c.approve_until,
    booking.c.made_at,
).join(resource, resource.c.id == booking.c.practitioner_id)
_UPCOMING = BOOKING.where(
    booking.c.patient_id == bindparam("patient"),
    booking.c.ends_at > bindparam("now"),
    booking.c.state.in_(("awaiting_release", "booked", "arrived")),
).order_by(booking.c.starts_at, booking.c.id)
_PAST = BOOKING.where(
    booking.c.patient_id == bindparam("patient"),
    booking.c.starts_at <= bindparam("now"),
    booking.c.state.in_(("booked", "arrived", "no_show")),
).order_by(booking.c.starts_at.desc(), booking.c.id.desc())
_ALL_UPCOMING = BOOKING.where(
    booking.c.patient_id.in_(bindparam("keys", expanding=True)),
    booking.c.ends_at > bindparam("now"),
    booking.c.state.in_(("awaiting_release", "booked", "arrived")),
).order_by(booking.c.starts_at, booking.c.id)
_ALL_PAST = BOOKING.where(
    booking.c.patient_id.in_(bindparam("keys", expanding=True)),
    booking.c.starts_at <= bindparam("now"),
    booking.c.state.in_(("booked", "arrived", "no_show")),
).order_by(booking.c.starts_at.desc(), booking.c.id.desc())
_BY_ID = BOOKING.add_columns(_SEQUENCE).where(booking.c.id == bindparam("booking"))
_DIARY = BOOKING.where(
    booking.c.starts_at >= bindparam("since"),
    booking.c.starts_at < bindparam("until"),
    booking.c.state != "cancelled",
).order_by(booking.c.starts_at, booking.c.id)
_REMINDED = (
    select(reminder.c.booking_id)
    .where(
        reminder.c.booking_id.in_(bindparam("bookings", expanding=True)),
        reminder.c.kind == "visit",
        reminder.c.state.in_(("sent", "done")),
    )
    .distinct()
)
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
_EVER_BOOKED = select(booking.c.id).where(booking.c.patient_id == bindparam("patient")).limit(1)

_LET_GO = delete(occupancy).where(
    occupancy.c.owner_id.is_not(None),
    or_(occupancy.c.owner_id == bindparam("account"), occupancy.c.tentative_until <= bindparam("now")),
)
_RENEW = (
    update(occupancy).where(occupancy.c.owner_id == bindparam("account")).values(tentative_until=bindparam("until"))
)
_ADD_BOOKING = insert(booking).returning(booking.c.id)
_OCCUPY = insert(occupancy)
_ONE = select(booking.c.id, booking.c.patient_id, _SEQUENCE, booking.c.state, booking.c.approve_until).where(
    booking.c.id == bindparam("booking")
)
_SAME_STANDS = select(booking.c.id).where(
    booking.c.patient_id == bindparam("patient"), booking.c.uid == bindparam("uid"), booking.c.state != "cancelled"
)
_CANCEL = (
    update(booking)
    .where(booking.c.id == bindparam("booking"), booking.c.state.in_(("awaiting_release", "booked")))
    .values(state="cancelled", sequence=booking.c.sequence + 1)
)
_CONFIRM = (
    update(booking)
    .where(booking.c.id == bindparam("booking"), booking.c.state == "booked", booking.c.confirmed_at.is_(None))
    .values(confirmed_at=bindparam("now"))
)
_APPROVE = (
    update(booking)
    .where(
        booking.c.id == bindparam("booking"),
        booking.c.state == "awaiting_release",
        booking.c.approve_until.is_not(None),
    )
    .values(state=bindparam("state_now"), approve_until=None, sequence=booking.c.sequence + 1)
)
_ASK_TO_MOVE = (
    update(booking)
    .where(
        booking.c.id == bindparam("booking"),
        booking.c.state.in_(("awaiting_release", "booked")),
        booking.c.move_asked_at.is_(None),
    )
    .values(move_asked_at=bindparam("now"))
)
_RUN_LATE = (
    update(booking)
    .where(booking.c.id == bindparam("booking"), booking.c.state.in_(("awaiting_release", "booked")))
    .values(late=bindparam("late_now"))
)
_MARK = (
    update(booking)
    .where(
        booking.c.id == bindparam("booking"),
        booking.c.state == bindparam("was"),
        booking.c.state.in_(("booked", "arrived", "no_show")),
    )
    .values(state=bindparam("state_now"))
)
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
WAITS_UNTIL = (
    update(waiting)
    .where(waiting.c.patient_id == bindparam("patient"))
    .values(
        over_at=select(func.min(booking.c.starts_at))
        .where(
            booking.c.patient_id == waiting.c.patient_id,
            booking.c.starts_at > bindparam("now"),
            booking.c.state.in_(("awaiting_release", "booked", "arrived")),
        )
        .scalar_subquery()
    )
)
"""Who waits for an earlier time does so until their next visit: to be run whenever that has changed."""
_FREE = delete(occupancy).where(occupancy.c.booking_id == bindparam("booking"))
_NO_WORD = (
    update(reminder)
    .where(reminder.c.booking_id == bindparam("booking"), reminder.c.state == "planned")
    .values(state="cancelled", settled_at=bindparam("now"))
)
_RELEASE = (
    update(booking)
    .where(
        booking.c.patient_id == bindparam("patient"),
        booking.c.state == "awaiting_release",
        booking.c.approve_until.is_(None),
    )
    .values(state="booked", sequence=booking.c.sequence + 1)
    .returning(booking.c.id)
)


class Diary:
    """The practice's time. That two bookings never overlap is the database's promise (see `tables`)."""

    def __init__(self, transaction: Transaction, people: People, resources: Resources, away: TimesOff) -> None:
        self._tx = transaction
        self._people = people
        self._resources = resources
        self._away = away

    def read_ahead(self, patients: Collection[int]) -> None:
        """Reads at once the visits of many patients."""
        now = {"now": self._tx.now}
        self._tx.read_ahead(_UPCOMING, _ALL_UPCOMING, patients, lambda row: row.patient_id, now)
        self._tx.read_ahead(_PAST, _ALL_PAST, patients, lambda row: row.patient_id, now)

    def bookings(self, patient_id: int) -> tuple[Booking, ...]:
        """The patient's visits that are not over, the next first."""
        rows = self._tx.rows(_UPCOMING, {"patient": patient_id, "now": self._tx.now})
        return tuple(Booking(*row) for row in rows)

    def diary(self, window: Window) -> tuple[Booking, ...]:
        """Visits of everybody, with names: from a day ago (today has begun in every zone) for nine days, or up to the
        end of the window where that is later."""
        since, ahead = self._tx.now - timedelta(days=1), max(window.ahead, timedelta(days=DIARY_DAYS))
        rows = self._tx.rows(_DIARY, {"since": since, "until": self._tx.now + ahead})
        ids = {row.patient_id for row in rows}
        if not rows:
            return ()
        known, reach = self._people.patients(ids), self._people.reach(ids)
        reminded = {row[0] for row in self._tx.rows(_REMINDED, {"bookings": [row.id for row in rows]})}
        return tuple(
            replace(
                Booking(*row),
                name=known[row.patient_id].name,
                accounts=reach.get(row.patient_id, ()),
                reminded=row.id in reminded,
            )
            for row in rows
        )

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

    def past(self, patient_id: int) -> tuple[Booking, ...]:
        """The patient's visits that have begun, the last first."""
        return tuple(Booking(*row) for row in self._tx.rows(_PAST, {"patient": patient_id, "now": self._tx.now}))

    def visit(self, booking_id: int) -> Booking | None:
        """One visit, by its row, with the sequence calendars know its uid by."""
        row = self._tx.row(_BY_ID, {"booking": booking_id})
        if row is None:
            return None
        return replace(Booking(*row[:-1]), sequence=row.newest, overtaken=row.newest > row.sequence)

    def ever_booked(self, patient_id: int) -> bool:
        """Whether there is or was a booking of this patient's."""
        return self._tx.row(_EVER_BOOKED, {"patient": patient_id}) is not None

    def book(self, actor: Actor, effect: Book) -> None:
        """Raises Conflict where the visit would lie in time off that nobody knew of when it was decided, or the one it
        takes the place of was changed in between."""
        tx, patient_id = self._tx, effect.patient_id or self._people.patient_made(actor)
        if not self._people.may_touch(actor, patient_id):
            return
        practitioner, room = self._wanted(effect)
        if not effect.in_time_off and self._away.meets((practitioner, room), effect.starts_at, effect.ends_at):
            raise Conflict("somebody was said to be away in between")
        self.let_go(actor.account.id)
        sequence = 0
        named = effect.again if effect.replaces is None else effect.replaces
        older = None if named is None else tx.row(_ONE, {"booking": named})
        if older is not None and older.patient_id == patient_id:
            sequence = older.newest + 1
            if effect.replaces is None:
                self._nothing_stands(patient_id, effect.uid)
            elif not self._cancel(actor, older.id, patient_id):
                raise Conflict("the visit was changed in between")
        row = {
            "patient_id": patient_id,
            "visit": effect.visit,
            "practitioner_id": practitioner,
            "starts_at": effect.starts_at,
            "ends_at": effect.ends_at,
            "zone": effect.zone,
            "state": effect.state,
            "approve_until": effect.approve_until,
            "uid": effect.uid,
            "sequence": sequence,
            "made_at": tx.now,
        }
        actor.booking_id = cast(int, tx.scalar(_ADD_BOOKING, row))
        begins = effect.free_from or effect.starts_at
        stretch = {"starts_at": begins, "ends_at": effect.free_at, "booking_id": actor.booking_id}
        tx.run(_OCCUPY, [{"resource_id": each, **stretch} for each in (practitioner, room)])
        tx.run(WAITS_UNTIL, {"patient": patient_id, "now": tx.now})
        tx.audit(actor.account.id, "booking.make", f"booking:{actor.booking_id}")

    def _nothing_stands(self, patient_id: int, uid: str) -> None:
        """Raises Conflict where the visit does, as another row."""
        if self._tx.row(_SAME_STANDS, {"patient": patient_id, "uid": uid}) is not None:
            raise Conflict("the visit stands already")

    def hold(self, actor: Actor, effect: Hold) -> None:
        taken, owner = self._wanted(effect), effect.account_id or actor.account.id
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

    def cancel_booking(self, actor: Actor, effect: CancelBooking) -> None:
        """Raises Conflict where it was changed in between: moved, it stands as another row. A request whose time for an
        answer is over is cancelled by nobody: it is written down as expired."""
        row = self._tx.row(_ONE, {"booking": effect.booking_id})
        if row is None or not self._people.may_touch(actor, row.patient_id):
            return
        is_over = actor.staff is None and row.approve_until is not None and row.approve_until <= self._tx.now
        account_id, deed = (None, "booking.expire") if is_over else (actor.account.id, "booking.cancel")
        if not self._end(account_id, deed, row.id, row.patient_id):
            raise Conflict("the visit was changed in between")

    def confirm_booking(self, actor: Actor, effect: ConfirmBooking) -> None:
        """Keeps when it was first said; a visit that is not firm, or was cancelled, is left alone."""
        row = self._tx.row(_ONE, {"booking": effect.booking_id})
        if row is None or not self._people.may_touch(actor, row.patient_id):
            return
        if self._tx.count(_CONFIRM, {"booking": row.id, "now": self._tx.now}):
            self._tx.audit(actor.account.id, "booking.confirm", f"booking:{row.id}")

    def approve(self, actor: Actor, effect: ApproveBooking) -> None:
        """The practitioner agrees. Raises Conflict where it was cancelled, or answered, in between."""
        if actor.staff is None or actor.staff.role != "practitioner":
            return
        if not self._tx.count(_APPROVE, {"booking": effect.booking_id, "state_now": effect.state}):
            raise Conflict("the request was settled in between")
        self._tx.audit(actor.account.id, "booking.approve", f"booking:{effect.booking_id}")

    def ask_to_move(self, actor: Actor, effect: AskToMove) -> None:
        """The practice asks the patient to choose another time, once. Raises Conflict where it cannot any more."""
        if actor.staff is None:
            return
        if not self._tx.count(_ASK_TO_MOVE, {"booking": effect.booking_id, "now": self._tx.now}):
            raise Conflict("the visit was changed in between")
        self._tx.audit(actor.account.id, "booking.ask_to_move", f"booking:{effect.booking_id}")

    def run_late(self, actor: Actor, effect: RunLate) -> None:
        """By how many minutes the patient said last that they will be late."""
        row = self._tx.row(_ONE, {"booking": effect.booking_id})
        if row is None or not self._people.may_touch(actor, row.patient_id):
            return
        if self._tx.count(_RUN_LATE, {"booking": row.id, "late_now": effect.minutes}):
            self._tx.audit(actor.account.id, "booking.late", f"booking:{row.id}")

    def release_bookings(self, actor: Actor, effect: ReleaseBookings) -> None:
        if self._people.may_touch(actor, effect.patient_id):
            for (booking_id,) in self._tx.rows(_RELEASE, {"patient": effect.patient_id}):
                self._tx.audit(actor.account.id, "booking.release", f"booking:{booking_id}")

    def mark(self, actor: Actor, effect: MarkVisit) -> None:
        """Whether somebody came. Raises Conflict where somebody else said so in between."""
        if actor.staff is None:
            return
        named = {"booking": effect.booking_id, "was": effect.was, "state_now": effect.state}
        if not self._tx.count(_MARK, named):
            raise Conflict("the visit was marked in between")
        self._tx.audit(actor.account.id, f"booking.{effect.state}", f"booking:{effect.booking_id}")

    def cancel_upcoming(self, actor: Actor, patient_id: int) -> None:
        """Frees every time this patient still holds."""
        for visit in self.bookings(patient_id):
            self._cancel(actor, visit.id, patient_id)

    def _cancel(self, actor: Actor, booking_id: int, patient_id: int) -> bool:
        """Whether it stood till now."""
        return self._end(actor.account.id, "booking.cancel", booking_id, patient_id)

    def _end(self, account_id: int | None, deed: str, booking_id: int, patient_id: int) -> bool:
        tx = self._tx
        self._resources.lock()
        if not tx.count(_CANCEL, {"booking": booking_id}):
            return False
        tx.run(_OPEN, {"booking": booking_id, "now": tx.now, "due_at": tx.now + UNDO})
        tx.run(_FREE, {"booking": booking_id})
        tx.run(_NO_WORD, {"booking": booking_id, "now": tx.now})
        tx.run(WAITS_UNTIL, {"patient": patient_id, "now": tx.now})
        tx.audit(account_id, deed, f"booking:{booking_id}")
        return True

    def _wanted(self, effect: Book | Hold) -> tuple[int, int]:
        """The rows of the practitioner and the room, locked."""
        resources = self._resources
        return resources.locked("practitioner", effect.practitioner), resources.locked("room", effect.room)
