"""The database: how it is opened, what a transaction is, and what its errors mean.

Core only, synchronous. The one writer keeps a connection (`Database.connect`) and wraps each group of events in
`Database.write`; whoever only reads asks for `Database.read`.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

Dialect = Literal["sqlite", "postgresql"]

BUSY_SECONDS = 10
"""How long a transaction waits for another's lock before the database counts as away."""

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
    # KiB at most, as they are read. The ways through the indexes of a million patients find room in it; in 2 MB,
    # SQLite's own measure, they do not.
    "PRAGMA cache_size = -16384",
)

# The client notices a dead line after 25 s, the server after 60 s: a leader cut off from the database stops
# leading before another can begin.
_POSTGRESQL_CONNECT = {
    "connect_timeout": "5",
    "application_name": "acuback",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_POSTGRESQL_SESSION = {
    "timezone": "UTC",
    "lock_timeout": f"{BUSY_SECONDS}s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}

# https://www.sqlite.org/rescode.html
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_SQLITE_CONFLICT = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL_AWAY_CLASSES = ("08", "53", "57", "58")
_POSTGRESQL_AWAY = {
    "25006",  # read_only_sql_transaction: a standby, during a failover
    "25P03",  # idle_in_transaction_session_timeout
    "55P03",  # lock_not_available
}
_POSTGRESQL_CONFLICT = {
    "23505",  # unique_violation
    "23P01",  # exclusion_violation
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
}


class Conflict(Exception):
    """Somebody else changed what was decided upon: roll back and decide again with fresh facts.

    For promises that are kept by comparing (an expected version that matched no row). Those the database keeps
    itself arrive as its own errors; `conflict` knows both.
    """


class Database:
    """An opened database; made by `open_database`, shared by every thread.

    `engine` is for Alembic and tests; `dialect` is for the few statements the two databases spell differently.
    """

    def __init__(self, engine: Engine, reading: Engine) -> None:
        self.engine = engine
        self._reading = reading
        self.dialect = cast(Dialect, engine.dialect.name)

    def connect(self) -> Connection:
        """A connection to keep, for one thread; close it at the end. Its transactions are begun by `write`.

        A connection that is lost fails the transaction in hand (`away`) and is renewed by the next `write`.
        """
        return self.engine.connect()

    @contextmanager
    def write(self, connection: Connection) -> Iterator[None]:
        """One write transaction on `connection`: committed at the end, rolled back on any exception.

        SQLite takes its write lock at once (BEGIN IMMEDIATE), so what is read inside cannot change before the
        commit. PostgreSQL runs at READ COMMITTED: lock the rows a decision rests on. An `away` error raised by
        the commit itself leaves open whether it happened: the rows then tell (the update's id is there, or not).
        """
        with connection.begin():
            yield

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading, in a transaction that never waits for the writer; nothing is kept of it."""
        with self._reading.connect() as connection:
            yield connection

    def checkpoint(self) -> None:
        """Empties SQLite's write-ahead log into the database, so that erased rows leave both files.

        To be called after somebody was erased, outside any transaction. A reader at work makes it stop short;
        the next call finishes. PostgreSQL does this by itself (vacuum); there it does nothing.
        """
        if self.dialect == "sqlite":
            with self.engine.connect() as connection:
                # Straight to the driver: the log cannot be emptied inside a transaction.
                _driver(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Closes every idle connection. Kept ones are closed by those who keep them."""
        self._reading.dispose()
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Opens the database at `url`: `sqlite:///path` or `postgresql+psycopg://...`.

    A SQLite file that does not exist is made for this user alone (mode 0600; its folder 0700), and so are the
    files SQLite keeps beside it. PostgreSQL is not contacted before the first connection. What the address says
    itself (application_name, connect_timeout, options ...) goes before our defaults.
    Raises ValueError, in one sentence that does not repeat the address (it may hold a password), for any other
    address, and OSError where the file cannot be made.
    """
    address = parse_url(url)
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address)
    engine = _open_postgresql(address)
    return Database(engine, reading=engine)


def parse_url(url: str) -> URL:
    """The address in its parts. Raises ValueError as `open_database` does."""
    try:
        address = make_url(url)
        driver = (address.get_backend_name(), address.get_driver_name())
    except (ArgumentError, NoSuchModuleError):
        driver = ("", "")
    if driver not in {("sqlite", "pysqlite"), ("postgresql", "psycopg")}:
        raise ValueError("the database address must begin with sqlite:/// or postgresql+psycopg://")
    address = make_url(url)
    if driver[0] == "sqlite" and (
        not address.database or address.database == ":memory:" or address.database.startswith("file:")
    ):
        raise ValueError("the database address must name a file: sqlite:///path/to/acuback.db")
    return address


def sqlite_file(address: URL) -> Path:
    """The file a SQLite address names."""
    return Path(address.database or "")


def conflict(error: BaseException) -> bool:
    """Whether `error` says that somebody else was first: roll back, decide again with fresh facts."""
    if isinstance(error, Conflict):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = _sqlite_code(error.orig)
    if code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        # A trigger's only words are its message; tables.py promises the word for what others can cause.
        return "overlap" in str(error.orig)
    return code in _SQLITE_CONFLICT or _sqlstate(error.orig) in _POSTGRESQL_CONFLICT


def away(error: BaseException) -> bool:
    """Whether `error` says that the database cannot serve now (lost, stopped, locked, full): try again later."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    code = _sqlite_code(error.orig)
    if code is not None:
        return code & 0xFF in _SQLITE_AWAY
    state = _sqlstate(error.orig)
    if state is None:
        # libpq has no code for a server it could not reach or lost: only the class of the error says so.
        return type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout"}
    return state in _POSTGRESQL_AWAY or state.startswith(_POSTGRESQL_AWAY_CLASSES)


def _sqlite_code(error: BaseException | None) -> int | None:
    return getattr(error, "sqlite_errorcode", None) if isinstance(error, sqlite3.Error) else None


def _sqlstate(error: BaseException | None) -> str | None:
    return getattr(error, "sqlstate", None)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


class SqliteWriting(SQLiteDialect_pysqlite):
    """SQLite whose transactions take the write lock at once.

    A dialect of its own because the events SQLAlchemy offers for this cost every statement of the engine 3 us.
    """

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: DBAPIConnection) -> None:
        cast(sqlite3.Connection, dbapi_connection).execute("BEGIN IMMEDIATE").close()


class SqliteReading(SQLiteDialect_pysqlite):
    """SQLite whose transactions see one state of the database and wait for nobody."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: DBAPIConnection) -> None:
        cast(sqlite3.Connection, dbapi_connection).execute("BEGIN").close()


registry.register("sqlite.writing", __name__, "SqliteWriting")
registry.register("sqlite.reading", __name__, "SqliteReading")


def _open_sqlite(address: URL) -> Database:
    path = sqlite_file(address)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    engines = []
    for manner in ("writing", "reading"):
        engine = create_engine(address.set(drivername=f"sqlite+{manner}"), connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _set_pragmas)
        engines.append(engine)
    return Database(*engines)


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them late, and let two writers read first.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma).close()


def _open_postgresql(address: URL) -> Engine:
    session = " ".join(f"-c {name}={value}" for name, value in _POSTGRESQL_SESSION.items())
    own = address.query.get("options", "")
    options = f"{session} {own if isinstance(own, str) else ' '.join(own)}".strip()
    defaults = {name: value for name, value in _POSTGRESQL_CONNECT.items() if name not in address.query}
    return create_engine(
        address.difference_update_query(["options"]),
        connect_args={**defaults, "options": options},
        pool_pre_ping=True,
        pool_timeout=BUSY_SECONDS,
    )
