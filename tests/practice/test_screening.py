from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from bot.practice import screening
from bot.practice.items import Place
from bot.practice.screening import LEVELS, Level
from tests.practice.content import answered, before_visit, intake, plain, rules
from tests.practice.questionnaires import choice, code, form_of, item, when

TODAY = date(2026, 11, 23)

E, D, T = LEVELS

ROWS: dict[str, list[tuple[dict[str, str], list[tuple[str, Level]]]]] = {
    "RF01": [
        ({"legs": "saddle", "saddle": "new"}, [("RF01", E)]),
        ({"legs": "saddle", "saddle": "unsure"}, [("RF01", E)]),
        ({"legs": "saddle", "saddle": "old"}, [("RF01", D)]),
        ({"legs": "saddle", "saddle": "none"}, []),
    ],
    "RF02": [
        ({"legs": "bladder", "bladder": "new"}, [("RF02", E)]),
        ({"legs": "bladder", "bladder": "unsure"}, [("RF02", E)]),
        ({"legs": "bladder", "bladder": "old"}, [("RF02", D)]),
        ({"legs": "bladder", "bladder": "none"}, []),
    ],
    "RF03": [
        ({"legs": "bowel", "bowel": "new"}, [("RF03", E)]),
        ({"legs": "bowel", "bowel": "unsure"}, [("RF03", E)]),
        ({"legs": "bowel", "bowel": "old"}, [("RF03", D)]),
        ({"legs": "bowel", "bowel": "none"}, []),
    ],
    "RF04": [
        ({"sex": "new"}, [("RF04", E)]),
        ({"sex": "old"}, [("RF04", D)]),
        ({"sex": ""}, [("RF04-skipped", T)]),
        ({"sex": "none"}, []),
    ],
    "RF05": [
        ({"legs": "both", "both-legs": "new"}, [("RF05", E)]),
        ({"legs": "both", "both-legs": "unsure"}, [("RF05", E)]),
        ({"legs": "both", "both-legs": "old"}, [("RF05", D)]),
        ({"legs": "both", "both-legs": "none"}, []),
        ({"legs": "none", "spread": "both"}, [("RF05", D)]),
        ({"legs": "none", "spread": "both", "spread-both": "new"}, [("RF05", E)]),
        ({"legs": "none", "spread": "both", "spread-both": "old"}, [("RF05", D)]),
        ({"legs": "none", "spread": "unsure", "spread-both": "unsure"}, [("RF05", E)]),
        ({"legs": "none", "spread": "unsure", "spread-both": "none"}, []),
        ({"legs": "none", "spread": "below-knee"}, []),
    ],
    "RF06": [
        ({"legs": "weak", "weak": "worse"}, [("RF06", E)]),
        ({"legs": "weak", "weak": "unsure"}, [("RF06", E)]),
        ({"legs": "weak", "weak": "same"}, [("RF06", D)]),
        ({"legs": "weak", "weak": "none"}, []),
    ],
    "RF07": [
        ({"legs": "unsteady"}, [("RF07", E)]),
        ({"legs": "unsure", "unsteady": "yes"}, [("RF07", E)]),
        ({"legs": "unsure", "unsteady": "unsure"}, [("RF07", E)]),
        ({"legs": "unsure", "unsteady": "none"}, []),
    ],
    "RF08": [
        ({"sudden": "tummy", "tummy": "now"}, [("RF08", E)]),
        ({"sudden": "tummy", "tummy": "gone"}, [("RF08", D)]),
        ({"sudden": "tummy", "tummy": "unsure"}, [("RF08", D)]),
        ({"sudden": "tummy", "tummy": "none"}, []),
    ],
    "RF09": [
        ({"sudden": "beat"}, [("RF09", D)]),
        ({"sudden": "unsure", "beat": "yes"}, [("RF09", D)]),
        ({"sudden": "unsure", "beat": "unsure"}, [("RF09", D)]),
        ({"sudden": "unsure", "beat": "none"}, []),
    ],
    "RF10": [
        ({"sudden": "chest"}, [("RF10", E)]),
        ({"sudden": "unsure", "chest": "yes"}, [("RF10", E)]),
        ({"sudden": "unsure", "chest": "unsure"}, [("RF10", D)]),
        ({"sudden": "unsure", "chest": "none"}, []),
    ],
    "RF11": [
        ({"sudden": "accident", "accident": "unchecked"}, [("RF11", E)]),
        ({"sudden": "accident", "accident": "longer"}, [("RF11", D)]),
        ({"sudden": "accident", "accident": "unsure"}, [("RF11", D)]),
        ({"sudden": "accident", "accident": "checked"}, [("RF11", T)]),
        ({"sudden": "accident", "accident": "none"}, []),
    ],
    "RF12": [
        ({"sudden": "small-fall"}, [("RF12", D)]),
        ({"sudden": "unsure", "small-fall": "yes"}, [("RF12", D)]),
        ({"sudden": "unsure", "small-fall": "unsure"}, [("RF12", D)]),
        ({"sudden": "unsure", "small-fall": "none"}, []),
    ],
    "RF13": [
        ({"sudden": "fever", "fever": "ill"}, [("RF13", E)]),
        ({"sudden": "fever", "fever": "yes"}, [("RF13", D)]),
        ({"sudden": "fever", "fever": "unsure"}, [("RF13", D)]),
        ({"sudden": "fever", "fever": "none"}, []),
    ],
    "RF14": [
        *(({"recent": one}, [("RF14", T)]) for one in ("immune", "injected", "spine", "infection", "unsure")),
        ({"recent": "none"}, []),
        ({"sudden": "fever", "fever": "yes", "recent": "injected"}, [("RF13", D), ("RF14", D)]),
        ({"general": "night", "recent": "infection"}, [("RF14", D), ("RF17", D)]),
    ],
    "RF15": [
        ({"general": "cancer", "cancer": "new"}, [("RF15", D)]),
        ({"general": "cancer", "cancer": "unsure"}, [("RF15", D)]),
        ({"general": "cancer", "cancer": "old"}, [("RF15", T)]),
        ({"general": "cancer", "cancer": "none"}, []),
        ({"general": "unsaid"}, [("RF15-unsaid", T)]),
    ],
    "RF16": [
        ({"general": "weight"}, [("RF16", D)]),
        ({"general": "unsure", "weight": "yes"}, [("RF16", D)]),
        ({"general": "unsure", "weight": "unsure"}, [("RF16", T)]),
        ({"general": "unsure", "weight": "none"}, []),
    ],
    "RF17": [
        ({"general": "night"}, [("RF17", D)]),
        ({"general": "unsure", "night": "yes"}, [("RF17", D)]),
        ({"general": "unsure", "night": "unsure"}, [("RF17", T)]),
        ({"general": "unsure", "night": "none"}, []),
    ],
    "RF18": [
        ({"general": "lump"}, [("RF18", D)]),
        ({"general": "unsure", "lump": "yes"}, [("RF18", D)]),
        ({"general": "unsure", "lump": "unsure"}, [("RF18", D)]),
        ({"general": "unsure", "lump": "none"}, []),
    ],
    "RF19": [
        ({"general": "upper", "upper": "new"}, [("RF19", D)]),
        ({"general": "upper", "upper": "unsure"}, [("RF19", D)]),
        ({"general": "upper", "upper": "old"}, [("RF19", T)]),
        ({"general": "upper", "upper": "none"}, []),
        ({"site": "upper"}, [("RF19", T)]),
        ({"site": "ribs low-left"}, [("RF19", T)]),
    ],
    "RF20": [
        ({"general": "kidney"}, [("RF20", D)]),
        ({"general": "unsure", "kidney": "yes"}, [("RF20", D)]),
        ({"general": "unsure", "kidney": "unsure"}, [("RF20", D)]),
        ({"general": "unsure", "kidney": "none"}, []),
    ],
    "RF21": [
        ({"expecting": "pregnant", "pregnancy-signs": "yes"}, [("RF21", E)]),
        ({"expecting": "maybe", "pregnancy-signs": "unsure"}, [("RF21", E)]),
        ({"expecting": "pregnant", "pregnancy-signs": "none"}, []),
        ({"expecting": "none"}, []),
    ],
    "RF22": [
        ({"how-long": "year", "young-start": "yes", "inflammatory": ticks}, raised)
        for ticks, raised in [
            ("under-35 wakes moving family", [("RF22-four", T)]),
            ("under-35 wakes buttock moving tablets family history", [("RF22-four", T)]),
            ("wakes buttock tablets", [("RF22-three", T)]),
            ("wakes history", [("RF22", T)]),
            ("moving", [("RF22", T)]),
            ("unsure", [("RF22", T)]),
            ("none", []),
        ]
    ],
    "RF23": [
        ({"born": "1976-11-23", "first-ever": "yes"}, [("RF23-first", T)]),
        ({"born": "1976-11-24", "first-ever": "yes"}, []),
        ({"born": "1976", "first-ever": "yes"}, [("RF23-first", T)]),
        ({"born": "1950-01-01", "first-ever": "none"}, []),
        ({"first-ever": "yes"}, []),
        ({"born": "1950-01-01", "general": "night", "first-ever": "yes"}, [("RF17", D), ("RF23-first", D)]),
        ({"born": "1950-01-01", "site": "ribs", "first-ever": "yes"}, [("RF23-first", D), ("RF19", T)]),
        ({"born": "1950-01-01", "sex": "", "first-ever": "yes"}, [("RF04-skipped", T), ("RF23-first", T)]),
    ],
    "RF24": [
        ({"self-harm": "yes"}, [("RF24", E)]),
        ({"self-harm": "none"}, []),
        ({"self-harm": ""}, []),
    ],
}


def cases() -> Iterator[Any]:
    for row, listed in ROWS.items():
        for said, found in listed:
            yield pytest.param(row, said, found, id=f"{row} " + " ".join(f"{a}={b}" for a, b in said.items()))


@pytest.mark.parametrize(("row", "said", "found"), list(cases()))
def test_a_row_of_the_table_raises_its_flag(row: str, said: dict[str, str], found: list[tuple[str, Level]]) -> None:
    flags = rules().flags(intake(), answered(said), TODAY)
    assert [(flag.code, flag.level) for flag in flags] == found
    assert all(flag.code.startswith(row) for flag in flags) or len(flags) > 1


def test_the_table_is_whole() -> None:
    assert list(ROWS) == [f"RF{number:02}" for number in range(1, 25)]
    assert {rule.id.partition("-")[0] for rule in rules().rules} == set(ROWS)
    minimum = rules().minimum_age
    assert minimum is not None
    assert minimum.id == "RF23"


def test_every_answer_a_rule_names_is_tried_above() -> None:
    tried = {
        (name, one)
        for listed in ROWS.values()
        for said, _ in listed
        for name, codes in said.items()
        for one in codes.split() or ["skipped"]
    }
    named = {(name, one) for rule in rules().rules for name, levels in rule.answers.items() for one in levels}
    assert named <= tried


AGAIN = [
    (said, found) for listed in ROWS.values() for said, found in listed if all(name in before_visit() for name in said)
]


@pytest.mark.parametrize(("said", "found"), AGAIN)
def test_what_is_asked_again_before_a_visit_means_the_same(
    said: dict[str, str], found: list[tuple[str, Level]]
) -> None:
    flags = rules().flags(before_visit(), answered(said, before_visit()), TODAY)
    assert [(flag.code, flag.level) for flag in flags] == found


def test_most_signs_are_asked_again_before_a_visit() -> None:
    assert {flag for _, found in AGAIN for flag, _ in found} == {
        *(f"RF{number:02}" for number in range(1, 22) if number not in (4, 14)),
        "RF15-unsaid",
    }


def raised(said: dict[str, str]) -> list[tuple[str, str]]:
    return [(flag.code, flag.level) for flag in rules().flags(intake(), answered(said), TODAY)]


def test_no_answer_raises_nothing() -> None:
    assert raised({}) == []


def test_the_gravest_flag_comes_first_then_the_order_of_the_table() -> None:
    assert raised({"legs": "saddle weak", "saddle": "old", "weak": "same", "sudden": "chest", "general": "weight"}) == [
        ("RF10", E),
        ("RF01", D),
        ("RF06", D),
        ("RF16", D),
    ]


def test_the_gravest_answer_decides_and_all_are_said() -> None:
    [flag] = rules().flags(intake(), answered({"general": "upper", "upper": "new", "site": "upper"}), TODAY)
    assert (flag.code, flag.level, flag.link_id) == ("RF19", D, "upper")
    assert flag.said == ("Yes, and it is new", "Between the shoulder blades")


def test_an_answer_that_no_longer_applies_raises_nothing() -> None:
    answers = answered({"sudden": "fever", "fever": "ill"})
    assert [flag.code for flag in rules().flags(intake(), answers, TODAY)] == ["RF13"]
    answers = intake().answer(Place("sudden"), [code("none")], answers)
    assert rules().flags(intake(), answers, TODAY) == ()


def test_a_question_skipped_counts_only_once_it_was_asked() -> None:
    assert raised({}) == []
    assert raised({"sex": ""}) == [("RF04-skipped", T)]
    [flag] = rules().flags(intake(), answered({"sex": ""}), TODAY)
    assert flag.said == ()


def test_a_question_skipped_that_no_longer_applies_counts_for_nothing() -> None:
    form = form_of(choice("ask", "a", "b"), choice("more", "a", enableWhen=[when("ask", answerCoding={"code": "a"})]))
    rule = {"answers": {"more": {"skipped": "tell"}}, "line": "x", "source": "x", "reviewed": "no"}
    found, _ = screening.load({"rules": {"R": rule}}, form)
    assert found
    answers = form.answer(Place("more"), [], form.answer(Place("ask"), [code("a")], {}))
    assert [flag.code for flag in found.flags(form, answers, TODAY)] == ["R"]
    assert found.flags(form, form.answer(Place("ask"), [code("b")], answers), TODAY) == ()


@pytest.mark.parametrize(
    ("link_id", "number"), [("pregnancy-signs", "maternity"), ("self-harm", "crisis"), ("legs", None), ("story", None)]
)
def test_a_question_knows_the_number_its_flag_would_show(link_id: str, number: str | None) -> None:
    assert rules().number_of(link_id) == number


def test_the_number_belongs_to_the_sign() -> None:
    [flag] = rules().flags(intake(), answered({"expecting": "pregnant", "pregnancy-signs": "yes"}), TODAY)
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
    assert not rules().too_young(before_visit(), {}, date(2024, 5, 20))


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"answers": {"sadle": {"new": "emergency"}}}, "rules.RF01.answers.sadle", "did you mean 'saddle'?"),
        ({"answers": {"saddle": {"nwe": "emergency"}}}, "rules.RF01.answers.saddle.nwe", "has no answer 'nwe'"),
        ({"answers": {"saddle": {"new": "urgent"}}}, "rules.RF01.answers.saddle.new", "a level is one of"),
        ({"answers": {"saddle": {"skipped": "tell"}}}, "rules.RF01.answers.saddle.skipped", "cannot be skipped"),
        (
            {"answers": {"medicine-name": {"skipped": "tell"}}},
            "rules.RF01.answers.medicine-name.skipped",
            "asked more than once",
        ),
        ({"answers": {"saddle": {}}}, "rules.RF01.answers.saddle", "answers must say"),
        ({"answers": {}}, "rules.RF01.answers", "answers must say"),
        ({"answers": ["saddle"]}, "rules.RF01.answers", "answers must say"),
        ({"level": "tell"}, "rules.RF01.level", "level belongs to ticks"),
        ({"ticks": {"ask": "inflammatory", "least": "2"}}, "rules.RF01.level", "a level is one of"),
        ({"ticks": {"ask": "saddle", "least": "2"}, "level": "tell"}, "rules.RF01.ticks.ask", "no question of several"),
        ({"ticks": {"ask": "inflamatory", "least": "2"}, "level": "tell"}, "rules.RF01.ticks.ask", "did you mean"),
        ({"ticks": {"ask": "inflammatory"}, "level": "tell"}, "rules.RF01.ticks.least", "whole number"),
        ({"ticks": {"ask": "inflammatory", "least": "8"}, "level": "tell"}, "rules.RF01.ticks", "nobody can tick"),
        (
            {"ticks": {"ask": "inflammatory", "least": "3", "most": "2"}, "level": "tell"},
            "rules.RF01.ticks",
            "nobody can tick 3 to 2 of 7",
        ),
        ({"ticks": "two", "level": "tell"}, "rules.RF01.ticks", "ticks needs"),
        ({"age": {"from": "old"}}, "rules.RF01.age.from", "whole number"),
        ({"age": "50"}, "rules.RF01.age.from", "whole number"),
        ({"number": "police"}, "rules.RF01.number", "number must be one of"),
        ({"reviewed": "maybe"}, "rules.RF01.reviewed", "yes or no"),
        ({"source": "memory", "reviewed": "yes"}, "rules.RF01.reviewed", "is no source"),
        ({"line": ""}, "rules.RF01.line", "line is missing"),
        ({"lnie": "x"}, "rules.RF01.lnie", "did you mean 'line'?"),
        ({"with": [{"rules": ["RF99"], "level": "doctor"}]}, "rules.RF01.with", "no rule 'RF99'"),
        ({"with": [{"rules": [], "level": "doctor"}]}, "rules.RF01.with[0]", "with needs"),
        ({"with": ["RF02"]}, "rules.RF01.with[0]", "with needs"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_its_place(change: dict[str, Any], path: str, said: str) -> None:
    content = plain("screening.yaml")
    content["rules"]["RF01"] |= change
    found, findings = screening.load(content, intake(), before_visit())
    assert found is None
    assert any(one.path == path and said in one.message for one in findings), [str(one) for one in findings]


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"ask": "bron"}, "minimum_age.ask", "did you mean 'born'?"),
        ({"ask": "saddle"}, "minimum_age.ask", "does not ask a date"),
        ({"years": "many"}, "minimum_age.years", "whole number"),
        ({"yaers": "18"}, "minimum_age.yaers", "did you mean 'years'?"),
    ],
)
def test_a_minimum_age_that_cannot_be_followed_is_refused(change: dict[str, str], path: str, said: str) -> None:
    content = plain("screening.yaml")
    content["minimum_age"] |= change
    found, findings = screening.load(content, intake(), before_visit())
    assert found is None
    assert any(one.path == path and said in one.message for one in findings), [str(one) for one in findings]


def test_an_age_needs_somebody_who_asks_it() -> None:
    content = plain("screening.yaml")
    del content["minimum_age"]
    found, findings = screening.load(content, intake(), before_visit())
    assert found is None
    assert [one.path for one in findings] == ["rules.RF23-first.age"]


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (["new", "old", "none", "unsure", "often"], "has an answer 'often' that no rule can know"),
        (["new", "none", "unsure"], "lacks the answer 'old'"),
    ],
)
def test_another_form_that_asks_the_same_offers_the_same(codes: list[str], said: str) -> None:
    other = form_of(choice("saddle", *codes))
    found, findings = screening.load(plain("screening.yaml"), intake(), other)
    assert found is None
    assert [(one.path, said in one.message) for one in findings] == [("rules.RF01.answers.saddle", True)]


def test_a_question_only_another_form_asks_can_be_bound() -> None:
    form, other = form_of(item("name")), form_of(choice("today", "bad", "good"))
    rule = {"answers": {"today": {"bad": "tell"}}, "line": "x", "source": "x", "reviewed": "no"}
    found, findings = screening.load({"rules": {"R": rule}}, form, other)
    assert found, findings
    assert [flag.code for flag in found.flags(other, {"today": (code("bad"),)}, TODAY)] == ["R"]
    assert found.flags(form, {"today": (code("bad"),)}, TODAY) == ()


@pytest.mark.parametrize("content", [None, [], {}, {"rules": []}, {"rules": {"a": None}}, {"rules": {"a": {}}}])
def test_no_rules_at_all_are_refused(content: Any) -> None:
    found, findings = screening.load(content, intake())
    assert found is None
    assert findings


def test_no_rule_says_that_nothing_is_serious() -> None:
    assert rules().unreviewed
    assert not any("nothing" in rule.line.lower() or "serious." in rule.line.lower() for rule in rules().rules)
