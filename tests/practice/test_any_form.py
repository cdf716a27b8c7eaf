"""Any form, any answers: it ends, its response is valid, a draft reads back, going to and fro loses nothing."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.practice.checking import check
from bot.practice.forms import Form
from bot.practice.items import Answers, Place
from bot.practice.questionnaire import load
from bot.practice.response import answers_from, response
from bot.practice.trying import Unanswerable, attempt
from tests.practice.questionnaires import choice, item, questionnaire, resources, walked, when

NAME = "http://hl7.org/fhir/StructureDefinition/"
seeds = st.integers(0, 2**16)


def limit(name: str, **value: Any) -> dict[str, Any]:
    return {"url": f"{NAME}{name}", **value}


@st.composite
def bounded(draw: st.DrawFn) -> tuple[Form, random.Random]:
    """A form that can run, its items with limits and starts of all kinds, and the chance to answer it by."""
    resource = draw(resources())
    chance = random.Random(draw(seeds))
    for made in _every(resource["item"]):
        _limited(made, chance)
    form, findings = load(resource)
    assume(form is not None)
    assert form is not None
    assert not any(one.fatal for one in findings)
    return form, chance


def _every(items: list[Any]) -> list[Any]:
    return [one for made in items for one in (made, *_every(made.get("item", [])))]


def _limited(made: dict[str, Any], chance: random.Random) -> None:
    more = made.setdefault("extension", [])
    kind = made["type"]
    if made.get("repeats") and chance.random() < 0.5:
        more.append(limit("questionnaire-minOccurs", valueInteger=chance.randint(0, 2)))
        more.append(limit("questionnaire-maxOccurs", valueInteger=chance.randint(2, 3)))
    if kind in ("integer", "decimal", "quantity") and chance.random() < 0.5:
        more.append(limit("minValue", valueInteger=chance.randint(-5, 0)))
        more.append(limit("maxValue", valueDecimal=chance.randint(0, 9) + 0.5))
    if kind in ("string", "text") and chance.random() < 0.5:
        more.append(limit("minLength", valueInteger=chance.randint(0, 4)))
        made["maxLength"] = chance.randint(3, 30)
    if kind == "string" and chance.random() < 0.3:
        more.append(limit("regex", valueString=chance.choice(["[a-c]{3,4}", r"\d+|none", "(x|yz)*q"])))
    if kind == "boolean" and chance.random() < 0.3:
        made |= {"initial": [{"valueBoolean": True}], "readOnly": chance.random() < 0.5}
    if made.get("answerOption") and chance.random() < 0.3:
        made["answerOption"][chance.randint(0, 2)]["initialSelected"] = True


def told(form: Form, answers: Answers) -> Any:
    """The completed response, as it would be kept."""
    return json.loads(json.dumps(response(form, answers, "completed")))


def _attempted(form: Form, chance: random.Random) -> Answers | None:
    """Answers to the end; None where a limit lets nobody answer, which `attempt` says."""
    try:
        return attempt(form, chance)
    except Unanswerable:
        return None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(bounded())
def test_any_form_is_answered_to_its_end_and_its_response_is_valid(drawn: tuple[Form, random.Random]) -> None:
    form, chance = drawn
    if (answers := _attempted(form, chance)) is not None:
        assert form.pending(answers) is None
        assert [str(one) for one in check(form, told(form, answers))] == []


@settings(max_examples=100, deadline=None, derandomize=True)
@given(bounded(), seeds)
def test_any_draft_reads_back_and_goes_on_to_the_same_end(drawn: tuple[Form, random.Random], seed: int) -> None:
    form, chance = drawn
    if (answers := _attempted(form, chance)) is None:
        return
    kept = dict(list(answers.items())[: random.Random(seed).randint(0, len(answers))])
    draft = json.loads(json.dumps(response(form, kept, "in-progress")))
    assert [str(one) for one in check(form, draft) if one.fatal] == []
    back = answers_from(form, draft)
    for place in form.questions(kept):
        if form.item(place).is_question:
            assert [*form.values(place, back)] == [*form.values(place, kept)]
            assert (str(place) in back) == (str(place) in kept)
    done = attempt(form, chance, back)
    assert form.pending(done) is None
    assert [str(one) for one in check(form, told(form, done))] == []


@settings(max_examples=150, deadline=None, derandomize=True)
@given(bounded(), seeds)
def test_going_to_and_fro_never_loses_an_answer_that_applies(drawn: tuple[Form, random.Random], seed: int) -> None:
    form, chance = drawn
    answers, others = _attempted(form, chance), _attempted(form, random.Random(seed))
    if answers is None or others is None:
        return
    before = told(form, answers)
    for place in random.Random(seed).sample(form.questions(answers), k=min(4, len(form.questions(answers)))):
        node = form.nodes[place.link_id]
        if str(place) not in others or (node.level and node.is_question):
            continue
        changed = form.answer(place, others[str(place)], answers)
        _same_both_ways(form, changed)
        for other in form.questions(changed):
            if other != place and str(other) in answers:
                assert form.values(other, changed) == form.values(other, answers)
        assert told(form, form.answer(place, answers[str(place)], changed)) == before


def _same_both_ways(form: Form, answers: Answers) -> None:
    places = [str(place) for place in form.questions(answers)]
    assert walked(form, answers) == places
    back = [form.previous(Place.parse(place), answers) for place in places]
    assert [str(place) for place in back if place] == places[:-1]


RICH = questionnaire(
    item("hello", "display", _text={"extension": [{"url": f"{NAME}translation", "extension": []}]}),
    choice("sex", answerValueSet="#sex"),
    choice("where", "back", "leg", repeats=True, required=True)
    | {"item": [item("since", "date", enableWhen=[when("pain", ">", answerInteger=3)])]},
    item("pain", "integer", extension=[limit("minValue", valueInteger=0), limit("maxValue", valueInteger=10)]),
    item(
        "drugs",
        "group",
        item("drug", required=True, maxLength=40),
        item("dose", "quantity", extension=[limit("questionnaire-unitOption", valueCoding={"code": "mg"})]),
        repeats=True,
        required=True,
        extension=[limit("questionnaire-maxOccurs", valueInteger=3)],
    ),
    item("silent", "boolean", extension=[limit("questionnaire-hidden", valueBoolean=True)])
    | {"initial": [{"valueBoolean": True}]},
    item("mail", extension=[limit("regex", valueString=r"\S+@\S+"), limit("entryFormat", valueString="a@b")]),
    item("photo", "attachment", extension=[limit("mimeType", valueCode="image/png"), limit("maxSize", valueDecimal=1)]),
    item("other", "open-choice", answerOption=[{"valueString": "a"}, {"valueInteger": 3, "initialSelected": True}]),
    item("bye", "text", enableBehavior="any", enableWhen=[when("silent"), when("mail", "exists", answerBoolean=False)]),
) | {
    "contained": [
        {
            "resourceType": "ValueSet",
            "id": "sex",
            "expansion": {"contains": [{"display": "All", "contains": [{"code": "f"}, {"code": "m"}]}]},
        }
    ]
}
_JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 3.5, 10**400, 10**5_000, float("inf"), "", "x", "true", "2024-13-01", "(", "a{99999999999}"),
    *("\ud800", "group", "quantity", "display", "#sex", [], {}, [[]], [{}], {"code": "x"}, {"value": "1"}, {1: 2}),
)


def _parts(held: Any) -> list[tuple[Any, Any]]:
    keys: list[Any] = list(held) if isinstance(held, dict) else list(range(len(held))) if isinstance(held, list) else []
    return [pair for key in keys for pair in ((held, key), *_parts(held[key]))]


def _broken(resource: Any, chance: random.Random) -> Any:
    """The resource with a few things in it replaced, dropped, or put where others were."""
    resource = copy.deepcopy(resource)
    for _ in range(chance.randint(1, 6)):
        parts = _parts(resource)
        if not parts:
            break
        (parent, key), (other, name) = chance.choice(parts), chance.choice(parts)
        match chance.randint(0, 2):
            case 0:
                parent[key] = copy.deepcopy(chance.choice(_JUNK))
            case 1:
                parent[key] = copy.deepcopy(other[name])
            case _:
                del parent[key]
    return resource


def test_the_rich_form_is_sound() -> None:
    form, findings = load(RICH)
    assert form is not None
    assert [str(one) for one in findings] == []


@pytest.mark.parametrize("seed", range(8))
def test_no_form_and_no_response_however_broken_raises(seed: int) -> None:
    chance = random.Random(seed)
    whole, _ = load(RICH)
    assert whole is not None
    ran = 0
    for _ in range(60):
        form, findings = load(_broken(RICH, chance), chance.choice(["", "de"]))
        assert (form is None) == any(one.fatal for one in findings)
        assert all(str(one) for one in findings)
        if form is None:
            continue
        if (answers := _attempted(form, chance)) is None:
            continue
        ran += 1
        assert [str(one) for one in check(form, response(form, answers, "completed")) if one.fatal] == []
        form.closing(answers)
        for place in form.questions(answers):
            form.lead(place, answers)
            form.notes(place, answers)
        broken = _broken(response(form, answers, "completed"), chance)
        check(form, broken)
        check(whole, broken)
    assert ran > 5
