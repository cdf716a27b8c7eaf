"""Warning signs: fixed rules from a tapped answer to what the practice must do. Never a diagnosis.

The rules are content (`screening.yaml`), bound to a form by linkId and code, and checked against it when
they are loaded. No pattern of answers means 'nothing serious' (IFOMPT 2020: the accuracy of most warning
signs is poor), so there is no such level.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, get_args

from bot.practice import values
from bot.practice.binding import Rules, code
from bot.practice.findings import Finding, Loc
from bot.practice.forms import Form
from bot.practice.items import Answers, Item, Place
from bot.practice.values import Value

Level = Literal["emergency", "doctor", "tell"]
"""emergency: stop, show the number, tell the practice, no booking until released. doctor: a booking waits
for the practitioner. tell: the practitioner reads it first. The gravest first."""

Number = Literal["emergency", "crisis", "maternity"]

LEVELS: tuple[Level, ...] = get_args(Level)
SKIPPED = "skipped"
"""What a rule calls a question that was asked and skipped."""

_NUMBERS: tuple[Number, ...] = get_args(Number)
_RULE_FIELDS = ("answers", "ticks", "level", "age", "number", "condition", "line", "source", "reviewed", "with")
_ANY = "any"


@dataclass(frozen=True, slots=True)
class Raise:
    """A flag of any of these rules makes another graver; None: that of any other rule, where something was answered."""

    rules: tuple[str, ...] | None
    level: Level


@dataclass(frozen=True, slots=True)
class Ticks:
    """So many ticks on one question, those that stand alone ('None of these') left out, raise a flag."""

    link_id: str
    least: int
    most: int
    level: Level


@dataclass(frozen=True, slots=True)
class Rule:
    """One warning sign: which answers raise a flag, and how grave it is."""

    id: str
    """The row of the table of warning signs it was written from, with what sets it apart (RF22-four)."""
    answers: Mapping[str, Mapping[str, Level]]
    """By linkId: the code of an answer, `true`, `false` or `skipped`, to its level. Any of them is enough."""
    line: str
    """What the practitioner reads."""
    number: Number
    condition: str
    source: str
    reviewed: bool
    """Whether a registered practitioner has signed it off."""
    raises: tuple[Raise, ...] = ()
    ticks: Ticks | None = None
    from_age: int | None = None
    """It holds only for people of this many years or more."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The linkIds it goes by."""
        return (*self.answers, *([self.ticks.link_id] if self.ticks else []))


@dataclass(frozen=True, slots=True)
class Flag:
    """A warning sign that somebody's answers show."""

    code: str
    """The id of its rule."""
    level: Level
    link_id: str
    """The question whose answer is the gravest."""
    number: Number
    line: str
    said: tuple[str, ...] = ()
    """What was tapped, as its button read; nothing where a question was skipped."""


@dataclass(frozen=True, slots=True)
class MinimumAge:
    """Who is younger by the date of birth is asked to phone, and nothing is kept."""

    id: str
    link_id: str
    years: int


@dataclass(frozen=True, slots=True)
class Screening:
    """All rules, bound to a form and to others that ask some of the same."""

    rules: tuple[Rule, ...]
    minimum_age: MinimumAge | None = None
    _asked: frozenset[str] = field(init=False, repr=False)
    _skippable: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_asked", frozenset(name for rule in self.rules for name in rule.asked))
        skippable = (name for rule in self.rules for name, levels in rule.answers.items() if SKIPPED in levels)
        object.__setattr__(self, "_skippable", frozenset(skippable))

    def asks(self, link_id: str) -> bool:
        """Whether an answer to this item can raise a flag."""
        return link_id in self._asked

    def number_of(self, link_id: str) -> Number | None:
        """The number, other than that of the emergency services, that a flag of this question would show."""
        own = (rule.number for rule in self.rules if link_id in rule.asked and rule.number != "emergency")
        return next(own, None)

    def flags(self, form: Form, answers: Answers, today: date) -> tuple[Flag, ...]:
        """The flags of answers that apply, the gravest first, then in the order of the rules.

        `form` is any of those the rules were loaded for; `today` is the date at the practice, for the age.
        """
        given = form.given_to(self._asked, answers)
        skipped = frozenset(name for name in self._skippable if _is_skipped(form, name, answers))
        age = self._age(form, answers, today)
        found: dict[str, Flag] = {}
        for rule in self.rules:
            if rule.from_age is None or (age is not None and age >= rule.from_age):
                flag = _flag(rule, form, given, skipped)
                if flag:
                    found[rule.id] = flag
        raised = [_raised(found[rule.id], rule, found) for rule in self.rules if rule.id in found]
        return tuple(sorted(raised, key=lambda flag: LEVELS.index(flag.level)))

    def too_young(self, form: Form, answers: Answers, today: date) -> bool:
        """Whether the date of birth given is less than the minimum age ago. A bare year counts as its end."""
        born = self._born(form, answers)
        return self.minimum_age is not None and bool(born) and _years(born, (12, 31), today) < self.minimum_age.years

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """The rules no practitioner has signed off yet."""
        return tuple(rule.id for rule in self.rules if not rule.reviewed)

    def _age(self, form: Form, answers: Answers, today: date) -> int | None:
        """Completed years; None if no date of birth is known. A bare year counts as its beginning: rather older."""
        born = self._born(form, answers)
        return _years(born, (1, 1), today) if born else None

    def _born(self, form: Form, answers: Answers) -> str:
        """A date as FHIR writes it, or nothing."""
        if self.minimum_age is None:
            return ""
        asked = self.minimum_age.link_id
        given = form.given_to([asked], answers).get(asked, ())
        written = str(values.content(given[0])) if given else ""
        return written if written[:4].isdigit() else ""


def load(content: object, form: Form, *others: Form) -> tuple[Screening | None, list[Finding]]:
    """The rules of `screening.yaml`, read as text, for `form`; and everything wrong with them.

    `others` are forms that ask some of it again, say before a visit. There is no screening if a finding is
    fatal: a rule about an item or a code the form does not have must never pass in silence, nor must another form
    that asks by the same linkId and offers other answers.
    """
    reader = _Reader(form, others)
    screening = reader.screening(content)
    return (None if any(one.fatal for one in reader.findings) else screening), reader.findings


def _is_skipped(form: Form, link_id: str, answers: Answers) -> bool:
    place = Place(link_id)
    stored = answers.get(str(place))
    return stored is not None and not stored and link_id in form and form.enabled(place, answers)


def _flag(rule: Rule, form: Form, given: Mapping[str, tuple[Value, ...]], skipped: frozenset[str]) -> Flag | None:
    hits: list[tuple[Level, str, str]] = []
    for link_id, levels in rule.answers.items():
        said = given.get(link_id, ())
        hits += [(levels[code(value)], link_id, values.text(value)) for value in said if code(value) in levels]
        if link_id in skipped and SKIPPED in levels:
            hits.append((levels[SKIPPED], link_id, ""))
    if rule.ticks and rule.ticks.link_id in form:
        chosen = form.item(rule.ticks.link_id).chosen(given.get(rule.ticks.link_id, ()))
        ticked = [option.label for option in chosen if not option.exclusive]
        if rule.ticks.least <= len(ticked) <= rule.ticks.most:
            hits += [(rule.ticks.level, rule.ticks.link_id, label) for label in ticked]
    if not hits:
        return None
    level, link_id, _ = min(hits, key=lambda hit: LEVELS.index(hit[0]))
    labels = tuple(dict.fromkeys(label for _, _, label in hits if label))
    return Flag(rule.id, level, link_id, rule.number, rule.line, labels)


def _raised(flag: Flag, rule: Rule, found: Mapping[str, Flag]) -> Flag:
    answered = {name for name, other in found.items() if name != rule.id and other.said}
    levels = [
        one.level
        for one in rule.raises
        if (answered if one.rules is None else any(other in found for other in one.rules))
    ]
    return replace(flag, level=min([flag.level, *levels], key=LEVELS.index))


def _years(born: str, unsaid: tuple[int, int], today: date) -> int:
    """Completed years since a date as FHIR writes it; `unsaid` are the month and day it may leave out."""
    year, *rest = map(int, born.split("-"))
    month, day = (*rest, *unsaid[len(rest) :])
    return today.year - year - ((today.month, today.day) < (month, day))


class _Reader(Rules):
    def screening(self, content: object) -> Screening | None:
        rules = self.named(content, "minimum_age")
        if not isinstance(content, Mapping) or not rules:
            return None
        minimum_age = self._minimum_age(content.get("minimum_age"))
        read = (self._rule(name, raw, ("rules", name)) for name, raw in rules.items())
        found = tuple(rule for rule in read if rule)
        self.link_id = ""
        for rule in found:
            loc: Loc = ("rules", rule.id)
            for one in rule.raises:
                for other in one.rules or ():
                    if other not in rules:
                        self.fatal((*loc, "with"), f"there is no rule '{other}'")
            if rule.from_age is not None and minimum_age is None:
                self.fatal((*loc, "age"), "there is no minimum_age to say who asks the date of birth")
        return Screening(found, minimum_age)

    def _rule(self, name: str, raw: object, loc: Loc) -> Rule | None:
        self.link_id = ""
        if not isinstance(raw, Mapping):
            self.fatal(loc, "a rule has fields")
            return None
        self.fields(raw, _RULE_FIELDS, loc)
        line, source = self.needed(raw, "line", loc), self.needed(raw, "source", loc)
        reviewed = self.reviewed(raw, source, loc)
        given = str(raw.get("number", "emergency"))
        number = next((one for one in _NUMBERS if one == given), None)
        if number is None:
            self.fatal((*loc, "number"), f"number must be one of {', '.join(_NUMBERS)}")
        raises = tuple(self._raise(one, at) for at, one in self.each(raw, "with", loc))
        answers = self._answers(raw, loc)
        return Rule(
            name,
            answers,
            line,
            number or "emergency",
            str(raw.get("condition", "")),
            source,
            reviewed,
            raises,
            self._ticks(raw, loc),
            self._whole(raw.get("age"), "from", (*loc, "age")) if "age" in raw else None,
        )

    def _answers(self, raw: Mapping[str, Any], loc: Loc) -> dict[str, dict[str, Level]]:
        held = raw.get("answers", {} if "ticks" in raw else None)
        at = (*loc, "answers")
        if not isinstance(held, Mapping) or not (held or "ticks" in raw):
            self.fatal(at, "answers must say what each answer to a question means")
            return {}
        return {str(link_id): self._levels(str(link_id), levels, (*at, link_id)) for link_id, levels in held.items()}

    def _levels(self, link_id: str, raw: object, loc: Loc) -> dict[str, Level]:
        item = self.asked(link_id, loc)
        if not isinstance(raw, Mapping) or not raw:
            self.fatal(loc, "answers must say what each answer to a question means")
            return {}
        for written in raw:
            if item and written == SKIPPED:
                self._can_be_skipped(item, (*loc, written))
            elif item:
                self.code_of(item, written, (*loc, written))
        return {str(written): self._level(level, (*loc, written)) for written, level in raw.items()}

    def _can_be_skipped(self, item: Item, loc: Loc) -> None:
        if item.required:
            self.fatal(loc, f"'{item.link_id}' cannot be skipped")
        elif item.link_id in self.form and any(one.repeats for one in self.form.sections(Place(item.link_id))):
            self.fatal(loc, f"'{item.link_id}' is asked more than once: nobody can say whether it was skipped")

    def _level(self, raw: object, loc: Loc) -> Level:
        level = next((one for one in LEVELS if one == raw), None)
        if level is None:
            self.fatal(loc, f"a level is one of {', '.join(LEVELS)}")
        return level or "emergency"

    def _ticks(self, raw: Mapping[str, Any], loc: Loc) -> Ticks | None:
        at = (*loc, "ticks")
        held = raw.get("ticks")
        if held is None:
            if "level" in raw:
                self.fatal((*loc, "level"), "level belongs to ticks; each answer has its own")
            return None
        level = self._level(raw.get("level"), (*loc, "level"))
        if not isinstance(held, Mapping):
            self.fatal(at, "ticks needs ask, least and most")
            return None
        self.fields(held, ("ask", "least", "most"), at)
        item = self.asked(str(held.get("ask", "")), (*at, "ask"))
        several = [one for one in item.options if not one.exclusive] if item else []
        if item and not (item.repeats and several):
            self.fatal((*at, "ask"), f"'{item.link_id}' is no question of several ticks")
        least = self._whole(held, "least", at)
        most = self._whole(held, "most", at) if "most" in held else len(several)
        if item and least is not None and most is not None and not least <= most <= len(several):
            self.fatal(at, f"nobody can tick {least} to {most} of {len(several)}")
        return Ticks(item.link_id, least or 1, most or 1, level) if item else None

    def _whole(self, raw: object, name: str, loc: Loc) -> int | None:
        held = str(raw.get(name)) if isinstance(raw, Mapping) else ""
        if not re.fullmatch(r"[1-9][0-9]?", held):
            self.fatal((*loc, name), f"{name} must be a whole number")
            return None
        return int(held)

    def _raise(self, raw: object, loc: Loc) -> Raise:
        rules = raw.get("rules") if isinstance(raw, Mapping) else None
        if not isinstance(raw, Mapping) or not (rules == _ANY or (isinstance(rules, list) and rules)):
            self.fatal(loc, f"with needs rules (a list, or {_ANY}) and a level")
            return Raise((), "tell")
        level = self._level(raw.get("level"), (*loc, "level"))
        return Raise(None if rules == _ANY else tuple(map(str, rules)), level)

    def _minimum_age(self, raw: object) -> MinimumAge | None:
        loc: Loc = ("minimum_age",)
        if raw is None:
            return None
        if not isinstance(raw, Mapping):
            self.fatal(loc, "minimum_age needs id, ask and years")
            return None
        self.fields(raw, ("id", "ask", "years"), loc)
        item = self.asked(str(raw.get("ask", "")), (*loc, "ask"))
        if item and item.type != "date":
            self.fatal((*loc, "ask"), f"'{item.link_id}' does not ask a date")
        years = self._whole(raw, "years", loc)
        name = self.needed(raw, "id", loc)
        return MinimumAge(name, item.link_id, years) if item and years else None
