"""A form and what can be asked of it: what comes next, what applies, what an answer changes.

The form is a FHIR R4 Questionnaire, loaded by `bot.practice.questionnaire`. Nothing here knows a chat: a
flow asks for the next place, puts its item to the patient, and hands back the values. Displays are shown
before the next question (`lead`); group texts are headings. Answers that stop applying are kept and come
back when they apply again; the response (`bot.practice.response`) leaves them out.

Every method takes places and answers by value. One that names a place the form does not have, say after
a deploy, raises LookupError; places that are there but do not apply at present are fine.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from bot.practice.items import Answers, Item, Place
from bot.practice.tree import At, Node, Tree, plant
from bot.practice.values import Value
from bot.practice.walk import Step, Walk


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A questionnaire that can run. Made once by `load`, shared by everybody."""

    items: tuple[Item, ...] = field(repr=False)
    url: str = ""
    version: str = ""
    title: str = ""
    language: str = ""
    _tree: Tree = field(init=False, repr=False)
    _last: Walk = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tree", plant(self.items))
        object.__setattr__(self, "_last", Walk(self._tree, {}))

    @property
    def canonical(self) -> str:
        """How a response names its form: `url|version`, as far as there are any."""
        return f"{self.url}|{self.version}" if self.url and self.version else self.url

    def __contains__(self, link_id: str) -> bool:
        return link_id in self._tree.nodes

    def item(self, place: Place | str) -> Item:
        """The item at a place, or of a linkId. At that of a repeating group, 'another?' is asked."""
        return self._node(place if isinstance(place, str) else place.link_id).item

    def every_item(self) -> Iterator[Item]:
        """Every item of the form, in its order."""
        return (node.item for node in self._tree.nodes.values())

    def sections(self, place: Place) -> tuple[Item, ...]:
        """The groups and questions a place stands in, the outermost first."""
        node, found = self._node(place.link_id).parent, list[Item]()
        while node:
            found.append(node.item)
            node = node.parent
        return tuple(reversed(found))

    def first(self, answers: Answers) -> Place | None:
        """The first question that applies; None if there is none."""
        walk = self.walk(answers)
        return self._asked(walk, walk.all())

    def next(self, place: Place, answers: Answers) -> Place | None:
        """The question after `place`; None at the end."""
        walk = self.walk(answers)
        return self._asked(walk, walk.after(*self._step(place)))

    def previous(self, place: Place, answers: Answers) -> Place | None:
        """The question before `place`; None at the first."""
        walk = self.walk(answers)
        return self._asked(walk, walk.before(*self._step(place)))

    def questions(self, answers: Answers) -> tuple[Place, ...]:
        """Every place where something is asked as the answers are now, in order."""
        walk = self.walk(answers)
        return tuple(_place(step) for step in walk.all() if walk.asks(step))

    def enabled(self, place: Place, answers: Answers) -> bool:
        """Whether what stands at `place` applies: its conditions, and those of everything around it."""
        node, at = self._step(place)
        walk = self.walk(answers)
        if len(at) > node.depth:
            return walk.on(node, at[:-1]) and at[-1] < walk.count(node, at[:-1])
        return walk.on(node, at)

    def values(self, place: Place, answers: Answers) -> tuple[Value, ...]:
        """What is answered at `place`, or the fixed value of an item nobody is asked."""
        node, at = self._step(place)
        return self.walk(answers).given(node, at)

    def given(self, link_id: str, answers: Answers) -> tuple[Value, ...]:
        """Every answer to an item that applies, from all the places it is asked at."""
        return self._given(self._node(link_id), self.walk(answers))

    def given_to(self, link_ids: Iterable[str], answers: Answers) -> dict[str, tuple[Value, ...]]:
        """The same of several items, by linkId; those the form does not have are left out."""
        walk = self.walk(answers)
        return {link_id: self._given(self._tree.nodes[link_id], walk) for link_id in link_ids if link_id in self}

    def _given(self, node: Node, walk: Walk) -> tuple[Value, ...]:
        if not node.depth:
            return walk.given(node, ()) if walk.on(node, ()) else ()
        asked = node.item.link_id
        places = (place for written in walk.answers if (place := _parsed(written)) and place.link_id == asked)
        steps = ((node, place.at) for place in places if len(place.at) == node.depth)
        return tuple(value for step in steps if walk.on(*step) for value in walk.given(*step))

    def lead(self, place: Place, answers: Answers) -> tuple[Item, ...]:
        """The headings and displays between the question before `place` and `place`, in order."""
        walk = self.walk(answers)
        return _shown(walk, walk.before(*self._step(place)))

    def closing(self, answers: Answers) -> tuple[Item, ...]:
        """The displays after the last question."""
        walk = self.walk(answers)
        return _shown(walk, reversed(list(walk.all())))

    def notes(self, place: Place, answers: Answers) -> tuple[Item, ...]:
        """The displays that belong to the question at `place`: instructions, help, units."""
        node, at = self._step(place)
        walk = self.walk(answers)
        return tuple(
            child.item
            for child in node.children
            if node.is_question
            and child.is_seen
            and child.item.type == "display"
            and (not child.conditions or (not node.level and walk.on(child, at)))
        )

    def progress(self, place: Place, answers: Answers) -> tuple[int, int]:
        """Which question `place` is, from 1, and how many there are as the answers are now."""
        walk = self.walk(answers)
        return walk.ahead(*self._step(place)) + 1, walk.totals(self._tree.roots, ())

    def must(self, place: Place, answers: Answers) -> bool:
        """Whether the question at `place` cannot be skipped.

        It is required itself, or it is the last chance of a required group in which nothing is answered.
        """
        node, at = self._step(place)
        if len(at) > node.depth:
            return False
        if node.item.fewest:
            return True
        walk = self.walk(answers)
        return any(_place(step) == place for step in _last_chances(walk, node, at))

    def answer(self, place: Place, values: Iterable[Value], answers: Answers) -> Answers:
        """The answers with `values` at `place`; none of them means skipped.

        Where each answer has questions of its own, theirs move with it, and go with one that is taken out.
        """
        node, at = self._step(place)
        given = tuple(values)
        if node.is_question and node.level:
            answers = _follow(answers, node, at, given)
        return {**answers, str(place): given}

    def pending(self, answers: Answers) -> Place | None:
        """The first question that still wants something; None if the form may be sent.

        One never asked, one that is required and has too few answers, or the last chance of a required
        group. A draft goes on here, and here is what a change at the review has newly made apply.
        """
        walk = self.walk(answers)
        chances: list[Step] = []
        for step in walk.all():
            node, at = step
            if walk.asks(step):
                stored = walk.stored(node, at)
                if stored is None or len(stored) < node.fewest:
                    return _place(step)
            elif node.item.required and node.item.type == "group":
                chances += _last_chance(walk, node, at)
        return _place(chances[0]) if chances else None

    def strays(self, answers: Answers) -> tuple[str, ...]:
        """The places in a draft that this form does not have, say since its file was replaced."""
        return tuple(written for written in answers if not self._knows(written))

    def walk(self, answers: Answers) -> Walk:
        """A reading of the form under `answers`; good for as long as they are.

        The last one is kept: a turn asks many things of the same answers, and what applies is then decided once.
        """
        if not self._last.is_of(answers):
            object.__setattr__(self, "_last", Walk(self._tree, dict(answers)))
        return self._last

    @property
    def nodes(self) -> dict[str, Node]:
        """The tree behind the form by linkId, for those who read and write responses."""
        return self._tree.nodes

    @property
    def roots(self) -> tuple[Node, ...]:
        """The outermost nodes of the tree."""
        return self._tree.roots

    def _node(self, link_id: str) -> Node:
        node = self._tree.nodes.get(link_id)
        if node is None:
            raise LookupError("the form has no item of this linkId")
        return node

    def _step(self, place: Place) -> Step:
        node = self._node(place.link_id)
        is_another = node.level and not node.is_question and len(place.at) == node.depth + 1
        if len(place.at) != node.depth and not is_another:
            raise LookupError("the form repeats otherwise around this item")
        return node, place.at

    def _knows(self, written: str) -> bool:
        try:
            self._step(Place.parse(written))
        except (LookupError, ValueError):
            return False
        return True

    def _asked(self, walk: Walk, steps: Iterator[Step]) -> Place | None:
        return next((_place(step) for step in steps if walk.asks(step)), None)


def _place(step: Step) -> Place:
    return Place(step[0].item.link_id, step[1])


def _shown(walk: Walk, backwards: Iterator[Step]) -> tuple[Item, ...]:
    """The items with something to show, up to the question before."""
    passed = takewhile(lambda step: not walk.asks(step), backwards)
    shown = [
        node.item
        for node, _ in passed
        if node.is_seen and node.item.text and not node.is_question and not (node.parent and node.parent.is_question)
    ]
    return tuple(reversed(shown))


def _last_chances(walk: Walk, node: Node, at: At) -> Iterator[Step]:
    parent, up = node, at
    while parent.parent:
        up = up[:-1] if parent.parent.level else up
        parent = parent.parent
        if parent.item.required and parent.item.type == "group":
            yield from _last_chance(walk, parent, up)


def _last_chance(walk: Walk, group: Node, at: At) -> list[Step]:
    """The last question of a required group in which nothing is answered; nothing if it is satisfied."""
    asked: list[Step] = []
    for node, where in walk.inside(group, at):
        if node.is_question and walk.given(node, where):
            return []
        if node.asks:
            asked.append((node, where))
    return asked[-1:]


def _follow(answers: Answers, node: Node, at: At, given: tuple[Value, ...]) -> dict[str, tuple[Value, ...]]:
    """The answers with those below each answer of `node` moved to where that answer stands in `given`."""
    now = list(enumerate(given))
    moves: dict[int, int] = {}
    for index, value in enumerate(answers.get(str(Place(node.item.link_id, at)), ())):
        found = next((pair for pair in now if pair[1] == value), None)
        if found:
            now.remove(found)
            moves[index] = found[0]
    inside = _inside(node)
    moved: dict[str, tuple[Value, ...]] = {}
    for written, stored in answers.items():
        place = _parsed(written)
        if place is None or place.link_id not in inside or place.at[: len(at)] != at or len(place.at) <= len(at):
            moved[written] = stored
        elif (to := moves.get(place.at[len(at)])) is not None:
            moved[str(Place(place.link_id, (*at, to, *place.at[len(at) + 1 :])))] = stored
    return moved


def _inside(node: Node) -> set[str]:
    return {child.item.link_id for child in node.children}.union(*map(_inside, node.children))


def _parsed(written: str) -> Place | None:
    try:
        return Place.parse(written)
    except ValueError:
        return None
