"""What no button offers, what is typed wrong, and what comes too late: one clear sentence, and nothing booked wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Book, CancelBooking, Outcome, RunLate, Say, Tap
from tests.flows.diary import AT_TEN, WithDiary, assessed, visit_at
from tests.flows.paper import NOW, Paper

VISIT = visit_at(AT_TEN)


def asked_for_a_day() -> WithDiary:
    paper = assessed()
    paper.command("book")
    paper.taps("first")
    return paper


def changes(outcome: Outcome) -> list[object]:
    return [one for one in outcome.effects if isinstance(one, Book | CancelBooking | RunLate)]


def forged(paper: Paper, step: str, code: str) -> Outcome:
    """A button of the question in hand that nobody was shown."""
    return paper.hear(Tap(f"q:booking:{step}:{code}:{paper.conversation.asking}", "c", 1))


@pytest.mark.parametrize("typed", ["31 Feb", "30 February 2026", "31.04.2026", "2026-02-31", "the 32nd"])
def test_a_day_no_calendar_has_is_said_to_be_none(typed: str) -> None:
    paper = asked_for_a_day()
    outcome = paper.types(typed)
    assert "I cannot find that day in the calendar" in paper.told[-1][2]
    assert paper.conversation.drafts["booking"].step == "day"
    assert not outcome.effects


@pytest.mark.parametrize("code", ["20260230", "20990101", "20260101", "20260305T2300", "20260305T0000", "x", "5"])
def test_a_day_or_time_nobody_was_offered_means_nothing(code: str) -> None:
    paper = asked_for_a_day()
    outcome = forged(paper, "day", code)
    assert (outcome.effects, outcome.toast) == ((), Say("common.stale"))


@pytest.mark.parametrize(("step", "code"), [("mine", "late"), ("visits", "99"), ("mine", "another")])
def test_a_button_of_another_question_than_the_one_in_hand_means_nothing(step: str, code: str) -> None:
    paper = asked_for_a_day()
    assert not changes(forged(paper, step, code))
    assert paper.conversation.drafts["booking"].step == "day"


@pytest.mark.parametrize("verb", ["undo", "late", "move", "cancel", "confirm"])
def test_a_standing_button_that_names_somebody_elses_row_says_that_it_is_gone(verb: str) -> None:
    """Such a row is nothing this person may know: it is not among the facts."""
    paper = assessed(VISIT)
    outcome = paper.hear(Tap(f"s:{verb}:4711", "c", 1))
    assert (outcome.effects, outcome.says, outcome.toast) == ((), (), Say("common.gone"))


@pytest.mark.parametrize("row", ["-1", "0x5", "5 ", "٥", "9" * 30, ""])
def test_a_row_that_is_no_number_says_that_it_is_gone(row: str) -> None:
    paper = assessed(VISIT)
    outcome = paper.engine.advance(paper.conversation, Tap(f"s:undo:{row}", "c", 1), paper.facts)
    assert isinstance(outcome, Outcome)
    assert (outcome.effects, outcome.toast) == ((), Say("common.gone"))


def test_confirming_twice_books_once() -> None:
    paper = asked_for_a_day()
    paper.picks("20260305T1000")
    data = f"q:booking:confirm:book:{paper.conversation.asking}"
    first, again = paper.hear(Tap(data, "c", 1)), paper.hear(Tap(data, "c", 1))
    assert len(changes(first)) == 1
    assert not changes(again)
    assert again.toast == Say("common.stale")


def test_cancelling_twice_cancels_once() -> None:
    paper = assessed(VISIT)
    paper.command("book")
    data = f"q:booking:mine:cancel:{paper.conversation.asking}"
    first, again = paper.hear(Tap(data, "c", 1)), paper.hear(Tap(data, "c", 1))
    assert len(changes(first)) == 1
    assert not changes(again)


@pytest.mark.parametrize("code", ["move", "cancel"])
def test_a_tap_after_the_visit_has_begun_changes_nothing(code: str) -> None:
    paper = assessed(VISIT)
    paper.command("book")
    paper.facts = replace(paper.facts, now=AT_TEN + timedelta(minutes=5))
    assert not changes(paper.taps(code))
    assert len(paper.facts.bookings) == 1


def test_a_time_that_is_over_by_the_time_it_is_confirmed_is_not_booked() -> None:
    paper = asked_for_a_day()
    paper.picks("20260305T1000")
    paper.waits(days=4)
    assert not changes(paper.taps("book"))
    assert "has just been taken" in paper.told[-1][2]


def test_a_clock_set_back_an_hour_books_the_time_that_was_chosen() -> None:
    paper = asked_for_a_day()
    paper.picks("20260305T1000")
    paper.waits(hours=-1)
    (booked,) = changes(paper.taps("book"))
    assert isinstance(booked, Book)
    assert booked.starts_at == AT_TEN
    assert paper.facts.now < NOW
