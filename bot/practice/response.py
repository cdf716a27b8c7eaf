"""Answers as a FHIR R4 QuestionnaireResponse, and back."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from bot.practice import values
from bot.practice.forms import Form
from bot.practice.items import Answers, Place
from bot.practice.tree import At, Node
from bot.practice.values import Value
from bot.practice.walk import Walk

Status = Literal["in-progress", "completed", "amended", "entered-in-error", "stopped"]


def response(form: Form, answers: Answers, status: Status, *, authored: str = "") -> dict[str, Any]:
    """The response to `form`, in its tree and order; what does not apply is left out.

    Children of a question stand under each of its answers, and each instance of a repeating group is an item
    of its own. While in progress a question that was skipped is an item without answer, so that a draft
    knows it was asked. `authored` is an instant as FHIR writes it.
    """
    walk = form.walk(answers)
    written: dict[str, Any] = {"resourceType": "QuestionnaireResponse"}
    if form.canonical:
        written["questionnaire"] = form.canonical
    written["status"] = status
    if authored:
        written["authored"] = authored
    writer = _Writer(walk, status)
    items = [item for root in form.roots for item in writer.items(root, ())]
    return {**written, "item": items} if items else written


def answers_from(form: Form, written: Mapping[str, Any]) -> Answers:
    """The answers in a response, as far as its items stand where the form has them. Never raises.

    Instances of a repeating group beyond the first count as asked for; a completed response says as well
    that no further one was.
    """
    taker = _Taker(written)
    taker.items(form.roots, (), written.get("item"))
    return taker.found


class _Writer:
    def __init__(self, walk: Walk, status: Status) -> None:
        self.walk = walk
        self.keeps_skipped = status == "in-progress"

    def items(self, node: Node, at: At) -> list[dict[str, Any]]:
        """The response items of `node`; what is around it applies."""
        if node.item.type == "display" or not self.walk.on(node, at):
            return []
        if node.is_question:
            return self._question(node, at)
        if not node.level:
            inside = self._inside(node, at)
            return [{**_head(node), "item": inside}] if inside else []
        instances = [self._inside(node, (*at, index)) for index in range(self.walk.count(node, at))]
        if not any(instances):
            return []
        return [{**_head(node), "item": inside} if inside else _head(node) for inside in instances]

    def _inside(self, node: Node, at: At) -> list[dict[str, Any]]:
        return [item for child in node.children for item in self.items(child, at)]

    def _question(self, node: Node, at: At) -> list[dict[str, Any]]:
        given = self.walk.given(node, at)
        if not given:
            was_asked = str(Place(node.item.link_id, at)) in self.walk.answers
            return [_head(node)] if self.keeps_skipped and was_asked else []
        answers: list[dict[str, Any]] = []
        for index, value in enumerate(given):
            inside = self._inside(node, (*at, index) if node.level else at)
            answers.append({**value, "item": inside} if inside and (node.level or not index) else dict(value))
        return [{**_head(node), "answer": answers}]


def _head(node: Node) -> dict[str, Any]:
    head = {"linkId": node.item.link_id}
    return {**head, "text": node.item.text} if node.item.text else head


class _Taker:
    def __init__(self, written: Mapping[str, Any]) -> None:
        self.is_done = written.get("status") != "in-progress"
        self.found: dict[str, tuple[Value, ...]] = {}

    def items(self, nodes: tuple[Node, ...], at: At, items: object) -> None:
        by_id: dict[str, list[Mapping[str, Any]]] = {}
        for item in mappings(items):
            if isinstance(link_id := item.get("linkId"), str):
                by_id.setdefault(link_id, []).append(item)
        for node in nodes:
            here = by_id.get(node.item.link_id, [])
            if node.level and not node.is_question:
                self._instances(node, at, here)
            elif here and node.is_question:
                self._question(node, at, here[0])
            elif here:
                self.items(node.children, at, here[0].get("item"))

    def _instances(self, node: Node, at: At, here: list[Mapping[str, Any]]) -> None:
        for index, item in enumerate(here):
            is_last = index + 1 == len(here)
            if self.is_done or not is_last:
                self.found[str(Place(node.item.link_id, (*at, index)))] = ({"valueBoolean": not is_last},)
            self.items(node.children, (*at, index), item.get("item"))

    def _question(self, node: Node, at: At, item: Mapping[str, Any]) -> None:
        answers = [one for one in mappings(item.get("answer")) if values.kind(one)]
        given = tuple({values.kind(one): values.content(one)} for one in answers)
        self.found[str(Place(node.item.link_id, at))] = given
        for index, one in enumerate(answers):
            if node.level or not index:
                self.items(node.children, (*at, index) if node.level else at, one.get("item"))


def mappings(held: object) -> Iterator[Mapping[str, Any]]:
    """The mappings in what should be a list of them."""
    return (one for one in held if isinstance(one, Mapping)) if isinstance(held, list) else iter(())
