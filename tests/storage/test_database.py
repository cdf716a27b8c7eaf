"""How the database is opened, what its transactions promise, and how its errors are told apart."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Column, Connection, Engine, MetaData, Table, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from storage.database import Conflict, Database, away, conflict, open_database
from storage.types import Id, Instant, Sealed

metadata = MetaData()
note = Table(
    "note",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, unique=True),
    Column("body", Sealed),
    sqlite_autoincrement=True,
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(empty_database: str) -> Iterator[Database]:
    database = open_database(empty_database)
    with database.connect() as connection, database.write(connection):
        metadata.create_all(connection)
    yield database
    database.close()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.connect() as connection:
        yield connection


class Failure(Exception):
    pass


def fails() -> AbstractContextManager[object]:
    return pytest.raises(Failure)


def notes(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.scalars(select(note.c.id).order_by(note.c.id)))


def test_what_is_written_stands_and_what_fails_never_was(database: Database, connection: Connection) -> None:
    with database.write(connection):
        connection.execute(insert(note).values(id=1))
    with fails(), database.write(connection):
        connection.execute(insert(note).values(id=2))
        raise Failure
    with database.write(connection):
        connection.execute(insert(note).values(id=3))
    assert notes(database) == [1, 3]


def test_a_table_made_in_a_transaction_that_never_was_is_gone(database: Database, connection: Connection) -> None:
    with fails(), database.write(connection):
        connection.execute(text("CREATE TABLE passing (id INTEGER)"))
        raise Failure
    with database.write(connection):
        assert not connection.dialect.has_table(connection, "passing")


def test_a_savepoint_undoes_its_part_only(database: Database, connection: Connection) -> None:
    with database.write(connection):
        connection.execute(insert(note).values(id=1))
        with pytest.raises(DBAPIError), connection.begin_nested():
            connection.execute(insert(note), [{"id": 2}, {"id": 1}])
        connection.execute(insert(note).values(id=3))
    assert notes(database) == [1, 3]


def test_a_reader_neither_waits_for_the_writer_nor_sees_its_half(database: Database, connection: Connection) -> None:
    with database.write(connection):
        connection.execute(insert(note).values(id=1))
        assert notes(database) == []
    assert notes(database) == [1]


def test_what_is_read_for_deciding_cannot_change_before_the_commit_on_sqlite(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.connect() as connection, database.write(connection):
        metadata.create_all(connection)
        connection.execute(insert(note).values(id=1, body=b"\0"))

    def count_up() -> None:
        with database.connect() as connection:
            for _ in range(20):
                with database.write(connection):
                    seen = connection.scalar(select(note.c.body))
                    assert seen is not None
                    connection.execute(update(note).values(body=bytes([seen[0] + 1])))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.scalar(select(note.c.body)) == bytes([80])
    database.close()


def test_an_instant_is_exact_to_the_microsecond(database: Database, connection: Connection) -> None:
    instants = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        NOON + timedelta(microseconds=1),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ]
    with database.write(connection):
        connection.execute(insert(note), [{"at": instant, "body": b"\0\xff"} for instant in reversed(instants)])
        assert list(connection.scalars(select(note.c.at).order_by(note.c.at))) == instants
        found = connection.scalar(select(note.c.at).where(note.c.at > NOON).order_by(note.c.at))
    assert found == NOON + timedelta(microseconds=1)
    assert found.tzinfo is UTC


def test_an_instant_of_any_zone_is_the_same_moment(database: Database, connection: Connection) -> None:
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    with database.write(connection):
        connection.execute(insert(note).values(at=tokyo))
        assert connection.scalar(select(note.c.at).where(note.c.at == NOON)) == NOON


def test_a_naive_datetime_names_no_instant(database: Database, connection: Connection) -> None:
    with pytest.raises(Exception, match="naive") as refused, database.write(connection):
        connection.execute(insert(note).values(at=NOON.replace(tzinfo=None)))
    assert isinstance(refused.value.__cause__ or refused.value, ValueError)


def test_ids_are_of_64_bits_and_never_given_twice(database: Database, connection: Connection) -> None:
    with database.write(connection):
        connection.execute(insert(note).values(id=2**63 - 1))
        connection.execute(note.delete())
    if database.dialect == "postgresql":
        with database.write(connection):
            first = connection.scalar(insert(note).returning(note.c.id))
            connection.execute(note.delete())
            assert connection.scalar(insert(note).returning(note.c.id)) != first
        return
    # SQLite has no id left after the greatest one; had it forgotten that one, it would begin again at 1.
    with pytest.raises(DBAPIError, match="full"), database.write(connection):
        connection.execute(insert(note))


def test_somebody_elses_row_is_a_conflict(database: Database, connection: Connection) -> None:
    with database.write(connection):
        connection.execute(insert(note).values(id=1, at=NOON))
    for values in ({"id": 1}, {"at": NOON}):
        with pytest.raises(DBAPIError) as refused, database.write(connection):
            connection.execute(insert(note).values(**values))
        assert conflict(refused.value)
        assert not away(refused.value)


def test_a_revision_that_has_moved_on_is_a_conflict() -> None:
    assert conflict(Conflict("the conversation has moved on"))
    assert not away(Conflict())


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM nowhere", "SELECT 1 FROM", "INSERT INTO note (id) VALUES ('word')"]
)
def test_a_real_fault_is_neither_a_conflict_nor_a_database_away(
    database: Database, connection: Connection, statement: str
) -> None:
    with pytest.raises(DBAPIError) as refused, database.write(connection):
        connection.execute(text(statement))
    assert not conflict(refused.value)
    assert not away(refused.value)
    assert not conflict(ValueError())
    assert not away(ValueError())


def test_a_file_locked_by_another_program_is_a_database_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0.05)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    with database.connect() as connection:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DBAPIError) as refused, database.write(connection):
            pass
        assert away(refused.value)
        assert not conflict(refused.value)
        other.execute("COMMIT")
        with database.write(connection):
            metadata.create_all(connection)
    other.close()
    database.close()


def test_a_deadlock_is_a_conflict(empty_postgres: str) -> None:
    database = open_database(empty_postgres)
    with database.connect() as connection, database.write(connection):
        metadata.create_all(connection)
        connection.execute(insert(note), [{"id": 1}, {"id": 2}])
    met = threading.Barrier(2)
    refused: list[DBAPIError] = []

    def lock(*ids: int) -> None:
        with database.connect() as connection:
            try:
                with database.write(connection):
                    for one in ids:
                        connection.execute(update(note).where(note.c.id == one).values(body=b"x"))
                        if one == ids[0]:
                            met.wait(20)
            except DBAPIError as error:
                refused.append(error)

    threads = [threading.Thread(target=lock, args=ids) for ids in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [conflict(error) for error in refused] == [True]
    database.close()


def test_a_lost_connection_is_a_database_away_and_the_next_write_finds_a_new_one(empty_postgres: str) -> None:
    database = open_database(empty_postgres)
    with database.connect() as connection:
        with database.write(connection):
            metadata.create_all(connection)
        end_sessions(empty_postgres)
        with pytest.raises(DBAPIError) as lost_before, database.write(connection):
            connection.execute(insert(note))
        with database.write(connection):
            connection.execute(insert(note))
        with pytest.raises(DBAPIError) as lost_within, database.write(connection):
            insert_and_lose(connection, empty_postgres)
        with database.write(connection):
            connection.execute(insert(note))
        for lost in (lost_before.value, lost_within.value):
            assert away(lost)
            assert not conflict(lost)
    assert len(notes(database)) == 2
    database.close()


def insert_and_lose(connection: Connection, url: str) -> None:
    connection.execute(insert(note))
    end_sessions(url)
    connection.execute(insert(note))


def end_sessions(url: str) -> None:
    """Ends every other session of that database and returns once they are gone."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as administration:
        administration.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_server_that_is_not_there_is_a_database_away(tmp_path: Path) -> None:
    database = open_database(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    with pytest.raises(DBAPIError) as refused:
        database.connect()
    assert away(refused.value)
    assert not conflict(refused.value)


def test_sqlite_keeps_its_manners_on_every_connection(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.connect() as one, database.connect() as two:
        for connection in (one, two):
            for pragma, value in {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "secure_delete": 1,
                "busy_timeout": 10_000,
            }.items():
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
            connection.rollback()
    database.close()


def test_postgresql_keeps_its_manners_and_those_of_the_address(empty_postgres: str) -> None:
    own = f"{empty_postgres}&application_name=reception&options=-c%20statement_timeout%3D7s"
    for url, name, timeout in ((empty_postgres, "acuback", "30s"), (own, "reception", "7s")):
        database = open_database(url)
        with database.read() as connection:
            shown = {
                setting: connection.scalar(text(f"SHOW {setting}"))
                for setting in ("timezone", "application_name", "statement_timeout", "lock_timeout")
            }
        assert shown == {
            "timezone": "UTC",
            "application_name": name,
            "statement_timeout": timeout,
            "lock_timeout": "10s",
        }
        database.close()


def test_a_new_file_and_all_beside_it_are_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    database = open_database(f"sqlite:///{folder / 'a.db'}")
    with database.connect() as connection:
        with database.write(connection):
            metadata.create_all(connection)
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert files == {"a.db": 0o600, "a.db-wal": 0o600, "a.db-shm": 0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    database.close()


def test_what_was_erased_leaves_the_file_and_its_log(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")

    def somewhere(sought: bytes) -> bool:
        return any(sought in path.read_bytes() for path in tmp_path.iterdir())

    with database.connect() as connection:
        with database.write(connection):
            metadata.create_all(connection)
            connection.execute(insert(note).values(body=b"the wrapped key of somebody"))
        assert somewhere(b"wrapped key")
        with database.write(connection):
            connection.execute(note.delete())
        database.checkpoint()
        assert not somewhere(b"wrapped key")
    database.close()


def test_a_checkpoint_is_harmless_everywhere(database: Database) -> None:
    database.checkpoint()
    assert notes(database) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "acuback.db",
        "mysql://u:hunter2@h/d",
        "postgresql+asyncpg://u:hunter2@h/d",
        "sqlite+aiosqlite:///a.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:a.db?uri=true",
        "nonsense://x",
    ],
)
def test_another_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="database address must") as refused:
        open_database(url)
    assert "hunter2" not in str(refused.value)


def test_every_transaction_of_the_writer_costs_one_begin_and_one_commit(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    said: list[str] = []

    def listen(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_trace_callback(said.append)

    event.listen(database.engine, "connect", listen)
    with database.connect() as connection:
        with database.write(connection):
            metadata.create_all(connection)
        said.clear()
        with database.write(connection):
            connection.execute(insert(note), [{"id": 1}, {"id": 2}])
        said[:] = [statement.split("(")[0].strip() for statement in said]
    assert said == ["BEGIN IMMEDIATE", "INSERT INTO note", "INSERT INTO note", "COMMIT"]
    assert isinstance(database.engine, Engine)
    database.close()
