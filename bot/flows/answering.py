"""A question in hand, and what a tap, typed words or a file make of it: an answer, half of one, or a refusal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bot.flows import choosing, picking
from bot.flows.answers import DONE
from bot.flows.flow import Given, Refused, Stay
from bot.flows.picking import Picking
from bot.flows.reading import is_as_typed, read_value, unit_called
from bot.flows.telling import told
from bot.model import Media, Say
from bot.practice import values as fhir
from bot.practice.bounds import Refusal, refusals, together
from bot.practice.items import Answers, Item, Option, Place
from bot.practice.values import Value

YES, NO, SKIP, KEEP = "yes", "no", "skip", "keep"
HALF = "half"
"""Where the draft keeps a question half answered: ticks, a date half picked, a number without its unit."""

_OWN = re.compile(r"x(\d{1,3})")
_UNIT = re.compile(r"u(\d{1,3})")
_PHOTO_TYPE = "image/jpeg"
"""What Telegram makes of every photo (core.telegram.org/bots/api#photosize)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The question in hand, and what is answered or half answered there."""

    place: Place
    item: Item
    answers: Answers
    half: Mapping[str, Any]
    must: bool
    today: date
    zone: ZoneInfo

    @property
    def stored(self) -> tuple[Value, ...]:
        """What was answered before; else what the form starts from."""
        if (found := self.answers.get(str(self.place))) is not None:
            return tuple(found)
        return self.item.start

    @property
    def given(self) -> tuple[Value, ...]:
        """The answers gathered so far."""
        return tuple(self.half["given"]) if "given" in self.half else self.stored

    @property
    def gathers(self) -> bool:
        """Whether it goes on until Done."""
        return self.item.is_question and self.item.repeats

    @property
    def picking(self) -> Picking | None:
        """A date or time as far as it is picked; None for another kind of question."""
        if self.item.options or self.item.type not in picking.PICKED:
            return None
        return Picking(self.item, tuple(self.half.get("picked", ())), self.today, self.zone)

    @property
    def page(self) -> int:
        return int(self.half.get("page", 0))

    @property
    def number(self) -> Any:
        """A quantity that still lacks its unit; None if there is none."""
        return self.half.get("number")

    @property
    def too_few(self) -> Refused:
        """Done, and nothing was answered."""
        return self._refused([Refusal("too_few", str(self.item.min_occurs or 1))], ())

    def stay(self, **half: Any) -> Stay:
        return Stay({HALF: {**self.half, "place": str(self.place), **half}})

    def finish(self, *given: Value, lead: tuple[Say, ...] = ()) -> Given | Refused:
        """The answer, unless the question's own rules speak against it: the first of them is told."""
        if not self.item.is_question:
            return Given((str(self.place), given), lead)
        wrong = [one for value in given for one in refusals(self.item, value)] + together(self.item, given)
        return self._refused(wrong, given) if wrong else Given((str(self.place), given), lead)

    def add(self, *values: Value, lead: tuple[Say, ...] = ()) -> Given | Stay | Refused:
        """One answer where there is one; where there may be several, put to those there are."""
        if not self.gathers:
            return self.finish(*values, lead=lead)
        alone = [one.value for one in self.item.options if one.exclusive]
        given = (*(one for one in self.given if one not in alone), *values)
        wrong = [one for value in values for one in refusals(self.item, value)]
        if len({fhir.key(one) for one in given}) < len(given):
            wrong.append(Refusal("repeated"))
        if self.item.max_occurs is not None and len(given) > self.item.max_occurs:
            wrong.append(Refusal("too_many", str(self.item.max_occurs)))
        return self._refused(wrong, values) if wrong else self.stay(given=given, picked=(), number=None)

    def _refused(self, wrong: Sequence[Refusal], given: Sequence[Value]) -> Refused:
        """The first thing that is wrong, with the bound as people write it and the length of what was given."""
        reason, bound = wrong[0].reason, wrong[0].bound
        limit = {"too_little": self.item.least, "too_much": self.item.most}.get(reason)
        said = max((len(fhir.text(one)) for one in given), default=0)
        return Refused(f"intake.refused_{reason}", {"bound": told(limit) if limit else bound, "said": said})


def picked(asked: Asked, code: str) -> Given | Stay | Refused:
    """What a tap does; `code` is one that was offered."""
    if code == SKIP:
        return Given((str(asked.place), ()))
    if code in (YES, NO):
        return asked.finish({"valueBoolean": code == YES})
    if code == KEEP:
        return asked.finish(*asked.stored)
    if code == DONE:
        return asked.finish(*asked.given) if asked.given else asked.too_few
    if code == choosing.MORE:
        return asked.stay(page=asked.page + 1)
    if code == picking.ONLY and asked.picking and asked.picking.value:
        return asked.add(asked.picking.value, lead=_you_said(asked.picking.value))
    return _picked_part(asked, code.partition(".")[2])


def _picked_part(asked: Asked, part: str) -> Given | Stay | Refused:
    """What the buttons of this question alone do."""
    if option := asked.item.option(part):
        return _chosen(asked, option)
    if found := _OWN.fullmatch(part):
        gone = removable(asked)[int(found[1])]
        return asked.stay(given=tuple(one for one in asked.given if one != gone))
    if found := _UNIT.fullmatch(part):
        return _in_unit(asked, asked.item.units[int(found[1])])
    if asked.picking:
        now = asked.picking.then(part)
        whole = now.value if now.is_whole else None
        return asked.add(whole, lead=_you_said(whole)) if whole else asked.stay(picked=now.picked)
    return asked.add({"valueInteger": int(part)})


def removable(asked: Asked) -> tuple[Value, ...]:
    """The answers of a list that have no button of their own but one to take them out."""
    return choosing.own_words(asked.item, asked.given) if asked.gathers else ()


def _chosen(asked: Asked, option: Option) -> Given | Stay | Refused:
    """One option tapped. One that stands alone is the whole answer where nothing else is ticked."""
    if not asked.gathers or (option.exclusive and not asked.given):
        return asked.finish(option.value)
    return asked.stay(given=asked.item.toggled(asked.given, option))


def _in_unit(asked: Asked, unit: Mapping[str, Any]) -> Given | Stay | Refused:
    return asked.add({"valueQuantity": {"value": asked.number, **fhir.measured(unit)}})


def typed(asked: Asked, text: str) -> Given | Stay | Refused:
    """What typed words do."""
    item = asked.item
    if item.options and (found := _typed_options(asked, text)):
        return found
    if asked.number is not None and (unit := unit_called(item, text.strip().casefold())):
        return _in_unit(asked, unit)
    is_list = asked.gathers and item.type != "text" and not item.options
    parts = [part for part in text.splitlines() if part.strip()] if is_list else [text]
    read = [read_value(item, part, asked.today, asked.zone) for part in parts or [text]]
    for one in read:
        if isinstance(one, Refused):
            return Refused("intake.unread_choice") if item.options and not item.takes_text else one
    values = [one for one in read if not isinstance(one, Refused)]
    if len(values) == 1 and (number := _without_unit(item, values[0])) is not None:
        return asked.stay(number=number)
    lead = () if len(values) > 1 or is_as_typed(values[0], text.strip()) else _you_said(values[0])
    return asked.add(*values, lead=lead)


def _typed_options(asked: Asked, text: str) -> Given | Stay | Refused | None:
    """Options by their names. Typed, they are ticked and never unticked."""
    if not asked.gathers:
        option = choosing.named(asked.item, text)
        return asked.finish(option.value) if option else None
    options = choosing.several(asked.item, text)
    if len(options) == 1 and options[0].exclusive and not asked.given:
        return asked.finish(options[0].value)
    return asked.stay(given=choosing.with_all(asked.item, asked.given, options)) if options else None


def _without_unit(item: Item, value: Value) -> int | float | None:
    """The number of a quantity whose unit is still to be asked; None if there is nothing to ask."""
    quantity = value.get("valueQuantity")
    if quantity is None or "unit" in quantity or len(item.units) < 2:
        return None
    number: int | float = quantity["value"]
    return number


def attached(asked: Asked, media: Media) -> Given | Stay | Refused:
    """A photo or document sent: kept by Telegram's id of it, never by its address, which holds the bot's token."""
    parts = {
        "contentType": media.mime or (_PHOTO_TYPE if media.kind == "photo" else ""),
        "url": f"urn:telegram:{media.kind}:{media.file_id}",
        "size": media.size,
        "title": media.name,
    }
    return asked.add({"valueAttachment": {name: part for name, part in parts.items() if part}})


def _you_said(value: Value) -> tuple[Say, ...]:
    return (Say("intake.you_said", {"given": told(value)}),)
