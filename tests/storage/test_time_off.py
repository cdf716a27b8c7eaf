"""Time off on both databases: who is away is known to everybody, and nothing is booked into it unknowingly."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.model import (
    AddTimeOff,
    ApproveBooking,
    AskToMove,
    DropTimeOff,
    Effect,
    Identify,
    OpenRecord,
    PlanReminder,
    ReleaseBookings,
    SetReachable,
    TimeOff,
)
from storage.database import Conflict, conflict
from storage.dialogue import Dialogue
from storage.vault import Vault
from storage.work import Pen
from tests.storage.desk import NINE, WEEKS, Desk, actor, visit

HOUR = timedelta(hours=1)
AWAY = AddTimeOff("anna", NINE - HOUR, NINE + HOUR)


def off(desk: Desk, who: Dialogue) -> list[TimeOff]:
    return list(desk.facts(who, "off", window=WEEKS)["off"])


def test_time_off_is_known_to_patients_until_it_is_over_or_taken_back(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    desk.does(anna, AWAY)
    (known,) = off(desk, ada)
    assert known == TimeOff(known.id, "practitioner", "anna", NINE - HOUR, NINE + HOUR, "practice", desk.now)
    desk.now = NINE
    assert off(desk, ada) == [known]
    desk.does(anna, DropTimeOff(known.id), DropTimeOff(known.id))
    assert off(desk, ada) == []
    deeds = desk.rows("SELECT deed, subject FROM audit WHERE deed LIKE 'time_off%' ORDER BY id")
    assert deeds == [("time_off.add", f"time_off:{known.id}"), ("time_off.drop", f"time_off:{known.id}")]
    desk.does(anna, AWAY)
    desk.now = NINE + HOUR
    assert off(desk, ada) == []


def test_nobody_but_a_practitioner_says_who_is_away(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    desk.does(anna, AWAY)
    (known,) = off(desk, ada)
    desk.does(ada, DropTimeOff(known.id), replace(AWAY, ref="ben"))
    assert off(desk, ada) == [known]


def test_a_visit_decided_before_the_time_off_was_said_is_decided_again(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    desk.does(anna, AWAY)
    for start in (NINE, NINE - HOUR, NINE + HOUR / 2, NINE - 1.5 * HOUR):
        with pytest.raises(Conflict) as refused:
            desk.does(ada, visit(start))
        assert conflict(refused.value)
    with pytest.raises(Conflict):
        desk.does(ada, visit(NINE + HOUR), visit(NINE))
    assert desk.rows("SELECT count(*) FROM booking") == [(0,)]


def test_beside_it_with_somebody_else_or_knowingly_a_visit_stands(desk: Desk) -> None:
    anna, ada, eve = desk.practitioner(5), desk.person(7), desk.person(9)
    desk.does(anna, AWAY)
    desk.does(ada, visit(NINE + HOUR), visit(NINE, practitioner="ben", room="green"))
    before = NINE - HOUR - timedelta(minutes=45)
    desk.does(eve, visit(before))  # its buffer reaches into the time off
    desk.does(eve, replace(visit(NINE - HOUR / 2), in_time_off=True))
    assert desk.rows("SELECT count(*) FROM booking") == [(4,)]


def test_what_a_calendar_says_takes_the_place_of_what_it_said_before(desk: Desk) -> None:
    anna = desk.practitioner(5)
    desk.does(anna, AWAY)
    lunch, dinner = (NINE, NINE + HOUR), (NINE + 9 * HOUR, NINE + 10 * HOUR)

    def reads(*stretches: tuple[datetime, datetime]) -> list[tuple[datetime, datetime]]:
        with desk.pen.work(desk.now) as work:
            work.away.read_from_calendar("anna", stretches)
        return [(one.starts_at, one.ends_at) for one in off(desk, anna) if one.source == "calendar"]

    assert reads(lunch, dinner, lunch) == [lunch, dinner]
    kept = {one.starts_at: one.id for one in off(desk, anna)}
    assert reads(dinner) == [dinner]
    assert {one.starts_at: one.id for one in off(desk, anna)}[dinner[0]] == kept[dinner[0]]
    (read,) = (one for one in off(desk, anna) if one.source == "calendar")
    desk.does(anna, DropTimeOff(read.id))
    assert reads(dinner) == [dinner], "it is taken back where it stands"
    assert reads() == []
    assert len(off(desk, anna)) == 1


def test_whoever_books_while_somebody_says_they_are_away_was_first_or_is_refused(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    for number in range(20):
        start = NINE + timedelta(days=number)
        gate = threading.Barrier(2)
        with ThreadPoolExecutor(2) as both:
            away = both.submit(_does, desk, anna, replace(AWAY, starts_at=start, ends_at=start + HOUR), gate)
            booked = both.submit(_does, desk, ada, visit(start), gate)
        assert away.result()
        last = desk.rows("SELECT deed FROM audit WHERE deed IN ('booking.make', 'time_off.add') ORDER BY id DESC")
        assert not booked.result() or last[:2] == [("time_off.add",), ("booking.make",)]


def _does(desk: Desk, who: Dialogue, effect: Effect, gate: threading.Barrier) -> bool:
    """On a connection of its own; whether it was done."""
    pen = Pen(desk.database, Vault([bytes(32)], os.urandom), run_id="beside")
    gate.wait()
    try:
        with pen.work(desk.now) as work:
            work.carry_out([effect], actor(who))
    except Conflict:
        return False
    finally:
        pen.close()
    return True


def test_the_practice_books_for_a_patient_whose_reminders_are_their_own(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    desk.does(ada, OpenRecord("form"), Identify(name="Ada"))
    patient = desk.facts(ada, "patient")["patient"]
    remind = PlanReminder("visit", NINE - HOUR, patient_id=patient.id)
    desk.does(anna, replace(visit(), patient_id=patient.id), remind)
    (booked,) = desk.facts(ada, "bookings")["bookings"]
    assert desk.rows("SELECT account_id, booking_id FROM reminder") == [(ada.account.id, booked.id)]
    assert [one.name for one in desk.facts(anna, "patients")["patients"]] == ["Ada"]
    assert desk.facts(ada, "patients")["patients"] == ()
    desk.does(anna, AskToMove(booked.id))
    assert desk.facts(ada, "bookings")["bookings"][0].move_asked
    with pytest.raises(Conflict):
        desk.does(anna, AskToMove(booked.id))


def test_a_request_is_agreed_to_once_and_no_release_makes_it_firm(desk: Desk) -> None:
    anna, ada = desk.practitioner(5), desk.person(7)
    wanted = replace(visit(), state="awaiting_release", approve_until=NINE - HOUR)
    desk.does(ada, wanted, PlanReminder("approval", desk.now, "ask"))
    (asked,) = desk.facts(ada, "bookings")["bookings"]
    assert asked.approve_until == NINE - HOUR
    assert desk.rows("SELECT booking_id FROM reminder") == [(asked.id,)]
    desk.does(anna, ReleaseBookings(asked.patient_id))
    desk.does(ada, ApproveBooking(asked.id, "booked"))
    desk.does(ada, SetReachable(ada.account.id, reachable=False))
    assert desk.rows("SELECT state FROM reminder") == [("planned",)]
    assert desk.facts(ada, "bookings")["bookings"][0].state == "awaiting_release"
    desk.does(anna, ApproveBooking(asked.id, "booked"))
    (firm,) = desk.facts(ada, "bookings")["bookings"]
    assert (firm.state, firm.approve_until, firm.sequence) == ("booked", None, 1)
    with pytest.raises(Conflict):
        desk.does(anna, ApproveBooking(asked.id, "booked"))
