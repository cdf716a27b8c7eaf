from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.practice import advice
from bot.practice.advice import Topic, choose, is_missed, next_due
from bot.practice.wall import instant
from tests.practice.content import answered, intake, plain

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
EVERY_DAY = frozenset(range(7))


def test_the_next_time_is_at_the_hour_on_one_of_the_days() -> None:
    zone = ZoneInfo("Europe/London")
    due = next_due(frozenset({0, 3}), 18, zone, NOW)
    assert due == datetime(2026, 6, 1, 17, tzinfo=UTC)
    assert next_due(frozenset({0, 3}), 18, zone, due) == datetime(2026, 6, 4, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour", "day", "expected"),
    [
        ("Europe/London", 1, "2026-03-29", "2026-03-29T01:00"),  # skipped: an hour later by the wall
        ("Europe/London", 1, "2026-10-25", "2026-10-25T00:00"),  # shown twice: once, the first time
        ("America/Santiago", 0, "2026-09-06", "2026-09-06T04:00"),
        ("Australia/Lord_Howe", 2, "2026-10-04", "2026-10-03T15:30"),
    ],
)
def test_a_change_of_clocks_neither_doubles_nor_loses_a_time(zone: str, hour: int, day: str, expected: str) -> None:
    due = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert next_due(EVERY_DAY, hour, ZoneInfo(zone), due - timedelta(seconds=1)) == due
    following = date.fromisoformat(day) + timedelta(days=1)
    assert next_due(EVERY_DAY, hour, ZoneInfo(zone), due) == instant(
        datetime.combine(following, time(hour)), ZoneInfo(zone)
    )


def test_a_time_on_a_day_that_was_skipped_whole_comes_the_day_after() -> None:
    apia = ZoneInfo("Pacific/Apia")
    after = instant(datetime.fromisoformat("2011-12-31T00:30"), apia)
    shown = next_due(frozenset({4}), 9, apia, after).astimezone(apia)
    assert (shown.date(), shown.hour) == (date(2011, 12, 31), 9)


_zones = st.sampled_from(["Europe/London", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])


@settings(max_examples=150, deadline=None)
@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 23),
    _zones,
    st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-12-01"), timezones=st.just(UTC)),
)
def test_the_next_time_equals_a_slow_look_at_every_day(
    days: frozenset[int], hour: int, zone: str, after: datetime
) -> None:
    walls = (datetime.combine(after.date() + timedelta(days=n), time(hour)) for n in range(-2, 12))
    moments = sorted(instant(wall, ZoneInfo(zone)) for wall in walls if wall.weekday() in days)
    assert next_due(days, hour, ZoneInfo(zone), after) == next(one for one in moments if one > after)


@pytest.mark.parametrize(("days", "hour"), [(frozenset(), 9), (frozenset({7}), 9), (frozenset({1}), 24)])
def test_no_days_and_no_hour_are_refused(days: frozenset[int], hour: int) -> None:
    with pytest.raises(ValueError, match="advice needs"):
        next_due(days, hour, ZoneInfo("UTC"), NOW)


def test_advice_over_two_hours_late_is_missed() -> None:
    assert not is_missed(NOW, NOW + timedelta(hours=2))
    assert is_missed(NOW, NOW + timedelta(hours=2, seconds=1))


def topic(name: str, **tags: set[str]) -> Topic:
    return Topic(name, "do", "why", "X", reviewed=True, **{key: frozenset(held) for key, held in tags.items()})


def test_the_topic_that_fits_most_comes_first_then_the_one_unsent_for_longest() -> None:
    topics = [topic("a"), topic("b"), topic("c", fits={"sits"})]
    assert choose(topics, frozenset({"sits"}), {}, NOW) == "c"
    assert choose(topics, frozenset(), {}, NOW) == "a"
    assert choose(topics[:2], frozenset(), {"a": NOW - timedelta(weeks=5)}, NOW) == "b"


def test_no_topic_comes_twice_in_four_weeks() -> None:
    sent: dict[str, datetime] = {}
    topics = [topic("a"), topic("b")]
    assert choose(topics, frozenset(), {"a": NOW - timedelta(days=27), "b": NOW}, NOW) is None
    assert choose(topics, frozenset(), {"a": NOW - timedelta(days=28), "b": NOW}, NOW) == "a"
    for day in range(60):
        now = NOW + timedelta(days=day)
        found = choose(topics, frozenset(), sent, now)
        assert found is None or found not in sent or now - sent[found] >= timedelta(weeks=4)
        sent |= {found: now} if found else {}


def test_a_topic_never_goes_with_what_rules_it_out_nor_without_what_it_needs() -> None:
    topics = [topic("lift", never={"pregnant"}), topic("pills", only={"medicines"})]
    assert choose(topics, frozenset({"pregnant"}), {}, NOW) is None
    assert choose(topics, frozenset({"pregnant", "medicines"}), {}, NOW) == "pills"


def shipped() -> advice.Advice:
    found, findings = advice.load(plain("en/advice.yaml"), intake())
    assert found is not None, [str(one) for one in findings]
    assert not findings
    return found


def test_the_topics_that_ship_last_four_weeks_at_three_a_week() -> None:
    for tags in (frozenset[str](), frozenset({"pregnant", "weak-leg", "leg-pain"})):
        sent: dict[str, datetime] = {}
        while found := choose(shipped().topics, tags, sent, NOW):
            sent[found] = NOW
        assert len(sent) >= (12 if not tags else 7)


def test_answers_become_tags() -> None:
    answers = answered({"expecting": "maybe", "history": "medicines allergy", "everyday": "sits sleeps-badly"})
    assert shipped().tags_of(intake(), answers) == {"takes-medicines", "pregnant", "sits", "sleeps-badly"}


def test_what_must_never_be_advised_is_not() -> None:
    never = ("bed rest", "belt", "traction", "tens", "posture", "core", "detox", "herb", "good sign", "cure")
    for one in shipped().topics:
        words = f"{one.do} {one.why}".lower().replace(".", " ").replace(",", " ").split()
        assert not any(f" {bad} " in f" {' '.join(words)} " for bad in never), one.id


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"source": ""}, "topics.R-M01.source", "missing"),
        ({"do": ""}, "topics.R-M01.do", "missing"),
        ({"source": "memory", "why": "It helps 3 in 10."}, "topics.R-M01", "figure without a source"),
        ({"source": "memory", "reviewed": "yes"}, "topics.R-M01.reviewed", "is no source"),
        ({"never": ["pregnnt"]}, "topics.R-M01.never", "did you mean 'pregnant'?"),
        ({"why": "x" * 500}, "topics.R-M01", "over 400"),
        ({"reviewed": ""}, "topics.R-M01.reviewed", "yes or no"),
        ({"whi": "x"}, "topics.R-M01.whi", "did you mean 'why'?"),
    ],
)
def test_a_topic_that_cannot_go_out_is_refused_with_its_place(change: dict[str, Any], path: str, said: str) -> None:
    content = plain("en/advice.yaml")
    content["topics"]["R-M01"] |= change
    found, findings = advice.load(content, intake())
    assert found is None
    assert any(one.path == path and said in one.message for one in findings), [str(one) for one in findings]


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ({"ask": "nowhere", "answers": ["x"]}, "no item 'nowhere'"),
        ({"ask": "expecting", "answers": ["pregnent"]}, "did you mean 'pregnant'?"),
        ({"ask": "expecting"}, "list of answers"),
        (None, "no item"),
    ],
)
def test_a_tag_that_binds_to_nothing_is_refused(tag: Any, said: str) -> None:
    content = plain("en/advice.yaml")
    content["tags"]["pregnant"] = tag
    found, findings = advice.load(content, intake())
    assert found is None
    assert any(said in one.message for one in findings)
