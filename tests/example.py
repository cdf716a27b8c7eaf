"""The built-in example practice, as the flows take it."""

from functools import cache
from pathlib import Path
from typing import Any

import bot
from bot.flows.content import Content, Reading
from bot.library import read_sources
from bot.practice import advice, questionnaire, safety, screening
from bot.practice.clinic import EXAMPLE, read_clinic
from bot.practice.forms import Form
from bot.source import read_strings, read_typed

CONTENT = Path(bot.__file__).parent / "content"


@cache
def content() -> Content:
    """The example's content, read once."""
    clinic, _ = read_clinic(EXAMPLE)
    assert clinic
    form, check = (_form(name) for name in ("intake", "before-visit"))
    signs, _ = screening.load(_rules("screening.yaml"), form, check)
    needling, _ = safety.load(_rules("safety.yaml"), form, check)
    assert signs
    assert needling
    rules = [*(rule.id for rule in signs.rules), *(rule.id for rule in needling.rules)]
    tips, _ = advice.load(_rules("en/advice.yaml"), form, rules, read_sources([CONTENT]))
    assert tips
    pages = (
        Reading("one", "Page one", "First"),
        Reading("two", "Page two", "First", see=("three",)),
        Reading("three", "Page three", "Second"),
    )
    return Content(clinic, form, check, signs, needling, tips, pages)


def _form(name: str) -> Form:
    read = read_typed(CONTENT / "forms" / f"{name}.yaml")[0]
    assert read
    form, _ = questionnaire.load(read.plain())
    assert form
    return form


def _rules(name: str) -> Any:
    read = read_strings(CONTENT / name)[0]
    assert read
    return read.plain()
