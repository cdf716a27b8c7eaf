"""What is tapped under a piece of advice."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.model import (
    CancelReminders,
    PlanReminder,
    Say,
    SettleReminder,
    Tap,
    WithdrawConsent,
)
from tests.flows.advised import DUE, PLAN, comes, kept, planned, plans, settled, with_a_tip
from tests.flows.paper import Paper


def shown(paper: Paper) -> list[list[str]]:
    tip = next(say for _, say, _ in reversed(paper.told) if say.key == "plan.tip")
    return [[offer.code for offer in row] for row in tip.offers]


def test_few_buttons_stand_under_it_and_the_others_behind_one() -> None:
    paper = with_a_tip()
    assert shown(paper) == [["done", "later"], ["not_mine", "more"], ["wrong"]]
    paper.taps("more")
    assert shown(paper) == [["done", "later"], ["not_mine", "evening"], ["pause", "stop"], ["wrong"]]
    assert next(say.edit for _, say, _ in reversed(paper.told) if say.key == "plan.tip") == 1


def test_a_tip_says_still_why_it_came_once_something_was_tapped() -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    assert paper.facts.plan
    sitting = replace(paper.facts.plan, tags=frozenset({"sits"}))
    paper.facts = replace(paper.facts, plan=sitting, reminder=replace(paper.facts.reminder, topic="R-S01"))
    paper.taps("more")
    assert "You told us about sitting." in paper.heard("plan.tip")


def test_the_warning_signs_are_no_small_idea() -> None:
    paper = with_a_tip()
    assert paper.heard("plan.tip").startswith("<b>A small idea for today</b>")
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, topic="R-G01"))
    paper.taps("more")
    assert paper.heard("plan.tip").startswith("<b>Good to know</b>")
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, topic="R-A03"))
    paper.taps("more")
    assert paper.heard("plan.tip").startswith("<b>For the rest of today</b>")


def test_done_is_counted_once() -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    topic = paper.facts.reminder.topic
    assert kept(paper.taps("done")).done == {topic: 1}
    assert "✔ Done" in paper.heard("plan.tip")
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, state="done"))
    again = paper.hear(Tap("s:done:1", "c", 1))
    assert (again.effects, again.toast) == ((), Say("plan.well_done"))


def test_what_is_not_for_somebody_does_not_come_again() -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    topic = paper.facts.reminder.topic
    assert kept(paper.taps("not_mine")).left_out == {topic}
    assert paper.hear(Tap("s:not_mine:1", "c", 1)).effects == ()
    paper.facts = replace(paper.facts, topics={})
    assert paper.heard("plan.tip")
    (settled_now,) = [one for one in comes(paper).effects if isinstance(one, SettleReminder)]
    assert settled_now.topic != topic


def test_it_comes_again_in_the_evening_and_counts_once() -> None:
    paper = planned(replace(PLAN, at=time(9)))
    morning = DUE.replace(hour=9, minute=0)
    outcome = paper.comes(PlanReminder("advice", morning))
    topic = next(one.topic for one in outcome.effects if isinstance(one, SettleReminder))
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, state="sent", topic=topic))
    paper.taps("more")
    again, following = plans(paper.taps("evening"))
    assert again == PlanReminder("again", DUE, topic)
    assert following == PlanReminder("advice", morning + timedelta(days=1))
    before = paper.facts.plan
    evening = paper.comes(again)
    assert ([say.key for say in evening.says], settled(evening)) == (["plan.tip"], ["sent"])
    assert paper.facts.plan == before


def test_the_next_does_not_come_in_the_minute_in_which_another_comes_again() -> None:
    paper = with_a_tip()
    paper.facts = replace(paper.facts, now=DUE + timedelta(hours=15))
    again, following = plans(paper.hear(Tap("s:evening:1", "c", 1)))
    assert (again.due_at, following.due_at) == (DUE + timedelta(days=1), DUE + timedelta(days=2))
    assert paper.facts.plan
    paper.facts = replace(paper.facts, plan=replace(paper.facts.plan, state="asked"))
    assert [one.kind for one in plans(paper.hear(Tap("s:evening:1", "c", 1)))] == ["again"], "nothing else comes"


def test_what_was_done_meanwhile_does_not_come_in_the_evening() -> None:
    paper = with_a_tip()
    paper.taps("more")
    paper.taps("evening")
    assert CancelReminders("again") in paper.taps("done").effects


def test_a_pause_is_a_week_and_twice_is_once() -> None:
    paper = with_a_tip()
    paper.taps("more")
    outcome = paper.taps("pause")
    assert kept(outcome).state == "paused"
    (first,) = plans(outcome)
    assert first.due_at == DUE + timedelta(days=8)
    assert paper.taps("pause").effects == ()
    back = paper.comes(first)
    assert (settled(back), kept(back).state) == (["sent"], "on")


def test_stop_stops_everything_and_twice_is_once() -> None:
    paper = with_a_tip()
    paper.taps("more")
    outcome = paper.taps("stop")
    assert kept(outcome).state == "off"
    assert [one for one in outcome.effects if isinstance(one, CancelReminders | WithdrawConsent)] == [
        CancelReminders("advice"),
        CancelReminders("again"),
        CancelReminders("checkin"),
        WithdrawConsent("reminders"),
    ]
    assert paper.taps("stop").effects == ()


@pytest.mark.parametrize("topic", ["R-G01", "R-A03"])
def test_nobody_takes_away_what_to_look_out_for_with_a_tip(topic: str) -> None:
    paper = with_a_tip()
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, topic=topic))
    paper.taps("more")
    assert shown(paper) == [["done", "later"], ["evening", "pause"], ["stop"], ["wrong"]]
    taken = paper.hear(Tap("s:not_mine:1", "c", 1))
    assert (taken.effects, taken.toast) == ((), Say("common.gone"))
