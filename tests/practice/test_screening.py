from datetime import date
from typing import Any

import pytest

from bot.practice import screening
from bot.practice.items import Answers, Place
from bot.practice.screening import LEVELS
from tests.practice.content import intake, plain, rules
from tests.practice.questionnaires import code


def answered(**given: str) -> Answers:
    """Answers to the first assessment: item (with _ for -) to codes."""
    answers: Answers = {}
    for name, said in given.items():
        place = Place(name.replace("_", "-"))
        codes = said.split()
        options = intake().item(place).options
        values = [one.value for one in options if one.value["valueCoding"]["code"] in codes]
        assert len(values) == len(codes), name
        answers = intake().answer(place, values, answers)
    return answers


def raised(**given: str) -> list[tuple[str, str]]:
    return [(flag.code, flag.level) for flag in rules().flags(intake(), answered(**given))]


EXTRA: dict[str, dict[str, str]] = {
    "very-ill": {"signs": "fever"},
    "cancer-pain": {"signs": "cancer"},
    "pregnancy-signs": {"expecting": "pregnant"},
}


@pytest.mark.parametrize(
    ("rule", "answer", "level"),
    [(rule, answer, level) for rule in rules().rules for answer, level in rule.levels.items()],
    ids=lambda held: getattr(held, "id", str(held)),
)
def test_every_rule_raises_its_flag_from_every_answer_it_names(rule: screening.Rule, answer: str, level: str) -> None:
    given = EXTRA.get(rule.link_id, {}) | {rule.link_id.replace("-", "_"): answer}
    assert (rule.id, level) in raised(**given)


def test_no_answer_and_no_warning_sign_raise_nothing() -> None:
    assert raised() == []
    fine = raised(saddle="none", bladder="none", bowel="none", weak="none", signs="none", expecting="none")
    assert fine == []


def test_the_gravest_flag_comes_first() -> None:
    found = raised(signs="weight chest", saddle="old")
    assert [level for _, level in found] == sorted((level for _, level in found), key=LEVELS.index)
    assert found[0] == ("RF10", "emergency")


def test_a_flag_is_made_graver_by_another() -> None:
    assert raised(needle_safety="immune") == [("RF14", "tell")]
    assert ("RF14", "doctor") in raised(needle_safety="immune", signs="night")


def test_an_answer_that_no_longer_applies_raises_nothing() -> None:
    answers = answered(signs="fever", very_ill="yes")
    assert "RF13-ill" in [flag.code for flag in rules().flags(intake(), answers)]
    answers = intake().answer(Place("signs"), [code("none")], answers)
    assert rules().flags(intake(), answers) == ()


def test_the_number_belongs_to_the_sign() -> None:
    [flag] = rules().flags(intake(), answered(expecting="pregnant", pregnancy_signs="yes"))
    assert flag.number == "maternity"
    assert flag.said == ("Yes",)


@pytest.mark.parametrize(
    ("born", "young"),
    [
        ("2006-05-20", False),
        ("2006-05-21", True),
        ("2006-04", False),
        ("2006", True),
        ("2005", False),
        ("1950-01-01", False),
    ],
)
def test_who_is_under_eighteen_is_known_from_the_date_of_birth(born: str, young: bool) -> None:
    answers = intake().answer(Place("born"), [{"valueDate": born}], {})
    assert rules().too_young(intake(), answers, date(2024, 5, 20)) is young
    assert not rules().too_young(intake(), {}, date(2024, 5, 20))


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"ask": "sadle"}, "rules.RF01.ask", "did you mean 'saddle'?"),
        ({"answers": {"nwe": "emergency"}}, "rules.RF01.answers.nwe", "has no answer 'nwe'"),
        ({"answers": {"new": "urgent"}}, "rules.RF01.answers.new", "a level is one of"),
        ({"answers": {}}, "rules.RF01.answers", "answers must say"),
        ({"number": "police"}, "rules.RF01.number", "number must be one of"),
        ({"reviewed": "maybe"}, "rules.RF01.reviewed", "yes or no"),
        ({"source": "memory", "reviewed": "yes"}, "rules.RF01.reviewed", "is no source"),
        ({"line": ""}, "rules.RF01.line", "line is missing"),
        ({"lnie": "x"}, "rules.RF01.lnie", "did you mean 'line'?"),
        ({"with": [{"rules": ["RF99"], "level": "doctor"}]}, "rules.RF01.with", "no rule 'RF99'"),
        ({"with": ["RF02"]}, "rules.RF01.with[0]", "with needs"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_its_place(change: dict[str, Any], path: str, said: str) -> None:
    content = plain("screening.yaml")
    content["rules"]["RF01"] |= change
    found, findings = screening.load(content, intake())
    assert found is None
    assert any(one.path == path and said in one.message for one in findings), [str(one) for one in findings]


@pytest.mark.parametrize("content", [None, [], {}, {"rules": []}, {"rules": {"a": None}}, {"rules": {"a": {}}}])
def test_no_rules_at_all_are_refused(content: Any) -> None:
    found, findings = screening.load(content, intake())
    assert found is None
    assert findings


def test_no_rule_says_that_nothing_is_serious() -> None:
    assert rules().unreviewed
    assert not any("nothing" in rule.line.lower() or "serious." in rule.line.lower() for rule in rules().rules)
