"""What must never happen to a patient, whatever the order things come in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot import flows
from bot.engine import Engine
from bot.flows.alerts import Alerts
from bot.flows.flow import Turn
from bot.flows.intake import Intake
from bot.model import (
    Account,
    Booking,
    Command,
    Conversation,
    Delivered,
    Draft,
    Facts,
    Flag,
    Outcome,
    Patient,
    RaiseFlag,
    Record,
    SaveAnswer,
    SettleFlags,
    Staff,
    Tap,
)
from tests.example import content

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUSE = flows.build(content())
ALEX, SAM = Staff(2, "practitioner", "example"), Staff(3, "contact", "reception")
PAT = Patient(7, "active", "Maria")
FACTS = Facts(NOW, Account(1, 11, "en"), patient=PAT, practice=(ALEX, SAM))
State = Literal["open", "disputed", "released"]
UNSETTLED: tuple[State, ...] = ("open", "disputed", "released")
EVERYTHING = frozenset(
    {
        "consents",
        "practice",
        "patient",
        "record",
        "sent",
        "check",
        "checks",
        "flags",
        "bookings",
        "past",
        "busy",
        "off",
        "hold",
        "waiting",
        "plan",
    }
)
FORM = content().form.canonical


def coded(code: str) -> tuple[dict[str, dict[str, str]]]:
    return ({"valueCoding": {"code": code}},)


def answering(place: str, code: str, facts: Facts = FACTS, **stored: str) -> Turn:
    """The turn of one answer to a draft; the flags there are were told in it."""
    answers = {at.replace("_", "-"): coded(held) for at, held in stored.items()}
    record = Record(1, 1, FORM, "in-progress", answers)
    turn = Turn("intake", "asking", replace(facts, record=record), {"place": place})
    turn.given = (place, coded(code))
    Intake(content()).keep(turn)
    return turn


def sign(code: str, level: Literal["emergency", "doctor"], state: State, link_id: str, *, told: bool = False) -> Flag:
    """A flag of the newest assessment."""
    return Flag(code, level, state, link_id, told=told, response_id=1)


def test_a_flag_that_grows_graver_is_raised_anew_whatever_state_it_is_in() -> None:
    for state in UNSETTLED:
        old = sign("RF01", "doctor", state, "saddle")
        turn = answering("saddle", "new", replace(FACTS, flags=(old,)), legs="saddle", saddle="old")
        withdrawn = SettleFlags(7, ("open", "disputed", "released"), "withdrawn", ("RF01",), 1)
        assert turn.effects[1:] == [withdrawn, RaiseFlag("RF01", "emergency", "saddle")]
        assert Intake(content()).is_emergency(turn)


def test_an_emergency_does_not_become_milder_by_a_changed_answer_until_it_is_decided() -> None:
    for state in UNSETTLED[:2]:
        grave = sign("RF01", "emergency", state, "saddle")
        turn = answering("saddle", "old", replace(FACTS, flags=(grave,)), legs="saddle", saddle="new")
        assert [type(effect) for effect in turn.effects] == [SaveAnswer]


def test_what_was_decided_goes_with_the_answer_it_was_decided_on() -> None:
    decided = replace(FACTS, flags=(sign("RF01", "emergency", "released", "saddle"),))
    withdrawn = SettleFlags(7, ("open", "disputed", "released"), "withdrawn", ("RF01",), 1)
    for now, raised in (("old", [RaiseFlag("RF01", "doctor", "saddle")]), ("none", [])):
        turn = answering("saddle", now, decided, legs="saddle", saddle="new")
        assert turn.effects[1:] == [withdrawn, *raised]
    assert answering("saddle", "new", decided, legs="saddle", saddle="new").effects[1:] == []


def test_an_answer_that_opens_a_question_again_brings_its_flag_back() -> None:
    turn = answering("general", "cancer", cancer="new")
    assert RaiseFlag("RF15", "doctor", "cancer") in turn.effects


def test_a_second_emergency_is_not_said_to_be_known_because_the_first_was() -> None:
    first = sign("RF02", "emergency", "released", "bladder", told=True)
    turn = answering("saddle", "new", replace(FACTS, flags=(first,)), legs="saddle")
    assert Intake(content()).telling(turn) == "intake.telling"
    both = (replace(first, state="open"), Flag("RF01", "emergency", "open", "saddle"))
    turn = Turn("intake", "held", replace(FACTS, flags=both), {})
    assert Intake(content()).telling(turn) == "intake.telling"


def test_an_alarm_that_failed_goes_to_whoever_was_not_tried_though_others_are_gone_meanwhile() -> None:
    flag = Flag("RF01", "emergency", "disputed", "saddle")
    alarms = Turn("", "START", replace(FACTS, flags=(flag,)), {})
    assert Alerts(content()).raise_alarm(alarms, (flag,))
    receipt = alarms.says[0].receipt
    later = Turn("", "START", replace(FACTS, flags=(flag,), practice=(replace(ALEX, reachable=False), SAM)), {})
    Alerts(content()).delivered(later, Delivered(receipt, ok=False))
    (alarm,) = later.says
    assert (alarm.key, alarm.to) == ("desk.alert", SAM.account_id)
    assert alarm.values["flags"]
    last = Turn("", "START", later.facts, {})
    Alerts(content()).delivered(last, Delivered(alarm.receipt, ok=False))
    assert [say.key for say in last.says] == ["intake.not_told"]


def test_whoever_comes_back_while_the_practice_does_not_know_sounds_the_alarm_again() -> None:
    flag = Flag("RF01", "emergency", "open", "saddle")
    for told in (False, True):
        facts = replace(READY, flags=(replace(flag, told=told),), known=EVERYTHING)
        outcome = Engine(HOUSE).advance(Conversation(), Command("assessment"), facts)
        assert isinstance(outcome, Outcome)
        assert [say.to for say in outcome.says] == ([None] if told else [ALEX.account_id, None])
        assert outcome.says[-1].values["telling"].key == ("intake.practice_knows" if told else "intake.telling")


def tapped(facts: Facts, draft: Draft, *datas: str) -> Outcome:
    """Taps in the booking flow, from a draft on."""
    outcome = Outcome(Conversation("booking", {"booking": draft}, 5))
    for data in datas:
        answer = Engine(HOUSE).advance(outcome.conversation, Tap(data, "c", 9), replace(facts, known=EVERYTHING))
        assert isinstance(answer, Outcome)
        outcome = answer
    return outcome


SENT = Record(1, 1, FORM, "completed", {})
READY = replace(FACTS, consents=frozenset({"intake"}), record=SENT, sent=SENT, practice=(ALEX,), flags=())
CHOSEN = Draft("confirm", {"visit": "first", "day": "20261130", "time": "20261130T1000"}, ("visit", "day", "time"))


def test_nobody_books_who_has_withdrawn_consent_half_way() -> None:
    outcome = tapped(replace(READY, consents=frozenset()), CHOSEN, "q:booking:confirm:book:5")
    assert not outcome.effects
    assert outcome.conversation.flow == "welcome"


def test_back_after_asking_for_another_time_is_the_choice_of_the_visit() -> None:
    outcome = tapped(READY, CHOSEN, "q:booking:confirm:other_time:5", "n:back")
    assert outcome.conversation.drafts["booking"].step == "visit"


def test_a_question_about_a_visit_that_is_over_is_not_asked_any_more() -> None:
    visit = Booking(1, 7, "first", "example", NOW, NOW + timedelta(hours=1), "Europe/London", "booked")
    shown = tapped(replace(READY, bookings=(visit,)), Draft("mine"), "q:booking:mine:bogus:5")
    assert shown.says[-1].key == "booking.mine"
    for data in ("q:booking:mine:keep:5", "q:booking:mine:cancel:5", "q:booking:mine:bogus:5", "n:book"):
        assert not any(say.key == "booking.mine" for say in tapped(READY, Draft("mine"), data).says)


def test_a_forged_row_that_is_no_number_is_settled_already() -> None:
    for row in ("²", "٣", "-1", "", "9" * 30):
        toast = tapped(READY, CHOSEN, f"s:stop:{row}").toast
        assert toast
        assert toast.key == "common.gone"


def test_an_open_emergency_comes_before_that_nobody_can_be_told() -> None:
    flag = Flag("RF01", "emergency", "open", "saddle")
    facts = replace(READY, flags=(flag,), practice=(SAM,), known=EVERYTHING)
    for command, key in (("assessment", "intake.held"), ("book", "booking.see_doctor_first")):
        outcome = Engine(HOUSE).advance(Conversation(), Command(command), facts)
        assert isinstance(outcome, Outcome)
        assert outcome.says[-1].key == key


def test_a_new_sign_in_a_record_already_sent_is_told_at_once() -> None:
    sent = Record(1, 1, FORM, "completed", {})
    facts = replace(FACTS, record=sent, sent=sent)
    turn = Turn("intake", "asking", facts, {"place": "general"})
    turn.given = ("general", coded("weight"))
    Intake(content()).keep(turn)
    assert [say.key for say in turn.says] == ["desk.card", "desk.new_flag"]
    assert turn.says[0].values["flags"]


def test_a_contact_cannot_dispute_a_patients_sign() -> None:
    flag = Flag("RF01", "emergency", "open", "saddle")
    facts = replace(FACTS, account=Account(3, 13, "en"), staff=SAM, flags=(flag,), known=EVERYTHING)
    outcome = Engine(HOUSE).advance(Conversation(), Tap("s:dispute:7", "c", 5), facts)
    assert isinstance(outcome, Outcome)
    assert not outcome.effects
    assert not outcome.says
