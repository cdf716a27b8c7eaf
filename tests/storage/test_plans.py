"""Plans and their reminders as rows: one planned at a time, put off, changed by one alone, lines for all."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot import model
from storage.database import Conflict
from tests.storage.desk import ASSESSED, NINE, PLAN, START, WEEKS, Desk, actor, visit

DUE = START + timedelta(hours=1)


def test_a_plan_has_one_planned_row(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, model.SetPlan(PLAN), model.PlanReminder("advice", DUE))
    with pytest.raises(IntegrityError):
        desk.does(ada, model.PlanReminder("advice", DUE + timedelta(days=1)))
    desk.does(ada, model.CancelReminders("advice"), model.PlanReminder("advice", DUE + timedelta(days=1)))
    assert desk.rows("SELECT count(*) FROM reminder WHERE state = 'planned'") == [(1,)]


def test_what_is_put_off_is_due_later_and_knows_when_it_was_wanted(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, model.PlanReminder("advice", DUE))
    (number,) = desk.rows("SELECT id FROM reminder")[0]
    for minutes in (5, 10):
        desk.does(ada, model.PutOff(number, DUE + timedelta(minutes=minutes)))
    with desk.pen.work(DUE + timedelta(minutes=9)) as work:
        assert work.reminders.due(10) == []
    with desk.pen.work(DUE + timedelta(minutes=10)) as work:
        (found,) = work.reminders.due(10)
        assert (found.due_at, found.wanted_at) == (DUE + timedelta(minutes=10), DUE)


def test_a_visit_cancelled_as_soon_as_it_is_booked_is_not_spoken_of(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, visit(), model.PlanReminder("visit", DUE), model.CancelBooking(1))
    assert desk.rows("SELECT state FROM booking") == [("cancelled",)]
    assert desk.rows("SELECT state FROM reminder") == [("cancelled",)]


def test_the_diary_knows_of_a_reminder_that_has_just_gone(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(8)
    desk.does(ada, visit(), model.PlanReminder("visit", DUE))
    with desk.pen.work(DUE) as work:
        (due,) = work.reminders.due(1)
        work.carry_out([model.SettleReminder(due.id, "sent")], actor(ada))
        (booked,) = work.gather(model.Needs(frozenset({"diary"}), window=WEEKS), actor(anna))["diary"]
        assert booked.starts_at == NINE
        assert booked.reminded


def test_what_was_read_ahead_is_read_anew_once_anything_has_changed(desk: Desk) -> None:
    """What is due together is read together, and what comes due first may cancel a visit."""
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, visit(), model.SetPlan(PLAN), model.PlanReminder("advice", DUE))
    with desk.pen.work(DUE) as work:
        due = work.reminders.due(10)
        work.read_ahead(due)
        (patient_id,) = (one.patient_id for one in due)
        work.carry_out([model.CancelBooking(1)], actor(ada))
        assert work.diary.bookings(patient_id) == ()


def test_two_who_change_a_plan_at_once_do_not_overwrite_each_other(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, model.SetPlan(PLAN))
    (patient,) = desk.rows("SELECT patient_id FROM plan")[0]
    with desk.pen.work(desk.now) as work:
        assert work.plans.plan(patient) == PLAN
        work.carry_out([model.SetPlan(replace(PLAN, ignored=1))], actor(ada))
        work._tx.run(text("UPDATE plan SET revision = revision + 1"))  # another process, meanwhile
        with pytest.raises(Conflict):
            work.plans.flush()


def test_a_line_goes_to_one_or_to_everybody_with_a_plan_and_nobody_else(desk: Desk) -> None:
    ada, bea, cleo, anna = desk.person(7), desk.person(8), desk.person(9), desk.practitioner(10)
    for person, plan in (
        (ada, PLAN),
        (bea, replace(PLAN, state="paused")),
        (cleo, replace(PLAN, state="off")),
    ):
        desk.does(person, *ASSESSED, model.SetPlan(plan))
    patients = [desk.facts(person, "patient")["patient"].id for person in (ada, bea, cleo)]
    desk.does(anna, model.AddLine("for Ada", patients[0]), model.AddLine("for all"))
    lines = [desk.facts(person, "plan")["plan"].lines for person in (ada, bea, cleo)]
    assert lines == [("for Ada", "for all"), ("for all",), ()]
    desk.does(ada, model.AddLine("from a patient", patients[1]))
    assert desk.facts(bea, "plan")["plan"].lines == ("for all",)


def test_the_practice_stops_a_patients_advice(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(8)
    desk.does(ada, *ASSESSED, model.SetPlan(PLAN), model.PlanReminder("advice", DUE))
    patient = desk.facts(ada, "patient")["patient"].id
    desk.does(anna, model.SetPlan(replace(PLAN, state="off"), patient), model.CancelReminders("advice", patient))
    assert desk.facts(ada, "plan")["plan"].state == "off"
    assert desk.rows("SELECT state FROM reminder") == [("cancelled",)]
    assert desk.rows("SELECT account_id FROM plan") == [(ada.account.id,)], "it is still Ada's"


def test_of_two_who_speak_for_a_patient_the_plan_is_whose_it_was_set_by_last(desk: Desk) -> None:
    ada, ben = desk.person(7), desk.person(8)
    desk.does(ada, *ASSESSED, model.SetPlan(PLAN))
    patient = desk.facts(ada, "patient")["patient"].id
    with desk.pen.work(desk.now) as work:
        work._tx.run(text(f"INSERT INTO account_patient VALUES ({ben.account.id}, {patient})"))
    desk.does(ben, model.SetPlan(replace(PLAN, weekly=3), patient))
    assert desk.rows("SELECT account_id, weekly FROM plan") == [(ben.account.id, 3)]
