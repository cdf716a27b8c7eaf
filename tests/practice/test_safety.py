from typing import Any

import pytest

from bot.practice import safety, values
from bot.practice.items import Place
from bot.practice.safety import EFFECTS, Effect
from tests.practice.content import answered, before_visit, intake, needling, plain
from tests.practice.questionnaires import choice, code, form_of, item

NEVER, CAUTION, NOTE, PLAN = EFFECTS

ROWS: dict[str, list[tuple[dict[str, str], list[tuple[str, Effect]]]]] = {
    "S01": [
        *(
            ({"blood-heart": "bleeding", "bleeding": one}, [("S01", NEVER)])
            for one in ("haemophilia", "platelets", "other", "unsure")
        ),
        ({"blood-heart": "unsure", "bleeding": "none"}, []),
    ],
    "S02": [
        *(
            ({"blood-heart": "thinners", "thinners": one}, [("S02", CAUTION)])
            for one in ("warfarin", "doac", "heparin", "other", "unsure")
        ),
        ({"blood-heart": "unsure", "thinners": "none"}, []),
    ],
    "S03": [
        *(
            ({"blood-heart": "thin-blood", "thin-blood": one}, [("S03", NOTE)])
            for one in ("aspirin", "clopidogrel", "fish-oil", "ginkgo", "dan-shen", "dong-quai", "unsure")
        ),
        ({"blood-heart": "unsure", "thin-blood": "none"}, []),
    ],
    "S04": [
        *(({"expecting": one}, [("S04", CAUTION)]) for one in ("pregnant", "maybe", "trying")),
        ({"expecting": "none"}, []),
    ],
    "S05": [
        *(
            ({"blood-heart": "implant", "implant": one}, [("S05", NEVER)])
            for one in ("pacemaker", "icd", "stimulator", "pump", "unsure")
        ),
        ({"blood-heart": "unsure", "implant": "none"}, []),
    ],
    "S06": [
        *(({"body": "fits", "fits": one}, [("S06", CAUTION)]) for one in ("controlled", "active", "unsure")),
        ({"body": "unsure", "fits": "none"}, []),
    ],
    "S07": [
        *(({"body": "faint", "faint": one}, [("S07", CAUTION)]) for one in ("fainted", "afraid", "unsure")),
        ({"body": "unsure", "faint": "none"}, []),
    ],
    "S08": [
        *(({"today": one}, [("S08", PLAN)]) for one in ("not-eaten", "alcohol", "unwell")),
        ({"today": "none"}, []),
    ],
    "S09": [
        *(({"recent": one}, [("S09", CAUTION)]) for one in ("immune", "unsure")),
        ({"recent": "injected"}, []),
    ],
    "S10": [
        *(
            ({"blood-heart": "valve", "valve": one}, [("S10", CAUTION)])
            for one in ("disease", "replaced", "infection", "unsure")
        ),
        ({"blood-heart": "unsure", "valve": "none"}, []),
    ],
    "S11": [
        *(
            ({"skin-bones": "skin", "skin": one}, [("S11", CAUTION)])
            for one in ("back", "leg", "foot", "arm", "elsewhere", "unsure")
        ),
        ({"skin-bones": "unsure", "skin": "none"}, []),
    ],
    "S12": [
        *(
            ({"skin-bones": "nodes", "nodes": one}, [("S12", CAUTION)])
            for one in ("left-arm", "right-arm", "left-leg", "right-leg", "elsewhere", "unsure")
        ),
        ({"skin-bones": "unsure", "nodes": "none"}, []),
    ],
    "S13": [
        *(({"general": "cancer", "cancer": one}, [("S13", NEVER)]) for one in ("new", "old", "unsure")),
        ({"general": "unsure", "cancer": "none"}, []),
        ({"general": "unsaid"}, [("S13-unsaid", NOTE)]),
    ],
    "S14": [
        *(
            ({"skin-bones": "materials", "materials": one}, [("S14", PLAN)])
            for one in ("metal", "latex", "iodine", "tape", "unsure")
        ),
        ({"skin-bones": "unsure", "materials": "none"}, []),
    ],
    "S15": [
        *(
            ({"body": "diabetes", "diabetes": one}, [("S15", CAUTION)])
            for one in ("numb-feet", "ulcers", "lows", "well", "unsure")
        ),
        ({"body": "unsure", "diabetes": "none"}, []),
    ],
    "S16": [
        *(
            ({"skin-bones": "numb", "numb": one}, [("S16", CAUTION)])
            for one in ("back", "leg", "foot", "arm", "elsewhere", "unsure")
        ),
        ({"skin-bones": "unsure", "numb": "none"}, []),
    ],
    "S17": [
        *(
            ({"skin-bones": "joint", "joint": one}, [("S17", CAUTION)])
            for one in ("back", "hip", "knee", "elsewhere", "unsure")
        ),
        ({"skin-bones": "unsure", "joint": "none"}, []),
    ],
    "S18": [
        *(
            ({"skin-bones": "spine", "spine": one}, [("S18", CAUTION)])
            for one in ("operation", "injection", "fracture", "unsure")
        ),
        ({"recent": "spine", "spine": "injection"}, [("S18", CAUTION)]),
        (
            {"skin-bones": "spine", "spine": "fracture", "spine-when": "recent"},
            [("S18-recent", NEVER), ("S18", CAUTION)],
        ),
        ({"skin-bones": "spine", "spine": "fracture", "spine-when": "year"}, [("S18", CAUTION)]),
        ({"skin-bones": "unsure", "spine": "none"}, []),
    ],
    "S19": [
        *(
            ({"body": "blood-infection", "blood-infection": one}, [("S19", NOTE)])
            for one in ("yes", "unsure", "unsaid")
        ),
        ({"body": "unsure", "blood-infection": "none"}, []),
    ],
    "S20": [
        *(({"body": "liver-kidney", "liver-kidney": one}, [("S20", PLAN)]) for one in ("liver", "kidneys", "unsure")),
        *(({"history": one}, [("S20", PLAN)]) for one in ("medicines", "allergy", "unsure")),
        ({"history": "illness operation scan acupuncture"}, []),
        ({"medicines-changed": "yes"}, [("S20-changed", PLAN)]),
        ({"medicines-changed": "unsure"}, [("S20-changed", PLAN)]),
        ({"medicines-changed": "none"}, []),
    ],
    "S21": [
        ({"sudden": "beat"}, [("S21-aneurysm", NEVER)]),
        *(({"sudden": "unsure", "beat": one}, [("S21-aneurysm", NEVER)]) for one in ("yes", "unsure")),
        *(
            ({"blood-heart": "pressure", "pressure": one}, [("S21", CAUTION)])
            for one in ("high", "low", "stroke", "attack", "unsure")
        ),
        ({"blood-heart": "unsure", "pressure": "none"}, []),
    ],
    "S22": [
        *(({"body": "lungs", "lungs": one}, [("S22", CAUTION)]) for one in ("disease", "thin", "unsure")),
        ({"body": "unsure", "lungs": "none"}, []),
    ],
    "S23": [
        *(({"access": one}, [("S23", PLAN)]) for one in ("lying", "needs", "chaperone", "gender")),
        ({"access": "none"}, []),
    ],
    "S24": [({"access": "decides"}, [("S24", NEVER)])],
    "S25": [({"access": "drives"}, [("S25", PLAN)])],
}

CASES = [
    pytest.param(row, said, found, id=f"{row} " + " ".join(f"{name}={codes}" for name, codes in said.items()))
    for row, listed in ROWS.items()
    for said, found in listed
]


@pytest.mark.parametrize(("row", "said", "found"), CASES)
def test_a_row_of_the_table_changes_the_plan(row: str, said: dict[str, str], found: list[tuple[str, Effect]]) -> None:
    form = intake() if all(name in intake() for name in said) else before_visit()
    modifiers = needling().modifiers(form, answered(said, form))
    assert [(one.code, one.effect) for one in modifiers] == found
    assert all(one.code.startswith(row) and one.line and one.plan and one.said for one in modifiers)


def test_the_table_is_whole() -> None:
    assert list(ROWS) == [f"S{number:02}" for number in range(1, 26)]
    assert {rule.id.partition("-")[0] for rule in needling().rules} == set(ROWS)


def test_every_answer_a_rule_names_is_tried_above() -> None:
    tried = {
        (name, one)
        for listed in ROWS.values()
        for said, _ in listed
        for name, codes in said.items()
        for one in codes.split()
    }
    assert {(name, one) for rule in needling().rules for name, codes in rule.answers.items() for one in codes} <= tried


def test_the_gravest_comes_first_then_the_order_of_the_table() -> None:
    said = {"blood-heart": "thinners implant", "thinners": "warfarin", "implant": "pump", "access": "drives"}
    found = needling().modifiers(intake(), answered(said))
    assert [one.code for one in found] == ["S05", "S02", "S25"]


DETAILS = [
    ({"blood-heart": "thinners", "thinners": "warfarin", "inr": "2.4 in May"}, ["Warfarin", "2.4 in May"]),
    ({"expecting": "pregnant", "weeks": "21"}, ["Yes", "21"]),
    (
        {"body": "fits", "fits": "controlled", "last-fit": "2019"},
        ["Yes, but medicine or care keeps them away", "2019"],
    ),
    ({"skin-bones": "nodes", "nodes": "left-arm"}, ["Left arm"]),
    (
        {"general": "cancer", "cancer": "old", "cancer-where": "Breast", "cancer-spread": "none"},
        ["Yes, but it is the same old pain", "Breast", "No, it has not spread"],
    ),
    (
        {"skin-bones": "spine", "spine": "operation", "spine-when": "year"},
        ["An operation", "6 weeks to a year ago"],
    ),
    ({"access": "decides", "decides": "My daughter"}, ["Somebody else decides for me or with me", "My daughter"]),
    ({"access": "gender", "gender": "woman"}, ["I would rather be treated by a man or by a woman", "A woman"]),
]


@pytest.mark.parametrize(("said", "shown"), DETAILS)
def test_what_was_asked_further_stands_beside_it(said: dict[str, str], shown: list[str]) -> None:
    [found] = needling().modifiers(intake(), answered(said))
    assert [values.text(one) for one in found.said] == shown


def test_every_medicine_stands_beside_the_plan_of_herbs() -> None:
    answers = answered({"history": "medicines"})
    for at, name in enumerate(("Aspirin", "Turmeric")):
        answers = intake().answer(Place("medicine-name", (at,)), [{"valueString": name}], answers)
        answers = intake().answer(Place("medicine", (at,)), [{"valueBoolean": at == 0}], answers)
    [found] = needling().modifiers(intake(), answers)
    assert [values.text(one) for one in found.said][1:] == ["Aspirin", "Turmeric"]


def test_an_answer_that_no_longer_applies_changes_nothing() -> None:
    answers = answered({"blood-heart": "implant", "implant": "pacemaker"})
    assert needling().modifiers(intake(), answers)
    answers = intake().answer(Place("blood-heart"), [code("none")], answers)
    assert needling().modifiers(intake(), answers) == ()


def test_no_answer_changes_nothing() -> None:
    assert needling().modifiers(intake(), {}) == needling().modifiers(before_visit(), {}) == ()


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"answers": {"bleding": ["other"]}}, "rules.S01.answers.bleding", "did you mean 'bleeding'?"),
        ({"answers": {"bleeding": ["othr"]}}, "rules.S01.answers.bleeding[0]", "did you mean 'other'?"),
        ({"answers": {"bleeding": []}}, "rules.S01.answers.bleeding", "answers must list"),
        ({"answers": {"bleeding": "other"}}, "rules.S01.answers.bleeding", "answers must list"),
        ({"answers": {}}, "rules.S01.answers", "answers must list"),
        ({"effect": "nevr"}, "rules.S01.effect", "effect must be one of"),
        ({"line": ""}, "rules.S01.line", "line is missing"),
        ({"plan": ""}, "rules.S01.plan", "plan is missing"),
        ({"source": ""}, "rules.S01.source", "source is missing"),
        ({"details": ["irn"]}, "rules.S01.details[0]", "did you mean 'inr'?"),
        ({"reviewed": "maybe"}, "rules.S01.reviewed", "yes or no"),
        ({"source": "memory", "reviewed": "yes"}, "rules.S01.reviewed", "is no source"),
        ({"paln": "x"}, "rules.S01.paln", "did you mean 'plan'?"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_its_place(change: dict[str, Any], path: str, said: str) -> None:
    content = plain("safety.yaml")
    content["rules"]["S01"] |= change
    found, findings = safety.load(content, intake(), before_visit())
    assert found is None
    assert any(one.path == path and said in one.message for one in findings), [str(one) for one in findings]


@pytest.mark.parametrize("content", [None, [], {}, {"rules": []}, {"rules": {"a": None}}, {"rules": {"a": {}}}])
def test_no_rules_at_all_are_refused(content: Any) -> None:
    found, findings = safety.load(content, intake())
    assert found is None
    assert findings


def test_another_form_that_asks_the_same_offers_the_same() -> None:
    found, findings = safety.load(plain("safety.yaml"), intake(), before_visit(), form_of(choice("expecting", "yes")))
    assert found is None
    assert {one.path for one in findings} == {"rules.S04.answers.expecting"}


def test_a_rule_of_a_form_the_practice_does_not_have_is_refused() -> None:
    found, findings = safety.load(plain("safety.yaml"), intake())
    assert found is None
    assert {one.path.split(".")[1] for one in findings} == {"S08", "S20-changed"}


def test_a_yes_or_no_item_can_be_bound() -> None:
    rule = {
        "answers": {"smokes": ["true"]},
        "effect": "note",
        "line": "x",
        "plan": "x",
        "source": "x",
        "reviewed": "no",
    }
    form = form_of(item("smokes", "boolean"))
    found, findings = safety.load({"rules": {"S": rule}}, form)
    assert found, findings
    assert [one.code for one in found.modifiers(form, {"smokes": ({"valueBoolean": True},)})] == ["S"]
    assert found.modifiers(form, {"smokes": ({"valueBoolean": False},)}) == ()
    assert found.unreviewed == ("S",)
