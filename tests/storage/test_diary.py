"""Visits on a real database: none over another; moved, confirmed and cancelled by whom they are of only."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot import model
from bot.model import Window
from storage.database import Conflict, conflict
from tests.storage.desk import ASSESSED, FORM, NINE, START, WEEKS, Desk, visit


def awaiting(book: model.Book) -> model.Book:
    return replace(book, state="awaiting_release")


def test_an_overlapping_booking_is_a_conflict_and_leaves_nothing(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, visit())
    with pytest.raises(Exception, match="overlap") as error:
        desk.does(eve, model.OpenRecord(FORM), visit(NINE + timedelta(minutes=50), room="green"))
    assert conflict(error.value)
    assert desk.facts(eve, "patient", "bookings") == {}
    desk.does(eve, visit(NINE + timedelta(minutes=60)))
    assert len(desk.facts(eve, "busy", window=WEEKS)["busy"]) == 4


def test_a_booking_moves_even_onto_its_own_time(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, visit(), model.PlanReminder("visit", NINE - timedelta(hours=24)))
    (first,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, visit(NINE + timedelta(minutes=15), replaces=first.id))
    (second,) = desk.facts(ada, "bookings")["bookings"]
    assert second.starts_at == NINE + timedelta(minutes=15)
    assert desk.rows("SELECT state FROM reminder") == [("cancelled",)]
    assert (first.uid, first.sequence) == ("uid", 0)
    assert (second.uid, second.sequence) == ("uid", 1)
    desk.does(ada, model.CancelBooking(second.id))
    assert desk.facts(ada, "bookings", "busy", window=WEEKS) == {"bookings": (), "busy": ()}
    assert len(desk.rows("SELECT 1 FROM audit WHERE deed = 'booking.cancel'")) == 2


def test_what_was_changed_in_between_is_neither_moved_nor_cancelled_but_decided_again(desk: Desk) -> None:
    """The practice moves a visit while the patient moves or cancels it, at another process."""
    ada, anna = desk.person(7), desk.practitioner(8)
    desk.does(ada, visit())
    (first,) = desk.facts(ada, "bookings")["bookings"]
    later = timedelta(hours=2)
    desk.does(anna, replace(visit(NINE + later, replaces=first.id), patient_id=first.patient_id))
    again = replace(visit(), again=first.id)
    for deed in (visit(NINE + 2 * later, replaces=first.id), model.CancelBooking(first.id), again):
        with pytest.raises(Conflict):
            desk.does(ada, deed)
    assert [one.starts_at for one in desk.facts(ada, "bookings")["bookings"]] == [NINE + later]


def test_every_reminder_of_a_visit_goes_with_it_and_no_other_does(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    before = [timedelta(days=2), timedelta(days=1), timedelta(hours=2)]
    desk.does(eve, visit(practitioner="ben", room="green"), model.PlanReminder("visit", NINE - timedelta(days=1)))
    desk.does(ada, visit(), *(model.PlanReminder("visit", NINE - each, "first") for each in before))
    (first,) = desk.facts(ada, "bookings")["bookings"]
    later = NINE + timedelta(days=1)
    word = [model.PlanReminder("visit", later - each) for each in before]
    desk.does(ada, visit(later, replaces=first.id), *word, model.PlanReminder("aftercare", later))
    (second,) = desk.facts(ada, "bookings")["bookings"]

    def planned() -> list[tuple[Any, ...]]:
        desk.now = later
        with desk.pen.work(desk.now) as work:
            return [(each.booking_id, each.due_at) for each in work.reminders.due(10)]

    of_eve = next(one for one in planned() if one[0] not in (first.id, second.id))
    own = [(second.id, later - each) for each in (*before, timedelta())]
    assert planned() == sorted([of_eve, *own], key=lambda one: one[1])
    desk.now = START
    desk.does(ada, model.CancelBooking(second.id))
    assert planned() == [of_eve]


def test_a_visit_is_confirmed_once_by_whom_it_is_of_and_only_while_it_is_firm(desk: Desk) -> None:
    ada, eve, anna = desk.person(7), desk.person(9), desk.practitioner(8)
    desk.does(ada, *ASSESSED, visit(START + timedelta(days=1)), model.PlanReminder("visit", START + timedelta(hours=2)))
    desk.does(eve, model.OpenRecord(FORM))
    (booked,) = desk.facts(ada, "bookings")["bookings"]
    assert not booked.confirmed
    desk.does(eve, model.ConfirmBooking(booked.id))
    assert desk.facts(ada, "bookings")["bookings"] == (booked,), "another's is left alone"
    desk.does(ada, model.ConfirmBooking(booked.id))
    (confirmed,) = desk.facts(ada, "bookings")["bookings"]
    assert confirmed == replace(booked, confirmed=True)
    kept = desk.rows("SELECT confirmed_at FROM booking")
    desk.now += timedelta(hours=1)
    desk.does(ada, model.ConfirmBooking(booked.id))
    assert desk.rows("SELECT confirmed_at FROM booking") == kept
    assert len(desk.rows("SELECT 1 FROM audit WHERE deed = 'booking.confirm'")) == 1
    assert [(each.confirmed, each.name) for each in desk.facts(anna, "diary")["diary"]] == [(True, "Ada Loveless")]
    desk.does(ada, awaiting(visit(START + timedelta(days=2), replaces=booked.id)))
    (waits,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, model.ConfirmBooking(waits.id), model.ConfirmBooking(booked.id))
    assert not desk.facts(ada, "bookings")["bookings"][0].confirmed
    assert len(desk.rows("SELECT 1 FROM audit WHERE deed = 'booking.confirm'")) == 1


def test_the_diary_is_read_within_its_window_only(desk: Desk) -> None:
    ada, hour = desk.person(7), timedelta(hours=1)
    for starts_at in (START, START + hour, START + 2 * hour, START + 3 * hour):
        desk.does(ada, visit(starts_at), visit(starts_at, practitioner="ben", room="green"))
    desk.now = START + hour + timedelta(minutes=30)

    def seen(ahead: timedelta, *of: str) -> list[tuple[str, datetime, datetime]]:
        busy = desk.facts(ada, "busy", window=Window(ahead, frozenset(of)))["busy"]
        return [(each.ref, each.starts_at, each.ends_at) for each in busy]

    hours = [START + number * hour for number in range(5)]
    assert seen(timedelta(minutes=90), "anna") == [("anna", hours[1], hours[2]), ("anna", hours[2], hours[3])]
    assert seen(timedelta(minutes=91), "green")[-1] == ("green", hours[3], hours[4])
    assert {ref for ref, *_ in seen(hour, "anna", "green")} == {"anna", "green"}
    assert seen(hour) == []
    desk.now = hours[2]
    assert seen(hour, "anna") == [("anna", hours[2], hours[3])], "what has just ended is over"
    desk.now = hours[4]
    assert seen(hour, "anna") == []


def test_the_diary_shows_names_to_the_practice(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(8)
    desk.does(ada, *ASSESSED, visit(START + timedelta(hours=2)), visit(START + timedelta(days=20)))
    assert [(each.name, each.practitioner) for each in desk.facts(anna, "diary")["diary"]] == [("Ada Loveless", "anna")]


def test_a_booking_held_back_is_released(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(8)
    held = visit()
    desk.does(ada, model.OpenRecord(FORM), awaiting(held))
    patient = desk.facts(ada, "patient")["patient"].id
    assert desk.facts(ada, "bookings")["bookings"][0].state == "awaiting_release"
    desk.does(anna, model.ReleaseBookings(patient))
    assert desk.facts(ada, "bookings")["bookings"][0].state == "booked"
