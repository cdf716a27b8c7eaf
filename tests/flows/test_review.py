"""The look back after some sessions, asked of both sides."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Literal

import pytest

from bot.flows.review import ANSWERS, sessions
from bot.model import (
    Account,
    Booking,
    Due,
    Flag,
    Note,
    Outcome,
    Plan,
    PutOff,
    Reminder,
    Say,
    Scores,
    SettleReminder,
    Tap,
)
from bot.practice import outcomes
from tests.flows.paper import ALEX, NOW, Paper
from tests.house import practice

EVERY = practice().content.clinic.review_after_sessions or 0
DAY = timedelta(days=1)


def visit(number: int, state: Literal["booked", "arrived", "no_show"] = "arrived") -> Booking:
    """The visit of a week, counted from the first."""
    at = NOW + timedelta(weeks=number) - 5 * DAY
    made = Booking(number, 7, "follow-up", "example", at, at + timedelta(hours=1), "Europe/London", "arrived")
    return replace(made, state=state)


def treated(*visits: Booking) -> Paper:
    """Maria was assessed, has come to these visits, and was better at her last check-in."""
    paper = Paper()
    paper.command("assessment")
    paper.answers({"pain-week": ["7"]})
    paper.taps("send")
    paper.command("cancel")
    paper.told.clear()
    better = Scores(NOW + 3 * DAY, "checkin", {outcomes.PAIN: 4})
    paper.facts = replace(paper.facts, past=tuple(reversed(visits)), scores=(*paper.facts.scores, better))
    return paper


def test_sessions_before_the_first_rating_count_where_none_was_given_at_the_start() -> None:
    paper = treated(visit(1), visit(2))
    late = Scores(NOW + timedelta(weeks=2), "checkin", {outcomes.PAIN: 4})
    assert len(sessions(replace(paper.facts, now=NOW + timedelta(weeks=3), scores=(late,)))) == 2


def after(paper: Paper, visit_id: int, late: timedelta = timedelta()) -> Outcome:
    """The day after a visit."""
    last = next(one for one in paper.facts.past if one.id == visit_id)
    due = last.starts_at + DAY
    reminder = Reminder(1, 7, 1, "review", due, "planned", "", visit_id)
    paper.facts = replace(paper.facts, now=due + late, reminder=replace(reminder, state="sent"), visit=last)
    return paper.hear(Due(reminder))


def test_nobody_is_asked_at_night_however_late_it_is() -> None:
    paper = treated(*map(visit, range(1, EVERY + 1)))
    outcome = after(paper, EVERY, timedelta(hours=16, minutes=30))
    assert paper.facts.now.hour == 2
    assert outcome.effects == (PutOff(1, paper.facts.now.replace(hour=8, minute=0)),)
    away = treated(*map(visit, range(1, EVERY + 1)))
    away.facts = replace(away.facts, plan=Plan(frozenset({0}), time(9), "America/Los_Angeles", "on"))
    assert settled(after(away, EVERY)) == []


def settled(outcome: Outcome) -> list[str]:
    return [one.state for one in outcome.effects if isinstance(one, SettleReminder)]


def asked(paper: Paper) -> list[int]:
    """Who was asked."""
    return sorted({to for to, say, _ in paper.told if say.key in ("review.asked", "desk.review")})


def test_after_so_many_sessions_both_are_asked_with_where_it_began_beside_it() -> None:
    paper = treated(*map(visit, range(1, EVERY + 1)))
    assert settled(after(paper, EVERY)) == ["sent"]
    assert asked(paper) == [1, ALEX.account_id]
    assert f"visit number {EVERY}." in paper.heard("review.asked")
    assert "Pain: 7 at the start, 4 now" in paper.heard("review.asked")
    assert "Pain over the week: 7 → 4" in paper.heard("desk.review")


@pytest.mark.parametrize("number", [1, EVERY - 1, EVERY + 1])
def test_after_any_other_nobody_is_asked(number: int) -> None:
    paper = treated(*map(visit, range(1, number + 1)))
    assert settled(after(paper, number)) == ["cancelled"]
    assert asked(paper) == []


def test_a_visit_they_did_not_come_to_is_no_session() -> None:
    visits = [visit(1, "no_show"), *map(visit, range(2, EVERY + 1))]
    paper = treated(*visits)
    assert settled(after(paper, EVERY)) == ["cancelled"]
    assert settled(after(paper, 1)) == ["cancelled"]
    later = treated(*visits, visit(EVERY + 1))
    assert settled(after(later, EVERY + 1)) == ["sent"]


def test_visits_before_the_assessment_belong_to_another_trouble() -> None:
    long_ago = replace(visit(1), id=99, starts_at=NOW - 90 * DAY, ends_at=NOW - 89 * DAY)
    paper = treated(long_ago, *map(visit, range(1, EVERY)))
    assert settled(after(paper, EVERY - 1)) == ["cancelled"]


def test_without_a_check_in_it_is_offered_first() -> None:
    paper = treated(*map(visit, range(1, EVERY + 1)))
    paper.facts = replace(paper.facts, scores=paper.facts.scores[:1])
    after(paper, EVERY)
    say = next(say for _, say, _ in paper.told if say.key == "review.asked")
    assert say.offers[0][0].code == "checkin"
    assert "Then and now" not in paper.heard("review.asked")
    assert "At the start: pain 7" in paper.heard("desk.review")


def test_it_does_not_come_in_an_emergency_nor_days_late() -> None:
    paper = treated(*map(visit, range(1, EVERY + 1)))
    assert settled(after(paper, EVERY, late=4 * DAY)) == ["missed"]
    paper.facts = replace(paper.facts, flags=(Flag("E01", "emergency", "open"),))
    assert settled(after(paper, EVERY)) == ["cancelled"]
    assert asked(paper) == []


def at_the_look_back() -> Paper:
    paper = treated(*map(visit, range(1, EVERY + 1)))
    after(paper, EVERY)
    paper.told.clear()
    return paper


def test_nobody_is_told_that_the_practice_hears_of_it_where_nobody_can() -> None:
    paper = treated(*map(visit, range(1, EVERY + 1)))
    paper.facts = replace(paper.facts, practice=())
    assert settled(after(paper, EVERY)) == ["cancelled"]
    paper = at_the_look_back()
    paper.facts = replace(paper.facts, practice=(replace(ALEX, reachable=False),))
    outcome = paper.hear(Tap("s:own_change:1", "c", 5))
    assert (settled(outcome), [say.key for say in outcome.says]) == ([], ["booking.not_passed"])


def test_the_practitioner_is_told_so_where_no_word_reaches_the_patient() -> None:
    paper = at_the_look_back()
    paper.facts = replace(paper.facts, accounts=(Account(1, 11, "en", reachable=False),))
    outcome = paper.hear(Tap(f"s:advise_go_on:{EVERY}", "c", 5), by=ALEX)
    assert (outcome.effects, [say.key for say in outcome.says]) == ((), ["desk.unreached"])


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_the_patient_says_reaches_the_practitioner_once(answer: str) -> None:
    paper = at_the_look_back()
    paper.hear(Tap(f"s:own_{answer}:1", "c", 5))
    assert [(to, say.reply_to) for to, say, _ in paper.told if say.key == "desk.review_said"] == [(2, "patient:7")]
    said = next(say for _, say, _ in paper.told if say.key == f"review.said_{answer}")
    assert said.edit == 5
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, state="done"))
    assert paper.hear(Tap("s:own_stop:1", "c", 5)).toast == Say("common.gone")


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_the_practitioner_says_reaches_the_patient(answer: str) -> None:
    paper = at_the_look_back()
    outcome = paper.hear(Tap(f"s:advise_{answer}:{EVERY}", "c", 6), ALEX)
    assert Note("review", f"booking:{EVERY}") in outcome.effects
    assert paper.heard(f"review.suggested_{answer}", to=1)
    assert next(say for _, say, _ in paper.told if say.key == "desk.reviewed").edit == 6


def test_a_patient_cannot_answer_for_the_practitioner() -> None:
    paper = at_the_look_back()
    assert paper.hear(Tap(f"s:advise_stop:{EVERY}", "c", 6)).toast == Say("common.gone")


def test_it_is_no_reminder_of_another_kind() -> None:
    paper = at_the_look_back()
    assert paper.facts.reminder
    paper.facts = replace(paper.facts, reminder=replace(paper.facts.reminder, kind="advice"))
    assert paper.hear(Tap("s:own_stop:1", "c", 5)).toast == Say("common.gone")
