"""What a practice brings, read and fitted together: its clinic.yaml, its forms, its rules, its words.

The built-in content is furnished first; a practice's own folder replaces the forms and the rules file by file, and the
words text by text. Whatever is wrong with any of it is told in one go.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from bot import flows
from bot.engine import Engine
from bot.flows.content import Content
from bot.flows.flow import FlowFault
from bot.flows.house import House
from bot.flows.learn import VALUES
from bot.library import BUILT_IN, read_sources
from bot.practice import advice, questionnaire, safety, screening
from bot.practice.clinic import EXAMPLE, Clinic, read_clinic
from bot.practice.findings import Finding
from bot.practice.forms import Form
from bot.source import Fault, Node, Place, read_strings, read_typed
from bot.words import Words, open_words

FORM = "forms/intake.yaml"
CHECK = "forms/before-visit.yaml"
SCREENING = "screening.yaml"
SAFETY = "safety.yaml"
ADVICE = "advice.yaml"
_KNOWN = (
    "clinic.yaml",
    "sources.yaml",
    SCREENING,
    SAFETY,
    FORM,
    CHECK,
    "*/*.yaml",
    "*/learn/*.md",
    "README*",
    "*/README*",
)

T = TypeVar("T")
Load = Callable[..., tuple[T | None, list[Finding]]]


@dataclass(frozen=True, slots=True)
class Practice:
    """Everything that is content, ready to run: `house` is what the flows were built into, `engine` walks it."""

    content: Content
    words: Words
    house: House
    engine: Engine


@dataclass(slots=True)
class Furnished:
    """A practice, and everything to be said about its files. It is None exactly where there are faults; `notes` can be
    lived with: an odd form, words nobody has reviewed."""

    practice: Practice | None = None
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def furnish(
    clinic: Path | None, folder: Path | None, root: Path | None = None, public_url: str | None = None
) -> Furnished:
    """Reads `clinic` (None: the example practice) and the built-in content under what `folder` overrides.

    `root` is what file names in faults are relative to; `public_url` is where the world reaches this process, if it
    does. What cannot be read is replaced by its built-in counterpart
    for the rest of the reading, so that faults elsewhere are still found.
    """
    furnished = Furnished()
    reader = _Reader(folder, root, furnished)
    here = reader.clinic(clinic or EXAMPLE)
    health = reader.health(here)
    words = reader.words(here)
    if words is None:
        return furnished
    content = Content(
        here,
        health.form,
        health.check,
        health.screening,
        health.safety,
        health.advice,
        words.pages(here.locale),
        public_url,
    )
    try:
        house = flows.build(content)
    except FlowFault as wrong:
        furnished.faults.append(Fault(None, str(wrong)))
        return furnished
    engine = Engine(house)
    furnished.faults += words.misfits(engine.spoken(), VALUES)
    furnished.notes += [Fault(None, f"{name}: nobody has reviewed it yet") for name in words.unreviewed]
    if not furnished.faults:
        furnished.practice = Practice(content, words, house, engine)
    return furnished


class _Reader:
    """Reads file by file, and keeps what is wrong."""

    def __init__(self, folder: Path | None, root: Path | None, furnished: Furnished) -> None:
        self.folder = folder
        self.root = root
        self.faults = furnished.faults
        self.notes = furnished.notes

    def clinic(self, path: Path) -> Clinic:
        found, faults = read_clinic(path, self.root)
        self.faults += faults
        if found is None:
            found, _ = read_clinic(EXAMPLE)
            assert found is not None
        return found

    def health(self, clinic: Clinic) -> "_Health":
        """The forms and what binds to them. Rules are held against the forms they are for, or not at all."""
        language = clinic.locale.partition("-")[0]
        home = next((name for name in (clinic.locale, language) if self._own(f"{name}/{ADVICE}")), "en")
        topics_file = f"{home}/{ADVICE}"
        form, check = self._form(FORM), self._form(CHECK)
        if form is None or check is None:
            unread = " and ".join(name for name, read in ((FORM, form), (CHECK, check)) if read is None)
            for name in (SCREENING, SAFETY, topics_file):
                self._unchecked(name, unread)
            return _built_in_health()
        signs = self._bound(screening.load, SCREENING, form, check) or _built_in_health().screening
        needling = self._bound(safety.load, SAFETY, form, check) or _built_in_health().safety
        tips = self._bound(_advising(signs, needling, self._folders), topics_file, form) or _built_in_health().advice
        return _Health(form, check, signs, needling, tips)

    def words(self, clinic: Clinic) -> Words | None:
        self._strays()
        try:
            words, faults = open_words(self._folders, locale=clinic.locale, currency=clinic.currency, root=self.root)
        except ValueError as wrong:
            self.faults.append(Fault(None, str(wrong)))
            return None
        self.faults += faults
        return words

    @property
    def _folders(self) -> list[Path]:
        return [BUILT_IN] + ([self.folder] if self.folder else [])

    def _own(self, name: str) -> Path | None:
        """The practice's own file of this name."""
        path = self.folder / name if self.folder else None
        return path if path and path.is_file() else None

    def _form(self, name: str) -> Form | None:
        node, faults = read_typed(self._own(name) or BUILT_IN / name, self.root)
        self.faults += faults
        if node is None:
            return None
        form, findings = questionnaire.load(node.plain())
        self._tell(node, findings)
        return form

    def _bound(self, load: Load[T], name: str, *forms: Form) -> T | None:
        """Rules that name items of the forms."""
        node, faults = read_strings(self._own(name) or BUILT_IN / name, self.root)
        self.faults += faults
        if node is None:
            return None
        found, findings = load(node.plain(), *forms)
        self._tell(node, findings)
        self._unreviewed(node, getattr(found, "unreviewed", ()))
        return found

    def _tell(self, node: Node, findings: list[Finding]) -> None:
        for one in findings:
            message = f"{one.link_id}: {one.message}" if one.link_id else one.message
            (self.faults if one.fatal else self.notes).append(Fault(node.place(*one.loc), message))

    def _unreviewed(self, node: Node, ids: tuple[str, ...]) -> None:
        for one in ids:
            section = next((name for name in ("rules", "topics") if one in (node.plain().get(name) or {})), "")
            self.notes.append(Fault(node.place(section, one), f"{one}: nobody has reviewed it yet"))

    def _unchecked(self, name: str, unread: str) -> None:
        if path := self._own(name):
            self.notes.append(Fault(Place(path.as_posix(), 1), f"not checked until {unread} can be read"))

    def _strays(self) -> None:
        """A file nobody reads is most likely a misspelt one."""
        for path in self._files():
            assert self.folder is not None
            name = path.relative_to(self.folder)
            if not any(name.match(pattern) for pattern in _KNOWN):
                self.notes.append(Fault(None, f"{path}: nothing reads this file"))

    def _files(self) -> Iterator[Path]:
        for path in sorted(self.folder.rglob("*")) if self.folder else []:
            if path.is_file() and not path.name.startswith("."):
                yield path


@dataclass(frozen=True, slots=True)
class _Health:
    form: Form
    check: Form
    screening: screening.Screening
    safety: safety.Safety
    advice: advice.Advice


@cache
def _built_in_health() -> _Health:
    form, check = _built_in_form(FORM), _built_in_form(CHECK)
    signs = _built_in(screening.load, SCREENING, form, check)
    needling = _built_in(safety.load, SAFETY, form, check)
    tips = _built_in(_advising(signs, needling, [BUILT_IN]), f"en/{ADVICE}", form)
    return _Health(form, check, signs, needling, tips)


def _advising(signs: screening.Screening, needling: safety.Safety, folders: list[Path]) -> Load[advice.Advice]:
    """How advice is loaded: held against the rules its tags go by and the sources its topics name."""
    rules = [*(rule.id for rule in signs.rules), *(rule.id for rule in needling.rules)]
    return partial(advice.load, rules=rules, sources=read_sources(folders))


def _built_in_form(name: str) -> Form:
    node, _ = read_typed(BUILT_IN / name)
    assert node is not None
    form, _ = questionnaire.load(node.plain())
    assert form is not None
    return form


def _built_in(load: Load[T], name: str, *forms: Form) -> T:
    node, _ = read_strings(BUILT_IN / name)
    assert node is not None
    found, _ = load(node.plain(), *forms)
    assert found is not None
    return found
