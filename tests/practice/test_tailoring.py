"""Which advice goes to whom: what holds for everybody, and what somebody in particular gets."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.practice.advice import AGAIN_AFTER, Advice, Phase, Topic
from bot.practice.safety import Safety
from bot.practice.tailoring import FIRST, Person, Pick, calm_plan, edition, phases, ranked
from tests.practice.content import before_visit, intake, needling, tips

NOW = datetime(2026, 6, 3, 17, tzinfo=UTC)
SEEN = Person(last_visit=NOW - timedelta(days=3), next_visit=NOW + timedelta(days=4))


def topic(name: str, group: str = "", phases: tuple[Phase, ...] = ("between",), **tags: tuple[str, ...]) -> Topic:
    return Topic(
        name,
        group or name,
        frozenset(phases),
        "do",
        "why",
        (),
        reviewed=False,
        fits=tags.get("fits", ()),
        only=frozenset(tags.get("only", ())),
        never=frozenset(tags.get("never", ())),
    )


def order(person: Person, *topics: Topic) -> list[str]:
    return [pick.topic for pick in ranked(Advice(topics, ()), person, NOW)]


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_what_fits_most_comes_first() -> None:
    assert order(replace(SEEN, tags=frozenset({"sits"})), topic("a"), topic("b", fits=("sits",))) == ["b", "a"]


def test_a_topic_never_goes_with_what_rules_it_out_nor_without_what_it_needs() -> None:
    topics = topic("lift", never=("expecting",)), topic("pills", only=("medicines",))
    assert order(replace(SEEN, tags=frozenset({"expecting"})), *topics) == []
    assert order(replace(SEEN, tags=frozenset({"expecting", "medicines"})), *topics) == ["pills"]


def test_no_topic_comes_twice_in_four_weeks() -> None:
    sent = {"a": days_ago(27.9), "b": days_ago(28)}
    assert order(replace(SEEN, sent=sent), topic("a"), topic("b")) == ["b"]


def test_what_was_never_sent_comes_before_what_was() -> None:
    person = replace(SEEN, tags=frozenset({"sits"}), sent={"a": days_ago(40), "b": days_ago(50)})
    assert order(person, topic("a", fits=("sits",)), topic("b", fits=("sits",)), topic("c")) == ["c", "b", "a"]


def test_another_group_comes_before_the_one_of_last_time() -> None:
    person = replace(SEEN, tags=frozenset({"sits"}), sent={"a": days_ago(2)})
    assert order(person, topic("a", "g"), topic("b", "g", fits=("sits",)), topic("c", "h")) == ["c", "b"]


def test_an_open_warning_sign_pauses_everything() -> None:
    assert ranked(tips(), replace(SEEN, held=True), NOW) == ()


def test_aftercare_comes_on_the_day_of_a_visit_once_it_is_over_and_at_no_other_time() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")  # there, NOW is two in the morning of the day after
    topics = topic("walk"), topic("rest", phases=("treatment",))
    today = replace(SEEN, last_visit=NOW - timedelta(hours=3))
    assert order(today, *topics) == ["rest", "walk"]
    assert order(replace(today, zone=tokyo), *topics) == ["walk"]
    assert order(replace(SEEN, next_visit=NOW + timedelta(hours=1)), *topics) == ["walk"]


def test_each_phase_has_its_own() -> None:
    phases: tuple[Phase, ...] = ("before", "between", "flare", "after")
    topics = [topic(phase, phases=(phase,)) for phase in phases]
    assert order(Person(), *topics) == ["before"]
    assert order(Person(next_visit=NOW + timedelta(days=1)), *topics) == ["before"]
    assert order(SEEN, *topics) == ["between"]
    assert order(replace(SEEN, next_visit=None), *topics) == ["between"]
    assert order(Person(last_visit=days_ago(28)), *topics) == ["after"]
    assert order(replace(SEEN, flare=True), *topics) == ["flare"]


def test_not_for_me_never_comes_again_and_its_group_comes_later() -> None:
    topics = topic("a", "g", fits=("sits",)), topic("b", "g", fits=("sits",)), topic("c", "h")
    person = replace(SEEN, tags=frozenset({"sits"}))
    assert order(person, *topics) == ["a", "b", "c"]
    assert order(replace(person, unwanted=frozenset({"a"})), *topics) == ["c", "b"]
    assert order(replace(person, unwanted=frozenset({"g"})), *topics) == ["c"]


def test_done_brings_its_group_forward() -> None:
    topics = topic("last"), topic("a", "g"), topic("b", "h"), topic("c", "h")
    person = replace(SEEN, sent={"b": days_ago(9), "last": days_ago(1)})
    assert order(person, *topics) == ["a", "c"]
    assert order(replace(person, done={"b": 1}), *topics) == ["c", "a"]


def test_what_comes_every_month_comes_first_when_a_month_is_over_but_greets_nobody() -> None:
    card = replace(topic("card"), monthly=True)
    others = [topic(name) for name in "abcdef"]
    assert order(SEEN, *others, card)[-1] == "card"
    first = {name: days_ago(9) for name in "abc"[:FIRST]}
    assert order(replace(SEEN, sent=first), *others, card)[0] == "card"
    assert "card" not in order(replace(SEEN, sent=first | {"card": days_ago(27)}), *others, card)
    again = first | {"card": NOW - AGAIN_AFTER, "d": days_ago(1)}
    assert order(replace(SEEN, sent=again), *others, card)[0] == "card"


def test_the_reason_is_what_somebody_told_or_the_day_it_is() -> None:
    best = ranked(tips(), replace(SEEN, tags=frozenset({"sits"})), NOW)[0]
    assert best == Pick("R-S01", "sits")
    assert tips().reason(best.reason) == "You told us about sitting."
    after = ranked(tips(), replace(SEEN, last_visit=NOW - timedelta(hours=1)), NOW)[0]
    assert tips().reason(after.reason) == "You had a visit today."


def everything_for(person: Person) -> set[str]:
    """Every topic that may ever go to somebody with these tags."""
    visited = replace(person, last_visit=days_ago(3), next_visit=None)
    stages = (
        replace(person, last_visit=None),
        visited,
        replace(visited, last_visit=days_ago(0.1)),
        replace(visited, last_visit=days_ago(60)),
        replace(visited, flare=True),
    )
    return {pick.topic for stage in stages for pick in ranked(tips(), stage, NOW)}


TAGS = [tag.id for tag in tips().tags]
TOPICS = [one.id for one in tips().topics]
_topics = st.sampled_from(TOPICS)
_moments = st.integers(0, 120 * 24).map(lambda hours: NOW - timedelta(hours=hours))
people = st.builds(
    Person,
    tags=st.frozensets(st.sampled_from(TAGS), max_size=12),
    held=st.just(value=False),
    last_visit=st.none() | _moments,
    next_visit=st.none() | st.integers(1, 40).map(lambda days: NOW + timedelta(days=days)),
    zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kolkata"]).map(ZoneInfo),
    sent=st.dictionaries(_topics, _moments, max_size=30),
    done=st.dictionaries(_topics, st.integers(1, 5), max_size=8),
    unwanted=st.frozensets(_topics | st.sampled_from(sorted(tips().groups)), max_size=6),
    flare=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(people)
def test_for_everybody_what_goes_out_keeps_to_the_rules(person: Person) -> None:
    here = phases(person, NOW)
    for pick in ranked(tips(), person, NOW):
        found = tips().topic(pick.topic)
        assert found
        assert not found.never & person.tags
        assert found.only <= person.tags
        assert found.phases & set(here)
        assert "flare" not in here or found.phases & {"flare", "treatment"}
        assert not person.unwanted & {found.id, found.group}
        assert found.id not in person.sent or NOW - person.sent[found.id] >= timedelta(weeks=4)
        assert not pick.reason or tips().reason(pick.reason)
        assert pick.reason in {"", *person.tags, *here}


@settings(max_examples=150, deadline=None)
@given(people, st.randoms(use_true_random=False))
def test_the_list_is_the_same_however_the_facts_come_and_names_each_topic_once(person: Person, chance: Random) -> None:
    found = ranked(tips(), person, NOW)
    assert len({pick.topic for pick in found}) == len(found)
    sent, done = list(person.sent.items()), list(person.done.items())
    chance.shuffle(sent)
    chance.shuffle(done)
    assert ranked(tips(), replace(person, sent=dict(sent), done=dict(done)), NOW) == found
    assert ranked(tips(), replace(person, held=True), NOW) == ()


@settings(max_examples=150, deadline=None)
@given(people)
def test_two_of_one_group_follow_each_other_only_where_no_other_fits(person: Person) -> None:
    found = [tips().topic(pick.topic) for pick in ranked(tips(), person, NOW)]
    if not found or not person.sent:
        return
    last = next(
        one.group for one in tips().topics if one.id == max((at, topic) for topic, at in person.sent.items())[1]
    )
    first = phases(person, NOW)[0]
    pressing = [one for one in found if one and first in one.phases] or [one for one in found if one]
    if pressing[0].group == last:
        assert {one.group for one in pressing} == {last}


@settings(max_examples=25, deadline=None)
@given(people, st.integers(1, 7))
def test_a_year_of_tips_repeats_nothing_within_four_weeks(person: Person, every: int) -> None:
    sent: dict[str, datetime] = {}
    for day in range(0, 365, every):
        now = NOW + timedelta(days=day)
        found = ranked(tips(), replace(person, sent=sent), now)
        if found:
            best = found[0].topic
            assert best not in sent or now - sent[best] >= timedelta(weeks=4)
            sent = sent | {best: now}


def test_every_topic_reaches_somebody_in_the_first_place() -> None:
    """Not only listed: sent, within half a year, to somebody with one or two traits."""
    reached: set[str] = set()
    traits = [frozenset[str]()] + [frozenset({tag}) for tag in TAGS] + [frozenset({"new-pain", "likes-warmth"})]
    for tags in traits:
        sent: dict[str, datetime] = {}
        for day in range(0, 180, 2):
            now = NOW + timedelta(days=day)
            visit = now - timedelta(hours=2) if day % 14 == 0 else NOW + timedelta(days=day - day % 14)
            person = Person(tags, last_visit=visit if day > 20 else None, next_visit=now + timedelta(days=5), sent=sent)
            sent |= {pick.topic: now for pick in ranked(tips(), person, now)[:1]}
        reached |= sent.keys()
    assert reached == set(TOPICS)


def test_there_is_enough_for_three_a_week_whoever_it_is() -> None:
    """Twelve topics in four weeks, even for somebody with everything that rules topics out."""
    grave = frozenset(tag for one in tips().topics for tag in one.never)
    for tags in (frozenset[str](), grave):
        for stage in (Person(tags), replace(SEEN, tags=tags), Person(tags, last_visit=days_ago(60))):
            assert len(ranked(tips(), stage, NOW)) >= 12, (tags, stage)


def test_monthly_signs_come_every_four_weeks_and_never_first() -> None:
    sent: dict[str, datetime] = {}
    history: list[str] = []
    for day in range(0, 120, 2):
        now = NOW + timedelta(days=day)
        best = ranked(tips(), replace(SEEN, next_visit=now + timedelta(days=9), sent=sent), now)[0].topic
        sent |= {best: now}
        history.append(best)
    seen = [2 * index for index, topic in enumerate(history) if topic == "R-G01"]
    assert seen == [6, 34, 62, 90, 118]


def test_a_phase_can_be_what_a_topic_fits_best() -> None:
    topics = topic("a", phases=("between", "flare")), topic("b", phases=("between", "flare"), fits=("flare",))
    assert order(SEEN, *topics) == ["a", "b"]
    assert order(replace(SEEN, flare=True), *topics) == ["b", "a"]


@settings(max_examples=100, deadline=None)
@given(people)
def test_a_plan_for_a_bad_day_is_a_few_things_of_different_kinds(person: Person) -> None:
    plan = calm_plan(tips(), person, NOW)
    found = [one for one in tips().topics if one.id in {pick.topic for pick in plan}]
    assert len(plan) == len({one.group for one in found}) <= 3
    for one in found:
        assert "flare" in one.phases
        assert not one.never & person.tags
        assert not person.unwanted & {one.id, one.group}
    assert calm_plan(tips(), replace(person, sent={}), NOW) == plan


def test_a_plan_for_a_bad_day_begins_with_a_short_rest_and_small_amounts() -> None:
    assert [pick.topic for pick in calm_plan(tips(), SEEN, NOW)] == ["R-M02", "R-P01", "R-B01"]
    assert calm_plan(tips(), replace(SEEN, held=True), NOW) == ()


def test_what_tags_are_read_by_is_the_same_in_every_process_and_changes_with_the_safety_rules() -> None:
    forms = intake(), before_visit()
    here = edition(tips(), needling(), forms)
    assert edition(tips(), Safety(needling().rules[1:]), forms) != here
    assert edition(Advice(tips().topics, tips().tags[1:]), needling(), forms) != here
    assert edition(tips(), needling(), forms[:1]) != here
    told = "from tests.practice.content import *; from bot.practice.tailoring import edition"
    program = f"{told}; print(edition(tips(), needling(), (intake(), before_visit())))"
    for seed in ("1", "2"):
        elsewhere = subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert elsewhere.stdout.strip() == here
