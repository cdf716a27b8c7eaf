"""Assessments and scores: what a patient said of their health."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import bindparam, delete, insert, select, update

from bot.model import (
    CloseRecord,
    DropRecord,
    KeepScore,
    OpenRecord,
    Record,
    SaveAnswer,
)
from storage.flags import Flags
from storage.people import People
from storage.tables import answer, episode, flag, response, score
from storage.transaction import Actor, Transaction
from storage.vault import Opened

_NEWEST = select(response).where(response.c.patient_id == bindparam("patient")).order_by(response.c.id.desc()).limit(1)
_ANSWERS = select(answer.c.place, answer.c.revision, answer.c.body).where(answer.c.response_id == bindparam("response"))
_OPEN_EPISODE = (
    select(episode.c.id)
    .where(episode.c.patient_id == bindparam("patient"), episode.c.closed_at.is_(None))
    .order_by(episode.c.id.desc())
    .limit(1)
)
_ADD_EPISODE = insert(episode).returning(episode.c.id)
_ADD_RESPONSE = insert(response).returning(response.c.id)
_STOP_DRAFTS = (
    update(response)
    .where(response.c.patient_id == bindparam("patient"), response.c.status == "in-progress")
    .values(status="stopped")
)
_CLOSE = (
    update(response)
    .where(response.c.id == bindparam("response"))
    .values(status=bindparam("status_now"), submitted_at=bindparam("submitted_now"))
)
_DRAFTS = select(response.c.id).where(response.c.patient_id == bindparam("patient"), response.c.status == "in-progress")
_DROP_RESPONSE = delete(response).where(response.c.id == bindparam("response"))
_DROP_ANSWERS = delete(answer).where(answer.c.response_id == bindparam("response"))
_DROP_SCORES = delete(score).where(score.c.response_id == bindparam("response"))
_EVER_SUBMITTED = (
    select(response.c.id)
    .where(response.c.patient_id == bindparam("patient"), response.c.submitted_at.is_not(None))
    .limit(1)
)
_ERASE = [delete(table).where(table.c.patient_id == bindparam("patient")) for table in (answer, flag, score)]

_REVISION = select(answer.c.revision).where(
    answer.c.response_id == bindparam("response"), answer.c.place == bindparam("at")
)
_ADD_ANSWER = insert(answer)
_CHANGE_ANSWER = (
    update(answer)
    .where(answer.c.response_id == bindparam("response"), answer.c.place == bindparam("at"))
    .values(revision=bindparam("revision_now"), body=bindparam("body_now"))
)
_ADD_SCORE = insert(score).returning(score.c.id)
_SEAL_SCORE = update(score).where(score.c.id == bindparam("score")).values(body=bindparam("body_now"))


Values = Sequence[Mapping[str, Any]]


class Records:
    """A patient's responses. A place in the form stands there as an HMAC, and every place has its row from the first
    on: which of them were answered would tell of the answers above them."""

    def __init__(self, transaction: Transaction, people: People, flags: Flags) -> None:
        self._tx = transaction
        self._people = people
        self._flags = flags
        self._read: dict[int, tuple[Any, dict[bytes, int]]] = {}
        """What this transaction has read: a patient's newest response, and the revisions of its answers."""

    def record(self, patient_id: int) -> Record | None:
        """The newest response, answers and all."""
        tx = self._tx
        row = tx.row(_NEWEST, {"patient": patient_id})
        if row is None:
            return None
        owner, response_id = _owner(patient_id), row.id
        before, opened = tx.opened(owner), Opened()
        revisions = dict[bytes, int]()
        for at, revision, body in tx.rows(_ANSWERS, {"response": response_id}):
            revisions[at] = revision
            sealed = (response_id, at, revision, body)
            opened[sealed] = before.get(sealed) or self._open(owner, *sealed)
        self._read[patient_id] = (row, revisions)
        if opened.keys() != before.keys():
            tx.keep_opened(owner, opened)
        answers = {place: values for place, values in opened.values() if values is not None}
        return Record(row.id, row.episode_id, row.form, row.status, answers, row.submitted_at)

    def _open(self, owner: str, response_id: int, at: bytes, revision: int, body: bytes) -> tuple[str, Values | None]:
        opened = self._tx.open(owner, "answer", _answer_row(response_id, at), revision, "body", body)
        place, values = json.loads(opened)
        return place, None if values is None else tuple(values)

    def ever_submitted(self, patient_id: int) -> bool:
        """Whether this patient ever sent an assessment to the practice."""
        return self._tx.row(_EVER_SUBMITTED, {"patient": patient_id}) is not None

    def open_record(self, actor: Actor, effect: OpenRecord) -> None:
        tx, patient_id = self._tx, self._people.patient_made(actor)
        episode_id = tx.scalar(_OPEN_EPISODE, {"patient": patient_id})
        if episode_id is None:
            episode_id = tx.scalar(_ADD_EPISODE, {"patient_id": patient_id, "opened_at": tx.now})
        self._read.pop(patient_id, None)
        tx.run(_STOP_DRAFTS, {"patient": patient_id})
        row = {
            "patient_id": patient_id,
            "episode_id": episode_id,
            "form": effect.form,
            "status": "in-progress",
            "started_at": tx.now,
        }
        response_id = cast(int, tx.scalar(_ADD_RESPONSE, row))
        self._flags.begin(patient_id, response_id)
        if effect.places:
            tx.run(_ADD_ANSWER, [self._answer(patient_id, response_id, place, None) for place in effect.places])
        tx.audit(actor.account.id, "response.open", f"response:{response_id}")

    def save_answer(self, actor: Actor, effect: SaveAnswer) -> None:
        tx, row = self._tx, self._newest(actor)
        at = self._at(row.patient_id, row.id, effect.place)
        _, revisions = self._read.get(row.patient_id, (None, None))
        known = tx.scalar(_REVISION, {"response": row.id, "at": at}) if revisions is None else revisions.get(at)
        if known is None:
            new = self._answer(row.patient_id, row.id, effect.place, effect.values)
            tx.run(_ADD_ANSWER, new)
            revision = new["revision"]
        else:
            revision = known + 1
            body = self._sealed(row.patient_id, row.id, at, revision, effect.place, effect.values)
            tx.run(_CHANGE_ANSWER, {"response": row.id, "at": at, "revision_now": revision, "body_now": body})
        if revisions is not None:
            revisions[at] = revision
        if row.status != "in-progress":
            tx.audit(actor.account.id, "response.change", f"response:{row.id}")

    def _answer(self, patient_id: int, response_id: int, place: str, values: Values | None) -> dict[str, Any]:
        """A new row: of an answer, or of a question that is not answered yet."""
        at, revision = self._at(patient_id, response_id, place), self._tx.first_revision()
        body = self._sealed(patient_id, response_id, at, revision, place, values)
        return {"response_id": response_id, "place": at, "patient_id": patient_id, "revision": revision, "body": body}

    def _at(self, patient_id: int, response_id: int, place: str) -> bytes:
        return self._tx.fingerprint(_owner(patient_id), "answer", f"{response_id}.{place}")

    def _sealed(
        self, patient_id: int, response_id: int, at: bytes, revision: int, place: str, values: Values | None
    ) -> bytes:
        said = json.dumps([place, values], ensure_ascii=False, separators=(",", ":")).encode()
        return self._tx.seal(_owner(patient_id), "answer", _answer_row(response_id, at), revision, "body", said)

    def close_record(self, actor: Actor, effect: CloseRecord) -> None:
        tx, row = self._tx, self._newest(actor)
        self._read.pop(row.patient_id, None)
        submitted = row.submitted_at if effect.status == "stopped" else tx.now
        tx.run(_CLOSE, {"response": row.id, "status_now": effect.status, "submitted_now": submitted})
        tx.audit(actor.account.id, f"response.{effect.status}", f"response:{row.id}")

    def drop_record(self, actor: Actor, effect: DropRecord) -> None:
        patient_id = self._people.patient_of(actor)
        if patient_id is not None:
            self.drop_drafts(actor, patient_id)

    def drop_drafts(self, actor: Actor, patient_id: int) -> None:
        """Erases what was not sent. A warning sign outlives the draft it was found in, and still holds bookings."""
        tx = self._tx
        tx.forget_opened(_owner(patient_id))
        self._read.pop(patient_id, None)
        for (response_id,) in tx.rows(_DRAFTS, {"patient": patient_id}):
            tx.run(_DROP_ANSWERS, {"response": response_id})
            tx.run(_DROP_SCORES, {"response": response_id})
            if not self._flags.found_in(patient_id, response_id):
                self._flags.drop(response_id)
                tx.run(_DROP_RESPONSE, {"response": response_id})
            else:
                tx.run(_CLOSE, {"response": response_id, "status_now": "stopped", "submitted_now": None})
            tx.audit(actor.account.id, "response.drop", f"response:{response_id}")

    def erase(self, patient_id: int) -> None:
        """Deletes every answer, flag and score of the patient."""
        self._tx.forget_opened(_owner(patient_id))
        self._read.pop(patient_id, None)
        for statement in _ERASE:
            self._tx.run(statement, {"patient": patient_id})

    def keep_score(self, actor: Actor, effect: KeepScore) -> None:
        tx, row = self._tx, self._newest(actor)
        new = {
            "patient_id": row.patient_id,
            "episode_id": row.episode_id,
            "response_id": row.id,
            "body": b"",
            "taken_at": tx.now,
        }
        score_id = cast(int, tx.scalar(_ADD_SCORE, new))
        said = json.dumps([effect.code, effect.value]).encode()
        body = tx.seal(_owner(row.patient_id), "score", score_id, 1, "body", said)
        tx.run(_SEAL_SCORE, {"score": score_id, "body_now": body})

    def _newest(self, actor: Actor) -> Any:
        patient_id = self._people.patient_of(actor)
        if patient_id in self._read:
            return self._read[patient_id][0]
        row = None if patient_id is None else self._tx.row(_NEWEST, {"patient": patient_id})
        if row is None:
            raise LookupError("there is no assessment to change")
        return row


def _owner(patient_id: int) -> str:
    return f"patient:{patient_id}"


def _answer_row(response_id: int, at: bytes) -> str:
    return f"{response_id}.{at.hex()}"
