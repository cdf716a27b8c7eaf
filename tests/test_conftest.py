"""The databases that the tests are given."""

import sqlalchemy


def test_every_test_gets_an_empty_database(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE visit (id integer)")
        assert sqlalchemy.inspect(connection).get_table_names() == ["visit"]
    engine.dispose()


def test_the_next_test_sees_nothing_of_the_last(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    engine.dispose()
