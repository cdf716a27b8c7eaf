"""One question of the form, offered and read."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.flows.asking import Question
from bot.flows.flow import Given, Pick, Refused, Stay, Turn
from bot.model import Account, Contact, Facts, Media, Record, Text
from bot.practice import questionnaire
from bot.practice.forms import Form
from tests.example import content

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def turn(
    place: str, answers: dict[str, Any] | None = None, form: Form | None = None, **data: Any
) -> tuple[Question, Turn]:
    facts = Facts(NOW, Account(1, 11, "en"), record=Record(1, 1, "f", "in-progress", answers or {}))
    return Question(form or content().form), Turn("intake", "asking", facts, {"place": place, **data})


def codes(question: Question, at: Turn) -> dict[str, str]:
    return {str(button.label or button.code): button.code for row in question.show(at).rows for button in row}


def test_a_choice_is_answered_by_its_button() -> None:
    question, at = turn("saddle")
    read = question.read(at, Pick(codes(question, at)["No"]))
    assert isinstance(read, Given)
    assert read.value == ("saddle", ({"valueCoding": {"code": "none", "display": "No"}},))


def test_ticks_stay_until_done() -> None:
    question, at = turn("site")
    left = codes(question, at)["Low back, on the left"]
    ticked = question.read(at, Pick(left))
    assert isinstance(ticked, Stay)
    _, at = turn("site", **ticked.data)
    done = question.read(at, Pick("done"))
    assert isinstance(done, Given)
    assert [value["valueCoding"]["code"] for value in done.value[1]] == ["left"]


def test_done_with_nothing_ticked_is_refused() -> None:
    question, at = turn("site")
    assert question.read(at, Pick("done")) == Refused("intake.refused_too_few", {"bound": "1"})


def test_none_of_these_clears_what_was_ticked() -> None:
    question, at = turn("signs")
    labels = codes(question, at)
    first = question.read(at, Pick(labels["I have lost weight without trying"]))
    assert isinstance(first, Stay)
    question, at = turn("signs", **first.data)
    second = question.read(at, Pick(labels["None of these"]))
    assert isinstance(second, Stay)
    assert [value["valueCoding"]["code"] for value in second.data["ticked"]] == ["none"]


@pytest.mark.parametrize(
    ("place", "typed", "key"),
    [
        ("pain-now", "eleven", "intake.refused_too_much"),
        ("pain-now", "-1", "intake.refused_too_little"),
        ("pain-now", "7,5", "intake.unread_number"),
        ("pain-now", "bad", "intake.unread_number"),
        ("born", "31 Feb 1980", "intake.unread_date"),
        ("saddle", "maybe", "intake.unread_choice"),
        ("call-me", "x" * 5000, "intake.refused_too_long"),
        ("call-me", "   ", "intake.unread_words"),
    ],
)
def test_a_wrong_answer_gets_one_clear_sentence(place: str, typed: str, key: str) -> None:
    question, at = turn(place)
    read = question.read(at, Text(typed))
    assert isinstance(read, Refused)
    assert read.key == key
    assert key in {one.key for one in question.refusals}, "and the words have it"


def test_a_photo_where_words_are_asked_is_refused_kindly() -> None:
    question, at = turn("story")
    assert question.read(at, Media("photo")) == Refused("intake.unread_file")


def test_what_may_be_skipped_offers_skip_and_what_may_not_does_not() -> None:
    question, at = turn("story")
    assert question.show(at).offers("skip")
    assert question.read(at, Pick("skip")) == Given(("story", ()))
    question, at = turn("saddle")
    assert not question.show(at).offers("skip")


def test_back_goes_to_the_question_before_and_leaves_the_form_at_the_first() -> None:
    question, at = turn("born")
    back = question.back(at)
    assert back is not None
    assert back.data["place"] == "call-me"
    question, at = turn("call-me")
    assert question.back(at) is None


def test_a_place_the_form_no_longer_has_leads_to_the_first_open_question() -> None:
    question, at = turn("gone", {"call-me": ({"valueString": "Maria"},)})
    assert str(question.place(at)) == "born"


def test_progress_and_minutes_are_told() -> None:
    question, at = turn("saddle")
    values = question.show(at).values
    assert values["n"] == 4
    assert values["of"] > values["n"]
    assert values["minutes"] >= 1
    assert values["section"] == "Safety first"


@pytest.mark.parametrize("kind", ["boolean", "date", "time", "string", "text", "integer", "decimal", "quantity", "url"])
def test_every_type_can_be_asked(kind: str) -> None:
    form, _ = questionnaire.load(
        {"resourceType": "Questionnaire", "status": "active", "item": [{"linkId": "q", "type": kind, "text": "?"}]}
    )
    assert form
    question, at = turn("q", form=form)
    assert question.show(at).values["question"] == "?"
    assert isinstance(question.read(at, Text("\x01 nothing like it")), Refused | Given)


def test_a_shared_contact_is_a_phone_number_if_it_is_the_senders_own() -> None:
    question, at = turn("phone")
    assert question.read(at, Contact("+44 1632 960200", own=True)) == Given(
        ("phone", ({"valueString": "+44 1632 960200"},))
    )
    assert question.read(at, Contact("+44 1632 960200", own=False)) == Refused("intake.unread_contact")
    assert isinstance(question.read(at, Text("ring the neighbour")), Refused)
