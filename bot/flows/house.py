"""Everything a conversation can be in: flows, commands, verbs of standing buttons, the house's own deeds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.flows.flow import Flow, Spoken, Turn
from bot.model import NO_WINDOW, Facts, Say, Window


@dataclass(frozen=True, slots=True)
class Verb:
    """A standing button's deed on a row; it answers with a toast. The row is a patient; where it is not `of_patient`, a
    reminder, a visit or an opening, or what its deed takes the number for.

    `by` is whose button it is: 'patient', 'practitioner', 'contact'. `window` is how much of the diary it must know.
    """

    deed: Callable[[Turn, int], Say | None]
    needs: frozenset[str]
    of_patient: bool = True
    by: frozenset[str] = frozenset({"patient"})
    window: Window = NO_WINDOW


@dataclass(frozen=True, slots=True)
class Told:
    """A command that tells something in passing; the dialogue in hand stays as it is."""

    deed: Callable[[Turn], None]
    needs: frozenset[str] = frozenset()
    window: Window = NO_WINDOW


@dataclass(frozen=True, slots=True)
class Enters:
    """A command that goes into a flow: one for patients, another for practitioners.

    A contact of the practice hears alarms and nothing else.
    """

    flow: str
    staff: str = "desk"


@dataclass(frozen=True, slots=True)
class Moves:
    """A command that moves in the flow in hand (back, cancel)."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What the house does about something nobody said. `window` is how much of the diary it must know."""

    deed: Callable[[Turn, Any], None]
    needs: frozenset[str]
    window: Window = NO_WINDOW


Commanded = Told | Enters | Moves


@dataclass(frozen=True, slots=True)
class House:
    """Built once a process by `flows.build`."""

    flows: Mapping[str, Flow]
    commands: Mapping[str, Commanded]
    verbs: Mapping[str, Verb]
    due: Mapping[str, Happening]
    """By the kind of the reminder."""
    rings: Happening
    morning: Happening
    weekly: Happening
    vacancy: Happening
    begun: Happening
    calendar_read: Happening
    """A practitioner's own calendar says something new."""
    calendar_looked: Happening
    """It says what it said, or nothing that can be read."""
    delivered: Happening
    unreachable: Happening
    welcome: Callable[[Turn], bool]
    says: tuple[Spoken, ...] = ()

    def entry(self, command: str, facts: Facts) -> str | None:
        """The flow a command goes into, for this person."""
        found = self.commands[command]
        if not isinstance(found, Enters):
            return None
        if facts.staff is None:
            return found.flow
        return found.staff if facts.staff.role == "practitioner" else "contact"

    def may_begin(self, flow: str) -> bool:
        """Whether a command leads into this flow: another begins with what led to it."""
        return any(isinstance(one, Enters) and flow in (one.flow, one.staff) for one in self.commands.values())

    def spoken(self) -> Iterable[Spoken]:
        """Every key the words must have."""
        for flow in self.flows.values():
            yield from flow.spoken()
        yield from self.says
