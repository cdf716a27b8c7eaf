"""The first assessment and the short look before a visit that ship: they run, and have what they need."""

import random
from collections.abc import Mapping
from datetime import date

import pytest

from bot.practice.binding import codes
from bot.practice.checking import check
from bot.practice.forms import Form
from bot.practice.items import Answers, Item
from bot.practice.response import response
from tests.practice.content import answered, before_visit, given, intake, needling, rules

WELL = {
    "full-name": "Maria Okonkwo",
    "call-me": "Maria",
    "born": "1968-05-24",
    "phone": "01632 960200",
    "legs": "none",
    "sudden": "none",
    "general": "none",
    "recent": "none",
    "sex": "none",
    "expecting": "none",
    "self-harm": "none",
    "pain-now": "4",
    "pain-worst": "6",
    "pain-week": "5",
    "site": "low-middle",
    "spread": "none",
    "how-long": "weeks",
    "first-ever": "none",
    "story": "It began in the garden.",
    "pattern": "morning",
    "changes": "nothing",
    "enjoyment": "3",
    "activity": "4",
    "goal": "Lift my grandson",
    "goal-now": "5",
    "blood-heart": "none",
    "body": "none",
    "skin-bones": "none",
    "history": "none",
    "everyday": "none",
    "access": "none",
    "extras": "none",
}
"""What a patient answers who has nothing special, in the order it is asked."""

WELL_AGAIN = {
    "legs": "none",
    "sudden": "none",
    "general": "none",
    "expecting": "none",
    "medicines-changed": "none",
    "today": "none",
    "else": "",
}
"""The same before a visit."""

SEND = 1
SCREENS = {"legs", "sudden", "general", "recent", "blood-heart", "body", "skin-bones", "history", "access", "today"}


def walked(form: Form, said: Mapping[str, str]) -> tuple[Answers, int]:
    """The answers of somebody who is asked in order, and the taps and typed answers they took.

    A tick is a tap, and so is the Done after ticks; an answer that stands alone is sent by its own tap.
    """
    answers: Answers = {}
    taps = 0
    while (place := form.pending(answers)) is not None:
        item = form.item(place)
        chosen = given(item, said[place.link_id])
        alone = any(option.exclusive for option in item.chosen(chosen))
        taps += len(chosen) + 1 if item.repeats and not alone else 1
        answers = form.answer(place, chosen, answers)
    return answers, taps


def test_a_patient_with_nothing_special_is_done_in_at_most_35_taps_and_typed_answers() -> None:
    answers, taps = walked(intake(), WELL)
    assert list(answers) == list(WELL)
    assert taps + SEND == 34
    assert check(intake(), response(intake(), answers, "completed")) == []


def test_a_patient_with_nothing_new_is_done_before_a_visit_in_seven_taps() -> None:
    answers, taps = walked(before_visit(), WELL_AGAIN)
    assert list(answers) == list(WELL_AGAIN)
    assert taps == 7
    assert check(before_visit(), response(before_visit(), answers, "completed")) == []


@pytest.mark.parametrize(("form", "said"), [(intake(), WELL), (before_visit(), WELL_AGAIN)], ids=["intake", "before"])
def test_who_has_nothing_special_shows_nothing(form: Form, said: dict[str, str]) -> None:
    answers, _ = walked(form, said)
    assert rules().flags(form, answers, date(2026, 11, 23)) == ()
    assert needling().modifiers(form, answers) == ()


def test_the_sections_come_in_the_order_of_an_assessment_on_a_phone() -> None:
    sections = [item.link_id for item in intake().items]
    assert sections == ["about", "warning-signs", "pain", "past-week", "needles", "life", "more"]
    asked = [place.link_id for place in intake().questions({})]
    assert asked.index("self-harm") < asked.index("pain-now") < asked.index("site") < asked.index("story")


def test_what_identifies_and_what_keeps_safe_cannot_be_skipped_and_the_rest_can() -> None:
    form = intake()
    asked = {place.link_id for place in form.questions({})}
    must = {name for name in asked if form.item(name).required}
    assert must == {"full-name", "call-me", "born", "phone", "expecting"} | SCREENS - {"today"}
    assert not form.item("sex").required
    assert not form.item("self-harm").required


@pytest.mark.parametrize("name", sorted(SCREENS))
def test_a_screen_has_few_ticks_and_none_of_these_stands_alone(name: str) -> None:
    item = (intake() if name in intake() else before_visit()).item(name)
    alone = [option.value["valueCoding"]["code"] for option in item.options if option.exclusive]
    wanted = {"general": ["none", "unsure", "unsaid"], "access": ["none"], "today": ["none"]}
    assert alone == wanted.get(name, ["none", "unsure"])
    assert item.repeats
    assert len(item.options) - len(alone) <= 6


ROWS_OF_SCREENS = {
    name: [option.value["valueCoding"]["code"] for option in intake().item(name).options if not option.exclusive]
    for name in ("legs", "sudden", "general", "blood-heart", "body", "skin-bones")
}


@pytest.mark.parametrize("screen", ROWS_OF_SCREENS)
def test_not_sure_on_a_screen_asks_of_each_row_one_by_one_and_each_has_a_no(screen: str) -> None:
    form = intake()
    before = {place.link_id for place in form.questions(answered({screen: "none"}))}
    opened = [place.link_id for place in form.questions(answered({screen: "unsure"})) if place.link_id not in before]
    assert len(opened) == len(ROWS_OF_SCREENS[screen]) == 6
    for name in opened:
        assert form.item(name).required, name
        assert {"none", "unsure"} <= set(codes(form.item(name))), name


@pytest.mark.parametrize("screen", ROWS_OF_SCREENS)
def test_a_tick_asks_no_more_than_its_own_details(screen: str) -> None:
    form = intake()
    before = {place.link_id for place in form.questions(answered({screen: "none"}))}
    for tick in ROWS_OF_SCREENS[screen]:
        asked = {place.link_id for place in form.questions(answered({screen: tick}))} - before
        assert len(asked) <= 1, tick


def test_details_of_long_pain_are_asked_of_long_pain_alone() -> None:
    form = intake()

    def asked(said: dict[str, str]) -> set[str]:
        return {place.link_id for place in form.questions(answered(said))}

    assert "young-start" not in asked({"how-long": "months"})
    assert "young-start" in asked({"how-long": "year"})
    assert "inflammatory" not in asked({"how-long": "years", "young-start": "none"})
    assert "inflammatory" in asked({"how-long": "years", "young-start": "yes"})
    assert "goal-now" not in asked({"goal": ""})


def test_both_legs_are_asked_about_once() -> None:
    form = intake()
    ticked = answered({"legs": "both", "both-legs": "old", "spread": "both"})
    assert "spread-both" not in {place.link_id for place in form.questions(ticked)}
    assert "spread-both" in {place.link_id for place in form.questions(answered({"legs": "none", "spread": "both"}))}


def test_medicines_are_asked_one_by_one() -> None:
    form = intake()
    answers = answered({"history": "medicines"})
    at = next(place for place in form.questions(answers) if place.link_id == "medicine-name")
    assert str(at) == "medicine-name@0"
    assert "medicine@0" in [str(place) for place in form.questions(answers)]


def test_the_body_chart_has_its_numbers() -> None:
    site = intake().item("site")
    assert site.picture == "body"
    assert [option.prefix for option in site.options] == [str(number) for number in range(1, 17)]


def test_the_scores_are_numbers_from_0_to_10() -> None:
    scored = [item for item in intake().every_item() if any(one["system"] == "urn:acuback:score" for one in item.codes)]
    assert {"pain-week", "enjoyment", "activity", "goal-now"} <= {item.link_id for item in scored}
    for item in scored:
        assert (item.least, item.most, item.control) == ({"valueDecimal": 0}, {"valueDecimal": 10}, "slider")


@pytest.mark.parametrize("form", [intake(), before_visit()], ids=["intake", "before"])
def test_every_text_fits_a_phone(form: Form) -> None:
    for item in form.every_item():
        assert len(item.text) <= 200, item.link_id
        assert all(len(option.label) <= 90 for option in item.options), item.link_id


@pytest.mark.parametrize("form", [intake(), before_visit()], ids=["intake", "before"])
def test_questions_are_told_apart_where_only_their_beginning_is_shown(form: Form) -> None:
    shown = 36
    begins = [item.text[:shown] for item in form.every_item() if item.is_question and item.link_id != "spread-both"]
    assert [text for text in begins if begins.count(text) > 1] == []


@pytest.mark.parametrize("form", [intake(), before_visit()], ids=["intake", "before"])
def test_no_words_say_that_nothing_is_serious(form: Form) -> None:
    said = [item.text for item in form.every_item()]
    assert not [text for text in said if "serious" in text.lower() or "not dangerous" in text.lower()]


def test_what_is_asked_again_before_a_visit_is_asked_in_the_same_words() -> None:
    shared = [item for item in before_visit().every_item() if item.link_id in intake()]
    assert len(shared) > 20
    for item in shared:
        first = intake().item(item.link_id)
        assert (item.type, item.text, item.required) == (first.type, first.text, first.required)
        assert [(one.value, one.exclusive) for one in item.options] == [
            (one.value, one.exclusive) for one in first.options
        ]


@pytest.mark.parametrize("form", [intake(), before_visit()], ids=["intake", "before"])
def test_any_way_through_it_ends_in_a_valid_response(form: Form) -> None:
    for seed in range(60):
        draw = random.Random(seed)
        answers: Answers = {}
        while (place := form.pending(answers)) is not None:
            item = form.item(place)
            answers = form.answer(place, drawn(item, draw), answers)
        assert check(form, response(form, answers, "completed")) == []


def drawn(item: Item, draw: random.Random) -> tuple[Mapping[str, object], ...]:
    if not item.required and item.type != "group" and draw.random() < 0.2:
        return ()
    if item.options:
        chosen = item.toggled((), draw.choice(item.options))
        return item.toggled(chosen, draw.choice(item.options)) or chosen if item.repeats else chosen
    match item.type:
        case "group":
            return ({"valueBoolean": draw.random() < 0.3},)
        case "date":
            return ({"valueDate": "1980-02-29"},)
        case "integer":
            return ({"valueInteger": draw.randint(1, 10)},)
        case "attachment":
            return ({"valueAttachment": {"contentType": "image/jpeg", "title": "report.jpg"}},)
        case _:
            return (item.typed(item.entry_format or "words"),)
