"""Facts and effects on a real database: who may touch what, what is agreed to, and what is forgotten."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot import model
from bot.model import Staff
from storage.database import Conflict, open_database
from storage.vault import Vault
from storage.work import Pen
from tests.storage.desk import ASSESSED, FORM, NINE, PLAN, START, Desk, visit


def test_what_was_not_asked_for_yet_of_a_patient_is_left_out(desk: Desk) -> None:
    assert desk.facts(desk.person(7), "consents", "patient", "plan") == {"consents": frozenset()}


def test_consent_is_given_once_and_ends(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, model.GiveConsent("intake", "consent.words"))
    desk.does(ada, model.GiveConsent("intake", "consent.words"), model.GiveConsent("reminders", "plan.words"))
    assert desk.facts(ada, "consents")["consents"] == {"intake", "reminders"}
    desk.does(ada, model.WithdrawConsent("intake"))
    assert desk.facts(ada, "consents")["consents"] == {"reminders"}
    assert len(desk.rows("SELECT 1 FROM consent WHERE withdrawn_at IS NULL")) == 1


def test_a_forged_row_of_somebody_else_yields_nothing(desk: Desk) -> None:
    ada, eve, anna = desk.person(7), desk.person(9), desk.practitioner(8)
    due = START + timedelta(days=1)
    desk.does(
        ada, *ASSESSED, visit(), model.RaiseFlag("c", "doctor", "q"), model.PlanReminder("advice", due, "walking")
    )
    patient = desk.facts(ada, "patient")["patient"].id
    (booked,) = desk.facts(ada, "bookings")["bookings"]
    (reminder,) = desk.rows("SELECT id FROM reminder")[0]
    groups = ("patient", "record", "flags", "bookings", "plan", "accounts", "topics")
    assert desk.facts(eve, *groups, patient_id=patient) == {}
    assert desk.facts(eve, "reminder", row=reminder) == {"reminder": None}
    assert desk.facts(eve, "diary") == {"diary": ()}
    desk.does(
        eve,
        model.CancelBooking(booked.id),
        model.SettleFlags(patient, ("open",), "released"),
        model.SettleReminder(reminder, "done"),
        model.ReleaseBookings(patient),
        model.Told(patient, ((1, "cauda_equina"),)),
        model.Erase(patient),
        model.SetReachable(ada.account.id, reachable=False),
        visit(NINE + timedelta(hours=3), replaces=booked.id),
    )
    after = desk.facts(ada, *groups)
    assert after["bookings"] == (booked,)
    assert (after["flags"][0].state, after["flags"][0].told) == ("open", False)
    assert desk.person(7).account.reachable
    assert desk.facts(ada, "reminder", row=reminder)["reminder"].topic == "walking"
    assert set(desk.facts(anna, *groups, patient_id=patient)) == set(groups)
    assert desk.facts(anna, "reminder", row=reminder)["reminder"].state == "planned"


def test_the_practice_reading_a_record_is_audited_and_the_audit_is_append_only(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(8)
    desk.does(ada, *ASSESSED)
    patient = desk.facts(ada, "patient", "record")["patient"].id
    assert desk.rows("SELECT 1 FROM audit WHERE deed = 'read'") == []
    desk.facts(anna, "record", "flags", patient_id=patient)
    assert desk.rows("SELECT account_id, subject FROM audit WHERE deed = 'read'") == [
        (anna.account.id, f"patient:{patient}")
    ]
    with pytest.raises(Exception, match="audit_append_only"), desk.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit"))


def test_a_button_names_a_reminder_of_ones_own_only(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, visit(), model.PlanReminder("visit", NINE - timedelta(hours=2), "first"))
    (row,) = desk.rows("SELECT id, booking_id FROM reminder")
    found = desk.facts(ada, "reminder", row=row[0])["reminder"]
    assert (found.booking_id, found.topic) == (row[1], "first")
    assert desk.facts(eve, "reminder", row=row[0])["reminder"] is None


def test_a_reminder_moves_on_once(desk: Desk) -> None:
    ada = desk.person(7)
    due = START + timedelta(hours=1)
    desk.does(ada, model.SetPlan(PLAN), model.PlanReminder("advice", due, "walking"))
    assert desk.facts(ada, "plan")["plan"] == PLAN
    (number,) = desk.rows("SELECT id FROM reminder")[0]
    desk.now += timedelta(hours=2)
    with desk.pen.work(desk.now) as work:
        assert [each.topic for each in work.reminders.due(10)] == ["walking"]
        assert work.reminders.upcoming(5) == [(due, "advice", ada.account.id)]
    desk.does(ada, model.SettleReminder(number, "sent"), model.SettleReminder(number, "missed"))
    assert desk.facts(ada, "topics", "reminder", row=number)["topics"] == {}
    desk.does(ada, model.SettleReminder(number, "done"))
    assert desk.rows("SELECT state FROM reminder") == [("done",)]
    desk.does(ada, model.PlanReminder("advice", due, "sleep"), model.CancelReminders("advice"))
    assert desk.rows("SELECT state FROM reminder ORDER BY id") == [("done",), ("cancelled",)]


def test_advice_chosen_as_it_goes_out_is_remembered(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, model.SetPlan(PLAN), model.PlanReminder("advice", START))
    (number,) = desk.rows("SELECT id FROM reminder")[0]
    desk.does(ada, model.SettleReminder(number, "sent", "walking"))
    desk.does(ada, model.SettleReminder(number, "sent", "sleep"))
    assert desk.facts(ada, "topics")["topics"] == {"walking": desk.now}


def test_an_invitation_opens_once_and_not_too_late(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    with desk.pen.work(desk.now) as work:
        work.people.make_invite("open sesame", "contact", "carol", desk.now + timedelta(days=1))
    invited = desk.facts(ada, "invite", code="open sesame")["invite"]
    assert desk.facts(ada, "invite", code="another")["invite"] is None
    desk.does(ada, model.LinkStaff(invited))
    with pytest.raises(Conflict):
        desk.does(eve, model.LinkStaff(invited))
    assert desk.facts(eve, "invite", code="open sesame")["invite"] is None
    assert desk.facts(eve, "practice")["practice"] == (Staff(ada.account.id, "contact", "carol"),)
    assert desk.person(7).staff == Staff(ada.account.id, "contact", "carol")
    with desk.pen.work(desk.now) as work:
        assert work.people.revoke(ada.account.id)
        assert not work.people.revoke(ada.account.id)
        work.people.make_invite("late", "contact", "carol", desk.now + timedelta(days=1))
    desk.now += timedelta(days=2)
    assert desk.facts(eve, "invite", code="late")["invite"] is None


def test_forgetting_erases_somebody_who_was_never_treated(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.GiveConsent("intake", "w"), model.SetPlan(PLAN))
    desk.does(ada, model.PlanReminder("advice", NINE, "walking"), model.ForgetAccount())
    assert desk.rows("SELECT chat_id FROM account") == [(None,)]
    assert desk.rows("SELECT state, body FROM patient") == [("erased", None)]
    assert desk.rows("SELECT state, topic FROM reminder") == [("cancelled", None)]
    for table in ("data_key", "answer", "conversation", "account_patient", "plan"):
        assert desk.rows(f"SELECT 1 FROM {table}") == [], table
    assert desk.rows("SELECT 1 FROM consent WHERE withdrawn_at IS NULL") == []
    again = desk.person(7)
    assert again.account.id != ada.account.id
    assert desk.facts(again, "patient", "consents") == {"consents": frozenset()}


def test_forgetting_makes_a_request_of_a_record_that_must_be_kept(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(8)
    desk.does(ada, *ASSESSED, model.CloseRecord("completed"), visit())
    patient = desk.facts(ada, "patient")["patient"].id
    desk.does(ada, model.OpenRecord(FORM), model.SaveAnswer("draft", ()), model.ForgetAccount())
    facts = desk.facts(anna, "patient", "record", "accounts", patient_id=patient)
    assert (facts["patient"].state, facts["record"].status, facts["accounts"]) == ("erasure_asked", "completed", ())
    desk.does(anna, model.Erase(patient))
    facts = desk.facts(anna, "patient", "bookings", patient_id=patient)
    assert (facts["patient"].state, facts["patient"].name, facts["bookings"]) == ("erased", "", ())
    assert desk.rows(f"SELECT 1 FROM data_key WHERE owner = 'patient:{patient}'") == []
    assert desk.rows("SELECT 1 FROM occupancy") == []


def test_a_conversation_that_went_on_elsewhere_is_a_conflict(desk: Desk) -> None:
    first, second = desk.person(7), desk.person(7)
    with desk.pen.work(desk.now) as work:
        work.dialogues.save([first])
    with pytest.raises(Conflict), desk.pen.work(desk.now) as work:
        work.dialogues.save([second])


def test_whoever_waited_for_a_dialogue_reads_it_as_it_is_by_then(postgres_database: str) -> None:
    desk = Desk(postgres_database)
    desk.person(7)
    other = Pen(desk.database, Vault([bytes(32)], os.urandom), run_id="another")

    def version() -> int:
        with other.work(desk.now) as work:
            return work.dialogues.by_chat({7: "en"})[7].version

    with ThreadPoolExecutor(1) as elsewhere:
        with desk.pen.work(desk.now) as work:
            dialogue = work.dialogues.by_chat({7: "en"})[7]
            waits = elsewhere.submit(version)
            while not desk.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
                assert not waits.done(), "it waits for whoever has the dialogue in hand"
            work.dialogues.save([dialogue])
        assert waits.result(20) == dialogue.version
    other.close()
    desk.close()


def test_two_processes_that_begin_at_once_give_everybody_one_row(postgres_database: str) -> None:
    database = open_database(postgres_database)
    pens = [Pen(database, Vault([bytes(32)], os.urandom), run_id=name) for name in ("first", "second")]

    def found(query: str) -> list[Any]:
        with database.read() as connection:
            return list(connection.scalars(text(query)))

    def begin(pen: Pen) -> None:
        with pen.work(START) as work:
            work.resources.sync(["anna"], ["blue"], "practice", "Europe/London")

    with ThreadPoolExecutor(1) as elsewhere:
        with pens[0].work(START) as work:
            work.resources.sync(["anna"], ["blue"], "practice", "Europe/London")
            begins = elsewhere.submit(begin, pens[1])
            while not found("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
                assert not begins.done(), "it waits for whoever was first"
        begins.result(20)
    assert found("SELECT ref FROM place UNION ALL SELECT ref FROM resource ORDER BY 1") == ["anna", "blue", "practice"]
    for pen in pens:
        pen.close()
    database.close()


def test_a_screen_alone_is_no_record_the_practice_must_keep(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, model.OpenRecord("c", ("legs",), "check"), model.SaveAnswer("legs", (), "check"))
    desk.does(ada, model.CloseRecord("completed", "check"))
    desk.does(ada, model.ForgetAccount())
    assert desk.rows("SELECT state FROM patient") == [("erased",)]
    assert desk.rows("SELECT count(*) FROM answer") == [(0,)]
