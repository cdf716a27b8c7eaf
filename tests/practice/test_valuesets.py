"""Value sets a form holds itself, and what is said of the others."""

from typing import Any

import pytest

from bot.practice.questionnaire import load
from tests.practice.questionnaires import item, questionnaire


def value_set(name: str, **parts: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "id": name, "url": f"urn:{name}", "version": "2", **parts}


def composed(*codes: str, system: str = "urn:s", **more: Any) -> dict[str, Any]:
    return {"compose": {"include": [{"system": system, "concept": [{"code": code} for code in codes]}], **more}}


def asked(named: str, *held: dict[str, Any], kind: str = "choice") -> tuple[list[str], list[str]]:
    """The labels of the options a question gets, and what was said."""
    form, findings = load(questionnaire(item("a", kind, answerValueSet=named)) | {"contained": [*held]})
    assert form is not None
    return [option.label for option in form.item("a").options], [one.message for one in findings]


@pytest.mark.parametrize("named", ["#sex", "urn:sex", "urn:sex|2", "urn:sex|1"])
def test_it_is_found_by_its_id_and_its_url_with_a_version_or_without(named: str) -> None:
    assert asked(named, value_set("sex", **composed("f", "m"))) == (["f", "m"], [])


def test_what_an_expansion_nests_is_offered_but_for_its_headings() -> None:
    contains = [
        {"display": "Legs", "contains": [{"code": "calf"}, {"code": "foot", "contains": [{"code": "toe"}]}]},
        {"code": "all", "abstract": True, "contains": [{"code": "hip"}]},
    ]
    assert asked("#s", value_set("s", expansion={"contains": contains}))[0] == ["calf", "foot", "toe", "hip"]


def test_an_expansion_goes_before_what_it_was_made_of() -> None:
    held = value_set("s", expansion={"contains": [{"code": "b"}]}, **composed("a"))
    assert asked("#s", held) == (["b"], [])


def test_a_set_may_include_another_and_leave_some_out() -> None:
    include = [{"valueSet": ["urn:few"]}, {"system": "urn:s", "concept": [{"code": "c"}, {"code": "d"}]}]
    exclude = [{"system": "urn:s", "concept": [{"code": "a"}, {"code": "d"}]}]
    held = value_set("s", compose={"include": include, "exclude": exclude})
    assert asked("#s", held, value_set("few", **composed("a", "b"))) == (["b", "c"], [])


@pytest.mark.parametrize(
    ("compose", "said"),
    [
        ({"include": [{"system": "urn:snomed"}]}, "takes codes of urn:snomed without listing them"),
        ({"include": [{"system": "urn:s", "filter": [{"op": "is-a"}]}]}, "without listing them"),
        ({"include": [{"system": "urn:s", "concept": [{"code": "a"}]}, {"system": "urn:t"}]}, "codes of urn:t"),
        ({"include": [{"valueSet": ["urn:elsewhere"]}]}, "includes urn:elsewhere, which is not in the form"),
        ({"include": [{"valueSet": ["urn:s"]}]}, "includes itself"),
        ({"include": [{"valueSet": ["urn:s", "urn:t"]}]}, "what several others share"),
        ({"include": []}, "lists no codes"),
    ],
)
def test_what_only_a_terminology_server_knows_is_said_and_asked_as_text(compose: Any, said: str) -> None:
    form, findings = load(
        questionnaire(item("a", "choice", answerValueSet="#s")) | {"contained": [value_set("s", compose=compose)]}
    )
    assert form is not None
    [one] = findings
    assert one.path == "item[0].answerValueSet"
    assert said in one.message
    assert "asked as text" in one.message
    assert form.item("a").takes_text
    assert form.item("a").value_set == "#s"


def test_only_a_choice_takes_its_answers_from_a_value_set() -> None:
    labels, said = asked("#s", value_set("s", **composed("a")), kind="string")
    assert labels == []
    assert "no choice" in said[0]


@pytest.mark.parametrize("name", ["valueset-conceptOrder", "questionnaire-preferredOrder"])
def test_codes_that_say_their_order_come_first_and_in_it(name: str) -> None:
    url = f"http://hl7.org/fhir/StructureDefinition/{name}"
    orders = {"a": 3, "b": None, "c": 1}
    concepts = [
        {"code": code, **({"extension": [{"url": url, "valueInteger": order}]} if order else {})}
        for code, order in orders.items()
    ]
    held = value_set("s", compose={"include": [{"concept": concepts}]})
    assert asked("#s", held) == (["c", "a", "b"], [])
