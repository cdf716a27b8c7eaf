"""The answers of a response, a sealed row for each place in its form. A place stands there as an HMAC, and every place
has its row from the first on: which of them were answered would tell of the answers above them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from storage.database import Conflict
from storage.tables import answer, response
from storage.transaction import Transaction

_ALL = select(answer.c.place, answer.c.revision, answer.c.body).where(answer.c.response_id == bindparam("response"))
_ADD = insert(answer)
_CHANGE = (
    update(answer)
    .where(answer.c.response_id == bindparam("response"), answer.c.place == bindparam("at"))
    .values(revision=bindparam("revision_now"), body=bindparam("body_now"))
)
_TOUCH = (
    update(response)
    .where(response.c.id == bindparam("response"), response.c.revision == bindparam("expected"))
    .values(revision=bindparam("revision_now"), touched_at=bindparam("now"))
)
_DROP = delete(answer).where(answer.c.response_id == bindparam("response"))

Values = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what is said at a place (None: not asked yet), whether the practitioner asks for it again, and what
    stood there when the response was sent, if that was another answer."""

    place: str
    said: Values | None
    is_asked: bool = False
    was: Values | None = None

    def dumps(self) -> bytes:
        return json.dumps(
            [self.place, self.said, self.is_asked, self.was], ensure_ascii=False, separators=(",", ":")
        ).encode()

    @staticmethod
    def loads(body: bytes) -> "Line":
        place, said, is_asked, was = json.loads(body)
        return Line(place, _values(said), is_asked, _values(was))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A response's lines as they are at one of its revisions, by the HMACs of their places; and their own revisions."""

    patient_id: int
    response_id: int
    revision: int
    lines: Mapping[bytes, Line]
    revisions: Mapping[bytes, int]

    def __len__(self) -> int:
        return len(self.lines)


class Answers:
    """Sheets, opened once and kept at hand for as long as nobody writes on them."""

    def __init__(self, transaction: Transaction) -> None:
        self._tx = transaction

    def sheet(self, patient_id: int, response_id: int, revision: int) -> Sheet:
        """The answers of a response that stands at this revision."""
        tx, owner = self._tx, _owner(patient_id)
        known: Sheet | None = tx.opened(owner).get(response_id)
        if known and known.revision == revision:
            return known
        lines, revisions = dict[bytes, Line](), dict[bytes, int]()
        for at, row_revision, body in tx.rows(_ALL, {"response": response_id}):
            opened = tx.open(owner, "answer", _row(response_id, at), row_revision, "body", body)
            lines[at], revisions[at] = Line.loads(opened), row_revision
        return self._kept(Sheet(patient_id, response_id, revision, lines, revisions))

    def begin(self, patient_id: int, response_id: int, places: Sequence[str]) -> None:
        """A row for every place, none of them answered."""
        rows = [self._new(patient_id, response_id, Line(place, None)) for place in places]
        if rows:
            self._tx.run(_ADD, rows)

    def save(self, sheet: Sheet, place: str, values: Values, *, sent: bool) -> Sheet:
        """An answer. Once the response was `sent`, what stood there is kept beside it, until it is sent again."""
        before = sheet.lines.get(self._at(sheet, place))
        was = before.was if before else None
        if sent and was is None:
            was = (before and before.said) or ()
        return self._write(sheet, [Line(place, tuple(values), was=was)])

    def ask(self, sheet: Sheet, place: str) -> Sheet:
        """The practitioner asks for it again."""
        before = sheet.lines.get(self._at(sheet, place), Line(place, None))
        return self._write(sheet, [replace(before, is_asked=True)])

    def settle(self, sheet: Sheet) -> Sheet:
        """What was changed since the response was sent stands now."""
        changed = [replace(line, was=None) for line in sheet.lines.values() if line.was is not None]
        return self._write(sheet, changed) if changed else sheet

    def refit(self, sheet: Sheet, places: Sequence[str]) -> None:
        """A row for every place the form has gained; what it has lost stays where it is."""
        known = {line.place for line in sheet.lines.values()}
        self.begin(sheet.patient_id, sheet.response_id, [place for place in places if place not in known])
        self._touch(sheet)

    def drop(self, response_id: int) -> None:
        """Deletes every row."""
        self._tx.run(_DROP, {"response": response_id})

    def _write(self, sheet: Sheet, written: Sequence[Line]) -> Sheet:
        lines, revisions = dict(sheet.lines), dict(sheet.revisions)
        for line in written:
            at = self._at(sheet, line.place)
            lines[at] = line
            if at in revisions:
                revisions[at] += 1
                body = self._sealed(sheet.patient_id, sheet.response_id, at, revisions[at], line)
                self._tx.run(
                    _CHANGE,
                    {"response": sheet.response_id, "at": at, "revision_now": revisions[at], "body_now": body},
                )
            else:
                new = self._new(sheet.patient_id, sheet.response_id, line)
                revisions[at] = new["revision"]
                self._tx.run(_ADD, new)
        revision = self._touch(sheet)
        return self._kept(Sheet(sheet.patient_id, sheet.response_id, revision, lines, revisions))

    def _touch(self, sheet: Sheet) -> int:
        """Raises Conflict where somebody else has written on it since it was read."""
        given = {
            "response": sheet.response_id,
            "expected": sheet.revision,
            "revision_now": sheet.revision + 1,
            "now": self._tx.now,
        }
        if self._tx.count(_TOUCH, given) == 0:
            raise Conflict("the response was written on elsewhere")
        return sheet.revision + 1

    def _kept(self, sheet: Sheet) -> Sheet:
        owner = _owner(sheet.patient_id)
        self._tx.keep_opened(owner, {**self._tx.opened(owner), sheet.response_id: sheet})
        return sheet

    def _new(self, patient_id: int, response_id: int, line: Line) -> dict[str, Any]:
        at, revision = self._fingerprint(patient_id, response_id, line.place), self._tx.first_revision()
        body = self._sealed(patient_id, response_id, at, revision, line)
        return {"response_id": response_id, "place": at, "patient_id": patient_id, "revision": revision, "body": body}

    def _at(self, sheet: Sheet, place: str) -> bytes:
        return self._fingerprint(sheet.patient_id, sheet.response_id, place)

    def _fingerprint(self, patient_id: int, response_id: int, place: str) -> bytes:
        return self._tx.fingerprint(_owner(patient_id), "answer", f"{response_id}.{place}")

    def _sealed(self, patient_id: int, response_id: int, at: bytes, revision: int, line: Line) -> bytes:
        return self._tx.seal(_owner(patient_id), "answer", _row(response_id, at), revision, "body", line.dumps())


def _values(read: list[Any] | None) -> Values | None:
    return None if read is None else tuple(read)


def _owner(patient_id: int) -> str:
    return f"patient:{patient_id}"


def _row(response_id: int, at: bytes) -> str:
    return f"{response_id}.{at.hex()}"
