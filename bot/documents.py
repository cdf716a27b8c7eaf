"""Documents: a template of `content/documents/` and data make a PDF or a picture, the same bytes everywhere; data alone
makes a file for another system.

The data goes in as JSON, never into the source, so what a patient typed is text and nothing else. The fonts are those
the typst wheel carries (Libertinus Serif, DejaVu Sans Mono, New Computer Modern): Latin, Greek, Cyrillic, Hebrew,
Arabic and Devanagari. What they cannot draw is written as the numbers of its characters, and the document says so.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent / "content" / "documents"

PAGES = "pages/"
"""What the kinds of the pictures begin with that stand on a page to read."""
PICTURES = frozenset({"body", "trend"})
"""The other kinds that are shown in a chat."""
PICTURE_PPI = 216.0
"""Three pixels a point: a picture 336 points wide is sharp on any phone and far below Telegram's limits."""

_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) | {"\n", "\t"}
_NEVER = frozenset({"Cc", "Co", "Cs"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Bidirectional controls: they draw nothing and can make the text around them read backwards."""

_MOST_NUMBERS = 8
_MOST_NAMED = 24


def render(kind: str, data: Mapping[str, Any]) -> bytes:
    """The document of a kind; `data` is what its template reads, as JSON can hold it.

    'summary' is a PDF: {'clinic', 'name', 'made', 'flags': [{'level', 'line', 'said', 'state'}], 'modifiers':
    [{'effect', 'line', 'plan', 'said'}], 'person', 'complaint', 'function', 'goal', 'medicines': [{'label', 'values'}],
    'visit': [text], 'scores': [{'label', 'value'}] (0-10), 'body': as for a picture, 'care': text, 'answers':
    [{'section', 'rows'}]}; what is missing is left out. 'body' is a PNG, 1008 pixels wide: {'numbers': {code: what
    stands on the region}, 'marked': [codes]}; so is 'trend': {'pain': [[weeks since the start, 0-10]] (at least one),
    'visits': [weeks since the start]}; and 'pages/...', made of no data. 'fhir' is the data itself, as JSON; 'ics' is a
    visit for a calendar, of what `bot.practice.ical.written` reads.

    Slow and heavy the first time (typst is loaded): for a worker thread. Raises LookupError where no template has
    that name, and typst's TypstError where the data is not what the template reads.
    """
    if kind == "fhir":
        return json.dumps(data, ensure_ascii=False, indent=2).encode(errors="backslashreplace")
    if kind == "ics":
        from bot.practice import ical

        return ical.written(data)
    if TEMPLATES / f"{kind}.typ" not in (*TEMPLATES.glob("*.typ"), *TEMPLATES.glob(f"{PAGES}*.typ")):
        raise LookupError(f"there is no document called {kind!r}")
    if _is_picture(kind):
        return _picture(kind, json.dumps(data))
    lacking = undrawable("".join(_texts(data)))
    written = {
        **_drawn(data, frozenset(lacking)),
        "undrawable": [{"code": _number(one), "name": unicodedata.name(one, "")} for one in lacking[:_MOST_NAMED]],
    }
    return _compiled(kind, json.dumps(written))


@lru_cache(maxsize=32)
def _picture(kind: str, data: str) -> bytes:
    """Most are asked for with nothing marked yet, and those are all the same."""
    return _compiled(kind, data)


def _is_picture(kind: str) -> bool:
    return kind in PICTURES or kind.startswith(PAGES)


def _compiled(kind: str, data: str) -> bytes:
    import typst

    made = typst.compile(
        TEMPLATES / f"{kind}.typ",
        root=TEMPLATES,
        sys_inputs={"data": data},
        ignore_system_fonts=True,
        format="png" if _is_picture(kind) else "pdf",
        ppi=PICTURE_PPI,
    )
    assert isinstance(made, bytes)
    return made


def undrawable(text: str) -> str:
    """The characters of `text` that a document cannot show, each once, in their order."""
    rare = [one for one in dict.fromkeys(text) if one not in _PLAIN]
    seen = [one for one in rare if not _is_hidden(one)]
    lacking = set() if _can_draw("\n".join(seen)) else {one for one in seen if not _can_draw(one)}
    return "".join(one for one in rare if _is_hidden(one) or one in lacking)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _NEVER or character in _TURNING


@lru_cache(maxsize=8192)
def _can_draw(text: str) -> bool:
    """Whether the fonts have a picture for all of it: PDF/A forbids the empty box, so typst refuses to draw one."""
    import typst

    try:
        _proof().compile(_PROOF, format="pdf", sys_inputs={"text": text}, pdf_standards="a-2u")
    except typst.TypstError:
        return False
    return True


_PROOF = b"#sys.inputs.text"


@cache
def _proof() -> "typst.Compiler":
    import typst

    return typst.Compiler(_PROOF, ignore_system_fonts=True)


def _drawn(value: Any, lacking: frozenset[str]) -> Any:
    """The data again, its texts as they can be drawn."""
    match value:
        case str():
            return _written(value, lacking)
        case Mapping():
            return {name: _drawn(one, lacking) for name, one in value.items()}
        case list() | tuple():
            return [_drawn(one, lacking) for one in value]
        case _:
            return value


def _written(text: str, lacking: frozenset[str]) -> str:
    """The text with numbers for what cannot be drawn, and no more than one empty line at a time."""
    text = re.sub(r"\n\s*\n", "\n\n", text.replace("\r", "\n"))
    if lacking.isdisjoint(text):
        return text
    run = "[" + re.escape("".join(lacking)) + "]+"
    return re.sub(run, lambda found: _numbers(found[0]), text)


def _numbers(run: str) -> str:
    more = f" … +{len(run) - _MOST_NUMBERS}" if len(run) > _MOST_NUMBERS else ""
    return f"[{' '.join(map(_number, run[:_MOST_NUMBERS]))}{more}]"


def _number(character: str) -> str:
    return f"U+{ord(character):04X}"


def _texts(value: Any) -> Iterator[str]:
    """Every text in the data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
