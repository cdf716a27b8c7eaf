"""What the extensions of an item limit: read, kept to, and said where it makes no sense."""

from typing import Any

import pytest

from bot.practice.bounds import refusals, together
from bot.practice.items import VALUE_OF_TYPE, Item
from bot.practice.questionnaire import load
from tests.practice.questionnaires import EXCLUSIVE, HIDDEN, choice, item, questionnaire

NAME = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"


def limit(name: str, **value: Any) -> dict[str, Any]:
    return {"url": f"{SDC if name.startswith('sdc-') else NAME}{name}", **value}


def read(made: dict[str, Any], *extensions: dict[str, Any], **more: Any) -> tuple[Item, list[str]]:
    """The first item of a form, and what was said."""
    made = {**made, "extension": [*extensions]}
    form, findings = load(questionnaire(made) | more)
    assert form is not None
    return form.items[0], [one.message for one in findings]


def refused(asked: Item, held: Any) -> list[str]:
    return [one.reason for one in refusals(asked, {VALUE_OF_TYPE[asked.type]: held})]


FIVE_KM, SIX_KM, SIX_KG = ({"value": value, "unit": unit} for value, unit in ((5, "km"), (6, "km"), (6, "kg")))
BY_KM = limit("questionnaire-unitOption", valueCoding={"code": "km"})


@pytest.mark.parametrize(
    ("kind", "extension", "good", "bad", "reason"),
    [
        ("integer", limit("minValue", valueInteger=3), 3, 2, "too_little"),
        ("decimal", limit("maxValue", valueDecimal=2.5), 2.5, 2.6, "too_much"),
        ("decimal", limit("maxDecimalPlaces", valueInteger=1), 2.5, 2.55, "too_precise"),
        ("date", limit("maxValue", valueDate="2024-05-20"), "2024-05", "2024-06", "too_much"),
        ("time", limit("minValue", valueTime="09:00:00"), "09:00:00", "08:59:59", "too_little"),
        ("string", limit("minLength", valueInteger=3), "abc", "ab", "too_short"),
        ("string", limit("regex", valueString="a+"), "aa", "ab", "pattern"),
        ("attachment", limit("mimeType", valueCode="image/*"), {"contentType": "image/png"}, {}, "media"),
        ("attachment", limit("maxSize", valueDecimal=0.5), {"size": 500_000}, {"size": 500_001}, "too_big"),
        ("attachment", limit("maxSize", valueDecimal=3e-6), {"data": "AAAA"}, {"data": "AAAAAAAA"}, "too_big"),
        ("quantity", limit("sdc-questionnaire-maxQuantity", valueQuantity=FIVE_KM), FIVE_KM, SIX_KM, "too_much"),
        ("quantity", limit("sdc-questionnaire-minQuantity", valueQuantity=FIVE_KM), FIVE_KM, SIX_KG, "unit"),
        ("quantity", BY_KM, FIVE_KM, SIX_KG, "unit"),
        ("quantity", BY_KM, FIVE_KM, {"value": 5}, "unit"),
    ],
)
def test_a_limit_is_kept_to(kind: str, extension: Any, good: Any, bad: Any, reason: str) -> None:
    asked, said = read(item("a", kind), extension)
    assert said == []
    assert refused(asked, good) == []
    assert refused(asked, bad) == [reason]


@pytest.mark.parametrize(
    ("made", "extension", "said"),
    [
        (item("a", "integer"), limit("minValue", valueInteger="3"), "a number written as text"),
        (item("a", "boolean"), limit("minValue", valueInteger=3), "another kind than the answers"),
        (item("a", "integer"), limit("minValue", valueBoolean=True), "without a value that can be a bound"),
        (item("a"), limit("regex", valueString="a{99999999999}"), "regex cannot be read"),
        (item("a"), limit("questionnaire-minOccurs", valueInteger=2), "an item that does not repeat"),
        (item("a", repeats=True), limit("questionnaire-maxOccurs", valueInteger=0), "lets nobody answer"),
        (item("a", repeats=True), limit("questionnaire-minOccurs", valueInteger=101), "more than 100 answers"),
        (item("a", "integer"), limit("questionnaire-sliderStepValue", valueInteger=0), "steps of 0"),
        (item("a", "quantity"), limit("questionnaire-unitValueSet", valueCanonical="urn:u"), "any unit is taken"),
        (item("a"), limit("questionnaire-hidden", valueString="yes"), "hidden must be true or false"),
        (item("a"), limit("sdc-questionnaire-calculatedExpression"), "asked instead"),
        (item("a"), limit("sdc-questionnaire-enableWhenExpression"), "always applies"),
        (item("a"), limit("sdc-questionnaire-subQuestionnaire"), "another questionnaire"),
    ],
)
def test_a_limit_that_makes_no_sense_is_said_and_the_form_runs(made: dict[str, Any], extension: Any, said: str) -> None:
    _, told = read(made, extension)
    assert len(told) == 1
    assert said in told[0]


def test_the_units_to_choose_from_go_before_the_one_that_is_meant() -> None:
    meant = limit("questionnaire-unit", valueCoding={"code": "m"})
    offered = limit("questionnaire-unitOption", valueCoding={"code": "km", "display": "kilometre"})
    assert [one["code"] for one in read(item("a", "quantity"), meant, offered)[0].units] == ["km"]
    assert [one["code"] for one in read(item("a", "integer"), meant)[0].units] == ["m"]


def test_units_may_come_from_a_value_set_the_form_holds() -> None:
    include = [{"system": "http://unitsofmeasure.org", "concept": [{"code": "km"}]}]
    held = {"resourceType": "ValueSet", "id": "u", "compose": {"include": include}}
    named = limit("questionnaire-unitValueSet", valueCanonical="#u")
    asked, said = read(item("a", "quantity"), named, contained=[held])
    assert said == []
    assert asked.units == ({"system": "http://unitsofmeasure.org", "code": "km"},)


def test_how_many_answers_there_are_to_be() -> None:
    few = limit("questionnaire-minOccurs", valueInteger=2), limit("questionnaire-maxOccurs", valueInteger=3)
    asked, said = read(choice("a", "a", "b", "c", "d", repeats=True), *few)
    assert said == []
    values = [option.value for option in asked.options]
    counts = {count: [one.reason for one in together(asked, values[:count])] for count in range(1, 5)}
    assert counts == {1: ["too_few"], 2: [], 3: [], 4: ["too_many"]}


def test_groups_within_groups_cannot_demand_thousands_of_instances() -> None:
    many = {"repeats": True, "extension": [limit("questionnaire-minOccurs", valueInteger=50)]}
    form, findings = load(questionnaire(item("g", "group", item("h", "group", item("a"), **many), **many)))
    assert form is not None
    assert ["item[0].item[0].extension (h)" in str(one) for one in findings] == [True]
    assert len(form.questions({})) < 200


@pytest.mark.parametrize(
    ("made", "start", "said"),
    [
        (item("a", "integer", initial=[{"valueInteger": 3}]), ({"valueInteger": 3},), []),
        (item("a", maxLength=2, initial=[{"valueString": "abc"}]), (), ["cannot stand (too long)"]),
        (choice("a", "b", initial=[{"valueCoding": {"code": "c"}}]), (), ["initialSelected", "cannot stand (option)"]),
        (item("a", "integer", initial=[{"valueInteger": 3}, {"valueInteger": 4}]), ({"valueInteger": 3},), ["several"]),
    ],
)
def test_what_a_question_starts_with_keeps_to_its_own_rules(made: Any, start: Any, said: list[str]) -> None:
    form, findings = load(questionnaire(made))
    assert form is not None
    assert form.items[0].start == start
    assert len(findings) == len(said)
    assert all(part in one.message for part, one in zip(said, findings, strict=True))


def test_selected_options_are_where_a_question_starts_unless_they_exclude_each_other() -> None:
    made = choice("a", "x", "y", "none", repeats=True)
    for option in made["answerOption"][1:]:
        option["initialSelected"] = True
    asked, said = read(made)
    assert [value["valueCoding"]["code"] for value in asked.start] == ["y", "none"]
    assert said == []
    made["answerOption"][2]["extension"] = [{"url": EXCLUSIVE, "valueBoolean": True}]
    asked, said = read(made)
    assert asked.start == ()
    assert "cannot stand (exclusive)" in said[0]


def test_a_hidden_required_question_without_a_start_is_said() -> None:
    hidden = {"url": HIDDEN, "valueBoolean": True}
    assert "nobody can answer it" in read(item("a", required=True), hidden)[1][0]
