"""Scores: the numbers a patient gives of how they are, at the assessment and every week."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import bindparam, insert, select, update

from bot.model import KeepScores, Progress, Scores
from storage.people import People
from storage.records import Records
from storage.reminders import Reminders
from storage.tables import score
from storage.transaction import Actor, Transaction

LATELY = timedelta(weeks=5)
"""Whoever was not asked for so long is not counted among those who are silent."""

_ADD = insert(score).returning(score.c.id)
_SEAL = update(score).where(score.c.id == bindparam("score")).values(body=bindparam("body_now"))
_OF_EPISODE = (
    select(score.c.id, score.c.patient_id, score.c.response_id, score.c.body, score.c.taken_at)
    .where(score.c.patient_id == bindparam("patient"), score.c.episode_id == bindparam("episode"))
    .order_by(score.c.taken_at, score.c.id)
)
_GIVEN = select(score.c.patient_id).where(score.c.response_id.is_(None), score.c.taken_at >= bindparam("since"))


class ScoreBook:
    """Numbers to follow over time. What was given together is one row; at a check-in it belongs to no response."""

    def __init__(self, transaction: Transaction, people: People, records: Records, reminders: Reminders) -> None:
        self._tx = transaction
        self._people = people
        self._records = records
        self._reminders = reminders

    def scores(self, patient_id: int) -> tuple[Scores, ...]:
        """Of the episode the practice goes by, the oldest first."""
        belongs = self._records.numbered(patient_id, "checkin")
        if belongs is None:
            return ()
        rows = self._tx.rows(_OF_EPISODE, {"patient": patient_id, "episode": belongs[1]})
        return tuple(map(self._opened, rows))

    def keep(self, actor: Actor, effect: KeepScores) -> None:
        """Left alone where no assessment was sent that a check-in would follow."""
        tx, patient_id = self._tx, self._people.patient_of(actor)
        belongs = None if patient_id is None else self._records.numbered(patient_id, effect.occasion)
        if patient_id is None or belongs is None:
            return
        row = {
            "patient_id": patient_id,
            "episode_id": belongs[1],
            "response_id": belongs[0] if effect.occasion == "intake" else None,
            "body": b"",
            "taken_at": tx.now,
        }
        made = cast(int, tx.scalar(_ADD, row))
        said = json.dumps(dict(effect.values)).encode()
        body = tx.seal(f"patient:{patient_id}", "score", made, 1, "body", said)
        tx.run(_SEAL, {"score": made, "body_now": body})

    def progress(self) -> tuple[Progress, ...]:
        """Of every patient in care who gave numbers lately, or was asked for them."""
        since = self._tx.now - LATELY
        asked = self._reminders.asked(since)
        given = self._tx.rows(_GIVEN, {"since": since})
        people = self._people.patients(sorted({row.patient_id for row in (*asked, *given)}))
        self._records.read_ahead(people)
        return tuple(
            Progress(one.id, one.name, kept := self.scores(one.id), _unanswered(kept, one.id, asked))
            for one in people.values()
            if one.state == "active"
        )

    def _opened(self, row: Any) -> Scores:
        said = self._tx.open(f"patient:{row.patient_id}", "score", row.id, 1, "body", row.body)
        return Scores(row.taken_at, "checkin" if row.response_id is None else "intake", json.loads(said))


def _unanswered(scores: Iterable[Scores], patient_id: int, asked: Iterable[Any]) -> int:
    answered = max((one.at for one in scores if one.occasion == "checkin"), default=None)
    return sum(row.patient_id == patient_id and (answered is None or row.settled_at > answered) for row in asked)
