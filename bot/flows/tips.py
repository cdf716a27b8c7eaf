"""Pieces of advice as they come: which one, whether now, and what it looks like."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.flows.content import Content
from bot.flows.flow import Turn, spoken, standing, wrong
from bot.model import (
    CancelReminders,
    Due,
    Facts,
    Plan,
    PlanReminder,
    PutOff,
    Reminder,
    Say,
    SetPlan,
    SettleReminder,
    WithdrawConsent,
)
from bot.practice import advice, rhythm, tailoring
from bot.practice.forms import Form
from bot.practice.items import Answers

DUE_NEEDS = frozenset({"consents", "patient", "plan", "reading", "flags", "topics", "past", "bookings"})

OWN = "own"
"""The topic of a practitioner's own line."""
FEW = ("done", "later", "not_mine")
MORE = ("evening", "pause", "stop")

SAYS = (
    *(spoken(f"plan.{heading}") for heading in ("idea", "after_visit", "to_keep")),
    spoken("plan.tip", "heading", "reason", "do", "why", "source", "mark", choices=("more", *FEW, *MORE)),
    spoken("plan.source", "sources"),
    spoken("plan.general"),
    *(spoken(f"plan.mark_{mark}") for mark in ("done", "not_mine")),
    spoken("plan.own_line", "clinic", "line", choices=("done", "later", "stop")),
    spoken("plan.held"),
    spoken("plan.still_wanted", choices=("go_on", "stop")),
)


def is_running(plan: Plan | None) -> bool:
    """Whether advice is being sent, or would be but for a pause."""
    return plan is not None and plan.state != "off"


def stop_sending(turn: Turn, patient_id: int | None = None) -> None:
    """No more advice, nor the weekly question; what was planned goes with it. Of whoever the event came from, unless
    the practice names a patient."""
    if turn.facts.plan:
        turn.do(SetPlan(replace(turn.facts.plan, state="off"), patient_id))
    turn.do(CancelReminders("advice", patient_id))
    turn.do(CancelReminders("again", patient_id))
    turn.do(CancelReminders("checkin", patient_id))


def rests(plan: Plan, now: datetime) -> bool:
    """Whether nothing is to come now: in a pause, or until they say whether to go on."""
    return plan.state == "asked" or (plan.paused_until is not None and plan.paused_until > now)


def switch_off(turn: Turn) -> None:
    """Somebody wants no advice any more."""
    stop_sending(turn)
    turn.do(WithdrawConsent("reminders"))


class Tips:
    """What is done about advice, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.quiet = content.clinic.quiet_hours
        self.edition = tailoring.edition(content.advice, content.safety, (content.form, content.check))
        clinic = content.clinic
        self.numbers = {
            "emergency": clinic.numbers.emergency,
            "phone": clinic.phone,
            "out_of_hours": clinic.numbers.out_of_hours,
        }

    # --- when

    def last(self, turn: Turn) -> datetime | None:
        """When the last piece of advice came."""
        return max(turn.facts.topics.values(), default=None)

    def go_on(self, turn: Turn, plan: Plan, last: datetime | None = None, after: datetime | None = None) -> None:
        """The plan as it is now, and its next piece of advice in the place of whatever was planned."""
        turn.do(SetPlan(plan))
        turn.do(PlanReminder("advice", rhythm.next_of(plan, self.quiet, after or turn.facts.now, last)))

    def begin_anew(self, turn: Turn, plan: Plan) -> None:
        """The same where something may be planned already."""
        turn.do(CancelReminders("advice"))
        self.go_on(turn, plan, self.last(turn))

    def paused(self, turn: Turn, plan: Plan) -> datetime:
        """Nothing comes until then. Twice is once."""
        if plan.state == "paused" and plan.paused_until and plan.paused_until > turn.facts.now:
            return plan.paused_until
        until = turn.facts.now + rhythm.WEEK
        turn.do(CancelReminders("again"))
        self.begin_anew(turn, replace(plan, state="paused", paused_until=until))
        return until

    # --- sending

    def post(self, turn: Turn, event: Due) -> None:
        """Advice that has come due: sent, or put off while somebody is answering, or skipped if its time has passed;
        then the next is planned. The last of many that nobody looks at asks whether to go on."""
        plan, reminder, now = turn.facts.plan, event.reminder, turn.facts.now
        if plan is None or not self.is_wanted(turn) or plan.state == "asked":
            turn.do(SettleReminder(reminder.id, "cancelled"))
        elif self.is_too_late(turn, reminder) or self.has_just_come(turn):
            turn.do(SettleReminder(reminder.id, "missed"))
            self.go_on(turn, plan, self.last(turn), max(now, reminder.wanted_at))
        elif later := self.waits(turn):
            turn.do(PutOff(reminder.id, later))
        else:
            self.decide(turn, plan, reminder)

    def again(self, turn: Turn, event: Due) -> None:
        """Advice that was put off to the evening: not where something rules it out since."""
        reminder, plan = event.reminder, turn.facts.plan
        topic = self.content.advice.topic(reminder.topic)
        if plan is None or topic is None or not self.is_wanted(turn) or turn.facts.signs_stand:
            turn.do(SettleReminder(reminder.id, "cancelled"))
        elif self.is_too_late(turn, reminder):
            turn.do(SettleReminder(reminder.id, "missed"))
        elif later := self.waits(turn):
            turn.do(PutOff(reminder.id, later))
        elif not tailoring.suits(topic, self.person(turn, self.read(turn, plan))):
            turn.do(SettleReminder(reminder.id, "cancelled"))
        else:
            turn.do(SettleReminder(reminder.id, "sent", topic.id))
            turn.says.append(self.tip(turn, plan, reminder, topic))

    def aftercare(self, turn: Turn, event: Due) -> None:
        """Advice for the rest of the day of a visit, beside what was chosen: of that, none comes close behind it."""
        reminder, plan = event.reminder, turn.facts.plan
        if plan is None or rests(plan, turn.facts.now) or not self.is_wanted(turn) or turn.facts.signs_stand:
            turn.do(SettleReminder(reminder.id, "cancelled"))
        elif self.is_too_late(turn, reminder):
            turn.do(SettleReminder(reminder.id, "missed"))
        elif later := self.waits(turn):
            turn.do(PutOff(reminder.id, later))
        elif (pick := self.choose(turn, self.read(turn, plan))) and (topic := self.unsaid(turn, pick)):
            turn.do(SettleReminder(reminder.id, "sent", topic.id))
            turn.says.append(self.tip(turn, plan, reminder, topic, self.content.advice.reason(pick.reason)))
        else:
            turn.do(SettleReminder(reminder.id, "missed"))

    def unsaid(self, turn: Turn, pick: tailoring.Pick) -> advice.Topic | None:
        """The advice chosen, if it is for after a visit and none has come since that ended."""
        topic, visit, last = self.content.advice.topic(pick.topic), turn.facts.last_visit, self.last(turn)
        if topic is None or "treatment" not in topic.phases or visit is None or (last is not None and last > visit):
            return None
        return topic

    def decide(self, turn: Turn, plan: Plan, reminder: Reminder) -> None:
        """Which advice it is to be; a warning sign holds all of it back, and that is said once."""
        after = max(turn.facts.now, reminder.wanted_at)
        if turn.facts.signs_stand:
            turn.do(SettleReminder(reminder.id, "missed"))
            self.go_on(turn, replace(plan, held=True), self.last(turn), after)
            if not plan.held:
                turn.says.append(self.bulk(turn, plan, reminder, Say("plan.held", offers=(wrong(),))))
            return
        counted = plan.ignored
        plan = replace(self.watched(turn, plan), held=False, state="on", paused_until=None)
        if plan.lines:
            turn.do(SettleReminder(reminder.id, "sent", OWN))
            self.go_on(turn, replace(plan, lines=plan.lines[1:]), turn.facts.now, after)
            offers = (tuple(standing(code, reminder.id, code) for code in ("done", "later", "stop")), wrong())
            values = {"clinic": self.content.clinic.name, "line": plan.lines[0]}
            turn.says.append(self.bulk(turn, plan, reminder, Say("plan.own_line", values, offers)))
            return
        if plan.ignored >= rhythm.ASKED_AFTER:
            turn.do(SettleReminder(reminder.id, "sent"))
            turn.do(SetPlan(replace(plan, state="asked")))
            offers = ((standing("go_on", reminder.id, "go_on"), standing("stop", reminder.id, "stop")), wrong())
            turn.says.append(self.bulk(turn, plan, reminder, Say("plan.still_wanted", offers=offers)))
            return
        plan = self.read(turn, plan)
        pick = self.choose(turn, plan)
        topic = self.content.advice.topic(pick.topic) if pick else None
        turn.do(SettleReminder(reminder.id, "sent" if topic else "missed", topic.id if topic else ""))
        if pick and topic:
            self.go_on(turn, plan, turn.facts.now, after)
            turn.says.append(self.tip(turn, plan, reminder, topic, self.content.advice.reason(pick.reason)))
        else:
            # Nothing was sent that could be ignored: the same tip is not counted twice.
            self.go_on(turn, replace(plan, ignored=min(counted, plan.ignored)), self.last(turn), after)

    def is_wanted(self, turn: Turn) -> bool:
        """Whether they still want advice, have agreed to all it takes, and it reaches them."""
        agreed = {"intake", "reminders"} <= turn.facts.consents
        return agreed and is_running(turn.facts.plan) and turn.facts.account.reachable

    def is_too_late(self, turn: Turn, reminder: Reminder) -> bool:
        """Whether its hour is over, or it is night."""
        plan, now = turn.facts.plan, turn.facts.now
        assert plan is not None
        return rhythm.is_missed(reminder.wanted_at, now) or self.quiet.at(now, ZoneInfo(plan.zone))

    def has_just_come(self, turn: Turn) -> bool:
        """Whether advice came for another reason: after a visit."""
        last = self.last(turn)
        return last is not None and turn.facts.now - last < rhythm.REST

    def waits(self, turn: Turn) -> datetime | None:
        """When to look again, for somebody in the middle of an answer."""
        return rhythm.put_off(turn.heard_at, turn.facts.now) if turn.is_asked else None

    def watched(self, turn: Turn, plan: Plan) -> Plan:
        """The plan with whether anything was heard since the last advice came."""
        last = self.last(turn)
        if last is None or (plan.begun_at and last < plan.begun_at):
            return replace(plan, ignored=0)
        heard = turn.heard_at is not None and turn.heard_at > last
        return replace(plan, ignored=0 if heard else plan.ignored + 1)

    def read(self, turn: Turn, plan: Plan) -> Plan:
        """The plan with what the answers say of somebody: read anew where anything was answered since."""
        facts, content = turn.facts, self.content
        stands = f"{self.edition}:{facts.reading}"
        if plan.tags_of == stands:
            return plan
        turn.ask_for(("record", "sent", "check", "checks"))
        tags = tailoring.tags_of(content.advice, content.safety, self.told(facts))
        return replace(plan, tags=tags, tags_of=stands)

    def told(self, facts: Facts) -> list[tuple[Form, Answers]]:
        """All they answered: as it was sent, and as it is being filled in, which rules out from the first answer."""
        half_done = [facts.check] if facts.check and facts.check.status == "in-progress" else []
        return [
            *((self.content.form, one.answers) for one in (facts.sent, facts.record) if one),
            *((self.content.check, one.answers) for one in (*facts.checks, *half_done)),
        ]

    def choose(self, turn: Turn, plan: Plan) -> tailoring.Pick | None:
        """The advice that fits best now, and why."""
        return next(iter(tailoring.ranked(self.content.advice, self.person(turn, plan), turn.facts.now)), None)

    def person(self, turn: Turn, plan: Plan) -> tailoring.Person:
        """What is known of them now, as the plan has read it."""
        facts, content = turn.facts, self.content
        codes = [flag.code for flag in facts.flags]
        signs = tailoring.tags_of(content.advice, content.safety, [(content.form, {})], codes) if codes else frozenset()
        return tailoring.Person(
            plan.tags | signs,
            held=facts.signs_stand,
            last_visit=facts.last_visit,
            next_visit=facts.next_booking.starts_at if facts.next_booking else None,
            zone=ZoneInfo(plan.zone),
            sent=facts.topics,
            done=plan.done,
            unwanted=plan.left_out,
        )

    def ahead(self, turn: Turn) -> list[tuple[datetime, str]]:
        """What comes in the next seven days if nothing changes: when, and what there is to do."""
        now, found = turn.facts.now, list[tuple[datetime, str]]()
        if turn.facts.plan is None:
            return found
        plan = self.read(turn, turn.facts.plan)
        lines, sent, last, due = list(plan.lines), dict(turn.facts.topics), self.last(turn), now
        while (due := rhythm.next_of(plan, self.quiet, due, last)) <= now + rhythm.WEEK:
            then = replace(turn, facts=replace(turn.facts, now=due, topics=sent))
            pick = None if lines else self.choose(then, plan)
            topic = self.content.advice.topic(pick.topic) if pick else None
            if lines or topic:
                sent = {**sent, topic.id if topic else OWN: due}
                found.append((due, topic.told(self.numbers) if topic else lines.pop(0)))
                last = due
        return found

    # --- what it looks like

    def tip(
        self,
        turn: Turn,
        plan: Plan,
        reminder: Reminder,
        topic: advice.Topic,
        reason: str = "",
        mark: str = "",
        codes: Sequence[str] = (*FEW, "more"),
    ) -> Say:
        """A piece of advice with its buttons: a few, and the others behind one more."""
        shown = [standing(code, reminder.id, code) for code in codes if code != "not_mine" or self.may_go(topic)]
        rows = [tuple(shown[at : at + 2]) for at in range(0, len(shown), 2)]
        values = {
            "heading": Say(f"plan.{_heading(topic)}"),
            "reason": reason,
            "do": topic.told(self.numbers),
            "why": topic.why,
            "source": Say("plan.source", {"sources": cited}) if (cited := self.cited(topic)) else Say("plan.general"),
            "mark": Say(f"plan.mark_{mark}") if mark else "",
        }
        return self.bulk(turn, plan, reminder, Say("plan.tip", values, (*rows, wrong())))

    def may_go(self, topic: advice.Topic) -> bool:
        """Whether it is anybody's choice to have it no more."""
        return topic.group in self.content.advice.optional

    def cited(self, topic: advice.Topic) -> str:
        """What a piece of advice rests on, in short."""
        return ", ".join(self.content.advice.cited(topic))

    def bulk(self, turn: Turn, plan: Plan, reminder: Reminder, say: Say) -> Say:
        """Behind what answers people, and not once its hour is over or night has come."""
        now = turn.facts.now
        night = self.quiet.next_start(now, ZoneInfo(plan.zone))
        late = max(reminder.wanted_at + rhythm.LATEST, now + rhythm.ON_ITS_WAY)
        return replace(say, bulk=True, until=min(night, late))


def _heading(topic: advice.Topic) -> str:
    """What stands above a piece of advice: what to do on the day of a visit, or in an emergency, is no small idea."""
    if topic.monthly:
        return "to_keep"
    return "after_visit" if topic.phases == {"treatment"} else "idea"
