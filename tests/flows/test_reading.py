"""Typed words as answers."""

import pytest

from bot.flows.reading import read_date, read_value
from bot.practice import questionnaire
from bot.practice.items import Item


def item(kind: str) -> Item:
    form, _ = questionnaire.load(
        {"resourceType": "Questionnaire", "status": "active", "item": [{"linkId": "q", "type": kind, "text": "?"}]}
    )
    assert form
    return form.item("q")


@pytest.mark.parametrize(
    "said", ["3 May 1980", "3.5.1980", "03/05/1980", "1980-05-03", "May 3, 1980", "3rd of may 1980", " 3 5 1980 "]
)
def test_a_date_is_read_however_it_is_commonly_written(said: str) -> None:
    read = read_date(said)
    assert read is not None
    assert read.isoformat() == "1980-05-03"


@pytest.mark.parametrize("said", ["31 Feb 1980", "yesterday", "3/5", "0.0.0000", "13 Brumaire 1980", "99999-01-01", ""])
def test_what_is_no_date_is_not_taken_for_one(said: str) -> None:
    assert read_date(said) is None


@pytest.mark.parametrize(("said", "number"), [("7", 7), ("7/10", 7), ("seven", 7), (" 07 ", 7), ("7 out of 10", 7)])
def test_a_whole_number_is_read_in_figures_words_and_as_a_score(said: str, number: int) -> None:
    assert read_value(item("integer"), said) == {"valueInteger": number}


@pytest.mark.parametrize("said", ["7,5", "seven or so", "٧/١٠x", "1e5", "9" * 400, "-", ""])
def test_what_is_no_whole_number_is_refused(said: str) -> None:
    assert read_value(item("integer"), said) is None


def test_a_decimal_takes_a_comma() -> None:
    assert read_value(item("decimal"), "7,5") == {"valueDecimal": 7.5}


@pytest.mark.parametrize(("said", "truth"), [("Yes", True), ("nope", False)])
def test_yes_and_no_are_words(said: str, truth: bool) -> None:
    assert read_value(item("boolean"), said) == {"valueBoolean": truth}


def test_free_text_is_kept_as_it_was_typed() -> None:
    assert read_value(item("text"), "  two\n\nlines <b> ") == {"valueString": "two\n\nlines <b>"}
    assert read_value(item("text"), " \n ") is None
