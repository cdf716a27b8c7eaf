"""Typed words as values of a question's type."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.flows.flow import Refused
from bot.flows.reading import is_as_typed, read_value
from tests.practice.questionnaires import form_of, item


def read(kind: str, said: str, **more: Any) -> Any:
    asked = form_of(item("q", kind, **more)).item("q")
    found = read_value(asked, said, date(2026, 11, 23), ZoneInfo("Europe/London"))
    return found.key if isinstance(found, Refused) else found


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        ("integer", "7/10", {"valueInteger": 7}),
        ("decimal", "7,5", {"valueDecimal": 7.5}),
        ("decimal", "7", {"valueDecimal": 7}),
        ("quantity", "3 km", {"valueQuantity": {"value": 3, "unit": "km"}}),
        ("date", "May 2024", {"valueDate": "2024-05"}),
        ("dateTime", "3 May 2024 2pm", {"valueDateTime": "2024-05-03T14:00:00+01:00"}),
        ("time", "2pm", {"valueTime": "14:00:00"}),
        ("boolean", "Yes, please", {"valueBoolean": True}),
        ("string", " Dr Shah ", {"valueString": "Dr Shah"}),
        ("text", "  two\n\nlines <b> ", {"valueString": "two\n\nlines <b>"}),
        ("url", "x.org/a", {"valueUri": "https://x.org/a"}),
        ("url", "localhost:80", {"valueUri": "localhost:80"}),
        ("reference", "my GP", {"valueReference": {"display": "my GP"}}),
        ("choice", "own words", {"valueCoding": {"display": "own words"}}),
    ],
)
def test_words_become_a_value_of_the_type(kind: str, said: str, value: Any) -> None:
    assert read(kind, said) == value


@pytest.mark.parametrize(
    ("kind", "said", "key"),
    [
        ("integer", "7,5", "intake.unread_whole"),
        ("integer", "7-8", "intake.unread_range"),
        ("integer", "7 bananas", "intake.unread_number"),
        ("quantity", "far", "intake.unread_number"),
        ("date", "13 Brumaire 1980", "intake.unread_date"),
        ("dateTime", "soon", "intake.unread_moment"),
        ("time", "soon", "intake.unread_time"),
        ("boolean", "maybe", "intake.unread_choice"),
        ("url", "my page", "intake.unread_url"),
        ("attachment", "see above", "intake.unread_attachment"),
        ("text", " \n ", "intake.unread_words"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence_of_its_own(kind: str, said: str, key: str) -> None:
    assert read(kind, said) == key


def test_a_word_of_the_question_may_stand_behind_its_number() -> None:
    assert read("integer", "6 hours", text="How many hours do you sleep?") == {"valueInteger": 6}
    assert read("integer", "6 weeks", text="How many hours do you sleep?") == "intake.unread_number"


@pytest.mark.parametrize(
    ("value", "said", "plain"),
    [
        ({"valueInteger": 7}, "7", True),
        ({"valueInteger": 7}, "7/10", False),
        ({"valueInteger": 7}, "seven", False),
        ({"valueDecimal": 7.5}, "7,5", True),
        ({"valueQuantity": {"value": 72, "unit": "kg"}}, "72 kg", True),
        ({"valueDate": "1980-05-03"}, "3 May 1980", False),
        ({"valueString": "7"}, "7", True),
    ],
)
def test_what_was_typed_otherwise_is_read_back(value: Any, said: str, plain: bool) -> None:
    assert is_as_typed(value, said) is plain
