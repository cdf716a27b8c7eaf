"""Responses and episodes: what a patient said of their health, and when."""

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import bindparam, delete, insert, select, update

from bot.model import (
    AskAgain,
    CloseRecord,
    DropRecord,
    Kind,
    Occasion,
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

_OF_PATIENT = select(response).where(response.c.patient_id == bindparam("patient")).order_by(response.c.id)
_OF_PATIENTS = (
    select(response)
    .where(response.c.patient_id.in_(bindparam("keys", expanding=True)))
    .order_by(response.c.patient_id, response.c.id)
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
_DROP_RESPONSE = delete(response).where(response.c.id == bindparam("response"))
_DROP_SCORES = delete(score).where(score.c.response_id == bindparam("response"))
_ERASE = [delete(table).where(table.c.patient_id == bindparam("patient")) for table in (answer, flag, score)]


class Records:
    """A patient's responses, in their episodes."""

    def __init__(self, transaction: Transaction, people: People, flags: Flags) -> None:
        self._tx = transaction
        self._people = people
        self._flags = flags
        self._answers = Answers(transaction)
        self._rows: dict[int, list[Any]] = {}
        self._sheets: dict[int, Sheet] = {}
        """What this transaction has read: a patient's responses, the oldest first, and the sheets of responses."""

    def read_ahead(self, patients: Collection[int]) -> None:
        """Reads at once the responses of many patients, without what was answered."""
        wanted = sorted(set(patients) - self._rows.keys())
        if not wanted:
            return
        self._rows |= {patient_id: [] for patient_id in wanted}
        for row in self._tx.rows(_OF_PATIENTS, {"keys": wanted}):
            self._rows[row.patient_id].append(row)

    def reading(self, patient_id: int) -> tuple[tuple[int, int], ...]:
        """The patient's responses and how far each has come: it tells whether anything was answered since."""
        return tuple((row.id, row.revision) for row in self._responses(patient_id))

    def record(self, patient_id: int, kind: Kind) -> Record | None:
        """The newest response of a kind, answers and all."""
        row = self._newest(patient_id, kind)
        return None if row is None else _record(row, self._sheet(row))

    def sent(self, patient_id: int) -> Record | None:
        """The assessment the practice goes by: the newest that was sent, whatever is being filled since."""
        row = self._sent(patient_id)
        return None if row is None else _record(row, self._sheet(row))

    def checks(self, patient_id: int) -> tuple[Record, ...]:
        """The screens that were sent since the episode the practice goes by began, the oldest first."""
        sent = self._sent(patient_id)
        return tuple(
            _record(row, self._sheet(row))
            for row in self._responses(patient_id)
            if row.kind == "check" and row.submitted_at and (sent is None or row.episode_id >= sent.episode_id)
        )

    def numbered(self, patient_id: int, occasion: Occasion) -> tuple[int, int] | None:
        """The response and the episode that numbers to follow belong to: of the assessment just sent, or of the one
        the practice goes by."""
        row = self._newest(patient_id, "intake") if occasion == "intake" else self._sent(patient_id)
        return None if row is None else (row.id, row.episode_id)

    def ever_submitted(self, patient_id: int) -> bool:
        """Whether this patient ever sent an assessment to the practice."""
        return self._sent(patient_id) is not None

    def open_episode(self, actor: Actor, effect: OpenEpisode) -> None:
        patient_id = self._people.patient_made(actor)
        if self._tx.count(_CLOSE_EPISODES, {"patient": patient_id, "now": self._tx.now}):
            self._tx.audit(actor.account.id, "episode.close", f"patient:{patient_id}")

    def open_record(self, actor: Actor, effect: OpenRecord) -> None:
        tx, patient_id = self._tx, self._people.patient_made(actor)
        episode_id = tx.scalar(_OPEN_EPISODE, {"patient": patient_id})
        if episode_id is None:
            episode_id = tx.scalar(_ADD_EPISODE, {"patient_id": patient_id, "opened_at": tx.now})
        self._rows.pop(patient_id, None)
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
        row = self._own(actor, effect.kind)
        self._tx.run(_REFIT, {"response": row.id, "form_now": effect.form})
        self._answers.refit(self._sheet(row), effect.places)
        self._forget_read(row)

    def save_answer(self, actor: Actor, effect: SaveAnswer) -> None:
        row = self._own(actor, effect.kind)
        sent = row.status != "in-progress"
        self._sheets[row.id] = self._answers.save(self._sheet(row), effect.place, effect.values, sent=sent)
        if sent:
            self._tx.audit(actor.account.id, "response.change", f"response:{row.id}")

    def ask_again(self, actor: Actor, effect: AskAgain) -> None:
        row = self._newest(effect.patient_id, "intake") if actor.staff is not None else None
        if row is not None:
            self._sheets[row.id] = self._answers.ask(self._sheet(row), effect.place)
            self._tx.audit(actor.account.id, "response.ask", f"response:{row.id}")

    def close_record(self, actor: Actor, effect: CloseRecord) -> None:
        tx, row = self._tx, self._own(actor, effect.kind)
        self._answers.settle(self._sheet(row))
        submitted = row.submitted_at if effect.status == "stopped" else tx.now
        tx.run(_CLOSE, {"response": row.id, "status_now": effect.status, "submitted_now": submitted})
        self._forget_read(row)
        tx.audit(actor.account.id, f"response.{effect.status}", f"response:{row.id}")

    def drop_record(self, actor: Actor, effect: DropRecord) -> None:
        patient_id = self._people.patient_of(actor)
        if patient_id is not None:
            self.drop_drafts(actor, patient_id)

    def drop_drafts(self, actor: Actor, patient_id: int) -> None:
        """Erases what was not sent. A warning sign outlives the draft it was found in, and still holds bookings."""
        tx = self._tx
        for row in self._responses(patient_id):
            if row.status != "in-progress":
                continue
            self._answers.drop(row.id)
            tx.run(_DROP_SCORES, {"response": row.id})
            if not self._flags.found_in(patient_id, row.id):
                self._flags.drop(row.id)
                tx.run(_DROP_RESPONSE, {"response": row.id})
            else:
                tx.run(_CLOSE, {"response": row.id, "status_now": "stopped", "submitted_now": None})
            tx.audit(actor.account.id, "response.drop", f"response:{row.id}")
        self._forget_all(patient_id)

    def erase(self, patient_id: int) -> None:
        """Deletes every answer, flag and score of the patient."""
        self._forget_all(patient_id)
        for statement in _ERASE:
            self._tx.run(statement, {"patient": patient_id})

    def _responses(self, patient_id: int) -> list[Any]:
        """One statement for all of them: which is the newest, sent or half done is read off its rows."""
        if patient_id not in self._rows:
            self._rows[patient_id] = list(self._tx.rows(_OF_PATIENT, {"patient": patient_id}))
        return self._rows[patient_id]

    def _newest(self, patient_id: int, kind: Kind) -> Any:
        return next((row for row in reversed(self._responses(patient_id)) if row.kind == kind), None)

    def _sent(self, patient_id: int) -> Any:
        rows = reversed(self._responses(patient_id))
        return next((row for row in rows if row.kind == "intake" and row.submitted_at), None)

    def _own(self, actor: Actor, kind: Kind) -> Any:
        patient_id = self._people.patient_of(actor)
        row = None if patient_id is None else self._newest(patient_id, kind)
        if row is None:
            raise LookupError("there is no response to change")
        return row

    def _sheet(self, row: Any) -> Sheet:
        if row.id not in self._sheets:
            self._sheets[row.id] = self._answers.sheet(row.patient_id, row.id, row.revision)
        return self._sheets[row.id]

    def _forget_read(self, row: Any) -> None:
        self._rows.pop(row.patient_id, None)
        self._sheets.pop(row.id, None)

    def _forget_all(self, patient_id: int) -> None:
        self._tx.forget_opened(_owner(patient_id))
        for row in self._rows.pop(patient_id, ()):
            self._sheets.pop(row.id, None)


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
