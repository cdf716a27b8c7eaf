"""Kinds of answer: each owns how it is offered, read and refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.flows.flow import Answer, Button, Given, Heard, Pick, Refused, Shown, Spoken, Stay, Turn, spoken
from bot.flows.numerals import Unclear, read_number
from bot.model import Offer, Text

REFUSED_CHOICE = spoken("common.pick_one")
TOO_LONG = spoken("common.too_long", "most", "said")
NO_WORDS = spoken("common.write_it")
DONE = "done"
MORE = "more"
_PAGE = "page"
_A_PAGE = 40


def rows_of(buttons: Sequence[Button], width: int) -> tuple[tuple[Button, ...], ...]:
    """Buttons in rows of at most `width`."""
    return tuple(tuple(buttons[start : start + width]) for start in range(0, len(buttons), width))


@dataclass(frozen=True, slots=True)
class Holds:
    """Values the words of a question hold besides those its answer makes."""

    names: tuple[str, ...] = ()
    make: Callable[[Turn], Mapping[str, Any]] = lambda turn: {}


class Choice(Answer):
    """One of a few fixed choices; `offered` may leave some out for this person, `standing` are buttons besides, and so
    are those `above`."""

    def __init__(
        self,
        *codes: str,
        holds: Holds | None = None,
        offered: Callable[[Turn], Sequence[str]] | None = None,
        width: int = 1,
        standing: Callable[[Turn], tuple[tuple[Offer, ...], ...]] = lambda turn: (),
        above: Callable[[Turn], tuple[tuple[Offer, ...], ...]] = lambda turn: (),
    ) -> None:
        self._codes = codes
        self._holds = holds or Holds()
        self._offered = offered
        self._width = width
        self._standing = standing
        self._above = above

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset(self._holds.names), frozenset(self._codes)

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (REFUSED_CHOICE,)

    def show(self, turn: Turn) -> Shown:
        codes = self._offered(turn) if self._offered else self._codes
        rows = rows_of([Button(code) for code in codes], self._width)
        return Shown(self._holds.make(turn), rows, self._standing(turn), self._above(turn))

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        return Given(heard.code) if isinstance(heard, Pick) else Refused(REFUSED_CHOICE.key)


class Listed(Answer):
    """One of a list that facts make: (code, label) pairs."""

    def __init__(
        self,
        offered: Callable[[Turn], Sequence[tuple[str, Any]]],
        *,
        also: Sequence[str] = (),
        holds: Holds | None = None,
        width: int = 1,
    ) -> None:
        self._offered = offered
        self._also = tuple(also)
        self._holds = holds or Holds()
        self._width = width

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset(self._holds.names), frozenset(self._also)

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (REFUSED_CHOICE,)

    def show(self, turn: Turn) -> Shown:
        listed = rows_of([Button(code, label) for code, label in self._offered(turn)], self._width)
        return Shown(self._holds.make(turn), (*listed, *((Button(code),) for code in self._also)))

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        return Given(heard.code) if isinstance(heard, Pick) else Refused(REFUSED_CHOICE.key)


class Typed(Answer):
    """A few words, typed; `codes` are the buttons for whoever would rather not."""

    def __init__(self, *codes: str, most: int, holds: Holds | None = None) -> None:
        self._codes = codes
        self._most = most
        self._holds = holds or Holds()

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset(self._holds.names), frozenset(self._codes)

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (TOO_LONG, NO_WORDS)

    def show(self, turn: Turn) -> Shown:
        return Shown(self._holds.make(turn), tuple((Button(code),) for code in self._codes))

    def read(self, turn: Turn, heard: Heard) -> Given | Refused:
        """What was typed is a `Text`, a button its code: nobody's words are taken for one."""
        if isinstance(heard, Pick):
            return Given(heard.code)
        if not isinstance(heard, Text) or not heard.text.strip():
            return Refused(NO_WORDS.key)
        words = heard.text.strip()
        if len(words) > self._most:
            return Refused(TOO_LONG.key, {"most": self._most, "said": len(words)})
        return Given(Text(words))


class Scale(Answer):
    """A rating from 0 to 10, tapped or typed."""

    TOP = 10
    NONE = spoken("common.rate")

    def __init__(self, *, holds: Holds | None = None) -> None:
        self._holds = holds or Holds()

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset(self._holds.names), frozenset()

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (self.NONE,)

    def show(self, turn: Turn) -> Shown:
        buttons = [Button(str(number), str(number)) for number in range(self.TOP + 1)]
        return Shown(self._holds.make(turn), rows_of(buttons, 6))

    def read(self, turn: Turn, heard: Heard) -> Given | Refused:
        if isinstance(heard, Pick):
            return Given(int(heard.code))
        said = read_number(heard.text, Decimal(self.TOP)) if isinstance(heard, Text) else Unclear.NO_NUMBER
        if isinstance(said, Unclear) or said.unit or said.number not in map(Decimal, range(self.TOP + 1)):
            return Refused(self.NONE.key)
        return Given(int(said.number))


class Paged(Listed):
    """A list that may be too long for a thumb: a page of it, and a button to the next one. Pages go round."""

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        values, choices = super().speaks
        return values, choices | {MORE}

    def show(self, turn: Turn) -> Shown:
        shown = super().show(turn)
        count = len(shown.rows) - len(self._also)
        listed, also = shown.rows[:count], shown.rows[count:]
        if len(listed) <= _A_PAGE:
            return shown
        start = turn.data.get(_PAGE, 0) * _A_PAGE % (-(-len(listed) // _A_PAGE) * _A_PAGE)
        return Shown(shown.values, (*listed[start : start + _A_PAGE], (Button(MORE),), *also))

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        page = turn.data.get(_PAGE, 0)
        if isinstance(heard, Pick) and heard.code == MORE:
            return Stay({_PAGE: page + 1})
        turn.data.pop(_PAGE, None)
        return super().read(turn, heard)


class Ticks(Answer):
    """Several of fixed choices, ticked one by one and then done. At least one."""

    NONE = spoken("common.tick_one")

    def __init__(
        self,
        *codes: str,
        width: int = 2,
        started: Callable[[Turn], Sequence[str]] = lambda turn: (),
        offered: Sequence[str] | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """`started` are ticked to begin with. `offered` leaves out those of the codes this practice has no use for.
        `labels` are those of codes that a practice's content names; of others they are the words'."""
        self._codes = codes
        self._offered = codes if offered is None else tuple(offered)
        self._labels = labels or {}
        self._width = width
        self._started = started

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset(), frozenset(self._codes) - self._labels.keys()

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (REFUSED_CHOICE, self.NONE)

    def _ticked(self, turn: Turn) -> list[str]:
        return list(turn.data.get(f"{turn.state}?", self._started(turn)))

    def show(self, turn: Turn) -> Shown:
        ticked = self._ticked(turn)
        boxes = [Button(code, self._labels.get(code), code in ticked) for code in self._offered]
        return Shown({}, (*rows_of(boxes, self._width), (Button(DONE),)))

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        if not isinstance(heard, Pick):
            return Refused(REFUSED_CHOICE.key)
        ticked = self._ticked(turn)
        if heard.code == DONE:
            return Given([code for code in self._offered if code in ticked]) if ticked else Refused(self.NONE.key)
        return Stay({f"{turn.state}?": [code for code in self._offered if (code in ticked) != (code == heard.code)]})
