"""The whole conversation without a database: what `advance` decides is believed, and the next event decided on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.engine import Engine
from bot.flows.content import Content
from bot.flows.flow import SCREENS
from bot.flows.foreseen import foreseen
from bot.model import (
    Account,
    Alarm,
    Booking,
    Command,
    Conversation,
    Delivered,
    Due,
    Event,
    Facts,
    Needs,
    Outcome,
    Patient,
    PlanReminder,
    Record,
    Reminder,
    Ring,
    Say,
    SetAlarm,
    Staff,
    Tap,
    Text,
)
from bot.practice.items import Item
from tests.house import practice

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ALEX, SAM = Staff(2, "practitioner", "example"), Staff(3, "contact", "reception")
EVERYTHING = frozenset(
    {
        "consents",
        "practice",
        "patient",
        "record",
        "sent",
        "check",
        "checks",
        "flags",
        "bookings",
        "busy",
        "hold",
        "plan",
    }
    | {"off", "patients", "diary", "past", "visit", "concerns", "accounts", "invite", "topics", "reminder", "reading"}
    | {"scores", "progress"}
    | {"waiting", "waitlist", "opening"}
)
EMERGENCY = {"legs": ["saddle"], "saddle": ["new"]}
_MOST = 200
_ALERT = practice().content.clinic.alert
_MINUTES = {
    "again": _ALERT.again_after_minutes,
    "second": _ALERT.second_contact_after_minutes,
    "care": _ALERT.ask_care_after_minutes,
}


@dataclass
class Paper:
    """One patient, Maria, and the practice. `told` is all that was said, (to whom, the words), the newest last."""

    facts: Facts = field(
        default_factory=lambda: Facts(
            NOW,
            Account(1, 11, "en"),
            practice=(ALEX, SAM),
            known=EVERYTHING,
            consents=frozenset({"intake"}),
            accounts=(Account(1, 11, "en"),),
        )
    )
    conversation: Conversation = field(default_factory=Conversation)
    desk_conversation: Conversation = field(default_factory=Conversation)
    told: list[tuple[int, Say, str]] = field(default_factory=list)
    planned: list[Any] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def content(self) -> Content:
        return practice().content

    @property
    def engine(self) -> Engine:
        return practice().engine

    def hear(self, event: Event, by: Staff | None = None) -> Outcome:
        """The outcome of an event of Maria's, or of somebody of the practice about her."""
        facts = (
            replace(self.facts, staff=by, account=Account(by.account_id, 10 + by.account_id, "en"))
            if by
            else self.facts
        )
        conversation = self.desk_conversation if by else self.conversation
        outcome = self.engine.advance(conversation, event, facts)
        assert not isinstance(outcome, Needs), outcome
        if not by:
            self.conversation = outcome.conversation
        self._believe(outcome)
        self.outcomes.append(outcome)
        for say in (*outcome.says, *((outcome.toast,) if outcome.toast else ())):
            to = say.to or (by.account_id if by else 1)
            message = practice().words.render(say, "en-GB", "Europe/London")
            self.told.append((to, say, message.text))
        return outcome

    def _believe(self, outcome: Outcome) -> None:
        facts = foreseen(self.facts, outcome.effects)
        patient = facts.patient or (Patient(7, "active") if facts.record else None)
        if patient is not facts.patient:
            facts = foreseen(replace(facts, patient=patient), outcome.effects)
        record, check = _numbered(facts.record, 1), _numbered(facts.check, 2)
        sent = record if record and record.submitted_at else facts.sent
        made = {0: 2 if facts.check and facts.check.status == "in-progress" else 1}
        flags = tuple(replace(flag, response_id=made.get(flag.response_id, flag.response_id)) for flag in facts.flags)
        self.facts = replace(facts, patient=patient, flags=flags, record=record, check=check, sent=sent)
        self.planned += [one for one in outcome.effects if isinstance(one, SetAlarm | PlanReminder)]

    # --- what Maria does

    def command(self, name: str) -> Outcome:
        return self.hear(Command(name))

    def types(self, words: str) -> Outcome:
        return self.hear(Text(words))

    def taps(self, code: str) -> Outcome:
        """A button of the last card of Maria's that has one, by its code."""
        for to, say, _ in reversed(self.told):
            found = [offer for row in say.offers for offer in row if code in (offer.code, offer.data)]
            if to == 1 and found:
                return self.hear(Tap(found[0].data, "c", 1))
        raise AssertionError(f"nothing offers {code}")

    def picks(self, time: str) -> Outcome:
        """A free time, as the code of its button has it, by way of its day."""
        self.taps(time.partition("T")[0])
        return self.taps(time)

    @property
    def asked(self) -> Item | None:
        """The question of a form that waits for an answer."""
        flow = self.conversation.flow
        draft = self.conversation.drafts.get(flow or "")
        if flow not in ("intake", *SCREENS) or draft is None or draft.step != "asking":
            return None
        form = self.content.form if flow == "intake" else self.content.check
        return form.item(draft.data["place"].partition("@")[0])

    def answers(self, wanted: Mapping[str, Sequence[str]] | None = None) -> list[str]:
        """Every question up to the review or the end: what is wanted by linkId (codes to tick, or words to type), else
        as somebody with nothing to worry about; the linkIds asked, and how often Maria tapped or typed."""
        steps = []
        while (item := self.asked) is not None:
            steps.append(item.link_id)
            assert len(steps) < _MOST, steps
            self.answer(item, (wanted or {}).get(item.link_id))
        return steps

    def answer(self, item: Item, wanted: Sequence[str] | None = None) -> None:
        """One question."""
        codes = list(wanted) if wanted is not None else plain(item)
        if codes and not item.options and item.type not in ("boolean", "group") and codes != ["skip"]:
            self.types(codes[0])
            return
        for code in codes:
            option = next((one for one in item.options if coded(one.value) == code), None)
            self.taps(f"{item.digest}.{option.digest}" if option else code)
        still = self.asked is item and self.conversation.drafts[self.conversation.flow or ""].data
        if item.repeats and item.options and still:
            self.taps("done")

    # --- what the practice does, and what the clock does

    def desk(self, verb: str, by: Staff = ALEX) -> Outcome:
        """A button of Maria's card."""
        return self.hear(Tap(f"s:{verb}:7", "c", 1), by)

    def delivered(self, ok: bool = True) -> Outcome:
        """The courier's word on the last alarm."""
        receipt = next(say.receipt for _, say, _ in reversed(self.told) if say.receipt)
        return self.hear(Delivered(receipt, ok))

    def rings(self, step: Any) -> Outcome:
        """An alarm set before, at its time."""
        alarm = next(one for one in self.planned if isinstance(one, SetAlarm) and one.step == step)
        self.facts = replace(self.facts, now=max(alarm.due_at, self.facts.now))
        set_at = alarm.due_at - timedelta(minutes=_MINUTES[step])
        return self.hear(Ring(Alarm(1, 7, 1, step, alarm.due_at, set_at)))

    def due(self, kind: Any) -> Outcome:
        """The last reminder of a kind, at its time."""
        return self.comes([one for one in self.planned if isinstance(one, PlanReminder) and one.kind == kind][-1])

    def comes(self, planned: PlanReminder, late: timedelta = timedelta()) -> Outcome:
        """A planned reminder, at its time or so much later; a button under it names it."""
        visit = self.facts.bookings[0].id if self.facts.bookings else None
        reminder = Reminder(1, 7, 1, planned.kind, planned.due_at, "planned", planned.topic, visit)
        self.facts = replace(self.facts, now=planned.due_at + late, reminder=reminder)
        return self.hear(Due(reminder))

    def waits(self, **stretch: float) -> None:
        self.facts = replace(self.facts, now=self.facts.now + timedelta(**stretch))

    def heard(self, key: str, to: int | None = None) -> str:
        """The words of what was said last under a key."""
        return next((text for one, say, text in reversed(self.told) if say.key == key and to in (None, one)), "")


def in_an_emergency() -> Paper:
    """Maria, who has just told a sign that calls for help at once."""
    paper = Paper()
    paper.command("assessment")
    paper.answers(EMERGENCY)
    return paper


def sent() -> Paper:
    """Maria, who has sent her assessment."""
    paper = Paper()
    paper.command("assessment")
    paper.answers()
    paper.taps("send")
    paper.told.clear()
    return paper


def with_record(paper: Paper, **changes: Any) -> Facts:
    """The facts, with the assessment changed behind the conversation's back."""
    record = paper.facts.record
    assert isinstance(record, Record)
    return replace(paper.facts, record=replace(record, **changes))


def to_whom(paper: Paper, key: str) -> list[int]:
    """The accounts that were told this, oldest first."""
    return [to for to, say, _ in paper.told if say.key == key]


def ended(at: datetime) -> Booking:
    """A visit of Maria's that ended then."""
    return Booking(9, 7, "first", "example", at - timedelta(hours=1), at, "Europe/London", "booked")


def _numbered(record: Record | None, number: int) -> Record | None:
    return replace(record, id=number) if record and not record.id else record


def coded(value: Mapping[str, Any]) -> str:
    """The code of an option, or what else it is."""
    held = next(iter(value.values()))
    return str(held.get("code", "")) if isinstance(held, Mapping) else str(held)


def plain(item: Item) -> list[str]:
    """What somebody with nothing to worry about answers: codes to tap, or one text to type."""
    if item.options:
        codes = [coded(one.value) for one in item.options]
        quiet = next((code for code in ("none", "no", "nothing", "days", "low-middle") if code in codes), codes[0])
        return [quiet]
    if item.type == "boolean" or not item.is_question:
        return ["no"]
    if item.type in ("integer", "decimal", "quantity"):
        return ["3"]
    if item.type == "date":
        return ["3 May 1980"]
    number = "01632 960200"
    typed = {"phone": number, "contact-phone": number, "full-name": "Maria Example", "call-me": "Maria"}
    return [typed.get(item.link_id, "As before")]
