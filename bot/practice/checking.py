"""Checking a QuestionnaireResponse against its form: every rule the form sets, each breach with its path."""

from collections.abc import Mapping
from typing import Any

from bot.practice import values
from bot.practice.bounds import Reason, Refusal, refusals, together
from bot.practice.findings import Finding, Loc, Resource, unfit
from bot.practice.forms import Form
from bot.practice.response import answers_from
from bot.practice.tree import At, Node
from bot.practice.values import Value

_STATUSES = ("in-progress", "completed", "amended", "entered-in-error", "stopped")

_SAID: Mapping[Reason, str] = {
    "type": "an answer of the wrong type; it takes {}",
    "format": "not a well-formed {}",
    "option": "none of the options",
    "too_little": "less than {}",
    "too_much": "more than {}",
    "too_short": "shorter than {} characters",
    "too_long": "longer than {} characters",
    "too_precise": "more than {} decimal places",
    "pattern": "not written as the form wants it: {}",
    "unit": "in another unit than {}",
    "media": "not a file of type {}",
    "too_big": "a file over {} MB",
    "too_few": "fewer than {} answers",
    "too_many": "more than {} answers",
    "exclusive": "'{}' stands alone, and is answered together with others",
    "repeated": "the same answer twice",
}


def check(form: Form, response: object) -> list[Finding]:
    """Everything a response does against its form; it is valid if nothing fatal is found. Never raises.

    As HL7's validator has it, what is required is demanded inside what is there: in a group that is not
    required and is left out, nothing is missed. While in progress nothing is required.
    """
    if trouble := unfit(response):
        return [Finding((), "", trouble, fatal=True)]
    checker = _Checker(form, response)
    checker.run()
    return checker.findings


class _Checker(Resource):
    def __init__(self, form: Form, response: object) -> None:
        super().__init__()
        self.form = form
        self.written: Mapping[str, Any] = response if isinstance(response, Mapping) else {}
        self.walk = form.walk(answers_from(form, self.written))
        self.is_done = self.written.get("status") in ("completed", "amended")

    def run(self) -> None:
        if self.written.get("resourceType") != "QuestionnaireResponse":
            self.fatal(("resourceType",), "not a QuestionnaireResponse")
            return
        if self.written.get("status") not in _STATUSES:
            self.fatal(("status",), f"status must be one of {', '.join(_STATUSES)}")
        url, _, version = self.text(self.written, "questionnaire", ()).partition("|")
        if url and self.form.url and url != self.form.url.partition("|")[0]:
            self.fatal(("questionnaire",), "a response to another questionnaire")
        elif version and self.form.version and version != self.form.version:
            told = f"a response to version {version[:60]}, held against version {self.form.version[:60]}"
            self.odd(("questionnaire",), told)
        self._items(self.form.roots, (), self.written, ())

    def _items(self, nodes: tuple[Node, ...], at: At, parent: Mapping[str, Any], loc: Loc) -> None:
        """The items under `parent`, which answer `nodes`."""
        known = {node.item.link_id: node for node in nodes}
        seen: dict[str, list[tuple[Loc, Mapping[str, Any]]]] = {}
        last = -1
        for where, raw in self.each(parent, "item", loc):
            if not isinstance(raw, Mapping):
                self.fatal(where, "not an item")
                continue
            link_id = self.link_id = self.text(raw, "linkId", where)
            if link_id not in known:
                self.fatal(where, "not where the form has it" if link_id in self.form else "no item of the form")
                continue
            if known[link_id].index < last:
                self.fatal(where, "out of the order of the form")
            last = max(last, known[link_id].index)
            seen.setdefault(link_id, []).append((where, raw))
        for node in nodes:
            self.link_id = node.item.link_id
            self._occurrences(node, at, seen.get(node.item.link_id, []), loc)

    def _occurrences(self, node: Node, at: At, found: list[tuple[Loc, Mapping[str, Any]]], loc: Loc) -> None:
        item = node.item
        applies = self.walk.on(node, at)
        if found and not applies:
            self.fatal(found[0][0], "answered, but it does not apply (enableWhen)")
            return
        is_group = item.type == "group"
        if not found:
            if self.is_done and applies and item.fewest and self._can_answer(node, at):
                self.fatal(loc, "required, and not answered")
            return
        if len(found) > 1 and not (is_group and node.level):
            self.fatal(found[1][0], "there twice, though it does not repeat")
        if is_group and self.is_done and item.required and not any(raw.get("item") for _, raw in found):
            self.fatal(found[0][0], "a required group without answers")
        if is_group and self.is_done and item.repeats and len(found) < item.fewest:
            self.fatal(found[0][0], f"fewer than {item.fewest} times")
        if is_group and item.repeats and item.max_occurs is not None and len(found) > item.max_occurs:
            self.fatal(found[item.max_occurs][0], f"more than {item.max_occurs} times")
        for index, (where, raw) in enumerate(found if is_group else found[:1]):
            self.link_id = item.link_id
            if is_group:
                self._group(node, (*at, index) if node.level else at, raw, where)
            elif node.is_question:
                self._question(node, at, raw, where)
            elif raw.get("answer") or raw.get("item"):
                self.fatal(where, "a display has no answer")

    def _group(self, node: Node, at: At, raw: Mapping[str, Any], loc: Loc) -> None:
        if raw.get("answer"):
            self.fatal((*loc, "answer"), "a group has no answer of its own")
        self._items(node.children, at, raw, loc)

    def _question(self, node: Node, at: At, raw: Mapping[str, Any], loc: Loc) -> None:
        if raw.get("item"):
            self.fatal((*loc, "item"), "items of a question stand under its answer")
        given: list[Value] = []
        for where, one in self.each(raw, "answer", loc):
            self.link_id = node.item.link_id
            value = {values.kind(one): values.content(one)} if isinstance(one, Mapping) else {}
            if not isinstance(one, Mapping) or "" in value:
                self.fatal(where, "an answer without value[x]")
                continue
            if sum(name.startswith("value") for name in one) > 1:
                self.fatal(where, "an answer with more than one value[x]")
            self._refuse(refusals(node.item, value), where)
            inside = (*at, len(given)) if node.level else at
            given.append(value)
            self._items(node.children, inside, one, where)
        self.link_id = node.item.link_id
        self._refuse(together(node.item, given), loc)
        if given and node.item.value_set:
            self.odd(loc, f"not held against the value set {node.item.value_set[:200]}, which the form does not hold")
        if self.is_done and not given and node.item.fewest:
            self.fatal(loc, "required, and not answered")

    def _refuse(self, found: list[Refusal], loc: Loc) -> None:
        for one in found:
            self.fatal(loc, _SAID[one.reason].format(one.bound).removesuffix(": "))

    def _can_answer(self, node: Node, at: At) -> bool:
        """Whether anybody could: it is asked, has a value of its own, or holds something of the kind."""
        if node.is_question:
            return node.asks or bool(node.fixed)
        at = (*at, 0) if node.level else at
        return any(self._can_answer(child, at) for child in node.children if self.walk.on(child, at))
