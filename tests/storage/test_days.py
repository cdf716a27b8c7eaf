"""The morning pages and who came, on both databases: once, whoever asks, and compared with what stood there."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot import model
from bot.model import MarkVisit, Needs
from storage.database import Conflict
from storage.dialogue import Dialogue
from storage.vault import Vault
from storage.work import Pen
from tests.storage.desk import NINE, START, Desk, actor, visit

DAY = START.date()
MINUTE = timedelta(minutes=1)


def turned(desk: Desk, who: Dialogue, days: int = 0) -> bool:
    with desk.pen.work(desk.now) as work:
        return work.pages.turn(who.account.id, DAY + timedelta(days=days))


def waiting(desk: Desk, days: int = 0) -> list[int]:
    with desk.pen.work(desk.now) as work:
        return work.pages.waiting(DAY + timedelta(days=days), 10)


def test_a_page_is_turned_once_a_day_and_practitioner_also_after_a_restart(desk: Desk) -> None:
    anna, other = desk.practitioner(5), desk.practitioner(6)
    desk.person(7)
    assert waiting(desk) == [anna.account.id, other.account.id]
    assert turned(desk, anna)
    desk.run_anew()
    assert not turned(desk, anna)
    assert waiting(desk) == [other.account.id]
    assert turned(desk, anna, 1)
    assert not turned(desk, anna), "a day before the last is never due again"
    assert waiting(desk, 1) == [other.account.id]
    assert desk.rows("SELECT count(*) FROM page") == [(1,)]


def test_a_page_that_was_rolled_back_is_due_again(desk: Desk) -> None:
    anna = desk.practitioner(5)

    def fails() -> None:
        with desk.pen.work(desk.now) as work:
            assert work.pages.turn(anna.account.id, DAY)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert turned(desk, anna)


def test_of_two_processes_one_turns_the_page(desk: Desk) -> None:
    anna = desk.practitioner(5)
    with ThreadPoolExecutor(1) as other:
        beside = Pen(desk.database, Vault([bytes(32)], os.urandom), run_id="beside")

        def turns() -> bool:
            try:
                with beside.work(desk.now) as work:
                    return work.pages.turn(anna.account.id, DAY)
            finally:
                beside.close()

        with desk.pen.work(desk.now) as work:
            assert work.pages.turn(anna.account.id, DAY)
            late = other.submit(turns)
            with pytest.raises(TimeoutError):
                late.result(0.2)
        assert late.result(5) is False


def test_who_cannot_be_reached_waits_for_no_page(desk: Desk) -> None:
    anna = desk.practitioner(5)
    desk.does(anna, model.SetReachable(anna.account.id, reachable=False))
    assert waiting(desk) == []


def booked(desk: Desk, who: Dialogue) -> int:
    desk.does(who, visit())
    return int(desk.facts(who, "bookings", "patient")["bookings"][0].id)


def test_a_visit_is_marked_by_comparing_and_the_audit_says_who(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    row = booked(desk, ada)
    desk.now = NINE + MINUTE
    desk.does(anna, MarkVisit(row, "booked", "arrived"))
    with pytest.raises(Conflict):
        desk.does(anna, MarkVisit(row, "booked", "no_show"))
    assert desk.facts(anna, "visit", row=row)["visit"].state == "arrived"
    desk.does(anna, MarkVisit(row, "arrived", "no_show"))
    audited = desk.rows(f"SELECT account_id, deed FROM audit WHERE subject = 'booking:{row}' ORDER BY id")
    assert audited[1:] == [(anna.account.id, "booking.arrived"), (anna.account.id, "booking.no_show")]
    desk.does(ada, MarkVisit(row, "no_show", "arrived"))
    assert desk.rows("SELECT state FROM booking") == [("no_show",)]


def test_the_last_visit_is_one_they_came_to_or_of_which_nobody_said_so(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    row = booked(desk, ada)

    def facts() -> model.Facts:
        return model.Facts(desk.now, ada.account, past=desk.facts(ada, "past")["past"])

    assert facts().past == ()
    desk.now = NINE + timedelta(hours=2)
    assert facts().last_visit == NINE + 45 * MINUTE
    desk.does(anna, MarkVisit(row, "booked", "arrived"))
    assert facts().last_visit == NINE + 45 * MINUTE
    desk.does(anna, MarkVisit(row, "arrived", "no_show"))
    assert facts().last_visit is None
    assert [visit.state for visit in facts().past] == ["no_show"]


def test_who_came_is_no_booking_to_cancel(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    row = booked(desk, ada)
    desk.now = NINE + MINUTE
    desk.does(anna, MarkVisit(row, "booked", "arrived"))
    for deed in (model.CancelBooking(row), visit(NINE + timedelta(days=1), replaces=row)):
        with pytest.raises(Conflict):
            desk.does(ada, deed)
    assert desk.rows("SELECT state FROM booking") == [("arrived",)]


def test_the_diary_tells_whom_no_message_reaches(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    booked(desk, ada)
    desk.now = NINE
    assert [one.accounts for one in desk.facts(anna, "diary")["diary"]] == [(ada.account.id,)]
    desk.does(ada, model.SetReachable(ada.account.id, reachable=False))
    assert [one.accounts for one in desk.facts(anna, "diary")["diary"]] == [()]


def test_signs_nobody_has_released_are_read_by_practitioners_only(desk: Desk) -> None:
    anna, ada, eve = desk.practitioner(5), desk.person(7), desk.person(9)
    told: list[tuple[Dialogue, model.Level]] = [(eve, "doctor"), (ada, "emergency")]
    for who, level in told:
        with desk.pen.work(desk.now) as work:
            work.carry_out(
                [
                    model.OpenRecord("form", ("q",)),
                    model.Identify(name=f"of {who.account.id}"),
                    model.RaiseFlag("tell", "tell", "q"),
                    model.RaiseFlag("grave", level, "q"),
                ],
                actor(who),
            )
    found = desk.facts(anna, "concerns")["concerns"]
    assert [(one.level, one.codes, one.name) for one in found] == [
        ("emergency", ("grave",), f"of {ada.account.id}"),
        ("doctor", ("grave",), f"of {eve.account.id}"),
    ]
    assert desk.facts(ada, "concerns")["concerns"] == ()
    with desk.pen.work(desk.now) as work:
        assert work.gather(Needs(frozenset({"visit"}), row=1), actor(ada))["visit"] is None
    desk.does(anna, model.SettleFlags(found[0].patient_id, ("open",), "released"))
    assert [one.level for one in desk.facts(anna, "concerns")["concerns"]] == ["doctor"]
    desk.now = START + timedelta(days=31)
    assert desk.facts(anna, "concerns")["concerns"] == ()
    desk.does(eve, visit(desk.now + timedelta(days=2)))
    assert [one.level for one in desk.facts(anna, "concerns")["concerns"]] == ["doctor"]


def test_the_diary_tells_of_whose_visit_a_reminder_was_sent(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    desk.does(ada, visit(), model.PlanReminder("visit", NINE - timedelta(days=1)))
    desk.now = NINE - timedelta(days=1)
    assert [one.reminded for one in desk.facts(anna, "diary")["diary"]] == [False]
    ((reminder,),) = desk.rows("SELECT id FROM reminder")
    desk.does(ada, model.SettleReminder(reminder, "sent"))
    assert [one.reminded for one in desk.facts(anna, "diary")["diary"]] == [True]
