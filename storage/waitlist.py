"""The waitlist: who wants to hear of times that open, what has opened, and who was told of it.

An opening is looked at when it is due: it is offered to one person, and due again when that offer ends. `offer` has a
row for everybody it was held against, so that nobody is asked twice.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_change

from bot.model import MakeOffer, Opening, PassOver, SettleOffer, Wait, Waiting
from storage.database import Conflict
from storage.people import People
from storage.tables import STANDS, account, booking, offer, opening, patient, resource, waiting
from storage.transaction import Actor, Transaction

# From the few who wait to the patients: a join SQLite takes the other way round, through all of them.
_IN_CARE = exists().where(patient.c.id == waiting.c.patient_id, patient.c.state == "active")
_WAITING = (
    select(waiting.c.patient_id, waiting.c.account_id, waiting.c.days, waiting.c.parts, waiting.c.since, account.c.zone)
    .join(account, account.c.id == waiting.c.account_id)
    .where(_IN_CARE, account.c.chat_id.is_not(None))
    .order_by(waiting.c.since, waiting.c.patient_id)
)
_OWN = _WAITING.where(waiting.c.patient_id == bindparam("patient"))
_REACHED = _WAITING.where(account.c.reachable)
_TOLD = exists().where(
    offer.c.opening_id == bindparam("opening"),
    offer.c.account_id == waiting.c.account_id,
    or_(offer.c.state != "later", offer.c.until > bindparam("now")),
)
_LEFT = exists().where(
    opening.c.id == bindparam("opening"),
    opening.c.booking_id == booking.c.id,
    booking.c.patient_id == waiting.c.patient_id,
)
_NOT_TOLD = _REACHED.where(~_TOLD, ~_LEFT)
_VISITS = (
    select(booking.c.patient_id, booking.c.starts_at, resource.c.ref)
    .join(resource, resource.c.id == booking.c.practitioner_id)
    .where(
        booking.c.patient_id.in_(bindparam("patients", expanding=True)),
        booking.c.starts_at > bindparam("now"),
        booking.c.state.in_(STANDS),
    )
    .order_by(booking.c.starts_at.desc(), booking.c.id.desc())
)
_OFFERED = select(offer.c.account_id, offer.c.starts_at).where(
    offer.c.account_id.in_(bindparam("accounts", expanding=True)), offer.c.starts_at.is_not(None)
)
_OVER = (
    select(waiting.c.account_id)
    .where(waiting.c.over_at <= bindparam("now"))
    .order_by(waiting.c.over_at, waiting.c.account_id)
    .limit(bindparam("limit"))
)
_NEXT_OVER = (
    select(waiting.c.over_at)
    .where(waiting.c.over_at.is_not(None))
    .order_by(waiting.c.over_at)
    .limit(bindparam("limit"))
)
_UNTIL = (
    update(waiting)
    .where(waiting.c.patient_id == bindparam("patient"))
    .values(
        over_at=select(func.min(booking.c.starts_at))
        .where(
            booking.c.patient_id == waiting.c.patient_id,
            booking.c.starts_at > bindparam("now"),
            booking.c.state.in_(STANDS),
        )
        .scalar_subquery()
    )
)

_ADD = insert_or_change(waiting)
_WAIT = _ADD.on_conflict_do_update(
    index_elements=[waiting.c.patient_id],
    set_={"account_id": _ADD.excluded.account_id, "days": _ADD.excluded.days, "parts": _ADD.excluded.parts},
)
_STOP = delete(waiting).where(waiting.c.patient_id == bindparam("patient"))
_STOP_ACCOUNT = delete(waiting).where(waiting.c.account_id == bindparam("account"))

_HOLDER = (
    select(offer.c.account_id)
    .where(offer.c.opening_id == opening.c.id, offer.c.state == "offered")
    .correlate(opening)
    .scalar_subquery()
)
_OPENING = select(opening.c.id, resource.c.ref, opening.c.starts_at, opening.c.ends_at, _HOLDER.label("holder")).join(
    resource, resource.c.id == opening.c.practitioner_id
)
_BY_ID = _OPENING.where(opening.c.id == bindparam("opening"))
_DUE = (
    _OPENING.where(opening.c.due_at <= bindparam("now"))
    .order_by(opening.c.due_at, opening.c.id)
    .limit(bindparam("limit"))
)
_UPCOMING = (
    select(opening.c.due_at)
    .where(opening.c.due_at.is_not(None), exists().where(waiting.c.patient_id.is_not(None)))
    .order_by(opening.c.due_at)
    .limit(bindparam("limit"))
)
_TELL = select(offer.c.state, offer.c.starts_at, offer.c.until).where(
    offer.c.opening_id == bindparam("opening"), offer.c.account_id == bindparam("account")
)
_LOOK = update(opening).where(opening.c.id == bindparam("opening")).values(due_at=bindparam("due_now"))
_PUT_OFF = select(func.min(offer.c.until)).where(
    offer.c.opening_id == bindparam("opening"), offer.c.state == "later", offer.c.until > bindparam("now")
)
_REST = (
    update(opening)
    .where(opening.c.id == bindparam("opening"), opening.c.due_at <= bindparam("now"))
    .values(due_at=_PUT_OFF.scalar_subquery())
)

_NEW = insert_or_change(offer)
_KEEP = _NEW.on_conflict_do_update(
    index_elements=[offer.c.opening_id, offer.c.account_id],
    set_={"state": _NEW.excluded.state, "starts_at": _NEW.excluded.starts_at, "until": _NEW.excluded.until},
    where=offer.c.state == "later",
).returning(offer.c.account_id)
_SETTLE = (
    update(offer)
    .where(
        offer.c.opening_id == bindparam("opening"),
        offer.c.account_id == bindparam("account"),
        offer.c.state == "offered",
    )
    .values(state=bindparam("state_now"))
)
_OFFERS_OF = select(offer.c.opening_id).where(offer.c.account_id == bindparam("account"), offer.c.state == "offered")
_PAST = select(opening.c.id).where(opening.c.ends_at <= bindparam("now"))
_PRUNE_OFFERS = delete(offer).where(offer.c.opening_id.in_(_PAST))
_PRUNE = delete(opening).where(opening.c.ends_at <= bindparam("now"))


class Waitlist:
    """Openings come into being where a visit is cancelled (`storage.diary`)."""

    def __init__(self, transaction: Transaction, people: People) -> None:
        self._tx = transaction
        self._people = people

    # --- who waits ---

    def waiting(self, patient_id: int) -> Waiting | None:
        """This patient's place on the waitlist."""
        return next(iter(self._told(self._tx.rows(_OWN, {"patient": patient_id}))), None)

    def everybody(self) -> tuple[Waiting, ...]:
        """All who wait and can be written to, with names, the longest first."""
        found = self._told(self._tx.rows(_REACHED))
        known = self._people.patients({one.patient_id for one in found}) if found else {}
        return tuple(replace(one, name=known[one.patient_id].name) for one in found)

    def not_told(self, opening_id: int) -> tuple[Waiting, ...]:
        """Those who wait and have not been held against this opening, or may be again by now; the longest first.
        Not whoever left that time."""
        return self._told(self._tx.rows(_NOT_TOLD, {"opening": opening_id, "now": self._tx.now}))

    def _told(self, rows: Sequence[Any]) -> tuple[Waiting, ...]:
        if not rows:
            return ()
        patients, accounts = [row.patient_id for row in rows], [row.account_id for row in rows]
        visits = {row[0]: row[1:] for row in self._tx.rows(_VISITS, {"patients": patients, "now": self._tx.now})}
        offered: dict[int, set[datetime]] = {}
        for account_id, starts_at in self._tx.rows(_OFFERED, {"accounts": accounts}):
            offered.setdefault(account_id, set()).add(starts_at)
        return tuple(
            Waiting(
                patient_id=row.patient_id,
                account_id=row.account_id,
                days=frozenset(map(int, row.days)),
                parts=frozenset(row.parts.split()),
                since=row.since,
                zone=row.zone,
                visit_at=visits.get(row.patient_id, (None, None))[0],
                practitioner=visits.get(row.patient_id, (None, None))[1],
                offered=frozenset(offered.get(row.account_id, ())),
            )
            for row in rows
        )

    def wait(self, actor: Actor, effect: Wait) -> None:
        """Who changes what they wish keeps their place."""
        tx, patient_id = self._tx, self._people.patient_made(actor)
        row = {
            "patient_id": patient_id,
            "account_id": actor.account.id,
            "days": "".join(map(str, sorted(effect.days))),
            "parts": " ".join(sorted(effect.parts)),
            "since": tx.now,
        }
        tx.run(_WAIT, row)
        self.until_next_visit(patient_id)
        tx.audit(actor.account.id, "waitlist.wait", f"patient:{patient_id}")

    def until_next_visit(self, patient_id: int) -> None:
        """Who waits for an earlier time does so until their next visit: to be called whenever that has changed. It is
        kept beside them, for each tick to find whose has begun without looking at everybody's.
        """
        self._tx.run(_UNTIL, {"patient": patient_id, "now": self._tx.now})

    def stop(self, actor: Actor) -> None:
        """Twice is once."""
        patient_id = self._people.patient_of(actor)
        if patient_id is not None and self._tx.count(_STOP, {"patient": patient_id}):
            self._tx.audit(actor.account.id, "waitlist.stop", f"patient:{patient_id}")

    def erase(self, patient_id: int) -> None:
        """This patient waits for nothing any more."""
        self._tx.run(_STOP, {"patient": patient_id})

    def forget(self, account_id: int) -> None:
        """The same for an account; what it was offered is somebody else's."""
        self.end(account_id)
        for (opening_id,) in self._tx.rows(_OFFERS_OF, {"account": account_id}):
            self._settle(opening_id, account_id, "lapsed")

    def over(self, limit: int) -> list[int]:
        """The accounts of those whose visit has begun since they wait."""
        return [row[0] for row in self._tx.rows(_OVER, {"now": self._tx.now, "limit": limit})]

    # --- what has opened ---

    def opening(self, opening_id: int | None, account_id: int) -> Opening | None:
        """An opening, with what this account was told of it."""
        row = None if opening_id is None else self._tx.row(_BY_ID, {"opening": opening_id})
        if row is None:
            return None
        told = self._tx.row(_TELL, {"opening": row.id, "account": account_id})
        found = _opening(row)
        return replace(found, state=told.state, offered_at=told.starts_at, until=told.until) if told else found

    def due(self, limit: int) -> list[tuple[Opening, int | None]]:
        """Those to be looked at now, the oldest first, each with the account whose offer of it has come to its end."""
        rows = self._tx.rows(_DUE, {"now": self._tx.now, "limit": limit})
        return [(_opening(row), row.holder) for row in rows]

    def upcoming(self, limit: int) -> list[datetime]:
        """When something is looked at next: what has opened, and visits that end somebody's waiting."""
        looks = [row[0] for row in self._tx.rows(_UPCOMING, {"limit": limit})]
        return sorted([*looks, *(row[0] for row in self._tx.rows(_NEXT_OVER, {"limit": limit}))])[:limit]

    def rest(self, opening_id: int) -> None:
        """Nobody is left to be asked, or nobody now: it is looked at when the next one may be."""
        self._tx.run(_REST, {"opening": opening_id, "now": self._tx.now})

    def make_offer(self, actor: Actor, effect: MakeOffer) -> None:
        """Raises Conflict, or what the database raises, where it is out to somebody, or this person was told."""
        self._keep(effect.opening_id, actor.account.id, "offered", effect.starts_at, effect.until)
        self._tx.run(_LOOK, {"opening": effect.opening_id, "due_now": effect.until})
        self._tx.audit(actor.account.id, "waitlist.offer", f"opening:{effect.opening_id}")

    def pass_over(self, actor: Actor, effect: PassOver) -> None:
        state = "passed" if effect.until is None else "later"
        self._keep(effect.opening_id, actor.account.id, state, None, effect.until)

    def settle_offer(self, actor: Actor, effect: SettleOffer) -> None:
        """Raises Conflict where it was settled in between."""
        if not self._settle(effect.opening_id, actor.account.id, effect.state):
            raise Conflict("the offer was over")
        self._tx.audit(actor.account.id, f"waitlist.{effect.state}", f"opening:{effect.opening_id}")

    def end(self, account_id: int) -> None:
        """Nobody waits in this account's name any more."""
        self._tx.run(_STOP_ACCOUNT, {"account": account_id})

    def decided(self, opening_id: int, account_id: int) -> None:
        """Whatever became of it, this person is not asked about this opening again at once."""
        found = self.opening(opening_id, account_id)
        if found is None:
            return
        if found.state == "offered" and found.until is not None and found.until <= self._tx.now:
            self._settle(opening_id, account_id, "lapsed")
        elif not found.is_out and (found.state == "" or (found.state == "later" and _is_past(found, self._tx.now))):
            self._keep(opening_id, account_id, "passed", None, None)

    def prune(self) -> None:
        """Deletes what opened and is over."""
        for statement in (_PRUNE_OFFERS, _PRUNE):
            self._tx.run(statement, {"now": self._tx.now})

    def _keep(
        self, opening_id: int, account_id: int, state: str, starts_at: datetime | None, until: datetime | None
    ) -> None:
        row = {"opening_id": opening_id, "account_id": account_id, "state": state, "starts_at": starts_at}
        if self._tx.row(_KEEP, {**row, "until": until}) is None:
            raise Conflict("this person was told of the opening in between")

    def _settle(self, opening_id: int, account_id: int, state: str) -> bool:
        """What is left of it is looked at at once."""
        named = {"opening": opening_id, "account": account_id, "state_now": state}
        if not self._tx.count(_SETTLE, named):
            return False
        self._tx.run(_LOOK, {"opening": opening_id, "due_now": self._tx.now})
        return True


def _opening(row: Any) -> Opening:
    return Opening(row.id, row.ref, row.starts_at, row.ends_at, row.holder is not None)


def _is_past(found: Opening, now: datetime) -> bool:
    return found.until is not None and found.until <= now
