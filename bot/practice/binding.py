"""What the practice's rules hang on: the questions of its forms by linkId, their answers by code.

Warning signs and safety rules are content of the same shape: rules by id, each with the answers it goes by, a line
for the practitioner, a source, and whether somebody qualified has signed it off. They are read here, strictly: a rule
about an item or a code that no form has must never pass in silence.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.practice import values
from bot.practice.findings import Loc, Resource
from bot.practice.forms import Form
from bot.practice.items import Item
from bot.practice.values import Value
from bot.source import nearest

UNSOURCED = "memory"
"""The source of a row that has none: it cannot be signed off."""


def code(value: Value) -> str:
    """What a rule calls an answer: its code, or `true` or `false`."""
    held = values.content(value)
    return str(held.get("code", "")) if isinstance(held, Mapping) else values.text(value)


def codes(item: Item) -> list[str]:
    """Everything a rule may call the answers of `item`, in the order they are offered."""
    return ["true", "false"] if item.type == "boolean" else [code(option.value) for option in item.options]


class Rules(Resource):
    """Reads rules for `form`. A question that only one of the `others` asks may be bound as well."""

    def __init__(self, form: Form, others: Iterable[Form]) -> None:
        super().__init__()
        self.form = form
        self.others = tuple(others)

    def named(self, content: object, *beside: str) -> Mapping[str, Any]:
        """The rules of a file by id; `beside` is what else it may hold. Without rules, a fatal finding and none."""
        rules = content.get("rules") if isinstance(content, Mapping) else None
        if not isinstance(content, Mapping) or not isinstance(rules, Mapping) or not rules:
            self.fatal((), "no rules")
            return {}
        self.fields(content, ("rules", *beside), ())
        return {str(name): rule for name, rule in rules.items()}

    def fields(self, raw: Mapping[str, Any], known: Iterable[str], loc: Loc) -> None:
        """Nothing but `known` may stand here."""
        names = list(known)
        for key in raw:
            if key not in names:
                self.fatal((*loc, key), f"unknown key '{key}'{nearest(str(key), names)}")

    def needed(self, raw: Mapping[str, Any], name: str, loc: Loc) -> str:
        """A text that must be there."""
        text = self.text(raw, name, loc)
        if not text:
            self.fatal((*loc, name), f"{name} is missing")
        return text

    def reviewed(self, raw: Mapping[str, Any], source: str, loc: Loc) -> bool:
        """Whether somebody qualified has signed the rule off."""
        said = str(raw.get("reviewed"))
        if said not in ("yes", "no"):
            self.fatal((*loc, "reviewed"), "reviewed must be yes or no")
        elif said == "yes" and source == UNSOURCED:
            self.fatal((*loc, "reviewed"), f"'{UNSOURCED}' is no source: it cannot be reviewed")
        return said == "yes"

    def asked(self, link_id: str, loc: Loc) -> Item | None:
        """The item of this linkId, held against what the other forms ask by it."""
        self.link_id = link_id
        holding = [form for form in (self.form, *self.others) if link_id in form]
        if not holding:
            known = [item.link_id for item in self.form.every_item()]
            self.fatal(loc, f"the form has no item '{link_id}'{nearest(link_id, known)}")
            return None
        item = holding[0].item(link_id)
        for other in holding[1:]:
            self._agrees(item, other, loc)
        return item

    def code_of(self, item: Item, written: object, loc: Loc) -> str:
        """A code that `item` offers."""
        known = codes(item)
        if written not in known:
            self.fatal(loc, f"'{item.link_id}' has no answer '{written}'{nearest(str(written), known)}")
        return str(written)

    def _agrees(self, item: Item, other: Form, loc: Loc) -> None:
        here, there = set(codes(item)), set(codes(other.item(item.link_id)))
        name = other.title or other.url
        for unknown in sorted(there - here):
            self.fatal(loc, f"in the form '{name}', '{item.link_id}' has an answer '{unknown}' that no rule can know")
        for missing in sorted(here - there):
            self.fatal(loc, f"in the form '{name}', '{item.link_id}' lacks the answer '{missing}'")
