"""Warning signs. All of a response stand in one sealed row that is there from its first moment on: without the key
nobody can tell whether there are any, how many, or when that changed."""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import bindparam, delete, insert, select, update

from bot.model import Concern, Flag, Level, RaiseFlag, ReachedCare, Seen, SettleFlags, Told
from storage.people import People
from storage.tables import STANDS, booking, data_key, flag, key_of, response
from storage.transaction import Actor, Transaction

ROOM = 4080
"""Bytes a row's signs are written in at least, so that all rows are of one length: room for about twenty of them."""
CONCERN_DAYS = 30
"""How long after the last answer an assessment is looked into for signs nobody has released, unless a visit is ahead:
all that was ever answered would have to be opened to find them."""
UNSETTLED = ("open", "disputed")
_GRAVITY: tuple[Level, ...] = ("tell", "doctor", "emergency")

_ALL = (
    select(flag, response.c.kind, response.c.episode_id)
    .join(response, response.c.id == flag.c.response_id)
    .order_by(flag.c.response_id)
)
_OF_PATIENT = _ALL.where(flag.c.patient_id == bindparam("patient"))
_OF_PATIENTS = _ALL.where(flag.c.patient_id.in_(bindparam("keys", expanding=True)))
_OF_RESPONSE = select(flag).where(flag.c.response_id == bindparam("response"))
_LOCKED = _OF_PATIENT.with_for_update(of=flag)
# Whose rows are wanted is told by slimmer ones; that no visit takes a day leads to those ahead by when they begin.
_OF_RECENT = select(response.c.id).where(response.c.touched_at >= bindparam("since"))
_OF_AHEAD = (
    select(response.c.id)
    .join(booking, booking.c.patient_id == response.c.patient_id)
    .where(
        booking.c.starts_at > bindparam("yesterday"),
        booking.c.ends_at > bindparam("now"),
        booking.c.state.in_(STANDS),
    )
)
_RECENT = (
    select(flag, data_key.c.wrapped)
    .select_from(flag.outerjoin(data_key, key_of("patient", flag.c.patient_id)))
    .where(flag.c.response_id.in_(_OF_RECENT.union(_OF_AHEAD)))
    .order_by(flag.c.patient_id, flag.c.response_id)
)
_ADD = insert(flag)
_CHANGE = (
    update(flag)
    .where(flag.c.response_id == bindparam("response"))
    .values(revision=bindparam("revision_now"), body=bindparam("body_now"))
)
_DROP = delete(flag).where(flag.c.response_id == bindparam("response"))


@dataclass(frozen=True, slots=True)
class Sign:
    """One warning sign as it is kept. Instants are ISO 8601 in UTC."""

    code: str
    level: Level
    link_id: str
    state: Literal["open", "disputed", "released", "withdrawn"]
    raised_at: str
    told: bool = False
    closed_at: str | None = None
    closed_by: int | None = None
    seen: bool = False
    care: Literal["", "yes", "no"] = ""


class Flags:
    """The signs of a patient's responses."""

    def __init__(self, transaction: Transaction, people: People) -> None:
        self._tx = transaction
        self._people = people

    def read_ahead(self, patients: Collection[int]) -> None:
        """Reads at once the signs of many patients."""
        self._tx.read_ahead(_OF_PATIENT, _OF_PATIENTS, patients, lambda row: row.patient_id)

    def flags(self, patient_id: int) -> tuple[Flag, ...]:
        """The warning signs of the newest episode, and of older ones the graver that nobody has settled; withdrawn
        ones left out, in the order they were raised."""
        rows = self._tx.rows(_OF_PATIENT, {"patient": patient_id})
        newest = max((row.episode_id for row in rows), default=0)
        found = [(row.episode_id, one) for row in rows for one in self._flags(patient_id, row)]
        return tuple(one for episode, one in found if one.state != "withdrawn" and (episode == newest or one.holds))

    def concerns(self) -> tuple[Concern, ...]:
        """Emergencies and doctor's signs nobody has released, of whoever answered lately or has a visit ahead: the
        emergencies first."""
        now = self._tx.now
        wanted = {"since": now - timedelta(days=CONCERN_DAYS), "yesterday": now - timedelta(days=1), "now": now}
        found: dict[tuple[Level, int], dict[str, None]] = {}
        for row in self._tx.rows(_RECENT, wanted):
            self._tx.learn(f"patient:{row.patient_id}", row.wrapped)
            for one in self._flags(row.patient_id, row):
                if one.holds:
                    found.setdefault((one.level, row.patient_id), {})[one.code] = None
        known = self._people.patients({patient_id for _, patient_id in found}) if found else {}
        gravest = sorted(found, key=lambda one: (-_GRAVITY.index(one[0]), one[1]))
        return tuple(
            Concern(patient_id, known[patient_id].name, level, tuple(found[level, patient_id]))
            for level, patient_id in gravest
        )

    def begin(self, patient_id: int, response_id: int) -> None:
        """The row of a new response, with no sign in it."""
        revision = self._tx.first_revision()
        body = self._seal(patient_id, response_id, revision, [])
        row = {"response_id": response_id, "patient_id": patient_id, "revision": revision, "body": body}
        self._tx.run(_ADD, row)

    def found_in(self, patient_id: int, response_id: int) -> bool:
        """Whether any sign was ever raised in this response."""
        row = self._tx.row(_OF_RESPONSE, {"response": response_id})
        return row is not None and bool(self._signs(patient_id, row))

    def drop(self, response_id: int) -> None:
        """Deletes the row of a response that goes."""
        self._tx.run(_DROP, {"response": response_id})

    def raise_flag(self, actor: Actor, effect: RaiseFlag) -> None:
        """In the newest response of its kind. A sign that stands already only ever becomes graver this way."""
        patient_id = self._people.patient_of(actor)
        rows = [] if patient_id is None else self._tx.rows(_LOCKED, {"patient": patient_id})
        rows = [row for row in rows if row.kind == effect.kind]
        if patient_id is None or not rows:
            raise LookupError("there is no assessment to raise a flag in")
        signs = self._signs(patient_id, rows[-1])
        known = next((sign for sign in signs if sign.code == effect.code), None)
        if known and known.state != "withdrawn" and _GRAVITY.index(effect.level) <= _GRAVITY.index(known.level):
            return
        raised = Sign(effect.code, effect.level, effect.link_id, "open", self._tx.now.isoformat())
        others = [sign for sign in signs if sign is not known]
        self._write(patient_id, rows[-1], [*others, raised])

    def settle_flags(self, actor: Actor, effect: SettleFlags) -> None:
        """Moves those in one of the states named. The practice's decisions and a patient's dispute are audited."""
        tx = self._tx
        if not self._people.may_touch(actor, effect.patient_id):
            return
        closed = effect.state in ("released", "withdrawn")

        def settled(sign: Sign, response_id: int) -> Sign:
            if effect.response_id not in (None, response_id):
                return sign
            if sign.state not in effect.which or (effect.codes and sign.code not in effect.codes):
                return sign
            at, by = (tx.now.isoformat(), actor.account.id) if closed else (None, None)
            return replace(sign, state=effect.state, closed_at=at, closed_by=by)

        # A sign withdrawn by a changed answer is the answer's own doing; a line of its own would tell of it.
        if self._rewrite(effect.patient_id, settled) and effect.state != "withdrawn":
            tx.audit(actor.account.id, f"flags.{effect.state}", f"patient:{effect.patient_id}")

    def told(self, actor: Actor, effect: Told) -> None:
        """The practice has got word of these."""
        if self._people.may_touch(actor, effect.patient_id):
            self._rewrite(
                effect.patient_id,
                lambda sign, response_id: (
                    replace(sign, told=True) if (response_id, sign.code) in effect.flags else sign
                ),
            )

    def seen(self, actor: Actor, effect: Seen) -> None:
        """Somebody of the practice knows of those that are not settled."""
        if actor.staff is not None and self._mark(actor, effect.patient_id, lambda sign: replace(sign, seen=True)):
            self._tx.audit(actor.account.id, "flags.seen", f"patient:{effect.patient_id}")

    def reached_care(self, actor: Actor, effect: ReachedCare) -> None:
        """What the patient says of help, beside the emergencies that are not settled."""
        self._mark(
            actor,
            effect.patient_id,
            lambda sign: replace(sign, care=effect.answer) if sign.level == "emergency" else sign,
        )

    def _mark(self, actor: Actor, patient_id: int, mark: Callable[[Sign], Sign]) -> bool:
        if not self._people.may_touch(actor, patient_id):
            return False
        return self._rewrite(patient_id, lambda sign, response_id: mark(sign) if sign.state in UNSETTLED else sign)

    def _rewrite(self, patient_id: int, change: Callable[[Sign, int], Sign]) -> bool:
        """Whether anything changed."""
        changed = False
        for row in self._tx.rows(_LOCKED, {"patient": patient_id}):
            before = self._signs(patient_id, row)
            after = [change(sign, row.response_id) for sign in before]
            if after != before:
                self._write(patient_id, row, after)
                changed = True
        return changed

    # --- the row ---

    def _write(self, patient_id: int, row: Any, signs: list[Sign]) -> None:
        revision = row.revision + 1
        body = self._seal(patient_id, row.response_id, revision, signs)
        self._tx.run(_CHANGE, {"response": row.response_id, "revision_now": revision, "body_now": body})

    def _seal(self, patient_id: int, response_id: int, revision: int, signs: list[Sign]) -> bytes:
        said = json.dumps([list(asdict(sign).values()) for sign in signs], separators=(",", ":")).ljust(ROOM)
        return self._tx.seal(f"patient:{patient_id}", "flag", response_id, revision, "body", said.encode())

    def _flags(self, patient_id: int, row: Any) -> Iterator[Flag]:
        for sign in self._signs(patient_id, row):
            yield Flag(
                sign.code,
                sign.level,
                sign.state,
                sign.link_id,
                sign.told,
                sign.seen,
                sign.care,
                row.response_id,
                datetime.fromisoformat(sign.raised_at),
            )

    def _signs(self, patient_id: int, row: Any) -> list[Sign]:
        said = self._tx.open(f"patient:{patient_id}", "flag", row.response_id, row.revision, "body", row.body)
        return list(_read(json.loads(said)))


def _read(kept: list[list[Any]]) -> Iterator[Sign]:
    for each in kept:
        yield Sign(*each)
