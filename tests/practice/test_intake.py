"""The first assessment that ships: it runs, and has what a first assessment needs."""

import random

from bot.practice.checking import check
from bot.practice.items import Answers, Place
from bot.practice.response import response
from tests.practice.content import intake, rules
from tests.practice.questionnaires import code


def test_it_has_about_fifteen_questions_and_a_branch() -> None:
    form = intake()
    assert 15 <= len(form.questions({})) <= 20
    assert len(list(form.every_item())) > len(form.questions({}))


def test_it_has_a_scale_a_multiple_choice_free_text_a_date_and_warning_signs() -> None:
    form = intake()
    pain = form.item("pain-now")
    assert (pain.least, pain.most, pain.control) == ({"valueDecimal": 0}, {"valueDecimal": 10}, "slider")
    assert form.item("site").repeats
    assert form.item("story").type == "text"
    assert form.item("born").type == "date"
    assert all(rules().asks(name) for name in ("saddle", "bladder", "bowel"))


def test_warning_signs_come_before_any_personal_story_and_cannot_be_skipped() -> None:
    form = intake()
    order = [place.link_id for place in form.questions({})]
    screens = [
        name for name in order if rules().asks(name) and form.sections(Place(name))[0].link_id == "warning-signs"
    ]
    assert max(map(order.index, screens)) < order.index("pain-now")
    assert all(form.item(rule.link_id).required for rule in rules().rules)


def test_none_of_these_stands_alone_on_every_screen_of_ticks() -> None:
    for item in intake().every_item():
        alone = {str(option.value["valueCoding"]["code"]) for option in item.options if option.exclusive}
        if item.repeats and rules().asks(item.link_id) and item.link_id != "site":
            assert alone == {"none", "unsure"}
            assert len(item.options) - len(alone) <= 6


def test_every_text_fits_a_phone() -> None:
    for item in intake().every_item():
        assert len(item.text) <= 200, item.link_id
        assert all(len(option.label) <= 90 for option in item.options), item.link_id


def test_any_way_through_it_ends_in_a_valid_response() -> None:
    form = intake()
    for seed in range(50):
        draw = random.Random(seed)
        answers: Answers = {}
        place = form.first(answers)
        while place is not None:
            item = form.item(place)
            if item.options:
                given = item.toggled((), draw.choice(item.options))
            elif item.type == "boolean":
                given = ({"valueBoolean": draw.random() < 0.5},)
            elif item.type == "date":
                given = ({"valueDate": "1980-02-29"},)
            else:
                given = (
                    ({"valueInteger": draw.randint(0, 10)},)
                    if item.type == "integer"
                    else (item.typed(item.entry_format or "words"),)
                )
            answers = form.answer(place, given, answers)
            place = form.next(place, answers)
        assert check(form, response(form, answers, "completed")) == []


def test_a_patient_with_nothing_special_is_asked_no_details() -> None:
    form = intake()
    answers = form.answer(Place("signs"), [code("none")], form.answer(Place("expecting"), [code("none")], {}))
    asked = {place.link_id for place in form.questions(answers)}
    assert not asked & {"very-ill", "cancer-pain", "pregnancy-signs", "medicines-which"}
