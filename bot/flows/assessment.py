"""Filling a form: the assessment, or the short screen before a visit. Guards are questions, deeds are done."""

from typing import cast
from zoneinfo import ZoneInfo

from bot.flows.alerts import Alerts, emergencies, reachable
from bot.flows.asking import PHONE, Question, answers_of
from bot.flows.card import NEEDS as CARD_NEEDS
from bot.flows.card import Card
from bot.flows.content import Content
from bot.flows.flow import End, Holding, Turn, spoken, standing
from bot.flows.foreseen import foreseen
from bot.flows.places import called
from bot.flows.telling import short, told_all
from bot.model import (
    Facts,
    Flag,
    Identify,
    Kind,
    Offer,
    OpenRecord,
    RaiseFlag,
    Refit,
    SaveAnswer,
    Say,
    SettleFlags,
)
from bot.practice import screening
from bot.practice import values as fhir
from bot.practice.items import Answers, Place
from bot.practice.screening import LEVELS

IDENTIFIES = {"full-name": "full_name", "call-me": "name", "born": "birth_date", PHONE: "phone"}
"""The items of the form that say who the patient is."""

NEEDS = CARD_NEEDS | {"consents"}
_CUT = 60
_MOST_IN_A_LINE = 12

SAYS = (
    spoken("intake.line", "question", "answer"),
    spoken("intake.skipped"),
    spoken("intake.dropped", "n"),
    spoken("intake.welcome_back", "answered", "left"),
    spoken("intake.see_doctor", "out_of_hours", "phone"),
    spoken("intake.telling", "phone"),
    spoken("intake.practice_knows", "phone"),
    spoken("desk.new_flag", "name", "flags"),
)


def has_open_emergency(turn: Turn) -> bool:
    """Whether an emergency flag waits for the practitioner."""
    return bool(emergencies(turn.facts))


def nobody_can_be_told(turn: Turn) -> bool:
    """Whether no practitioner is linked and reachable."""
    return not any(one.role == "practitioner" for one in reachable(turn.facts))


def has_sent(turn: Turn) -> bool:
    """Whether the newest assessment has been sent."""
    return turn.facts.record is not None and turn.facts.record.status in ("completed", "amended")


def is_unknown(turn: Turn) -> bool:
    """Whether no assessment of this person's was ever sent: the practice has nothing to go by."""
    return turn.facts.sent is None


def has_not_begun(turn: Turn) -> bool:
    """Whether there is nothing of an assessment, sent or half done."""
    record = turn.facts.record
    return is_unknown(turn) and (record is None or record.status != "in-progress")


def needs_doctor(facts: Facts) -> bool:
    """Whether a doctor should look at something nobody has decided on."""
    return any(flag.level == "doctor" and flag.is_waiting for flag in facts.flags)


def _is_news(known: Flag, sign: screening.Flag) -> bool:
    """Whether a sign says more than the flag that stands for it."""
    if known.state == "released":
        return sign.level != known.level
    return LEVELS.index(sign.level) < LEVELS.index(known.level)


class Assessment:
    """A form being filled, bound to a practice's rules."""

    def __init__(self, content: Content, kind: Kind) -> None:
        self.content = content
        self.kind = kind
        self.form = content.form if kind == "intake" else content.check
        self.screening = content.screening
        self.alerts = Alerts(content)
        self.card = Card(content)
        self.question = Question(self.form, content)

    @property
    def zone(self) -> ZoneInfo:
        return self.content.clinic.zone

    # --- guards

    def nothing_is_open(self, turn: Turn) -> bool:
        return turn.record is not None and self.form.pending(answers_of(turn)) is None

    def more_is_open(self, turn: Turn) -> bool:
        return self.form.pending(answers_of(turn)) is not None

    def is_too_young(self, turn: Turn) -> bool:
        today = turn.facts.now.astimezone(self.zone).date()
        return self.screening.too_young(self.form, answers_of(turn), today)

    def is_emergency(self, turn: Turn) -> bool:
        return any(flag.level == "emergency" for flag in self.fresh_flags(turn))

    # --- deeds

    def open(self, turn: Turn) -> None:
        """Begin, or go on in the draft there is."""
        record = turn.record
        if record is None or record.status != "in-progress":
            self.begin_with(turn, {})
        else:
            self.refit(turn)
            self.welcome_back(turn)
            self.go_on(turn)

    def begin_with(self, turn: Turn, known: Answers) -> None:
        """A new response, in which this much is answered already."""
        turn.do(OpenRecord(self.form.canonical, self.places(), self.kind))
        for place, given in known.items():
            turn.do(SaveAnswer(place, given, self.kind))
        turn.data["place"] = str(self.form.pending(known) or self.form.first(known) or "")

    def places(self) -> tuple[str, ...]:
        return tuple(item.link_id for item in self.form.every_item() if item.is_question)

    def refit(self, turn: Turn) -> None:
        """The form's file was replaced since: go on by linkId, and tell what it no longer asks."""
        record = turn.record
        if record is None or record.form == self.form.canonical:
            return
        turn.do(Refit(self.form.canonical, self.places(), self.kind))
        dropped = [place for place in self.form.strays(record.answers) if record.answers[place]]
        if dropped:
            turn.lead = (*turn.lead, Say("intake.dropped", {"n": len(dropped)}))

    def welcome_back(self, turn: Turn) -> None:
        answers = answers_of(turn)
        asked = self.form.questions(answers)
        answered = sum(1 for place in asked if str(place) in answers)
        if answered:
            values = {"answered": answered, "left": len(asked) - answered}
            turn.lead = (*turn.lead, Say("intake.welcome_back", values))

    def keep(self, turn: Turn) -> None:
        """One answer: kept at once, and what it means for the warning signs."""
        place, given = turn.given
        self.refit(turn)
        turn.do(SaveAnswer(place, given, self.kind))
        for link_id, field in IDENTIFIES.items():
            if place == link_id and given:
                turn.do(Identify(**{field: fhir.text(given[0])}))
        self.settle_flags(turn)

    def signs(self, turn: Turn) -> tuple[screening.Flag, ...]:
        """The warning signs in the answers so far."""
        answers = answers_of(turn)
        if turn.worked_out is None or turn.worked_out[0] != answers:
            today = turn.facts.now.astimezone(self.zone).date()
            turn.worked_out = (answers, self.screening.flags(self.form, answers, today))
        return cast(tuple[screening.Flag, ...], turn.worked_out[1])

    def own_flags(self, turn: Turn) -> tuple[Flag, ...]:
        """Those of this response: what another one told was decided with that one."""
        return tuple(flag for flag in turn.facts.flags if turn.record and flag.response_id == turn.record.id)

    def settle_flags(self, turn: Turn) -> None:
        """After every answer: one that raises no flag itself may open or close a question that does."""
        patient, record = turn.facts.patient, turn.record
        own, fresh = self.own_flags(turn), self.fresh_flags(turn)
        if patient and record:
            # A flag that is there already is raised anew only once its other reading is taken back.
            raised = {flag.code for flag in fresh}
            gone = tuple(flag.code for flag in own if flag.code in raised or self.is_over(turn, flag))
            if gone:
                turn.do(SettleFlags(patient.id, ("open", "disputed", "released"), "withdrawn", gone, record.id))
            for flag in fresh:
                turn.do(RaiseFlag(flag.code, flag.level, flag.link_id, self.kind))
        if self.is_emergency(turn):
            return
        if any(flag.level == "doctor" for flag in fresh) and not needs_doctor(turn.facts):
            turn.lead = (*turn.lead, self.see_doctor())
        if fresh and not is_unknown(turn) and (has_sent(turn) or self.kind == "check"):
            # the practitioner has read the assessment already: a new sign must not wait until more is sent
            flags = self.card.flagged(fresh, foreseen(turn.facts, turn.effects))
            self.card.show(turn, "desk.new_flag", {"flags": flags})

    def is_over(self, turn: Turn, flag: Flag) -> bool:
        """Whether the answers do not show a flag any more. An emergency stays until the practitioner has decided, and
        what was decided goes with the answer it was decided on: said again, it is a new sign."""
        now = {sign.code: sign.level for sign in self.signs(turn)}
        if flag.state == "released":
            return now.get(flag.code) != flag.level
        return flag.code not in now and flag.level != "emergency"

    def fresh_flags(self, turn: Turn) -> tuple[Flag, ...]:
        """The flags this answer has raised, made graver, or shown again otherwise than they were decided on."""
        own = {flag.code: flag for flag in self.own_flags(turn)}
        response = turn.record.id if turn.record else 0
        return tuple(
            Flag(sign.code, sign.level, "open", sign.link_id, response_id=response)
            for sign in self.signs(turn)
            if sign.code not in own or _is_news(own[sign.code], sign)
        )

    def go_on(self, turn: Turn) -> None:
        """To the first question still open."""
        pending = self.form.pending(answers_of(turn))
        if pending:
            turn.data["place"] = str(pending)

    def sound_alarm(self, turn: Turn) -> None:
        turn.data["told"] = self.alerts.raise_alarm(turn, self.fresh_flags(turn))
        self.card.show(turn)

    def sound_again(self, turn: Turn) -> None:
        """Whoever comes back while nobody of the practice knows: somebody may be in reach by now."""
        if self.telling(turn) != "intake.practice_knows":
            turn.data["told"] = self.alerts.sound(turn, emergencies(turn.facts))

    # --- what is shown

    def line(self, answers: Answers, place: Place, most: int) -> Say:
        """A question and its answer, neither longer than `most`."""
        given = told_all(self.form.values(place, answers))
        cut = tuple(short(one, most) if isinstance(one, str) else one for one in given[:_MOST_IN_A_LINE])
        question = called(self.form, place, min(most, _CUT))
        return Say("intake.line", {"question": question, "answer": cut or Say("intake.skipped")})

    def sent(self, turn: Turn) -> dict[str, object]:
        """Whether a doctor should look, said whether or not a visit is booked."""
        return {"doctor": self.see_doctor() if needs_doctor(foreseen(turn.facts, turn.effects)) else ""}

    def see_doctor(self) -> Say:
        clinic = self.content.clinic
        return Say("intake.see_doctor", {"out_of_hours": clinic.numbers.out_of_hours, "phone": clinic.phone})

    def emergency(self, turn: Turn) -> dict[str, object]:
        """The numbers to call, large; and what is true of the practice being told."""
        phone = self.content.clinic.phone
        telling = Say(self.telling(turn), {"phone": phone})
        return {"advice": self.alerts.advice(turn.facts), "telling": telling, "phone": phone}

    def telling(self, turn: Turn) -> str:
        """What is true of the practice being told, and no more."""
        waiting = [flag.told for flag in emergencies(turn.facts)]
        if waiting and all(waiting):
            return "intake.practice_knows"
        return "intake.telling" if turn.data.get("told", True) else "intake.not_told"

    def urgent(self, name: str) -> End:
        """The end at which an emergency is told of: it can be said to be a mistaken tap."""
        holding = Holding(("advice", "telling", "phone"), self.emergency)
        return End(name, holding=holding, choices=("mistake",), offers=self.mistake, says=f"intake.{name}")

    def mistake(self, turn: Turn) -> tuple[tuple[Offer, ...], ...]:
        patient = turn.facts.patient
        return ((standing("dispute", patient.id, "mistake"),),) if patient else ()
