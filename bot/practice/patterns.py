"""Texts that a regular expression takes, made by walking what it was read as."""

import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import takewhile
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

_PARSER: Any = import_module("re._parser")
_LONGEST = 5_000
"""No text has many more letters: a pattern can ask for thousands of thousands."""

_MORE = 3
"""How often more than the least something without an end is repeated."""

_ANY = "abcXYZ019 -_.é"
_CATEGORIES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_NOT_DIGIT": "abcXYZ-",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": "abcXYZ019",
    "CATEGORY_WORD": "abcXYZ019_",
    "CATEGORY_NOT_WORD": " -.!",
}


class Chance(Protocol):
    """Where what happens at random comes from: `random.Random(seed)` is one. Same seed, same answers."""

    def random(self) -> float:
        """From 0 up to 1."""

    def randint(self, a: int, b: int, /) -> int:
        """A whole number from `a` to `b`, both included."""

    def choice(self, seq: Sequence[T], /) -> T:
        """One of what is there."""


def example(pattern: re.Pattern[str], chance: Chance) -> str:
    """A text that `pattern` may take as a whole. What looks ahead or back is not minded: whoever asks checks."""
    return _Writer(chance).all(_PARSER.parse(pattern.pattern, pattern.flags & ~re.DEBUG))


class _Writer:
    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.groups: dict[int, str] = {}
        self.letters = 0

    def all(self, parts: Iterable[tuple[Any, Any]]) -> str:
        return "".join(self._one(str(name), held) for name, held in parts)

    def _one(self, name: str, held: Any) -> str:
        self.letters += 1
        match name:
            case "LITERAL":
                return chr(held)
            case "NOT_LITERAL":
                return self._other_than([("LITERAL", held)])
            case "ANY":
                return self.chance.choice(_ANY)
            case "IN":
                return self._of_class(held)
            case "BRANCH":
                return self.all(self.chance.choice(held[1]))
            case "SUBPATTERN":
                written = self.all(held[3])
                self.groups[held[0]] = written
                return written
            case "ATOMIC_GROUP":
                return self.all(held)
            case "GROUPREF":
                return self.groups.get(held, "")
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, inside = held
                times = range(self.chance.randint(least, min(most, least + _MORE)))
                return "".join(self.all(inside) for _ in takewhile(lambda _: self.letters < _LONGEST, times))
            case _:
                return ""

    def _of_class(self, held: Sequence[tuple[Any, Any]]) -> str:
        if str(held[0][0]) == "NEGATE":
            return self._other_than(held[1:])
        name, part = self.chance.choice(held)
        if str(name) == "RANGE":
            return chr(self.chance.randint(*part))
        if str(name) == "CATEGORY":
            return self.chance.choice(_CATEGORIES[str(part)])
        return chr(part)

    def _other_than(self, held: Sequence[tuple[Any, Any]]) -> str:
        free = [one for one in _ANY + "!#~" if not any(_takes(str(name), part, one) for name, part in held)]
        return self.chance.choice(free) if free else "\u2603"


def _takes(name: str, part: Any, letter: str) -> bool:
    if name == "LITERAL":
        return chr(part) == letter
    if name == "RANGE":
        return bool(part[0] <= ord(letter) <= part[1])
    return re.match(_CLASSES[str(part)], letter) is not None


_CLASSES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_NOT_WORD": r"\W",
}
