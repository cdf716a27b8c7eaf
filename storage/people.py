"""Accounts, the practice's own people, patients, and what each agreed to."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Executable, bindparam, insert, select, update

from bot.model import (
    Account,
    AskErasure,
    GiveConsent,
    Identify,
    Invite,
    LinkStaff,
    Note,
    Patient,
    SetReachable,
    Staff,
    WithdrawConsent,
)
from storage.database import Conflict
from storage.tables import account, account_patient, consent, data_key, invite, key_of, patient, staff
from storage.transaction import Actor, Transaction

_ACCOUNTS_OF = (
    select(account.c.id, account.c.chat_id, account.c.locale, account.c.zone, account.c.reachable)
    .join(account_patient, account_patient.c.account_id == account.c.id)
    .where(account_patient.c.patient_id == bindparam("patient"), account.c.chat_id.is_not(None))
    .order_by(account.c.id)
)
_REACH = (
    select(account_patient.c.patient_id, account.c.id)
    .join(account, account.c.id == account_patient.c.account_id)
    .where(
        account_patient.c.patient_id.in_(bindparam("patients", expanding=True)),
        account.c.chat_id.is_not(None),
        account.c.reachable,
    )
    .order_by(account.c.id)
)
_LINKED = (
    select(staff.c.account_id, staff.c.role, staff.c.ref, account.c.reachable)
    .join(account, account.c.id == staff.c.account_id)
    .where(staff.c.revoked_at.is_(None), account.c.chat_id.is_not(None))
    .order_by(staff.c.id)
)
_LINKED_SINCE = _LINKED.add_columns(staff.c.linked_at)
_LINK = insert(staff)
_UNLINK = (
    update(staff)
    .where(staff.c.account_id == bindparam("account"), staff.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
_ADD_INVITE = insert(invite)
_OPEN_INVITE = select(invite.c.id, invite.c.role, invite.c.ref).where(
    invite.c.hash == bindparam("hash"), invite.c.used_at.is_(None), invite.c.expires_at > bindparam("now")
)
_USE_INVITE = (
    update(invite)
    .where(invite.c.id == bindparam("invite"), invite.c.used_at.is_(None), invite.c.expires_at > bindparam("now"))
    .values(used_at=bindparam("now"), used_by=bindparam("account"))
)
_REACHABLE = update(account).where(account.c.id == bindparam("account")).values(reachable=bindparam("reachable_now"))

_PATIENT = select(patient.c.id, patient.c.state, patient.c.revision, patient.c.body)
_PATIENT_BY_ID = _PATIENT.where(patient.c.id == bindparam("patient"))
_WITH_KEYS = _PATIENT.add_columns(data_key.c.wrapped).select_from(
    patient.outerjoin(data_key, key_of("patient", patient.c.id))
)
_PATIENTS_BY_ID = _WITH_KEYS.where(patient.c.id.in_(bindparam("patients", expanding=True)))
_OWN_PATIENT = (
    _PATIENT.join(account_patient, account_patient.c.patient_id == patient.c.id)
    .where(account_patient.c.account_id == bindparam("account"), patient.c.state == "active")
    .order_by(patient.c.id.desc())
    .limit(1)
)
_OWN_PATIENTS = (
    _PATIENT.add_columns(account_patient.c.account_id)
    .join(account_patient, account_patient.c.patient_id == patient.c.id)
    .where(account_patient.c.account_id.in_(bindparam("keys", expanding=True)), patient.c.state == "active")
    .order_by(account_patient.c.account_id, patient.c.id.desc())
)
PATIENTS_OF = select(account_patient.c.patient_id).where(account_patient.c.account_id == bindparam("account"))
"""The patients of one account."""
_OWNS = PATIENTS_OF.where(account_patient.c.patient_id == bindparam("patient"))
_NEWEST = _WITH_KEYS.where(patient.c.state == "active").order_by(patient.c.id.desc()).limit(bindparam("most"))
_ADD_PATIENT = insert(patient).returning(patient.c.id)
_ADD_OWN = insert(account_patient)
_NAME_PATIENT = (
    update(patient)
    .where(patient.c.id == bindparam("patient"))
    .values(revision=bindparam("revision_now"), body=bindparam("body_now"))
)
_OWN_ACTIVE = (
    select(patient.c.id)
    .join(account_patient, account_patient.c.patient_id == patient.c.id)
    .where(account_patient.c.account_id == bindparam("account"), patient.c.state == "active")
    .order_by(patient.c.id)
)
_ASK_ERASURE = (
    update(patient)
    .where(patient.c.id == bindparam("patient"), patient.c.state == "active")
    .values(state="erasure_asked")
)

_CONSENTS = select(consent.c.purpose).where(
    consent.c.account_id == bindparam("account"), consent.c.withdrawn_at.is_(None)
)
_CONSENTS_OF_MANY = select(consent.c.purpose, consent.c.account_id).where(
    consent.c.account_id.in_(bindparam("keys", expanding=True)), consent.c.withdrawn_at.is_(None)
)
_WITHDRAW = (
    update(consent)
    .where(
        consent.c.account_id == bindparam("account"),
        consent.c.purpose.in_(bindparam("purposes", expanding=True)),
        consent.c.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=bindparam("now"))
)
_GIVE = insert(consent)

PURPOSES = ("intake", "reminders", "sharing")


class People:
    """Who is who: reads for facts, and the deeds that change who somebody is to the practice."""

    def __init__(self, transaction: Transaction) -> None:
        self._tx = transaction
        self._practice: tuple[Staff, ...] | None = None

    def read_ahead(self, accounts: Collection[int]) -> None:
        """Reads at once who many accounts speak for, and what they agree to."""
        self._tx.read_ahead(_OWN_PATIENT, _OWN_PATIENTS, accounts, lambda row: row.account_id)
        self._tx.read_ahead(_CONSENTS, _CONSENTS_OF_MANY, accounts, lambda row: row.account_id)

    # --- accounts and staff ---

    def accounts_of(self, patient_id: int) -> tuple[Account, ...]:
        """Whoever speaks for this patient, and can be written to."""
        return tuple(Account(*row) for row in self._tx.rows(_ACCOUNTS_OF, {"patient": patient_id}))

    def reach(self, patient_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """The accounts of each of the patients that messages reach; one whom none reaches is left out."""
        found: dict[int, tuple[int, ...]] = {}
        for patient_id, account_id in self._tx.rows(_REACH, {"patients": sorted(patient_ids)}):
            found[patient_id] = (*found.get(patient_id, ()), account_id)
        return found

    def practice(self) -> tuple[Staff, ...]:
        """Everybody of the practice linked to a chat, in the order they were linked."""
        if self._practice is None:
            self._practice = tuple(Staff(*row) for row in self._tx.rows(_LINKED))
        return self._practice

    def practice_changed(self) -> None:
        """Somebody was linked, unlinked, lost or found: who the practice is must be read again."""
        self._practice = None

    def linked(self) -> tuple[tuple[Staff, datetime], ...]:
        """The same, each with when they were linked."""
        return tuple((Staff(*row[:4]), row[4]) for row in self._tx.rows(_LINKED_SINCE))

    def make_invite(self, code: str, role: Literal["practitioner", "contact"], ref: str, expires_at: datetime) -> None:
        """Keeps the hash of a single-use code of 128 random bits or more."""
        row = {"hash": _hash(code), "role": role, "ref": ref, "made_at": self._tx.now, "expires_at": expires_at}
        self._tx.run(_ADD_INVITE, row)
        self._tx.audit(None, "invite.make", f"{role}:{ref}")

    def invite(self, code: str) -> Invite | None:
        """The invitation this code opens, unless it is unknown, used or past its time."""
        row = self._tx.row(_OPEN_INVITE, {"hash": _hash(code), "now": self._tx.now})
        return Invite(*row) if row else None

    def link_staff(self, actor: Actor, effect: LinkStaff) -> None:
        tx, invited = self._tx, effect.invite
        opened = {"invite": invited.id, "account": actor.account.id, "now": tx.now}
        if tx.count(_USE_INVITE, opened) == 0:
            raise Conflict("the invitation was opened by somebody else")
        tx.run(_UNLINK, {"account": actor.account.id, "now": tx.now})
        row = {"account_id": actor.account.id, "role": invited.role, "ref": invited.ref, "linked_at": tx.now}
        tx.run(_LINK, row)
        self.practice_changed()
        tx.audit(actor.account.id, "staff.link", f"{invited.role}:{invited.ref}")

    def revoke(self, account_id: int) -> bool:
        """Ends an account's part in the practice; False if it had none."""
        ended = self._tx.count(_UNLINK, {"account": account_id, "now": self._tx.now}) > 0
        self.practice_changed()
        if ended:
            self._tx.audit(None, "staff.revoke", f"account:{account_id}")
        return ended

    def set_reachable(self, actor: Actor, effect: SetReachable) -> bool:
        """False where that is not this person's to say."""
        tx = self._tx
        if effect.account_id != actor.account.id and actor.staff is None:
            return False
        self.practice_changed()
        tx.run(_REACHABLE, {"account": effect.account_id, "reachable_now": effect.reachable})
        tx.audit(actor.account.id, f"account.{'reach' if effect.reachable else 'lose'}", f"account:{effect.account_id}")
        return True

    # --- patients ---

    def may_touch(self, actor: Actor, patient_id: int) -> bool:
        """Whether this patient's rows are this person's business: their own, or they are of the practice."""
        if actor.staff is not None or actor.patient_id == patient_id:
            return True
        return self._tx.row(_OWNS, {"account": actor.account.id, "patient": patient_id}) is not None

    def patient(self, patient_id: int) -> Patient | None:
        """This patient, with what is known of who they are."""
        row = self._tx.row(_PATIENT_BY_ID, {"patient": patient_id})
        return self._patient(row) if row else None

    def patients(self, ids: Iterable[int]) -> dict[int, Patient]:
        """These patients, by id."""
        return {one.id: one for one in self._many(_PATIENTS_BY_ID, {"patients": list(ids)})}

    def in_care(self, most: int) -> tuple[Patient, ...]:
        """Everybody in care who has a name, the newest first."""
        return tuple(one for one in self._many(_NEWEST, {"most": most}) if one.name)

    def own_patient(self, actor: Actor) -> Patient | None:
        """The patient an actor's deeds are about: their own newest in care, unless something made them another."""
        if actor.patient_id is not None:
            return self.patient(actor.patient_id)
        row = self._tx.row(_OWN_PATIENT, {"account": actor.account.id})
        actor.patient_id = row[0] if row else None
        return self._patient(row) if row else None

    def patient_of(self, actor: Actor) -> int | None:
        """The id of the patient an actor's deeds are about: their own newest in care."""
        if actor.patient_id is None:
            row = self._tx.row(_OWN_PATIENT, {"account": actor.account.id})
            actor.patient_id = row[0] if row else None
        return actor.patient_id

    def patient_made(self, actor: Actor) -> int:
        """The same, brought into being where there is none yet."""
        known = self.patient_of(actor)
        if known is not None:
            return known
        made = cast(int, self._tx.scalar(_ADD_PATIENT, {"state": "active", "revision": 0, "made_at": self._tx.now}))
        self._tx.run(_ADD_OWN, {"account_id": actor.account.id, "patient_id": made})
        self._tx.audit(actor.account.id, "patient.open", f"patient:{made}")
        actor.patient_id = made
        return made

    def identify(self, actor: Actor, effect: Identify) -> None:
        tx, patient_id = self._tx, self.patient_made(actor)
        row = tx.row(_PATIENT_BY_ID, {"patient": patient_id})
        assert row is not None
        told = {
            "name": effect.name,
            "birth_date": effect.birth_date,
            "phone": effect.phone,
            "full_name": effect.full_name,
        }
        known = self._identity(row)
        newest = {**known, **{field: value for field, value in told.items() if value}}
        if newest == known:
            return
        revision = row.revision + 1
        body = tx.seal(f"patient:{patient_id}", "patient", patient_id, revision, "body", json.dumps(newest).encode())
        tx.run(_NAME_PATIENT, {"patient": patient_id, "revision_now": revision, "body_now": body})
        tx.audit(actor.account.id, "patient.identify", f"patient:{patient_id}")

    def ask_erasure(self, actor: Actor, effect: AskErasure) -> None:
        for (patient_id,) in self._tx.rows(_OWN_ACTIVE, {"account": actor.account.id}):
            self.ask_erasure_of(actor, patient_id)
        actor.patient_id = None

    def ask_erasure_of(self, actor: Actor, patient_id: int) -> None:
        """Turns a record in care into a request to the practice to erase it."""
        if self._tx.count(_ASK_ERASURE, {"patient": patient_id}):
            self._tx.audit(actor.account.id, "patient.ask_erasure", f"patient:{patient_id}")

    def _identity(self, row: Any) -> Mapping[str, str]:
        if row.body is None:
            return {}
        opened = self._tx.open(f"patient:{row.id}", "patient", row.id, row.revision, "body", row.body)
        return cast(Mapping[str, str], json.loads(opened))

    def _patient(self, row: Any) -> Patient:
        return Patient(row.id, row.state, **self._identity(row))

    def _many(self, statement: Executable, params: Mapping[str, Any]) -> Iterator[Patient]:
        """Many patients, their keys read along: one by one they would take a question each."""
        for row in self._tx.rows(statement, params):
            self._tx.learn(f"patient:{row.id}", row.wrapped)
            yield self._patient(row)

    # --- consent ---

    def consents(self, account_id: int) -> frozenset[str]:
        """The purposes this account agrees to now."""
        return frozenset(row[0] for row in self._tx.rows(_CONSENTS, {"account": account_id}))

    def give_consent(self, actor: Actor, effect: GiveConsent) -> None:
        tx, account_id = self._tx, actor.account.id
        tx.run(_WITHDRAW, {"account": account_id, "purposes": [effect.purpose], "now": tx.now})
        locale = actor.account.locale
        row = {
            "account_id": account_id,
            "purpose": effect.purpose,
            "words": actor.digest(effect.words, locale),
            "locale": locale,
            "given_at": tx.now,
        }
        tx.run(_GIVE, row)
        tx.audit(account_id, f"consent.give.{effect.purpose}", f"account:{account_id}")

    def withdraw_consent(self, actor: Actor, effect: WithdrawConsent) -> None:
        self.withdraw(actor, (effect.purpose,))

    def withdraw(self, actor: Actor, purposes: Iterable[str] = PURPOSES) -> None:
        """Ends the account's consents of these purposes."""
        given = {"account": actor.account.id, "purposes": list(purposes), "now": self._tx.now}
        if self._tx.count(_WITHDRAW, given):
            self._tx.audit(actor.account.id, "consent.withdraw", f"account:{actor.account.id}")

    def note(self, actor: Actor, effect: Note) -> None:
        self._tx.audit(actor.account.id, effect.deed, effect.subject)


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
