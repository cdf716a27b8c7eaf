"""What happens often is found by an index, however many patients there are."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy.event import listen, remove

from bot.model import KeepCalendar, MakeFeed, RaiseFlag, Wait
from storage.work import Work
from tests.storage.desk import ASSESSED, NINE, START, WEEKS, Desk, visit
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


def test_everybody_takes_as_many_questions_as_one(desk: Desk) -> None:
    """By a process that has nobody's key at hand yet."""
    anna = desk.practitioner(5)
    groups = ("patients", "concerns", "diary", "waitlist")

    def asked() -> int:
        desk.run_anew()
        statements: list[object] = []
        listen(desk.database.engine, "before_cursor_execute", note := lambda *asked: statements.append(asked[2]))
        found = desk.facts(anna, *groups, window=WEEKS)
        remove(desk.database.engine, "before_cursor_execute", note)
        assert len({len(found[group]) for group in groups}) == 1, found
        return len(statements)

    def comes(number: int) -> None:
        sign = RaiseFlag("grave", "doctor", "q")
        desk.does(desk.person(number), *ASSESSED, sign, Wait(frozenset({1}), frozenset({"mornings"})))
        desk.does(desk.person(number), visit(NINE + number * timedelta(hours=1)))

    comes(7)
    alone = asked()
    for number in (8, 9, 10):
        comes(number)
    assert asked() == alone
