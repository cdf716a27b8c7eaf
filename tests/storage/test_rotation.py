"""Changing the practice's key."""

import os
from datetime import UTC, datetime

import pytest

from storage.database import open_database
from storage.rotation import rewrap_all
from storage.tables import data_key
from storage.vault import UnknownKey, Vault

OLD, NEW, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))


def test_after_a_rotation_the_newest_key_alone_opens_everything(database_url: str) -> None:
    database = open_database(database_url)
    try:
        made = {f"patient:{number}": Vault((OLD,), os.urandom).make_key(f"patient:{number}") for number in range(2500)}
        rows = [
            {"owner": owner, "wrapped": wrapped, "made_at": datetime(2026, 1, 1, tzinfo=UTC)}
            for owner, (_, wrapped) in made.items()
        ]
        with database.connect() as connection, database.write(connection):
            connection.execute(data_key.insert(), rows)
        assert rewrap_all(database, Vault((NEW, OLD), os.urandom)) == 2500
        assert rewrap_all(database, Vault((NEW,), os.urandom)) == 0, "the second time there is nothing to do"
        with database.read() as connection:
            kept = connection.execute(data_key.select()).all()
        newest = Vault((NEW,), os.urandom)
        for row in kept[:50]:
            sealed = newest.seal(made[row.owner][0], b"x", table="t", row=1, revision=1, owner=row.owner, field="f")
            opened = newest.unwrap(row.wrapped, owner=row.owner)
            assert newest.open(opened, sealed, table="t", row=1, revision=1, owner=row.owner, field="f") == b"x"
    finally:
        database.close()


def test_a_key_that_has_wrapped_nothing_here_is_told(database_url: str) -> None:
    database = open_database(database_url)
    try:
        _, wrapped = Vault((OLD,), os.urandom).make_key("practice")
        with database.connect() as connection, database.write(connection):
            row = {"owner": "practice", "wrapped": wrapped, "made_at": datetime(2026, 1, 1, tzinfo=UTC)}
            connection.execute(data_key.insert(), [row])
        with pytest.raises(UnknownKey):
            rewrap_all(database, Vault((OTHER,), os.urandom))
    finally:
        database.close()
