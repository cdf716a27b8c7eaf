"""The card holds one message, whatever was typed and however much was ticked."""

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.flows.card import Card
from bot.model import Flag, Patient, Record, Say
from bot.practice.items import Item
from tests.flows.paper import NOW, Paper
from tests.house import practice

MOST = 4096
CONTENT = practice().content


def everything(item: Item, letters: str) -> tuple[dict[str, Any], ...]:
    """The longest answer there is: everything ticked, every text as long as it may be."""
    if item.options:
        several = [dict(one.value) for one in item.options if not one.exclusive]
        return tuple(several if item.repeats else several[:1])
    if item.type in ("string", "text"):
        return ({"valueString": (letters * 8000)[: item.max_length or 8000]},)
    if item.type == "integer":
        return ({"valueInteger": 10},)
    return ({"valueDate": "1950-01-01"},) if item.type == "date" else ()


def worst(letters: str) -> Record:
    answers = {item.link_id: everything(item, letters) for item in CONTENT.form.every_item() if item.is_question}
    for number in range(20):
        answers[f"medicine-name@{number}"] = ({"valueString": letters * 50},)
        answers[f"medicine@{number}"] = ({"valueBoolean": True},)
    return Record(1, 1, CONTENT.form.canonical, "completed", answers, NOW)


def seen(text: str) -> int:
    """What Telegram counts: UTF-16 units of what is shown."""
    return len(html.unescape(re.sub(r"<[^>]+>", "", text)).encode("utf-16-le")) // 2


@pytest.mark.parametrize("letters", ["word ", "😀", "<b>&", "ж", "مرحبا", "x" * 40])
def test_the_card_is_one_message_with_every_sign_ticked_and_every_text_at_its_longest(letters: str) -> None:
    flags = tuple(Flag(rule.id, "doctor", "open", response_id=1) for rule in CONTENT.screening.rules)
    patient = Patient(7, "active", (letters * 60)[:60])
    facts = replace(Paper().facts, patient=patient, record=worst(letters), flags=flags)
    values = Card(CONTENT).values(facts)
    shown = practice().words.render(Say("desk.card", values), "en-GB", "Europe/London").text
    assert seen(shown) <= MOST
    assert values["left_out"], "what found no room is told"
    for rule in CONTENT.screening.rules:
        assert rule.line in html.unescape(shown), f"{rule.id} fell off the card"


def test_where_room_is_short_what_forbids_needles_is_named_before_the_rest_is_told() -> None:
    flags = tuple(Flag(rule.id, "doctor", "open", response_id=1) for rule in CONTENT.screening.rules[:20])
    facts = replace(Paper().facts, patient=Patient(7, "active", "Maria"), record=worst("word "), flags=flags)
    shown = practice().words.render(Say("desk.card", Card(CONTENT).values(facts)), "en-GB", "Europe/London").text
    never = [one.line for one in Card(CONTENT).modifiers(facts) if one.effect == "never"]
    assert never
    assert all(f"⛔ <b>{line}</b>" in shown for line in never)


def test_the_first_line_of_a_card_tells_a_locked_screen_no_more_than_a_name() -> None:
    patient = Patient(7, "active", "Maria")
    facts = replace(Paper().facts, patient=patient, record=worst("word "))
    shown = practice().words.render(Say("desk.card", Card(CONTENT).values(facts)), "en-GB", "Europe/London").text
    assert shown.splitlines()[0] == "<b>Maria</b>"
