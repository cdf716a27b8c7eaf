"""Which advice goes to whom: what holds for everybody, and what somebody in particular gets."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.practice.advice import AGAIN_AFTER, Advice, Phase, Topic
from bot.practice.tailoring import FIRST, Person, Pick, ranked
from tests.practice.content import tips

NOW = datetime(2026, 6, 3, 17, tzinfo=UTC)
SEEN = Person(last_visit=NOW - timedelta(days=3), next_visit=NOW + timedelta(days=4))


def topic(name: str, group: str = "", phases: tuple[Phase, ...] = ("between",), **tags: tuple[str, ...]) -> Topic:
    held = {"fits": tags.get("fits", ()), "only": frozenset(tags.get("only", ()))}
    never = frozenset(tags.get("never", ()))
    return Topic(name, group or name, frozenset(phases), "do", "why", (), reviewed=False, never=never, **held)  # type: ignore[arg-type]


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
