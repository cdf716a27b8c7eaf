"""How somebody gets on, from their ratings."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.practice.outcomes import (
    SMALLEST,
    Course,
    Measure,
    Taken,
    against_start,
    measures,
    picture,
    scored,
    standing,
    worsened,
)
from tests.practice.content import answered, intake, weekly

BEGAN = datetime(2026, 6, 1, 9, tzinfo=UTC)
OF = measures(weekly())
WEEK = timedelta(weeks=1)


def taken(week: float, **scores: int) -> Taken:
    """Ratings so many weeks after the start."""
    return Taken(BEGAN + week * WEEK, {code.replace("_", "-"): Decimal(value) for code, value in scores.items()})


def course(baseline: Taken, *later: Taken) -> Course:
    return Course(baseline, later)


def pains(*scores: int) -> Course:
    """Pain at the start, then week by week."""
    first, *later = (taken(week, pain_week=score) for week, score in enumerate(scores))
    return Course(first, tuple(later))


def worse(of: Course) -> list[str]:
    return [f"{one.measure.code} {one.before}-{one.now}" for one in worsened(of, OF)]


def test_the_check_in_follows_three_ratings_and_ones_own_goal() -> None:
    assert [(one.code, one.more_is_better) for one in OF] == [
        ("pain-week", False),
        ("activity", False),
        ("sleep", False),
        ("goal-now", True),
    ]
    asked = {item.link_id for item in weekly().every_item()}
    assert asked & {item.link_id for item in intake().every_item()} == {"pain-week", "activity", "goal-now"}


def test_the_assessment_is_the_baseline_of_the_check_ins() -> None:
    began = scored(intake(), answered({"pain-week": "7", "activity": "6", "goal": "Garden", "goal-now": "2"}))
    now = scored(weekly(), answered({"pain-week": "4", "activity": "6", "sleep": "5", "goal-now": "5"}, weekly()))
    found = against_start(course(Taken(BEGAN, began), Taken(BEGAN + WEEK, now)), OF)
    assert [f"{one.measure.code} {one.before}-{one.now}, {one.gain}" for one in found] == [
        "pain-week 7-4, 3",
        "activity 6-6, 0",
        "sleep 5-5, 0",
        "goal-now 2-5, 3",
    ]


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ((5, 6), []),
        ((5, 7), ["pain-week 5-7"]),
        ((5, 3, 5), ["pain-week 3-5"]),
        ((5, 6, 7), ["pain-week 5-7"]),  # it crept up: no step is large, but it is 2 worse than at the start
        ((5, 6, 7, 7), []),  # told already
        ((5, 7, 9), ["pain-week 7-9"]),  # worse again by 2
        ((5, 7, 5, 7), ["pain-week 5-7"]),
        ((5,), []),
        ((9, 2, 3), []),
    ],
)
def test_worse_by_two_or_more_is_told_once(scores: tuple[int, ...], found: list[str]) -> None:
    assert worse(pains(*scores)) == found


def test_less_of_ones_goal_is_worse() -> None:
    assert worse(course(taken(0, goal_now=6), taken(1, goal_now=4))) == ["goal-now 6-4"]
    assert worse(course(taken(0, goal_now=4), taken(1, goal_now=6))) == []


def test_what_was_left_out_once_is_held_against_the_last_time_it_was_rated() -> None:
    skipped = course(taken(0, pain_week=3, goal_now=6), taken(1, pain_week=3), taken(2, pain_week=3, goal_now=3))
    assert worse(skipped) == ["goal-now 6-3"]


@pytest.mark.parametrize(
    ("of", "now", "found"),
    [
        (pains(7), 1, "new"),
        (pains(7), 2, "silent"),
        (pains(7, 6), 1, "same"),
        (pains(7, 5), 1, "better"),
        (pains(5, 7), 1, "worse"),
        (pains(7, 5), 2.9, "better"),
        (pains(7, 5), 3, "silent"),
        (course(taken(0), taken(1, sleep=4)), 1, "same"),
        (course(taken(0, pain_week=7, activity=3), taken(1, pain_week=3, activity=5)), 1, "worse"),
        (course(taken(0, pain_week=7), taken(1)), 1, "same"),
    ],
)
def test_somebody_improved_worsened_or_is_silent(of: Course, now: float, found: str) -> None:
    assert standing(of, OF, BEGAN + now * WEEK) == found


def test_the_picture_has_weeks_since_the_start_and_only_what_was_rated() -> None:
    of = course(taken(0, pain_week=7), taken(1, pain_week=6, sleep=8), taken(2.5, pain_week=5, sleep=6))
    before, between, after = (BEGAN + week * WEEK for week in (-1, 0.5, 3))
    assert picture(of, OF, [before, between, after]) == {
        "weeks": 2.5,
        "visits": [0.5],
        "rows": [
            {"label": "Pain", "better": "less", "points": [[0, 7], [1, 6], [2.5, 5]]},
            {"label": "Sleep spoilt by pain", "better": "less", "points": [[1, 8], [2.5, 6]]},
        ],
    }


_ratings = st.lists(st.dictionaries(st.sampled_from([one.code for one in OF]), st.integers(0, 10)), max_size=12)


def _mirrored(of: Course) -> Course:
    def turned(one: Taken) -> Taken:
        return Taken(one.at, {code: 10 - score for code, score in one.scores.items()})

    return Course(turned(of.baseline), tuple(turned(one) for one in of.taken))


@given(_ratings)
def test_worsening_is_what_improving_would_be_on_the_scale_turned_over(ratings: list[dict[str, int]]) -> None:
    first, *later = (taken(week, **one) for week, one in enumerate([{}, *ratings]))
    of = Course(first, tuple(later))
    other = [Measure(one.code, one.label, not one.more_is_better) for one in OF]
    turned = _mirrored(of)
    assert [one.gain for one in worsened(of, OF)] == [one.gain for one in worsened(turned, other)]
    assert standing(of, OF, of.newest.at) == standing(turned, other, turned.newest.at)
    for one in worsened(of, OF):
        assert one.gain <= -SMALLEST
