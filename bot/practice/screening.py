"""Warning signs: fixed rules from a tapped answer to what the practice must do. Never a diagnosis.

The rules are content (`screening.yaml`), bound to a form by linkId and code, and checked against it when
they are loaded. No pattern of answers means 'nothing serious' (IFOMPT 2020: the accuracy of most warning
signs is poor), so there is no such level.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from bot.practice import values
from bot.practice.findings import Finding, Loc, Resource
from bot.practice.forms import Form
from bot.practice.items import Answers, Item
from bot.practice.values import Value
from bot.source import nearest

Level = Literal["emergency", "doctor", "tell"]
"""emergency: stop, show the number, tell the practice, no booking until released. doctor: a booking waits
for the practitioner. tell: the practitioner reads it first. The gravest first."""

Number = Literal["emergency", "crisis", "maternity"]

LEVELS: tuple[Level, ...] = get_args(Level)
_NUMBERS: tuple[Number, ...] = get_args(Number)
_RULE_FIELDS = ("ask", "answers", "number", "condition", "line", "source", "reviewed", "with")
_UNSOURCED = "memory"


@dataclass(frozen=True, slots=True)
class Raise:
    """A flag of any of these rules makes another graver."""

    rules: tuple[str, ...]
    level: Level


@dataclass(frozen=True, slots=True)
class Rule:
    """One warning sign: which answers to one question raise a flag, and how grave it is."""

    id: str
    link_id: str
    levels: Mapping[str, Level]
    """Code of an answer, or `true` or `false`, to its level."""
    line: str
    """What the practitioner reads."""
    number: Number
    condition: str
    source: str
    reviewed: bool
    """Whether a registered practitioner has signed it off."""
    raises: tuple[Raise, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """A warning sign that somebody's answers show."""

    code: str
    """The id of its rule."""
    level: Level
    link_id: str
    number: Number
    line: str
    said: tuple[str, ...] = ()
    """What was tapped, as its button read."""


@dataclass(frozen=True, slots=True)
class MinimumAge:
    """Who is younger by the date of birth is asked to phone, and nothing is kept."""

    id: str
    link_id: str
    years: int


@dataclass(frozen=True, slots=True)
class Screening:
    """All rules, bound to a form."""

    rules: tuple[Rule, ...]
    minimum_age: MinimumAge | None = None
    _asked: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_asked", frozenset(rule.link_id for rule in self.rules))

    def asks(self, link_id: str) -> bool:
        """Whether an answer to this item can raise a flag."""
        return link_id in self._asked

    def flags(self, form: Form, answers: Answers) -> tuple[Flag, ...]:
        """The flags of answers that apply, the gravest first, then in the order of the rules."""
        applicable = form.given_to(self._asked, answers)
        found = {rule.id: flag for rule in self.rules if (flag := _flag(rule, applicable))}
        for rule in self.rules:
            if rule.id in found:
                found[rule.id] = _raised(found[rule.id], rule, found)
        return tuple(sorted(found.values(), key=lambda flag: LEVELS.index(flag.level)))

    def too_young(self, form: Form, answers: Answers, today: date) -> bool:
        """Whether the date of birth given is less than the minimum age ago. A bare year counts as its end."""
        if self.minimum_age is None:
            return False
        given = form.given(self.minimum_age.link_id, answers)
        written = str(values.content(given[0])) if given else ""
        if not written[:4].isdigit():
            return False
        year, month, day = (*map(int, written.split("-")), 12, 31)[:3]
        return (today.year - self.minimum_age.years, today.month, today.day) < (year, month, day)

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """The rules no practitioner has signed off yet."""
        return tuple(rule.id for rule in self.rules if not rule.reviewed)


def load(content: object, form: Form) -> tuple[Screening | None, list[Finding]]:
    """The rules of `screening.yaml`, read as text, for `form`; and everything wrong with them.

    There is no screening if a finding is fatal: a rule about an item or a code the form does not have must
    never pass in silence.
    """
    reader = _Reader(form)
    screening = reader.screening(content)
    return (None if any(one.fatal for one in reader.findings) else screening), reader.findings


def _flag(rule: Rule, given: Mapping[str, tuple[Value, ...]]) -> Flag | None:
    hits = [(rule.levels[_code(value)], value) for value in given.get(rule.link_id, ()) if _code(value) in rule.levels]
    if not hits:
        return None
    level = min((level for level, _ in hits), key=LEVELS.index)
    said = tuple(values.text(value) for _, value in hits)
    return Flag(rule.id, level, rule.link_id, rule.number, rule.line, said)


def _raised(flag: Flag, rule: Rule, found: Mapping[str, Flag]) -> Flag:
    levels = [one.level for one in rule.raises if any(other in found for other in one.rules)]
    level = min([flag.level, *levels], key=LEVELS.index)
    return Flag(flag.code, level, flag.link_id, flag.number, flag.line, flag.said)


def _code(value: Value) -> str:
    held = values.content(value)
    return str(held.get("code", "")) if isinstance(held, Mapping) else values.text(value)


class _Reader(Resource):
    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form

    def screening(self, content: object) -> Screening | None:
        rules = content.get("rules") if isinstance(content, Mapping) else None
        if not isinstance(content, Mapping) or not isinstance(rules, Mapping):
            self.fatal((), "no rules")
            return None
        for name in content:
            if name not in ("rules", "minimum_age"):
                self.fatal((name,), f"unknown key '{name}'{nearest(str(name), ['rules', 'minimum_age'])}")
        read = (self._rule(str(name), raw, ("rules", name)) for name, raw in rules.items())
        found = tuple(rule for rule in read if rule)
        for rule in found:
            for one in rule.raises:
                for other in one.rules:
                    if other not in rules:
                        self.fatal(("rules", rule.id, "with"), f"there is no rule '{other}'")
        return Screening(found, self._minimum_age(content.get("minimum_age")))

    def _rule(self, name: str, raw: object, loc: Loc) -> Rule | None:
        if not isinstance(raw, Mapping):
            self.fatal(loc, "a rule has fields")
            return None
        for key in raw:
            if key not in _RULE_FIELDS:
                self.fatal((*loc, key), f"unknown key '{key}'{nearest(str(key), _RULE_FIELDS)}")
        item = self._item(raw, loc)
        line, source = self._needed(raw, "line", loc), self._needed(raw, "source", loc)
        reviewed = str(raw.get("reviewed"))
        if reviewed not in ("yes", "no"):
            self.fatal((*loc, "reviewed"), "reviewed must be yes or no")
        elif reviewed == "yes" and source == _UNSOURCED:
            self.fatal((*loc, "reviewed"), f"'{_UNSOURCED}' is no source: it cannot be reviewed")
        given = str(raw.get("number", "emergency"))
        number = next((one for one in _NUMBERS if one == given), None)
        if number is None:
            self.fatal((*loc, "number"), f"number must be one of {', '.join(_NUMBERS)}")
        levels = self._levels(raw.get("answers"), item, (*loc, "answers"))
        raises = tuple(self._raise(one, at) for at, one in self.each(raw, "with", loc))
        if item is None or number is None:
            return None
        condition = str(raw.get("condition", ""))
        return Rule(name, item.link_id, levels, line, number, condition, source, reviewed == "yes", raises)

    def _levels(self, raw: object, item: Item | None, loc: Loc) -> dict[str, Level]:
        if not isinstance(raw, Mapping) or not raw:
            self.fatal(loc, "answers must say what each answer means")
            return {}
        known = ["true", "false"] if item and item.type == "boolean" else []
        known += [_code(option.value) for option in item.options] if item else []
        found: dict[str, Level] = {}
        for code, level in raw.items():
            if item and code not in known:
                self.fatal((*loc, code), f"'{item.link_id}' has no answer '{code}'{nearest(str(code), known)}")
            found[str(code)] = self._level(level, (*loc, code))
        return found

    def _level(self, raw: object, loc: Loc) -> Level:
        level = next((one for one in LEVELS if one == raw), None)
        if level is None:
            self.fatal(loc, f"a level is one of {', '.join(LEVELS)}")
        return level or "emergency"

    def _raise(self, raw: object, loc: Loc) -> Raise:
        rules = raw.get("rules") if isinstance(raw, Mapping) else None
        if not isinstance(raw, Mapping) or not isinstance(rules, list):
            self.fatal(loc, "with needs rules and a level")
            return Raise((), "tell")
        return Raise(tuple(map(str, rules)), self._level(raw.get("level"), (*loc, "level")))

    def _minimum_age(self, raw: object) -> MinimumAge | None:
        loc: Loc = ("minimum_age",)
        if raw is None:
            return None
        if not isinstance(raw, Mapping):
            self.fatal(loc, "minimum_age needs id, ask and years")
            return None
        item = self._item(raw, loc)
        if item and item.type != "date":
            self.fatal((*loc, "ask"), f"'{item.link_id}' does not ask a date")
        years = str(raw.get("years"))
        if not re.fullmatch(r"[1-9][0-9]?", years):
            self.fatal((*loc, "years"), "years must be a whole number")
            return None
        return MinimumAge(self._needed(raw, "id", loc), item.link_id, int(years)) if item else None

    def _item(self, raw: Mapping[str, Any], loc: Loc) -> Item | None:
        link_id = self.link_id = str(raw.get("ask", ""))
        if link_id in self.form:
            return self.form.item(link_id)
        known = [item.link_id for item in self.form.every_item()]
        self.fatal((*loc, "ask"), f"the form has no item '{link_id}'{nearest(link_id, known)}")
        return None

    def _needed(self, raw: Mapping[str, Any], name: str, loc: Loc) -> str:
        text = self.text(raw, name, loc)
        if not text:
            self.fatal((*loc, name), f"{name} is missing")
        return text
