"""Texts with places: YAML and JSON read so that whatever is wrong can be told with file and line.

Everything a practice may edit (its `clinic.yaml`, the words, the forms) is read here and nowhere else.
PyYAML composes the tree, on libyaml where it is present. Nothing is constructed: no tag makes an object,
no word turns into a bool or a date by surprise, and aliases cannot grow a file beyond `MOST_VALUES`.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar

import yaml
from yaml.reader import Reader, ReaderError

MOST_VALUES = 200_000
"""The most values one file may come to once its aliases are followed."""

DEEPEST = 100
"""The most levels one file may nest."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file as the reader should be told it, and a line counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, in one clear line. `place` is None where no line can be named (a missing file)."""

    place: Place | None
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


@dataclass(frozen=True, slots=True)
class Node:
    """What one file says, and on which line it says each part of it.

    `lines` goes from a path of keys and indexes, counted from 0, to a line. A text or number stands where
    its value begins; a mapping or list stands at the key that names it.
    """

    file: str
    value: Any = field(repr=False)
    lines: Mapping[tuple[str | int, ...], int] = field(repr=False)

    def plain(self) -> Any:
        """The content as dict, list and text (and, from `read_typed`, int, float, bool and None)."""
        return self.value

    def place(self, *loc: str | int) -> Place:
        """Where `loc` stands; for something the file does not have, its nearest ancestor."""
        while loc not in self.lines:
            loc = loc[:-1]
        return Place(self.file, self.lines[loc])


def read_strings(path: Path, root: Path | None = None) -> tuple[Node | None, list[Fault]]:
    """Read YAML in which every scalar is text: the choice `no:` stays `no`, a price `55.00` stays `55.00`.

    A key without a value says the empty text. `root` is what file names in places are relative to.
    The node is None if the file cannot be read as a tree; it may be there beside faults (a key given twice:
    the first counts), so that a caller can report its own in the same go.
    """
    return _read(path, root, _Strings)


def read_typed(path: Path, root: Path | None = None) -> tuple[Node | None, list[Fault]]:
    """Read YAML or JSON with JSON's types and no others, as FHIR resources want them.

    Plain `true`, `false`, `null` and JSON's numbers are typed, and a key without a value is null; `yes`,
    `on`, `2024-01-01`, `12:30` and `010` stay text. Answers as `read_strings` does.
    """
    return _read(path, root, _Typed)


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'price'?` for the known word most like `word`, or nothing if none is."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{found[0]}'?" if found else ""


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Shallow(_Loader):  # type: ignore[misc]
    """Composes with a limit on depth: libyaml's composer recurses in C, where too deep is a crash.

    PyYAML asks the two methods below as it enters and leaves every value.
    """

    depth = 0

    def descend_resolver(self, parent: yaml.Node | None, index: object) -> None:
        self.depth += 1
        if self.depth > DEEPEST and parent is not None:
            raise _Endless(parent.start_mark.line + 1, f"nested more than {DEEPEST} deep")

    def ascend_resolver(self) -> None:
        self.depth -= 1


class _Strings(_Shallow):
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


class _Typed(_Shallow):
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


_TAG = "tag:yaml.org,2002:"
_INT = r"-?(?:0|[1-9][0-9]*)"
for _name, _pattern, _firsts in [
    ("null", r"(?:null|~|)\Z", ["n", "~", ""]),
    ("bool", r"(?:true|false)\Z", ["t", "f"]),
    ("int", _INT + r"\Z", list("-0123456789")),
    ("float", _INT + r"(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z", list("-0123456789")),
]:
    _Typed.add_implicit_resolver(_TAG + _name, re.compile(_pattern), _firsts)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_SCALARS: dict[type, dict[str, Any]] = {
    _Strings: {_TAG + "str": str},
    _Typed: {
        _TAG + "str": str,
        _TAG + "null": lambda text: {"null": None, "~": None, "": None}[text],
        _TAG + "bool": lambda text: {"true": True, "false": False}[text],
        _TAG + "int": int,
        _TAG + "float": _number,
    },
}


def _read(path: Path, root: Path | None, loader: type) -> tuple[Node | None, list[Fault]]:
    file = path.relative_to(root) if root and path.is_relative_to(root) else path
    name = file.as_posix()
    try:
        content = path.read_bytes()
    except OSError as error:
        return None, [Fault(None, f"{name}: {_reason(error)}")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return None, [Fault(Place(name, line), "not UTF-8; save the file in that encoding")]
    try:
        top = yaml.compose(_as_yaml(text) if path.suffix == ".json" else text, Loader=loader)
        if top is None:
            return None, [Fault(Place(name, 1), "the file is empty")]
        walk = _Walk(name, _SCALARS[loader])
        return Node(name, walk.value(top, (), top.start_mark.line), walk.lines), walk.faults
    except _Endless as stop:
        line, message = stop.line, str(stop)
    except json.JSONDecodeError as error:
        line, message = error.lineno, f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
    except yaml.MarkedYAMLError as error:
        line, message = _line(error, text), f"not YAML: {error.problem}"
    except ReaderError:
        found = Reader.NON_PRINTABLE.search(text)
        line = text.count("\n", 0, found.start() if found else 0) + 1
        message = "a control character stands here that YAML does not allow"
    return None, [Fault(Place(name, line), message)]


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    return f"cannot be read ({(error.strerror or type(error).__name__).lower()})"


def _line(error: yaml.MarkedYAMLError, text: str) -> int:
    """The line of a syntax error. What was never closed shows only at the end: there, where it began."""
    last = len(text.splitlines())
    marks = [mark.line + 1 for mark in (error.problem_mark, error.context_mark) if mark]
    return next((line for line in marks if line <= last), last)


def _as_yaml(text: str) -> str:
    """JSON with its lines kept, spelt so that a YAML parser takes it: no tabs, no surrogate pairs.

    Raises `json.JSONDecodeError` for what is not JSON, `_Endless` for what is too deep to tell.
    """
    try:
        json.loads(text, parse_int=str)
    except RecursionError:
        raise _Endless(1, f"nested more than {DEEPEST} deep") from None

    def joined(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        return f"\\U{0x10000 + ((int(match[1], 16) & 0x3FF) << 10) + (int(match[2], 16) & 0x3FF):08x}"

    pair = r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)"
    return re.sub(pair, joined, text, flags=re.IGNORECASE).replace("\t", " ")


class _Endless(Exception):
    """The tree has no bottom, or one too far away to be a file somebody wrote."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Walk:
    """One walk over a composed tree, which makes the plain content and notes lines and faults."""

    def __init__(self, file: str, scalars: Mapping[str, Any]) -> None:
        self.file = file
        self.scalars = scalars
        self.lines: dict[tuple[str | int, ...], int] = {}
        self.faults: list[Fault] = []

    def value(self, node: yaml.Node, loc: tuple[str | int, ...], line: int) -> Any:
        """The plain content of `node`, which stands at `loc`; `line` is that of its key, from 0."""
        self.lines[loc] = line + 1
        if len(self.lines) > MOST_VALUES:
            raise _Endless(line + 1, f"comes to over {MOST_VALUES} values; are there aliases of aliases?")
        if len(loc) > DEEPEST:
            raise _Endless(line + 1, f"nested more than {DEEPEST} deep; does an alias hold itself?")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, loc)
        if node.tag not in (_TAG + "map", _TAG + "seq"):
            self._fault(node, f"the tag {node.tag.replace(_TAG, '!!')} is not taken here")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, loc)
        return [self.value(item, (*loc, index), item.start_mark.line) for index, item in enumerate(node.value)]

    def _scalar(self, node: yaml.ScalarNode, loc: tuple[str | int, ...]) -> Any:
        self.lines[loc] = node.start_mark.line + 1
        make = self.scalars.get(node.tag)
        if make is None:
            self._fault(node, f"the tag {node.tag.replace(_TAG, '!!')} is not taken here")
            return node.value
        try:
            return make(node.value)
        except (KeyError, ValueError):
            self._fault(node, f"'{node.value[:40]}' is no {node.tag.removeprefix(_TAG)} that can be used")
            return node.value

    def _mapping(self, node: yaml.MappingNode, loc: tuple[str | int, ...]) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._fault(key, "a key must be one word or text")
            elif key.value in content:
                first = self.lines[(*loc, key.value)]
                self._fault(key, f"the key '{key.value}' is given twice (first on line {first})")
            else:
                content[key.value] = self.value(item, (*loc, key.value), key.start_mark.line)
        return content

    def _fault(self, node: yaml.Node, message: str) -> None:
        self.faults.append(Fault(Place(self.file, node.start_mark.line + 1), message))
