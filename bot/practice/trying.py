"""Trying a form out: answered at random, as a person might, from the first question to the end."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from bot.practice import values
from bot.practice.bounds import Refusal, refusals, together
from bot.practice.findings import written
from bot.practice.forms import Form
from bot.practice.items import Answers, Item, Place
from bot.practice.patterns import Chance, example
from bot.practice.values import Value

MOST_STEPS = 50_000
"""No form is gone through in more answers."""

_CHATTY = 400
"""After as many answers nothing is answered that may be skipped: the form is to end."""

_CANDIDATES = 40
"""How often an answer is thought of before it is given up."""

_SKIPS, _GOES_ON, _OWN_WORDS = 0.2, 0.45, 0.25

_WORDS = (
    "aches after sitting",
    "Yes",
    "ظهري يؤلمني",
    "🙂🙂",
    "腰が痛い",
    "<b>bold</b> & 'quoted'",
    "worse at night, better for walking;\nsince May",
    "naïve café",
    "7/10",
)
_FIRST_DAY, _DAYS = date(1930, 1, 1), 40_000


class Unanswerable(Exception):
    """A question that cannot be skipped, to which no answer was found that its own rules let stand."""

    def __init__(self, item: Item, reason: str) -> None:
        super().__init__(f"{written(item.loc)} ({item.link_id}): no answer was found for it: {reason}")
        self.item = item


def attempt(form: Form, chance: Chance, begun: Answers | None = None) -> Answers:
    """Answers to `form` to its end: some skipped, groups repeated, bounds touched, words of one's own.

    Goes on from `begun` where there is a draft. Raises `Unanswerable` where a question must be answered and cannot be.
    """
    answers: Answers = begun or {}
    place = None
    for step in range(MOST_STEPS):
        place = place or form.pending(answers)
        if place is None:
            return answers
        answers = form.answer(place, _given(form, place, answers, chance, tired=step > _CHATTY), answers)
        place = form.next(place, answers)
    raise Unanswerable(form.items[-1], f"the form has not come to an end after {MOST_STEPS} answers")


def _given(form: Form, place: Place, answers: Answers, chance: Chance, *, tired: bool) -> tuple[Value, ...]:
    item = form.item(place)
    if not item.is_question:
        return ({"valueBoolean": not tired and chance.random() < _GOES_ON},)
    must = form.must(place, answers)
    # In a required group something has to be answered, and who knows what can be.
    in_demand = any(around.required for around in form.sections(place))
    if not must and (tired or (not in_demand and chance.random() < _SKIPS)):
        return ()
    found, refused = _several(item, chance)
    if found or not must:
        return found
    raise Unanswerable(item, f"{refused.reason.replace('_', ' ')} {refused.bound}".strip() if refused else "none")


def _several(item: Item, chance: Chance) -> tuple[tuple[Value, ...], Refusal | None]:
    """As many answers as the question takes; without any, why the last one thought of could not stand."""
    refused: Refusal | None = None
    wanted = max(1, item.fewest)
    if item.repeats:
        most = item.max_occurs if item.max_occurs is not None else wanted + 2
        wanted = chance.randint(wanted, max(wanted, min(most, wanted + 2)))
    found: tuple[Value, ...] = ()
    for thought in range(_CANDIDATES * wanted):
        value = _value(item, chance, thought)
        wrong = refusals(item, value) or [one for one in together(item, (*found, value)) if one.reason != "too_few"]
        if not wrong:
            found = (*found, value)
        elif wrong[0].reason == "exclusive" and not found[1:] and item.fewest > 1:
            found = (value,)
        refused = wrong[0] if wrong else refused
        if len(found) == wanted:
            break
    short = together(item, found)
    return ((), short[0]) if short else (found, refused)


def _value(item: Item, chance: Chance, thought: int) -> Value:
    if item.options and not (item.takes_text and chance.random() < _OWN_WORDS):
        return chance.choice(item.options).value
    if item.takes_text:
        return item.typed(_wording(item, chance, thought))
    match item.type:
        case "boolean":
            return {"valueBoolean": chance.random() < 0.5}
        case "integer":
            return {"valueInteger": int(_number(item, chance, 0))}
        case "decimal":
            return {"valueDecimal": float(_number(item, chance, _decimals(item)))}
        case "quantity":
            return {"valueQuantity": {**_unit(item, chance), "value": float(_number(item, chance, _decimals(item)))}}
        case "date":
            return {"valueDate": _day(item, chance)}
        case "dateTime":
            return {"valueDateTime": f"{_day(item, chance)}T09:30:00Z" if thought % 2 else _day(item, chance)}
        case "time":
            return {"valueTime": _bound(item, chance) or f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:00"}
        case _:
            return {"valueAttachment": _file(item, chance)}


def _wording(item: Item, chance: Chance, thought: int) -> str:
    if item.pattern and thought == 0 and item.entry_format:
        return item.entry_format
    if item.pattern:
        return example(item.pattern, chance)
    if item.type == "url":
        return f"https://example.org/{chance.randint(1, 9999)}".ljust(item.min_length or 0, "x")
    least = max(1, item.min_length or 0)
    most = max(least, item.max_length if item.max_length is not None else least + 60)
    long = chance.randint(least, min(most, least + 200))
    said = chance.choice(_WORDS)
    while len(said) < long:
        said += " " + chance.choice(_WORDS)
    # A space at the end would be cut off by any chat.
    return said[:long].rstrip().ljust(least, "x")


def _decimals(item: Item) -> int:
    return min(2, item.max_decimals if item.max_decimals is not None else 2)


def _number(item: Item, chance: Chance, decimals: int) -> Decimal:
    """A number between the bounds, now and then a bound itself, with at most as many decimals."""
    low, high = (_amount(bound) for bound in (item.least, item.most))
    if low is None:
        low = Decimal(0) if high is None else high - 100
    if high is None:
        high = low + 100
    unit = Decimal(1).scaleb(-decimals)
    least, most = int((low / unit).to_integral_value(ROUND_CEILING)), int((high / unit).to_integral_value(ROUND_FLOOR))
    return unit * chance.choice((least, most, chance.randint(least, max(least, most))))


def _amount(bound: Value | None) -> Decimal | None:
    if bound is None:
        return None
    held = values.content(bound)
    return values.number(held.get("value") if isinstance(held, Mapping) else held)


def _unit(item: Item, chance: Chance) -> dict[str, Any]:
    """The unit of a quantity: that of a bound, else one of those offered."""
    for bound in (item.least, item.most):
        if bound and values.kind(bound) == "valueQuantity":
            return {name: part for name, part in values.content(bound).items() if name in ("unit", "code", "system")}
    if not item.units:
        return {}
    return values.measured(chance.choice(item.units))


def _bound(item: Item, chance: Chance) -> str:
    """A bound that is a text, now and then."""
    bounds = [values.content(one) for one in (item.least, item.most) if one]
    return chance.choice(bounds) if bounds and chance.random() < 0.5 else ""


def _day(item: Item, chance: Chance) -> str:
    low, high = (_date(bound) for bound in (item.least, item.most))
    first = low or (high - timedelta(days=365) if high else _FIRST_DAY)
    last = high or (low + timedelta(days=365) if low else _FIRST_DAY + timedelta(days=_DAYS))
    return (first + timedelta(days=chance.randint(0, max(0, (last - first).days)))).isoformat()


def _date(bound: Value | None) -> date | None:
    if bound is None or not isinstance(held := values.content(bound), str):
        return None
    try:
        return date.fromisoformat(f"{held[:10]}-01-01"[:10])
    except ValueError:
        return None


def _file(item: Item, chance: Chance) -> dict[str, Any]:
    media = chance.choice(item.media_types) if item.media_types else "image/jpeg"
    size = min(200_000, int(item.max_bytes) if item.max_bytes is not None else 200_000)
    return {"contentType": media.replace("*", "jpeg"), "url": "https://example.org/file", "size": size}
