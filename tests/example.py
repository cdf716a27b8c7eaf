"""The built-in example practice, as the flows take it."""

from functools import cache
from pathlib import Path

import bot
from bot.flows.content import Content
from bot.practice import advice, questionnaire, screening
from bot.practice.clinic import EXAMPLE, read_clinic
from bot.source import read_strings, read_typed

CONTENT = Path(bot.__file__).parent / "content"


@cache
def content() -> Content:
    """The example's content, read once."""
    clinic, _ = read_clinic(EXAMPLE)
    read = read_typed(CONTENT / "forms" / "intake.yaml")[0]
    assert clinic
    assert read
    form, _ = questionnaire.load(read.plain())
    assert form
    rules, topics = read_strings(CONTENT / "screening.yaml")[0], read_strings(CONTENT / "en" / "advice.yaml")[0]
    assert rules
    assert topics
    signs, _ = screening.load(rules.plain(), form)
    tips, _ = advice.load(topics.plain(), form)
    assert signs
    assert tips
    return Content(clinic, form, signs, tips, (("one", "Page one"), ("two", "Page two")))
