"""Questionnaires for the tests: written short, and drawn at random."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from bot.practice.forms import Form
from bot.practice.items import VALUE_OF_TYPE, Answers, Item, Place
from bot.practice.questionnaire import load
from bot.practice.values import Value

HIDDEN = "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden"
EXCLUSIVE = "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"


def questionnaire(*items: dict[str, Any]) -> dict[str, Any]:
    """A resource around items."""
    return {
        "resourceType": "Questionnaire",
        "url": "urn:test",
        "version": "1",
        "status": "active",
        "item": [*items],
    }


def form_of(*items: dict[str, Any]) -> Form:
    """The form of items that are as they should be."""
    form, findings = load(questionnaire(*items))
    assert form is not None, [str(one) for one in findings]
    return form


def item(link_id: str, kind: str = "string", *inside: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An item, with the items inside it."""
    made = {"linkId": link_id, "type": kind, "text": f"About {link_id}", **more}
    return {**made, "item": [*inside]} if inside else made


def choice(link_id: str, *codes: str, **more: Any) -> dict[str, Any]:
    """A choice between codes."""
    return item(link_id, "choice", answerOption=[{"valueCoding": {"code": code}} for code in codes], **more)


def when(question: str, operator: str = "=", **answer: Any) -> dict[str, Any]:
    """One condition; true is what it asks for if nothing else is said."""
    return {"question": question, "operator": operator, **(answer or {"answerBoolean": True})}


def yes(place: str, answers: Answers, form: Form) -> Answers:
    """The answers with 'yes' at `place`."""
    return form.answer(Place.parse(place), [{"valueBoolean": True}], answers)


def walked(form: Form, answers: Answers) -> list[str]:
    """The places one comes to by going on and on from the first."""
    place, passed = form.first(answers), list[str]()
    while place is not None:
        passed.append(str(place))
        place = form.next(place, answers)
    return passed


def code(name: str) -> Value:
    """A coded value without a system."""
    return {"valueCoding": {"code": name}}


_LEAVES = ("boolean", "integer", "decimal", "date", "dateTime", "time", "string", "text", "url", "quantity")
_SAMPLES: dict[str, st.SearchStrategy[Value]] = {
    "boolean": st.booleans().map(lambda held: {"valueBoolean": held}),
    "integer": st.integers(-9, 9).map(lambda held: {"valueInteger": held}),
    "decimal": st.integers(-99, 99).map(lambda held: {"valueDecimal": held / 10}),
    "date": st.dates().map(lambda held: {"valueDate": held.isoformat()}),
    "dateTime": st.dates().map(lambda held: {"valueDateTime": f"{held.isoformat()}T09:30:00+10:00"}),
    "time": st.integers(0, 23).map(lambda held: {"valueTime": f"{held:02}:30:00"}),
    "quantity": st.integers(0, 9).map(lambda held: {"valueQuantity": {"value": held, "unit": "km"}}),
    "attachment": st.just({"valueAttachment": {"contentType": "image/png", "title": "back.png"}}),
    "reference": st.just({"valueReference": {"display": "my doctor"}}),
}
_WORDS = st.text(min_size=1, max_size=12).filter(str.strip)


def values_for(item: Item) -> st.SearchStrategy[Value]:
    """One answer that fits `item`."""
    if item.options:
        return st.sampled_from([option.value for option in item.options])
    if item.takes_text:
        return _WORDS.map(item.typed)
    return _SAMPLES["boolean" if item.type == "group" else item.type]


@st.composite
def resources(draw: st.DrawFn) -> dict[str, Any]:
    """A questionnaire that can run: nested, repeating, branching on anything asked before or after."""
    asked: list[dict[str, Any]] = []

    def grow(depth: int, upto: int) -> list[dict[str, Any]]:
        return [one(depth) for _ in range(draw(st.integers(1, upto)))]

    def one(depth: int) -> dict[str, Any]:
        kinds = [*_LEAVES, "choice", "open-choice", "attachment", "reference", "display", "group"]
        kind = draw(st.sampled_from(kinds if depth else [one for one in kinds if one != "group"]))
        made = item(f"{draw(st.sampled_from(['q', 'q/', 'é@', '@1']))}{len(asked)}", kind)
        asked.append(made)
        if kind in ("choice", "open-choice"):
            made["answerOption"] = [{"valueCoding": {"code": letter, "system": "urn:s"}} for letter in "abc"]
            if draw(st.booleans()):
                made["answerOption"][2]["extension"] = [{"url": EXCLUSIVE, "valueBoolean": True}]
        if kind != "display":
            made["repeats"] = draw(st.booleans())
            made["required"] = draw(st.booleans())
            if draw(st.integers(0, 9)) == 0:
                made["extension"] = [{"url": HIDDEN, "valueBoolean": True}]
        if kind == "group" or (depth and kind != "display" and draw(st.integers(0, 4)) == 0):
            made["item"] = grow(depth - 1, 3)
        if len(asked) > 1 and draw(st.booleans()):
            conditions(made)
        return made

    def conditions(made: dict[str, Any]) -> None:
        # Whatever closes a circle is refused at load; those are drawn again by `forms`.
        about = draw(st.lists(st.sampled_from(asked), min_size=1, max_size=2))
        questions = [one for one in about if one is not made and one["type"] in VALUE_OF_TYPE]
        found = [when(one["linkId"], "exists", answerBoolean=draw(st.booleans())) for one in questions]
        for condition, question in zip(found, questions, strict=True):
            if question["type"] in ("choice", "open-choice"):
                del condition["answerBoolean"]
                operator = draw(st.sampled_from(["=", "!="]))
                condition |= {"operator": operator, "answerCoding": {"code": draw(st.sampled_from("abc"))}}
            elif question["type"] == "integer":
                del condition["answerBoolean"]
                operator = draw(st.sampled_from([">", "<", ">=", "<="]))
                condition |= {"operator": operator, "answerInteger": draw(st.integers(-9, 9))}
        if found:
            made["enableWhen"] = found
            made["enableBehavior"] = draw(st.sampled_from(["all", "any"]))

    return questionnaire(*grow(2, 5))


def loaded(resource: dict[str, Any]) -> Form | None:
    """The form of a resource, if it can run."""
    return load(resource)[0]


forms: st.SearchStrategy[Form] = (
    resources().map(loaded).filter(lambda form: form is not None).map(lambda form: form or form_of(item("never")))
)


def answer_all(form: Form, draw: Callable[[st.SearchStrategy[Any]], Any], most: int = 60) -> Answers:
    """Answers to a form to its end, drawn; no group goes on for ever."""
    answers: Answers = {}
    place = form.first(answers)
    for step in range(10_000):
        if place is None:
            place = form.pending(answers)
            if place is None:
                return answers
        asked = form.item(place)
        given: tuple[Value, ...] = ()
        if asked.type == "group":
            given = ({"valueBoolean": step < most and draw(st.booleans())},)
        elif form.must(place, answers) or (step < most and draw(st.integers(0, 3))):
            given = (draw(values_for(asked)),)
            if asked.options and asked.repeats:
                for option in draw(st.lists(st.sampled_from(asked.options), max_size=2)):
                    given = asked.toggled(given, option) or given
            elif asked.repeats and draw(st.booleans()):
                given += (draw(values_for(asked)),)
        answers = form.answer(place, given, answers)
        place = form.next(place, answers)
    raise AssertionError("the form does not end")
