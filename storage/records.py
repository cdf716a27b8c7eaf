"""Responses, episodes and scores: what a patient said of their health, and when."""

import json
from typing import Any, cast

from sqlalchemy import bindparam, delete, func, insert, select, update

from bot.model import (
    AskAgain,
    CloseRecord,
    DropRecord,
    KeepScore,
    Kind,
    OpenEpisode,
    OpenRecord,
    Record,
    Refit,
    SaveAnswer,
)
from storage.answers import Answers, Sheet
from storage.flags import Flags
from storage.people import People
from storage.tables import answer, episode, flag, response, score
from storage.transaction import Actor, Transaction

_NEWEST = (
    select(response)
    .where(response.c.patient_id == bindparam("patient"), response.c.kind == bindparam("wanted"))
    .order_by(response.c.id.desc())
    .limit(1)
)
_NEWEST_SENT = (
    select(response)
    .where(
        response.c.patient_id == bindparam("patient"),
        response.c.kind == "intake",
        response.c.submitted_at.is_not(None),
    )
    .order_by(response.c.id.desc())
    .limit(1)
)
_SENT = response.alias()
_SENT_EPISODE = (
    select(func.max(_SENT.c.episode_id))
    .where(_SENT.c.patient_id == bindparam("patient"), _SENT.c.kind == "intake", _SENT.c.submitted_at.is_not(None))
    .scalar_subquery()
)
_CHECKS = (
    select(response)
    .where(
        response.c.patient_id == bindparam("patient"),
        response.c.kind == "check",
        response.c.submitted_at.is_not(None),
        response.c.episode_id >= func.coalesce(_SENT_EPISODE, 0),
    )
    .order_by(response.c.id)
)
_OPEN_EPISODE = (
    select(episode.c.id)
    .where(episode.c.patient_id == bindparam("patient"), episode.c.closed_at.is_(None))
    .order_by(episode.c.id.desc())
    .limit(1)
)
_ADD_EPISODE = insert(episode).returning(episode.c.id)
_CLOSE_EPISODES = (
    update(episode)
    .where(episode.c.patient_id == bindparam("patient"), episode.c.closed_at.is_(None))
    .values(closed_at=bindparam("now"))
)
_ADD_RESPONSE = insert(response).returning(response.c.id)
_STOP_DRAFTS = (
    update(response)
    .where(
        response.c.patient_id == bindparam("patient"),
        response.c.kind == bindparam("wanted"),
        response.c.status == "in-progress",
    )
    .values(status="stopped")
)
_CLOSE = (
    update(response)
    .where(response.c.id == bindparam("response"))
    .values(status=bindparam("status_now"), submitted_at=bindparam("submitted_now"))
)
_REFIT = update(response).where(response.c.id == bindparam("response")).values(form=bindparam("form_now"))
_DRAFTS = select(response.c.id).where(response.c.patient_id == bindparam("patient"), response.c.status == "in-progress")
_DROP_RESPONSE = delete(response).where(response.c.id == bindparam("response"))
_DROP_SCORES = delete(score).where(score.c.response_id == bindparam("response"))
_EVER_SUBMITTED = (
    select(response.c.id)
    .where(
        response.c.patient_id == bindparam("patient"),
        response.c.kind == "intake",
        response.c.submitted_at.is_not(None),
    )
    .limit(1)
)
_ERASE = [delete(table).where(table.c.patient_id == bindparam("patient")) for table in (answer, flag, score)]
_ADD_SCORE = insert(score).returning(score.c.id)
_SEAL_SCORE = update(score).where(score.c.id == bindparam("score")).values(body=bindparam("body_now"))


class Records:
    """A patient's responses, in their episodes."""

    def __init__(self, transaction: Transaction, people: People, flags: Flags) -> None:
        self._tx = transaction
        self._people = people
        self._flags = flags
        self._answers = Answers(transaction)
        self._read: dict[tuple[int, Kind], tuple[Any, Sheet]] = {}
        """What this transaction has read: the newest response of a patient, by its kind."""

    def record(self, patient_id: int, kind: Kind) -> Record | None:
        """The newest response of a kind, answers and all."""
        found = self._found(patient_id, kind)
        return _record(*found) if found else None

    def sent(self, patient_id: int) -> Record | None:
        """The assessment the practice goes by: the newest that was sent, whatever is being filled since."""
        newest = self.record(patient_id, "intake")
        if newest is None or newest.submitted_at is not None:
            return newest
        row = self._tx.row(_NEWEST_SENT, {"patient": patient_id})
        return _record(row, self._answers.sheet(patient_id, row.id, row.revision)) if row else None

    def checks(self, patient_id: int) -> tuple[Record, ...]:
        """The screens that were sent since the episode the practice goes by began, the oldest first."""
        rows = self._tx.rows(_CHECKS, {"patient": patient_id})
        return tuple(_record(row, self._answers.sheet(patient_id, row.id, row.revision)) for row in rows)

    def ever_submitted(self, patient_id: int) -> bool:
        """Whether this patient ever sent an assessment to the practice."""
        return self._tx.row(_EVER_SUBMITTED, {"patient": patient_id}) is not None

    def open_episode(self, actor: Actor, effect: OpenEpisode) -> None:
        patient_id = self._people.patient_made(actor)
        if self._tx.count(_CLOSE_EPISODES, {"patient": patient_id, "now": self._tx.now}):
            self._tx.audit(actor.account.id, "episode.close", f"patient:{patient_id}")

    def open_record(self, actor: Actor, effect: OpenRecord) -> None:
        tx, patient_id = self._tx, self._people.patient_made(actor)
        episode_id = tx.scalar(_OPEN_EPISODE, {"patient": patient_id})
        if episode_id is None:
            episode_id = tx.scalar(_ADD_EPISODE, {"patient_id": patient_id, "opened_at": tx.now})
        self._read.pop((patient_id, effect.kind), None)
        tx.run(_STOP_DRAFTS, {"patient": patient_id, "wanted": effect.kind})
        row = {
            "patient_id": patient_id,
            "episode_id": episode_id,
            "kind": effect.kind,
            "form": effect.form,
            "status": "in-progress",
            "revision": tx.first_revision(),
            "started_at": tx.now,
            "touched_at": tx.now,
        }
        response_id = cast(int, tx.scalar(_ADD_RESPONSE, row))
        self._flags.begin(patient_id, response_id)
        self._answers.begin(patient_id, response_id, effect.places)
        tx.audit(actor.account.id, "response.open", f"response:{response_id}")

    def refit(self, actor: Actor, effect: Refit) -> None:
        row, sheet = self._newest(actor, effect.kind)
        self._tx.run(_REFIT, {"response": row.id, "form_now": effect.form})
        self._answers.refit(sheet, effect.places)
        self._read.pop((row.patient_id, effect.kind), None)

    def save_answer(self, actor: Actor, effect: SaveAnswer) -> None:
        row, sheet = self._newest(actor, effect.kind)
        sent = row.status != "in-progress"
        self._read[row.patient_id, effect.kind] = (
            row,
            self._answers.save(sheet, effect.place, effect.values, sent=sent),
        )
        if sent:
            self._tx.audit(actor.account.id, "response.change", f"response:{row.id}")

    def ask_again(self, actor: Actor, effect: AskAgain) -> None:
        found = self._found(effect.patient_id, "intake") if actor.staff is not None else None
        if found:
            row, sheet = found
            self._read[effect.patient_id, "intake"] = (row, self._answers.ask(sheet, effect.place))
            self._tx.audit(actor.account.id, "response.ask", f"response:{row.id}")

    def close_record(self, actor: Actor, effect: CloseRecord) -> None:
        tx = self._tx
        row, sheet = self._newest(actor, effect.kind)
        self._answers.settle(sheet)
        self._read.pop((row.patient_id, effect.kind), None)
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
        self._forget_read(patient_id)
        for (response_id,) in tx.rows(_DRAFTS, {"patient": patient_id}):
            self._answers.drop(response_id)
            tx.run(_DROP_SCORES, {"response": response_id})
            if not self._flags.found_in(patient_id, response_id):
                self._flags.drop(response_id)
                tx.run(_DROP_RESPONSE, {"response": response_id})
            else:
                tx.run(_CLOSE, {"response": response_id, "status_now": "stopped", "submitted_now": None})
            tx.audit(actor.account.id, "response.drop", f"response:{response_id}")

    def erase(self, patient_id: int) -> None:
        """Deletes every answer, flag and score of the patient."""
        self._forget_read(patient_id)
        for statement in _ERASE:
            self._tx.run(statement, {"patient": patient_id})

    def keep_score(self, actor: Actor, effect: KeepScore) -> None:
        tx = self._tx
        row, _ = self._newest(actor, "intake")
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

    def _found(self, patient_id: int, kind: Kind) -> tuple[Any, Sheet] | None:
        if (patient_id, kind) not in self._read:
            row = self._tx.row(_NEWEST, {"patient": patient_id, "wanted": kind})
            if row is None:
                return None
            self._read[patient_id, kind] = (row, self._answers.sheet(patient_id, row.id, row.revision))
        return self._read[patient_id, kind]

    def _newest(self, actor: Actor, kind: Kind) -> tuple[Any, Sheet]:
        patient_id = self._people.patient_of(actor)
        found = None if patient_id is None else self._found(patient_id, kind)
        if found is None:
            raise LookupError("there is no response to change")
        return found

    def _forget_read(self, patient_id: int) -> None:
        self._tx.forget_opened(_owner(patient_id))
        for kind in ("intake", "check"):
            self._read.pop((patient_id, kind), None)


def _owner(patient_id: int) -> str:
    return f"patient:{patient_id}"


def _record(row: Any, sheet: Sheet) -> Record:
    lines = sheet.lines.values()
    return Record(
        row.id,
        row.episode_id,
        row.form,
        row.status,
        {line.place: line.said for line in lines if line.said is not None},
        row.submitted_at,
        row.touched_at,
        frozenset(line.place for line in lines if line.is_asked),
        {line.place: line.was for line in lines if line.was is not None},
    )
