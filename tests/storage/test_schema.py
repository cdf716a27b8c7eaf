"""The schema after migration is the schema of tables.py, and keeps the promises that need more than a column."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from benchmarks.strangers import move_in
from storage import schema
from storage.database import Database, conflict, open_database, parse_url, sqlite_file
from storage.tables import audit, metadata, occupancy, patient, place, plan, reminder, resource

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.close()


def resources(database: Database) -> tuple[int, int]:
    with database.connect() as connection, database.write(connection):
        here = connection.scalar(insert(place).values(ref="main", zone="Europe/London").returning(place.c.id))
        ids = [
            connection.scalar(insert(resource).values(place_id=here, kind=kind, ref="a").returning(resource.c.id))
            for kind in ("practitioner", "room")
        ]
    assert ids[0] is not None
    assert ids[1] is not None
    return ids[0], ids[1]


def occupy(connection: Connection, resource_id: int, start: datetime, end: datetime) -> None:
    connection.execute(insert(occupancy).values(resource_id=resource_id, starts_at=start, ends_at=end))


def everything(connection: Connection) -> set[str]:
    """Every object of the schema as the database itself describes it, whatever order it was made in."""
    if connection.dialect.name == "sqlite":
        made = connection.scalars(
            text("SELECT name || ' ' || sql FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'")
        )
        return {sorted_clauses(statement) for statement in made if not statement.startswith("alembic_version")}
    described = """
        SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) || ' ' || conname FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT proname || prosrc FROM pg_proc WHERE proname = 'audit_append_only'
        UNION ALL SELECT format('%s.%s %s(%s) %s %s', table_name, column_name, data_type, character_maximum_length,
            is_nullable, column_default) FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT extname FROM pg_extension"""
    made = connection.scalars(text(described))
    return {" ".join(line.split()) for line in made if "alembic_version" not in line}


def sorted_clauses(statement: str) -> str:
    flat = re.sub(r"\s+", " ", statement).strip()
    if "CREATE TABLE" not in flat:
        return flat
    head, rest = flat.split(" (", 1)
    clauses, _, options = rest.rpartition(")")
    return head + ",".join(sorted(clause.strip() for clause in re.split(r",(?![^(]*\))", clauses))) + options


def test_a_migrated_schema_is_the_fresh_one(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        migrated = everything(connection)
        connection.rollback()
        with database.write(connection):
            metadata.drop_all(connection)
            if database.dialect == "postgresql":
                connection.execute(text("DROP EXTENSION btree_gist"))
                connection.execute(text("DROP FUNCTION audit_append_only"))
        with database.write(connection):
            metadata.create_all(connection)
        fresh = everything(connection)
    assert migrated == fresh
    assert len(fresh) > 40


def test_the_revisions_named_in_code_are_those_of_the_scripts() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    assert schema.__file__ is not None
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == schema.head()
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == schema.REVISIONS


def test_an_empty_database_becomes_current_and_stays_so(empty_database: str) -> None:
    database = open_database(empty_database)
    with database.read() as connection:
        assert schema.revision(connection) is None
        assert schema.standing(connection) == "empty"
    for _ in range(2):
        schema.migrate(empty_database)
        with database.read() as connection:
            assert schema.revision(connection) == schema.head()
            assert schema.standing(connection) == "current"
    database.close()


def test_a_database_of_a_newer_program_is_refused(database: Database, database_url: str) -> None:
    with database.connect() as connection, database.write(connection):
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with database.read() as connection:
        assert schema.standing(connection) == "ahead"
    with pytest.raises(ValueError, match="newer acuback"):
        schema.migrate(database_url)


def test_a_migration_that_fails_leaves_nothing(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The last of the tables to be made is there already, by somebody else's hand.
    database = open_database(empty_database)
    with database.connect() as connection, database.write(connection):
        connection.execute(text("CREATE TABLE score (id INTEGER)"))
    with pytest.raises(DBAPIError):
        schema.migrate(empty_database)
    with database.read() as connection:
        assert schema.revision(connection) is None
        assert not connection.dialect.has_table(connection, "account")
    database.close()


def test_several_may_migrate_at_once_on_postgresql(empty_postgres: str) -> None:
    faults: list[BaseException] = []

    def migrate() -> None:
        try:
            schema.migrate(empty_postgres)
        except BaseException as fault:  # noqa: BLE001 - shown below
            faults.append(fault)

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_where_a_database_stands_is_known_without_alembic() -> None:
    asked = "import sys, storage.schema; storage.schema.head(); sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NINE, NINE + 4 * QUARTER),
        (NINE - QUARTER, NINE + QUARTER),
        (NINE + QUARTER, NINE + 2 * QUARTER),
        (NINE - QUARTER, NINE + 9 * QUARTER),
        (NINE + 4 * QUARTER - timedelta(microseconds=1), NINE + 5 * QUARTER),
    ],
)
def test_two_visits_never_overlap_on_one_resource(database: Database, start: datetime, end: datetime) -> None:
    practitioner, room = resources(database)
    with database.connect() as connection:
        with database.write(connection):
            occupy(connection, practitioner, NINE, NINE + 4 * QUARTER)
        with pytest.raises(DBAPIError) as refused, database.write(connection):
            occupy(connection, practitioner, start, end)
        assert conflict(refused.value)
        with database.write(connection):
            occupy(connection, room, start, end)


def test_visits_may_follow_each_other_without_a_gap(database: Database) -> None:
    practitioner, _ = resources(database)
    with database.connect() as connection, database.write(connection):
        for quarter in (1, 0, 2):
            occupy(connection, practitioner, NINE + quarter * QUARTER, NINE + (quarter + 1) * QUARTER)
        assert connection.scalar(select(func.count()).select_from(occupancy)) == 3


def test_a_visit_cannot_be_moved_onto_another_but_within_its_own_time(database: Database) -> None:
    practitioner, _ = resources(database)
    with database.connect() as connection:
        with database.write(connection):
            occupy(connection, practitioner, NINE, NINE + 2 * QUARTER)
            occupy(connection, practitioner, NINE + 4 * QUARTER, NINE + 6 * QUARTER)
        first = update(occupancy).where(occupancy.c.starts_at == NINE)
        with pytest.raises(DBAPIError) as refused, database.write(connection):
            connection.execute(first.values(ends_at=NINE + 5 * QUARTER))
        assert conflict(refused.value)
        with database.write(connection):
            moved = connection.execute(first.values(starts_at=NINE + QUARTER, ends_at=NINE + 3 * QUARTER))
        assert moved.rowcount == 1


def test_of_two_who_book_one_time_exactly_one_wins(database: Database) -> None:
    practitioner, _ = resources(database)
    rounds = 10
    at_once = threading.Barrier(2)
    outcomes: list[list[str]] = [[], []]

    def book(mine: list[str], shift: timedelta) -> None:
        with database.connect() as connection:
            for day in range(rounds):
                start = NINE + timedelta(days=day) + shift
                at_once.wait(20)
                try:
                    with database.write(connection):
                        occupy(connection, practitioner, start, start + 4 * QUARTER)
                    mine.append("won")
                except DBAPIError as error:
                    mine.append("lost" if conflict(error) else repr(error))

    threads = [
        threading.Thread(target=book, args=(mine, shift))
        for mine, shift in zip(outcomes, (timedelta(), QUARTER), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sorted(pair) for pair in zip(*outcomes, strict=True)] == [["lost", "won"]] * rounds
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(occupancy)) == rounds


@pytest.mark.parametrize("change", ["UPDATE audit SET deed = 'nothing'", "DELETE FROM audit"])
def test_the_audit_is_only_added_to(database: Database, change: str) -> None:
    with database.connect() as connection:
        with database.write(connection):
            connection.execute(insert(audit).values(at=NINE, deed="record.read", subject="patient:1"))
        with pytest.raises(DBAPIError, match="audit_append_only") as refused, database.write(connection):
            connection.execute(text(change))
        assert not conflict(refused.value)


def test_the_strangers_of_the_benchmarks_fit_into_the_tables(sqlite_database: str) -> None:
    move_in(sqlite_file(parse_url(sqlite_database)), 3)
    move_in(sqlite_file(parse_url(sqlite_database)), 2)
    database = open_database(sqlite_database)
    with database.read() as connection:
        assert [connection.scalar(select(func.count()).select_from(each)) for each in (patient, plan, reminder)] == [
            5
        ] * 3
    database.close()
