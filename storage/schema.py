"""The revisions of the schema: where a database stands, and how it gets to where we are.

Alembic takes longer to import than the rest of storage together, so only `migrate` imports it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, text

from storage.database import Database, open_database

Standing = Literal["empty", "behind", "current", "ahead"]

REVISIONS = ("0001",)
"""Every revision, oldest first: the scripts in migrations/versions/, to which a test holds this line."""

_MIGRATION = 0x61637562  # one number for every version of this program; the advisory lock of whoever migrates


def head() -> str:
    """The revision this program works with."""
    return REVISIONS[-1]


def revision(connection: Connection) -> str | None:
    """The revision the database stands at; None for one without our tables."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def standing(connection: Connection) -> Standing:
    """How the database stands to this program; 'ahead' is one that a newer program has migrated."""
    found = revision(connection)
    if found is None:
        return "empty"
    if found not in REVISIONS:
        return "ahead"
    return "current" if found == head() else "behind"


def migrate(url: str) -> None:
    """Brings the database to `head`, in one transaction: all of it or, on any error, nothing.

    Harmless where it stands there already, and where several try at once on PostgreSQL. On SQLite nobody else
    may be running: `storage.standing.hold` it before. Raises ValueError for a database that is ahead, what
    `open_database` raises, and the database's own errors.
    """
    database = open_database(url)
    try:
        with _alone(database) as connection:
            _upgrade(connection)
    finally:
        database.close()


def _upgrade(connection: Connection) -> None:
    match standing(connection):
        case "current":
            return
        case "ahead":
            raise ValueError("the database was migrated by a newer acuback: install that version or a later one")
        case "empty" | "behind":
            from alembic import command
            from alembic.config import Config

            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
            config.set_main_option("path_separator", "os")
            command.upgrade(config, head())


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    if database.dialect == "postgresql":
        with database.connect() as connection, database.write(connection):
            # A table may take longer to rebuild, or to be let go by its users, than any tap may take.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION})
            yield connection
        return
    with database.connect() as connection:
        driver: Any = connection.connection.driver_connection
        # SQLite alters a table by rebuilding it. With foreign keys on, dropping the old one deletes what refers to
        # it; the switch works outside a transaction only, so they are checked as a whole before the commit.
        # https://www.sqlite.org/lang_altertable.html#otheralter
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with database.write(connection):
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise ValueError(f"the migration would leave {len(broken)} rows without what they refer to")
        finally:
            driver.execute("PRAGMA foreign_keys = ON")
