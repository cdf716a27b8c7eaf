"""The thin layer over `transitions`: a flow is a table of steps and routes.

One shared machine a flow, built once. What moves is a `Turn`, scratch that lives for one event. Explicit routes come
first, then 'the next step that applies'; the first guard that holds wins.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from transitions import Machine

from bot.model import NO_WINDOW, Contact, Draft, Effect, Facts, Media, Needs, Offer, Record, Say, Text, Window

START = "START"
SCREENS = ("check", "flare")
"""The flows that ask the short screen."""
_GO = "go"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A key the words must have, with the values it may hold and the choices it must name."""

    key: str
    values: frozenset[str] = frozenset()
    choices: frozenset[str] = frozenset()


def spoken(key: str, *values: str, choices: Iterable[str] = ()) -> Spoken:
    """`Spoken`, written short."""
    return Spoken(key, frozenset(values), frozenset(choices))


Enclosed = tuple[str, str, Mapping[str, Any]]
"""A document that goes with something said: its kind, its name, and what it is made of."""


class Lacks(Exception):
    """What is known does not do to decide: these facts are asked for, and the event is decided anew."""

    def __init__(self, needs: Needs) -> None:
        super().__init__()
        self.needs = needs


@dataclass(slots=True)
class Turn:
    """What one event is doing to one flow. `state` is moved by the machine; the rest by answers and deeds.

    `lead` is said before the next question, in the same message.
    """

    flow: str
    state: str
    facts: Facts
    data: dict[str, Any]
    asking: int = 0
    given: Any = None
    lead: tuple[Say, ...] = ()
    says: list[Say] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    worked_out: tuple[Any, Any] | None = None
    """What was last worked out of the answers so far, behind those answers: several guards ask for it."""
    opens: tuple[str, Mapping[str, Any]] | None = None
    """The flow a standing button goes into, and what it begins with."""
    on: int | None = None
    """The message a standing button sits on."""
    encloses: Enclosed | None = None
    """What goes with the end it comes to."""
    heard_at: datetime | None = None
    """When they last said or tapped anything."""
    passed_on: tuple[datetime, ...] = ()
    """When their last messages to the practice were passed on."""
    is_asked: bool = False
    """Whether a question waits for their answer."""
    venue: tuple[float, float, str, str] | None = None
    """The place on the map that goes with it."""
    drafts: Mapping[str, Draft] = field(default_factory=dict)
    """Where every flow was left, by its name."""

    @property
    def record(self) -> Record | None:
        """The response this flow fills."""
        return self.facts.check if self.flow in SCREENS else self.facts.record

    def ask_for(self, groups: Iterable[str], window: Window = NO_WINDOW) -> None:
        """Only goes on where these groups of facts are known, and so much of the diary. Raises Lacks."""
        if not self.facts.known.issuperset(groups):
            raise Lacks(Needs(frozenset(groups), window=window))

    def do(self, effect: Effect) -> None:
        """Leave a deed for the transaction."""
        self.effects.append(effect)

    def tell(
        self,
        key: str,
        to: int,
        offers: tuple[tuple[Offer, ...], ...] = (),
        card: str = "",
        reply_to: str = "",
        receipt: str = "",
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Say something to another account."""
        self.says.append(Say(key, values or {}, offers, to=to, card=card, reply_to=reply_to, receipt=receipt))


# --- answers: each kind owns how it is offered, read and refused ---


@dataclass(frozen=True, slots=True)
class Pick:
    """A choice tapped (or its label typed)."""

    code: str


Heard = Pick | Text | Contact | Media


@dataclass(frozen=True, slots=True)
class Button:
    """One choice as a kind of answer offers it: its label is the words', unless facts make it."""

    code: str
    label: Any = None
    ticked: bool | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as this person gets it: what its words hold, rows of buttons, and standing ones `above` and under
    them. `photo` is the kind of a picture its words stand under."""

    values: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[tuple[Button, ...], ...] = ()
    standing: tuple[tuple[Offer, ...], ...] = ()
    above: tuple[tuple[Offer, ...], ...] = ()
    photo: str = ""

    def offers(self, code: str) -> bool:
        """Whether a button of this code is on it: nothing else means anything."""
        return any(button.code == code for row in self.rows for button in row)


@dataclass(frozen=True, slots=True)
class Given:
    """The question is answered; `lead` is said before the next, so that a person sees how they were understood."""

    value: Any
    lead: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True)
class Stay:
    """Not an answer yet: the same asking, shown anew (a box ticked, a page turned)."""

    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Aside:
    """No answer: a word in passing (a key of the words) where it was tapped, and the question stays as it stands."""

    key: str


@dataclass(frozen=True, slots=True)
class Refused:
    """No answer: one clear sentence (a key of the words), and the question again."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Answer:
    """A kind of answer: how it is offered, read and refused. What reading leaves in `turn.data` is kept."""

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        """Names of the values and codes of the choices its words need."""
        return frozenset(), frozenset()

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        """What it may refuse with."""
        return ()

    def show(self, turn: Turn) -> Shown:
        """The question for this person."""
        raise NotImplementedError

    def before(self, turn: Turn) -> tuple[Say, ...]:
        """Messages of their own that go before the question when it is newly put, such as a picture."""
        return ()

    def offers(self, turn: Turn, code: str) -> bool:
        """Whether this person is shown a button of this code."""
        return self.show(turn).offers(code)

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Aside | Refused:
        """What was heard, as an answer."""
        raise NotImplementedError

    def back(self, turn: Turn) -> Stay | None:
        """One step back inside the question; None where back leaves it."""
        return None


# --- the table ---

Guard = Callable[[Turn], bool]
Deed = Callable[[Turn], None]


def _keep(turn: Turn) -> None:
    turn.data[turn.state] = turn.given


def keep_nothing(turn: Turn) -> None:
    """For an answer that the deed behind it passes on, and that stays nowhere."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A step that puts a question. `when` it applies; `keep` is what is done with the answer, before any route.

    `says` is the key of its words, where they are another step's.
    """

    name: str
    answer: Answer
    when: Guard | None = None
    keep: Deed = _keep
    says: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """Values for the words of an end, made from the turn."""

    names: tuple[str, ...]
    make: Callable[[Turn], Mapping[str, Any]]


def fixed(**values: Any) -> Holding:
    """A `Holding` of values that are the same for everybody."""
    return Holding(tuple(values), lambda turn: values)


def _nowhere(turn: Turn) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class End:
    """A step that says its words (those of another step, if `says` names them) and closes the flow; `then` names the
    flow that goes on, if any."""

    name: str
    then: Callable[[Turn], str | None] = _nowhere
    holding: Holding | None = None
    choices: tuple[str, ...] = ()
    offers: Callable[[Turn], tuple[tuple[Offer, ...], ...]] = lambda turn: ()
    says: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """A step that hands over to another flow without a word; that begins with what this one `brings`, if anything."""

    name: str
    to: str
    brings: Callable[[Turn], Mapping[str, Any]] = lambda turn: {}


Step = Ask | End | Hand


@dataclass(frozen=True, slots=True)
class Route:
    source: str
    target: str
    when: Guard | None = None
    do: Deed | None = None


def route(source: str, target: str, *, when: Guard | None = None, do: Deed | None = None) -> Route:
    """From a step to a step, when the guard holds, doing the deed on the way."""
    return Route(source, target, when, do)


class FlowFault(Exception):
    """A table that cannot be walked."""


class Flow:
    """One conversation as a table. Raises FlowFault for a name that is no step, a guard or deed that is no function.

    `needs` are the groups of facts every event on it must know, `window` how much of the diary among them; `says` what
    it says besides its steps.
    A flow that `resumes` goes on where it was left; another begins anew. `dropped` is done when somebody cancels it.
    What is typed behind the command it `heeds` is an answer to its first question.
    """

    def __init__(
        self,
        name: str,
        *,
        steps: Sequence[Step],
        routes: Sequence[Route] = (),
        needs: Iterable[str] = (),
        window: Window = NO_WINDOW,
        says: Sequence[Spoken] = (),
        resumes: bool = True,
        dropped: Deed | None = None,
        heeds: str = "",
    ) -> None:
        self.name = name
        self.steps = {step.name: step for step in steps}
        self.routes = tuple(routes)
        self.needs = frozenset(needs)
        self.window = window
        self.says = tuple(says)
        self.resumes = resumes
        self.dropped = dropped
        self.heeds = heeds
        self._check(steps)
        self.edges = tuple(self._edges())
        self._machine = Machine(
            model=None,
            states=[START, *self.steps],
            initial=START,
            auto_transitions=False,
            transitions=[
                {
                    "trigger": _GO,
                    "source": edge.source,
                    "dest": edge.target,
                    "conditions": [edge.when] if edge.when else [],
                    "before": [edge.do] if edge.do else [],
                }
                for edge in self.edges
            ],
        )

    def _check(self, steps: Sequence[Step]) -> None:
        if len(self.steps) != len(steps):
            raise FlowFault(f"{self.name}: two steps of one name")
        for one in self.routes:
            for end in (one.source, one.target):
                if end not in self.steps and end != START:
                    raise FlowFault(f"{self.name}: no step is called {end}")
            if one.source != START and not isinstance(self.steps[one.source], Ask):
                raise FlowFault(f"{self.name}: nothing leads on from {one.source}")
            for function in (one.when, one.do):
                if function is not None and not callable(function):
                    raise FlowFault(f"{self.name}: {function!r} is no function")

    def _edges(self) -> Iterable[Route]:
        """Explicit routes in their order, then each step that may come next, up to the first that always applies."""
        names = list(self.steps)
        for index, source in enumerate([START, *names]):
            if isinstance(self.steps.get(source), (End, Hand)):
                continue
            explicit = [one for one in self.routes if one.source == source]
            yield from explicit
            if any(one.when is None for one in explicit):
                continue
            for name in names[index:]:
                step = self.steps[name]
                when = step.when if isinstance(step, Ask) else None
                yield Route(source, name, when)
                if when is None:
                    break

    def go(self, turn: Turn) -> Step:
        """Move the turn on from its state; the step it is at now."""
        self._machine.events[_GO].trigger(turn, turn)
        return self.steps[turn.state]

    def ask(self, name: str) -> Ask | None:
        """The question of that name; None if there is none, say since a deploy."""
        step = self.steps.get(name)
        return step if isinstance(step, Ask) else None

    def spoken(self) -> Iterable[Spoken]:
        """Every key the words must have for it."""
        for step in self.steps.values():
            if isinstance(step, Ask):
                values, choices = step.answer.speaks
                yield Spoken(self.key(step), values, choices)
                yield from step.answer.refusals
            elif isinstance(step, End):
                names = step.holding.names if step.holding else ()
                yield spoken(self.key(step), *names, choices=step.choices)
        yield from self.says

    def key(self, step: Ask | End) -> str:
        """The key of a step's words."""
        return step.says or f"{self.name}.{step.name}"


def picked(code: str) -> Guard:
    """A guard: this choice was taken."""

    def is_picked(turn: Turn) -> bool:
        return bool(turn.given == code)

    is_picked.__name__ = f"wants_{code}"
    return is_picked


def question(flow: str, step: str, code: str, asking: int) -> str:
    """The data of a question's button: flow, step, choice and the asking."""
    return f"q:{flow}:{step}:{code}:{asking}"


def standing(verb: str, row: int, code: str, label: Any = None) -> Offer:
    """A button that outlives its step: a verb and a row."""
    return Offer(code, f"s:{verb}:{row}", label)


def to_menu() -> tuple[Offer, ...]:
    """The way out that stands under whatever ends."""
    return (Offer("menu", "n:menu"),)


def to_waitlist() -> tuple[Offer, ...]:
    """'Tell me if something earlier opens'."""
    return (Offer("waitlist", "n:waitlist", Say("waitlist.enter")),)


def wrong() -> tuple[Offer, ...]:
    """'Something is wrong', on whatever a patient is shown."""
    return (Offer("wrong", "n:wrong"),)
