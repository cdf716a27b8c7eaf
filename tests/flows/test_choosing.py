"""Options of a question: tapped, ticked, typed, and shown on a picture."""

from typing import Any

import pytest

from tests.flows.asked import CORE, Chat, codes, labelled, ticks
from tests.practice.questionnaires import item

# --- choices


def test_a_choice_is_answered_by_its_button() -> None:
    chat = Chat(labelled("q", "Often", "Never")).tap("Never")
    assert chat.given("q") == [{"code": "c1", "display": "Never"}]


def test_ticks_stay_until_done() -> None:
    chat = Chat(ticks()).tap("▫️ A cough", "▫️ A fever")
    assert chat.rows[0] == ["✅ A fever", "✅ A cough"]
    assert codes(chat.tap("Done"), "signs") == ["fever", "cough"]


def test_done_with_nothing_ticked_is_refused() -> None:
    assert "1 or more" in Chat(ticks()).tap("Done").said


def test_none_of_these_answers_at_once_where_nothing_else_is_ticked() -> None:
    assert codes(Chat(ticks()).tap("▫️ None of these"), "signs") == ["none"]


def test_none_of_these_clears_what_was_ticked_and_waits_for_done() -> None:
    chat = Chat(ticks()).tap("▫️ A fever", "▫️ None of these")
    assert not chat.answers
    assert chat.labels[:3] == ["▫️ A fever", "▫️ A cough", "✅ None of these"]
    assert codes(chat.tap("Done"), "signs") == ["none"]


def test_an_optional_question_can_be_skipped_until_something_is_ticked() -> None:
    assert "Skip" not in Chat(ticks()).labels
    chat = Chat(ticks(required=False))
    assert "Skip" in chat.labels
    assert "Skip" not in Chat(ticks(required=False)).tap("▫️ A fever").labels, "what is ticked is not lost by a slip"
    assert chat.tap("Skip").given("signs") == []


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("never", "Never"),
        (" NEVER. ", "Never"),
        ("don't know", "I don't know"),
        ("Dunno", "I don't know"),
        ("not sure", "I don't know"),
        ("rather not say", "Prefer not to say"),
        ("only", "Only at night"),
    ],
)
def test_an_option_is_known_by_what_people_type_for_it(typed: str, label: str) -> None:
    chat = Chat(labelled("q", "Never", "Only at night", "I don't know", "Prefer not to say")).type(typed)
    assert chat.given("q")[0]["display"] == label


@pytest.mark.parametrize("typed", ["maybe", "o", "yes", "👍", "<b>", "مرحبا", "\u200f", "x" * 5000])
def test_what_names_no_option_gets_one_clear_sentence(typed: str) -> None:
    chat = Chat(labelled("q", "Yes, new", "Yes, old", "No")).type(typed)
    assert chat.said == "Please tap one of the buttons."
    assert not chat.answers


@pytest.mark.parametrize("typed", ["2", "6", "2 weeks", "3 to"])
def test_a_number_is_not_taken_for_the_beginning_of_an_option(typed: str) -> None:
    chat = Chat(labelled("q", "Less than 2 weeks", "2 to 6 weeks", "6 weeks to 3 months", "3 to 9 years")).type(typed)
    assert chat.said == "Please tap one of the buttons."


def test_a_long_list_comes_in_pages() -> None:
    chat = Chat(labelled("q", *(f"Answer number {one} of many" for one in range(70))))
    assert "Answer number 31 of many" not in chat.labels
    assert "Answer number 31 of many" in chat.tap("More answers ›").labels
    assert "Answer number 0 of many" in chat.tap("More answers ›", "More answers ›").labels
    assert chat.type("answer number 65 of many").given("q")[0]["code"] == "c65"


def test_an_option_too_long_for_its_button_stands_in_full_in_the_text() -> None:
    long = "A rather long answer that no phone shows on a button in full"
    chat = Chat(labelled("q", long, "No"))
    assert f"• {long}" in chat.text
    assert chat.labels[0].endswith("…")


def test_own_words_answer_an_open_choice() -> None:
    chat = Chat(labelled("q", "Walking", kind="open-choice"))
    assert "type your own" in chat.text
    assert chat.type("Tai chi").given("q") == ["Tai chi"]


def test_own_words_are_added_to_the_ticks_and_can_be_taken_out() -> None:
    chat = Chat(labelled("q", "Walking", "Sitting", kind="open-choice", repeats=True))
    chat.tap("▫️ Walking").type("Tai chi").type("Rowing")
    assert "So far: Walking, Tai chi and Rowing" not in chat.text
    chat.tap("✕ Tai chi")
    assert chat.labels[:3] == ["✅ Walking", "▫️ Sitting", "✕ Rowing"]
    assert codes(chat.tap("Done"), "q") == ["c0", "Rowing"]


def test_the_answer_that_stands_is_ticked_when_the_question_is_put_again() -> None:
    chat = Chat(labelled("q", "Often", "Never"), item("r", required=True)).tap("Never").back()
    assert chat.labels[:2] == ["Often", "✅ Never"]


# --- a picture with numbers


def drawn() -> dict[str, Any]:
    regions = ["Between the shoulder blades", "Middle of the back", "Low back", "Left leg", "Right leg", "Left foot"]
    found = labelled("where", *regions, "Somewhere else", repeats=True)
    for number, option in enumerate(found["answerOption"][:6], 1):
        option["extension"] = [{"url": f"{CORE}questionnaire-optionPrefix", "valueString": str(number)}]
    picture = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemMedia"
    return found | {"extension": [{"url": picture, "valueAttachment": {"url": "body"}}]}


def test_what_a_picture_shows_is_tapped_by_number() -> None:
    chat = Chat(drawn())
    assert chat.rows[0] == ["1", "2", "3", "4", "5", "6"]
    assert "<b>1</b> Between the shoulder blades" in chat.text
    assert chat.tap("4").rows[0] == ["1", "2", "3", "✅ 4", "5", "6"]
    assert "▫️ Somewhere else" in chat.labels
    assert codes(chat.tap("Done"), "where") == ["c3"]


@pytest.mark.parametrize("typed", ["4, 5 and 2", "4 5 2", "2 & 4,5", "Left leg, right leg and middle of the back"])
def test_typed_numbers_are_ticked_and_never_unticked(typed: str) -> None:
    chat = Chat(drawn()).tap("4").type(typed)
    assert chat.rows[0] == ["1", "✅ 2", "3", "✅ 4", "✅ 5", "6"]


def test_a_number_the_picture_does_not_show_is_refused() -> None:
    assert Chat(drawn()).type("4 and 40").said == "Please tap one of the buttons."


def test_the_picture_goes_before_the_question_with_what_is_marked() -> None:
    chat = Chat(drawn()).tap("4")
    (say,) = chat.asks.before(chat.turn)
    assert (say.key, say.photo) == ("intake.picture", "body")
    numbers = {f"c{index}": str(index + 1) for index in range(6)}
    assert say.values == {"photo": {"numbers": numbers, "marked": ["c3"]}}
    assert Chat(ticks()).asks.before(Chat(ticks()).turn) == ()
