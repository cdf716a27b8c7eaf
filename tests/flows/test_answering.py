"""Numbers, words, files and lists, given and refused."""

from typing import Any

import pytest

from bot.model import Contact, Media, Text
from tests.flows.asked import CORE, Chat, more
from tests.practice.questionnaires import item

# --- yes and no


@pytest.mark.parametrize(
    ("typed", "truth"),
    [
        ("Yes", True),
        ("yeah", True),
        ("yes please", True),
        ("Nope!", False),
        ("no thanks", False),
        ("No, thank you", False),
    ],
)
def test_yes_and_no_are_words(typed: str, truth: bool) -> None:
    assert Chat(item("q", "boolean")).type(typed).given("q") == [truth]


def test_the_yes_or_no_that_stands_is_ticked() -> None:
    chat = Chat(item("q", "boolean"), item("r", required=True)).tap("No").back()
    assert chat.labels == ["Yes", "✅ No", "Skip"]
    assert chat.tap("✅ No").given("q") == [False]


@pytest.mark.parametrize("typed", ["not really", "maybe", "👍", "1", "ja"])
def test_half_a_yes_is_none(typed: str) -> None:
    assert Chat(item("q", "boolean")).type(typed).said == "Please tap one of the buttons."


# --- numbers


def scale(least: int = 0, most: int = 10, **also: Any) -> dict[str, Any]:
    made = item("q", "integer", required=True)
    made["extension"] = [
        {"url": f"{CORE}minValue", "valueInteger": least},
        {"url": f"{CORE}maxValue", "valueInteger": most},
    ] + more(**also)["extension"]
    return made


def test_a_scale_stands_in_two_rows() -> None:
    assert Chat(scale()).rows == [["0", "1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]
    assert Chat(scale(1)).rows == [["1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]
    assert Chat(scale(0, 100, sliderStepValue=10)).labels[-1] == "100"
    assert Chat(scale(0, 100)).rows == []


@pytest.mark.parametrize(
    ("typed", "number", "said"),
    [
        ("7", 7, ""),
        ("7/10", 7, "You said 7."),
        ("7 out of 10", 7, "You said 7."),
        ("seven", 7, "You said 7."),
        ("ten/10", 10, "You said 10."),
        ("about 7", 7, "You said 7."),
        ("٧", 7, "You said 7."),
        ("７", 7, "You said 7."),
        ("7.0", 7, "You said 7."),
    ],
)
def test_a_number_is_read_however_it_is_typed_and_read_back_where_it_was_words(
    typed: str, number: int, said: str
) -> None:
    chat = Chat(scale()).type(typed)
    assert chat.given("q") == [number]
    assert chat.said == (f"<i>{said}</i>" if said else "")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("eleven", "The highest I can take is 10."),
        ("-1", "The lowest I can take is 0."),
        ("7,5", "a whole number"),
        ("7-8", "more than one number"),
        ("7 or 8", "more than one number"),
        ("bad", "could not read that as a number"),
        ("3/5", "could not read that as a number"),
        ("🙂", "could not read that as a number"),
    ],
)
def test_a_wrong_number_gets_one_clear_sentence(typed: str, sentence: str) -> None:
    chat = Chat(scale()).type(typed)
    assert sentence in chat.said
    assert not chat.answers


KG, STONE = {"code": "kg", "display": "kg"}, {"code": "[stone_av]", "display": "stone"}


def test_one_unit_goes_without_saying() -> None:
    weight = item("q", "quantity", **more(unit=KG))
    assert Chat(weight).type("72").given("q") == [{"value": 72, "unit": "kg", "code": "kg"}]
    assert Chat(weight).type("72,5 kilos").given("q") == [{"value": 72.5, "unit": "kg", "code": "kg"}]
    assert "use one of these, kg" in Chat(weight).type("11 stone").said


def test_of_several_units_one_is_tapped_or_typed() -> None:
    weight = item("q", "quantity", **more(unitOption=[KG, STONE]))
    chat = Chat(weight).type("eleven")
    assert chat.rows[0] == ["kg", "stone"]
    assert "In which unit?" in chat.text
    assert "So far: 11" in chat.text
    assert Chat(weight).type("eleven").tap("stone").given("q")[0]["code"] == "[stone_av]"
    assert Chat(weight).type("11").type("st").given("q")[0]["code"] == "[stone_av]"
    assert Chat(weight).type("11 stone").given("q")[0] == {"value": 11, "unit": "stone", "code": "[stone_av]"}
    assert Chat(weight).type("11").back().labels == Chat(weight).labels


# --- words


def test_several_typed_answers_are_gathered_and_shown_until_done() -> None:
    chat = Chat(item("q", repeats=True))
    assert "Done" not in chat.labels
    chat.type("Sam\nAlex").type("Kim")
    assert "So far: Sam, Alex and Kim" in chat.text
    chat.tap("✕ Alex")
    assert chat.tap("Done").given("q") == ["Sam", "Kim"]


def test_more_answers_than_wanted_and_the_same_twice_are_refused() -> None:
    chat = Chat(item("q", repeats=True, **more(maxOccurs=2))).type("a").type("a")
    assert chat.said == "You have given that answer already."
    assert "At most 2" in chat.type("b").type("c").said
    assert chat.tap("Done").given("q") == ["a", "b"]


@pytest.mark.parametrize("typed", ["🙂🙂", "مرحبا بك", "<b>hi</b> & co", "0", "no"])
def test_words_are_kept_as_they_were_typed(typed: str) -> None:
    assert Chat(item("q", "text")).type(f" {typed} ").given("q") == [typed]


def test_nothing_but_blanks_is_no_answer() -> None:
    assert Chat(item("q", "text")).type(" \n ").said == "I could not read that. Please type it in words."


def test_what_is_too_long_is_told_with_both_numbers_and_not_cut() -> None:
    chat = Chat(item("q", "text", maxLength=100)).type("x" * 150)
    assert "150 characters" in chat.said
    assert "at most 100" in chat.said
    assert not chat.answers


def test_a_text_that_telegram_has_cut_is_one_answer() -> None:
    chat = Chat(item("q", "text"), item("r", required=True))
    chat.type("x" * 4096).type("y" * 904, later=1)
    assert chat.given("q") == ["x" * 4096 + "y" * 904]
    assert "About r" in chat.text, "and the next question is still open"
    chat.type("z", later=1)
    assert chat.given("r") == ["z"]


def test_a_text_long_after_a_long_one_is_an_answer_of_its_own() -> None:
    chat = Chat(item("q", "text"), item("r")).type("x" * 4096).type("y", later=4)
    assert (len(chat.given("q")[0]), chat.given("r")) == (4096, ["y"])


def test_of_a_cut_text_that_is_too_long_the_rest_is_not_taken_for_the_answer() -> None:
    chat = Chat(item("q", "text", maxLength=100)).type("x" * 4096).type("y" * 50, later=1)
    assert "4,146 characters" in chat.said
    assert not chat.answers


def test_a_cut_line_of_several_answers_is_joined_to_the_line_it_belongs_to() -> None:
    chat = Chat(item("q", "text", repeats=True)).type("a").type("x" * 4090).type("y", later=1).tap("Done")
    assert chat.given("q") == ["a", "x" * 4090 + " y"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("www.x.org", "https://www.x.org"), ("http://x.org/a?b", "http://x.org/a?b"), ("urn:uuid:1", "urn:uuid:1")],
)
def test_a_web_address_gets_what_it_lacks(typed: str, kept: str) -> None:
    assert Chat(item("q", "url")).type(typed).given("q") == [kept]
    assert "not a web address" in Chat(item("q", "url")).type("my page").said


def test_a_reference_is_asked_as_text() -> None:
    assert Chat(item("q", "reference")).type("Dr Shah").given("q") == [{"display": "Dr Shah"}]


def test_what_was_answered_before_can_be_left_as_it_is() -> None:
    chat = Chat(item("q"), item("r", required=True)).type("first").back()
    assert "Your answer up to now: first" in chat.text
    assert chat.tap("Leave it as it is").given("q") == ["first"]


# --- files and contacts

PHOTO = Media("photo", "AgAC", "", 1234, "My back")


def test_a_photo_or_document_answers_a_question_for_one() -> None:
    chat = Chat(item("q", "attachment")).hear(PHOTO)
    assert chat.given("q") == [
        {"contentType": "image/jpeg", "url": "urn:telegram:photo:AgAC", "size": 1234, "title": "My back"}
    ]
    letter = Media("document", "BQAC", "application/pdf", 5, "letter.pdf")
    assert Chat(item("q", "attachment")).hear(letter).given("q")[0]["url"] == "urn:telegram:document:BQAC"


def test_several_files_are_gathered() -> None:
    chat = Chat(item("q", "attachment", repeats=True)).hear(PHOTO).hear(Media("photo", "b"))
    assert "So far: My back and a picture or file" in chat.text
    assert len(chat.tap("Done").given("q")) == 2


@pytest.mark.parametrize(
    ("heard", "kind", "sentence"),
    [
        (Media("voice"), "attachment", "send a photo or a file"),
        (Text("no"), "attachment", "send a photo or a file"),
        (Media("photo"), "text", "cannot take pictures"),
        (Media("forwarded"), "text", "a forwarded message"),
        (Media("forwarded"), "attachment", "a forwarded message"),
        (Contact("+44", own=True), "text", "cannot take pictures"),
    ],
)
def test_what_does_not_fit_gets_one_clear_sentence(heard: Any, kind: str, sentence: str) -> None:
    chat = Chat(item("q", kind)).hear(heard)
    assert sentence in chat.said
    assert not chat.answers


def test_a_shared_contact_is_a_phone_number_if_it_is_the_senders_own() -> None:
    assert Chat(item("phone")).hear(Contact("+44 1632 960200", own=True)).given("phone") == ["+44 1632 960200"]
    assert "somebody else" in Chat(item("phone")).hear(Contact("+44", own=False)).said
