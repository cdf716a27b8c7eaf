"""The assessment: a few states that drive the form, so that seven hundred items are not seven hundred states."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.flows import places
from bot.flows.answers import Choice, Holds, Paged
from bot.flows.asking import answers_of
from bot.flows.assessment import (
    IDENTIFIES,
    NEEDS,
    SAYS,
    Assessment,
    has_open_emergency,
    has_sent,
    nobody_can_be_told,
)
from bot.flows.content import Content
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, fixed, picked, route, spoken
from bot.flows.foreseen import foreseen
from bot.flows.holding import give_up, keep_longer
from bot.flows.telling import packed
from bot.flows.welcome import has_not_agreed
from bot.model import (
    CancelReminders,
    CloseRecord,
    DropRecord,
    Due,
    Erase,
    Identify,
    KeepScores,
    Offer,
    OpenEpisode,
    OpenRecord,
    PlanReminder,
    SaveAnswer,
    Say,
    SettleReminder,
)
from bot.practice import summary
from bot.practice.items import Place

NUDGES = {"": timedelta(days=1), "last": timedelta(days=3)}
"""How long after the last answer a word comes about an assessment half done; then silence."""
NUDGE_NEEDS = frozenset({"consents", "patient", "record", "flags"})

_CUT = 60
_ROOM = 3600
_CUTS = (1000, 300, 150, 100)


class Intake(Assessment):
    """The assessment, from the first question to what was sent, amended, or begun anew."""

    def __init__(self, content: Content) -> None:
        super().__init__(content, "intake")

    # --- guards

    def is_asked(self, turn: Turn) -> bool:
        """Whether the practitioner has put a question that is not answered yet."""
        return has_sent(turn) and self.asked(turn) is not None

    def asked(self, turn: Turn) -> Place | None:
        record = foreseen(turn.facts, turn.effects).record
        asked = record.asked if record else ()
        return next((place for place in self.form.questions(answers_of(turn)) if str(place) in asked), None)

    def was_asked(self, turn: Turn) -> bool:
        return bool(turn.data.get("asked"))

    def was_asked_in_vain(self, turn: Turn) -> bool:
        """Whether the answer to the practitioner's question cannot reach anybody."""
        return self.was_asked(turn) and nobody_can_be_told(turn)

    def has_changes(self, turn: Turn) -> bool:
        """Whether there is anything to send: a draft, or a change of what was sent."""
        record = turn.facts.record
        return record is None or record.status == "in-progress" or bool(record.was)

    def may_amend(self, turn: Turn) -> bool:
        """Until the visit: afterwards what was sent stays, and a new trouble gets an assessment of its own."""
        record, last = turn.facts.record, turn.facts.last_visit
        return record is not None and (last is None or record.submitted_at is None or last < record.submitted_at)

    def may_begin_anew(self, turn: Turn) -> bool:
        """Not while a sign waits for the practitioner, nor before a visit that stands on what was sent."""
        return not turn.facts.bookings and not turn.facts.signs_stand

    def has_unsent_changes(self, turn: Turn) -> bool:
        """Whether something sent was changed, and the practitioner does not have it yet."""
        return turn.facts.record is not None and bool(turn.facts.record.was)

    # --- deeds

    def begin(self, turn: Turn) -> None:
        self.open(turn)
        if any(isinstance(one, OpenRecord) for one in turn.effects):
            self.plan_nudge(turn)

    def plan_nudge(self, turn: Turn) -> None:
        turn.do(CancelReminders("nudge"))
        turn.do(PlanReminder("nudge", turn.facts.now + NUDGES[""]))

    def begin_anew(self, turn: Turn) -> None:
        """A new trouble: the assessment before is kept; who the patient is need not be asked again."""
        before = turn.facts.record.answers if turn.facts.record else {}
        turn.do(OpenEpisode())
        self.begin_with(turn, {place: given for place, given in before.items() if place in IDENTIFIES})
        self.plan_nudge(turn)

    def keep(self, turn: Turn) -> None:
        super().keep(turn)
        keep_longer(turn)

    def sound_alarm(self, turn: Turn) -> None:
        give_up(turn)
        if self.was_asked(turn):
            turn.do(CloseRecord("amended"))
        super().sound_alarm(turn)

    def put_asked(self, turn: Turn) -> None:
        """The question the practitioner has put."""
        self.refit(turn)
        turn.data["asked"] = True
        turn.data["place"] = str(self.asked(turn) or "")
        turn.lead = (*turn.lead, Say("intake.practitioner_asks"))

    def settle_asked(self, turn: Turn) -> None:
        """Answered: the card has it, and the practitioner hears of it."""
        changes = self.changed(turn)
        turn.do(CloseRecord("amended"))
        self.card.show(turn, "desk.answered", {"changes": changes})

    def drop(self, turn: Turn) -> None:
        """Nothing of somebody too young is kept; a record sent before stays as it was."""
        turn.effects = [effect for effect in turn.effects if not isinstance(effect, SaveAnswer | Identify)]
        give_up(turn)
        if has_sent(turn):
            self.card.show(turn, "desk.too_young")
        elif turn.facts.patient:
            turn.do(DropRecord())
            turn.do(Erase(turn.facts.patient.id))

    def change(self, turn: Turn) -> None:
        """Back into one question; its answer stands until another is given."""
        asked = places.listed(self.form, answers_of(turn))
        place = next((one for one in asked if places.code(self.form, one) == turn.given), None)
        turn.data["place"] = str(place or "")

    def send(self, turn: Turn) -> None:
        again = has_sent(turn)
        changes = self.changed(turn)
        turn.do(CloseRecord("amended" if again else "completed"))
        turn.do(CancelReminders("nudge"))
        scores = summary.scores(self.form, answers_of(turn))
        if scores:
            turn.do(KeepScores({score.code: float(score.value) for score in scores}))
        if again:
            self.card.show(turn, "desk.amended", {"changes": changes})
        else:
            self.card.show(turn, "desk.new_intake")

    def changed(self, turn: Turn) -> tuple[Say, ...]:
        """What has been changed since the assessment was sent."""
        record = foreseen(turn.facts, turn.effects).record
        return self.card.changes(record.was, record.answers) if record else ()

    def nudge(self, turn: Turn, event: Due) -> None:
        """An assessment half done: a word after a day, another after three, then none."""
        record, reminder, now = turn.facts.record, event.reminder, turn.facts.now
        if (
            record is None
            or record.touched_at is None
            or record.status != "in-progress"
            or has_not_agreed(turn)
            or has_open_emergency(turn)
        ):
            turn.do(SettleReminder(reminder.id, "cancelled"))
            return
        due = record.touched_at + NUDGES.get(reminder.topic, NUDGES["last"])
        if now < due:
            turn.do(SettleReminder(reminder.id, "cancelled"))
            turn.do(PlanReminder("nudge", due, reminder.topic))
            return
        turn.do(SettleReminder(reminder.id, "sent", reminder.topic))
        if not reminder.topic:
            turn.do(PlanReminder("nudge", record.touched_at + NUDGES["last"], "last"))
        answers = record.answers
        asked = self.form.questions(answers)
        left = sum(1 for place in asked if str(place) not in answers)
        values = {"left": max(left, 1), **self.sent(turn)}
        turn.says.append(Say("intake.nudge", values, ((Offer("go_on", "n:assessment"),),), bulk=True))

    # --- what is shown

    def reviewed(self, turn: Turn) -> list[tuple[Say, ...]]:
        """Every answer as a line: in one message if little is cut for it, else in several."""
        answers = answers_of(turn)
        asked = [place for place in self.form.questions(answers) if self.form.item(place).is_question]
        packs: list[tuple[Say, ...]] = []
        for most in _CUTS:
            packs = packed([self.line(answers, place, most) for place in asked], _ROOM)
            if len(packs) == 1:
                return packs
        return packs

    def changeable(self, turn: Turn) -> list[tuple[str, object]]:
        asked = places.listed(self.form, answers_of(turn))
        return [(places.code(self.form, place), places.called(self.form, place, _CUT)) for place in asked]

    def sent_before(self, turn: Turn) -> dict[str, object]:
        record = turn.facts.record
        return {"at": (record.submitted_at if record else None) or turn.facts.now}


class Review(Choice):
    """Everything answered, in as many messages as it takes; under the last of them, what to do with it."""

    def __init__(self, on: Intake, *codes: str, offered: Callable[[Turn], Sequence[str]]) -> None:
        super().__init__(
            *codes, offered=offered, holds=Holds(("lines",), lambda turn: {"lines": on.reviewed(turn)[-1]})
        )
        self._on = on

    def before(self, turn: Turn) -> tuple[Say, ...]:
        return tuple(Say("intake.reviewed", {"lines": lines}) for lines in self._on.reviewed(turn)[:-1])


def intake(content: Content) -> Flow:
    """The assessment, from the first question to what was sent."""
    on = Intake(content)
    phone = fixed(phone=content.clinic.phone)
    copy = ((Offer("copy", "n:copy"),),)

    def next_offered(turn: Turn) -> tuple[str, ...]:
        return (
            *(("amend",) if on.may_amend(turn) else ()),
            *(("anew",) if on.may_begin_anew(turn) else ()),
            "keep",
        )

    def after_review(turn: Turn) -> tuple[str, ...]:
        return ("send", "change") if on.has_changes(turn) else ("change", "keep")

    return Flow(
        "intake",
        needs=NEEDS,
        resumes=False,
        steps=[
            Ask("again", Choice("amend", "anew", "keep", offered=next_offered, holds=Holds(("at",), on.sent_before))),
            Ask("asking", on.question, keep=on.keep),
            Ask(
                "review",
                Review(on, "send", "change", "keep", offered=after_review),
            ),
            Ask("change", Paged(on.changeable, also=("keep",))),
            End(
                "sent",
                then=lambda turn: "booking",
                holding=Holding(("doctor",), on.sent),
                choices=("copy",),
                offers=lambda turn: copy,
            ),
            End("answered", holding=Holding(("doctor",), on.sent)),
            End("as_sent"),
            End("unsent", holding=Holding(("phone", "doctor"), lambda turn: {**phone.make(turn), **on.sent(turn)})),
            on.urgent("emergency"),
            on.urgent("held"),
            End("too_young", holding=phone),
            End("nobody", holding=phone),
            Hand("consent", "welcome"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "held", when=has_open_emergency, do=on.sound_again),
            route(START, "nobody", when=nobody_can_be_told),
            route(START, "asking", when=on.is_asked, do=on.put_asked),
            route(START, "review", when=on.has_unsent_changes),
            route(START, "again", when=has_sent),
            route(START, "review", when=on.nothing_is_open),
            route(START, "asking", do=on.begin),
            route("again", "asking", when=picked("anew"), do=on.begin_anew),
            route("again", "as_sent", when=picked("keep")),
            route("again", "review"),
            route("asking", "too_young", when=on.is_too_young, do=on.drop),
            route("asking", "emergency", when=on.is_emergency, do=on.sound_alarm),
            route("asking", "held", when=has_open_emergency),
            route("asking", "asking", when=on.more_is_open, do=on.go_on),
            route("asking", "asking", when=on.is_asked, do=on.put_asked),
            route("asking", "unsent", when=on.was_asked_in_vain),
            route("asking", "answered", when=on.was_asked, do=on.settle_asked),
            route("asking", "review"),
            route("review", "change", when=picked("change")),
            route("review", "as_sent", when=picked("keep")),
            route("review", "unsent", when=nobody_can_be_told),
            route("review", "sent", do=on.send),
            route("change", "review", when=picked("keep")),
            route("change", "asking", do=on.change),
        ],
        says=(
            *SAYS,
            *places.SAYS,
            spoken("intake.reviewed", "lines"),
            spoken("intake.practitioner_asks"),
            spoken("intake.asked", "question", choices=("answer",)),
            spoken("intake.nudge", "left", "doctor", choices=("go_on",)),
            spoken("desk.new_intake", "name"),
            spoken("desk.too_young", "name"),
            spoken("desk.amended", "name", "changes"),
            spoken("desk.answered", "name", "changes"),
        ),
    )
