"""One process on a SQLite file; one leader among many on PostgreSQL."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from storage.database import Database, open_database
from storage.standing import AlreadyRunning, Leadership, hold


@pytest.fixture
def databases(postgres_database: str) -> Iterator[tuple[Database, Database]]:
    """The same PostgreSQL database as two processes open it."""
    ours, theirs = open_database(postgres_database), open_database(postgres_database)
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_second_copy_on_the_same_file_is_told_in_one_line(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'a.db'}"
    with hold(url):
        with pytest.raises(AlreadyRunning) as refused:
            hold(url)
        assert str(refused.value) == f"another acuback is already running on {tmp_path / 'new' / 'a.db'}"
        hold(f"sqlite:///{tmp_path / 'b.db'}").release()
    assert stat.S_IMODE((tmp_path / "new" / "a.db.lock").stat().st_mode) == 0o600
    again = hold(url)
    again.release()
    again.release()


def test_one_file_by_two_names_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
    monkeypatch.chdir(tmp_path)
    with hold(f"sqlite:///{tmp_path / 'a.db'}"):
        for other in ("sqlite:///a.db", f"sqlite:///{tmp_path / 'link.db'}"):
            with pytest.raises(AlreadyRunning):
                hold(other)


def test_a_file_is_free_again_when_its_holder_was_killed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    program = (
        "import sys; from storage.standing import hold; lock = hold(sys.argv[1]); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning):
            hold(url)
        holder.kill()
    hold(url).release()


def test_postgresql_serves_many_processes(postgres_url: str) -> None:
    with hold(postgres_url), hold(postgres_url):
        pass


def test_the_only_process_on_a_file_leads(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    leadership = Leadership(database, "ticks")
    assert leadership.try_lead()
    assert leadership.still_leading()
    leadership.resign()
    database.close()


def test_one_leads_and_the_other_stands_by_until_it_resigns(databases: tuple[Database, Database]) -> None:
    ours, theirs = (Leadership(database, "ticks") for database in databases)
    assert not ours.still_leading()
    assert ours.try_lead()
    assert ours.try_lead()
    assert ours.still_leading()
    assert not theirs.try_lead()
    assert not theirs.still_leading()
    ours.resign()
    ours.resign()
    assert not ours.still_leading()
    assert theirs.try_lead()
    assert not ours.try_lead()
    theirs.resign()


def test_two_tasks_have_two_leaders(databases: tuple[Database, Database]) -> None:
    ticks, polling = Leadership(databases[0], "ticks"), Leadership(databases[1], "polling")
    assert ticks.try_lead()
    assert polling.try_lead()
    ticks.resign()
    polling.resign()


def test_a_lost_connection_ends_leadership(databases: tuple[Database, Database], postgres_database: str) -> None:
    ours, theirs = (Leadership(database, "ticks") for database in databases)
    assert ours.try_lead()
    with psycopg.connect(postgres_database.replace("+psycopg", ""), autocommit=True) as administration:
        administration.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'")
    assert theirs.try_lead()
    assert not ours.still_leading()
    assert not ours.try_lead()
    theirs.resign()
    assert ours.try_lead()
    ours.resign()
