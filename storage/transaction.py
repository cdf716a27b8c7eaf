"""What the parts of `Work` share: one transaction, its time, and the sealing of what people say."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, bindparam, delete, insert, select

from bot.model import Account, Staff
from storage.tables import audit, data_key
from storage.vault import DataKey, KeyRing, Opened, Vault, fingerprint

PRACTICE = "practice"
"""The owner of what is nobody's in particular."""

_AUDIT = insert(audit)
_KEY = select(data_key.c.wrapped).where(data_key.c.owner == bindparam("whose"))
_ADD_KEYS = insert(data_key)
_DESTROY_KEY = delete(data_key).where(data_key.c.owner == bindparam("whose"))

Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


@dataclass(slots=True)
class Actor:
    """Who an event's deeds are done by. `digest(key, locale)` is the SHA-256 of words agreed to.

    `patient_id` and `booking_id` are what this event's deeds have come to be about: found or made on the way.
    """

    account: Account
    staff: Staff | None
    digest: Callable[[str, str], bytes]
    patient_id: int | None = None
    booking_id: int | None = None

    @property
    def practitioner(self) -> str | None:
        """Which of clinic.yaml's practitioners this is. Names and times are their business alone: a contact of the
        practice hears alarms and nothing else."""
        return self.staff.ref if self.staff is not None and self.staff.role == "practitioner" else None


class Transaction:
    """Statements, sealing and audit of one transaction. New keys and audit lines are written at its end, at once."""

    __slots__ = ("_ahead", "_audit", "_connection", "_destroyed", "_made", "_ring", "_vault", "now", "run_id", "shared")

    def __init__(self, connection: Connection, vault: Vault, ring: KeyRing, now: datetime, run_id: str) -> None:
        self._connection = connection
        self._vault = vault
        self._ring = ring
        self._made: dict[str, bytes] = {}
        self._destroyed: set[str] = set()
        self._audit: list[dict[str, Any]] = []
        self._ahead: dict[tuple[Executable, int], list[Any]] = {}
        self.now = now
        self.run_id = run_id
        self.shared = connection.dialect.name != "sqlite"
        """Whether other processes may be writing to this database."""

    def _execute(self, statement: Executable, params: Params = None) -> CursorResult[Any]:
        if statement.is_dml:
            self._ahead.clear()
        return self._connection.execute(statement, params)

    def run(self, statement: Executable, params: Params = None) -> None:
        """Executes, for a statement that answers nothing."""
        self._execute(statement, _short(params))

    def read_ahead(
        self,
        one: Executable,
        many: Executable,
        keys: Collection[int],
        key_of: Callable[[Any], int],
        params: Mapping[str, Any] | None = None,
    ) -> None:
        """Reads at once, by `many` with its list of `keys`, what `one` would read for each; it is at hand for the first
        who asks, by the first of its parameters, until anything is written."""
        if not keys:
            return
        found: dict[int, list[Any]] = {key: [] for key in keys}
        for row in self._execute(many, {"keys": list(keys), **(params or {})}):
            found[key_of(row)].append(row)
        self._ahead |= {(one, key): rows for key, rows in found.items()}

    def _at_hand(self, statement: Executable, params: Params) -> list[Any] | None:
        if not self._ahead or not isinstance(params, Mapping):
            return None
        key = next(iter(params.values()), None)
        return self._ahead.pop((statement, key), None) if isinstance(key, int) else None

    def rows(self, statement: Executable, params: Params = None) -> Sequence[Any]:
        """Every row."""
        if (read := self._at_hand(statement, params)) is not None:
            return read
        return self._execute(statement, _short(params)).all()

    def row(self, statement: Executable, params: Params = None) -> Any:
        """The first row, or None."""
        if (read := self._at_hand(statement, params)) is not None:
            return next(iter(read), None)
        return self._execute(statement, params).first()

    def scalar(self, statement: Executable, params: Params = None) -> Any:
        """The first column of the first row, or None."""
        return self._execute(statement, params).scalar()

    def count(self, statement: Executable, params: Params = None) -> int:
        """How many rows the statement changed."""
        return self._execute(statement, _short(params)).rowcount

    def audit(self, account_id: int | None, deed: str, subject: str) -> None:
        """Notes who did what to which row; no words, ever."""
        self._audit.append({"at": self.now, "account_id": account_id, "deed": deed, "subject": subject})

    # --- sealing ---

    def seal(self, owner: str, table: str, row: int | str, revision: int, field: str, said: bytes) -> bytes:
        """Encrypts one value for one place; the owner's key is made if there is none yet."""
        key = self._ring.get(owner) or self._found(owner) or self._new(owner)
        return self._vault.seal(key, said, table=table, row=row, revision=revision, owner=owner, field=field)

    def open(self, owner: str, table: str, row: int | str, revision: int, field: str, sealed: bytes) -> bytes:
        """The value that was sealed for this very place. Raises `storage.vault.Tampered` for any other."""
        key = self._ring.get(owner) or self._found(owner)
        if key is None:
            raise LookupError(f"the data key of {owner} was destroyed")
        return self._vault.open(key, sealed, table=table, row=row, revision=revision, owner=owner, field=field)

    def opened(self, owner: str) -> Mapping[Hashable, Any]:
        """What was opened of the owner's last, if it still is at hand: to be looked into, never changed."""
        return self._ring.opened.get(owner) or {}

    def keep_opened(self, owner: str, opened: Opened) -> None:
        """This was opened of the owner's, in the place of what was before."""
        self._ring.opened.put(owner, opened)

    def forget_opened(self, owner: str) -> None:
        """What was opened of the owner's was deleted."""
        self._ring.opened.drop(owner)

    def first_revision(self) -> int:
        """Where the revisions of a new row begin: at random, so that the newest does not tell how often it changed."""
        return self._vault.first_revision()

    def secret(self) -> str:
        """Fresh chance, see `Vault.secret`."""
        return self._vault.secret()

    def fingerprint(self, owner: str, purpose: str, value: str) -> bytes:
        """16 bytes that stand for a value whose presence alone would tell something."""
        key = self._ring.get(owner) or self._found(owner) or self._new(owner)
        return fingerprint(key, purpose, value.encode())[:16]

    def learn(self, owner: str, wrapped: bytes | None) -> None:
        """A key that was read along with what it sealed, if there was one."""
        if wrapped is not None and self._ring.get(owner) is None:
            self._ring.put(owner, self._vault.unwrap(wrapped, owner=owner))

    def destroy(self, owner: str) -> None:
        """Ends a data key, and with it everything it sealed, wherever it was copied to."""
        self._execute(_DESTROY_KEY, {"whose": owner})
        self._made.pop(owner, None)
        self._ring.drop(owner)
        self._destroyed.add(owner)

    def gone(self, owner: str) -> bool:
        """Whether this transaction destroyed the owner's key."""
        return owner in self._destroyed

    @property
    def erased(self) -> bool:
        """Whether any key was destroyed."""
        return bool(self._destroyed)

    def _found(self, owner: str) -> DataKey | None:
        wrapped = self.scalar(_KEY, {"whose": owner})
        if wrapped is None:
            return None
        key = self._vault.unwrap(wrapped, owner=owner)
        self._ring.put(owner, key)
        return key

    def _new(self, owner: str) -> DataKey:
        if owner in self._destroyed:
            raise LookupError(f"the data key of {owner} was destroyed")
        key, self._made[owner] = self._vault.make_key(owner)
        self._ring.put(owner, key)
        return key

    # --- the end ---

    def finish(self) -> None:
        """Writes what was put off: the last thing before the commit."""
        if self._made:
            made = [{"owner": owner, "wrapped": wrapped, "made_at": self.now} for owner, wrapped in self._made.items()]
            self.run(_ADD_KEYS, made)
        if self._audit:
            self.run(_AUDIT, self._audit)


def _short(params: Params) -> Params:
    """A list of one as that one: SQLAlchemy's way for many rows costs a lone tap more than the statement itself."""
    return params[0] if isinstance(params, list) and len(params) == 1 else params
