"""The way through the flows: from question to question, back, out of one and into another."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.flows.flow import (
    START,
    Aside,
    Ask,
    End,
    Flow,
    Given,
    Hand,
    Heard,
    Lacks,
    Pick,
    Refused,
    Shown,
    Stay,
    Turn,
    question,
    wrong,
)
from bot.flows.foreseen import foreseen
from bot.flows.house import House
from bot.model import Conversation, Draft, Effect, Facts, Needs, Offer, Outcome, Say

ABOUT = "patient"
"""Where a draft says which patient it is about, if that is not the account's own."""

HOMES = ("menu", "desk")
"""Flows there is no way back from."""


class Walk:
    """The scratch of one event: where the dialogue is, what is said and what is to be done."""

    def __init__(self, house: House, conversation: Conversation, facts: Facts) -> None:
        self.house = house
        self.facts = facts
        self.flow = conversation.flow
        self.drafts = dict(conversation.drafts)
        self.asking = conversation.asking
        self.passed_on = conversation.passed_on
        self.before = conversation
        self.says: list[Say] = []
        self.effects: list[Effect] = []
        self.toast: Say | None = None
        self.edit: int | None = None
        self.lead: tuple[Say, ...] = ()

    def outcome(self) -> Outcome:
        conversation = replace(
            self.before, flow=self.flow, drafts=self.drafts, asking=self.asking, passed_on=self.passed_on
        )
        return Outcome(conversation, tuple(self.says), tuple(self.effects), self.toast)

    # --- in and out

    def enter(self, name: str) -> None:
        """Go into a flow: where it was left, or from its start."""
        if name == "menu":
            name = self.house.entry("menu", self.facts) or name
        flow = self.house.flows[name]
        self.know(name, {})
        self.flow = name
        draft = self.drafts.get(name) if flow.resumes else None
        step = self.step_of(draft)
        if draft and step and self.is_open(flow):
            self.lead = (*self.lead, Say("common.resumed"))
            self.reach(step, draft.data, draft.trail)
        else:
            self.move(self.turn(name, START), (), "")

    def is_open(self, flow: Flow) -> bool:
        """Whether whoever came now would be asked something: a draft goes on only where a newcomer could begin."""
        return isinstance(flow.go(self.turn(flow.name, START)), Ask)

    def back(self) -> None:
        draft = self.drafts.get(self.flow or "")
        step = self.step_of(draft)
        if draft is None or step is None:
            self.enter("menu")
            return
        turn = self.turn(self.flow or "", draft.step, draft)
        inner = step.answer.back(turn)
        if inner:
            self.reach(step, {**draft.data, **inner.data}, draft.trail)
            return
        trail = list(draft.trail)
        while trail:
            earlier = self.house.flows[self.flow or ""].ask(trail.pop())
            if earlier and (earlier.when is None or earlier.when(turn)):
                self.reach(earlier, draft.data, tuple(trail))
                return
        self.lead = (Say("common.nothing_behind"),)
        self.enter("menu")

    def cancel(self) -> None:
        if self.flow in (None, "menu", "desk"):
            self.lead = (Say("common.nothing_to_cancel"),)
        else:
            self.drop()
            self.lead = (Say("common.cancelled"),)
        self.enter("menu")

    def drop(self) -> None:
        """What was answered in the flow in hand is forgotten."""
        flow = self.house.flows.get(self.flow or "")
        draft = self.drafts.pop(self.flow or "", None)
        if flow and draft and flow.dropped:
            turn = self.turn(flow.name, draft.step, draft)
            flow.dropped(turn)
            self.take(turn)

    # --- from question to question

    def answer(self, heard: Heard) -> None:
        """Something said to the question in hand."""
        draft = self.drafts.get(self.flow or "")
        step = self.step_of(draft)
        if draft is None or self.flow is None or self.flow not in self.house.flows:
            self.lead = (Say("common.unsure"),)
            self.enter("menu")
            return
        if step is None:
            # What it asked is settled: a visit was cancelled elsewhere, a deploy took the question out.
            self.lead = (Say("common.gone"),)
            self.enter(self.flow if self.house.may_begin(self.flow) else "menu")
            return
        turn = self.turn(self.flow, draft.step, draft)
        if isinstance(heard, Pick) and not step.answer.offers(turn, heard.code):
            self.stale()
            return
        read = step.answer.read(turn, heard)
        match read:
            case Stay():
                self.put(step, {**turn.data, **read.data}, draft.trail, asking=self.asking)
            case Aside() if self.edit is not None:
                self.toast = Say(read.key)
            case Aside():
                self.lead = (Say(read.key),)
                self.put(step, turn.data, draft.trail)
            case Refused():
                self.lead = (Say(read.key, read.values),)
                self.put(step, turn.data, draft.trail)
            case Given():
                turn.given, turn.lead = read.value, read.lead
                step.keep(turn)
                self.move(turn, draft.trail, draft.step)

    def stale(self) -> None:
        """An old or forged button: say so in passing, and put the question in hand again."""
        self.toast = Say("common.stale")
        self.edit = None
        self.put_again()

    def move(self, turn: Turn, trail: tuple[str, ...], left: str) -> None:
        """On from where the turn is to the next question, or to the end and what follows on it."""
        step = self.house.flows[turn.flow].go(turn)
        self.take(turn)
        if isinstance(step, Ask):
            behind = trail if left in ("", step.name) else (*trail, left)
            # Who comes back to a question has it, and all that followed on it, before them again.
            self.reach(step, turn.data, behind[: behind.index(step.name)] if step.name in behind else behind)
            return
        self.drafts.pop(turn.flow, None)
        self.flow = None
        if isinstance(step, Hand):
            self.hand_over(step, turn)
            return
        self.end(step, turn)
        if then := step.then(turn):
            self.enter(then)

    def hand_over(self, step: Hand, turn: Turn) -> None:
        if brought := step.brings(turn):
            self.flow = step.to
            self.move(self.turn(step.to, START, Draft(START, brought)), (), "")
        else:
            self.enter(step.to)

    def end(self, step: End, turn: Turn) -> None:
        ways = () if step.then(turn) else ((Offer("menu", "n:menu"),), *self.alarm(turn.flow))
        offers = (*step.offers(turn), *ways)
        values = dict(step.holding.make(turn)) if step.holding else {}
        kind = ""
        if turn.encloses:
            kind, values["name"], values["document"] = turn.encloses
        key = self.house.flows[turn.flow].key(step)
        self.say(Say(key, values, offers, document=kind, venue=turn.venue))

    def reach(self, step: Ask, data: Mapping[str, Any], trail: tuple[str, ...]) -> None:
        """Come to a question: what goes before it, as messages of their own, and then it."""
        if before := step.answer.before(self.turn(self.flow or "", step.name, Draft(step.name, data, trail))):
            self.says += before
            self.edit = None  # a card that was tapped stands above them
        self.put(step, data, trail)

    def put(self, step: Ask, data: Mapping[str, Any], trail: tuple[str, ...], asking: int | None = None) -> None:
        """Put a question: it is what the flow in hand waits for now."""
        name = self.flow or ""
        draft = Draft(step.name, data, trail)
        self.know(name, data)
        self.asking = self.asking + 1 if asking is None else asking
        self.drafts[name] = draft
        shown = step.answer.show(self.turn(name, step.name, draft))
        offers = self.offers(name, step.name, shown)
        self.say(Say(self.house.flows[name].key(step), shown.values, offers, photo=shown.photo))

    def put_again(self) -> None:
        draft = self.drafts.get(self.flow or "")
        step = self.step_of(draft)
        if draft and step:
            self.put(step, draft.data, draft.trail)
        else:
            self.enter("menu")

    def offers(self, flow: str, step: str, shown: Shown) -> tuple[tuple[Offer, ...], ...]:
        rows = tuple(
            tuple(
                Offer(button.code, question(flow, step, button.code, self.asking), button.label, button.ticked)
                for button in row
            )
            for row in shown.rows
        )
        ways = () if flow in HOMES else ((Offer("back", "n:back"), Offer("menu", "n:menu")),)
        return (*shown.above, *rows, *shown.standing, *ways, *self.alarm(flow))

    def alarm(self, flow: str) -> tuple[tuple[Offer, ...], ...]:
        """'Something is wrong', under whatever a patient is shown."""
        return (wrong(),) if self.facts.staff is None and flow != "wrong" else ()

    def step_of(self, draft: Draft | None) -> Ask | None:
        """The question a draft waits at; None where there is none any more, or it no longer applies."""
        if draft is None or self.flow is None or self.flow not in self.house.flows:
            return None
        step = self.house.flows[self.flow].ask(draft.step)
        if step is None or (step.when and not step.when(self.turn(self.flow, step.name, draft))):
            return None
        return step

    def turn(self, flow: str, state: str, draft: Draft | None = None) -> Turn:
        self.know(flow, draft.data if draft else {})
        data = dict(draft.data) if draft else {}
        return Turn(flow, state, self.facts, data, self.asking, passed_on=self.passed_on, drafts=self.drafts)

    def know(self, flow: str, data: Mapping[str, Any]) -> None:
        """What the flow needs is known, of the patient its draft is about: a practitioner's may be about anybody."""
        known = self.house.flows[flow] if flow else None
        if known and not known.needs <= self.facts.known:
            raise Lacks(Needs(known.needs, data.get(ABOUT), window=known.window))

    # --- what goes out

    def take(self, turn: Turn) -> None:
        """What a turn has left to say and do."""
        self.effects += turn.effects
        self.facts = turn.facts = foreseen(self.facts, turn.effects)
        self.lead = (*self.lead, *turn.lead)
        self.passed_on = turn.passed_on
        for say in turn.says:
            if say.to is None and say.edit is None and not say.card:
                self.say(say)
            else:
                self.says.append(say)
        turn.says, turn.effects, turn.lead = [], [], ()

    def say(self, say: Say) -> None:
        """To the one who spoke: the first thing said takes the place of the card a tap sits on."""
        self.says.append(replace(say, edit=self.edit, lead=(*self.lead, *say.lead)))
        self.edit, self.lead = None, ()
