import random
import re
from typing import Any

import pytest

from bot.practice.checking import check
from bot.practice.forms import Form
from bot.practice.items import Answers
from bot.practice.patterns import example
from bot.practice.response import response
from bot.practice.trying import Unanswerable, attempt
from tests.practice.questionnaires import EXCLUSIVE, choice, form_of, item, when

NAME = "http://hl7.org/fhir/StructureDefinition/"


def bounds(**extensions: Any) -> dict[str, Any]:
    """Extensions by the last part of their address, whole numbers for the most part."""
    found = []
    for name, held in extensions.items():
        kind = "valueInteger" if isinstance(held, int) else "valueString"
        value = held if isinstance(held, dict) else {kind: held}
        found.append({"url": f"{NAME}{name}", **value})
    return {"extension": found}


def tries(form: Form, count: int = 60) -> list[Answers]:
    """Answers to the end, each of them valid."""
    found = [attempt(form, random.Random(seed)) for seed in range(count)]
    for answers in found:
        assert form.pending(answers) is None
        assert check(form, response(form, answers, "completed")) == []
    return found


def test_every_kind_of_question_is_answered_within_its_bounds() -> None:
    units = [{"url": f"{NAME}questionnaire-unitOption", "valueCoding": {"code": one}} for one in ("kg", "[lb_av]")]
    first, last = {"valueDate": "2024-02-01"}, {"valueDate": "2024-02-03"}
    form = form_of(
        item("integer", "integer", required=True, **bounds(minValue=3, maxValue=5)),
        item("decimal", "decimal", required=True, **bounds(maxDecimalPlaces=1, maxValue={"valueDecimal": 0.5})),
        item("quantity", "quantity", required=True, extension=units),
        item("date", "date", required=True, **bounds(minValue=first, maxValue=last)),
        item("moment", "dateTime", required=True),
        item("time", "time", required=True),
        item("short", "string", required=True, maxLength=3),
        item("long", "text", required=True, **bounds(minLength=300)),
        item("url", "url", required=True),
        item("file", "attachment", required=True, **bounds(mimeType={"valueCode": "image/png"}, maxSize=1)),
        item("who", "reference", required=True),
        item("yes", "boolean", required=True),
        choice("which", "a", "b", required=True),
    )
    assert {len(answers) for answers in tries(form)} == {13}


def test_some_are_skipped_some_repeat_and_some_say_it_in_their_own_words() -> None:
    inner = item("inner", "group", item("dose"), repeats=True)
    form = form_of(
        item("outer", "group", item("drug"), inner, repeats=True),
        item("other", "open-choice", answerOption=[{"valueCoding": {"code": "a"}}], repeats=True),
        item("told", "boolean"),
        item("more", enableWhen=[when("told")]),
    )
    tried = tries(form)
    assert any(answers["told"] == () for answers in tried)
    assert any("more" in answers for answers in tried)
    assert any("dose@1.1" in answers for answers in tried)
    assert any(len(answers["other"]) > 1 for answers in tried)
    assert any("valueString" in value for answers in tried for value in answers["other"])
    assert len({str(answers) for answers in tried}) > 50


def test_as_many_answers_as_are_wanted_and_none_beside_one_that_stands_alone() -> None:
    alone = {"valueCoding": {"code": "none"}, "extension": [{"url": EXCLUSIVE, "valueBoolean": True}]}
    asked = choice("which", "a", "b", repeats=True, **bounds(minOccurs=2))
    form = form_of(asked | {"answerOption": [*asked["answerOption"], alone]})
    for answers in tries(form):
        assert {value["valueCoding"]["code"] for value in answers["which"]} == {"a", "b"}


def test_a_required_group_is_not_left_empty() -> None:
    form = form_of(item("g", "group", item("a"), item("b", **bounds(minLength=9) | {"maxLength": 2}), required=True))
    assert all(answers["a"] for answers in tries(form))


@pytest.mark.parametrize(
    "pattern",
    [
        r"[A-Z]{2}\d{3}",
        r"(foo|bar)+-\w?",
        r"[^a-z\s]+@[\w.]+\.(?:com|org)",
        r"(\d)\1{2,}",
        r"\S.*",
        r"(?i:ab)[^\d]",
        r"^[0-9]{4}$",
        "",
    ],
)
def test_a_text_is_made_for_a_pattern(pattern: str) -> None:
    compiled = re.compile(pattern)
    made = [example(compiled, random.Random(seed)) for seed in range(50)]
    assert all(compiled.fullmatch(text) for text in made)


def test_a_pattern_that_asks_for_thousands_of_thousands_is_given_up_in_time() -> None:
    assert len(example(re.compile("(a{5000}){5000}"), random.Random(1))) < 20_000


def test_a_question_nobody_can_answer_is_named_only_if_it_must_be_answered() -> None:
    impossible = item("a", **bounds(regex="(?=x)y"))
    tries(form_of(impossible))
    with pytest.raises(Unanswerable, match=r"item\[0\] \(a\): no answer was found for it: pattern"):
        attempt(form_of({**impossible, "required": True}), random.Random(1))


def test_a_form_of_many_repeating_groups_ends() -> None:
    inside = item("q")
    for level in range(8):
        inside = item(f"g{level}", "group", inside, repeats=True)
    tries(form_of(inside), 10)
