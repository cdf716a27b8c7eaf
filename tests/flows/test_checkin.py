"""The weekly check-in: what is asked, kept and told, when it comes, and when it stops."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from bot.flows.checkin import NEEDS, drawn
from bot.model import (
    CancelReminders,
    Flag,
    Outcome,
    Plan,
    PlanReminder,
    Reschedule,
    Say,
    Scores,
    SettleReminder,
    Tap,
)
from bot.practice import outcomes
from bot.practice.quiet import NIGHT
from tests.flows.paper import ALEX, NOW, Paper, ended

PLAN = Plan(frozenset({0, 2}), time(9), "Europe/London", "on")
WEEK = timedelta(weeks=1)


def assessed(**asked: str) -> Paper:
    """Maria has sent her assessment a week ago: 3 of everything, and her tips are on."""
    paper = Paper()
    paper.command("assessment")
    paper.answers({name.replace("_", "-"): [value] for name, value in asked.items()})
    paper.taps("send")
    paper.command("cancel")
    paper.told.clear()
    agreed = frozenset({"intake", "reminders"})
    paper.facts = replace(paper.facts, now=NOW + WEEK, plan=PLAN, consents=agreed)
    return paper


def checks_in(
    paper: Paper, pain: int, enjoyment: int = 3, activity: int = 3, goal: int = 3, signs: str = "none"
) -> Outcome:
    paper.command("checkin")
    for value in (pain, enjoyment, activity, goal):
        paper.taps(str(value))
    return paper.taps(signs)


def kept(paper: Paper) -> list[Mapping[str, float]]:
    return [one.values for one in paper.facts.scores if one.occasion == "checkin"]


# --- the asking


def test_a_rating_looks_up_no_more_than_its_question_takes() -> None:
    """The paper takes no `Needs` for an answer."""
    paper = assessed()
    paper.facts = replace(paper.facts, known=NEEDS)
    paper.command("checkin")
    for value in "3033":
        paper.taps(value)
    assert paper.heard("checkin.signs")


def test_five_taps_keep_three_ratings_and_the_goal_and_the_picture_comes() -> None:
    paper = assessed(goal="Carry my granddaughter")
    paper.command("checkin")
    taps = ["2", "1", "3"]
    for tap in taps:
        paper.taps(tap)
    assert "Carry my granddaughter" in paper.heard("checkin.goal")
    paper.taps("5")
    paper.taps("none")
    assert kept(paper) == [{outcomes.PAIN: 2, "enjoyment": 1, "activity": 3, outcomes.GOAL: 5}]
    assert "Pain: 3 at the start, 2 now" in paper.heard("checkin.done")
    say = next(say for _, say, _ in paper.told if say.key == "checkin.trend")
    assert say.photo == "trend"
    assert say.values["photo"] == {"pain": [[0, 3], [1, 2]], "visits": []}
    assert paper.heard("desk.worse") == ""


def test_a_typed_number_counts_and_anything_else_is_asked_again() -> None:
    paper = assessed()
    paper.command("checkin")
    for words in ("11", "3.5", "bad", "-1", "4 kg"):
        paper.types(words)
        assert paper.told[-1][1].lead == (Say("common.rate"),)
    paper.types("about seven")
    assert paper.told[-1][1].key == "checkin.enjoyment"
    paper.types("4/10")
    assert paper.told[-1][1].key == "checkin.activity"


def test_without_a_goal_it_is_not_asked_for() -> None:
    paper = assessed(goal="skip")
    paper.command("checkin")
    for _ in range(3):
        paper.taps("3")
    paper.taps("none")
    assert set(kept(paper)[0]) == {outcomes.PAIN, "enjoyment", "activity"}


def test_there_is_nothing_to_follow_without_an_assessment() -> None:
    paper = Paper()
    paper.command("checkin")
    assert paper.heard("checkin.assessment_first")


def test_whoever_is_in_an_emergency_is_shown_whom_to_call_instead() -> None:
    paper = assessed()
    paper.facts = replace(paper.facts, flags=(Flag("E01", "emergency", "open", told=True),))
    paper.command("checkin")
    assert paper.heard("intake.held")
    assert paper.heard("checkin.pain") == ""


def test_what_was_given_stands_among_what_is_kept_about_somebody() -> None:
    paper = assessed()
    checks_in(paper, pain=4, goal=5)
    paper.command("mydata")
    shown = "".join(text for _, say, text in paper.told if say.key in ("privacy.mydata", "privacy.more"))
    assert "Your week, 9 March 2026: pain 4, joy in life 3, everyday life 3 and goal 5" in shown


def test_the_record_tells_it_week_by_week() -> None:
    paper = assessed()
    checks_in(paper, pain=4)
    paper.desk("record")
    document = next(say for _, say, _ in paper.told if say.document == "summary").values["document"]
    assert document["answers"][-1]["section"] == "weeks"
    assert document["answers"][-1]["rows"][0]["label"] == "2026-03-09"
    assert "Pain over the week: 4" in document["answers"][-1]["rows"][0]["values"]
    paper.desk("fhir")
    whole = next(say for _, say, _ in paper.told if say.document == "fhir").values["document"]
    assert sum(one["resource"].get("effectiveDateTime", "").startswith("2026-03-09") for one in whole["entry"]) == 4


# --- worse, or a new sign


def test_worse_by_two_asks_the_short_screen_and_tells_the_practitioner_once() -> None:
    paper = assessed()
    checks_in(paper, pain=5)
    told = [text for to, say, text in paper.told if say.key == "desk.worse"]
    assert len(told) == 1
    assert "Pain over the week: 3 → 5" in told[0]
    assert "Ticked" not in told[0]
    assert paper.asked is not None
    assert kept(paper)[0][outcomes.PAIN] == 5
    paper.answers()
    assert paper.heard("desk.checked", to=ALEX.account_id)
    paper.facts = replace(paper.facts, now=NOW + 2 * WEEK)
    checks_in(paper, pain=5)
    assert len([1 for _, say, _ in paper.told if say.key == "desk.worse"]) == 1
    assert paper.heard("checkin.done")


def test_less_than_two_is_no_alarm() -> None:
    paper = assessed()
    checks_in(paper, pain=4, enjoyment=4, activity=4, goal=2)
    assert paper.heard("desk.worse") == ""
    assert paper.asked is None


def test_a_new_sign_asks_the_short_screen_however_good_the_ratings_are() -> None:
    paper = assessed()
    checks_in(paper, pain=0, signs="some")
    assert "Ticked: a new or worse warning sign" in paper.heard("desk.worse", to=ALEX.account_id)
    assert "one by one" in paper.heard("checkin.sign")
    assert paper.asked is not None
    assert "check" in (paper.conversation.flow or "")


def test_the_word_of_a_worsening_replies_to_the_card() -> None:
    paper = assessed()
    checks_in(paper, pain=8)
    say = next(say for _, say, _ in paper.told if say.key == "desk.worse")
    assert say.reply_to == "patient:7"
    assert not say.card


# --- the picture


def test_the_picture_has_the_weeks_and_the_visits_they_came_to() -> None:
    paper = assessed()
    first, second = ended(NOW + timedelta(days=2, hours=1)), ended(NOW + timedelta(days=9, hours=1))
    paper.facts = replace(paper.facts, past=(replace(second, id=10, state="no_show"), first))
    paper.desk("trend")
    say = next(say for to, say, _ in paper.told if say.key == "desk.trend")
    assert (say.to, say.photo) == (ALEX.account_id, "trend")
    assert say.values["photo"] == {"pain": [[0, 3]], "visits": [2 / 7]}


def test_there_is_no_picture_where_pain_was_never_rated() -> None:
    paper = assessed()
    paper.facts = replace(paper.facts, scores=(Scores(NOW, "intake", {"enjoyment": 4}),))
    assert drawn(paper.facts) is None
    paper.command("progress")
    assert paper.heard("checkin.no_trend")
    assert paper.desk("trend").toast == Say("desk.no_trend")


def test_whoever_asks_sees_their_own_picture() -> None:
    paper = assessed()
    paper.command("progress")
    assert next(say for _, say, _ in paper.told if say.key == "checkin.trend").photo == "trend"


# --- when it comes

SUNDAY = outcomes.next_asking(PLAN, NIGHT, NOW + WEEK)


def at_sunday() -> Paper:
    paper = assessed()
    paper.facts = replace(paper.facts, now=SUNDAY)
    return paper


def comes(paper: Paper, topic: str = "", late: timedelta = timedelta()) -> Outcome:
    return paper.comes(PlanReminder("checkin", paper.facts.now, topic), late)


def following(outcome: Outcome) -> list[tuple[int, str]]:
    """In how many days the next one comes, and how many before it have no answer."""
    planned = [one for one in outcome.effects if isinstance(one, PlanReminder)]
    return [(round((one.due_at - SUNDAY) / timedelta(days=1)), one.topic) for one in planned]


def settled(outcome: Outcome) -> list[str]:
    return [one.state for one in outcome.effects if isinstance(one, SettleReminder)]


def offered(paper: Paper) -> list[str]:
    return [offer.code for row in paper.told[-1][1].offers for offer in row]


def test_it_comes_and_says_nothing_of_health_on_a_locked_phone() -> None:
    paper = at_sunday()
    assert settled(comes(paper)) == ["sent"]
    assert offered(paper) == ["start", "not_this_week", "stop_asking", "wrong"]
    assert not any(word in paper.told[-1][2].casefold() for word in ("pain", "back", "sign"))


@pytest.mark.parametrize("goal", ["skip", "Carry my granddaughter"])
def test_no_number_of_taps_is_promised_since_only_some_have_a_goal(goal: str) -> None:
    paper = assessed(goal=goal)
    comes(paper)
    assert "half a minute" in paper.heard("checkin.due")
    assert not re.search(r"(four|five|\d+) taps", paper.heard("checkin.due").casefold())


@pytest.mark.parametrize(
    ("topic", "expected"),
    [("", [(7, "1")]), ("1", [(14, "2")]), ("2", [(14, "3")]), ("3", [(14, "4")])],
)
def test_without_an_answer_it_comes_every_two_weeks(topic: str, expected: list[tuple[int, str]]) -> None:
    assert following(comes(at_sunday(), topic)) == expected


def test_after_four_without_an_answer_it_stops_with_a_kind_word() -> None:
    paper = at_sunday()
    outcome = comes(paper, "4")
    assert following(outcome) == []
    assert "that is fine" in paper.heard("checkin.given_up")
    assert paper.heard("checkin.due") == ""


def test_an_answer_begins_the_count_anew() -> None:
    paper = at_sunday()
    comes(paper, "3")
    outcome = checks_in(paper, pain=3)
    assert Reschedule("checkin", SUNDAY + WEEK) in outcome.effects
    assert following(outcome) == []


@pytest.mark.parametrize(
    ("changes", "state", "follows"),
    [
        ({"plan": None}, "cancelled", False),
        ({"plan": replace(PLAN, state="off")}, "cancelled", False),
        ({"consents": frozenset({"reminders"})}, "cancelled", False),
        ({"consents": frozenset({"intake"})}, "cancelled", False),
        ({"plan": replace(PLAN, state="paused", paused_until=NOW + 9 * WEEK)}, "missed", True),
        ({"plan": replace(PLAN, state="asked")}, "missed", True),
        ({"flags": (Flag("E01", "emergency", "open"),)}, "missed", True),
    ],
    ids=["no plan", "plan off", "no consent", "no consent to reminders", "paused", "advice in doubt", "emergency"],
)
def test_it_does_not_come_where_it_is_not_wanted_or_not_the_time(
    changes: dict[str, Any], state: str, follows: bool
) -> None:
    paper = at_sunday()
    paper.facts = replace(paper.facts, **changes)
    outcome = comes(paper)
    assert settled(outcome) == [state]
    assert bool(following(outcome)) == follows
    assert paper.heard("checkin.due") == ""


def test_one_that_is_late_is_left_out_and_the_next_planned() -> None:
    paper = at_sunday()
    outcome = comes(paper, "1", late=timedelta(hours=3))
    assert settled(outcome) == ["missed"]
    assert following(outcome) == [(7, "1")]


def under(paper: Paper, verb: str, state: str = "sent") -> Outcome:
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, state=state))
    return paper.hear(Tap(f"s:{verb}:1", "c", 1))


def test_not_this_week_is_an_answer_and_twice_is_once() -> None:
    paper = at_sunday()
    comes(paper, "1")
    outcome = under(paper, "skipweek")
    assert outcome.toast == Say("checkin.noted")
    assert Reschedule("checkin", SUNDAY + WEEK) in outcome.effects
    assert following(outcome) == []
    assert under(paper, "skipweek", "done").toast == Say("common.gone")


def test_stop_stops_it() -> None:
    paper = at_sunday()
    comes(paper)
    outcome = under(paper, "stopweeks")
    assert CancelReminders("checkin") in outcome.effects
    assert following(outcome) == []
    assert paper.heard("checkin.stopped")


def test_a_plan_that_begins_plans_the_first_and_one_that_ends_takes_it_along() -> None:
    paper = assessed()
    paper.facts = replace(paper.facts, plan=None)
    paper.command("plan")
    for tap in ("yes", "wed", "fri", "done", "morning", "yes"):
        paper.taps(tap)
    first = [one for one in paper.planned if isinstance(one, PlanReminder) and one.kind == "checkin"]
    assert [one.due_at for one in first] == [
        outcomes.first_asking(replace(PLAN, days=frozenset({0})), NIGHT, NOW + WEEK)
    ]
    paper.command("plan")
    assert CancelReminders("checkin") in paper.taps("stop").effects
