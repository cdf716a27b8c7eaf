"""Numbers as people type them."""

from decimal import Decimal

import pytest

from bot.flows.numerals import Typed, Unclear, plain, read_number


@pytest.mark.parametrize(
    ("said", "number"),
    [
        *(
            ("7", "7"),
            (" 07 ", "7"),
            ("7.0", "7"),
            ("7.", "7"),
            ("+7", "7"),
            ("-1", "-1"),
            ("−1", "-1"),
            ("minus 1", "-1"),
        ),
        *(
            ("7,5", "7.5"),
            ("0,125", "0.125"),
            (".5", "0.5"),
            ("1,500", "1500"),
            ("1 000", "1000"),
            ("1,234,567", "1234567"),
        ),
        *(("½", "0.5"), ("7½", "7.5"), ("7 ½", "7.5"), ("2¼", "2.25"), ("half", "0.5"), ("seven and a half", "7.5")),
        *(("seven", "7"), ("Twenty one", "21"), ("twenty-one", "21"), ("a hundred and five", "105"), ("nought", "0")),
        *(
            ("two hundred", "200"),
            ("seven point five", "7.5"),
            ("٧", "7"),
            ("７", "7"),
            ("۱۲", "12"),
            ("٧٫٥", "7.5"),
            ("7️⃣", "7"),
        ),
        *(("7/10", "7"), ("7 out of 10", "7"), ("7 of 10", "7"), ("ten/10", "10"), ("70/100", "70"), ("٧/١٠", "7")),
        *(("about 7", "7"), ("~7", "7"), ("7ish", "7"), ("seven or so", "7"), ("about seven", "7"), ("It's 7!", "7")),
    ],
)
def test_a_number_is_read_however_it_is_typed(said: str, number: str) -> None:
    read = read_number(said)
    assert isinstance(read, Typed)
    assert (read.number, read.unit) == (Decimal(number), "")


@pytest.mark.parametrize(
    ("said", "number", "unit"),
    [
        ("3 km", 3, "km"),
        ("72kg", 72, "kg"),
        ("about seventy two kilos", 72, "kilos"),
        ("7 out of 10 today", 7, "today"),
    ],
)
def test_a_unit_stands_behind_its_number(said: str, number: int, unit: str) -> None:
    assert read_number(said) == Typed(Decimal(number), unit)


@pytest.mark.parametrize(
    "said",
    [
        "7-8",
        "7 – 8",
        "7 or 8",
        "between 5 and 6",
        "five to six",
        "5 ft 11",
        "7 8",
        "7 to 8 km",
        "one two",
        "twenty ten",
    ],
)
def test_two_numbers_are_no_answer(said: str) -> None:
    assert read_number(said) is Unclear.SEVERAL


@pytest.mark.parametrize(
    "said",
    ["", "-", "bad", "7+", ">7", "1/2", "7/8", "9" * 60, "9" * 4000, "of of", "🙂", "½½"],
)
def test_what_is_no_number_is_not_taken_for_one(said: str) -> None:
    assert read_number(said) is Unclear.NO_NUMBER


def test_a_score_is_out_of_the_top_of_its_scale() -> None:
    assert read_number("3/4", Decimal(4)) == Typed(Decimal(3))
    assert read_number("3/5", Decimal(10)) is Unclear.NO_NUMBER


def test_words_are_made_plain() -> None:
    assert plain("  ＹＥＳ\u200f \n٣ – ½ ") == "yes 3 - 0.5"
