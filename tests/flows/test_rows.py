"""Every warning sign and every safety row, from the patient's tap to the practitioner's message."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.model import Booking
from bot.practice.forms import Form
from bot.practice.items import Answers, Place
from bot.practice.screening import LEVELS, Rule
from bot.practice.values import Value
from tests.flows.paper import NOW, Paper, coded, plain
from tests.house import practice

FORM, CHECK = practice().content.form, practice().content.check
SIGNS, SAFETY = practice().content.screening, practice().content.safety
MARKS = {"emergency": "🔴", "doctor": "🟠", "tell": "🟡"}
TODAY = date(2026, 3, 2)
LONG_AGO = {"RF22", "RF22-three", "RF22-four"}


def opened(form: Form, link_id: str) -> dict[str, list[str]]:
    """What must be ticked for a question to be asked, by linkId."""
    wanted: dict[str, list[str]] = {}
    item = form.item(link_id)
    for one in (*form.sections(Place(link_id)), item):
        equal = [condition for condition in one.conditions if condition.operator == "="]
        for condition in equal[: 1 if one.any_condition else None]:
            wanted |= opened(form, condition.question) | {condition.question: [coded(condition.value)]}
    return wanted


def signs(form: Form) -> Iterator[tuple[Rule, str, str, str]]:
    for rule in SIGNS.rules:
        for link_id, levels in rule.answers.items():
            if link_id in form:
                yield from ((rule, link_id, code, level) for code, level in levels.items())


def named(case: Sequence[object]) -> str:
    rule, *rest = case
    return "-".join((rule.id, *map(str, rest)))  # type: ignore[attr-defined]


def through(form: Form, wanted: dict[str, list[str]]) -> Paper:
    paper = Paper()
    if form is CHECK:
        paper.command("assessment")
        paper.answers()
        paper.taps("send")
        paper.told.clear()
        today = Booking(5, 7, "first", "example", NOW + timedelta(hours=3), NOW + timedelta(hours=4), "UTC", "booked")
        paper.facts = replace(paper.facts, bookings=(today,))
    paper.command("assessment" if form is FORM else "check")
    paper.answers(wanted)
    return paper


@pytest.mark.parametrize("form", [FORM, CHECK], ids=["assessment", "before a visit"])
def test_every_warning_sign_reaches_the_practitioner_and_the_right_words_the_patient(form: Form) -> None:
    for rule, link_id, code, level in signs(form):
        wanted = opened(form, link_id) | {link_id: ["skip" if code == "skipped" else code]}
        if rule.from_age:
            wanted["born"] = ["1 January 1950"]
        story = named((rule, link_id, code, level))
        paper = through(form, wanted)
        if level == "emergency":
            assert MARKS["emergency"] in paper.heard("desk.alert", to=2), story
            assert rule.line in paper.heard("desk.alert", to=2), story
            number = getattr(practice().content.clinic.numbers, rule.number)
            assert number in paper.heard("intake.emergency", to=1), story
            assert paper.conversation.flow is None, f"{story}: the form goes on"
            paper.told.clear()
            paper.command("book")
            assert paper.told[-1][1].key == "booking.see_doctor_first", story
            paper.command("assessment")
            assert paper.told[-1][1].key == "intake.held", story
            continue
        if form is FORM:
            paper.taps("send")
        card = paper.heard("desk.card", to=2)
        raised = max((one for one in LEVELS if f"{MARKS[one]}" in card), key=LEVELS.index, default="")
        assert rule.line in card, story
        assert raised, story
        if level == "doctor":
            assert MARKS["doctor"] in card, story
            assert "call your doctor" in paper.heard("intake.sent" if form is FORM else "check.sent", to=1), story


def test_so_many_ticks_of_the_inflammatory_signs_advise_so_much() -> None:
    rules = [rule for rule in SIGNS.rules if rule.ticks]
    assert {rule.id.partition("-")[0] for rule in rules} == {"RF22"}
    for rule in rules:
        assert rule.ticks
        item = FORM.item(rule.ticks.link_id)
        codes = [coded(one.value) for one in item.options if not one.exclusive][: rule.ticks.least]
        paper = through(FORM, opened(FORM, item.link_id) | {item.link_id: codes})
        paper.taps("send")
        assert rule.line in paper.heard("desk.card", to=2), rule.id
        assert MARKS[rule.ticks.level] in paper.heard("desk.card", to=2), rule.id


def test_every_rule_that_makes_another_graver_holds_the_booking() -> None:
    for rule in SIGNS.rules:
        for one in rule.raises:
            with_it = [other for other in SIGNS.rules if one.rules is None or other.id in one.rules]
            wanted: dict[str, list[str]] = {}
            for each in (rule, next(other for other in with_it if other.id != rule.id)):
                link_id = next(iter(each.answers))
                code = next((code for code, level in each.answers[link_id].items() if level != "emergency"), "")
                if not code or code == "skipped":
                    link_id, code = next(
                        (name, found)
                        for name, levels in each.answers.items()
                        for found, level in levels.items()
                        if level != "emergency" and found != "skipped"
                    )
                for name, codes in (opened(FORM, link_id) | {link_id: [code]}).items():
                    wanted[name] = list(dict.fromkeys([*wanted.get(name, []), *codes]))
            if rule.from_age:
                wanted["born"] = ["1 January 1950"]
            paper = through(FORM, wanted)
            paper.taps("send")
            card = paper.heard("desk.card", to=2)
            assert f"{MARKS[one.level]}" in card.split(rule.line)[0].splitlines()[-1], (rule.id, card)


def test_somebody_under_age_is_asked_to_phone_and_nothing_is_kept() -> None:
    paper = through(FORM, {"born": ["1 January 2012"]})
    assert paper.told[-1][1].key == "intake.too_young"
    assert practice().content.clinic.phone in paper.told[-1][2]
    assert [to for to, _, _ in paper.told if to != 1] == []


@pytest.mark.parametrize("form", [FORM, CHECK], ids=["assessment", "before a visit"])
def test_every_safety_row_stands_on_the_card_with_what_it_asks_of_the_plan(form: Form) -> None:
    for rule in SAFETY.rules:
        for link_id, codes in rule.answers.items():
            for code in codes if link_id in form else ():
                paper = through(form, opened(form, link_id) | {link_id: [code]})
                if form is FORM:
                    paper.taps("send")
                card = paper.heard("desk.card", to=2)
                assert rule.line in card, f"{rule.id} {link_id} {code}"
                assert rule.plan in card, f"{rule.id} {link_id} {code}"


def test_every_row_of_both_tables_has_a_rule() -> None:
    rows = {f"RF{number:02}" for number in range(1, 25)} - {"RF23"}
    assert rows <= {rule.id.partition("-")[0] for rule in SIGNS.rules}
    assert SIGNS.minimum_age
    assert SIGNS.minimum_age.id.startswith("RF23")
    assert {f"S{number:02}" for number in range(1, 26)} == {rule.id.partition("-")[0] for rule in SAFETY.rules}


def test_no_warning_sign_is_never_said_to_be_nothing_serious() -> None:
    paper = through(FORM, {})
    paper.taps("send")
    for _, _, text in paper.told:
        assert "nothing serious" not in text.lower()
        assert "no warning sign" not in text.lower()


def test_a_well_patient_is_done_in_thirty_five_taps_and_typed_answers() -> None:
    paper = Paper()
    paper.command("assessment")
    before = len(paper.told)
    asked = paper.answers()
    paper.taps("send")
    done = len([1 for to, say, _ in paper.told[before:] if to == 1 and say.key in ("intake.asking", "intake.review")])
    assert done <= 35, (done, asked)
    assert paper.facts.now == NOW
    assert plain(FORM.item("legs")) == ["none"]


def values(*codes: str) -> tuple[Value, ...]:
    return tuple({"valueCoding": {"code": code}} for code in codes)


def test_answers_alone_decide() -> None:
    answers: Answers = {"legs": values("saddle"), "saddle": values("new")}
    assert SIGNS.flags(FORM, answers, TODAY) == SIGNS.flags(FORM, dict(answers), TODAY)
