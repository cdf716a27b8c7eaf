"""What a practitioner must know before needling: fixed rules from answers to what they change in the treatment.

The rules are content (`safety.yaml`), bound to the assessment and to the short look before a visit by linkId and
code, and checked against both when they are loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from bot.practice.binding import Rules, code
from bot.practice.findings import Finding, Loc
from bot.practice.forms import Form
from bot.practice.items import Answers
from bot.practice.values import Value

Effect = Literal["never", "caution", "note", "plan"]
"""never: something must not be done (until a doctor agrees). caution: it changes how one needles. note: good to know.
plan: it changes the visit, not the needles. The gravest first."""

EFFECTS: tuple[Effect, ...] = get_args(Effect)

_RULE_FIELDS = ("answers", "effect", "line", "plan", "details", "source", "reviewed")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to know: which answers tell it, and what it changes."""

    id: str
    """The row of the table of safety questions it was written from, with what sets it apart (S18-recent)."""
    answers: Mapping[str, frozenset[str]]
    """By linkId: the codes that tell it. Any of them is enough."""
    effect: Effect
    line: str
    """What it is, for the practitioner."""
    plan: str
    """What to do about it, for the practitioner."""
    details: tuple[str, ...]
    """The linkIds of what was asked further."""
    source: str
    reviewed: bool
    """Whether a registered practitioner has signed it off."""


@dataclass(frozen=True, slots=True)
class Modifier:
    """Something in somebody's answers that changes the treatment."""

    code: str
    """The id of its rule."""
    effect: Effect
    line: str
    plan: str
    said: tuple[Value, ...]
    """The answers that tell it, then the details."""


@dataclass(frozen=True, slots=True)
class Safety:
    """All rules, bound to their forms."""

    rules: tuple[Rule, ...]
    _asked: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        asked = (name for rule in self.rules for name in (*rule.answers, *rule.details))
        object.__setattr__(self, "_asked", frozenset(asked))

    def modifiers(self, form: Form, answers: Answers) -> tuple[Modifier, ...]:
        """What answers that apply change, the gravest first, then in the order of the rules."""
        given = form.given_to(self._asked, answers)
        found = (_modifier(rule, given) for rule in self.rules)
        return tuple(sorted((one for one in found if one), key=lambda one: EFFECTS.index(one.effect)))

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """The rules no practitioner has signed off yet."""
        return tuple(rule.id for rule in self.rules if not rule.reviewed)


def load(content: object, form: Form, *others: Form) -> tuple[Safety | None, list[Finding]]:
    """The rules of `safety.yaml`, read as text, for `form`; and everything wrong with them.

    `others` are forms that ask more of it, or some of it again. There is nothing if a finding is fatal.
    """
    reader = _Reader(form, others)
    safety = reader.safety(content)
    return (None if any(one.fatal for one in reader.findings) else safety), reader.findings


def _modifier(rule: Rule, given: Mapping[str, tuple[Value, ...]]) -> Modifier | None:
    telling = [
        value for link_id, codes in rule.answers.items() for value in given.get(link_id, ()) if code(value) in codes
    ]
    if not telling:
        return None
    details = [value for link_id in rule.details for value in given.get(link_id, ())]
    return Modifier(rule.id, rule.effect, rule.line, rule.plan, (*telling, *details))


class _Reader(Rules):
    def safety(self, content: object) -> Safety | None:
        read = [self._rule(name, raw, ("rules", name)) for name, raw in self.named(content).items()]
        return Safety(tuple(rule for rule in read if rule))

    def _rule(self, name: str, raw: object, loc: Loc) -> Rule | None:
        self.link_id = ""
        if not isinstance(raw, Mapping):
            self.fatal(loc, "a rule has fields")
            return None
        self.fields(raw, _RULE_FIELDS, loc)
        line, plan, source = (self.needed(raw, part, loc) for part in ("line", "plan", "source"))
        reviewed = self.reviewed(raw, source, loc)
        effect = next((one for one in EFFECTS if one == raw.get("effect")), None)
        if effect is None:
            self.fatal((*loc, "effect"), f"effect must be one of {', '.join(EFFECTS)}")
        details = [(at, str(one)) for at, one in self.each(raw, "details", loc)]
        for at, link_id in details:
            self.asked(link_id, at)
        named = tuple(link_id for _, link_id in details)
        return Rule(name, self._answers(raw, loc), effect or "never", line, plan, named, source, reviewed)

    def _answers(self, raw: Mapping[str, Any], loc: Loc) -> dict[str, frozenset[str]]:
        held, at = raw.get("answers"), (*loc, "answers")
        if not isinstance(held, Mapping) or not held:
            self.fatal(at, "answers must list which answers to a question tell it")
            return {}
        return {str(link_id): self._codes(str(link_id), listed, (*at, link_id)) for link_id, listed in held.items()}

    def _codes(self, link_id: str, raw: object, loc: Loc) -> frozenset[str]:
        item = self.asked(link_id, loc)
        if not isinstance(raw, list) or not raw:
            self.fatal(loc, "answers must list which answers to a question tell it")
            return frozenset()
        if item:
            return frozenset(self.code_of(item, one, (*loc, index)) for index, one in enumerate(raw))
        return frozenset()
