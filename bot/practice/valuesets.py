"""The codes of the value sets a form holds itself; whatever would need a terminology server is said."""

from collections.abc import Iterator, Mapping
from typing import Any

Concept = tuple[str | None, Mapping[str, Any]]
"""A code's system, and what the value set says of it: `code`, which is always there, `display`, extensions."""


class ValueSets:
    """What a questionnaire holds under `contained`, by `#id`, canonical url and `url|version`."""

    def __init__(self) -> None:
        self._held: dict[str, Mapping[str, Any]] = {}

    def hold(self, resource: Mapping[str, Any]) -> None:
        """Take in one value set."""
        parts = (resource.get(name) for name in ("id", "url", "version"))
        name, url, version = (part if isinstance(part, str) else "" for part in parts)
        names = (f"#{name}" if name else "", url, f"{url}|{version}" if url and version else "")
        for each in names:
            if each:
                self._held.setdefault(each, resource)

    def concepts(self, name: str) -> tuple[list[Concept], str]:
        """The codes of the value set called `name`, in its order; without any, why there are none.

        A set of which some codes are out of reach counts as out of reach: who does not find their answer among
        the rest could not answer.
        """
        held = self._held.get(name) or self._held.get(name.partition("|")[0])
        if held is None:
            return [], "is not in the form"
        try:
            found = list(self._concepts(held, frozenset()))
        except _OutOfReach as why:
            return [], str(why)
        return (found, "") if found else ([], "lists no codes")

    def _concepts(self, value_set: Mapping[str, Any], around: frozenset[int]) -> Iterator[Concept]:
        if id(value_set) in around:
            raise _OutOfReach("includes itself")
        expansion, compose = value_set.get("expansion"), value_set.get("compose")
        expanded = list(_expanded(expansion)) if isinstance(expansion, Mapping) else []
        if expanded or not isinstance(compose, Mapping):
            yield from expanded
            return
        excluded = [concept for part in _mappings(compose.get("exclude")) for concept in _listed(part)]
        names = {(system, concept["code"]) for system, concept in excluded}
        for part in _mappings(compose.get("include")):
            found = self._imported(part, around | {id(value_set)}) if part.get("valueSet") else _listed(part)
            yield from ((system, concept) for system, concept in found if (system, concept["code"]) not in names)

    def _imported(self, part: Mapping[str, Any], around: frozenset[int]) -> Iterator[Concept]:
        names = part["valueSet"]
        if isinstance(names, str):
            names = [names]
        if not isinstance(names, list) or len(names) != 1 or part.get("system") or part.get("concept"):
            raise _OutOfReach("takes what several others share, which needs a terminology server")
        held = self._held.get(str(names[0])) or self._held.get(str(names[0]).partition("|")[0])
        if held is None:
            raise _OutOfReach(f"includes {str(names[0])[:200]}, which is not in the form")
        yield from self._concepts(held, around)


class _OutOfReach(Exception):
    """Codes that only a terminology server knows."""


def _expanded(expansion: Mapping[str, Any]) -> Iterator[Concept]:
    """What an expansion contains, at any depth. What is abstract, or has no code, is a heading and no answer."""
    waiting = list(_mappings(expansion.get("contains")))[::-1]
    while waiting:
        concept = waiting.pop()
        if _has_code(concept) and concept.get("abstract") is not True:
            yield _text(concept.get("system")), concept
        waiting += list(_mappings(concept.get("contains")))[::-1]


def _listed(part: Mapping[str, Any]) -> Iterator[Concept]:
    """The codes one part of a `compose` names."""
    concepts = list(_mappings(part.get("concept")))
    if part.get("filter") or not concepts:
        system = str(part.get("system") or "a system it does not name")[:200]
        raise _OutOfReach(f"takes codes of {system} without listing them, which needs a terminology server")
    yield from ((_text(part.get("system")), concept) for concept in concepts if _has_code(concept))


def _has_code(concept: Mapping[str, Any]) -> bool:
    return isinstance(concept.get("code"), str | int)


def _text(held: object) -> str | None:
    return held if isinstance(held, str) else None


def _mappings(held: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in held if isinstance(one, Mapping)) if isinstance(held, list) else iter(())
