"""What an operator does to a practice's database besides running it: make it ready, invite, list, revoke, look."""

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from bot.model import Staff
from bot.practice.clinic import Clinic
from bot.refusal import Refused
from bot.source import nearest
from storage.database import Database, away, open_database, parse_url, sqlite_file
from storage.schema import migrate, standing
from storage.standing import AlreadyRunning, hold
from storage.vault import Vault
from storage.work import Pen, Work

INVITATION_LASTS = timedelta(days=7)
CODE_BYTES = 16

Entropy = Callable[[int], bytes]
Role = Literal["practitioner", "contact"]

_VARIABLE = "ACUBACK_DATABASE_URL"
_BEHIND = "the database is not at this version's revision; type: acuback migrate"
_AHEAD = "the database was migrated by a newer acuback: install that version or a later one"


@dataclass(frozen=True, slots=True)
class Office:
    """One practice's database and what is needed to write in it, also while the bot runs on it."""

    database_url: str
    keys: Sequence[bytes]
    entropy: Entropy

    @contextmanager
    def work(self, now: datetime) -> Iterator[Work]:
        """One transaction. Raises `Refused` as `opened` does."""
        vault = Vault(self.keys, self.entropy)
        with opened(self.database_url) as database, closing(Pen(database, vault)) as pen, pen.work(now) as work:
            yield work

    def invite(self, role: Role, ref: str, now: datetime) -> str:
        """A new single-use code of 128 random bits that links whoever opens it to this person of the practice.

        The database keeps its hash only.
        """
        code = base64.urlsafe_b64encode(self.entropy(CODE_BYTES)).decode().rstrip("=")
        with self.work(now) as work:
            work.people.make_invite(code, role, ref, now + INVITATION_LASTS)
        return code

    def people(self, now: datetime) -> tuple[tuple[Staff, datetime], ...]:
        """Everybody of the practice who is linked to a chat, and since when."""
        with self.work(now) as work:
            return work.people.linked()

    def revoke(self, account_id: int, now: datetime) -> bool:
        """Ends an account's part in the practice. False if it had none."""
        with self.work(now) as work:
            return work.people.revoke(account_id)


def invited(clinic: Clinic, role: Role, ref: str | None) -> str:
    """Whom an invitation is for: an id of clinic.yaml, which may be left out where there is only one.

    Raises `Refused` for anybody else.
    """
    known = [each.id for each in (clinic.practitioners if role == "practitioner" else clinic.contacts)]
    if ref is None and len(known) == 1:
        return known[0]
    if ref is not None and ref in known:
        return ref
    choice = f"there is {', '.join(known)}" if known else "it names none"
    if ref is None:
        raise Refused(f"--for must say which {role} of clinic.yaml is invited: {choice}", 2)
    raise Refused(f"--for {ref} is no {role} of clinic.yaml: {choice}{nearest(ref, known)}", 2)


# --- the database, made ready ---


@contextmanager
def held(url: str) -> Iterator[Database]:
    """The database for a run, at this program's revision: a SQLite file is held against a second copy until the end,
    and migrated where it is behind.

    Raises `Refused` where another copy holds it, where PostgreSQL is behind (with the command to type), where the
    database is ahead or cannot be reached.
    """
    with alone(url), _reached(url) as database:
        if not _is_current(database):
            with _clearly():
                migrate(url)
        yield database


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """The same for a short while, also beside a run: the file is held only for as long as it is migrated."""
    with _reached(url) as database:
        if not _is_current(database):
            with held(url):
                pass
        yield database


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Nobody else runs on this SQLite file meanwhile. Raises `Refused` where somebody does."""
    try:
        with _clearly():
            lock = hold(url)
    except AlreadyRunning as other:
        raise Refused(str(other)) from None
    with lock:
        yield


def bring_up(url: str) -> None:
    """Migrates the database, SQLite or PostgreSQL. Raises `Refused`."""
    with alone(url), _clearly():
        migrate(url)


def look(url: str) -> tuple[str, str]:
    """What is wrong with the database, and what is worth knowing; either may be ''. Changes nothing, makes no file."""
    try:
        address = parse_url(url)
        if address.get_backend_name() == "sqlite" and not Path(sqlite_file(address)).is_file():
            return "", "there is no database yet: `acuback run` makes it"
        with _reached(url) as database:
            if not _is_current(database):
                return "", "the database is behind: `acuback run` migrates it"
    except (Refused, ValueError) as wrong:
        return str(wrong), ""
    return "", ""


def _is_current(database: Database) -> bool:
    with _clearly(), database.read() as connection:
        found = standing(connection)
    if found == "ahead":
        raise Refused(_AHEAD)
    if found != "current" and database.dialect == "postgresql":
        raise Refused(_BEHIND, 2)
    return found == "current"


@contextmanager
def _reached(url: str) -> Iterator[Database]:
    with _clearly():
        database = open_database(url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _clearly() -> Iterator[None]:
    """What goes wrong with the database, as a line for the operator."""
    try:
        yield
    except ValueError as wrong:
        raise Refused(f"{_VARIABLE}: {wrong}", 2) from wrong
    except OSError as wrong:
        raise Refused(f"{_VARIABLE}: {wrong.filename}: {(wrong.strerror or 'cannot be used').lower()}", 2) from wrong
    except Exception as wrong:
        if away(wrong):
            raise Refused(f"{_VARIABLE}: no connection; does it run, are user, password and name right?") from wrong
        raise
