"""The time chosen is kept while it is confirmed: ten minutes from each choice of it, forty at most, for one person."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.flows.flow import Turn
from bot.flows.foreseen import foreseen
from bot.flows.holding import keep_longer
from bot.model import Book, Busy, Command, Hold, LetGo, Outcome, PlanReminder, Record
from tests.flows.paper import NOW, Paper
from tests.house import practice

DAY, TEN, ELEVEN = "20260305", "20260305T1000", "20260305T1100"
AT_TEN = datetime.fromisoformat("2026-03-05T10:00+00:00")


@pytest.fixture
def paper() -> Paper:
    """Maria, assessed, asked at what time of a Thursday she would like her first visit."""
    made = Paper()
    sent = Record(1, 1, practice().content.form.canonical, "completed", {})
    made.facts = replace(made.facts, record=sent, sent=sent)
    made.command("book")
    made.taps("first")
    made.taps(DAY)
    return made


def kept(outcome: Outcome) -> list[tuple[datetime, int]]:
    """What is kept, and for how many minutes from the beginning."""
    holds = [one for one in outcome.effects if isinstance(one, Hold)]
    return [(one.starts_at, round((one.until - NOW) / timedelta(minutes=1))) for one in holds]


def somebody_takes(paper: Paper, starts_at: datetime) -> None:
    busy = Busy("practitioner", "example", starts_at, starts_at + timedelta(minutes=75))
    paper.facts = replace(paper.facts, busy=(*paper.facts.busy, busy))


def test_choosing_a_time_keeps_it_and_says_until_when(paper: Paper) -> None:
    assert kept(paper.taps(TEN)) == [(AT_TEN, 10)]
    assert "I keep this time for you until 09:40." in paper.told[-1][2]


def test_booking_it_takes_it_over(paper: Paper) -> None:
    paper.taps(TEN)
    made = paper.taps("book")
    assert [one.starts_at for one in made.effects if isinstance(one, Book)] == [AT_TEN]
    assert paper.facts.hold is None


@pytest.mark.parametrize("way", ["other_time", "cancel"])
def test_whoever_wants_another_or_none_lets_it_go(paper: Paper, way: str) -> None:
    paper.taps(TEN)
    left = paper.command("cancel") if way == "cancel" else paper.taps("other_time")
    assert LetGo() in left.effects
    assert paper.facts.hold is None


def test_another_day_lets_go_of_what_was_kept_before_going_back(paper: Paper) -> None:
    paper.taps(TEN)
    paper.command("back")
    assert LetGo() in paper.taps("other_day").effects


def test_whoever_kept_nothing_lets_nothing_go(paper: Paper) -> None:
    assert not paper.taps("other_day").effects
    assert not paper.command("cancel").effects


def test_choosing_it_anew_renews_it_up_to_forty_minutes(paper: Paper) -> None:
    paper.taps(TEN)
    ends = []
    for _ in range(5):
        paper.waits(minutes=8)
        paper.command("back")
        ends += kept(paper.taps(TEN))
    assert [minutes for _, minutes in ends] == [18, 26, 34, 40, 50], "the last is kept anew: it had lapsed"


def test_choosing_another_time_keeps_that_one_from_now_on(paper: Paper) -> None:
    paper.taps(TEN)
    paper.waits(minutes=8)
    paper.command("back")
    assert kept(paper.taps(ELEVEN)) == [(AT_TEN + timedelta(hours=1), 18)]


def test_once_it_has_lapsed_that_is_said_and_it_can_still_be_booked_if_free(paper: Paper) -> None:
    paper.taps(TEN)
    paper.waits(minutes=11)
    paper.command("book")
    assert "I no longer keep this time for you, but it may still be free." in paper.told[-1][2]
    assert any(isinstance(one, Book) for one in paper.taps("book").effects)


def test_once_somebody_else_has_it_the_other_times_are_shown(paper: Paper) -> None:
    paper.taps(TEN)
    paper.waits(minutes=11)
    somebody_takes(paper, AT_TEN)
    outcome = paper.taps("book")
    assert not any(isinstance(one, Book) for one in outcome.effects)
    assert paper.heard("booking.day").startswith("Thursday 5 March, 10:00 has just been taken.")


def test_a_time_taken_while_it_was_shown_is_said_to_be(paper: Paper) -> None:
    somebody_takes(paper, AT_TEN)
    outcome = paper.taps(TEN)
    assert (outcome.toast, outcome.effects) == (None, ())
    assert paper.heard("booking.day").startswith("Thursday 5 March, 10:00 has just been taken.")


def test_a_lost_consent_lets_it_go(paper: Paper) -> None:
    paper.taps(TEN)
    paper.facts = replace(paper.facts, consents=frozenset())
    assert paper.taps("book").effects == (LetGo(),)


def test_cancelling_another_flow_leaves_it(paper: Paper) -> None:
    paper.taps(TEN)
    paper.command("settings")
    assert not paper.hear(Command("cancel")).effects


def offered(paper: Paper) -> Hold:
    """What is kept for Maria by an offer, or for an undo: another time than she chose, or before she chose any."""
    now = paper.facts.now - timedelta(seconds=5)
    hold = Hold("example", "room-1", AT_TEN, AT_TEN + timedelta(minutes=75), now + timedelta(hours=1), now)
    paper.facts = replace(paper.facts, hold=hold)
    return hold


@pytest.mark.parametrize("way", ["other_day", "cancel"])
def test_what_an_offer_or_an_undo_keeps_is_not_let_go_by_whoever_chose_nothing_yet(paper: Paper, way: str) -> None:
    hold = offered(paper)
    left = paper.command("cancel") if way == "cancel" else paper.taps("other_day")
    assert LetGo() not in left.effects
    assert paper.facts.hold == hold


def test_nor_by_whoever_chose_a_time_that_is_kept_no_more(paper: Paper) -> None:
    paper.taps(ELEVEN)
    paper.waits(minutes=15)
    hold = offered(paper)
    paper.taps("other_time")
    assert paper.facts.hold == hold


def test_a_time_that_an_offer_keeps_is_kept_no_shorter_for_being_chosen(paper: Paper) -> None:
    hold = offered(paper)
    assert kept(paper.taps(TEN)) == [(AT_TEN, 60)]
    assert paper.facts.hold is not None
    assert paper.facts.hold.until == hold.until


def test_the_end_is_said_of_a_time_chosen_while_an_undo_keeps_another(paper: Paper) -> None:
    offered(paper)
    made = paper.taps(ELEVEN)
    assert [one.due_at for one in made.effects if isinstance(one, PlanReminder)] == [NOW + timedelta(minutes=10)]


def test_an_answer_keeps_no_longer_what_an_offer_keeps(paper: Paper) -> None:
    paper.taps(ELEVEN)
    paper.waits(minutes=15)
    hold = offered(paper)
    draft = paper.conversation.drafts["booking"]
    turn = Turn("intake", "asking", paper.facts, {}, drafts={"booking": draft})
    keep_longer(turn)
    assert foreseen(paper.facts, turn.effects).hold == hold
