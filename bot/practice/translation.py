"""The texts of a resource in another language, from FHIR's translation extension and a code's designations."""

from collections.abc import Iterator, Mapping
from typing import Any

TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
"""Stands under `_text`, beside the `text` it translates; so for any other text (`_display`, `_title`)."""


def translated(held: Any, language: str) -> Any:
    """`held` with its texts in `language`, where it has them; the others stay as they are.

    `de-CH` is served by `de`, and `de` by `de-CH`, where there is nothing nearer. `held` is a resource or part of one
    that `findings.unfit` finds nothing against.
    """
    if isinstance(held, list):
        return [translated(one, language) for one in held]
    if not isinstance(held, Mapping):
        return held
    found = {name: translated(one, language) for name, one in held.items()}
    for name, beside in held.items():
        if name.startswith("_") and isinstance(held.get(name[1:]), str):
            found[name[1:]] = _nearest(_translations(beside), language) or held[name[1:]]
    designations = held.get("designation")
    if isinstance(designations, list) and isinstance(held.get("display"), str):
        named = ((one.get("language"), one.get("value")) for one in designations if isinstance(one, Mapping))
        found["display"] = _nearest(named, language) or found["display"]
    return found


def _translations(beside: object) -> Iterator[tuple[object, object]]:
    """The languages and texts in the extensions that stand beside a text."""
    for one in _extensions(beside):
        if one.get("url") == TRANSLATION:
            parts = {part.get("url"): part for part in _extensions(one)}
            lang, content = parts.get("lang", {}), parts.get("content", {})
            yield lang.get("valueCode"), content.get("valueString") or content.get("valueMarkdown")


def _extensions(held: object) -> Iterator[Mapping[str, Any]]:
    inside = held.get("extension") if isinstance(held, Mapping) else None
    return (one for one in inside if isinstance(one, Mapping)) if isinstance(inside, list) else iter(())


def _nearest(found: Iterator[tuple[object, object]], language: str) -> str:
    texts = {lang: text for lang, text in found if isinstance(lang, str) and isinstance(text, str)}
    main = language.partition("-")[0]
    near = (text for lang, text in texts.items() if lang.partition("-")[0] == main)
    return texts.get(language) or next(near, "")
