"""The loop of an alarm: nobody has seen it, help was reached or not, released, another sign after it."""

from dataclasses import replace
from datetime import timedelta

from bot.model import Delivered, SetAlarm
from tests.flows.paper import ALEX, NOW, SAM, Paper, in_an_emergency, to_whom, with_record
from tests.house import practice

ALERT = practice().content.clinic.alert


def test_an_emergency_sets_its_alarms_as_the_clinic_says() -> None:
    paper = in_an_emergency()
    assert {one.step: one.due_at - NOW for one in paper.planned if isinstance(one, SetAlarm)} == {
        "again": timedelta(minutes=ALERT.again_after_minutes),
        "second": timedelta(minutes=ALERT.second_contact_after_minutes),
        "care": timedelta(minutes=ALERT.ask_care_after_minutes),
    }


def test_an_alarm_nobody_has_seen_sounds_again_and_then_goes_to_the_next_contact_too() -> None:
    paper = in_an_emergency()
    paper.delivered()
    paper.rings("again")
    assert to_whom(paper, "desk.alert_again") == [ALEX.account_id]
    paper.rings("second")
    assert to_whom(paper, "desk.alert_again") == [ALEX.account_id, ALEX.account_id, SAM.account_id]
    assert "Do not wait for them" in paper.heard("intake.nobody_confirmed", to=1)


def test_once_somebody_has_seen_it_no_alarm_sounds_again() -> None:
    for who in (ALEX, SAM):
        paper = in_an_emergency()
        paper.delivered()
        paper.desk("seen", who)
        for step in ("again", "second"):
            paper.rings(step)
        assert to_whom(paper, "desk.alert_again") == []


def test_an_alarm_that_cannot_be_delivered_goes_to_the_second_contact_at_once() -> None:
    paper = in_an_emergency()
    paper.delivered(ok=False)
    assert to_whom(paper, "desk.alert") == [ALEX.account_id, SAM.account_id]
    assert paper.heard("intake.told") == ""
    paper.delivered(ok=True)
    assert "The practice has been told" in paper.heard("intake.told", to=1)


def test_an_alarm_sounds_again_though_every_first_try_failed() -> None:
    paper = in_an_emergency()
    paper.delivered(ok=False)
    paper.delivered(ok=False)
    assert "I could not reach the practice" in paper.heard("intake.not_told", to=1)
    paper.rings("again")
    assert to_whom(paper, "desk.alert_again") == [ALEX.account_id]


def test_the_practice_is_said_to_have_been_told_once() -> None:
    paper = in_an_emergency()
    paper.delivered()
    paper.rings("again")
    paper.delivered()
    assert len(to_whom(paper, "intake.told")) == 1


def test_the_patient_is_asked_whether_care_was_reached_and_the_practice_hears_the_answer() -> None:
    for code, words in (("care_yes", "I have had help"), ("care_no", "I have had no help yet")):
        paper = in_an_emergency()
        paper.delivered()
        paper.rings("care")
        paper.taps(code)
        assert words in paper.heard("desk.card", to=2)
        assert words in paper.heard("desk.cared", to=2)
        if code == "care_no":
            assert practice().content.clinic.numbers.emergency in paper.heard("intake.cared_no", to=1)


def test_the_same_answer_about_care_twice_is_once() -> None:
    paper = in_an_emergency()
    paper.rings("care")
    paper.taps("care_yes")
    paper.taps("care_yes")
    assert len(to_whom(paper, "desk.cared")) == 1


def test_what_was_released_rings_no_more_and_asks_nobody() -> None:
    paper = in_an_emergency()
    paper.desk("seen")
    paper.desk("release")
    before = len(paper.told)
    for step in ("again", "second", "care"):
        paper.rings(step)
    assert len(paper.told) == before


def test_whoever_is_alarmed_reads_what_was_answered() -> None:
    paper = in_an_emergency()
    assert f"Answer: {paper.content.form.item('saddle').options[0].label}" in paper.heard("desk.alert", to=2)


def test_what_nobody_has_seen_is_not_released() -> None:
    paper = in_an_emergency()
    assert not paper.desk("release").effects
    assert "Tap Seen first" in paper.heard("desk.see_first")
    assert "saddle" in paper.heard("desk.see_first")


def test_the_receipt_of_one_alarm_says_nothing_of_another() -> None:
    paper = in_an_emergency()
    receipt = next(say.receipt for _, say, _ in paper.told if say.receipt)
    paper.facts = replace(paper.facts, flags=tuple(replace(one, code="RF24") for one in paper.facts.flags))
    paper.hear(Delivered(receipt, ok=True))
    assert paper.heard("intake.told") == ""
    assert not any(flag.told for flag in paper.facts.flags)


def test_an_alarm_of_what_was_released_does_not_ring_for_what_came_since() -> None:
    paper = in_an_emergency()
    paper.facts = replace(
        paper.facts, flags=tuple(replace(one, raised_at=NOW + timedelta(minutes=8)) for one in paper.facts.flags)
    )
    paper.rings("again")
    assert to_whom(paper, "desk.alert_again") == []


def test_coming_back_ten_times_sets_no_more_alarms() -> None:
    paper = in_an_emergency()
    before = len(paper.planned)
    for _ in range(10):
        paper.command("assessment")
    assert len(paper.planned) == before


def test_not_yet_is_answered_with_whom_to_call_however_often() -> None:
    paper = in_an_emergency()
    paper.rings("care")
    paper.taps("care_no")
    paper.taps("care_no")
    assert len(to_whom(paper, "intake.cared_no")) == 2
    assert len(to_whom(paper, "desk.cared")) == 1


def test_a_crisis_gets_its_own_number_and_the_emergency_number_wherever_help_is_spoken_of() -> None:
    numbers = practice().content.clinic.numbers
    paper = Paper()
    paper.command("assessment")
    paper.answers({"self-harm": ["yes"]})
    paper.delivered()
    paper.rings("second")
    paper.rings("care")
    paper.taps("care_no")
    paper.command("book")
    for key in ("intake.emergency", "intake.nobody_confirmed", "intake.cared_no", "booking.see_doctor_first"):
        assert numbers.crisis in paper.heard(key, to=1), key
        assert numbers.emergency in paper.heard(key, to=1), key


def test_a_released_emergency_does_not_stand_for_the_next() -> None:
    paper = in_an_emergency()
    paper.desk("seen")
    paper.desk("release")
    paper.command("assessment")
    paper.answers({"self-harm": ["yes"]})
    shown = paper.heard("intake.emergency", to=1)
    assert practice().content.clinic.numbers.crisis in shown
    assert "emergency department" not in shown


def test_a_sign_for_a_doctor_is_told_to_the_patient_at_once_and_in_the_nudge() -> None:
    paper = Paper()
    paper.command("assessment")
    while paper.asked and paper.asked.link_id != "general":
        paper.answer(paper.asked)
    assert paper.asked
    paper.answer(paper.asked, ["weight"])
    assert "call your doctor today" in paper.heard("intake.asking")
    paper.facts = with_record(paper, touched_at=NOW)
    paper.due("nudge")
    assert "call your doctor today" in paper.heard("intake.nudge")


def test_whoever_is_forgotten_in_an_open_emergency_is_not_forgotten_by_the_practice() -> None:
    paper = in_an_emergency()
    paper.command("forget")
    paper.taps("forget")
    assert to_whom(paper, "desk.forgets_in_emergency") == [ALEX.account_id, SAM.account_id]
    assert "01632 960200" in paper.heard("desk.forgets_in_emergency")
