"""Walking a form: what applies under given answers, and in which order it comes.

A `Walk` is one reading of the form under one set of answers; it goes no further than it is asked to, and decides
each item once.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from operator import is_

from bot.practice import values
from bot.practice.items import Answers, Place
from bot.practice.tree import At, Link, Node, Tree
from bot.practice.values import Value

Step = tuple[Node, At]
"""A node and where it stands. A repeating group has steps of its own as well: with the number of an instance at the
end of `at`, whether there is another after it."""

_AHEAD = 32
"""How much of the plan is decided in one go, at the least: whoever asks for one item soon asks for the next."""


class Walk:
    """A form under given answers. Steps are (node, at); a group's own step is its heading."""

    __slots__ = ("answers", "counts", "decided", "planned", "suffixes", "tree")

    def __init__(self, tree: Tree, answers: Answers) -> None:
        self.tree = tree
        self.answers = answers
        self.decided: dict[Step, bool] = {}
        self.counts: dict[Step, int] = {}
        self.suffixes: dict[At, str] = {}
        """What a place inside repetitions ends in, by its `at`: hundreds of places share one."""
        self.planned = 0
        """How much of the plan is decided."""

    def is_of(self, answers: Answers) -> bool:
        """Whether this reads the same answers: not only like ones, but the very values. 20 us for 700 of them."""
        held = self.answers
        return held.keys() == answers.keys() and all(map(is_, held.values(), answers.values()))

    def stored(self, node: Node, at: At) -> tuple[Value, ...] | None:
        """What is stored at a step, whether it applies or not; None if it was never asked."""
        if not at:
            return self.answers.get(node.key)
        suffix = self.suffixes.get(at)
        if suffix is None:
            suffix = self.suffixes[at] = str(Place("", at))
        return self.answers.get(node.item.link_id + suffix)

    def given(self, node: Node, at: At) -> tuple[Value, ...]:
        """What is stored for a question, whether it applies or not; for one nobody is asked, its initial."""
        stored = self.stored(node, at) if at else self.answers.get(node.key)
        return node.fixed if stored is None else tuple(stored)

    def count(self, node: Node, at: At) -> int:
        """How often what is inside a repeating node is there."""
        if node.is_question:
            return len(self.given(node, at))
        known = self.counts.get((node, at))
        if known is not None:
            return known
        wanted = max(1, node.item.min_occurs or 1)
        most = node.item.max_occurs
        while (most is None or wanted < most) and self._another(node, (*at, wanted - 1)):
            wanted += 1
        self.counts[node, at] = wanted
        return wanted

    def _another(self, group: Node, at: At) -> bool:
        return any(values.content(value) is True for value in self.stored(group, at) or ())

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
        verdict = self.decided.get((node, at))
        return self._settle(node, at) if verdict is None else verdict

    def _settle(self, node: Node, at: At) -> bool:
        """Decide `node`, and before it what it hangs on.

        By the plan, so that hardly anything is begun too early and has to wait. No recursion: forms chain hundreds
        of conditions.
        """
        due = self.tree.plan[self.planned : max(node.rank, self.planned + _AHEAD)]
        self.planned += len(due)
        for step in (*((one, ()) for one in due), (node, at)):
            pending = [] if step in self.decided else [step]
            while pending:
                verdict = self._decide(*pending[-1])
                if isinstance(verdict, bool):
                    self.decided[pending.pop()] = verdict
                else:
                    pending.append(verdict)
        return self.decided[node, at]

    def _decide(self, node: Node, at: At) -> bool | Step:
        """The verdict, or the step whose verdict it hangs on."""
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
            met = link.wants_none
            where = self._where(link, at) if link.between else at[: link.shared]
            given = () if where is None else self.given(link.node, where)
            if where is not None and given and link.condition.met(given) != met:
                applies = True if link.node.always else self.decided.get((link.node, where))
                if applies is None:
                    return link.node, where
                met = not met if applies else met
            if met == is_any:
                return is_any
        return not (is_any and node.conditions)

    def _is_inside(self, parent: Node, up: At, at: At) -> bool:
        if parent.level:
            return at[-1] < self.count(parent, up)
        return not parent.is_question or bool(self.given(parent, up))

    def _where(self, link: Link, at: At) -> At | None:
        """Where the question of a condition stands in its repetitions, seen from `at`; None if it is nowhere."""
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
            yield from self._each(node.children, at)

    def _each(self, nodes: Sequence[Node], at: At) -> Iterator[Step]:
        # A step into a generator for every leaf would be half the cost of a long form.
        for node in nodes:
            if node.children:
                yield from self.steps(node, at)
            elif not node.conditions or self.on(node, at):
                yield node, at

    def _instance(self, node: Node, at: At) -> Iterator[Step]:
        yield from self._each(node.children, at)
        if not node.is_question and self.asks_another(node, at):
            yield node, at

    def all(self) -> Iterator[Step]:
        """Everything that applies, in order."""
        return self._each(self.tree.roots, ())

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
                for sibling in islice(parent.children if parent else self.tree.roots, node.index + 1, None):
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
                for sibling in reversed((parent.children if parent else self.tree.roots)[: node.index]):
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
        return asked + self.totals(node.children, at)

    def totals(self, nodes: Sequence[Node], at: At) -> int:
        """How many questions are asked in all of `nodes`."""
        asked = 0
        for node in nodes:
            if node.steady is not None:
                asked += node.steady
            elif node.children:
                asked += self.total(node, at)
            elif node.asks and self.on(node, at):
                asked += 1
        return asked

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
            siblings = parent.children if parent else self.tree.roots
            asked += self.totals(siblings[: node.index], at)
            if parent is None:
                return asked
            asked += parent.asks
            if parent.level:
                for index in range(at[-1]):
                    asked += sum(map(self.asks, self._instance(parent, (*up, index))))
            node, at = parent, up
