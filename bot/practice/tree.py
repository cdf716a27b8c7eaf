"""The tree of a form: every item as a node that knows its place, made once when the form is loaded."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.practice.items import Condition, Item, Place
from bot.practice.values import Value

At = tuple[int, ...]
"""Where something stands: a number from 0 for each repetition around it, as in `Place.at`."""


class Node:
    """An item in its tree. `depth` is how many numbers its `at` has."""

    __slots__ = (
        "always",
        "asks",
        "children",
        "conditions",
        "depth",
        "fewest",
        "fixed",
        "index",
        "is_question",
        "is_seen",
        "item",
        "key",
        "level",
        "order",
        "parent",
        "rank",
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
        self.fewest = item.fewest if self.is_question else 0
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
        self.rank = 0
        """How much of the `Tree`'s plan what applies here can hang on, itself included."""
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

    __slots__ = ("between", "condition", "node", "shared", "wants_last", "wants_none")

    def __init__(self, condition: Condition, asker: Node, node: Node) -> None:
        self.condition = condition
        self.node = node
        above = _ancestors(asker)
        levels = [one for one in _ancestors(node) if one.level]
        self.between = tuple(one for one in levels if one not in above)
        """The repetitions around the question that are not around the asker."""
        self.shared = node.depth - len(self.between)
        self.wants_none = condition.wants_none
        self.wants_last = node.order < asker.order
        """FHIR: the nearest occurrence, first among those before, then among those after."""


def _ancestors(node: Node) -> list[Node]:
    """The nodes around `node`, the outermost first."""
    found: list[Node] = []
    while node.parent:
        node = node.parent
        found.append(node)
    return found[::-1]


class Tree(NamedTuple):
    """The nodes of a form: its roots, all of them by linkId, and the plan by which what applies is decided."""

    roots: tuple[Node, ...]
    nodes: dict[str, Node]
    plan: tuple[Node, ...]
    """Those outside all repetition that do not always apply, each after whatever it hangs on."""


def plant(items: Sequence[Item]) -> Tree:
    """The tree of a form's items. LinkIds are unique, and conditions lead somewhere and not in a circle."""
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
    return Tree(roots, nodes, _planned(nodes.values()))


def _planned(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The plan, in the order of the form as far as may be; gives the nodes their ranks. No recursion."""
    plan: list[Node] = []
    ranked: set[Node] = set()
    for first in nodes:
        waiting = [first]
        while waiting:
            node = waiting[-1]
            hangs_on = (*((node.parent,) if node.parent else ()), *(link.node for link in node.conditions))
            if before := next((one for one in hangs_on if one not in ranked), None):
                waiting.append(before)
                continue
            waiting.pop()
            if node in ranked:
                continue
            ranked.add(node)
            if not node.always and not node.depth:
                plan.append(node)
            node.rank = len(plan)
    return tuple(plan)
