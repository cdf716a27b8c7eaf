"""Whom a freed time suits, in which order they are asked, and when: never by night, never past a limit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.model import Opening, Waiting
from bot.practice.waiting import LEAST, PARTS, in_line, offer_ends, suits

LONDON = ZoneInfo("Europe/London")
ALL_WEEK, ANY_PART = frozenset(range(7)), frozenset(PARTS)
TEN = datetime(2026, 3, 5, 10, tzinfo=UTC)  # a Thursday
HOUR = timedelta(hours=1)
OPENING = Opening(1, "anna", TEN, TEN + HOUR)


def somebody(number: int = 1, **wish: Any) -> Waiting:
    since = datetime(2026, 3, 1, tzinfo=UTC) + number * HOUR
    return replace(Waiting(number, number, ALL_WEEK, ANY_PART, since), **wish)


@pytest.mark.parametrize(
    ("wish", "is_suited"),
    [
        ({}, True),
        ({"days": frozenset({3})}, True),
        ({"days": frozenset({0, 1, 2, 4})}, False),
        ({"parts": frozenset({"mornings"})}, True),
        ({"parts": frozenset({"afternoons", "evenings"})}, False),
        ({"visit_at": TEN + HOUR, "practitioner": "anna"}, True),
        ({"visit_at": TEN, "practitioner": "anna"}, False),
        ({"visit_at": TEN - HOUR, "practitioner": "anna"}, False),
        ({"offered": frozenset({TEN})}, False),
        ({"offered": frozenset({TEN + HOUR})}, True),
    ],
    ids=str,
)
def test_a_time_suits_by_day_part_and_being_earlier_and_once(wish: dict[str, Any], is_suited: bool) -> None:
    assert suits(TEN, somebody(**wish), LONDON) is is_suited


def test_days_and_parts_are_those_of_the_practices_clock() -> None:
    late = datetime(2026, 3, 5, 16, 30, tzinfo=UTC)  # 05:30 on Friday in Auckland
    one = somebody(days=frozenset({3}), parts=frozenset({"afternoons"}), zone="Pacific/Auckland")
    assert suits(late, one, LONDON)
    assert not suits(late, one, ZoneInfo("Pacific/Auckland"))


def test_whoever_waits_longest_is_asked_first() -> None:
    people = [somebody(3), somebody(1), somebody(4, parts=frozenset({"evenings"})), somebody(2)]
    assert [one.patient_id for one in in_line(OPENING, people, LONDON)] == [1, 2, 3]


def test_somebody_with_a_visit_stays_with_their_practitioner_and_hears_only_of_earlier_times() -> None:
    later = TEN + timedelta(days=3)
    people = [
        somebody(1, visit_at=later, practitioner="ben"),
        somebody(2, visit_at=later, practitioner="anna"),
        somebody(3, visit_at=TEN - HOUR, practitioner="anna"),
        somebody(4),
    ]
    assert [one.patient_id for one in in_line(OPENING, people, LONDON)] == [2, 4]


def test_nobody_in_line_would_be_unsuited_by_every_time_in_the_opening() -> None:
    starts = [TEN + timedelta(minutes=15 * n) for n in range(8)]
    for day in range(7):
        for part in PARTS:
            one = somebody(days=frozenset({day}), parts=frozenset({part}))
            opening = replace(OPENING, ends_at=TEN + 2 * HOUR)
            assert any(suits(start, one, LONDON) for start in starts) <= bool(list(in_line(opening, [one], LONDON)))


def test_an_offer_ends_by_the_earliest_limit_and_is_not_made_where_nobody_could_think() -> None:
    assert offer_ends(TEN, HOUR, [TEN + 5 * HOUR]) == TEN + HOUR
    assert offer_ends(TEN, HOUR, [TEN + 5 * HOUR, TEN + HOUR / 2]) == TEN + HOUR / 2
    assert offer_ends(TEN, HOUR, [TEN + LEAST]) == TEN + LEAST
    assert offer_ends(TEN, HOUR, [TEN + LEAST - timedelta(seconds=1)]) is None
    assert offer_ends(TEN, HOUR, [TEN - HOUR]) is None
