from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.practice.checking import check
from bot.practice.questionnaire import load
from bot.practice.response import response
from tests.practice.questionnaires import EXCLUSIVE, choice, form_of, item, questionnaire, when

NAME = "http://hl7.org/fhir/StructureDefinition/"

FORM = form_of(
    item("name", required=True, maxLength=5),
    item("pain", "integer", extension=[{"url": f"{NAME}maxValue", "valueInteger": 10}]),
    item("day", "date"),
    choice("site", "back", "leg"),
    choice("which", "a", repeats=True)
    | {
        "answerOption": [
            {"valueCoding": {"code": "a"}},
            {"valueCoding": {"code": "none"}, "extension": [{"url": EXCLUSIVE, "valueBoolean": True}]},
        ]
    },
    item("mail", extension=[{"url": f"{NAME}regex", "valueString": ".+@.+"}]),
    item("height", "decimal", extension=[{"url": f"{NAME}maxDecimalPlaces", "valueInteger": 2}]),
    item("ill", "boolean", item("since")),
    item("hot", enableWhen=[when("ill")]),
    item("g", "group", item("must", required=True), item("may")),
    item("kids", "group", item("kid"), repeats=True),
)

NAMED: dict[str, Any] = {"linkId": "name", "answer": [{"valueString": "Ada"}]}


def answered(link_id: str, **value: Any) -> dict[str, Any]:
    return {"linkId": link_id, "answer": [value]}


@pytest.mark.parametrize(
    ("items", "path", "said"),
    [
        ([], "", "required"),
        ([answered("name", valueString="Augusta")], "item[0].answer[0]", "longer than 5"),
        ([answered("name", valueInteger=1)], "item[0].answer[0]", "wrong type"),
        ([answered("name", valueString=" ")], "item[0].answer[0]", "well-formed"),
        ([NAMED, answered("pain", valueInteger=11)], "item[1].answer[0]", "more than 10"),
        ([NAMED, answered("pain", valueInteger=True)], "item[1].answer[0]", "wrong type"),
        ([NAMED, answered("day", valueDate="2023-02-29")], "item[1].answer[0]", "well-formed"),
        ([NAMED, answered("site", valueCoding={"code": "arm"})], "item[1].answer[0]", "options"),
        ([NAMED, answered("mail", valueString="nobody")], "item[1].answer[0]", "not written as"),
        ([NAMED, answered("height", valueDecimal=1.234)], "item[1].answer[0]", "decimal places"),
        ([NAMED, answered("hot", valueString="yes")], "item[1]", "does not apply"),
        ([NAMED, {"linkId": "g", "item": [answered("may", valueString="x")]}], "item[1]", "required"),
        ([NAMED, answered("stranger", valueString="x")], "item[1]", "no item of the form"),
        ([NAMED, answered("must", valueString="x")], "item[1]", "not where the form has it"),
        ([answered("pain", valueInteger=1), NAMED], "item[1]", "order"),
        ([NAMED, NAMED], "item[1]", "twice"),
        (
            [NAMED, {"linkId": "g", "answer": [{"valueString": "x"}]}],
            "item[1].answer",
            "no answer of its own",
        ),
        (
            [NAMED, {**answered("ill", valueBoolean=True), "item": [answered("since", valueString="x")]}],
            "item[1].item",
            "under its answer",
        ),
        ([NAMED, {"linkId": "pain", "answer": [{}]}], "item[1].answer[0]", "without value"),
        (
            [NAMED, {"linkId": "pain", "answer": [{"valueInteger": 1}, {"valueInteger": 2}]}],
            "item[1]",
            "more than 1 answers",
        ),
        (
            [NAMED, {"linkId": "which", "answer": [{"valueCoding": {"code": one}} for one in ("a", "none")]}],
            "item[1]",
            "stands alone",
        ),
        (
            [NAMED, {"linkId": "which", "answer": [{"valueCoding": {"code": "a"}}] * 2}],
            "item[1]",
            "same answer twice",
        ),
    ],
)
def test_each_breach_is_found_where_it_is(items: list[Any], path: str, said: str) -> None:
    written = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": items}
    found = [one for one in check(FORM, written) if one.path == path]
    assert any(said in one.message and one.fatal for one in found), [str(one) for one in check(FORM, written)]


def test_nothing_is_required_while_in_progress() -> None:
    assert check(FORM, response(FORM, {}, "in-progress")) == []


def test_a_response_to_another_form_is_told() -> None:
    written = response(FORM, {"name": ({"valueString": "Ada"},)}, "completed")
    assert check(FORM, written) == []
    assert check(FORM, {**written, "questionnaire": "urn:other|1"})[0].path == "questionnaire"
    [older] = check(FORM, {**written, "questionnaire": "urn:test|0"})
    assert (older.fatal, older.message) == (False, "a response to version 0, held against version 1")


def test_an_answer_says_one_thing() -> None:
    written = {"resourceType": "QuestionnaireResponse", "status": "completed"}
    both = {"valueString": "Ada", "valueInteger": 3}
    found = check(FORM, {**written, "item": [{"linkId": "name", "answer": [both]}]})
    assert [str(one) for one in found] == ["item[0].answer[0] (name): an answer with more than one value[x]"]


def test_what_cannot_be_held_against_a_value_set_is_said_and_is_no_breach() -> None:
    form, _ = load(questionnaire(item("a", "choice", answerValueSet="urn:far")))
    assert form is not None
    [found] = check(form, response(form, {"a": ({"valueCoding": {"display": "x"}},)}, "completed"))
    assert not found.fatal
    assert str(found) == "item[0] (a): not held against the value set urn:far, which the form does not hold"


def test_a_breach_of_a_pattern_names_the_format_where_there_is_one() -> None:
    pattern = {"url": f"{NAME}regex", "valueString": ".+@.+"}
    shown = {"url": f"{NAME}entryFormat", "valueString": "name@place"}
    for extensions, said in (([pattern], "wants it"), ([pattern, shown], "wants it: name@place")):
        form = form_of(item("mail", extension=extensions))
        [found] = check(form, response(form, {"mail": ({"valueString": "nobody"},)}, "completed"))
        assert found.message == f"not written as the form {said}"


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3) | st.sampled_from(["name", "kids", "g"]),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(["linkId", "item", "answer", "valueString", "valueCoding", "valueDate"]), inside
        )
    ),
    max_leaves=12,
)


@given(_json, _json)
def test_no_response_however_broken_makes_the_check_raise(items: Any, whole: Any) -> None:
    check(FORM, {"resourceType": "QuestionnaireResponse", "status": "completed", "item": items})
    check(FORM, whole)
