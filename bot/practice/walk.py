"""Walking a form: what applies under given answers, and in which order it comes.

A `Node` is an item with its place in the tree, made once when the form is loaded. A `Walk` is one reading
of the form under one set of answers; it goes no further than it is asked to, and decides each item once.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from bot.practice import values
from bot.practice.items import Answers, Condition, Item, Place
from bot.practice.values import Value

At = tuple[int, ...]
Step = tuple["Node", At]


class Node:
    """An item in its tree. `depth` is how many numbers its `at` has."""

    __slots__ = (
        "always",
        "asks",
        "children",
        "conditions",
        "depth",
        "fixed",
        "index",
        "is_question",
        "is_seen",
        "item",
        "key",
        "level",
        "order",
        "parent",
        "steady",
    )

    def __init__(self, item: Item, parent: "Node | None", index: int, order: int) -> None:
        self.item = item
        self.parent = parent
        self.index = index
        self.order = order
        self.is_question = item.is_question
        self.depth: int = parent.depth + parent.level if parent else 0
        self.level: bool = item.repeats and (
            item.type == "group" or any(child.type != "display" for child in item.items)
        )
        """Whether what is inside it is there once for each instance or answer."""
        self.key = str(Place(item.link_id))
        self.is_seen: bool = not item.hidden and not item.read_only and (parent is None or parent.is_seen)
        self.asks = self.is_seen and self.is_question
        self.fixed: tuple[Value, ...] = () if self.asks else item.start
        """What stands in for an answer where nobody is asked."""
        self.always: bool = not item.conditions and (
            parent is None or (parent.always and not parent.is_question and not parent.level)
        )
        """Whether it applies whatever is answered."""
        self.children: tuple[Node, ...] = ()
        self.conditions: tuple[Link, ...] = ()
        self.steady: int | None = None
        """How many questions are asked in it, where no answer can change that."""

    def settle(self) -> None:
        """Count what is steady, once the children have."""
        inside = [child.steady for child in self.children]
        if self.conditions or self.level or None in inside:
            return
        asked = sum(count for count in inside if count is not None)
        if not self.is_question:
            self.steady = asked
        elif not asked:
            self.steady = int(self.asks)


class Link:
    """A condition tied to the node it asks about, and the way from the one to the other."""

    __slots__ = ("between", "condition", "node", "shared", "wants_last")

    def __init__(self, condition: Condition, asker: Node, node: Node) -> None:
        self.condition = condition
        self.node = node
        above = _ancestors(asker)
        levels = [one for one in _ancestors(node) if one.level]
        self.between = tuple(one for one in levels if one not in above)
        """The repetitions around the question that are not around the asker."""
        self.shared = node.depth - len(self.between)
        self.wants_last = node.order < asker.order
        """FHIR: the nearest occurrence, first among those before, then among those after."""


def _ancestors(node: Node) -> list[Node]:
    """The nodes around `node`, the outermost first."""
    found: list[Node] = []
    while node.parent:
        node = node.parent
        found.append(node)
    return found[::-1]


def plant(items: Sequence[Item]) -> tuple[tuple[Node, ...], dict[str, Node]]:
    """The roots of the tree, and every node by linkId. LinkIds are unique and conditions lead somewhere."""
    nodes: dict[str, Node] = {}

    def grow(items: Sequence[Item], parent: Node | None) -> tuple[Node, ...]:
        grown: list[Node] = []
        for index, item in enumerate(items):
            node = nodes[item.link_id] = Node(item, parent, index, len(nodes))
            node.children = grow(item.items, node)
            grown.append(node)
        return tuple(grown)

    roots = grow(items, None)
    for node in nodes.values():
        node.conditions = tuple(Link(one, node, nodes[one.question]) for one in node.item.conditions)
    for node in reversed(nodes.values()):
        node.settle()
    return roots, nodes


class Walk:
    """A form under given answers. Steps are (node, at); a group's own step is its heading."""

    __slots__ = ("answers", "decided", "roots")

    def __init__(self, roots: tuple[Node, ...], answers: Answers) -> None:
        self.roots = roots
        self.answers = answers
        self.decided: dict[Step, bool] = {}

    def given(self, node: Node, at: At) -> tuple[Value, ...]:
        """What is stored for a question, whether it applies or not; for one nobody is asked, its initial."""
        stored = self.answers.get(str(Place(node.item.link_id, at)) if at else node.key)
        return node.fixed if stored is None else tuple(stored)

    def count(self, node: Node, at: At) -> int:
        """How often what is inside a repeating node is there."""
        if node.is_question:
            return len(self.given(node, at))
        wanted = max(1, node.item.min_occurs or 1)
        most = node.item.max_occurs
        while (most is None or wanted < most) and self._another(node, (*at, wanted - 1)):
            wanted += 1
        return wanted

    def _another(self, group: Node, at: At) -> bool:
        said = self.answers.get(str(Place(group.item.link_id, at)), ())
        return any(values.content(value) is True for value in said)

    def asks_another(self, group: Node, at: At) -> bool:
        """Whether the end of the instance `at` of a repeating group is a place to ask for another."""
        done, item = at[-1] + 1, group.item
        return group.is_seen and done >= (item.min_occurs or 0) and (item.max_occurs is None or done < item.max_occurs)

    def asks(self, step: Step) -> bool:
        """Whether a step is a question to the patient."""
        node, at = step
        return node.asks or (len(at) > node.depth and not node.is_question)

    def on(self, node: Node, at: At) -> bool:
        """Whether `node` applies at `at`: its own conditions and everything around it."""
        if node.always:
            return True
        pending = [(node, at)]
        while pending:
            step = pending[-1]
            if step not in self.decided:
                verdict = self._decide(*step)
                if not isinstance(verdict, bool):
                    pending.append(verdict)
                    continue
                self.decided[step] = verdict
            pending.pop()
        return self.decided[node, at]

    def _decide(self, node: Node, at: At) -> bool | Step:
        """The verdict, or the step whose verdict it hangs on.

        No recursion: forms chain hundreds of conditions.
        """
        parent = node.parent
        if parent:
            up = at[:-1] if parent.level else at
            around = True if parent.always else self.decided.get((parent, up))
            if around is None:
                return parent, up
            if not around or not self._is_inside(parent, up, at):
                return False
        is_any = node.item.any_condition
        for link in node.conditions:
            where = self._where(link, at)
            given = () if where is None else self.given(link.node, where)
            met = link.condition.wants_none if not given else link.condition.met(given)
            if where is not None and given and met != link.condition.wants_none:
                applies = True if link.node.always else self.decided.get((link.node, where))
                if applies is None:
                    return link.node, where
                met = met if applies else link.condition.wants_none
            if met == is_any:
                return is_any
        return not (is_any and node.conditions)

    def _is_inside(self, parent: Node, up: At, at: At) -> bool:
        if parent.level:
            return at[-1] < self.count(parent, up)
        return not parent.is_question or bool(self.given(parent, up))

    def _where(self, link: Link, at: At) -> At | None:
        """Where the question of a condition stands, seen from `at`; None if it is nowhere."""
        where = at[: link.shared]
        for level in link.between:
            count = self.count(level, where)
            if not count:
                return None
            where = (*where, count - 1 if link.wants_last else 0)
        return where

    def steps(self, node: Node, at: At) -> Iterator[Step]:
        """What applies in `node` and below it, in order; what is around it does."""
        if node.conditions and not self.on(node, at):
            return
        yield node, at
        if node.children:
            yield from self.inside(node, at)

    def inside(self, node: Node, at: At) -> Iterator[Step]:
        """What applies below `node`, which applies itself."""
        if node.level:
            for index in range(self.count(node, at)):
                yield from self._instance(node, (*at, index))
        elif not node.is_question or self.given(node, at):
            for child in node.children:
                yield from self.steps(child, at)

    def _instance(self, node: Node, at: At) -> Iterator[Step]:
        for child in node.children:
            yield from self.steps(child, at)
        if not node.is_question and self.asks_another(node, at):
            yield node, at

    def all(self) -> Iterator[Step]:
        """Everything that applies, in order."""
        for root in self.roots:
            yield from self.steps(root, ())

    def after(self, node: Node, at: At) -> Iterator[Step]:
        """What comes after a step, in order; its own step and what comes before it left out."""
        if len(at) > node.depth:
            yield from self._later(node, at)
            at = at[:-1]
        elif self.on(node, at):
            yield from self.inside(node, at)
        while True:
            parent, up, stands = self._around(node, at)
            if stands:
                for sibling in islice(parent.children if parent else self.roots, node.index + 1, None):
                    yield from self.steps(sibling, at)
                if parent and parent.level:
                    if not parent.is_question and self.asks_another(parent, at):
                        yield parent, at
                    yield from self._later(parent, at)
            if parent is None:
                return
            node, at = parent, up

    def before(self, node: Node, at: At) -> Iterator[Step]:
        """What comes before a step, the nearest first."""
        if len(at) > node.depth:
            up = at[:-1]
            if self.on(node, up):
                yield from self._earlier(node, up, at[-1] + 1, len(node.children))
                yield node, up
            at = up
        while True:
            parent, up, stands = self._around(node, at)
            if stands and parent and parent.level:
                yield from self._earlier(parent, up, at[-1] + 1, node.index)
            elif stands:
                for sibling in reversed((parent.children if parent else self.roots)[: node.index]):
                    yield from reversed(list(self.steps(sibling, at)))
            if parent is None:
                return
            if self.on(parent, up):
                yield parent, up
            node, at = parent, up

    def _around(self, node: Node, at: At) -> tuple[Node | None, At, bool]:
        """The parent, its `at`, and whether `at` is inside it as the answers are now."""
        parent = node.parent
        if parent is None:
            return None, (), True
        up = at[:-1] if parent.level else at
        return parent, up, self.on(parent, up) and self._is_inside(parent, up, at)

    def _later(self, node: Node, at: At) -> Iterator[Step]:
        if self.on(node, at[:-1]):
            for index in range(at[-1] + 1, self.count(node, at[:-1])):
                yield from self._instance(node, (*at[:-1], index))

    def _earlier(self, node: Node, up: At, instances: int, upto: int) -> Iterator[Step]:
        """The first `instances` instances backwards; of the last of them only the first `upto` children."""
        for child in reversed(node.children[:upto]):
            yield from reversed(list(self.steps(child, (*up, instances - 1))))
        for index in range(instances - 2, -1, -1):
            yield from reversed(list(self._instance(node, (*up, index))))

    def total(self, node: Node, at: At) -> int:
        """How many questions are asked in `node` and below it; what is around it applies."""
        if node.steady is not None:
            return node.steady
        if node.conditions and not self.on(node, at):
            return 0
        asked = int(node.asks)
        if node.level:
            return asked + sum(map(self.asks, self.inside(node, at)))
        if node.is_question and not self.given(node, at):
            return asked
        return asked + sum(self.total(child, at) for child in node.children)

    def ahead(self, node: Node, at: At) -> int:
        """How many questions are asked before a step that applies."""
        asked = 0
        if len(at) > node.depth:
            at, last = at[:-1], at[-1]
            for index in range(last + 1):
                asked += sum(map(self.asks, self._instance(node, (*at, index))))
            asked -= 1
        while True:
            parent, up, _ = self._around(node, at)
            siblings = parent.children if parent else self.roots
            asked += sum(self.total(sibling, at) for sibling in siblings[: node.index])
            if parent is None:
                return asked
            asked += parent.asks
            if parent.level:
                for index in range(at[-1]):
                    asked += sum(map(self.asks, self._instance(parent, (*up, index))))
            node, at = parent, up
