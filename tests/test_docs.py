"""What the documentation promises is there: links, commands, targets, diagrams."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup
from typer.testing import CliRunner

from bot import flows, signs
from bot.__main__ import cli
from bot.diagram import document
from bot.refusal import Refused
from tests.example import content

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PICTURE = "docs/demo.png"

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SPAN = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
COMMAND = re.compile(r"(?:^|[\s(])(acuback|make)((?: [^\s|;>)#]+)*)")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _code(page: Path) -> str:
    """Everything on a page that stands between backticks, a span a line."""
    return "\n".join(block or span for block, span in SPAN.findall(page.read_text("utf-8")))


def _anchors(page: Path) -> set[str]:
    """The names GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _commands(tool: str) -> Iterator[tuple[str, list[str]]]:
    for page in PAGES:
        for line in _code(page).splitlines():
            for found, rest in COMMAND.findall(line):
                if found == tool:
                    yield f"{_name(page)}: {found}{rest}", rest.split()


def _asked(command: Any, words: list[str]) -> str:
    """What is wrong with words after a command; '' where nothing is."""
    while words and isinstance(command, TyperGroup):
        if words[0] not in command.commands:
            return f"no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in options]
    return f"no option {unknown[0]}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for address in LINK.findall(page.read_text("utf-8")):
        target, _, anchor = address.partition("#")
        if address.startswith("https://") or _name(page.parent / target if target else page) == PICTURE:
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), address
        assert path.is_relative_to(ROOT), address
        assert not anchor or anchor in _anchors(path), address


def test_the_readme_shows_the_demo() -> None:
    assert f"]({PICTURE})" in (ROOT / "README.md").read_text("utf-8")
    if not (ROOT / PICTURE).exists():
        pytest.skip(f"{PICTURE} has not been taken yet")
    assert (ROOT / PICTURE).read_bytes().startswith(b"\x89PNG")


def test_every_command_shown_exists() -> None:
    top = typer.main.get_command(cli)
    shown = list(_commands("acuback"))
    assert len(shown) > 10
    assert [f"{where}: {wrong}" for where, words in shown if (wrong := _asked(top, words))] == []


def test_a_command_that_does_not_exist_would_be_found() -> None:
    top = typer.main.get_command(cli)
    assert _asked(top, ["fly"]) == "no command fly"
    assert _asked(top, ["run", "--fast"]) == "no option --fast"
    assert _asked(top, ["people", "revoke", "7"]) == ""
    assert _asked(top, ["invite", "practitioner", "--for", "ID"]) == ""


def test_every_command_there_is_is_shown() -> None:
    top = typer.main.get_command(cli)
    assert isinstance(top, TyperGroup)
    operating = _code(ROOT / "docs" / "operating.md")
    assert [name for name in top.commands if f"acuback {name}" not in operating] == []


def test_every_make_target_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = [(where, words) for where, words in _commands("make") if words]
    assert {"demo", "test"} <= {words[0] for _, words in shown}
    assert [where for where, words in shown if words[0] not in targets] == []


def test_the_diagrams_are_those_of_the_flows() -> None:
    drawn = (ROOT / "docs" / "flows" / "flows.md").read_text("utf-8")
    assert drawn == document(flows.build(content()).flows.values()), "draw them: acuback diagram --into docs/flows"


def test_the_tables_of_warning_signs_are_those_of_the_rules() -> None:
    written = (ROOT / "docs" / "warning-signs.md").read_text("utf-8")
    assert written == signs.document(content()), "write them: acuback signs --into docs"


def test_every_decision_is_short_and_says_context_decision_and_consequences() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in decisions] == list(range(1, len(decisions) + 1))
    for page in decisions:
        text = page.read_text("utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. "), page.name
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], page.name
        assert text.count("\n") <= 25, page.name


def test_no_file_named_in_the_documentation_is_missing() -> None:
    named = re.compile(r"`((?:bot|storage|tests|docs)/[\w./-]+)`")
    for page in PAGES:
        missing = [name for name in named.findall(page.read_text("utf-8")) if not (ROOT / name).exists()]
        assert missing == [], page.name


def _checked(copy: Path) -> list[str]:
    """What `acuback check` says of the files in a copy, besides its notes."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(copy), "PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check"], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    return [line for line in (done.stderr + done.stdout).splitlines() if not line.startswith("note: ")]


def test_a_question_is_added_as_the_page_says(tmp_path: Path) -> None:
    for package in ("bot", "storage"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    page = (ROOT / "docs" / "add-a-question.md").read_text("utf-8")
    (table,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (words,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    flow, entries = tmp_path / "bot" / "flows" / "plan.py", tmp_path / "bot" / "content" / "en" / "plan.yaml"
    before, new, after = table.splitlines(keepends=True)

    flow.write_text(flow.read_text("utf-8").replace(before + after, table), "utf-8")
    assert new in flow.read_text("utf-8")
    missing, _ = _checked(tmp_path)
    assert re.sub(r":\d+:", ":70:", missing) in page

    said = entries.read_text("utf-8")
    entries.write_text(f"{said}\n{words}".replace("    both: Here and there\n", ""), "utf-8")
    first, _ = _checked(tmp_path)
    assert re.sub(r":\d+:", ":77:", first) in page
    entries.write_text(f"{said}\n{words}", "utf-8")
    assert _checked(tmp_path) == ["all is well"]


def test_a_form_is_brought_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "forms.md").read_text("utf-8")
    (form,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("before.yaml").write_text(form, "utf-8")
    told = re.findall(r"^\$ acuback ([^\n>]+)(?: > (\S+))?\n(.*?)(?=^\$ |^```)", page, re.DOTALL | re.MULTILINE)
    assert len(told) == 4
    for arguments, into, said in told:
        found = CliRunner().invoke(cli, arguments.split())
        if into:
            Path(into).write_text(found.stdout, "utf-8")
            Path("worse.json").write_text(re.sub(r'(valueInteger": )\d+', r"\g<1>11", found.stdout), "utf-8")
        refused = f"{found.exception}\n" if isinstance(found.exception, Refused) else ""
        assert (into and refused == "") or found.output + refused == said, arguments
