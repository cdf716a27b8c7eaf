"""Content as its folders hold it, before it can be spoken: entries, pages, commands, each text with its place.

A folder has one folder a locale (`en/`, with `*.yaml` and `learn/*.md`) and `sources.yaml`. A later folder overrides an
earlier one text by text, so a practice changes one sentence without copying the file it stands in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.flows.content import Source
from bot.pages import Page, read_page, unfit, unsupported
from bot.source import Fault, Node, Place, nearest, read_strings

BUILT_IN = Path(__file__).parent / "content"
"""The content the product comes with."""

PICTURES = BUILT_IN / "documents" / "pages"
"""The pictures a page may name: each a template."""

ELSEWHERE = ("advice.yaml",)
"""Files of a locale's folder that are read by somebody else."""

COMMANDS = "commands.yaml"
CLAIMS = "claims.yaml"
"""Words that claim an effect: none of them stands on a page without sources."""
SOURCES = "sources.yaml"
PAGES = "learn"
ROLES = ("patient", "practitioner", "contact")

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_KEY = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_]+")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_FIELDS = ("say", "hint", "choices")
_LONGEST_DESCRIPTION = 256


@dataclass(frozen=True, slots=True)
class Written:
    """A text and where it was written."""

    text: str
    place: Place


@dataclass(slots=True)
class Entry:
    """What is said under one key: the text, a line of help under it, and the labels of its buttons."""

    place: Place
    say: Written | None = None
    hint: Written | None = None
    choices: dict[str, Written] = field(default_factory=dict)


@dataclass(slots=True)
class Shelf:
    """Everything of one locale."""

    entries: dict[str, Entry] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    commands: dict[str, dict[str, Written]] = field(default_factory=dict)
    claims: tuple[str, ...] = ()


@dataclass(slots=True)
class Library:
    """Everything there is to say, by locale, and what it rests on."""

    shelves: dict[str, Shelf] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)


def read_library(folders: Sequence[Path], root: Path | None = None) -> tuple[Library, list[Fault]]:
    """Read the folders, later ones over earlier ones. `root` is what file names in faults are relative to."""
    library, faults = Library(), []
    for folder in folders:
        faults += _Reader(library, root).read(folder)
    pictures = [path.stem for path in PICTURES.glob("*.typ")]
    for shelf in library.shelves.values():
        for page in shelf.pages.values():
            faults += unsupported(page, library.sources, shelf.claims)
            faults += unfit(page, shelf.pages, pictures)
    return library, faults


def read_sources(folders: Sequence[Path]) -> Mapping[str, str]:
    """What content may rest on: key -> the short name of the source. What is wrong with it, `read_library` tells."""
    library = Library()
    for path in (folder / SOURCES for folder in folders):
        if path.exists():
            _Reader(library, None).sources(path)
    return {key: source.short for key, source in library.sources.items()}


class _Reader:
    """Reads one folder into a library."""

    def __init__(self, library: Library, root: Path | None) -> None:
        self.library = library
        self.root = root
        self.faults: list[Fault] = []

    def read(self, folder: Path) -> list[Fault]:
        if (folder / SOURCES).exists():
            self.sources(folder / SOURCES)
        for home in sorted(path for path in folder.iterdir() if path.is_dir()):
            if _LOCALE.fullmatch(home.name):
                self._locale(home, self.library.shelves.setdefault(home.name, Shelf()))
        return self.faults

    def _node(self, path: Path) -> Node | None:
        node, faults = read_strings(path, self.root)
        self.faults += faults
        if node and not isinstance(node.plain(), dict):
            self._fault(node.place(), "is no list of keys")
            return None
        return node

    def _fault(self, place: Place | None, message: str) -> None:
        self.faults.append(Fault(place, message))

    def sources(self, path: Path) -> None:
        node = self._node(path)
        for key, source in node.plain().items() if node else ():
            if isinstance(source, dict) and set(source) == {"short", "what", "where"}:
                self.library.sources[key] = Source(**source)
            elif node:
                self._fault(node.place(key), f"the source {key} says short:, what: and where:")

    def _locale(self, home: Path, shelf: Shelf) -> None:
        seen: dict[str, Place] = {}
        for path in sorted(home.glob("*.yaml")):
            if path.name in ELSEWHERE:
                continue
            node = self._node(path)
            if node and path.name == COMMANDS:
                self._commands(node, shelf)
            elif node and path.name == CLAIMS:
                self._claims(node, shelf)
            elif node:
                self._entries(node, shelf, seen)
        for path in sorted((home / PAGES).glob("*.md")):
            self._page(path, shelf)

    def _entries(self, node: Node, shelf: Shelf, seen: dict[str, Place]) -> None:
        for key, raw in node.plain().items():
            place = node.place(key)
            if key in seen:
                self._fault(place, f"{key} is given twice (first in {seen[key]})")
            elif not _KEY.fullmatch(key):
                self._fault(place, f"'{key}' is no key such as booking.visit")
            elif not isinstance(raw, dict):
                self._fault(place, f"{key} has no fields; write what it says under say:")
            else:
                seen[key] = place
                self._entry(node, key, raw, shelf.entries.setdefault(key, Entry(place)))

    def _entry(self, node: Node, key: str, raw: Mapping[str, object], entry: Entry) -> None:
        for name, content in raw.items():
            place = node.place(key, name)
            if name not in _FIELDS:
                self._fault(place, f"{key} has a field '{name}' that means nothing{nearest(name, _FIELDS)}")
            elif name != "choices" and isinstance(content, str):
                setattr(entry, name, Written(content, place))
            elif name == "choices" and isinstance(content, dict):
                for code, label in content.items():
                    self._label(key, entry, code, label, node.place(key, name, code))
            else:
                self._fault(place, f"{key}: {name} is {'a list of codes' if name == 'choices' else 'a text'}")

    def _label(self, key: str, entry: Entry, code: str, label: object, place: Place) -> None:
        if isinstance(label, str):
            entry.choices[code] = Written(label, place)
        else:
            self._fault(place, f"{key}: the choice {code} is a text")

    def _commands(self, node: Node, shelf: Shelf) -> None:
        for role, listed in node.plain().items():
            if role not in ROLES or not isinstance(listed, dict):
                self._fault(node.place(role), f"'{role}' is not a role with commands{nearest(role, ROLES)}")
                continue
            for name, description in listed.items():
                place = node.place(role, name)
                if not _COMMAND.fullmatch(name):
                    self._fault(place, f"'{name}' is no command: a-z, 0-9 and _, at most 32")
                elif not isinstance(description, str) or not 1 <= len(description) <= _LONGEST_DESCRIPTION:
                    self._fault(place, f"/{name} needs a description of 1 to {_LONGEST_DESCRIPTION} characters")
                else:
                    shelf.commands.setdefault(role, {})[name] = Written(description, place)

    def _claims(self, node: Node, shelf: Shelf) -> None:
        listed = node.plain().get("claims")
        if set(node.plain()) == {"claims"} and isinstance(listed, list) and all(isinstance(one, str) for one in listed):
            shelf.claims = tuple(listed)
        else:
            self._fault(node.place(), "lists words under claims:, and nothing else")

    def _page(self, path: Path, shelf: Shelf) -> None:
        file = path.relative_to(self.root) if self.root and path.is_relative_to(self.root) else path
        page, faults = read_page(path, file.as_posix())
        self.faults += faults
        if page:
            shelf.pages[page.id] = page
