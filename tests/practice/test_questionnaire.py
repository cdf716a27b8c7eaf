import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.practice import items
from bot.practice.questionnaire import load
from tests.practice.questionnaires import choice, form_of, item, questionnaire, resources, when


@pytest.mark.parametrize(
    ("resource", "path", "link_id", "said"),
    [
        (questionnaire({"type": "string", "text": "x"}), "item[0]", "", "without linkId"),
        (questionnaire(item("a"), item("a")), "item[1].linkId", "a", "twice (first at item[0])"),
        (questionnaire(item("g", "group", item("a", "coding"))), "item[0].item[0].type", "a", "'coding'"),
        (questionnaire({"linkId": "a"}), "item[0].type", "a", "without type"),
        (questionnaire(item("a", enableWhen=[when("b")])), "item[0].enableWhen[0]", "a", "no item 'b'"),
        (questionnaire(), "item", "", "no items"),
        (questionnaire("not an item"), "item[0]", "", "not an item"),  # type: ignore[arg-type]
        (
            questionnaire(item("a", "boolean"), item("b", enableWhen=[when("a", "is")])),
            "item[1].enableWhen[0].operator",
            "b",
            "no operator",
        ),
        (
            questionnaire(item("a"), item("b", enableWhen=[when("a", "exists", answerString="x")])),
            "item[1].enableWhen[0]",
            "b",
            "answerBoolean",
        ),
        ({"resourceType": "Patient", "item": [item("a")]}, "resourceType", "", "not a Questionnaire"),
        ("words", "", "", "not a FHIR resource"),
    ],
)
def test_what_cannot_run_is_refused_with_its_place(resource: Any, path: str, link_id: str, said: str) -> None:
    form, findings = load(resource)
    assert form is None
    fatal = [one for one in findings if one.fatal]
    assert [(one.path, one.link_id) for one in fatal] == [(path, link_id)]
    assert said in fatal[0].message


def test_conditions_that_go_round_in_a_circle_are_refused() -> None:
    form, findings = load(
        questionnaire(
            item("a", "boolean", enableWhen=[when("c")]),
            item("b", "boolean", enableWhen=[when("a")]),
            item("c", "boolean", enableWhen=[when("b")]),
        )
    )
    assert form is None
    [fatal] = [one for one in findings if one.fatal]
    assert "in a circle" in fatal.message
    assert all(f"{name}" in fatal.message for name in "abc")


def test_a_group_that_depends_on_what_is_in_it_is_a_circle() -> None:
    form, _ = load(questionnaire(item("g", "group", item("a", "boolean"), enableWhen=[when("a")])))
    assert form is None


def test_two_linkids_with_one_digest_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.practice.questionnaire.digest", lambda text: items.digest(text)[:1])
    form, findings = load(questionnaire(*(item(f"q{n}") for n in range(65))))
    assert form is None
    assert "digest" in findings[0].message


def test_digests_are_short_and_stay_what_they_are() -> None:
    assert items.digest("pain-now") == items.digest("pain-now")
    assert len(items.digest("pain-now")) == 6
    assert form_of(item("pain-now")).item("pain-now").digest == items.digest("pain-now")


@pytest.mark.parametrize(
    ("made", "path", "said"),
    [
        (item("a", maxLength="20"), "item[0].maxLength", "written as text"),
        (item("a", required="yes"), "item[0].required", "true or false"),
        (item("a", enablewhen=[]), "item[0].enablewhen", "no field 'enablewhen'"),
        (item("a", text=""), "item[0]", "without text"),
        (choice("a", "x", "x"), "item[0].answerOption[1]", "same option twice"),
        (choice("a"), "item[0]", "without options"),
        (item("a", "choice", answerValueSet="http://x/vs"), "item[0].answerValueSet", "not in the form"),
        (item("a", "choice", answerOption=[{"value": 1}]), "item[0].answerOption[0]", "no value[x]"),
        (
            item("a", extension=[{"url": "http://hl7.org/fhir/StructureDefinition/regex", "valueString": "("}]),
            "item[0].extension",
            "regex",
        ),
        (
            item("a", extension=[{"url": "http://x/sdc-questionnaire-calculatedExpression"}]),
            "item[0]",
            "expression that is not run",
        ),
    ],
)
def test_what_is_odd_is_said_and_runs(made: dict[str, Any], path: str, said: str) -> None:
    form, findings = load(questionnaire(made))
    assert form is not None
    assert any(one.path == path and said in one.message for one in findings), [str(one) for one in findings]


def test_a_condition_no_answer_can_meet_is_said() -> None:
    form, findings = load(
        questionnaire(choice("a", "x"), item("b", enableWhen=[when("a", answerCoding={"code": "y"})]))
    )
    assert form is not None
    assert "can be what the condition names" in findings[0].message


def test_a_contained_value_set_gives_the_options() -> None:
    codes = [{"code": "m", "display": "Male"}, {"code": "f", "display": "Female"}]
    held = {
        "resourceType": "ValueSet",
        "id": "sex",
        "compose": {"include": [{"system": "urn:s", "concept": codes}]},
    }
    resource = questionnaire(item("a", "choice", answerValueSet="#sex")) | {"contained": [held]}
    form, findings = load(resource)
    assert form is not None
    assert not findings
    assert [option.label for option in form.item("a").options] == ["Male", "Female"]
    assert form.item("a").options[0].value == {"valueCoding": {"system": "urn:s", "code": "m", "display": "Male"}}


def test_numbers_written_as_text_are_read_as_numbers() -> None:
    bound = {"url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": "10"}
    form = form_of(item("a", "integer", extension=[bound], initial=[{"valueInteger": "3"}]))
    assert form.item("a").most == {"valueDecimal": 10.0}
    assert form.item("a").initial == ({"valueInteger": 3},)


def test_a_form_nested_beyond_all_measure_is_refused() -> None:
    deep = item("q")
    for level in range(200):
        deep = item(f"g{level}", "group", deep)
    form, findings = load(questionnaire(deep))
    assert form is None
    assert any("nested" in one.message for one in findings)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(resources(), st.data())
def test_nothing_in_a_resource_makes_loading_raise(resource: dict[str, Any], data: st.DataObject) -> None:
    resource = json.loads(json.dumps(resource))
    for _ in range(data.draw(st.integers(1, 4))):
        part: Any = resource
        while True:
            keys = list(part) if isinstance(part, dict) else list(range(len(part)))
            key = data.draw(st.sampled_from(keys))
            if isinstance(part[key], dict | list) and part[key] and data.draw(st.booleans()):
                part = part[key]
                continue
            part[key] = data.draw(_json)
            break
    form, findings = load(resource)
    assert (form is None) == any(one.fatal for one in findings)


@given(_json)
def test_anything_at_all_can_be_tried_as_a_form(resource: Any) -> None:
    form, findings = load(resource)
    assert form is None
    assert findings


def test_an_item_names_its_picture_and_an_option_its_prefix() -> None:
    media = {"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemMedia"}
    prefix = {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-optionPrefix", "valueString": "7"}
    shown = item("where", "choice", extension=[{**media, "valueAttachment": {"url": "body"}}])
    shown["answerOption"] = [{"valueCoding": {"code": "low"}, "extension": [prefix]}]
    form = form_of(shown, item("plain"))
    assert form.item("where").picture == "body"
    assert form.item("where").options[0].prefix == "7"
    assert form.item("plain").picture == ""


def test_a_picture_without_url_is_said_and_left_out() -> None:
    media = {"url": "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemMedia"}
    form, findings = load(questionnaire(item("where", extension=[{**media, "valueAttachment": {"title": "body"}}])))
    assert form is not None
    assert form.item("where").picture == ""
    assert [str(one) for one in findings] == ["item[0].extension (where): an itemMedia without url, which is not shown"]
