"""Bookings: who comes when, to whom, and what became of it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select, update

from bot.model import (
    ApproveBooking,
    AskToMove,
    Book,
    Booking,
    CancelBooking,
    ConfirmBooking,
    MarkVisit,
    ReleaseBookings,
    RunLate,
    Window,
)
from storage.database import Conflict
from storage.occupancies import Occupancies
from storage.people import People
from storage.reminders import Reminders
from storage.tables import STANDS, booking, resource
from storage.timeoff import TimesOff
from storage.transaction import Actor, Transaction
from storage.waitlist import Waitlist

DIARY_DAYS = 8
"""Today and the seven days after it."""

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


def _upcoming(whose: ColumnElement[bool]) -> Select[Any]:
    return BOOKING.where(whose, booking.c.ends_at > bindparam("now"), booking.c.state.in_(STANDS)).order_by(
        booking.c.starts_at, booking.c.id
    )


def _past(whose: ColumnElement[bool]) -> Select[Any]:
    return BOOKING.where(
        whose, booking.c.starts_at <= bindparam("now"), booking.c.state.in_(("booked", "arrived", "no_show"))
    ).order_by(booking.c.starts_at.desc(), booking.c.id.desc())


_WHOSE = booking.c.patient_id == bindparam("patient")
_OF_MANY = booking.c.patient_id.in_(bindparam("keys", expanding=True))
_UPCOMING, _ALL_UPCOMING = _upcoming(_WHOSE), _upcoming(_OF_MANY)
_PAST, _ALL_PAST = _past(_WHOSE), _past(_OF_MANY)
_BY_ID = BOOKING.add_columns(_SEQUENCE).where(booking.c.id == bindparam("booking"))
_DIARY = BOOKING.where(
    booking.c.starts_at >= bindparam("since"),
    booking.c.starts_at < bindparam("until"),
    booking.c.state != "cancelled",
).order_by(booking.c.starts_at, booking.c.id)
_EVER_BOOKED = select(booking.c.id).where(booking.c.patient_id == bindparam("patient")).limit(1)

_ADD_BOOKING = insert(booking).returning(booking.c.id)
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

    def __init__(
        self,
        transaction: Transaction,
        people: People,
        occupancies: Occupancies,
        away: TimesOff,
        reminders: Reminders,
        waitlist: Waitlist,
    ) -> None:
        self._tx = transaction
        self._people = people
        self._occupancies = occupancies
        self._away = away
        self._reminders = reminders
        self._waitlist = waitlist

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
        reminded = self._reminders.reminded([row.id for row in rows])
        return tuple(
            replace(
                Booking(*row),
                name=known[row.patient_id].name,
                accounts=reach.get(row.patient_id, ()),
                reminded=row.id in reminded,
            )
            for row in rows
        )

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
        taken = self._occupancies.wanted(effect)
        if not effect.in_time_off and self._away.meets(taken, effect.starts_at, effect.ends_at):
            raise Conflict("somebody was said to be away in between")
        self._occupancies.let_go(actor.account.id)
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
            "practitioner_id": taken[0],
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
        self._occupancies.take(taken, effect.free_from or effect.starts_at, effect.free_at, actor.booking_id)
        self._waitlist.until_next_visit(patient_id)
        tx.audit(actor.account.id, "booking.make", f"booking:{actor.booking_id}")

    def _nothing_stands(self, patient_id: int, uid: str) -> None:
        """Raises Conflict where the visit does, as another row."""
        if self._tx.row(_SAME_STANDS, {"patient": patient_id, "uid": uid}) is not None:
            raise Conflict("the visit stands already")

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
        if actor.practitioner is None:
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
        self._occupancies.lock()
        if not tx.count(_CANCEL, {"booking": booking_id}):
            return False
        self._occupancies.free(booking_id)
        self._reminders.cancel_of_visit(booking_id)
        self._waitlist.until_next_visit(patient_id)
        tx.audit(account_id, deed, f"booking:{booking_id}")
        return True
