"""The picture of how somebody gets on, as data."""

from datetime import UTC, datetime, timedelta

from bot.model import Scores
from bot.practice.trend import picture

BEGAN = datetime(2026, 6, 1, 9, tzinfo=UTC)
LABELS = {"pain-week": "Pain", "activity": "Kept from everyday life", "goal-now": "Your own goal"}


def week(number: float) -> datetime:
    return BEGAN + timedelta(weeks=number)


def test_the_picture_has_weeks_since_the_start_and_only_what_was_rated() -> None:
    given = (
        Scores(week(0), "intake", {"pain-week": 7, "goal-now": 2}),
        Scores(week(1), "checkin", {"pain-week": 6}),
        Scores(week(2.5), "checkin", {"pain-week": 5, "goal-now": 4}),
    )
    assert picture(given, LABELS, [week(-1), week(0.5), week(3)]) == {
        "weeks": 2.5,
        "visits": [0.5],
        "rows": [
            {"label": "Pain", "better": "less", "points": [[0, 7], [1, 6], [2.5, 5]]},
            {"label": "Your own goal", "better": "more", "points": [[0, 2], [2.5, 4]]},
        ],
    }


def test_nothing_rated_is_a_picture_of_nothing() -> None:
    assert picture((), LABELS, [week(1)]) == {"weeks": 0, "visits": [], "rows": []}
