"""When advice comes and when it does not: late, at night, in an answer, with a sign, ignored, after a visit."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from bot.model import (
    Account,
    Draft,
    Flag,
    Level,
    Outcome,
    Plan,
    PlanReminder,
    PutOff,
    Record,
    Say,
    SettleReminder,
    Tap,
)
from bot.practice.rhythm import ASKED_AFTER, FEWER_AFTER
from tests.flows.advised import DUE, LONDON, PLAN, comes, kept, planned, plans, settled, with_a_tip
from tests.flows.paper import Paper, ended


def test_advice_that_is_due_goes_out_and_the_next_is_planned() -> None:
    paper = planned()
    outcome = comes(paper)
    assert settled(outcome) == ["sent"]
    (tip,) = outcome.says
    assert tip.bulk
    assert tip.until == DUE + timedelta(hours=2)
    assert [one.due_at for one in plans(outcome)] == [DUE + timedelta(days=1)]


def test_one_over_two_hours_late_is_skipped_and_the_next_planned() -> None:
    paper = planned(replace(PLAN, at=time(9)))
    outcome = comes(paper, timedelta(hours=13, minutes=31))
    assert (settled(outcome), outcome.says) == (["missed"], ())
    assert len(plans(outcome)) == 1


def test_none_goes_out_at_night_though_it_is_not_late() -> None:
    paper = planned(replace(PLAN, at=time(20, 45)))
    outcome = paper.comes(PlanReminder("advice", DUE.replace(hour=20, minute=45)), timedelta(minutes=20))
    assert (settled(outcome), outcome.says) == (["missed"], ())


def test_after_a_clock_that_was_ahead_none_comes_twice() -> None:
    paper = planned()
    outcome = comes(paper, -timedelta(hours=3))
    assert [one.due_at for one in plans(outcome)] == [DUE + timedelta(days=1)]


def test_it_waits_while_somebody_is_answering_and_comes_once_they_have_left_off() -> None:
    paper = planned()
    asked = replace(paper.conversation, flow="booking", drafts={"booking": Draft("day")})
    paper.conversation = replace(asked, heard_at=DUE - timedelta(minutes=10))
    outcome = comes(paper)
    assert outcome.effects == (PutOff(1, DUE + timedelta(minutes=5)),)
    assert settled(comes(paper, timedelta(minutes=20))) == ["sent"]
    paper.conversation = replace(paper.conversation, flow=None, drafts={})
    assert settled(comes(paper, timedelta(minutes=1))) == ["sent"]


@pytest.mark.parametrize("level", ["emergency", "doctor"])
def test_a_warning_sign_holds_advice_back_and_that_is_said_once(level: Level) -> None:
    paper = planned()
    sign = Flag("W01", level, "open")
    paper.facts = replace(paper.facts, flags=(sign,))
    first, second = comes(paper), comes(paper, timedelta(minutes=1))
    assert [say.key for say in first.says] == ["plan.held"]
    assert second.says == ()
    assert (settled(first), len(plans(first)), len(plans(second))) == (["missed"], 1, 1)
    paper.facts = replace(paper.facts, flags=(replace(sign, state="released"),))
    assert [say.key for say in comes(paper).says] == ["plan.tip"]
    assert paper.facts.plan
    assert not paper.facts.plan.held


@pytest.mark.parametrize("consents", [frozenset({"intake"}), frozenset({"reminders"}), frozenset[str]()], ids=",".join)
def test_nothing_comes_once_an_agreement_is_withdrawn(consents: frozenset[str]) -> None:
    paper = planned()
    paper.facts = replace(paper.facts, consents=consents)
    outcome = comes(paper)
    assert (settled(outcome), outcome.says, plans(outcome)) == (["cancelled"], (), [])


def test_withdrawing_stops_advice_at_once() -> None:
    paper = planned()
    paper.command("settings")
    assert kept(paper.taps("withdraw")).state == "off"


def test_nothing_goes_to_somebody_out_of_reach() -> None:
    paper = planned()
    paper.facts = replace(paper.facts, account=Account(1, 11, "en", reachable=False))
    assert comes(paper).says == ()


# --- nobody looks


def unanswered(ignored: int) -> Paper:
    paper = planned(replace(PLAN, ignored=ignored))
    paper.facts = replace(paper.facts, topics={"R-M01": DUE - timedelta(days=1)})
    return paper


def test_three_in_a_row_without_a_word_make_it_fewer() -> None:
    outcome = comes(unanswered(FEWER_AFTER - 1))
    assert kept(outcome).ignored == FEWER_AFTER
    assert [one.due_at for one in plans(outcome)] == [DUE + timedelta(days=1)], "3 of the 7 days: the next is Wednesday"
    paper = unanswered(FEWER_AFTER - 2)
    assert kept(comes(paper)).ignored == FEWER_AFTER - 1


def test_a_tip_is_counted_once_however_often_none_that_fits_follows_it() -> None:
    paper = unanswered(ASKED_AFTER - 2)
    nothing = frozenset(paper.content.advice.groups)
    paper.facts = replace(paper.facts, plan=replace(PLAN, ignored=ASKED_AFTER - 2, left_out=nothing))
    found = [comes(paper) for _ in range(3)]
    assert [(settled(one), kept(one).ignored) for one in found] == [(["missed"], ASKED_AFTER - 2)] * 3
    paper.facts = replace(paper.facts, plan=replace(kept(found[-1]), left_out=frozenset()))
    outcome = comes(paper)
    assert (settled(outcome), kept(outcome).ignored) == (["sent"], ASKED_AFTER - 1)


def test_a_tip_is_counted_once_however_long_a_sign_holds_the_next_back() -> None:
    paper = unanswered(1)
    paper.facts = replace(paper.facts, flags=(Flag("W01", "doctor", "open"),))
    assert [kept(comes(paper)).ignored for _ in range(3)] == [1, 1, 1]


def test_any_word_makes_it_as_many_again() -> None:
    paper = unanswered(FEWER_AFTER)
    paper.conversation = replace(paper.conversation, heard_at=DUE - timedelta(hours=5))
    assert kept(comes(paper)).ignored == 0


def test_after_ten_it_is_asked_once_whether_to_go_on_and_nothing_more_comes() -> None:
    paper = unanswered(ASKED_AFTER - 1)
    outcome = comes(paper)
    assert [say.key for say in outcome.says] == ["plan.still_wanted"]
    assert (kept(outcome).state, plans(outcome)) == ("asked", [])
    again = paper.taps("go_on")
    assert (kept(again).state, kept(again).ignored, len(plans(again))) == ("on", 0, 1)
    assert paper.taps("go_on").effects == (), "twice is once"


# --- once more in the evening


def in_the_evening(paper: Paper, topic: str) -> Outcome:
    """What was put off to the evening, at its time."""
    return paper.comes(PlanReminder("again", DUE, topic))


def test_what_is_not_for_somebody_does_not_come_in_the_evening_either() -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    topic = paper.facts.reminder.topic
    paper.taps("not_mine")
    assert paper.hear(Tap("s:evening:1", "c", 1)).toast == Say("plan.not_mine")
    outcome = in_the_evening(paper, topic)
    assert (settled(outcome), outcome.says) == (["cancelled"], ())


def test_what_an_answer_rules_out_meanwhile_does_not_come_in_the_evening() -> None:
    paper = with_a_tip()
    assert settled(in_the_evening(paper, "R-Z03")) == ["sent"]
    assert paper.facts.record
    expecting = {**paper.facts.record.answers, "expecting": ({"valueCoding": {"code": "pregnant"}},)}
    told = replace(paper.facts.record, answers=expecting)
    paper.facts = replace(paper.facts, record=told, sent=told, reading=((1, 99),))
    outcome = in_the_evening(paper, "R-Z03")
    assert (settled(outcome), outcome.says) == (["cancelled"], ())


def test_while_a_new_assessment_is_filled_in_what_was_sent_before_still_rules_out() -> None:
    paper = planned()
    assert paper.facts.record
    sent = {**paper.facts.record.answers, "expecting": ({"valueCoding": {"code": "pregnant"}},)}
    anew = replace(paper.facts.record, id=9, status="in-progress", submitted_at=None, answers={})
    paper.facts = replace(paper.facts, record=anew, sent=replace(paper.facts.record, answers=sent))
    assert "expecting" in kept(comes(paper)).tags


def test_an_answer_rules_out_though_it_was_not_sent_yet() -> None:
    paper = planned()
    expecting = {"expecting": ({"valueCoding": {"code": "maybe"}},)}
    paper.facts = replace(paper.facts, check=Record(2, 1, paper.content.check.canonical, "in-progress", expecting))
    assert "expecting" in kept(comes(paper)).tags


# --- after a visit

AFTER = PlanReminder("aftercare", datetime(2026, 3, 3, 12, 30, tzinfo=LONDON))


def visited(plan: Plan = PLAN, hours: float = 0.5) -> Paper:
    """A visit of hers ended so long before advice for after it is due."""
    paper = planned(plan)
    paper.facts = replace(paper.facts, past=(ended(AFTER.due_at - timedelta(hours=hours)),))
    return paper


def test_advice_for_after_a_visit_comes_on_its_day_and_no_other_close_behind_it() -> None:
    paper = visited()
    outcome = paper.comes(AFTER)
    assert settled(outcome) == ["sent"]
    assert "sleepy" in paper.heard("plan.tip")
    assert "You had a visit today." in paper.heard("plan.tip")
    assert not plans(outcome)
    paper.facts = replace(paper.facts, topics={"R-A01": paper.facts.now})
    outcome = comes(paper)
    assert settled(outcome) == ["missed"]
    assert [one.due_at for one in plans(outcome)] == [datetime(2026, 3, 4, 18, 30, tzinfo=LONDON)]


def test_advice_for_after_a_visit_goes_by_what_was_answered_though_no_other_came_before_it() -> None:
    paper = visited(replace(PLAN, left_out=frozenset({"R-A01", "R-A02", "R-A03", "R-A04"})))
    assert settled(paper.comes(AFTER)) == ["missed"]
    assert paper.facts.record
    medicines = {**paper.facts.record.answers, "history": ({"valueCoding": {"code": "medicines"}},)}
    told = replace(paper.facts.record, answers=medicines)
    paper = visited(replace(PLAN, left_out=frozenset({"R-A01", "R-A02", "R-A03", "R-A04"})))
    paper.facts = replace(paper.facts, record=told, sent=told)
    outcome = paper.comes(AFTER)
    assert [one.topic for one in outcome.effects if isinstance(one, SettleReminder)] == ["R-A05"]


@pytest.mark.parametrize(
    ("paper", "state"),
    [
        (planned(), "missed"),  # nobody came
        (visited(hours=20), "missed"),  # it was another day
        (visited(replace(PLAN, state="off")), "cancelled"),
        (visited(replace(PLAN, state="paused", paused_until=AFTER.due_at + timedelta(days=2))), "cancelled"),
        (visited(replace(PLAN, state="asked")), "cancelled"),
        (visited(replace(PLAN, left_out=frozenset({"aftercare"}))), "missed"),
    ],
)
def test_no_advice_for_after_a_visit_where_there_was_none_or_it_is_not_wanted(paper: Paper, state: str) -> None:
    outcome = paper.comes(AFTER)
    assert settled(outcome) == [state]
    assert not plans(outcome)
    assert not paper.heard("plan.tip")


def test_advice_for_after_a_visit_comes_once_a_pause_is_over() -> None:
    paper = visited(replace(PLAN, state="paused", paused_until=AFTER.due_at - timedelta(hours=1)))
    assert settled(paper.comes(AFTER)) == ["sent"]


def test_advice_for_after_a_visit_is_late_after_two_hours_and_comes_once() -> None:
    paper = visited()
    assert settled(paper.comes(AFTER, timedelta(hours=3))) == ["missed"]
    paper = visited()
    paper.facts = replace(paper.facts, topics={"R-A02": AFTER.due_at - timedelta(minutes=10)})
    assert settled(paper.comes(AFTER)) == ["missed"]
