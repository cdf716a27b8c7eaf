"""Feeds and calendars of practitioners' own, on a real database."""

import hashlib
from datetime import timedelta
from pathlib import Path

from bot import model
from bot.model import DropCalendar, KeepCalendar, MakeFeed, MarkCalendar, Reading, RevokeFeed
from storage.calendars import Sheet
from storage.outside import EVERY
from tests.storage.desk import NINE, WEEKS, Desk, visit

HOUR = timedelta(hours=1)
URL = "https://calendar.example/private-5up3rs3cr3t/basic.ics"
ONE, OTHER = hashlib.sha256(b"one").digest(), hashlib.sha256(b"other").digest()


def sheet(desk: Desk, secret: bytes = ONE) -> Sheet | None:
    with desk.pen.work(desk.now) as work:
        return work.calendars.sheet(secret, timedelta(days=30), timedelta(days=60))


def due(desk: Desk) -> list[model.Errand]:
    with desk.pen.work(desk.now) as work:
        return work.outside.due()


def test_a_feed_shows_the_practitioners_own_visits_that_stand(desk: Desk) -> None:
    anna, ada = desk.practitioner(7), desk.person(9)
    desk.does(ada, model.Identify(name="Ada"), visit(), visit(NINE + HOUR, practitioner="ben"))
    desk.does(anna, MakeFeed(ONE))
    shown = sheet(desk)
    assert shown
    assert [(one.starts_at, one.name, one.made_at) for one in shown.visits] == [(NINE, "Ada", desk.now)]
    desk.does(ada, model.CancelBooking(1))
    assert sheet(desk) == Sheet("en", ())


def test_an_address_opens_nothing_once_it_was_replaced_or_taken_back(desk: Desk) -> None:
    anna, ada = desk.practitioner(7), desk.person(9)
    desk.does(ada, MakeFeed(ONE))
    assert sheet(desk) is None, "a patient has no feed"
    desk.does(anna, MakeFeed(ONE))
    desk.does(anna, MakeFeed(OTHER))
    assert (sheet(desk), sheet(desk, OTHER)) == (None, Sheet("en", ()))
    desk.does(anna, RevokeFeed())
    assert sheet(desk, OTHER) is None
    desk.does(anna, MakeFeed(ONE))
    desk.does(anna, model.ForgetAccount())
    assert sheet(desk) is None
    assert desk.rows("SELECT 1 FROM feed") == []


def test_a_secret_is_new_each_time(desk: Desk) -> None:
    anna = desk.practitioner(7)
    drawn = {desk.facts(anna, "secret")["secret"] for _ in range(20)}
    assert len(drawn) == 20
    assert {len(one) for one in drawn} == {24}


def test_a_calendar_is_due_at_once_and_then_every_quarter_of_an_hour(desk: Desk) -> None:
    anna = desk.practitioner(7)
    desk.does(desk.person(9), visit())
    desk.does(anna, KeepCalendar(URL))
    (errand,) = due(desk)
    assert (errand.chat_id, errand.url, errand.own) == (7, URL, frozenset({"uid"}))
    reading = Reading(((NINE, NINE + HOUR),), {"If-None-Match": '"1"'}, "digest", desk.now)
    desk.does(anna, MarkCalendar(errand.revision, reading, None, told=False))
    assert due(desk) == []
    desk.now += EVERY
    (again,) = due(desk)
    assert (again.marks, again.digest, again.full_at) == (reading.marks, "digest", reading.full_at)
    (off,) = desk.facts(anna, "off", window=WEEKS)["off"]
    assert (off.ref, off.starts_at, off.source) == ("anna", NINE, "calendar")
    desk.does(anna, MarkCalendar(errand.revision, Reading(()), None, told=False))
    assert len(desk.facts(anna, "off", window=WEEKS)["off"]) == 1, "somebody else has looked at it since"


def test_what_cannot_be_read_is_counted_and_keeps_what_it_said(desk: Desk) -> None:
    anna = desk.practitioner(7)
    desk.does(anna, KeepCalendar(URL))
    read = due(desk)[0].revision
    desk.does(anna, MarkCalendar(read, Reading(((NINE, NINE + HOUR),)), None, told=False))
    desk.now += EVERY
    desk.does(anna, MarkCalendar(read + 1, None, "page", told=True))
    outside = desk.facts(anna, "outside")["outside"]
    assert (outside.host, outside.failures, outside.trouble, outside.told) == ("calendar.example", 1, "page", True)
    assert outside.read_at == desk.now - EVERY
    assert len(desk.facts(anna, "off", window=WEEKS)["off"]) == 1
    desk.does(anna, DropCalendar())
    assert desk.facts(anna, "outside", "off", window=WEEKS) == {"outside": None, "off": ()}


def test_nobody_but_a_practitioner_keeps_a_calendar_and_it_rests_while_they_are_not_linked(desk: Desk) -> None:
    anna, ada = desk.practitioner(7), desk.person(9)
    desk.does(ada, KeepCalendar(URL), DropCalendar())
    assert desk.rows("SELECT 1 FROM outside_calendar") == []
    desk.does(anna, KeepCalendar(URL))
    with desk.pen.work(desk.now) as work:
        work.people.revoke(anna.account.id)
    assert due(desk) == []


def test_the_address_stands_sealed(sqlite_database: str, tmp_path: Path) -> None:
    desk = Desk(sqlite_database)
    desk.does(desk.practitioner(7), KeepCalendar(URL))
    desk.close()
    assert not any(b"5up3rs3cr3t" in file.read_bytes() for file in tmp_path.iterdir())
