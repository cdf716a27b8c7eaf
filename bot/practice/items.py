"""What a form is made of: items with their options and conditions, places in it, and answers."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from operator import ge, gt, le, lt
from typing import Any, Literal

from bot.practice import values
from bot.practice.values import Value

Operator = Literal["exists", "=", "!=", ">", "<", ">=", "<="]

VALUE_OF_TYPE: Mapping[str, str] = {
    "boolean": "valueBoolean",
    "decimal": "valueDecimal",
    "integer": "valueInteger",
    "date": "valueDate",
    "dateTime": "valueDateTime",
    "time": "valueTime",
    "string": "valueString",
    "text": "valueString",
    "url": "valueUri",
    "choice": "valueCoding",
    "open-choice": "valueCoding",
    "attachment": "valueAttachment",
    "reference": "valueReference",
    "quantity": "valueQuantity",
}
"""The types of question in FHIR R4, and the `value[x]` each is answered with."""

Answers = Mapping[str, tuple[Value, ...]]
"""What was answered, by place (`str(place)`). An empty tuple: asked, and skipped. No entry: never asked.

Never changed once made. Places the form does not know, or that do not apply at present, may be in it;
they count for nothing until they apply again. JSON carries it as it is (tuples come back as lists, which
are taken as well).
"""


def digest(text: str) -> str:
    """Six letters that stand for `text` in a button (36 bits of BLAKE2b, base64 for addresses)."""
    return urlsafe_b64encode(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=5).digest())[:6].decode()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a form something is asked.

    `at` has one number, from 0, for each repetition around it, the outermost first: which instance of a
    repeating group, or which answer of a question that repeats and has questions of its own. A repeating
    group is itself a place at the end of each instance, where 'is there another?' is asked: its `at` then
    ends in the number of that instance, and it is answered with a boolean.
    """

    link_id: str
    at: tuple[int, ...] = ()

    def __str__(self) -> str:
        if not self.at and "@" not in self.link_id:
            return self.link_id
        return f"{self.link_id}@{'.'.join(map(str, self.at))}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """The place that writes itself as `text`. Raises ValueError for what no place writes."""
        if "@" not in text:
            return cls(text)
        link_id, _, numbers = text.rpartition("@")
        return cls(link_id, tuple(int(number) for number in numbers.split(".")) if numbers else ())


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers a question offers."""

    value: Value
    label: str
    digest: str
    exclusive: bool = False
    """Chosen, it is chosen alone ('None of these')."""
    selected: bool = False
    """Chosen from the start, until somebody chooses otherwise."""
    score: Decimal | None = None
    """What it counts for, from the `ordinalValue` extension."""
    prefix: str = ""
    """What it is called by in short, in a list or on a picture: `a)`, `1`; the `optionPrefix` extension."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One `enableWhen`: the answer to `question` stands in this relation to `value`.

    A question without an answer, or one that does not apply, meets nothing but `exists` false. `!=` asks
    that no answer be equal; every other operator that one answer fit.
    """

    question: str
    operator: Operator
    value: Value

    @property
    def wants_none(self) -> bool:
        """Whether it holds when there is no answer."""
        return self.operator == "exists" and not values.content(self.value)

    def met(self, given: tuple[Value, ...]) -> bool:
        """Whether answers that apply meet it. They are not empty."""
        if self.operator == "exists":
            return bool(values.content(self.value))
        # Loops, not generators: hundreds of conditions hang on one tap.
        holds = _HOLDS.get(self.operator)
        if holds is None:
            is_there = self.value in given
            for one in () if is_there else given:
                is_there = is_there or values.same(one, self.value)
            return is_there == (self.operator == "=")
        for one in given:
            order = values.compare(one, self.value)
            if order is not None and holds(order, 0):
                return True
        return False


_HOLDS = {">": gt, "<": lt, ">=": ge, "<=": le}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Item:
    """A group, a display or a question, as the questionnaire describes it. Compared by identity."""

    link_id: str
    type: str
    text: str = ""
    prefix: str = ""
    codes: tuple[Mapping[str, Any], ...] = ()
    digest: str = ""
    loc: tuple[str | int, ...] = ()
    """Keys and indexes that lead to it in the resource."""
    items: tuple["Item", ...] = ()

    required: bool = False
    repeats: bool = False
    read_only: bool = False
    hidden: bool = False
    conditions: tuple[Condition, ...] = ()
    any_condition: bool = False
    """`enableBehavior`: any condition is enough; otherwise all are needed."""

    options: tuple[Option, ...] = ()
    value_set: str = ""
    """The value set its answers come from, where the form does not hold it: it is asked as text."""
    initial: tuple[Value, ...] = ()
    least: Value | None = None
    most: Value | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_decimals: int | None = None
    min_occurs: int | None = None
    max_occurs: int | None = None
    pattern: re.Pattern[str] | None = None
    units: tuple[Mapping[str, Any], ...] = ()
    """The units (codings) a quantity is given in, or the one a number is meant in."""
    media_types: tuple[str, ...] = ()
    max_bytes: Decimal | None = None

    control: str = ""
    """`itemControl`: slider, drop-down, check-box, help, unit ..."""
    entry_format: str = ""
    step: int | None = None
    picture: str = ""
    """What is shown with it: the url of SDC's `itemMedia` extension."""

    def __repr__(self) -> str:
        return f"Item({self.link_id!r}, {self.type!r})"

    @property
    def label(self) -> str:
        """What it is called in a list: its text, else its prefix, else its linkId."""
        return self.text or self.prefix or self.link_id

    @property
    def is_question(self) -> bool:
        """Whether it is a question, not a group or a display."""
        return self.type in VALUE_OF_TYPE

    @property
    def start(self) -> tuple[Value, ...]:
        """What it is answered with until somebody answers otherwise: its initial values, or the selected options."""
        return self.initial or tuple(option.value for option in self.options if option.selected)

    @property
    def takes_text(self) -> bool:
        """Whether the patient may answer in words of their own."""
        return self.type == "open-choice" or (
            not self.options and self.type in ("string", "text", "url", "choice", "reference")
        )

    @property
    def fewest(self) -> int:
        """How many answers it cannot do without; 0 if it may be skipped."""
        return max(int(self.required), self.min_occurs or 0)

    def option(self, wanted: str) -> Option | None:
        """The option whose digest is `wanted`."""
        return next((option for option in self.options if option.digest == wanted), None)

    def chosen(self, given: tuple[Value, ...]) -> tuple[Option, ...]:
        """The options among `given`."""
        return tuple(one for one in self.options if any(values.same(one.value, value) for value in given))

    def toggled(self, given: tuple[Value, ...], option: Option) -> tuple[Value, ...]:
        """`given` with `option` put in or taken out, in the order the options are offered.

        An exclusive option clears the others, another clears it. Words of the patient's own stay, at the
        end, unless the option is exclusive.
        """
        before = self.chosen(given)
        if option in before:
            after = tuple(one for one in before if one is not option)
        elif option.exclusive or not self.repeats:
            return (option.value,)
        else:
            after = tuple(one for one in self.options if one is option or (one in before and not one.exclusive))
        offered = [one.value for one in before]
        own = tuple(value for value in given if not any(values.same(value, one) for one in offered))
        return tuple(one.value for one in after) + own

    def typed(self, words: str) -> Value:
        """Words of the patient's own as a value of this question; only for one that takes text."""
        if self.type == "choice":
            return {"valueCoding": {"display": words}}
        if self.type == "reference":
            return {"valueReference": {"display": words}}
        return {"valueUri": words} if self.type == "url" else {"valueString": words}
