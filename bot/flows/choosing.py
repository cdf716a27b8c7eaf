"""The options of a question: as buttons, as a list where a button is too small for them, and as people type them."""

import re
from collections.abc import Sequence

from bot.flows.answers import rows_of
from bot.flows.flow import Button, spoken
from bot.flows.reading import NO_WORDS, YES_WORDS, bare
from bot.flows.telling import short, told
from bot.model import Say
from bot.practice import values as fhir
from bot.practice.items import Item, Option
from bot.practice.values import Value

MORE = "more"
"""The button to the next of several pages of options."""
SAYS = (spoken("intake.option", "option"), spoken("intake.numbered", "number", "option"))

LONGEST_LABEL = 34
"""What a phone shows of a button; the whole of a longer one stands in the question's text."""
_WIDTHS = ((3, 6), (6, 4), (9, 3), (16, 2))
"""The longest label of a row, and how many such buttons fit a phone."""
_A_PAGE = 24
"""Options: Telegram takes a hundred buttons, a thumb far fewer."""
_LONGEST_LINE = 90
_NUMBERS_A_ROW = 6
_BOX = 2
"""What the box before a label takes of its room."""

Rows = tuple[tuple[Button, ...], ...]

_UNSURE = frozenset(
    {"don't know", "dont know", "i don't know", "i dont know", "do not know", "dunno", "i dunno", "not sure", "unsure"}
    | {"i'm not sure", "im not sure", "i am not sure", "no idea", "idk", "not certain", "?", "unknown"}
)
_DECLINED = frozenset(
    {"prefer not to say", "i prefer not to say", "i'd rather not say", "rather not say", "rather not", "pass"}
    | {"i don't want to say", "no comment", "none of your business", "i would rather not say", "private"}
)
_SAYS_UNSURE = re.compile(r"\b(?:not sure|unsure|don't know|do not know|can't say|unknown|not certain)\b")
_SAYS_DECLINED = re.compile(r"\b(?:not to say|not say|not to answer|rather not)\b")


def shown(item: Item, page: int) -> Sequence[Option]:
    """The options of one page; pages go round."""
    pages = -(-len(item.options) // _A_PAGE)
    start = page % pages * _A_PAGE if pages else 0
    return item.options[start : start + _A_PAGE]


def rows(item: Item, chosen: Sequence[Option], page: int) -> Rows:
    """A button for each option of the page, ticked if chosen; by its number alone where a picture shows the rest."""
    options = shown(item, page)
    numbered = [one for one in options if is_drawn(item, one)]
    # An empty box says that several may be ticked; on a drawn number there is no room for one.
    numbers = [Button(code(item, one), one.prefix, one in chosen or None) for one in numbered]
    others = [one for one in options if one not in numbered]
    laid = (
        *even(numbers, _NUMBERS_A_ROW),
        *_boxes(item, chosen, [one for one in others if not one.exclusive]),
        *_boxes(item, chosen, [one for one in others if one.exclusive]),
    )
    return (*laid, (Button(MORE),)) if len(item.options) > _A_PAGE else laid


def _boxes(item: Item, chosen: Sequence[Option], options: Sequence[Option]) -> Rows:
    """As many side by side as a phone can show of the longest."""
    boxes = [
        Button(code(item, one), _label(one), one in chosen if item.repeats else one in chosen or None)
        for one in options
    ]
    longest = max((len(one.label) for one in options), default=0) + (_BOX if item.repeats else 0)
    return even(boxes, next((width for length, width in _WIDTHS if longest <= length), 1))


def code(item: Item, option: Option) -> str:
    """What the button of an option stands for."""
    return f"{item.digest}.{option.digest}"


def even(buttons: Sequence[Button], most: int) -> Rows:
    """Buttons in as few rows as `most` in each allows, all of much the same length."""
    count = -(-len(buttons) // most)
    return rows_of(buttons, -(-len(buttons) // count)) if count else ()


def is_drawn(item: Item, option: Option) -> bool:
    """Whether the picture that goes with the question shows the option, by its number."""
    return bool(item.picture and option.prefix)


def _label(option: Option) -> object:
    value = told(option.value)
    return short(option.label, LONGEST_LABEL) if isinstance(value, str) else value


def spelled_out(item: Item, page: int) -> tuple[Say, ...]:
    """The options in full, for a question with one that is too long for its button."""
    options = shown(item, page)
    drawn = tuple(one for one in options if is_drawn(item, one))
    if drawn:
        return tuple(Say("intake.numbered", {"number": one.prefix, "option": one.label}) for one in drawn)
    if all(len(one.label) <= LONGEST_LABEL for one in options):
        return ()
    long = [one for one in options if not one.exclusive or len(one.label) > LONGEST_LABEL]
    return tuple(Say("intake.option", {"option": short(one.label, _LONGEST_LINE)}) for one in long)


def named(item: Item, text: str) -> Option | None:
    """The option somebody has typed: its label, its number, its first words, or that they do not know."""
    said = bare(text)
    for fits in (_in_full, _by_prefix, _as_unsure, _by_first_words):
        found = [one for one in item.options if fits(one, said)]
        if len(found) == 1 or (found and fits is not _by_first_words):
            return found[0]
    return None


def several(item: Item, text: str) -> tuple[Option, ...]:
    """The options somebody has typed one after the other: `4, 5 and 7`. Empty if any part is none."""
    whole = named(item, text)
    if whole:
        return (whole,)
    for parting in (r"[,;\n]|\band\b|&|\+", r"[,;\s]+|\band\b|&|\+"):
        parts = [part for part in re.split(parting, text) if part.strip()]
        found = [option for part in parts if (option := named(item, part))]
        if parts and len(found) == len(parts):
            return tuple(found)
    return ()


def _in_full(option: Option, said: str) -> bool:
    return bare(option.label) == said


def _by_prefix(option: Option, said: str) -> bool:
    return bool(option.prefix) and bare(option.prefix).strip("().:") == said.strip("().:#")


def _as_unsure(option: Option, said: str) -> bool:
    label = bare(option.label)
    return bool(
        (said in _UNSURE and _SAYS_UNSURE.search(label)) or (said in _DECLINED and _SAYS_DECLINED.search(label))
    )


def _by_first_words(option: Option, said: str) -> bool:
    # A number is no beginning of '2 to 6 weeks': it may be meant in years.
    word = "yes" if said in YES_WORDS else "no" if said in NO_WORDS else said
    is_told = len(word) > 1 and not re.search(r"\d", word)
    return is_told and (bare(option.label) + " ").startswith(word + " ")


def with_all(item: Item, given: tuple[Value, ...], options: Sequence[Option]) -> tuple[Value, ...]:
    """`given` with every one of these options ticked."""
    for option in options:
        if option not in item.chosen(given):
            given = item.toggled(given, option)
    return given


def own_words(item: Item, given: Sequence[Value]) -> tuple[Value, ...]:
    """The answers among `given` that are none of the options."""
    return tuple(one for one in given if not any(fhir.same(one, option.value) for option in item.options))
