"""A page to read as its file holds it: a head of keys between two lines of dashes, and a text in Markdown."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.flows.learn import CODES
from bot.source import Fault, Place, nearest

LONGEST = 900
"""Characters of a page's text: more does not fit a phone without scrolling far."""
NO_SOURCE = "memory"

_HEAD = ("title", "section", "order", "sources", "see", "picture", "reviewed")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME = 32
"""With it a button's data stays within Telegram's 64 bytes."""
_LONGEST_LABEL = 34


@dataclass(frozen=True, slots=True)
class Page:
    """A page to read, under the heading `section` of the contents; `head` is where each key of its head stands.

    `sources` are keys of `sources.yaml`; without any it is general advice, with no figure and no effect claimed in it.
    `see` are other pages it sends readers to, `picture` is the name of a drawing.
    """

    id: str
    title: str
    section: str
    order: int
    sources: tuple[str, ...]
    see: tuple[str, ...]
    picture: str
    reviewed: bool
    text: str
    place: Place
    head: Mapping[str, Place]


def read_page(path: Path, name: str) -> tuple[Page | None, list[Fault]]:
    """Read one page; `name` is what faults call the file. There may be a page beside faults."""
    try:
        rows = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return None, [Fault(None, f"{name}: cannot be read as UTF-8")]
    end = next((line for line, row in enumerate(rows[1:], start=1) if row.rstrip() == "---"), 0)
    if rows[0].rstrip() != "---" or not end:
        rule = "begins with no head: --- title, section, order, sources, reviewed ---"
        return None, [Fault(Place(name, 1), rule)]
    faults: list[Fault] = []
    head: dict[str, str] = {}
    places: dict[str, Place] = {}
    for line, row in enumerate(rows[1:end], start=2):
        key, colon, value = row.partition(":")
        if key not in _HEAD or not colon or key in head:
            rule = f"'{row}' is not one of {', '.join(_HEAD)}{nearest(key, _HEAD)}"
            faults.append(Fault(Place(name, line), rule))
        head[key], places[key] = value.strip(), Place(name, line)
    if lacking := _lacking(path.stem, head):
        return None, [*faults, Fault(Place(name, 1), lacking)]
    for key in ("title", "section"):
        if len(head[key]) > _LONGEST_LABEL:
            rule = f"the {key} has {len(head[key])} characters; a button shows {_LONGEST_LABEL}"
            faults.append(Fault(places[key], rule))
    page = Page(
        path.stem,
        head["title"],
        head["section"],
        int(head["order"]),
        _listed(head.get("sources", "")),
        _listed(head.get("see", "")),
        head.get("picture", ""),
        head["reviewed"] == "yes",
        "\n".join(rows[end + 1 :]),
        Place(name, end + 2),
        places,
    )
    return page, faults


def _lacking(stem: str, head: Mapping[str, str]) -> str:
    """What it takes to be a page, where something of it is missing."""
    if not head.get("order", "").isdecimal() or head.get("reviewed") not in ("yes", "no") or not head.get("title"):
        return "a page has a title, an order (a number) and reviewed (yes or no)"
    if not head.get("section"):
        return "a page has a section: the heading under which it is found"
    if not _NAME.fullmatch(stem) or len(stem) > _LONGEST_NAME or stem in CODES:
        taken = ", ".join(sorted(CODES))
        return f"a page's file is called by a-z, 0-9 and -, at most {_LONGEST_NAME}, and none of {taken}"
    return ""


def _listed(written: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^,\s]+", written))


def unsupported(page: Page, sources: Collection[str], claims: Sequence[str]) -> Iterator[Fault]:
    """Where it rests on nothing: sources nobody knows; without any, figures and words that claim an effect."""
    for key in page.sources:
        if key.casefold() == NO_SOURCE:
            yield Fault(page.head["sources"], f"{NO_SOURCE} is no source; without one a page says reviewed: no")
        elif key not in sources:
            yield Fault(page.head["sources"], f"'{key}' is not in sources.yaml{nearest(key, sources)}")
    if page.sources:
        return
    if page.reviewed:
        yield Fault(page.head["reviewed"], "a page without sources is general advice, which says reviewed: no")
    for line, row in enumerate(page.text.split("\n"), page.place.line):
        here = replace(page.place, line=line)
        if re.search(r"\d", row):
            yield Fault(here, "a figure needs a source; name it under sources:")
        for claim in claims:
            if re.search(rf"\b{re.escape(claim)}\b", row, re.IGNORECASE):
                yield Fault(here, f"'{claim}' claims an effect, which needs a source; name it under sources:")


def unfit(page: Page, pages: Collection[str], pictures: Collection[str]) -> Iterator[Fault]:
    """Where it does not fit the phone, the other pages or the pictures there are."""
    if (size := len(" ".join(page.text.split()))) > LONGEST:
        yield Fault(page.place, f"the page has {size} characters; a phone shows {LONGEST} at a glance")
    for other in page.see:
        if other not in pages:
            yield Fault(page.head["see"], f"there is no page '{other}'{nearest(other, pages)}")
    if page.picture and page.picture not in pictures:
        yield Fault(page.head["picture"], f"there is no picture '{page.picture}'{nearest(page.picture, pictures)}")
