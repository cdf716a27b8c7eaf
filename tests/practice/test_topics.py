"""The library of advice: what is in it, what must never be, and what is refused."""

from typing import Any

import pytest

from bot.library import read_sources
from bot.practice import advice
from bot.practice.tailoring import tags_of
from tests.practice.content import CONTENT, answered, before_visit, intake, needling, plain, rule_ids, tips

NUMBERS = {"emergency": "999", "phone": "01632 960200", "out_of_hours": "111"}


def load(content: object) -> tuple[advice.Advice | None, list[Any]]:
    return advice.load(content, intake(), rule_ids(), read_sources([CONTENT]))


def test_every_topic_has_one_thing_to_do_a_why_and_a_source_or_says_it_has_none() -> None:
    topics = tips().topics
    assert len(topics) == 48
    for one in topics:
        assert one.do, one.id
        assert one.why, one.id
        assert len(tips().cited(one)) == len(one.sources)
        assert not one.reviewed


def test_the_numbers_of_the_practice_stand_in_what_is_to_be_done() -> None:
    told = {one.id: one.told(NUMBERS) for one in tips().topics}
    assert "call 999 at once" in told["R-G01"]
    assert not any("{" in text for text in told.values())


def test_answers_and_rules_become_tags() -> None:
    said = {"expecting": "maybe", "how-long": "days", "history": "medicines allergy", "everyday": "sits sleeps-badly"}
    told = [(intake(), answered(said))]
    assert tags_of(tips(), needling(), told) == {
        "takes-medicines",
        "expecting",
        "new-pain",
        "sits",
        "sleeps-badly",
        "unasked",
    }
    assert "thin-bones" in tags_of(tips(), needling(), told, ["RF12"])


def test_a_number_becomes_a_tag() -> None:
    for rating, low in (("6", False), ("7", True), ("10", True)):
        found = tags_of(tips(), needling(), [(intake(), answered({"enjoyment": rating}))])
        assert ("low-mood" in found) is low


def test_what_was_said_before_a_visit_counts_beside_the_assessment() -> None:
    told = [
        (intake(), answered({"expecting": "none"})),
        (before_visit(), answered({"expecting": "pregnant"}, before_visit())),
    ]
    assert "expecting" in tags_of(tips(), needling(), told)


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"source": ""}, "topics.R-M01.source", "missing"),
        ({"source": "DAHM1O"}, "topics.R-M01.source", "did you mean 'DAHM10'?"),
        ({"source": "DAHM10; XYZ"}, "topics.R-M01.source", "'XYZ' is not in sources.yaml"),
        ({"do": ""}, "topics.R-M01.do", "missing"),
        ({"do": "Call {emergncy}"}, "topics.R-M01.do", "did you mean 'emergency'?"),
        ({"why": "Since {emergency}"}, "topics.R-M01.do", "nothing fills"),
        ({"phase": []}, "topics.R-M01.phase", "must list some of before"),
        ({"phase": ["betwen"]}, "topics.R-M01.phase", "did you mean 'between'?"),
        ({"group": "moving"}, "topics.R-M01.group", "no group 'moving'"),
        ({"group": ""}, "topics.R-M01.group", "missing"),
        ({"source": "memory", "why": "It helps 3 in 10."}, "topics.R-M01", "figure without a source"),
        ({"source": "memory", "reviewed": "yes"}, "topics.R-M01.reviewed", "is no source"),
        ({"never": ["expectng"]}, "topics.R-M01.never", "did you mean 'expecting'?"),
        ({"why": "x" * 500}, "topics.R-M01", "over 360"),
        ({"reviewed": ""}, "topics.R-M01.reviewed", "yes or no"),
        ({"monthly": "sometimes"}, "topics.R-M01.monthly", "yes or no"),
        ({"whi": "x"}, "topics.R-M01.whi", "did you mean 'why'?"),
    ],
)
def test_a_topic_that_cannot_go_out_is_refused_with_its_place(change: dict[str, Any], path: str, said: str) -> None:
    content = plain("en/advice.yaml")
    content["topics"]["R-M01"] |= change
    found, findings = load(content)
    assert found is None
    assert any(one.path == path and said in one.message for one in findings), [str(one) for one in findings]


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ({"answers": {"nowhere": ["x"]}}, "no item 'nowhere'"),
        ({"answers": {"everyday": ["sit"]}}, "did you mean 'sits'?"),
        ({"answers": {"everyday": []}}, "list of answers"),
        ({"answers": {"enjoyment": ["11"]}}, "cannot be answered with '11'"),
        ({"rules": ["S99"]}, "no rule 'S99'"),
        ({"unanswered": ["nowhere"]}, "no item 'nowhere'"),
        ({"because": "x"}, "needs answers"),
        ({"ask": "everyday"}, "unknown key 'ask'"),
        (None, "has fields"),
    ],
)
def test_a_tag_that_binds_to_nothing_is_refused(tag: Any, said: str) -> None:
    content = plain("en/advice.yaml")
    content["tags"]["sits"] = tag
    found, findings = load(content)
    assert found is None
    assert any(said in one.message and one.path.startswith("tags.sits") for one in findings), findings


@pytest.mark.parametrize("name", ["lifting:more", "x" * 33, "Lifting", "done"])
def test_a_group_no_button_can_stand_for_is_refused(name: str) -> None:
    content = plain("en/advice.yaml")
    content["groups"][name] = "Lifting"
    content["topics"]["R-M01"]["group"] = name
    found, findings = load(content)
    assert found is None
    assert any(one.path == f"groups.{name}" and "is called by" in one.message for one in findings), findings


def test_a_tag_or_group_that_no_topic_goes_by_is_refused() -> None:
    content = plain("en/advice.yaml")
    content["tags"]["idle"] = {"answers": {"everyday": ["sits"]}}
    content["groups"]["idle"] = "Nothing"
    _, findings = load(content)
    assert {one.path for one in findings} == {"tags.idle", "groups.idle"}
