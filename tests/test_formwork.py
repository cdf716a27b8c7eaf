"""The commands for a form of one's own, as an operator meets them: what is printed, and the exit code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.refusal import Refused
from tests.practice.questionnaires import item, questionnaire, when

Acuback = Callable[..., Result]

FORM = questionnaire(
    item("pain", "integer", required=True),
    item("drugs", "group", item("drug", required=True), repeats=True),
    item("told", "boolean"),
    item("more", "text", enableWhen=[when("told")], maxLength="200"),
) | {"title": "Before the visit"}


@pytest.fixture
def form(tmp_path: Path) -> Path:
    path = tmp_path / "form.json"
    path.write_text(json.dumps(FORM, indent=1))
    return path


def acuback(*arguments: object) -> tuple[str, str, int]:
    """What a command prints, what it tells as trouble, and its exit code; as `main` would have it."""
    found = CliRunner().invoke(cli, [str(one) for one in arguments])
    if isinstance(found.exception, Refused):
        return found.stdout, f"{found.stderr}{found.exception}\n", found.exception.code
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.stdout, found.stderr, found.exit_code


def test_a_form_is_told_by_title_items_and_features(form: Path) -> None:
    out, err, code = acuback("form", "check", form)
    assert (err, code) == ("", 0)
    assert out.splitlines() == [
        "Before the visit (urn:test|1)",
        "5 items: 1 integer, 1 group, 1 string, 1 boolean, 1 text",
        "it uses: conditions (1), required (2), repeating groups (1), lengths (1)",
        f"warning: {form}:43: item[3].maxLength (more): a number written as text",
        "it runs, with 1 warning",
    ]


def test_a_form_that_cannot_run_is_told_line_by_line(form: Path) -> None:
    form.write_text(json.dumps(questionnaire(item("a"), item("a"), item("b", "coding"))))
    out, err, code = acuback("form", "check", form)
    assert code == 1
    assert "it runs" not in out
    assert err.splitlines() == [
        f"{form}:1: item[1].linkId (a): the linkId is given twice (first at item[0])",
        f"{form}:1: item[2].type (b): no type of item in FHIR R4: 'coding'",
        "it cannot run: 2 faults",
    ]


@pytest.mark.parametrize("seed", range(5))
def test_what_a_try_prints_validates(form: Path, tmp_path: Path, seed: int) -> None:
    out, err, code = acuback("form", "try", form, "--seed", seed)
    assert (err, code) == ("", 0)
    answered = tmp_path / "response.json"
    answered.write_text(out)
    assert acuback("form", "validate", "--form", form, answered) == ("it is valid\n", "", 0)


def test_the_same_seed_gives_the_same_answers(form: Path) -> None:
    first, second, other = (acuback("form", "try", form, "--seed", seed)[0] for seed in (4, 4, 5))
    assert first == second
    assert first != other


def test_without_a_seed_the_one_drawn_is_told(form: Path) -> None:
    out, err, code = acuback("form", "try", form)
    assert code == 0
    assert acuback("form", "try", form, "--seed", err.split()[-1])[0] == out


def test_each_breach_of_a_response_is_told_with_its_path(form: Path, tmp_path: Path) -> None:
    answered = tmp_path / "response.json"
    items: list[Any] = [{"linkId": "pain", "answer": [{"valueString": "7"}]}, {"linkId": "nose"}]
    written = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": items}
    answered.write_text(json.dumps(written))
    out, err, code = acuback("form", "validate", "--form", form, answered)
    assert (out, code) == ("", 1)
    assert err.splitlines() == [
        f"{answered}:1: item[1] (nose): no item of the form",
        f"{answered}:1: item[0].answer[0] (pain): an answer of the wrong type; it takes valueInteger",
        "it is not valid: 2 faults",
    ]


def test_a_question_nobody_can_answer_is_one_line(form: Path) -> None:
    bound = {"url": "http://hl7.org/fhir/StructureDefinition/minLength", "valueInteger": 20}
    form.write_text(json.dumps(questionnaire(item("a", required=True, maxLength=2, extension=[bound]))))
    out, err, code = acuback("form", "try", form, "--seed", 1)
    assert (out, code) == ("", 1)
    assert err == f"{form}: item[0] (a): no answer was found for it: too long 2\n"


BROKEN = {
    "no such file": None,
    "empty": b"",
    "binary": bytes(range(256)),
    "not JSON": b'{"resourceType": ',
    "not a form": b'{"resourceType": "Patient"}',
    "no resource": b"[1, 2]",
    "endless": b"[" * 50_000,
    "deep": b'{"a":' * 150 + b"1" + b"}" * 150,
    "colours": b'{"resourceType": "Questionnaire", "item": [{"linkId": "\\u001b[31m\\nred", "type": "\\u0007"}]}',
    "a number beyond all measure": b'{"resourceType": "Questionnaire", "item": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("command", ["check", "try", "validate", "against"])
def test_a_file_that_is_no_form_is_told_in_clear_lines(name: str, command: str, form: Path, tmp_path: Path) -> None:
    broken, content = tmp_path / "broken.json", BROKEN[name]
    if content is not None:
        broken.write_bytes(content)
    arguments = {"check": (broken,), "try": (broken,), "validate": ("--form", form, broken)}
    against = ("validate", "--form", broken, form)
    out, err, code = acuback("form", *(against if command == "against" else (command, *arguments[command])))
    assert code == 1
    assert len(err.splitlines()) <= 3
    assert "broken.json" in err
    assert all(letter.isprintable() or letter == "\n" for letter in out + err)
