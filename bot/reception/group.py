"""A group of events decided in one transaction, each as if it were alone: what `advance` says is carried out."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.model import (
    Arrival,
    Begun,
    Command,
    Contact,
    Conversation,
    Delivered,
    Due,
    Effect,
    Event,
    Facts,
    ForgetAccount,
    LinkStaff,
    Media,
    Morning,
    Needs,
    Outcome,
    Parcel,
    PutOff,
    Reach,
    Reminder,
    Ring,
    Say,
    SetReachable,
    SettleReminder,
    Tap,
    Text,
    Unreadable,
    Vacancy,
)
from bot.practice.clinic import Clinic
from bot.practice.rhythm import next_of
from bot.reception.letters import Poison, Scribe, Worded, Words
from storage.dialogue import Dialogue
from storage.post import Fate, Letter
from storage.transaction import Actor
from storage.vault import Tampered
from storage.work import Work

log = logging.getLogger(__name__)

ROUNDS = 3
"""How often `advance` may ask for facts before it has to decide."""
APOLOGY = Say(key="common.fault")
"""What is said to somebody whose message could not be worked on."""

_SPOKEN = (Tap, Text, Command, Contact, Media)
_CHANGE_WHO = (LinkStaff, SetReachable, ForgetAccount)

Advance = Callable[[Conversation, Event, Facts], Outcome | Needs]


@dataclass(frozen=True, slots=True)
class House:
    """What every decision is made with."""

    advance: Advance
    words: Words
    clinic: Clinic


@dataclass(frozen=True, slots=True)
class Step:
    """An arrival to be decided; `account_id` instead of its chat where the house itself speaks."""

    arrival: Arrival
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a parcel, as the courier tells it."""

    parcel: Parcel
    fate: Fate
    message_id: int | None = None
    reason: str = ""

    def steps(self) -> list[Step]:
        """The events that follow: somebody out of reach, and the word another dialogue waits for."""
        steps = []
        receipt = self.parcel.body.get("receipt")
        if receipt is not None:
            told = Delivered(receipt["receipt"], self.fate == "sent")
            steps.append(Step(Arrival(0, told, origin=f"delivered:{self.parcel.id}"), receipt["account"]))
        if self.reason == "blocked":
            lost = Arrival(self.parcel.chat_id, Reach(reachable=False), origin=f"blocked:{self.parcel.id}")
            steps.append(Step(lost, self.parcel.account_id))
        return steps


class Group:
    """One transaction's worth of events. Dialogues of one chat follow each other in memory, and are saved once."""

    def __init__(self, work: Work, house: House) -> None:
        self._work = work
        self._house = house
        self._scribe = Scribe(work, house.words, house.clinic.zone.key)
        self._dialogues: dict[int, Dialogue] = {}
        self._changed: dict[int, Dialogue] = {}
        self._letters: list[Letter] = []
        self._parcels: list[Parcel] = []

    def decide(self, steps: Sequence[Step]) -> list[Parcel]:
        """Decides each step that was not decided before; answers what may be sent once this has committed."""
        fresh = self._fresh(steps)
        self._load(fresh)
        for step in fresh:
            self._decide(step)
        self._flush()
        return self._parcels

    def settle(self, settlements: Sequence[Settlement]) -> list[Step]:
        """Marks what the courier is done with; answers the events that follow."""
        post = self._work.post
        post.settle([(each.parcel.id, each.fate) for each in settlements if not each.steps()])
        following: list[Step] = []
        for each in settlements:
            # Once is enough: what was settled before has been told before.
            if (steps := each.steps()) and post.settle([(each.parcel.id, each.fate)]):
                following += steps
        shown = [(each.parcel.card_id, each.message_id) for each in settlements]
        post.shown([(card, message) for card, message in shown if card is not None and message is not None])
        return following

    def set_aside(self, step: Step, reason: str) -> list[Parcel]:
        """Keeps a step that cannot be decided, sealed, for somebody to look at; the person is told."""
        fresh = self._fresh([step])
        self._load(fresh)
        for each in fresh:
            self._put_aside(each, self._dialogue(each), reason)
        self._flush()
        return self._parcels

    def put_away(self, step: Step, reason: str) -> list[Parcel]:
        """The same where the person's own dialogue cannot be opened: nobody is told."""
        for each in self._fresh([step]):
            self._put_aside(each, None, reason)
        return []

    # --- what is in hand ---

    def _fresh(self, steps: Sequence[Step]) -> list[Step]:
        """Those not decided before: Telegram's by their ids, the house's own by the rows they came from."""
        keys = {(step.arrival.bot_id, update) for step in steps if (update := step.arrival.update_id) is not None}
        new = self._work.dialogues.received(keys)
        fresh = []
        for step in steps:
            update = step.arrival.update_id
            key = (step.arrival.bot_id, update or 0)
            if update is None or key in new:
                fresh.append(step)
                new.discard(key)
        return fresh

    def _load(self, steps: Sequence[Step]) -> None:
        dialogues = self._work.dialogues
        chats = {
            step.arrival.chat_id: step.arrival.locale or self._house.clinic.locale
            for step in steps
            if step.account_id is None and not isinstance(step.arrival.event, Unreadable)
        }
        if chats:
            self._dialogues |= dialogues.by_chat(chats)
        accounts = {step.account_id for step in steps if step.account_id is not None}
        if accounts:
            self._dialogues = dialogues.by_account(accounts) | self._dialogues

    def _dialogue(self, step: Step) -> Dialogue | None:
        if isinstance(step.arrival.event, Unreadable):
            return None
        if step.account_id is not None:
            found = (each for each in self._dialogues.values() if each.account.id == step.account_id)
            return next(found, None)
        if step.arrival.chat_id not in self._dialogues:
            self._load([step])
        return self._dialogues[step.arrival.chat_id]

    def _flush(self) -> None:
        self._work.dialogues.save(list(self._changed.values()))
        self._changed.clear()
        self._parcels += self._work.post.put(self._letters)
        self._letters = []

    # --- one event ---

    def _decide(self, step: Step) -> None:
        dialogue, event = self._dialogue(step), step.arrival.event
        if isinstance(event, Unreadable):
            self._keep_aside(step, event.reason, event.raw)
        if dialogue is None:
            self._over(step)
            return
        if isinstance(event, Morning) and not self._turned(dialogue, event):
            return
        if isinstance(event, Due) and not self._work.reminders.hold(event.reminder.id):
            return
        actor = Actor(dialogue.account, dialogue.staff, self._house.words.digest)
        try:
            outcome = self._outcome(dialogue, event, actor)
            letters, labels = self._scribe.write(
                step.arrival.key, dialogue, outcome, event if isinstance(event, Tap) else None
            )
        except Poison as poison:
            self._put_aside(step, dialogue, type(poison.__cause__).__name__)
            return
        conversation = outcome.conversation
        # What the house says of its own accord leaves the dialogue in hand as it is.
        if isinstance(event, _SPOKEN):
            shown = conversation.labels if labels is None else labels
            conversation = replace(conversation, labels=shown, heard_at=self._work.now)
        self._carry_out(dialogue, step, conversation, outcome.effects, actor, letters)

    def _over(self, step: Step, effects: Sequence[Effect] = ()) -> None:
        """What was due is not due again, whatever became of it."""
        match step.arrival.event:
            case Due(reminder) if not any(isinstance(each, SettleReminder | PutOff) for each in effects):
                self._work.reminders.settle(reminder.id, "missed")
            case Ring(alarm):
                self._work.alarms.drop(alarm.id)
            case Vacancy(opening_id) if step.account_id is not None:
                self._work.waitlist.decided(opening_id, step.account_id)
            case Begun() if step.account_id is not None:
                self._work.waitlist.end(step.account_id)

    def _turned(self, dialogue: Dialogue, event: Morning) -> bool:
        return self._work.pages.turn(dialogue.account.id, event.day)

    def _outcome(self, dialogue: Dialogue, event: Event, actor: Actor) -> Outcome:
        facts = Facts(now=self._work.now, account=dialogue.account, staff=dialogue.staff)
        for _ in range(ROUNDS + 1):
            try:
                answer = self._house.advance(dialogue.conversation, event, facts)
            except Exception as fault:
                raise Poison from fault
            if isinstance(answer, Outcome):
                return answer
            gathered = self._work.gather(answer, actor)
            facts = replace(facts, known=facts.known | answer.groups, **gathered)
        raise Poison from LookupError("facts were asked for again and again")

    def _carry_out(
        self,
        dialogue: Dialogue,
        step: Step,
        conversation: Conversation,
        effects: Sequence[Effect],
        actor: Actor,
        letters: Sequence[Worded],
    ) -> None:
        person = dialogue.account
        changes_who = any(isinstance(effect, _CHANGE_WHO) for effect in effects)
        if changes_who:
            self._flush()
        if effects:
            self._work.carry_out(effects, actor)
        self._over(step, effects)
        if conversation != dialogue.conversation and not any(isinstance(each, ForgetAccount) for each in effects):
            dialogue.conversation = conversation
            self._changed[person.id] = dialogue
        self._post(letters)
        if changes_who:
            self._flush()
            # Who they are has changed: whatever comes next from this chat is decided with what stands now.
            self._dialogues.pop(person.chat_id, None)

    def _post(self, letters: Sequence[Worded]) -> None:
        for worded in letters:
            letter = worded.letter
            if worded.card:
                card, revision = self._work.post.raise_card(letter.account_id, worded.card)
                letter = replace(letter, card_id=card, card_revision=revision)
            self._letters.append(letter)

    def _put_aside(self, step: Step, dialogue: Dialogue | None, reason: str) -> None:
        event = step.arrival.event
        self._keep_aside(step, reason, repr(step.arrival).encode("utf-8", "backslashreplace"))
        self._over(step)
        if isinstance(event, Due):
            self._plan_goes_on(event.reminder)
        if isinstance(event, Morning) and dialogue is not None:
            self._turned(dialogue, event)
        if dialogue is None or not isinstance(event, _SPOKEN):
            return
        tap = event if isinstance(event, Tap) else None
        try:
            says: tuple[Say, ...] = (APOLOGY,)
            letters, _ = self._scribe.write(step.arrival.key, dialogue, Outcome(dialogue.conversation, says), tap)
        except Poison:
            letters, _ = self._scribe.write(step.arrival.key, dialogue, Outcome(dialogue.conversation), tap)
        self._post(letters)

    def _plan_goes_on(self, reminder: Reminder) -> None:
        """One tip that could not be decided does not end the plan: the next is planned."""
        if reminder.kind != "advice":
            return
        try:
            plan = self._work.plans.plan(reminder.patient_id)
        except (Tampered, LookupError):
            return
        if plan is not None and plan.state in ("on", "paused"):
            after = max(self._work.now, reminder.wanted_at)
            self._work.reminders.follow(reminder, next_of(plan, self._house.clinic.quiet_hours, after))

    def _keep_aside(self, step: Step, reason: str, raw: bytes) -> None:
        arrival = step.arrival
        log.warning("set aside: update %s (%s)", arrival.key, reason)
        self._work.dialogues.put_aside((arrival.bot_id, arrival.update_id or 0), reason, raw)
