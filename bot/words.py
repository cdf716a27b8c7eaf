"""Everything said: opened, held against what the flows want to say, and rendered for one person.

A key's text is read once, when it is opened; rendering fills its gaps. Values are escaped here and nowhere else.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from bot.figures import FORMS, Figures
from bot.flows.content import Reading, Source
from bot.flows.flow import Spoken
from bot.library import PAGES, PICTURES, Entry, Library, Shelf, Written, read_library
from bot.markup import GAP, Gap, Line, Template, length, plain_text, read_markup
from bot.model import Message, Offer, Say
from bot.pages import Page
from bot.source import Fault, Place, nearest

BUTTONS = "common.choices"
"""The key of the labels that every step may use."""

MOST_TEXT = 4096
MOST_LABEL = 64
MOST_TOAST = 200
"""Telegram's limits of a message and of the answer to a tap, in UTF-16 units, and what a phone shows of a button."""

_LISTED = "list"
_MOMENT = "moment"
_MOMENT_FORMAT = "wDt"
"""Weekday, long date and short time (core.telegram.org/bots/api#date-time-entity-formatting)."""
_SAMPLE = "M" * 200
_TICKS = {True: "✅ ", False: "▫️ ", None: ""}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A key's text ready to be filled, and the labels of its buttons."""

    place: Place
    template: Template | None
    choices: Mapping[str, Written]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Tongue:
    """Everything said in one language."""

    shelf: Shelf
    phrases: Mapping[str, Phrase]
    buttons: Mapping[str, Written]
    pages: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class _Voice:
    """One language as people of one country write it."""

    tongue: Tongue
    figures: Figures


def open_words(
    folders: Sequence[Path], *, locale: str, currency: str, root: Path | None = None
) -> tuple["Words | None", list[Fault]]:
    """Open the content of these folders, later ones over earlier ones.

    `locale` is the practice's (en-GB), `currency` that of its prices. The words may be there beside faults, so that
    `Words.misfits` can be told in the same go; they are None if there is nothing in the practice's language.
    """
    library, faults = read_library(folders, root)
    tongues = {}
    for name, shelf in library.shelves.items():
        tongues[name], wrong = _tongue(shelf, library)
        faults += wrong
    if _nearest_tongue(locale, tongues) is None:
        return None, [*faults, Fault(None, f"there are no words for {locale}")]
    return Words(tongues, locale, currency), faults


class Words:
    """The content, ready to be spoken in every locale there is.

    An account's locale falls back: en-AU, en, then the practice's own. Raises ValueError if the practice's locale is
    not one babel knows.
    """

    def __init__(self, tongues: Mapping[str, Tongue], locale: str, currency: str) -> None:
        self._tongues = tongues
        self._locale = locale
        self._home = Figures(locale, currency)
        self._currency = currency
        # Locales come from outside: what is kept of them is bounded.
        self._voice = lru_cache(maxsize=256)(self._find_voice)

    def render(self, say: Say, locale: str, zone: str) -> Message:
        """A Say for one person: HTML as Telegram takes it, and the rows of its buttons.

        Raises LookupError for a key that has no words and for a gap the Say has no value for.
        """
        voice = self._voice(locale)
        texts = [_text(one, voice, zone) for one in (*say.lead, say)]
        rows = tuple(
            tuple((_label(offer, say.key, voice, zone), offer.url or offer.data) for offer in row) for row in say.offers
        )
        return Message("\n\n".join(text for text in texts if text), rows)

    def plain(self, say: Say, locale: str, zone: str) -> str:
        """A Say without markup, cut to what the answer to a tap may hold. Raises LookupError as `render` does."""
        text = self.bare(say, locale, zone)
        return text if len(text) <= MOST_TOAST else text[: MOST_TOAST - 1].rstrip() + "…"

    def bare(self, say: Say, locale: str, zone: str) -> str:
        """A Say without markup, whole: what stands in a file. Raises LookupError as `render` does."""
        return plain_text(_text(say, self._voice(locale), zone))

    def digest(self, key: str, locale: str) -> bytes:
        """SHA-256 of the text of a key as this locale has it: what somebody agreed to. Raises LookupError."""
        return _phrase(self._voice(locale).tongue, key).digest

    def commands(self, locale: str, role: str) -> list[tuple[str, str]]:
        """The commands of a role, in their order: (name, description)."""
        listed = self._voice(locale).tongue.shelf.commands.get(role, {})
        return [(name, description.text) for name, description in listed.items()]

    def pages(self, locale: str) -> tuple[Reading, ...]:
        """The pages to read, in their order."""
        return self._voice(locale).tongue.pages

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages there are words in."""
        return tuple(self._tongues)

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """The pages nobody has signed off yet."""
        return tuple(
            f"{name}/{PAGES}/{page.id}"
            for name, tongue in self._tongues.items()
            for page in tongue.shelf.pages.values()
            if not page.reviewed
        )

    def misfits(self, expected: Iterable[Spoken], page_values: Iterable[str] = ()) -> list[Fault]:
        """Everything that does not fit what the flows say, of every locale; `page_values` are those pages may hold."""
        wanted: dict[str, Spoken] = {}
        for one in expected:
            known = wanted.get(one.key, one)
            wanted[one.key] = Spoken(one.key, known.values | one.values, known.choices | one.choices)
        faults: list[Fault] = []
        for name, tongue in self._tongues.items():
            faults += _misfits(name, tongue, wanted, frozenset(page_values))
        return faults

    def _find_voice(self, locale: str) -> _Voice:
        name = _nearest_tongue(locale, self._tongues)
        if name is None or locale == self._locale.partition("-")[0]:
            locale = self._locale
        tongue = self._tongues[_nearest_tongue(locale, self._tongues) or ""]
        try:
            return _Voice(tongue, Figures(locale, self._currency))
        except ValueError:
            return _Voice(tongue, self._home)


# --- rendering --------------------------------------------------------------------------------------------------------


def _phrase(tongue: Tongue, key: str) -> Phrase:
    phrase = tongue.phrases.get(key)
    if phrase is None:
        raise LookupError(f"{key}: nothing to say")
    return phrase


def _text(say: Say, voice: _Voice, zone: str) -> str:
    phrase = _phrase(voice.tongue, say.key)
    if phrase.template is None:
        raise LookupError(f"{say.key}: nothing to say")
    values, zone = say.values, say.zone or zone

    def write(gap: Gap) -> str:
        try:
            value = values[gap.name]
        except KeyError:
            raise LookupError(f"{say.key}: no value for {{{gap.name}}}") from None
        return _written(value, gap.form, voice, zone)

    return phrase.template.fill(write)


def _written(value: Any, form: str, voice: _Voice, zone: str) -> str:
    """The one place where a value becomes HTML."""
    if isinstance(value, str):
        return escape(value, quote=False)
    if isinstance(value, Say):
        return _text(value, voice, zone)
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        texts = [text for one in value if (text := _written(one, "", voice, zone))]
        if form == _LISTED and texts:
            return voice.figures.listed(texts)
        # What takes several lines stands apart from its neighbours.
        return ("\n\n" if any("\n" in text for text in texts) else "\n").join(texts)
    if form == _MOMENT:
        # Telegram shows it by the clock of the phone, where it knows how; else the words do, by the zone given.
        told = escape(voice.figures.write(value, "when", zone), quote=False)
        return f'<tg-time unix="{int(value.timestamp())}" format="{_MOMENT_FORMAT}">{told}</tg-time>'
    return escape(voice.figures.write(value, form, zone), quote=False)


def _label(offer: Offer, key: str, voice: _Voice, zone: str) -> str:
    return _TICKS[offer.ticked] + _label_text(offer, key, voice, zone)


def _label_text(offer: Offer, key: str, voice: _Voice, zone: str) -> str:
    match offer.label:
        case str(label):
            return label
        case None:
            phrase = voice.tongue.phrases.get(key)
            found = (phrase.choices.get(offer.code) if phrase else None) or voice.tongue.buttons.get(offer.code)
            if found is None:
                raise LookupError(f"{key}: no label for {offer.code}")
            return found.text
        case Say() as say:
            return plain_text(_text(say, voice, zone))
        case (str(form), value) if form in FORMS:
            return voice.figures.write(value, form, zone)
        case value:
            return voice.figures.write(value, "", zone)


# --- opening ----------------------------------------------------------------------------------------------------------


def _nearest_tongue(locale: str, tongues: Iterable[str]) -> str | None:
    language = locale.partition("-")[0]
    return next((name for name in (locale, language) if name in tongues), None)


def _tongue(shelf: Shelf, library: Library) -> tuple[Tongue, list[Fault]]:
    faults: list[Fault] = []

    def read(written: Written, line_end: str = "\n") -> Template:
        template, complaints = read_markup(written.text, line_end)
        faults.extend(Fault(written.place, complaint) for complaint in complaints)
        for gap in template.gaps:
            if gap.form and gap.form not in (*FORMS, _LISTED, _MOMENT):
                hint = nearest(gap.form, [*FORMS, _LISTED, _MOMENT])
                faults.append(Fault(written.place, f"{{{gap.name}:{gap.form}}} is in no known form{hint}"))
        return template

    phrases = {key: _read_entry(entry, read) for key, entry in shelf.entries.items()}
    pages = _in_order(shelf.pages.values())
    for page in pages:
        phrases[f"{PAGES}/{page.id}"] = _read_page(page, read)
    buttons = shelf.entries[BUTTONS].choices if BUTTONS in shelf.entries else {}
    return Tongue(shelf, phrases, buttons, tuple(_reading(page, library.sources) for page in pages)), faults


def _in_order(pages: Collection[Page]) -> list[Page]:
    """Section by section, each where its first page is."""
    first: dict[str, int] = {}
    for page in pages:
        first[page.section] = min(page.order, first.get(page.section, page.order))
    return sorted(pages, key=lambda page: (first[page.section], page.section, page.order, page.id))


def _reading(page: Page, sources: Mapping[str, Source]) -> Reading:
    named = tuple(sources[key] for key in page.sources if key in sources)
    picture = f"{PICTURES.name}/{page.picture}" if page.picture else ""
    return Reading(page.id, page.title, page.section, named, page.see, picture)


def _read_entry(entry: Entry, read: Callable[[Written], Template]) -> Phrase:
    template = read(entry.say) if entry.say and entry.say.text.strip() else None
    if template and entry.hint:
        template = template.then(read(entry.hint))
    digest = sha256((entry.say.text if entry.say else "").encode()).digest()
    return Phrase(entry.say.place if entry.say else entry.place, template, entry.choices, digest)


def _read_page(page: Page, read: Callable[[Written, str], Template]) -> Phrase:
    title = Line("", (f"<b>{escape(page.title, quote=False)}</b>",))
    text = Template((title, *read(Written(page.text, page.place), " ").lines))
    return Phrase(page.place, text, {}, sha256(page.text.encode()).digest())


# --- what does not fit ------------------------------------------------------------------------------------------------


def _misfits(name: str, tongue: Tongue, wanted: Mapping[str, Spoken], page_values: frozenset[str]) -> Iterator[Fault]:
    nowhere = frozenset().union(*(one.choices for one in wanted.values()))
    for key, spoken in wanted.items():
        phrase = tongue.phrases.get(key)
        if phrase is None or (phrase.template is None and key != BUTTONS):
            place = phrase.place if phrase else _neighbour(key, tongue)
            yield Fault(place, f"{name}: {key}: nothing to say")
            continue
        yield from _unknown_gaps(key, phrase, spoken.values)
        for code in sorted(spoken.choices - phrase.choices.keys() - tongue.buttons.keys()):
            yield Fault(phrase.place, f"{key}: the choice {code} has no label")
        for code, label in phrase.choices.items():
            if code not in (nowhere if key == BUTTONS else spoken.choices):
                yield Fault(label.place, f"{key}: nothing offers the choice {code}{nearest(code, spoken.choices)}")
    for key, phrase in tongue.phrases.items():
        is_page = key.startswith(f"{PAGES}/")
        if is_page:
            yield from _unknown_gaps(key, phrase, page_values)
        elif key not in wanted:
            yield Fault(phrase.place, f"nothing says {key}{nearest(key, wanted)}")
        yield from _oversizes(key, phrase)


def _neighbour(key: str, tongue: Tongue) -> Place | None:
    """The last words of the same flow: the missing ones belong behind them."""
    flow = key.partition(".")[0]
    places = [phrase.place for other, phrase in tongue.phrases.items() if other.partition(".")[0] == flow]
    return max(places, key=lambda place: (place.file, place.line), default=None)


def _unknown_gaps(key: str, phrase: Phrase, values: frozenset[str]) -> Iterator[Fault]:
    for gap in dict.fromkeys(gap.name for gap in (phrase.template.gaps if phrase.template else ())):
        if gap not in values:
            yield Fault(phrase.place, f"{key}: there is no value {{{gap}}}{nearest(gap, values)}")


def _oversizes(key: str, phrase: Phrase) -> Iterator[Fault]:
    if phrase.template and (size := length(phrase.template.fill(lambda gap: _SAMPLE))) > MOST_TEXT:
        yield Fault(phrase.place, f"{key}: comes to {size} characters; Telegram takes {MOST_TEXT}")
    for code, label in phrase.choices.items():
        if not label.text.strip() or len(label.text) > MOST_LABEL:
            yield Fault(
                label.place, f"{key}: the label of {code} has {len(label.text)} characters, not 1 to {MOST_LABEL}"
            )
        if GAP.search(label.text):
            yield Fault(label.place, f"{key}: the label of {code} cannot hold a gap")
