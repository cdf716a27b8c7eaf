"""The databases that the tests are given."""

import pytest
import sqlalchemy

from storage.tables import metadata

TWICE = pytest.mark.parametrize("time", ["first", "next"])


@TWICE
def test_an_empty_database_is_empty_and_the_next_test_sees_nothing_of_the_last(empty_database: str, time: str) -> None:
    assert leaving_something_behind(empty_database) == {}


@TWICE
def test_every_other_one_has_our_tables_and_nothing_in_them(database_url: str, time: str) -> None:
    assert leaving_something_behind(database_url) == {"alembic_version": 1} | dict.fromkeys(metadata.tables, 0)


def leaving_something_behind(url: str) -> dict[str, int]:
    """How many rows each table had."""
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        tables = sqlalchemy.inspect(connection).get_table_names()
        found = {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in tables}
        connection.exec_driver_sql("CREATE TABLE visit (id integer)")
    engine.dispose()
    return found
