"""The markup content is written in: a small part of Markdown with gaps for values, made into Telegram's HTML.

Headings, bold, italic, links, lists, quotes and paragraphs; everything else is a complaint. A text is read once,
when content is loaded; `Template.fill` only joins. Values come in already escaped and are never read as markup.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape, unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

GAP = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}")

_READER = MarkdownIt("zero").enable(
    ["heading", "list", "blockquote", "emphasis", "link", "escape", "newline", "entity"]
)
# Kept apart, an escaped asterisk is known from one that was left over.
_READER.disable("text_join")

_PRIVATE = re.compile("([\ue000-\uf8ff])")
_LEFT_OVER = re.compile(r"\*+|__|``?|~~|\]\(|</?[a-zA-Z][^<>]*>")
_TAG = re.compile(r"<[^<>]*>")
_MARKER = re.compile(r"• |\d+\. ")
_ADDRESS = re.compile(r"(https?|tg)://[!-~]+")
_INLINE = {
    "strong_open": "<b>",
    "strong_close": "</b>",
    "em_open": "<i>",
    "em_close": "</i>",
    "link_close": "</a>",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A place for the value of that name, written in that form (empty: as its kind asks)."""

    name: str
    form: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `before` parts it from what stands above; `bare` if it holds gaps and at most a label.

    A bare line is left out when all its gaps are empty.
    """

    before: str
    parts: tuple[str | Gap, ...]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines set off from the rest."""

    before: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A text ready to be filled."""

    lines: tuple[Line | Quote, ...]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Every gap, in order."""
        return tuple(_gaps(self.lines))

    def fill(self, write: Callable[[Gap], str]) -> str:
        """The text as Telegram's HTML; `write` answers with what stands in a gap, as HTML."""
        return _filled(self.lines, write)

    def then(self, hint: "Template") -> "Template":
        """This text, and `hint` under it in italics."""
        small = tuple(_italic(line) for line in hint.lines)
        return Template((*self.lines, replace(small[0], before="\n\n"), *small[1:])) if small else self


def read_markup(text: str, line_end: str = "\n") -> tuple[Template, list[str]]:
    """Read one text; every complaint is a clause about what is wrong with it.

    `line_end` is what a line break within a paragraph becomes: a line break where a line is a line, a space where
    paragraphs were wrapped by hand.
    """
    reading = _Reading(text.strip(), line_end)
    return Template(reading.lines()), reading.complaints


def plain_text(html: str) -> str:
    """Telegram's HTML without its markup."""
    return unescape(_TAG.sub("", html))


def length(html: str) -> int:
    """What Telegram counts against its limits: UTF-16 units after its entities are parsed."""
    return len(plain_text(html).encode("utf-16-le")) // 2


def _gaps(lines: tuple[Line | Quote, ...]) -> Iterator[Gap]:
    for line in lines:
        if isinstance(line, Quote):
            yield from _gaps(line.lines)
        else:
            yield from (part for part in line.parts if isinstance(part, Gap))


def _filled(lines: tuple[Line | Quote, ...], write: Callable[[Gap], str]) -> str:
    said: list[str] = []
    before = ""
    for line in lines:
        # The break above a line that is left out still parts what stands around it.
        before = max(before, line.before, key=len)
        if isinstance(line, Quote):
            inner = _filled(line.lines, write)
            if not inner:
                continue
            parts = ["<blockquote>", inner, "</blockquote>"]
        else:
            parts = [part if isinstance(part, str) else write(part) for part in line.parts]
            if line.bare and not any(
                written for part, written in zip(line.parts, parts, strict=True) if isinstance(part, Gap)
            ):
                continue
        if said:
            said.append(before)
        said += parts
        before = ""
    return "".join(said)


def _italic(line: Line | Quote) -> Line | Quote:
    if isinstance(line, Quote):
        return line
    return replace(line, parts=("<i>", *line.parts, "</i>"))


class _Reading:
    """One reading of a text: gaps become single private characters, which Markdown takes for letters."""

    def __init__(self, text: str, line_end: str) -> None:
        self.complaints: list[str] = []
        self._gaps: list[Gap] = []
        self._line_end = line_end
        if _PRIVATE.search(text):
            self.complaints.append("holds characters of the private use area")
            text = _PRIVATE.sub("", text)
        self._text = GAP.sub(self._gap, text)
        if stray := re.search(r"[{}][^{}\s]{0,20}", self._text):
            self.complaints.append(f"'{stray[0]}' is no gap; write {{name}} or {{name:form}}")
        if re.search("\\]\\([^()\\s]*[\ue000-\uf8ff]", self._text):
            self.complaints.append("an address cannot hold a gap")
        self._rows = self._text.split("\n")

    def _gap(self, match: re.Match[str]) -> str:
        self._gaps.append(Gap(match[1], match[2] or ""))
        return chr(0xE000 + len(self._gaps) - 1)

    def lines(self) -> tuple[Line | Quote, ...]:
        found: list[Line | Quote] = []
        quoted: list[Line] | None = None
        counters: list[int] = []
        above, marker, bold = "", "", False
        for token in _READER.parse(self._text):
            match token.type:
                case "blockquote_open" if quoted is not None:
                    self.complaints.append("a quote within a quote")
                case "blockquote_open":
                    quoted, above = [], self._break_above(token)
                case "blockquote_close" if quoted is not None:
                    found.append(Quote(above, tuple(quoted)))
                    quoted = None
                case "bullet_list_open" | "ordered_list_open":
                    if counters:
                        self.complaints.append("a list within a list")
                    counters.append(int(token.attrGet("start") or 1) if token.type.startswith("o") else 0)
                case "bullet_list_close" | "ordered_list_close":
                    counters.pop()
                case "list_item_open":
                    marker = f"{counters[-1]}. " if counters[-1] else "• "
                    counters[-1] += bool(counters[-1])
                case "heading_open":
                    bold = True
                case "inline":
                    lines = self._inline(token, marker, bold=bold)
                    if quoted is None:
                        found += lines
                    else:
                        quoted += lines
                    marker, bold = "", False
                case _:
                    pass
        return tuple(found)

    def _break_above(self, token: Token) -> str:
        first = token.map[0] if token.map else 0
        return "\n" if first and self._rows[first - 1].strip(" >") else "\n\n"

    def _inline(self, token: Token, marker: str, *, bold: bool) -> list[Line]:
        rows = [marker + "<b>" if bold else marker]
        depth = int(bold)
        for child in token.children or []:
            depth += child.nesting
            if child.type in ("softbreak", "hardbreak"):
                end = "\n" if child.type == "hardbreak" else self._line_end
                if depth or end != "\n":
                    rows[-1] += end
                else:
                    rows.append("")
            else:
                rows[-1] += self._piece(child)
        rows[-1] += "</b>" if bold else ""
        above = self._break_above(token)
        return [self._line("\n" if index else above, row) for index, row in enumerate(rows)]

    def _piece(self, child: Token) -> str:
        if child.type == "link_open":
            address = str(child.attrGet("href"))
            if not _ADDRESS.fullmatch(address):
                self.complaints.append(f"'{address}' is no address for a link; it begins with https://")
            return f'<a href="{escape(address)}">'
        if child.type == "text":
            for left in _LEFT_OVER.findall(child.content):
                wrong = "is no markup here; write **bold**" if left.startswith("<") else "opens or closes nothing"
                self.complaints.append(f"'{left}' {wrong}")
        return _INLINE.get(child.type) or escape(child.content, quote=False)

    def _line(self, before: str, row: str) -> Line:
        pieces = [piece for piece in _PRIVATE.split(row) if piece]
        parts = tuple(self._gaps[ord(piece) - 0xE000] if _PRIVATE.match(piece) else piece for piece in pieces)
        label = _MARKER.sub("", _TAG.sub("", _PRIVATE.sub("", row)), count=1).strip()
        holds = any(isinstance(part, Gap) for part in parts)
        return Line(before, parts, bare=holds and (not label or label.endswith(":")))
