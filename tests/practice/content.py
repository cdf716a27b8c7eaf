"""The content that ships, as values, for the tests of the rules that run on it."""

from functools import cache
from pathlib import Path
from typing import Any

import bot
from bot.practice import questionnaire, screening
from bot.practice.forms import Form
from bot.practice.screening import Screening
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
    node, faults = read_typed(CONTENT / "forms" / "intake.yaml")
    assert node is not None, faults
    assert not faults
    form, findings = questionnaire.load(node.plain())
    assert form is not None
    assert not findings, [str(one) for one in findings]
    return form


@cache
def rules() -> Screening:
    """The warning signs of the first assessment."""
    found, findings = screening.load(plain("screening.yaml"), intake())
    assert found is not None
    assert not findings, [str(one) for one in findings]
    return found
