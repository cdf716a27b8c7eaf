"""A time chosen before the assessment is finished: kept by each answer, lost kindly, booked once it is sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Book, CancelReminders, LetGo, Outcome, PlanReminder, RenewHold
from tests.flows.paper import NOW, Paper

DAY, TEN, ELEVEN = "20260305", "20260305T1000", "20260305T1100"


def chosen() -> Paper:
    """Maria, in the middle of her assessment, who has chosen a time."""
    paper = Paper()
    paper.command("assessment")
    assert paper.asked
    paper.answer(paper.asked)
    paper.command("book")
    paper.taps("first")
    paper.taps(DAY)
    paper.taps(TEN)
    return paper


def until(paper: Paper) -> float:
    """For how many minutes from the beginning the time is kept."""
    assert paper.facts.hold is not None
    return (paper.facts.hold.until - NOW) / timedelta(minutes=1)


def answers_one(paper: Paper) -> Outcome:
    item = paper.asked
    assert item is not None
    before = len(paper.told)
    paper.answer(item)
    assert len(paper.told) > before
    return paper.outcomes[-1]


def offered(paper: Paper) -> list[str]:
    say = next(say for to, say, _ in reversed(paper.told) if to == 1 and say.offers)
    return [offer.code for row in say.offers for offer in row]


def test_the_time_is_kept_and_the_assessment_comes_first() -> None:
    paper = chosen()
    told = paper.heard("booking.confirm")
    assert "I keep this time for you until 09:40" in told
    assert "until 10:10 at most" in told
    assert "finish your assessment first" in told
    assert "book" not in offered(paper)
    assert "finish" in offered(paper)


def test_whoever_has_not_begun_begins_with_the_assessment() -> None:
    paper = Paper()
    paper.command("book")
    assert paper.told[-1][1].key == "booking.assessment_first"


def test_each_answer_keeps_it_ten_minutes_longer_and_forty_at_most() -> None:
    paper = chosen()
    paper.taps("finish")
    ends = []
    for _ in range(5):
        paper.waits(minutes=8)
        answers_one(paper)
        ends.append(until(paper))
    assert ends == [18, 26, 34, 40, 40]


def test_sending_the_assessment_comes_back_to_confirm() -> None:
    paper = chosen()
    paper.taps("finish")
    paper.answers()
    paper.taps("send")
    assert paper.told[-1][1].key == "booking.confirm"
    assert "Shall I book it?" in paper.told[-1][2]
    assert "book" in offered(paper)
    assert any(isinstance(one, Book) for one in paper.taps("book").effects)


def test_an_answer_of_whoever_chose_no_time_renews_nothing() -> None:
    paper = Paper()
    paper.command("assessment")
    assert not any(isinstance(one, RenewHold) for one in answers_one(paper).effects)


@pytest.mark.parametrize(
    "wanted", [{"born": ["3 May 2015"]}, {"legs": ["unsteady"]}], ids=["too young", "an emergency"]
)
def test_what_stands_against_a_visit_gives_the_time_back(wanted: dict[str, list[str]]) -> None:
    paper = Paper()
    paper.command("assessment")
    paper.command("book")
    paper.taps("first")
    paper.taps(DAY)
    paper.taps(TEN)
    paper.taps("finish")
    while (item := paper.asked) is not None:
        paper.answer(item, wanted.get(item.link_id))
    assert any(isinstance(one, LetGo) for one in paper.outcomes[-1].effects), paper.told[-1][2]
    assert paper.facts.hold is None


# --- the word when it ends


def planned(paper: Paper) -> list[float]:
    """When words of an end are planned, in minutes from the beginning; the newest takes the place of others."""
    return [(one.due_at - NOW) / timedelta(minutes=1) for one in paper.planned if kind(one) == "hold"]


def kind(one: object) -> str:
    return one.kind if isinstance(one, PlanReminder) else ""


def test_when_the_time_is_kept_no_longer_a_word_says_so_and_leads_back() -> None:
    paper = chosen()
    assert planned(paper) == [10]
    outcome = paper.due("hold")
    assert "It may still be free" in paper.heard("booking.lapsed")
    assert "Thursday 5 March, 10:00" in paper.heard("booking.lapsed")
    assert not any(isinstance(one, Book) for one in outcome.effects)
    paper.taps("go_on")
    assert paper.told[-1][1].key == "booking.confirm"
    assert "I no longer keep this time for you" in paper.told[-1][2]


def test_a_time_that_was_kept_longer_gets_its_word_later_and_once() -> None:
    paper = chosen()
    paper.taps("finish")
    paper.waits(minutes=8)
    answers_one(paper)
    paper.due("hold")
    assert not paper.heard("booking.lapsed")
    assert planned(paper) == [10, 18]
    paper.due("hold")
    assert paper.heard("booking.lapsed")
    assert planned(paper) == [10, 18]


def test_another_time_chosen_while_one_is_kept_needs_no_word_of_its_own() -> None:
    paper = chosen()
    paper.waits(minutes=5)
    paper.command("back")
    outcome = paper.taps(ELEVEN)
    assert not any(isinstance(one, PlanReminder | CancelReminders) for one in outcome.effects)
    paper.due("hold")
    assert planned(paper) == [10, 15]


@pytest.mark.parametrize("way", ["other_time", "cancel"])
def test_whoever_let_it_go_hears_nothing(way: str) -> None:
    paper = chosen()
    paper.command("cancel") if way == "cancel" else paper.taps("other_time")
    assert not paper.due("hold").says


def test_long_after_the_end_nothing_is_said() -> None:
    paper = chosen()
    word = next(one for one in paper.planned if kind(one) == "hold")
    assert not paper.comes(word, late=timedelta(minutes=31)).says


def test_a_clock_set_back_an_hour_books_nothing_wrong() -> None:
    """The time is kept longer by it; it is booked as it was chosen, or said to be gone."""
    paper = chosen()
    paper.taps("finish")
    paper.answers()
    paper.taps("send")
    paper.facts = replace(paper.facts, now=paper.facts.now - timedelta(hours=1))
    (booked,) = [one for one in paper.taps("book").effects if isinstance(one, Book)]
    assert f"{booked.starts_at:%Y%m%dT%H%M}" == TEN
