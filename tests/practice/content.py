"""The content that ships, as values, for the tests of the rules that run on it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import bot
from bot.library import read_sources
from bot.practice import advice, questionnaire, safety, screening
from bot.practice.advice import Advice
from bot.practice.binding import code
from bot.practice.forms import Form
from bot.practice.items import Answers, Item, Place
from bot.practice.safety import Safety
from bot.practice.screening import Screening
from bot.practice.values import Value
from bot.source import read_strings, read_typed

CONTENT = Path(bot.__file__).parent / "content"


def plain(name: str) -> Any:
    """A file of content, every scalar as text."""
    node, faults = read_strings(CONTENT / name)
    assert node is not None, faults
    assert not faults
    return node.plain()


@cache
def intake() -> Form:
    """The first assessment."""
    return _form("intake.yaml")


@cache
def before_visit() -> Form:
    """The short look before each visit."""
    return _form("before-visit.yaml")


@cache
def rules() -> Screening:
    """The warning signs of both."""
    found, findings = screening.load(plain("screening.yaml"), intake(), before_visit())
    assert found is not None
    assert not findings, [str(one) for one in findings]
    return found


@cache
def needling() -> Safety:
    """What both say of needling."""
    found, findings = safety.load(plain("safety.yaml"), intake(), before_visit())
    assert found is not None
    assert not findings, [str(one) for one in findings]
    return found


def rule_ids() -> list[str]:
    """The ids of all rules, of warning signs and of needling."""
    return [*(rule.id for rule in rules().rules), *(rule.id for rule in needling().rules)]


@cache
def tips() -> Advice:
    """The topics of advice."""
    found, findings = advice.load(plain("en/advice.yaml"), intake(), rule_ids(), read_sources([CONTENT]))
    assert found is not None, [str(one) for one in findings]
    assert not findings, [str(one) for one in findings]
    return found


def answered(said: Mapping[str, str], form: Form | None = None) -> Answers:
    """Answers by linkId: codes with spaces between, a number, words, or nothing for a question skipped.

    Each must be a question that is asked as the answers before it are, in the first assessment if no other form is
    named.
    """
    form = form or intake()
    answers: Answers = {}
    for link_id, written in said.items():
        place = Place(link_id)
        assert form.enabled(place, answers), f"{link_id} is not asked"
        answers = form.answer(place, given(form.item(link_id), written), answers)
    return answers


def given(item: Item, written: str) -> tuple[Value, ...]:
    """One answer as a value; codes must be among those offered."""
    if item.options:
        chosen = [option.value for option in item.options if code(option.value) in written.split()]
        assert len(chosen) == len(written.split()), f"{item.link_id}: {written}"
        return tuple(chosen)
    if not written:
        return ()
    if item.type == "integer":
        return ({"valueInteger": int(written)},)
    return ({"valueDate": written},) if item.type == "date" else (item.typed(written),)


def _form(name: str) -> Form:
    node, faults = read_typed(CONTENT / "forms" / name)
    assert node is not None, faults
    assert not faults
    form, findings = questionnaire.load(node.plain())
    assert form is not None
    assert not findings, [str(one) for one in findings]
    return form
