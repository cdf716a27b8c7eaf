"""Who may work on a database: one process on a SQLite file, one leader among many on PostgreSQL."""

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from storage.database import Database, away, parse_url, sqlite_file


class AlreadyRunning(Exception):
    """Another process holds this SQLite file. The message is one line for the operator."""


class ProcessLock:
    """Held until `release` or the end of the process, however it ends; made by `hold`."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Lets another process in. Twice is once."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def hold(url: str) -> ProcessLock:
    """Claims the SQLite file at `url` for this process, by `flock` on `<file>.lock` beside it.

    The lock file stays: removing it would let two processes lock two files of one name. PostgreSQL serves many
    processes, so there nothing is claimed. Raises AlreadyRunning, ValueError for an address that is none, and
    OSError where the lock file cannot be made.
    """
    address = parse_url(url)
    if address.get_backend_name() != "sqlite":
        return ProcessLock(None)
    path = sqlite_file(address).resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = Path(f"{path}.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(f"another acuback is already running on {path}") from None
    except BaseException:
        os.close(descriptor)
        raise
    return ProcessLock(descriptor)


class Leadership:
    """One task led by one process among many: a session advisory lock on a connection of its own.

    It ends with `resign`, with the process, or with the connection; it is never taken back silently. On SQLite the
    only process always leads. For one thread at a time.
    """

    def __init__(self, database: Database, task: str) -> None:
        """`task` names what is led (`"ticks"`): every process of every version must call it the same."""
        self._database = database
        digest = hashlib.sha256(f"acuback.{task}".encode()).digest()
        self._key = int.from_bytes(digest[:8], "big", signed=True)
        self._connection: Connection | None = None
        self._backend: int | None = None

    def try_lead(self) -> bool:
        """Leads if nobody else does; answers at once. True also where this process leads already.

        Raises what the connection raises when the database is away.
        """
        if self._database.dialect == "sqlite" or self.still_leading():
            return True
        connection = self._database.connect().execution_options(isolation_level="AUTOCOMMIT")
        # Out of the pool for good: closing it must end the session, and with it the lock.
        connection.detach()
        try:
            backend = connection.scalar(
                text("SELECT CASE WHEN pg_try_advisory_lock(:key) THEN pg_backend_pid() END"), {"key": self._key}
            )
        except BaseException:
            connection.close()
            raise
        if backend is None:
            connection.close()
            return False
        self._connection, self._backend = connection, backend
        return True

    def still_leading(self) -> bool:
        """Whether this process leads now, asked of the database. A lost connection ends leadership: False."""
        if self._database.dialect == "sqlite":
            return True
        if self._connection is None:
            return False
        try:
            backend = self._connection.scalar(text("SELECT pg_backend_pid()"))
        except DBAPIError as error:
            self.resign()
            if not away(error):
                raise
            return False
        # Another backend answers where a pooler shares sessions out; the lock then guards nothing.
        if backend != self._backend:
            self.resign()
            return False
        return True

    def resign(self) -> None:
        """Stops leading; another may begin at once. Harmless where this process does not lead."""
        connection, self._connection, self._backend = self._connection, None, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()
