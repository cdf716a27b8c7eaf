"""Loading a FHIR R4 Questionnaire: a plain resource in, a form that can run and every finding out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from typing import Any, get_args

from bot.practice import values
from bot.practice.findings import Finding, Loc, Resource, written
from bot.practice.forms import Form
from bot.practice.items import VALUE_OF_TYPE, Condition, Item, Operator, Option, digest
from bot.practice.values import Value

DEEPEST = 64
"""The most levels of items within items a form may have."""

MOST_DEMANDED = 100
"""The most answers, or instances of a group, that `minOccurs` can demand of a patient."""

_TYPES = frozenset(VALUE_OF_TYPE) | {"group", "display"}
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
    "constraint": "has a constraint in an expression, which is not checked",
}


def load(resource: object) -> tuple[Form | None, list[Finding]]:
    """The form a Questionnaire describes, and everything odd about it.

    There is no form exactly if a finding is fatal: no items, an item without linkId or of no type, a linkId
    given twice, an `enableWhen` that leads nowhere or round in a circle, two digests alike. Whatever else is
    wrong is said and lived with. Never raises, whatever `resource` holds.
    """
    reader = _Reader()
    form = reader.form(resource)
    return (None if any(one.fatal for one in reader.findings) else form), reader.findings


class _Reader(Resource):
    def __init__(self) -> None:
        super().__init__()
        self.contained: dict[str, Mapping[str, Any]] = {}
        self.locs: dict[str, Loc] = {}

    def form(self, resource: object) -> Form | None:
        if not isinstance(resource, Mapping):
            self.fatal((), "not a FHIR resource")
            return None
        if resource.get("resourceType") != "Questionnaire":
            self.fatal(("resourceType",), "not a Questionnaire")
        if resource.get("status") not in ("draft", "active", "retired", "unknown"):
            self.odd(("status",), "status must be draft, active, retired or unknown")
        elif resource["status"] == "retired":
            self.odd(("status",), "the form is retired")
        for at, held in self.each(resource, "contained", ()):
            if not isinstance(held, Mapping):
                self.odd(at, "not a resource")
            elif held.get("resourceType") == "ValueSet":
                self.contained |= {f"#{held.get('id')}": held, str(held.get("url")): held}
        items = self._items(resource, ())
        if not items and not any(one.fatal for one in self.findings):
            self.fatal(("item",), "the form has no items")
        every = list(_flat(items))
        self._check_targets(every)
        if any(one.fatal for one in self.findings):
            return None
        self._check_conditions(every)
        self._check_digests(every)
        if any(one.fatal for one in self.findings):
            return None
        if not any(item.is_question for item in every):
            self.odd(("item",), "the form asks nothing")
        parts = {name: self.text(resource, name, ()) for name in ("url", "version", "title", "language")}
        return Form(items, **parts)

    def _items(self, parent: Mapping[str, Any], loc: Loc) -> tuple[Item, ...]:
        found = []
        for at, raw in self.each(parent, "item", loc):
            if len(at) > 2 * DEEPEST:
                self.fatal(at, f"items nested more than {DEEPEST} deep")
                break
            if isinstance(raw, Mapping):
                found.append(self._item(raw, at))
            else:
                self.link_id = ""
                self.fatal(at, "not an item")
        return tuple(found)

    def _item(self, raw: Mapping[str, Any], loc: Loc) -> Item:
        self.link_id = ""
        link_id = self.link_id = self.text(raw, "linkId", loc)
        if not link_id:
            self.fatal(loc, "an item without linkId")
        elif link_id in self.locs:
            self.fatal((*loc, "linkId"), f"the linkId is given twice (first at {written(self.locs[link_id])})")
        self.locs.setdefault(link_id, loc)
        kind = self.text(raw, "type", loc)
        if kind not in _TYPES:
            self.fatal((*loc, "type"), f"no type of item in FHIR R4: '{kind}'" if kind else "an item without type")
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
        for name, trouble in _BEYOND.items():
            if name in more:
                self.odd(loc, f"the item {trouble}")
        options = self._options(raw, loc, kind) if question else ()
        fields: dict[str, Any] = {
            "required": self.flag(raw, "required", loc),
            "repeats": self.flag(raw, "repeats", loc) and kind != "display",
            "read_only": self.flag(raw, "readOnly", loc),
            "conditions": self._conditions(raw, loc),
            "any_condition": self._behavior(raw, loc),
            "max_length": self.whole(raw.get("maxLength"), (*loc, "maxLength")),
            "options": options,
            "initial": self._initial(raw, loc, kind),
            **self._limits(more, loc),
        }
        if fields["hidden"] and fields["required"] and question and not fields["initial"]:
            self.odd(loc, "required, but hidden and without an initial value: nobody can answer it")
        self._check_bounds(fields, loc)
        codes = tuple(one for _, one in self.each(raw, "code", loc) if isinstance(one, Mapping))
        prefix = self.text(raw, "prefix", loc)
        items = () if kind == "display" else self._items(raw, loc)
        if kind == "group" and not items:
            self.link_id = link_id
            self.odd(loc, "a group without items")
        return Item(link_id, kind, text, prefix, codes, digest(link_id), loc, items, **fields)

    def _options(self, raw: Mapping[str, Any], loc: Loc, kind: str) -> tuple[Option, ...]:
        found: dict[str, Option] = {}
        for at, one in self.each(raw, "answerOption", loc):
            value = self.value(one, at, _OPTION_VALUES)
            if value is None:
                continue
            if kind not in ("choice", "open-choice") and values.kind(value) != VALUE_OF_TYPE[kind]:
                self.odd(at, f"an option of another type than its question ({kind})")
                continue
            if values.key(value) in found:
                self.odd(at, "the same option twice; the second is left out")
                continue
            more = self.extensions(one, at) | self.extensions(values.content(value), at)
            label = values.text(value)
            if not label:
                self.odd(at, "an option with nothing to show")
                label = values.key(value)
            found[values.key(value)] = Option(
                value,
                label,
                digest(values.key(value)),
                exclusive=_first(more, "optionExclusive") is True,
                selected=self.flag(one, "initialSelected", at),
                score=values.number(_first(more, "ordinalValue")),
                prefix=str(_first(more, "optionPrefix") or ""),
            )
        named = raw.get("answerValueSet")
        if named is not None:
            return tuple(found.values()) or self._value_set(str(named), (*loc, "answerValueSet"))
        if not found and kind in ("choice", "open-choice"):
            self.odd(loc, "a choice without options; it is asked as text")
        return tuple(found.values())

    def _value_set(self, name: str, loc: Loc) -> tuple[Option, ...]:
        held = self.contained.get(name) or self.contained.get(name.partition("|")[0])
        if held is None:
            self.odd(loc, f"the value set {name} is not in the form; the question is asked as text")
            return ()
        found: dict[str, Option] = {}
        for system, concept in _concepts(held):
            code, display = concept.get("code"), concept.get("display")
            if isinstance(code, str):
                value = values.coding(system, code, display if isinstance(display, str) else None)
                found[values.key(value)] = Option(value, values.text(value), digest(values.key(value)))
        if not found:
            self.odd(loc, f"the value set {name} lists no codes; the question is asked as text")
        return tuple(found.values())

    def _initial(self, raw: Mapping[str, Any], loc: Loc, kind: str) -> tuple[Value, ...]:
        kinds = _OPTION_VALUES if kind in ("choice", "open-choice") else {VALUE_OF_TYPE.get(kind, "")}
        read = (self.value(one, at, kinds) for at, one in self.each(raw, "initial", loc))
        found = tuple(value for value in read if value is not None)
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
            answers = [name for name in one if str(name).startswith("answer")]
            if operator is None:
                self.fatal((*at, "operator"), f"no operator of FHIR R4: '{one.get('operator')}'")
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

    def _limits(self, more: Mapping[str, list[Any]], loc: Loc) -> dict[str, Any]:
        def whole(name: str) -> int | None:
            return self.whole(_first(more, name), (*loc, "extension")) if name in more else None

        units = more.get("unitOption", []) + more.get("unit", [])
        control = _first(more, "itemControl")
        coded = control.get("coding") if isinstance(control, Mapping) else None
        codes = [one.get("code") for one in coded if isinstance(one, Mapping)] if isinstance(coded, list) else []
        return {
            "hidden": _first(more, "hidden") is True,
            "least": _bound(more, "minValue", "minQuantity"),
            "most": _bound(more, "maxValue", "maxQuantity"),
            "min_length": whole("minLength"),
            "max_decimals": whole("maxDecimalPlaces"),
            "min_occurs": self._few(whole("minOccurs"), loc),
            "max_occurs": whole("maxOccurs"),
            "step": whole("sliderStepValue"),
            "pattern": self._pattern(_first(more, "regex"), loc),
            "units": tuple(one for one in units if isinstance(one, Mapping)),
            "media_types": tuple(one for one in more.get("mimeType", []) if isinstance(one, str)),
            "max_bytes": _bytes(_first(more, "maxSize")),
            "control": str(codes[0]) if codes and codes[0] else "",
            "entry_format": str(_first(more, "entryFormat") or ""),
            "picture": self._picture(_first(more, "itemMedia"), loc),
        }

    def _few(self, occurs: int | None, loc: Loc) -> int | None:
        if occurs is not None and occurs > MOST_DEMANDED:
            self.odd((*loc, "extension"), f"asks for more than {MOST_DEMANDED} answers; that is not demanded")
            return None
        return occurs

    def _picture(self, media: object, loc: Loc) -> str:
        if media is None:
            return ""
        url = media.get("url") if isinstance(media, Mapping) else None
        if not isinstance(url, str):
            self.odd((*loc, "extension"), "an itemMedia without url, which is not shown")
            return ""
        return url

    def _pattern(self, regex: object, loc: Loc) -> re.Pattern[str] | None:
        if not isinstance(regex, str):
            return None
        try:
            return re.compile(regex)
        except re.error as error:
            self.odd((*loc, "extension"), f"the regex cannot be read ({error}) and is not checked")
            return None

    def _check_bounds(self, fields: Mapping[str, Any], loc: Loc) -> None:
        least, most = fields["least"], fields["most"]
        if least and most and (values.compare(least, most) or 0) > 0:
            self.odd(loc, "the least value is more than the most: nothing can fit")
        for low, high in (("min_length", "max_length"), ("min_occurs", "max_occurs")):
            if (fields[low] or 0) > (fields[high] if fields[high] is not None else fields[low] or 0):
                self.odd(loc, f"{low} is more than {high}: nothing can fit")

    def _check_targets(self, every: Sequence[Item]) -> None:
        known = {item.link_id for item in every}
        for item in every:
            self.link_id = item.link_id
            for index, condition in enumerate(item.conditions):
                if condition.question not in known:
                    at = (*item.loc, "enableWhen", index)
                    self.fatal(at, f"the condition leads nowhere: no item '{condition.question}'")

    def _check_conditions(self, every: Sequence[Item]) -> None:
        by_id = {item.link_id: item for item in every}
        around: dict[str, list[str]] = {item.link_id: [] for item in every}
        for item in every:
            self.link_id = item.link_id
            for child in item.items:
                around[child.link_id].append(item.link_id)
            for index, condition in enumerate(item.conditions):
                at = (*item.loc, "enableWhen", index)
                asked = by_id[condition.question]
                around[item.link_id].append(asked.link_id)
                if not asked.is_question:
                    self.odd(at, f"the condition asks '{asked.link_id}', which is no question")
                elif condition.operator != "exists" and not _can_hold(condition, asked):
                    self.odd(at, f"no answer to '{asked.link_id}' can be what the condition names")
        try:
            TopologicalSorter(around).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            self.link_id = circle[0]
            shown = [*circle[:5], "..."] if len(circle) > 6 else circle
            self.fatal(by_id[circle[0]].loc, f"conditions go round in a circle: {' -> '.join(shown)}")

    def _check_digests(self, every: Sequence[Item]) -> None:
        taken: dict[str, Item] = {}
        for item in every:
            self.link_id = item.link_id
            other = taken.setdefault(item.digest, item)
            if other is not item:
                self.fatal(item.loc, f"its digest is that of '{other.link_id}'; rename one of them")
            if len({option.digest for option in item.options}) < len(item.options):
                self.fatal(item.loc, "two options have the same digest; change one of their codes")


def _flat(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _flat(item.items)


def _first(more: Mapping[str, list[Any]], name: str) -> Any:
    return more.get(name, [None])[0]


def _bound(more: Mapping[str, list[Any]], name: str, quantity: str) -> Value | None:
    """A bound as a value; extensions are read by content, so its kind is told from what it is."""
    held = _first(more, name)
    if isinstance(held, str):
        if values.number(held) is None or re.fullmatch(r"\d{4}", held):
            return {"valueTime" if ":" in held[:3] else "valueDateTime": held}
        return {"valueDecimal": float(held)}
    if values.number(held) is not None:
        return {"valueDecimal": held}
    held = held if isinstance(held, Mapping) else _first(more, quantity)
    return {"valueQuantity": held} if isinstance(held, Mapping) else None


def _bytes(megabytes: object) -> Decimal | None:
    """FHIR gives `maxSize` in megabytes."""
    number = values.number(megabytes)
    return None if number is None else number * 1_000_000


def _concepts(value_set: Mapping[str, Any]) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """The codes a value set lists, with their system: its expansion, else what it is composed of."""
    expansion, compose = value_set.get("expansion"), value_set.get("compose")
    if isinstance(expansion, Mapping) and isinstance(expansion.get("contains"), list):
        for concept in expansion["contains"]:
            if isinstance(concept, Mapping):
                yield concept.get("system"), concept
    elif isinstance(compose, Mapping) and isinstance(compose.get("include"), list):
        for part in compose["include"]:
            held = part.get("concept") if isinstance(part, Mapping) else None
            for concept in held if isinstance(held, list) else []:
                if isinstance(concept, Mapping):
                    yield part.get("system"), concept


def _can_hold(condition: Condition, asked: Item) -> bool:
    """Whether some answer to `asked` could be equal, or compared, to what the condition names."""
    if asked.options and condition.operator in ("=", "!=") and not asked.takes_text:
        return any(values.same(option.value, condition.value) for option in asked.options)
    kinds = {VALUE_OF_TYPE[asked.type], *(values.kind(option.value) for option in asked.options)}
    named = values.kind(condition.value)
    numbers, dates = {"valueInteger", "valueDecimal"}, {"valueDate", "valueDateTime"}
    if asked.type == "open-choice":
        kinds.add("valueString")
    return any(named in group and kinds & group for group in ({named}, numbers, dates))
