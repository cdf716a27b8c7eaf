"""What stands under a question, and the line that says how to answer it."""

from bot.flows import choosing
from bot.flows.answering import KEEP, NO, SKIP, YES, Asked, removable
from bot.flows.answers import DONE
from bot.flows.flow import Button, spoken
from bot.flows.reading import unit_label
from bot.flows.telling import short, told
from bot.model import Say
from bot.practice import values as fhir
from bot.practice.items import Item
from bot.practice.values import Value

HINTED = (
    *(
        spoken(f"intake.hint_{kind}")
        for kind in (
            *("date", "moment", "time", "number", "scale", "text", "list", "unit", "attachment", "files"),
            *("tick", "tick_numbers", "tick_own", "own"),
        )
    ),
    spoken("intake.hint_format", "format"),
    spoken("intake.remove", "given"),
)

_LONGEST_SCALE = 11
_HINT_OF_TYPE = {
    "date": "date",
    "dateTime": "moment",
    "time": "time",
    "integer": "number",
    "decimal": "number",
    "quantity": "number",
    "attachment": "attachment",
}

Rows = tuple[tuple[Button, ...], ...]


def rows(asked: Asked) -> Rows:
    item = asked.item
    if asked.number is not None:
        units = [Button(f"{item.digest}.u{index}", unit_label(unit)) for index, unit in enumerate(item.units)]
        return choosing.even(units, 3)
    if not item.is_question:
        return ((Button(YES), Button(NO)),)
    laid = _choices(asked)
    if asked.gathers:
        own = enumerate(removable(asked))
        laid += tuple((Button(f"{item.digest}.x{index}", _removal(value)),) for index, value in own)
        laid += ((Button(DONE),),) if item.options or asked.given else ()
    elif asked.stored and not item.options and item.type != "boolean":
        laid += ((Button(KEEP),),)
    if not asked.must and not (asked.gathers and asked.given):
        laid += ((Button(SKIP),),)
    return laid


def _choices(asked: Asked) -> Rows:
    """The buttons that are answers, or parts of one."""
    item = asked.item
    if item.options:
        return choosing.rows(item, item.chosen(asked.given), asked.page)
    if item.type == "boolean":
        before = [fhir.content(one) for one in asked.stored]
        return ((Button(YES, ticked=True in before or None), Button(NO, ticked=False in before or None)),)
    if asked.picking:
        return asked.picking.rows
    scale = [Button(f"{item.digest}.{number}", str(number)) for number in _scale(item)]
    return choosing.even(scale, 6)


def _removal(value: Value) -> Say:
    shown = told(value)
    return Say("intake.remove", {"given": short(shown, choosing.LONGEST_LABEL) if isinstance(shown, str) else shown})


def _scale(item: Item) -> range:
    """The whole numbers of a short scale, as buttons; none where it is no such scale."""
    if item.type != "integer" or item.least is None or item.most is None:
        return range(0)
    least, most = fhir.number(fhir.content(item.least)), fhir.number(fhir.content(item.most))
    if least is None or most is None or not 0 < most - least < 10**6:
        return range(0)
    scale = range(int(least), int(most) + 1, max(item.step or 1, 1))
    return scale if len(scale) <= _LONGEST_SCALE else range(0)


def hint(asked: Asked) -> Say | str:
    """How to answer, in a line."""
    item = asked.item
    if asked.number is not None:
        return Say("intake.hint_unit")
    if item.entry_format:
        return Say("intake.hint_format", {"format": item.entry_format})
    if item.options:
        is_drawn = any(choosing.is_drawn(item, one) for one in item.options)
        several = "tick_own" if item.takes_text else "tick_numbers" if is_drawn else "tick"
        kind = several if item.repeats else "own" if item.takes_text else ""
    elif asked.gathers and not asked.picking:
        kind = "files" if item.type == "attachment" else "list"
    elif _scale(item):
        kind = "scale"
    else:
        kind = _HINT_OF_TYPE.get(item.type, "text" if item.takes_text else "")
    return Say(f"intake.hint_{kind}") if kind else ""
