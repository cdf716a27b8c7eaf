"""The texts of a form in another language, where the form has them."""

from typing import Any

import pytest

from bot.practice.questionnaire import load
from bot.practice.translation import TRANSLATION
from tests.practice.questionnaires import item, questionnaire


def beside(**texts: str) -> dict[str, Any]:
    """What stands under `_text`; a language's hyphen is written as an underscore here."""
    parts = [
        [{"url": "lang", "valueCode": lang.replace("_", "-")}, {"url": "content", "valueString": text}]
        for lang, text in texts.items()
    ]
    return {"extension": [{"url": TRANSLATION, "extension": one} for one in parts]}


CODES = [{"code": "f", "display": "Female", "designation": [{"language": "de", "value": "Weiblich"}]}]
FORM = questionnaire(
    item("a", text="Your name?", _text=beside(de="Ihr Name?", fr_CH="Votre nom?")),
    item("b", "choice", answerValueSet="#s"),
    item(
        "c",
        "choice",
        answerOption=[{"valueCoding": {"code": "y", "display": "Yes", "_display": beside(de="Ja")}}],
        text="Well?",
    ),
) | {
    "title": "Before",
    "_title": beside(de="Vorher"),
    "contained": [{"resourceType": "ValueSet", "id": "s", "compose": {"include": [{"concept": CODES}]}}],
}


def texts(language: str) -> list[str]:
    form, findings = load(FORM, language)
    assert form is not None
    assert findings == []
    labels = [option.label for one in form.items for option in one.options]
    return [form.title, form.items[0].text, form.items[2].text, *labels]


@pytest.mark.parametrize("language", ["", "en", "xx"])
def test_without_a_translation_the_texts_stay_as_they_are(language: str) -> None:
    assert texts(language) == ["Before", "Your name?", "Well?", "Female", "Yes"]


@pytest.mark.parametrize("language", ["de", "de-AT"])
def test_what_is_translated_is_said_in_that_language_and_the_rest_as_before(language: str) -> None:
    assert texts(language) == ["Vorher", "Ihr Name?", "Well?", "Weiblich", "Ja"]


def test_a_language_is_served_by_that_of_a_country() -> None:
    assert texts("fr")[1] == "Votre nom?"


def test_a_code_stays_the_same_in_every_language() -> None:
    form, other = load(FORM)[0], load(FORM, "de")[0]
    assert form is not None
    assert other is not None
    assert form.items[2].options[0].digest == other.items[2].options[0].digest


@pytest.mark.parametrize("broken", [[], {"extension": 3}, {"extension": [{"url": TRANSLATION, "extension": [{}]}]}])
def test_a_translation_that_is_broken_is_passed_over(broken: Any) -> None:
    form, _ = load(questionnaire(item("a", _text=broken)), "de")
    assert form is not None
    assert form.items[0].text == "About a"
