"""A question of a form as it is put: where one is in it, what belongs to it, and what it withstands."""

from typing import Any

import pytest

from bot.flows.flow import Given, Refused, Stay
from bot.model import Text
from bot.practice.screening import Rule, Screening
from tests.flows.asked import Chat, labelled, ticks
from tests.practice.questionnaires import item, when


def medicines() -> dict[str, Any]:
    return item("med", "group", item("name", required=True), item("dose"), text="Medicine", repeats=True)


def test_a_repeating_group_says_which_one_and_asks_for_another() -> None:
    chat = Chat(medicines())
    assert "Medicine 1" in chat.text
    chat.type("Ibuprofen").type("400 mg")
    assert "Medicine: is there another one?" in chat.text
    assert "• Ibuprofen, 400 mg" in chat.text
    assert chat.labels == ["Yes", "No"]
    chat.tap("Yes")
    assert "Medicine 2" in chat.text
    chat.type("Aspirin").tap("Skip")
    assert "• Aspirin" in chat.text
    assert chat.type("nope").over


def test_a_question_about_each_answer_says_which_it_is_about() -> None:
    scans = labelled("scans", "X-ray", "MRI", repeats=True, text="Scan") | {"item": [item("when")]}
    chat = Chat(scans).tap("▫️ X-ray", "▫️ MRI", "Done")
    assert "Scan X-ray" in chat.text
    assert "Scan MRI" in chat.type("2019").text


def test_a_place_the_form_no_longer_has_leads_to_the_first_open_question() -> None:
    chat = Chat(item("a"), item("b")).type("x")
    chat.data["place"] = "gone"
    assert "About b" in chat.text


def test_progress_and_minutes_are_told() -> None:
    chat = Chat(item("s", "group", item("a"), item("b"), text="About you")).type("x")
    assert "Question 2 of 2, about 1 minute left" in chat.text
    assert "About you" in chat.text


def test_back_leaves_the_form_at_the_first_question() -> None:
    chat = Chat(item("a"))
    assert chat.asks.back(chat.turn) is None


def test_a_question_about_something_with_a_number_of_its_own_carries_it() -> None:
    rule = Rule("R", {"dark": {"true": "doctor"}}, "line", "crisis", "", "source", reviewed=True)
    chat = Chat(item("dark", "boolean"), item("q"), screening=Screening((rule,)))
    assert "talk to somebody now" in chat.text
    assert "talk to somebody now" not in chat.tap("No").text


@pytest.mark.parametrize(
    "kind",
    [
        *("boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url", "choice"),
        *("open-choice", "quantity", "attachment", "reference"),
    ],
)
@pytest.mark.parametrize("repeats", [False, True])
def test_every_type_can_be_asked_and_no_forged_button_or_odd_text_breaks_it(kind: str, repeats: bool) -> None:
    chat = Chat(item("q", kind, repeats=repeats), item("r"))
    digest = chat.form.item("q").digest
    for code in ("", ".", "x", f"{digest}.", f"{digest}.x0", f"{digest}.u9", f"{digest}.y20x", f"{digest}.d99", "done"):
        assert not chat.asks.offers(chat.turn, code), code
    for typed in (
        "\x01 nothing like it",
        "9" * 400,
        "½",
        "1/0",
        "٧/١٠x",
        "0.0.0000",
        "a of of b",
        "-" * 300,
        "x" * 9000,
    ):
        assert isinstance(Chat(item("q", kind, repeats=repeats)).hear(Text(typed)).text, str)
    assert "About q" in chat.text


def test_what_stays_within_a_question_goes_when_it_is_left() -> None:
    chat = Chat(ticks(required=False), item("r")).tap("▫️ A fever", "Done")
    assert set(chat.data) == {"place"}
    assert isinstance(chat.asks.read(chat.turn, Text("x")), Given | Stay | Refused)


def test_what_only_applies_to_an_answer_is_asked_after_it() -> None:
    chat = Chat(item("a", "boolean"), item("b", enableWhen=[when("a")])).tap("Yes")
    assert "About b" in chat.text
