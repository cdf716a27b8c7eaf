"""What happens often is found by an index, however many patients there are."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bot.model import KeepCalendar, MakeFeed
from storage.work import Work
from tests.storage.desk import START, Desk
from tests.storage.scans import scans

SECRET = hashlib.sha256(b"secret").digest()
DAY = timedelta(days=1)


@pytest.fixture
def desk(sqlite_database: str) -> Iterator[Desk]:
    made = Desk(sqlite_database)
    yield made
    made.close()


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(lambda work: work.reminders.lose(1), id="somebody has blocked the bot"),
        pytest.param(lambda work: work.plans.stop(1), id="somebody is forgotten"),
        pytest.param(lambda work: work.waitlist.not_told(1), id="a time has opened"),
        pytest.param(lambda work: work.calendars.sheet(SECRET, DAY, DAY), id="a calendar asks for the diary"),
        pytest.param(lambda work: work.outside.due(), id="a practitioner's calendar is due"),
        pytest.param(lambda work: work.signs.concerns(), id="signs nobody has released are listed"),
    ],
)
def test_no_table_that_grows_with_the_patients_is_read_whole(desk: Desk, deed: Callable[[Work], object]) -> None:
    """But for responses, which are slim, where signs are listed."""
    desk.does(desk.practitioner(7), MakeFeed(SECRET), KeepCalendar("https://calendar.example/a.ics"))
    with scans(desk.database, "SCAN staff", "SCAN waiting", "SCAN response") as found, desk.pen.work(START) as work:
        deed(work)
    assert found == []
