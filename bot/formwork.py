"""Work on a form at the command line: looked over, tried out, and responses held against it."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.practice.checking import check
from bot.practice.findings import Finding
from bot.practice.forms import Form
from bot.practice.items import Item
from bot.practice.patterns import Chance
from bot.practice.questionnaire import load
from bot.practice.response import response
from bot.practice.trying import Unanswerable, attempt
from bot.refusal import Refused
from bot.source import Node, read_typed

_FEATURES: tuple[tuple[str, Callable[[Item], object]], ...] = (
    ("conditions", lambda item: item.conditions),
    ("required", lambda item: item.required),
    ("repeating groups", lambda item: item.repeats and not item.is_question),
    ("several answers", lambda item: item.repeats and item.is_question),
    ("questions under an answer", lambda item: item.is_question and any(one.type != "display" for one in item.items)),
    ("read-only", lambda item: item.read_only),
    ("hidden", lambda item: item.hidden),
    ("initial values", lambda item: item.start),
    ("options that stand alone", lambda item: any(one.exclusive for one in item.options)),
    ("scores", lambda item: any(one.score is not None for one in item.options)),
    ("bounds", lambda item: item.least or item.most or item.max_decimals is not None),
    ("lengths", lambda item: item.min_length is not None or item.max_length is not None),
    ("patterns", lambda item: item.pattern),
    ("numbers of answers", lambda item: item.min_occurs is not None or item.max_occurs is not None),
    ("units", lambda item: item.units),
    ("limits to files", lambda item: item.media_types or item.max_bytes is not None),
    ("pictures", lambda item: item.picture),
    ("controls", lambda item: item.control),
    ("value sets it does not hold", lambda item: item.value_set),
)
"""What a form can make use of, by what shows it in an item."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said, a line each: `notes` can be lived with, `faults` cannot."""

    about: tuple[str, ...]
    notes: tuple[str, ...]
    faults: tuple[str, ...]


def look_over(path: Path) -> Told:
    """What a form is and makes use of, and everything odd about it; it runs exactly if there are no faults.

    Raises Refused for a file that cannot be read.
    """
    form, notes, faults = _form(path)
    if form is None:
        return Told((), notes, faults)
    every = list(form.every_item())
    types = Counter(item.type for item in every)
    used = {name: sum(map(bool, map(shows, every))) for name, shows in _FEATURES}
    about = (
        plain(f"{form.title or 'a form without title'}" + (f" ({form.canonical})" if form.canonical else "")),
        f"{len(every)} items: " + ", ".join(f"{count} {kind}" for kind, count in types.most_common()),
        "it uses: " + (", ".join(f"{name} ({count})" for name, count in used.items() if count) or "nothing beyond"),
    )
    return Told(about, notes, faults)


def validate(path: Path, answered: Path) -> Told:
    """What a response does against its form; it is valid exactly if there are no faults.

    Raises Refused for a file that cannot be read, or a form that cannot run.
    """
    form = _running(path)
    written, faults = _read(answered)
    notes, found = _told(written, check(form, written.plain()))
    return Told((), notes, (*faults, *found))


def try_out(path: Path, chance: Chance) -> dict[str, Any]:
    """A completed response to a form, answered at random.

    Raises Refused for a file that cannot be read, a form that cannot run, or a question nobody can answer.
    """
    form = _running(path)
    try:
        return response(form, attempt(form, chance), "completed")
    except Unanswerable as trouble:
        raise Refused(plain(f"{path}: {trouble}")) from None


def plain(line: str) -> str:
    """A text of somebody else's as one line that does nothing to a terminal."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(line.split()))


def _read(path: Path) -> tuple[Node, tuple[str, ...]]:
    node, faults = read_typed(path)
    lines = tuple(plain(str(fault)) for fault in faults)
    if node is None:
        raise Refused(lines[0])
    return node, lines


def _running(path: Path) -> Form:
    form, _, faults = _form(path)
    if form is None:
        more = f"; and {len(faults) - 1} more, which acuback form check tells" if faults[1:] else ""
        raise Refused(f"the form cannot run: {faults[0]}{more}")
    return form


def _form(path: Path) -> tuple[Form | None, tuple[str, ...], tuple[str, ...]]:
    """The form if it can run, what can be lived with, and what cannot."""
    node, faults = _read(path)
    form, findings = load(node.plain())
    notes, fatal = _told(node, findings)
    faults += fatal
    return (None if faults else form), notes, faults


def _told(node: Node, findings: Iterable[Finding]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines = [(one.fatal, plain(f"{node.place(*one.loc)}: {one}")) for one in findings]
    return tuple(line for fatal, line in lines if not fatal), tuple(line for fatal, line in lines if fatal)
