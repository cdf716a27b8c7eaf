"""A desk on an empty database, for every test of what is kept."""

from collections.abc import Iterator

import pytest

from tests.storage.desk import Desk


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    made = Desk(database_url)
    yield made
    made.close()
