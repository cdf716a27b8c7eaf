"""Assessments, the warning signs in them, and scores: what a patient said of their health."""

import json
from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import bindparam, delete, func, insert, select, update

from bot.model import (
    CloseRecord,
    DropRecord,
    Flag,
    KeepScore,
    OpenRecord,
    RaiseFlag,
    Record,
    SaveAnswer,
    SettleFlags,
    Told,
)
from storage.people import People
from storage.tables import answer, episode, flag, response, score
from storage.transaction import Actor, Transaction

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
_FLAGGED = select(flag.c.id).where(flag.c.response_id == bindparam("response")).limit(1)
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

_FLAGS = (
    select(flag.c.id, flag.c.response_id, flag.c.code, flag.c.state, flag.c.revision, flag.c.body)
    .join(response, response.c.id == flag.c.response_id)
    .where(
        flag.c.patient_id == bindparam("patient"),
        flag.c.state != "withdrawn",
        response.c.episode_id
        == select(func.max(episode.c.id)).where(episode.c.patient_id == bindparam("patient")).scalar_subquery(),
    )
    .order_by(flag.c.id)
)
_FLAG_OF_RULE = select(flag.c.id, flag.c.state, flag.c.revision).where(
    flag.c.response_id == bindparam("response"), flag.c.code == bindparam("rule")
)
_FLAGS_IN = select(flag.c.id, flag.c.response_id, flag.c.code, flag.c.revision, flag.c.body).where(
    flag.c.patient_id == bindparam("patient"), flag.c.state.in_(bindparam("which", expanding=True))
)
_ADD_FLAG = insert(flag)
_MOVE_FLAG = (
    update(flag)
    .where(flag.c.id == bindparam("flag"))
    .values(state=bindparam("state_now"), closed_at=bindparam("closed_now"), closed_by=bindparam("closer"))
)
_CHANGE_FLAG = (
    update(flag)
    .where(flag.c.id == bindparam("flag"))
    .values(revision=bindparam("revision_now"), body=bindparam("body_now"))
)

UNSETTLED = ("open", "disputed")


class Records:
    """A patient's responses and flags. Places and rules stand there as HMACs: their presence alone would tell."""

    def __init__(self, transaction: Transaction, people: People) -> None:
        self._tx = transaction
        self._people = people

    def record(self, patient_id: int) -> Record | None:
        """The newest response, answers and all."""
        tx = self._tx
        row = tx.row(_NEWEST, {"patient": patient_id})
        if row is None:
            return None
        answers: dict[str, tuple[Mapping[str, Any], ...]] = {}
        for at, revision, body in tx.rows(_ANSWERS, {"response": row.id}):
            owner, name = _owner(patient_id), _answer_row(row.id, at)
            place, values = json.loads(tx.open(owner, "answer", name, revision, "body", body))
            answers[place] = tuple(values)
        return Record(row.id, row.episode_id, row.form, row.status, answers, row.submitted_at)

    def ever_submitted(self, patient_id: int) -> bool:
        """Whether this patient ever sent an assessment to the practice."""
        return self._tx.row(_EVER_SUBMITTED, {"patient": patient_id}) is not None

    def open_record(self, actor: Actor, effect: OpenRecord) -> None:
        tx, patient_id = self._tx, self._people.patient_made(actor)
        episode_id = tx.scalar(_OPEN_EPISODE, {"patient": patient_id})
        if episode_id is None:
            episode_id = tx.scalar(_ADD_EPISODE, {"patient_id": patient_id, "opened_at": tx.now})
        tx.run(_STOP_DRAFTS, {"patient": patient_id})
        row = {
            "patient_id": patient_id,
            "episode_id": episode_id,
            "form": effect.form,
            "status": "in-progress",
            "started_at": tx.now,
        }
        response_id = tx.scalar(_ADD_RESPONSE, row)
        tx.audit(actor.account.id, "response.open", f"response:{response_id}")

    def save_answer(self, actor: Actor, effect: SaveAnswer) -> None:
        tx, row = self._tx, self._newest(actor)
        at = tx.fingerprint(_owner(row.patient_id), "answer", f"{row.id}.{effect.place}")
        known = tx.scalar(_REVISION, {"response": row.id, "at": at})
        revision = 1 if known is None else known + 1
        said = json.dumps([effect.place, effect.values], ensure_ascii=False, separators=(",", ":")).encode()
        name = _answer_row(row.id, at)
        body = tx.seal(_owner(row.patient_id), "answer", name, revision, "body", said)
        if known is None:
            new = {"response_id": row.id, "place": at, "patient_id": row.patient_id, "revision": 1, "body": body}
            tx.run(_ADD_ANSWER, new)
        else:
            tx.run(_CHANGE_ANSWER, {"response": row.id, "at": at, "revision_now": revision, "body_now": body})
        if row.status != "in-progress":
            tx.audit(actor.account.id, "response.change", f"response:{row.id}")

    def close_record(self, actor: Actor, effect: CloseRecord) -> None:
        tx, row = self._tx, self._newest(actor)
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
        for (response_id,) in tx.rows(_DRAFTS, {"patient": patient_id}):
            tx.run(_DROP_ANSWERS, {"response": response_id})
            tx.run(_DROP_SCORES, {"response": response_id})
            if tx.row(_FLAGGED, {"response": response_id}) is None:
                tx.run(_DROP_RESPONSE, {"response": response_id})
            else:
                tx.run(_CLOSE, {"response": response_id, "status_now": "stopped", "submitted_now": None})
            tx.audit(actor.account.id, "response.drop", f"response:{response_id}")

    def erase(self, patient_id: int) -> None:
        """Deletes every answer, flag and score of the patient."""
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

    # --- flags ---

    def flags(self, patient_id: int) -> tuple[Flag, ...]:
        """The warning signs of the newest episode, withdrawn ones left out, in the order they were raised."""
        return tuple(
            Flag(row.id, said["code"], said["level"], row.state, said["link_id"], said["told"])
            for row in self._tx.rows(_FLAGS, {"patient": patient_id})
            for said in [self._flag_body(patient_id, row)]
        )

    def raise_flag(self, actor: Actor, effect: RaiseFlag) -> None:
        tx, row = self._tx, self._newest(actor)
        rule = tx.fingerprint(_owner(row.patient_id), "flag", f"{row.id}.{effect.code}")
        known = tx.row(_FLAG_OF_RULE, {"response": row.id, "rule": rule})
        if known is not None and known.state != "withdrawn":
            return
        revision = 1 if known is None else known.revision + 1
        said = {"code": effect.code, "level": effect.level, "link_id": effect.link_id, "told": False}
        body = self._flag_seal(row.patient_id, row.id, rule, revision, said)
        if known is None:
            new = {
                "patient_id": row.patient_id,
                "response_id": row.id,
                "code": rule,
                "state": "open",
                "revision": revision,
                "body": body,
                "raised_at": tx.now,
            }
            tx.run(_ADD_FLAG, new)
        else:
            tx.run(_MOVE_FLAG, {"flag": known.id, "state_now": "open", "closed_now": None, "closer": None})
            tx.run(_CHANGE_FLAG, {"flag": known.id, "revision_now": revision, "body_now": body})
        tx.audit(actor.account.id, "flag.raise", f"response:{row.id}")

    def settle_flags(self, actor: Actor, effect: SettleFlags) -> None:
        tx = self._tx
        if not self._people.may_touch(actor, effect.patient_id):
            return
        closed = effect.state in ("released", "withdrawn")
        moved = [
            {
                "flag": row.id,
                "state_now": effect.state,
                "closed_now": tx.now if closed else None,
                "closer": actor.account.id if closed else None,
            }
            for row in tx.rows(_FLAGS_IN, {"patient": effect.patient_id, "which": list(effect.which)})
            if not effect.codes or self._flag_body(effect.patient_id, row)["code"] in effect.codes
        ]
        if moved:
            tx.run(_MOVE_FLAG, moved)
            tx.audit(actor.account.id, f"flags.{effect.state}", f"patient:{effect.patient_id}")

    def told(self, actor: Actor, effect: Told) -> None:
        if not self._people.may_touch(actor, effect.patient_id):
            return
        for row in self._tx.rows(_FLAGS_IN, {"patient": effect.patient_id, "which": list(UNSETTLED)}):
            said = self._flag_body(effect.patient_id, row)
            if said["told"]:
                continue
            revision = row.revision + 1
            body = self._flag_seal(effect.patient_id, row.response_id, row.code, revision, {**said, "told": True})
            self._tx.run(_CHANGE_FLAG, {"flag": row.id, "revision_now": revision, "body_now": body})

    def _flag_seal(
        self, patient_id: int, response_id: int, rule: bytes, revision: int, said: Mapping[str, Any]
    ) -> bytes:
        name = _answer_row(response_id, rule)
        return self._tx.seal(_owner(patient_id), "flag", name, revision, "body", json.dumps(said).encode())

    def _flag_body(self, patient_id: int, row: Any) -> dict[str, Any]:
        name = _answer_row(row.response_id, row.code)
        opened = self._tx.open(_owner(patient_id), "flag", name, row.revision, "body", row.body)
        return cast(dict[str, Any], json.loads(opened))

    def _newest(self, actor: Actor) -> Any:
        patient_id = self._people.patient_of(actor)
        row = None if patient_id is None else self._tx.row(_NEWEST, {"patient": patient_id})
        if row is None:
            raise LookupError("there is no assessment to change")
        return row


def _owner(patient_id: int) -> str:
    return f"patient:{patient_id}"


def _answer_row(response_id: int, at: bytes) -> str:
    return f"{response_id}.{at.hex()}"
