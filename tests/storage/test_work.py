"""Facts and effects on a real database: what is kept, what is sealed, and who may touch it."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot import model
from bot.model import Effect, Needs, Plan, Staff, Window
from storage.database import Conflict, Database, conflict, open_database
from storage.dialogue import Dialogue
from storage.tables import metadata
from storage.transaction import Actor
from storage.vault import Tampered, Vault
from storage.work import Pen

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NINE = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SECRET = "my left ischium aches like a rusty gate"
WEEKS = Window(timedelta(days=20), frozenset({"anna", "ben", "blue", "green"}))
FORM = "https://example.org/intake|1"
PLAN = Plan(frozenset({0, 3}), time(9), "Europe/London", "on", 2, START, left_out=frozenset({"sleep"}))


class Desk:
    """One database, and whoever comes to it."""

    def __init__(self, url: str) -> None:
        self.database: Database = open_database(url)
        with self.database.engine.begin() as connection:
            metadata.create_all(connection)
        self.pen = Pen(self.database, Vault([bytes(32)], os.urandom), run_id="run")
        self.now = START
        with self.pen.work(self.now) as work:
            work.resources.sync(["anna", "ben"], ["blue", "green"], "practice", "Europe/London")

    def run_anew(self) -> None:
        """As another process: with nothing at hand that was opened before."""
        self.pen.close()
        self.pen = Pen(self.database, Vault([bytes(32)], os.urandom), run_id="another")

    def close(self) -> None:
        self.pen.close()
        self.database.close()

    def person(self, chat: int) -> Dialogue:
        with self.pen.work(self.now) as work:
            dialogue = work.dialogues.by_chat({chat: "en"})[chat]
            if dialogue.version == 0:
                work.dialogues.save([dialogue])
            return dialogue

    def practitioner(self, chat: int) -> Dialogue:
        with self.pen.work(self.now) as work:
            work.people.make_invite(f"code{chat}", "practitioner", "anna", self.now + timedelta(days=1))
        invited = self.facts(self.person(chat), "invite", code=f"code{chat}")["invite"]
        self.does(self.person(chat), model.LinkStaff(invited))
        return self.person(chat)

    def does(self, who: Dialogue, *effects: Effect) -> None:
        with self.pen.work(self.now) as work:
            work.carry_out(effects, actor(who))

    def facts(self, who: Dialogue, *groups: str, **names: Any) -> dict[str, Any]:
        with self.pen.work(self.now) as work:
            return work.gather(Needs(frozenset(groups), **names), actor(who))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


def actor(who: Dialogue) -> Actor:
    return Actor(who.account, who.staff, lambda key, locale: hashlib.sha256(f"{key}{locale}".encode()).digest())


def visit(
    at: datetime = NINE, *, practitioner: str = "anna", room: str = "blue", replaces: int | None = None
) -> model.Book:
    ends = at + timedelta(minutes=45)
    return model.Book(
        "first", practitioner, room, at, ends, ends + timedelta(minutes=15), "Europe/London", "booked", "uid", replaces
    )


ASSESSED = (
    model.OpenRecord(FORM),
    model.SaveAnswer("pain/where", ({"valueString": SECRET},)),
    model.Identify(name="Ada Loveless", phone="+44 1632 960123"),
)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    made = Desk(database_url)
    yield made
    made.close()


def test_a_record_comes_back_as_it_was_told(desk: Desk) -> None:
    ada = desk.person(7)
    assert desk.facts(ada, "patient", "record") == {}
    desk.does(ada, *ASSESSED, model.SaveAnswer("pain/score", ({"valueInteger": 4},)))
    desk.does(ada, model.SaveAnswer("pain/score", ({"valueInteger": 6},)), model.SaveAnswer("other", ()))
    facts = desk.facts(ada, "patient", "record")
    assert facts["patient"].name == "Ada Loveless"
    assert facts["record"].status == "in-progress"
    assert facts["record"].answers == {
        "pain/where": ({"valueString": SECRET},),
        "pain/score": ({"valueInteger": 6},),
        "other": (),
    }
    desk.does(ada, model.CloseRecord("completed"), model.KeepScores({"nprs": 6}))
    assert desk.facts(ada, "record")["record"].submitted_at == START


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


def test_a_flag_is_raised_once_a_rule_and_told_once(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(8)
    raised = model.RaiseFlag("cauda_equina", "emergency", "q1")
    desk.does(ada, *ASSESSED, raised, raised)
    patient = desk.facts(ada, "patient")["patient"].id
    (flag,) = desk.facts(ada, "flags")["flags"]
    assert (flag.code, flag.state, flag.told) == ("cauda_equina", "open", False)
    told = model.Told(patient, ((desk.facts(ada, "record")["record"].id, "cauda_equina"),))
    desk.does(ada, told, told)
    assert desk.facts(ada, "flags")["flags"][0].told
    desk.does(ada, model.SettleFlags(patient, ("open",), "disputed", codes=("another",)))
    assert desk.facts(ada, "flags")["flags"][0].state == "open"
    desk.does(ada, model.SettleFlags(patient, ("open",), "disputed", codes=("cauda_equina",)))
    desk.does(anna, model.SettleFlags(patient, ("open", "disputed"), "released"))
    assert desk.facts(ada, "flags")["flags"][0].state == "released"
    desk.does(ada, raised)
    assert desk.facts(ada, "flags")["flags"][0].state == "released"


def test_a_flag_becomes_graver_but_never_milder_by_an_answer(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.RaiseFlag("weakness", "doctor", "q1"))
    patient = desk.facts(ada, "patient")["patient"].id
    told = model.Told(patient, ((desk.facts(ada, "record")["record"].id, "weakness"),))
    desk.does(ada, told, model.RaiseFlag("weakness", "emergency", "q1"))
    desk.does(ada, model.RaiseFlag("weakness", "tell", "q1"))
    (flag,) = desk.facts(ada, "flags")["flags"]
    assert (flag.level, flag.state, flag.told) == ("emergency", "open", False)


def test_signs_or_none_and_answers_or_none_look_the_same(desk: Desk) -> None:
    ada, ben = desk.person(7), desk.person(8)
    opened = model.OpenRecord(FORM, ("pain/where", "pain/when"))
    several = [model.RaiseFlag(f"sign-{number}", "emergency", f"question-{number}") for number in range(8)]
    desk.does(ada, opened, model.SaveAnswer("pain/when", ({"valueString": SECRET},)), *several)
    desk.does(ben, opened)
    assert desk.facts(ben, "record")["record"].answers == {}
    for table in ("answer", "flag"):
        lengths = f"SELECT patient_id, count(*), min(length(body)), max(length(body)) FROM {table} GROUP BY 1"
        assert len({row[1:] for row in desk.rows(lengths)}) == 1


def test_a_flag_survives_the_draft_that_raised_it(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.RaiseFlag("cauda_equina", "emergency", "q1"), model.DropRecord())
    assert desk.facts(ada, "record")["record"].answers == {}
    assert len(desk.facts(ada, "flags")["flags"]) == 1


def test_a_dropped_draft_leaves_nothing(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.KeepScores({"nprs": 5}), model.DropRecord())
    assert desk.facts(ada, "record")["record"] is None
    assert desk.rows("SELECT 1 FROM answer") == desk.rows("SELECT 1 FROM score") == []


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
            return [(each.booking_id, each.due_at) for each in work.plans.due(10)]

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
    desk.does(ada, _awaiting(visit(START + timedelta(days=2), replaces=booked.id)))
    (waits,) = desk.facts(ada, "bookings")["bookings"]
    desk.does(ada, model.ConfirmBooking(waits.id), model.ConfirmBooking(booked.id))
    assert not desk.facts(ada, "bookings")["bookings"][0].confirmed
    assert len(desk.rows("SELECT 1 FROM audit WHERE deed = 'booking.confirm'")) == 1


def test_a_button_names_a_reminder_of_ones_own_only(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, visit(), model.PlanReminder("visit", NINE - timedelta(hours=2), "first"))
    (row,) = desk.rows("SELECT id, booking_id FROM reminder")
    found = desk.facts(ada, "reminder", row=row[0])["reminder"]
    assert (found.booking_id, found.topic) == (row[1], "first")
    assert desk.facts(eve, "reminder", row=row[0])["reminder"] is None


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
    desk.does(ada, model.OpenRecord(FORM), _awaiting(held))
    patient = desk.facts(ada, "patient")["patient"].id
    assert desk.facts(ada, "bookings")["bookings"][0].state == "awaiting_release"
    desk.does(anna, model.ReleaseBookings(patient))
    assert desk.facts(ada, "bookings")["bookings"][0].state == "booked"


def test_a_reminder_moves_on_once(desk: Desk) -> None:
    ada = desk.person(7)
    due = START + timedelta(hours=1)
    desk.does(ada, model.SetPlan(PLAN), model.PlanReminder("advice", due, "walking"))
    assert desk.facts(ada, "plan")["plan"] == PLAN
    (number,) = desk.rows("SELECT id FROM reminder")[0]
    desk.now += timedelta(hours=2)
    with desk.pen.work(desk.now) as work:
        assert [each.topic for each in work.plans.due(10)] == ["walking"]
        assert work.plans.upcoming(5) == [(due, "advice", ada.account.id)]
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


def test_a_key_of_a_transaction_that_rolled_back_seals_nothing_again(desk: Desk) -> None:
    ada = desk.person(7)
    with pytest.raises(LookupError, match="not in the diary"):
        desk.does(ada, *ASSESSED, visit(room="nowhere"))
    assert desk.rows("SELECT 1 FROM patient") == []
    desk.does(ada, *ASSESSED)
    desk.run_anew()
    assert desk.facts(ada, "patient")["patient"].name == "Ada Loveless"


def test_an_answer_moved_to_another_patient_does_not_open(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, *ASSESSED)
    desk.does(eve, model.OpenRecord(FORM), model.SaveAnswer("pain/where", ()))
    with desk.database.engine.begin() as connection:
        connection.execute(
            text("UPDATE answer SET body = (SELECT body FROM answer WHERE patient_id = 1) WHERE patient_id = 2")
        )
    desk.run_anew()
    with pytest.raises(Tampered):
        desk.facts(eve, "record")


def test_an_answer_replaced_by_an_older_one_does_not_open(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED)
    before = desk.rows("SELECT body, revision FROM answer")[0]
    assert desk.facts(ada, "record")["record"].answers["pain/where"] == ({"valueString": SECRET},)
    desk.does(ada, model.SaveAnswer("pain/where", ()))
    assert desk.facts(ada, "record")["record"].answers["pain/where"] == ()
    with desk.database.engine.begin() as connection:
        connection.execute(text("UPDATE answer SET body = :body"), {"body": before[0]})
    desk.run_anew()
    with pytest.raises(Tampered):
        desk.facts(ada, "record")


def test_answers_of_a_transaction_that_rolled_back_are_not_told(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED)

    def undone() -> None:
        with desk.pen.work(desk.now) as work:
            work.carry_out([model.SaveAnswer("pain/where", ())], actor(ada))
            assert work.gather(Needs(frozenset({"record"})), actor(ada))["record"].answers == {"pain/where": ()}
            raise LookupError

    with pytest.raises(LookupError):
        undone()
    assert desk.facts(ada, "record")["record"].answers == {"pain/where": ({"valueString": SECRET},)}


def test_a_dump_tells_nothing_of_what_was_said(tmp_path: Path) -> None:
    desk = Desk(f"sqlite:///{tmp_path / 'acuback.db'}")
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.RaiseFlag("cauda_equina", "emergency", "q1"))
    desk.does(ada, model.PlanReminder("advice", NINE, "walking"))
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert len(kept) > 10_000
    for word in (SECRET, "ischium", "Loveless", "960123", "cauda_equina", "pain/where", "emergency", "walking"):
        assert word.encode() not in kept, word
    places = [row[0] for row in desk.rows("SELECT place FROM answer")]
    assert {len(place) for place in places} == {16}
    desk.close()


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


def _awaiting(book: model.Book) -> model.Book:
    return replace(book, state="awaiting_release")


def test_what_another_process_wrote_is_read_though_an_older_answer_is_at_hand(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED)
    first = desk.pen
    assert desk.facts(ada, "record")["record"].answers["pain/where"] == ({"valueString": SECRET},)
    if desk.database.dialect == "sqlite":
        first.close()
    desk.pen = Pen(desk.database, Vault([bytes(32)], os.urandom), run_id="another")
    desk.does(ada, model.SaveAnswer("pain/where", ({"valueString": "elsewhere"},)))
    desk.pen.close()
    desk.pen = first
    assert desk.facts(ada, "record")["record"].answers["pain/where"] == ({"valueString": "elsewhere"},)


def test_a_changed_answer_keeps_what_was_sent_beside_it_until_it_is_sent_again(desk: Desk) -> None:
    ada = desk.person(7)
    old, new = ({"valueString": SECRET},), ({"valueString": "elsewhere"},)
    desk.does(ada, *ASSESSED, model.CloseRecord("completed"))
    desk.does(ada, model.SaveAnswer("pain/where", new))
    desk.does(ada, model.SaveAnswer("pain/where", ()))
    changed = desk.facts(ada, "record")["record"]
    assert (changed.answers["pain/where"], changed.was) == ((), {"pain/where": old})
    desk.does(ada, model.CloseRecord("amended"))
    assert desk.facts(ada, "record")["record"].was == {}


def test_a_new_episode_keeps_the_first_assessment(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.CloseRecord("completed"))
    desk.does(ada, model.OpenEpisode(), model.OpenRecord(FORM))
    assert desk.facts(ada, "record")["record"].answers == {}
    assert desk.rows("SELECT status, count(*) FROM response GROUP BY status ORDER BY status") == [
        ("completed", 1),
        ("in-progress", 1),
    ]
    assert len(desk.rows("SELECT 1 FROM episode WHERE closed_at IS NULL")) == 1


def test_the_screen_before_a_visit_stands_beside_the_assessment(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.RaiseFlag("RF15", "doctor", "general"), model.CloseRecord("completed"))
    desk.does(
        ada,
        model.OpenRecord("check", ("legs",), "check"),
        model.SaveAnswer("legs", ({"valueBoolean": True},), "check"),
        model.RaiseFlag("RF15", "tell", "general", "check"),
    )
    facts = desk.facts(ada, "record", "check", "flags")
    assert facts["record"].answers["pain/where"] == ({"valueString": SECRET},)
    assert facts["check"].answers == {"legs": ({"valueBoolean": True},)}
    assert [(flag.response_id, flag.level) for flag in facts["flags"]] == [
        (facts["record"].id, "doctor"),
        (facts["check"].id, "tell"),
    ]


def test_an_alarm_tells_a_thief_neither_whose_it_is_nor_what_for_and_rings_once(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.SetAlarm(1, "again", START))
    assert desk.rows("SELECT count(*) FROM alarm") == [(1,)]
    with desk.pen.work(desk.now) as work:
        (alarm,) = work.alarms.due(5)
        assert (alarm.patient_id, alarm.account_id, alarm.step) == (1, ada.account.id, "again")
        work.alarms.drop(alarm.id)
    assert desk.rows("SELECT count(*) FROM alarm") == [(0,)]


def test_a_sign_nobody_has_settled_outlives_its_episode_and_a_settled_one_does_not(desk: Desk) -> None:
    ada = desk.person(7)
    signs = (model.RaiseFlag("open", "doctor", "q1"), model.RaiseFlag("settled", "doctor", "q2"))
    desk.does(ada, *ASSESSED, *signs)
    patient = desk.facts(ada, "patient")["patient"].id
    desk.does(ada, model.SettleFlags(patient, ("open",), "released", ("settled",)))
    desk.does(ada, model.OpenEpisode(), model.OpenRecord(FORM))
    assert [flag.code for flag in desk.facts(ada, "flags")["flags"]] == ["open"]


def test_the_practice_goes_by_what_was_sent_while_a_new_assessment_is_half_done(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(9)
    desk.does(ada, *ASSESSED, model.CloseRecord("completed"))
    desk.does(ada, model.OpenEpisode(), model.OpenRecord(FORM))
    patient = desk.facts(ada, "patient")["patient"].id
    assert desk.facts(ada, "record")["record"].answers == {}
    for facts in (desk.facts(ada, "sent"), desk.facts(anna, "sent", patient_id=patient)):
        assert facts["sent"].answers["pain/where"] == ({"valueString": SECRET},)


def test_a_screen_alone_is_no_record_the_practice_must_keep(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, model.OpenRecord("c", ("legs",), "check"), model.SaveAnswer("legs", (), "check"))
    desk.does(ada, model.CloseRecord("completed", "check"))
    desk.does(ada, model.ForgetAccount())
    assert desk.rows("SELECT state FROM patient") == [("erased",)]
    assert desk.rows("SELECT count(*) FROM answer") == [(0,)]


def test_every_screen_that_was_sent_in_an_episode_is_kept(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.CloseRecord("completed"))
    for said in ("first", "second"):
        values = ({"valueString": said},)
        desk.does(ada, model.OpenRecord("c", ("else",), "check"), model.SaveAnswer("else", values, "check"))
        desk.does(ada, model.CloseRecord("completed", "check"))
    checks = desk.facts(ada, "checks")["checks"]
    assert [check.answers["else"][0]["valueString"] for check in checks] == ["first", "second"]
