"""How somebody has been: what counts as better and worse, what is news, who is silent, when it is asked."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Plan, Progress, Scores
from bot.practice.outcomes import (
    CODES,
    GOAL,
    MEASURES,
    PAIN,
    Change,
    changes,
    first_asking,
    following_asking,
    gives_up,
    judged,
    next_asking,
    overall,
    ratings,
    standing,
    turned_worse,
)
from bot.practice.quiet import NIGHT
from bot.practice.wall import on_the_wall
from tests.house import practice

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PAIN_OF = MEASURES[0]
GOAL_OF = MEASURES[-1]


def told(week: float, **values: float) -> Scores:
    """What was given so many weeks after the assessment: at it, where that is none."""
    named = {{"pain": PAIN, "goal": GOAL}.get(name, name): value for name, value in values.items()}
    return Scores(START + timedelta(weeks=week), "checkin" if week else "intake", named)


def pains(*values: float) -> tuple[Scores, ...]:
    return tuple(told(week, pain=value) for week, value in enumerate(values))


# --- what counts


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (7, 5, "better"),
        (7, 6, "same"),
        (3, 2, "better"),
        (10, 8, "better"),
        (5, 5, "same"),
        (5, 6, "same"),
        (5, 7, "worse"),
        (0, 0, "same"),
        (0, 1, "same"),
        (0, 2, "worse"),
    ],
)
def test_pain_changes_by_two_points_or_for_the_better_by_thirty_in_a_hundred(
    was: float, now: float, expected: str
) -> None:
    assert judged(PAIN_OF, was, now) == expected


@pytest.mark.parametrize(
    ("was", "now", "expected"), [(2, 4, "better"), (2, 3, "same"), (4, 3, "same"), (4, 2, "worse")]
)
def test_the_own_goal_is_better_where_there_is_more_of_it(was: float, now: float, expected: str) -> None:
    assert judged(GOAL_OF, was, now) == expected


def test_what_is_followed_are_scores_of_the_form() -> None:
    form = practice().content.form
    scored = {code.get("code") for item in form.every_item() for code in item.codes if "score" in str(code["system"])}
    assert set(CODES) <= scored


def test_the_assessment_counts_as_it_was_sent_last_and_what_is_not_followed_is_left_out() -> None:
    scores = (told(0, pain=9, worst=10), told(0, pain=6), told(1, pain=4, other=3), told(2, other=1))
    assert [one.values for one in ratings(scores)] == [{PAIN: 6}, {PAIN: 4}]


def test_an_assessment_amended_after_a_check_in_is_still_where_it_began() -> None:
    amended = Scores(START + timedelta(weeks=2), "intake", {PAIN: 8})
    given = ratings((told(0, pain=5), told(1, pain=4), amended))
    assert [(one.at, one.values[PAIN]) for one in given] == [(START, 8), (START + timedelta(weeks=1), 4)]


def test_a_rating_not_given_at_the_start_is_held_against_the_first_there_is() -> None:
    scores = (told(0, pain=7), told(1, pain=6, goal=2), told(2, pain=4, goal=4))
    assert changes(scores) == (Change(PAIN, 7, 4, "better"), Change(GOAL, 2, 4, "better"))
    assert [one.code for one in changes(scores[:2])] == [PAIN]


def test_before_the_first_check_in_nothing_has_changed() -> None:
    assert changes(pains(7)) == changes(()) == ()
    assert overall(pains(7)) == "same"


def test_one_rating_that_is_worse_outweighs_others_that_are_better() -> None:
    assert overall((told(0, pain=7, goal=6), told(1, pain=3, goal=4))) == "worse"
    assert overall((told(0, pain=7, goal=6), told(1, pain=3, goal=6))) == "better"
    assert overall((told(0, pain=7, goal=6), told(1, pain=6, goal=6))) == "same"


# --- what is news


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        ((5, 7), [(5, 7)]),
        ((5, 6, 7), [(5, 7)]),
        ((5, 7, 7), []),
        ((5, 7, 8), []),
        ((5, 7, 9), [(7, 9)]),
        ((8, 3, 5), [(3, 5)]),
        ((5, 4, 5), []),
        ((5,), []),
    ],
)
def test_worse_is_news_once_and_again_only_where_it_got_worse_again(
    weeks: tuple[float, ...], expected: list[tuple[float, float]]
) -> None:
    assert [(one.was, one.now) for one in turned_worse(pains(*weeks))] == expected


@given(st.lists(st.integers(0, 10), min_size=1, max_size=30))
def test_whatever_the_weeks_nothing_that_got_worse_goes_untold_and_nothing_is_told_twice(weeks: list[int]) -> None:
    begun, known = weeks[0], False
    for count in range(2, len(weeks) + 1):
        before, now = weeks[count - 2], weeks[count - 1]
        told = bool(turned_worse(pains(*weeks[:count])))
        assert told == (now - before >= 2 or (now - begun >= 2 and not known))
        known = now - begun >= 2


def test_every_rating_that_turned_worse_is_told() -> None:
    scores = (told(0, pain=5, activity=3, goal=6), told(1, pain=5, activity=6, goal=3))
    assert [one.code for one in turned_worse(scores)] == ["activity", GOAL]


# --- the page of the week


@pytest.mark.parametrize(
    ("weeks", "asked", "expected"),
    [
        ((7, 4), 0, "improved"),
        ((5, 8), 1, "worsened"),
        ((5, 5), 1, "steady"),
        ((7, 4), 2, "silent"),
        ((7,), 1, "steady"),
        ((7,), 2, "silent"),
    ],
)
def test_who_let_two_askings_pass_is_silent_and_others_are_as_they_said(
    weeks: tuple[float, ...], asked: int, expected: str
) -> None:
    assert standing(Progress(7, "Maria", pains(*weeks), asked)) == expected


# --- when it is asked

LONDON = ZoneInfo("Europe/London")


def plan(*days: int, hour: int = 9, zone: str = "Europe/London") -> Plan:
    return Plan(frozenset(days), time(hour), zone, "on")


@pytest.mark.parametrize(("days", "weekday"), [((0, 2, 4), 6), ((5, 6), 4), (tuple(range(7)), 6)])
def test_it_comes_on_a_day_without_advice_if_there_is_one(days: tuple[int, ...], weekday: int) -> None:
    due = next_asking(plan(*days), NIGHT, START)
    assert on_the_wall(due, LONDON).weekday() == weekday
    assert on_the_wall(due, LONDON).hour == 9


def test_the_first_comes_when_the_plan_has_run_some_days() -> None:
    saturday = START + timedelta(days=5)
    assert first_asking(plan(0, 2), NIGHT, START).date() == (START + timedelta(days=6)).date()
    assert first_asking(plan(0, 2), NIGHT, saturday).date() == (saturday + timedelta(days=8)).date()


def test_it_is_asked_every_week_then_every_two_and_then_no_more() -> None:
    at = next_asking(plan(0, 2), NIGHT, START)
    waits = []
    for ignored in (1, 2, 3, 4):
        assert not gives_up(ignored - 1)
        following = following_asking(plan(0, 2), NIGHT, at, ignored)
        waits.append((on_the_wall(following, LONDON) - on_the_wall(at, LONDON)).days)
        at = following
    assert waits == [7, 14, 14, 14]
    assert gives_up(4)


def test_whoever_has_moved_is_not_asked_twice_on_one_day() -> None:
    at = next_asking(plan(0, 2), NIGHT, START)
    following = following_asking(plan(0, 2, zone="Atlantic/Azores"), NIGHT, at, 1)
    assert following - at > timedelta(days=6)


@pytest.mark.parametrize("zone", ["Europe/London", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia"])
def test_the_hour_holds_through_a_year_of_changing_clocks(zone: str) -> None:
    at = START
    for _ in range(60):
        at = following_asking(plan(0, zone=zone), NIGHT, at, 1)
        assert on_the_wall(at, ZoneInfo(zone)).hour == 9
