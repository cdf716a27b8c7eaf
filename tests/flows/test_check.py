"""The short screen before a visit, and whenever something is wrong."""

from dataclasses import replace
from datetime import timedelta

from bot.model import Booking, PlanReminder
from tests.flows.paper import ALEX, EMERGENCY, NOW, Paper, sent, to_whom
from tests.house import practice


def test_the_short_screen_comes_before_the_visit_and_the_card_has_it() -> None:
    paper = sent()
    visit = Booking(
        5, 7, "first", "example", NOW + timedelta(days=4), NOW + timedelta(days=4), "Europe/London", "booked"
    )
    paper.facts = replace(paper.facts, bookings=(visit,))
    paper.planned.append(PlanReminder("visit", NOW + timedelta(days=2), "first"))
    paper.due("visit")
    paper.taps("check")
    asked = paper.answers({"medicines-changed": ["yes"]})
    assert "legs" in asked
    assert "Screened before the visit" in paper.heard("desk.checked", to=2)
    assert "Screened again" in paper.heard("desk.card", to=2)


def test_no_screen_comes_before_a_visit_that_was_cancelled() -> None:
    paper = sent()
    paper.planned.append(PlanReminder("visit", NOW + timedelta(days=2)))
    paper.due("visit")
    assert to_whom(paper, "booking.reminder") == []


def test_something_is_wrong_stands_under_every_question_and_shows_whom_to_call_first() -> None:
    paper = Paper()
    paper.command("assessment")
    before = paper.conversation.drafts["intake"]
    paper.taps("wrong")
    numbers = practice().content.clinic.numbers
    shown = paper.heard("wrong.what")
    assert all(number in shown for number in (numbers.emergency, numbers.crisis, numbers.out_of_hours))
    assert shown.index(numbers.emergency) < 60
    paper.taps("fine")
    paper.command("assessment")
    assert paper.conversation.drafts["intake"].data["place"] == before.data["place"]


def test_something_wrong_asks_every_warning_sign_again_however_lately_it_was_asked() -> None:
    for paper in (Paper(), sent()):
        paper.command("assessment" if paper.facts.record is None else "check")
        while paper.asked and paper.asked.link_id != "general":
            paper.answer(paper.asked)
        paper.command("wrong")
        paper.taps("screen")
        assert paper.asked
        assert paper.asked.link_id == "legs"
        paper.answers()
        assert paper.conversation.flow is None


def test_something_wrong_after_the_assessment_asks_the_warning_signs_again_and_sounds_the_alarm() -> None:
    paper = sent()
    paper.command("wrong")
    paper.taps("screen")
    paper.answers(EMERGENCY)
    assert to_whom(paper, "desk.alert") == [ALEX.account_id]
    assert paper.heard("intake.emergency", to=1)


def test_what_one_screen_told_stays_on_the_card_after_the_next() -> None:
    paper = sent()
    for wanted in ({"medicines-changed": ["yes"], "medicines-which": ["Warfarin 5 mg"]}, {}):
        paper.command("check")
        paper.answers(wanted)
    assert "Warfarin 5 mg" in paper.heard("desk.card", to=2)


def test_a_screen_is_not_said_to_be_passed_on_while_nobody_can_get_it() -> None:
    paper = sent()
    paper.command("check")
    paper.facts = replace(paper.facts, practice=())
    paper.answers()
    assert "I have not sent it" in paper.heard("intake.unsent")
    assert paper.heard("check.sent") == ""


def test_the_word_of_a_long_screen_is_one_message() -> None:
    paper = sent()
    paper.command("check")
    words = "wort " * 190
    paper.answers({"medicines-changed": ["yes"], "medicines-which": [words], "else": ["mehr " * 390]})
    assert len(paper.heard("desk.checked", to=2)) < 4096
