"""Loading a FHIR R4 Questionnaire: a plain resource in, a form that can run and every finding out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from bot.practice import values
from bot.practice.bounds import refusals, together
from bot.practice.findings import Finding, Loc, Resource, unfit, written
from bot.practice.forms import Form
from bot.practice.items import VALUE_OF_TYPE, Condition, Item, Operator, Option, digest
from bot.practice.limits import Extensions, Limits, first
from bot.practice.soundness import lost, unsound
from bot.practice.translation import translated
from bot.practice.values import Value
from bot.practice.valuesets import ValueSets

DEEPEST = 64
"""The most levels of items within items a form may have."""

_TYPES = frozenset(VALUE_OF_TYPE) | {"group", "display"}
_CHOICES = ("choice", "open-choice")
_OPERATORS: Mapping[str, Operator] = {name: name for name in get_args(Operator)}
_OPTION_VALUES = frozenset(VALUE_OF_TYPE.values()) - {"valueBoolean", "valueAttachment"}
_ITEM_FIELDS = frozenset(
    {"id", "extension", "modifierExtension", "linkId", "definition", "code", "prefix", "text", "type"}
    | {"enableWhen", "enableBehavior", "required", "repeats", "readOnly", "maxLength"}
    | {"answerValueSet", "answerOption", "initial", "item"}
)
_BEYOND = {
    "calculatedExpression": "is worked out by an expression that is not run; it is asked instead",
    "enableWhenExpression": "depends on an expression that is not run; it always applies",
    "initialExpression": "starts from an expression that is not run; it starts empty",
    "answerExpression": "takes its options from an expression that is not run",
    "candidateExpression": "takes suggestions from an expression that is not run",
    "answerOptionsToggleExpression": "shows some options by an expression that is not run; all are offered",
    "itemPopulationContext": "is filled by a query that is not run; it starts empty",
    "constraint": "has a constraint in an expression, which is not checked",
    "targetConstraint": "has a constraint in an expression, which is not checked",
    "subQuestionnaire": "stands for another questionnaire, which is not taken in",
}
"""What an extension asks for that is not done, and what is done instead."""


def load(resource: object, language: str = "") -> tuple[Form | None, list[Finding]]:
    """The form a Questionnaire describes, and everything odd about it.

    Its texts are those of `language` (BCP 47), where FHIR's translation extension gives them.

    There is no form exactly if a finding is fatal: no items, an item without linkId or of no type, a linkId
    given twice, an `enableWhen` that leads nowhere or round in a circle, two digests alike. Whatever else is
    wrong is said and lived with. Never raises, whatever `resource` holds.
    """
    reader = _Reader()
    if trouble := unfit(resource):
        reader.fatal((), trouble)
        return None, reader.findings
    form = reader.form(translated(resource, language) if language else resource)
    return (None if any(one.fatal for one in reader.findings) else form), reader.findings


class _Reader(Resource):
    def __init__(self) -> None:
        super().__init__()
        self.value_sets = ValueSets()
        self.locs: dict[str, Loc] = {}

    def form(self, resource: object) -> Form | None:
        if not isinstance(resource, Mapping):
            self.fatal((), "not a FHIR resource")
            return None
        if resource.get("resourceType") != "Questionnaire":
            self.fatal(("resourceType",), "not a Questionnaire")
            return None
        if resource.get("status") not in ("draft", "active", "retired", "unknown"):
            self.odd(("status",), "status must be draft, active, retired or unknown")
        elif resource["status"] == "retired":
            self.odd(("status",), "the form is retired")
        for at, held in self.each(resource, "contained", ()):
            if not isinstance(held, Mapping):
                self.odd(at, "not a resource")
            elif held.get("resourceType") == "ValueSet":
                self.value_sets.hold(held)
        self._beyond(self.extensions(resource, ()), (), "form")
        items = self._items(resource, ())
        if not items and not any(one.fatal for one in self.findings):
            self.fatal(("item",), "the form has no items")
        every = list(_flat(items))
        self.findings += lost(every)
        if any(one.fatal for one in self.findings):
            return None
        self.findings += unsound(every)
        if any(one.fatal for one in self.findings):
            return None
        if not any(item.is_question for item in every):
            self.odd(("item",), "the form asks nothing")
        parts = {name: self.text(resource, name, ()) for name in ("url", "version", "title", "language")}
        return Form(items, **parts)

    def _beyond(self, more: Extensions, loc: Loc, what: str) -> None:
        for name, trouble in _BEYOND.items():
            if name in more:
                self.odd(loc, f"the {what} {trouble}")

    def _items(self, parent: Mapping[str, Any], loc: Loc, demanded: int = 1) -> tuple[Item, ...]:
        """The items of `parent`, of which `demanded` instances must be there."""
        found = []
        for at, raw in self.each(parent, "item", loc):
            if len(at) > 2 * DEEPEST:
                self.fatal(at, f"items nested more than {DEEPEST} deep")
                break
            if isinstance(raw, Mapping):
                found.append(self._item(raw, at, demanded))
            else:
                self.link_id = ""
                self.fatal(at, "not an item")
        return tuple(found)

    def _item(self, raw: Mapping[str, Any], loc: Loc, demanded: int) -> Item:
        self.link_id = ""
        link_id = self.link_id = self.text(raw, "linkId", loc)
        if not link_id:
            self.fatal(loc, "an item without linkId")
        elif link_id in self.locs:
            self.fatal((*loc, "linkId"), f"the linkId is given twice (first at {written(self.locs[link_id])})")
        self.locs.setdefault(link_id, loc)
        kind = self.text(raw, "type", loc)
        if kind not in _TYPES:
            self.fatal((*loc, "type"), f"no type of item in FHIR R4: '{kind[:60]}'" if kind else "an item without type")
        for name in raw:
            if name not in _ITEM_FIELDS and not str(name).startswith("_"):
                self.odd((*loc, str(name)), f"an item has no field '{name}'")
        if raw.get("modifierExtension"):
            self.odd((*loc, "modifierExtension"), "a modifier extension, which is not understood")
        text = self.text(raw, "text", loc)
        question = kind in VALUE_OF_TYPE
        if not text and (question or kind == "display"):
            self.odd(loc, "an item without text")
        if kind == "display" and raw.get("item"):
            self.odd((*loc, "item"), "a display has no items of its own; they are left out")
        more = self.extensions(raw, loc)
        self._beyond(more, loc, "item")
        limits = Limits(self, more, loc)
        repeats = self.flag(raw, "repeats", loc) and kind != "display"
        options, value_set = self._options(raw, loc, kind) if question else ((), "")
        fields: dict[str, Any] = {
            "required": self.flag(raw, "required", loc) and kind != "display",
            "repeats": repeats,
            "read_only": self.flag(raw, "readOnly", loc),
            "conditions": self._conditions(raw, loc),
            "any_condition": self._behavior(raw, loc),
            "max_length": self.whole(raw.get("maxLength"), (*loc, "maxLength")),
            "options": options,
            "value_set": value_set,
            "initial": self._initial(raw, loc, kind),
            **limits.read(kind, self.value_sets),
            **limits.occurs(repeats=repeats, around=demanded),
        }
        self._check_bounds(fields, loc)
        codes = tuple(one for _, one in self.each(raw, "code", loc) if isinstance(one, Mapping))
        prefix = self.text(raw, "prefix", loc)
        inside = demanded * max(1, fields["min_occurs"] or 1)
        items = () if kind == "display" else self._items(raw, loc, inside)
        self.link_id = link_id
        if kind == "group" and not items:
            self.odd(loc, "a group without items")
        return self._started(Item(link_id, kind, text, prefix, codes, digest(link_id), loc, items, **fields))

    def _started(self, item: Item) -> Item:
        """The item without a start that its own rules do not let stand."""
        start = item.start
        wrong = [one for value in start for one in refusals(item, value)] + together(item, start)
        if start and wrong:
            reason = wrong[0].reason.replace("_", " ")
            self.odd(item.loc, f"what it starts with cannot stand ({reason}); it starts empty")
            item = replace(item, initial=(), options=tuple(replace(one, selected=False) for one in item.options))
        if item.hidden and item.required and item.is_question and not item.start:
            self.odd(item.loc, "required, but hidden and without an initial value: nobody can answer it")
        return item

    def _options(self, raw: Mapping[str, Any], loc: Loc, kind: str) -> tuple[tuple[Option, ...], str]:
        """What the question offers, and the name of its value set if that cannot be had."""
        found: dict[str, Option] = {}
        orders: dict[str, object] = {}
        for at, one in self.each(raw, "answerOption", loc):
            value = self.value(one, at, _OPTION_VALUES)
            if value is None:
                continue
            if kind not in _CHOICES and values.kind(value) != VALUE_OF_TYPE[kind]:
                self.odd(at, f"an option of another type than its question ({kind})")
                continue
            key = values.key(value)
            if key in found:
                self.odd(at, "the same option twice; the second is left out")
                continue
            more = self.extensions(one, at) | self.extensions(values.content(value), at)
            label = values.text(value)
            if not label:
                self.odd(at, "an option with nothing to show")
                label = key
            prefix = first(more, "optionPrefix")
            orders[key] = _order(more)
            found[key] = Option(
                value,
                label,
                digest(key),
                exclusive=first(more, "optionExclusive") is True,
                selected=self.flag(one, "initialSelected", at),
                score=values.number(first(more, "ordinalValue")),
                prefix=prefix if isinstance(prefix, str) else "",
            )
        named = self.text(raw, "answerValueSet", loc)
        if named and found:
            self.odd((*loc, "answerValueSet"), "options and a value set; the options are offered")
        elif named and kind not in _CHOICES:
            self.odd((*loc, "answerValueSet"), f"a value set for a question that is no choice ({kind}); it is left out")
            return (), named
        elif named:
            return self._value_set(named, (*loc, "answerValueSet"))
        elif not found and kind in _CHOICES:
            self.odd(loc, "a choice without options; it is asked as text")
        return _ordered(found, orders), ""

    def _value_set(self, name: str, loc: Loc) -> tuple[tuple[Option, ...], str]:
        concepts, trouble = self.value_sets.concepts(name)
        if trouble:
            self.odd(loc, f"the value set {name[:200]} {trouble}; the question is asked as text")
            return (), name
        found: dict[str, Option] = {}
        orders: dict[str, object] = {}
        for system, concept in concepts:
            display = concept.get("display")
            value = values.coding(system, str(concept["code"]), display if isinstance(display, str) else None)
            key, more = values.key(value), self.extensions(concept, loc)
            orders[key] = _order(more)
            score = values.number(first(more, "ordinalValue"))
            found.setdefault(key, Option(value, values.text(value), digest(key), score=score))
        return _ordered(found, orders), ""

    def _initial(self, raw: Mapping[str, Any], loc: Loc, kind: str) -> tuple[Value, ...]:
        kinds = _OPTION_VALUES if kind in _CHOICES else {VALUE_OF_TYPE.get(kind, "")}
        read = (self.value(one, at, kinds) for at, one in self.each(raw, "initial", loc))
        found = tuple(value for value in read if value is not None)
        if found and raw.get("answerOption"):
            self.odd((*loc, "initial"), "initial beside options; FHIR wants initialSelected there. It is taken as said")
        if len(found) > 1 and raw.get("repeats") is not True:
            self.odd((*loc, "initial"), "several initial values for one answer; the first counts")
            return found[:1]
        return found

    def _conditions(self, raw: Mapping[str, Any], loc: Loc) -> tuple[Condition, ...]:
        found = []
        for at, one in self.each(raw, "enableWhen", loc):
            if not isinstance(one, Mapping):
                self.fatal(at, "not a condition")
                continue
            question = self.text(one, "question", at)
            operator = _OPERATORS.get(self.text(one, "operator", at))
            answers = [name for name in one if name.startswith("answer")]
            if operator is None:
                self.fatal((*at, "operator"), f"no operator of FHIR R4: '{str(one.get('operator'))[:60]}'")
            elif len(answers) != 1:
                self.fatal(at, "a condition needs one answer[x]")
            else:
                name = "value" + answers[0].removeprefix("answer")
                value = self.value({name: one[answers[0]]}, at, set(VALUE_OF_TYPE.values()))
                if value is None:
                    self.fatal(at, "a condition whose answer cannot be read")
                elif operator == "exists" and not isinstance(values.content(value), bool):
                    self.fatal(at, "exists needs answerBoolean")
                else:
                    found.append(Condition(question, operator, value))
        return tuple(found)

    def _behavior(self, raw: Mapping[str, Any], loc: Loc) -> bool:
        behavior, conditions = raw.get("enableBehavior"), raw.get("enableWhen")
        if behavior not in (None, "all", "any"):
            self.odd((*loc, "enableBehavior"), "enableBehavior must be all or any; all is taken")
        elif behavior is None and isinstance(conditions, list) and len(conditions) > 1:
            self.odd(loc, "several conditions without enableBehavior; all is taken")
        return bool(behavior == "any")

    def _check_bounds(self, fields: Mapping[str, Any], loc: Loc) -> None:
        least, most = fields["least"], fields["most"]
        if least and most and (values.compare(least, most) or 0) > 0:
            self.odd(loc, "the least value is more than the most: nothing can fit")
        for low, high in (("min_length", "max_length"), ("min_occurs", "max_occurs")):
            if (fields[low] or 0) > (fields[high] if fields[high] is not None else fields[low] or 0):
                self.odd(loc, f"{low} is more than {high}: nothing can fit")


def _flat(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _flat(item.items)


def _order(more: Extensions) -> object:
    """Where an option wants to stand among the others, if it says so."""
    return next((first(more, name) for name in ("preferredOrder", "conceptOrder") if name in more), None)


def _ordered(found: Mapping[str, Option], orders: Mapping[str, object]) -> tuple[Option, ...]:
    """The options that say where they stand first, in that order; the others after them, as they came."""
    places = {key: order for key, held in orders.items() if (order := values.number(held)) is not None}
    return tuple(found[key] for key in sorted(found, key=lambda key: (key not in places, places.get(key, 0))))
