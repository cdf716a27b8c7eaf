"""The first assessment: a few states that drive the form, so that seven hundred items are not seven hundred states."""

from typing import cast
from zoneinfo import ZoneInfo

from bot.flows.alerts import Alerts, reachable
from bot.flows.answers import Choice, Holds, Listed
from bot.flows.asking import PHONE, Question, answers_of
from bot.flows.content import Content
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, picked, route, spoken, standing
from bot.flows.telling import short, told_all
from bot.flows.welcome import has_not_agreed
from bot.model import (
    CloseRecord,
    DropRecord,
    Erase,
    Flag,
    Identify,
    KeepScore,
    Offer,
    OpenRecord,
    RaiseFlag,
    SaveAnswer,
    Say,
    SettleFlags,
)
from bot.practice import screening, summary
from bot.practice import values as fhir
from bot.practice.items import Place
from bot.practice.screening import LEVELS, Number

IDENTIFIES = {"call-me": "name", "born": "birth_date", PHONE: "phone"}
"""The items of the form that say who the patient is."""

NEEDS = ("consents", "practice", "patient", "record", "flags", "bookings")
_MOST_ON_A_PAGE = 60
_CUT = 60
_ROOM = 3600
_LEAST_SHOWN = 24


def is_waiting(flag: Flag) -> bool:
    """Whether nobody has released a flag nor taken it back."""
    return flag.state in ("open", "disputed")


def has_open_emergency(turn: Turn) -> bool:
    """Whether an emergency flag waits for the practitioner."""
    return any(flag.level == "emergency" and is_waiting(flag) for flag in turn.facts.flags)


def nobody_can_be_told(turn: Turn) -> bool:
    """Whether no practitioner is linked and reachable."""
    return not any(one.role == "practitioner" for one in reachable(turn.facts))


def is_sent(turn: Turn) -> bool:
    """Whether the newest assessment has been sent already."""
    return turn.facts.record is not None and turn.facts.record.status in ("completed", "amended")


class Intake:
    """The deeds and guards of the assessment, bound to a practice's form and rules."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.form = content.form
        self.screening = content.screening
        self.alerts = Alerts(content)
        self.question = Question(content.form)

    # --- guards

    def nothing_is_open(self, turn: Turn) -> bool:
        return turn.facts.record is not None and self.form.pending(answers_of(turn)) is None

    def more_is_open(self, turn: Turn) -> bool:
        return self.form.pending(answers_of(turn)) is not None

    def is_too_young(self, turn: Turn) -> bool:
        today = turn.facts.now.astimezone(self.zone).date()
        return self.screening.too_young(self.form, answers_of(turn), today)

    def is_emergency(self, turn: Turn) -> bool:
        return any(flag.level == "emergency" for flag in self.fresh_flags(turn))

    @property
    def zone(self) -> ZoneInfo:
        return self.content.clinic.zone

    # --- deeds

    def open_record(self, turn: Turn) -> None:
        record = turn.facts.record
        if record is None or record.status == "stopped":
            places = tuple(item.link_id for item in self.form.every_item() if item.is_question)
            turn.do(OpenRecord(self.form.canonical, places))
        self.go_on(turn)

    def keep(self, turn: Turn) -> None:
        """One answer: kept at once, and what it means for the warning signs."""
        place, given = turn.given
        turn.data.pop("ticked", None)
        turn.do(SaveAnswer(place, given))
        for link_id, field in IDENTIFIES.items():
            if place == link_id and given:
                turn.do(Identify(**{field: fhir.text(given[0])}))
        self.settle_flags(turn)

    def signs(self, turn: Turn) -> tuple[screening.Flag, ...]:
        """The warning signs in the answers so far."""
        answers = answers_of(turn)
        if turn.worked_out is None or turn.worked_out[0] != answers:
            turn.worked_out = (answers, self.screening.flags(self.form, answers))
        return cast(tuple[screening.Flag, ...], turn.worked_out[1])

    def settle_flags(self, turn: Turn) -> None:
        """After every answer: one that raises no flag itself may open or close a question that does."""
        now = {flag.code: flag for flag in self.signs(turn)}
        kept = {flag.code: flag for flag in turn.facts.flags if flag.state in ("open", "disputed")}
        fresh = self.fresh_flags(turn)
        # A flag that is there already is raised anew only once its milder reading is taken back.
        milder = tuple(flag.code for flag in fresh if flag.code in {one.code for one in turn.facts.flags})
        if milder and turn.facts.patient:
            turn.do(SettleFlags(turn.facts.patient.id, ("open", "disputed", "released"), "withdrawn", milder))
        for flag in fresh:
            turn.do(RaiseFlag(flag.code, flag.level, flag.link_id))
        if fresh and is_sent(turn):
            # the practitioner has read the record already: a new sign must not wait until it is sent again
            alive = (*(flag for flag in turn.facts.flags if flag.code not in milder), *fresh)
            self.alerts.card(turn, alive, answers_of(turn), turn.facts.bookings, "desk.amended")
        gone = tuple(code for code, flag in kept.items() if code not in now and flag.level != "emergency")
        if gone and turn.facts.patient:
            turn.do(SettleFlags(turn.facts.patient.id, ("open", "disputed"), "withdrawn", gone))

    def fresh_flags(self, turn: Turn) -> tuple[Flag, ...]:
        """The flags this answer has raised, or made graver."""
        known = {flag.code: LEVELS.index(flag.level) for flag in turn.facts.flags if flag.state != "withdrawn"}
        return tuple(
            Flag(0, flag.code, flag.level, "open", flag.link_id)
            for flag in self.signs(turn)
            if LEVELS.index(flag.level) < known.get(flag.code, len(LEVELS))
        )

    def go_on(self, turn: Turn) -> None:
        """To the first question still open."""
        pending = self.form.pending(answers_of(turn))
        if pending:
            turn.data["place"] = str(pending)
        turn.data.pop("ticked", None)

    def sound_alarm(self, turn: Turn) -> None:
        answers = answers_of(turn)
        name = turn.facts.patient.name if turn.facts.patient else ""
        turn.data["told"] = self.alerts.raise_alarm(turn, name, self.fresh_flags(turn), answers)

    def sound_again(self, turn: Turn) -> None:
        """Whoever comes back while nobody of the practice knows: somebody may be in reach by now."""
        if self.telling(turn) != "intake.practice_knows":
            name = turn.facts.patient.name if turn.facts.patient else ""
            waiting = [flag for flag in turn.facts.flags if is_waiting(flag)]
            turn.data["told"] = self.alerts.raise_alarm(turn, name, waiting, answers_of(turn))

    def drop(self, turn: Turn) -> None:
        """Nothing of somebody too young is kept; a record sent before stays as it was."""
        turn.effects = [effect for effect in turn.effects if not isinstance(effect, SaveAnswer | Identify)]
        if turn.facts.patient and not is_sent(turn):
            turn.do(DropRecord())
            turn.do(Erase(turn.facts.patient.id))

    def change(self, turn: Turn) -> None:
        """Back into one question; its answer stands until another is given."""
        item = next((item for item in self.form.every_item() if item.digest == turn.given), None)
        places = [place for place in self.form.questions(answers_of(turn)) if item and place.link_id == item.link_id]
        turn.data["place"] = str(places[0]) if places else ""
        turn.data.pop("ticked", None)

    def send(self, turn: Turn) -> None:
        answers = answers_of(turn)
        again = is_sent(turn)
        turn.do(CloseRecord("amended" if again else "completed"))
        for score in summary.scores(self.form, answers):
            turn.do(KeepScore(score.code, float(score.value)))
        flags = turn.facts.flags
        announce = "desk.amended" if again else "desk.new_intake"
        self.alerts.card(turn, flags, answers, turn.facts.bookings, announce)

    # --- what is shown

    def reviewed(self, turn: Turn) -> dict[str, object]:
        """Every answer as a line, cut so that all of them fit one message."""
        places = self.form.questions(answers_of(turn))[:_MOST_ON_A_PAGE]
        most = max(_LEAST_SHOWN, _ROOM // max(len(places), 1) // 2)
        return {"lines": tuple(self.line(turn, place, most) for place in places)}

    def line(self, turn: Turn, place: Place, most: int) -> Say:
        """A question and its answer, neither longer than `most`."""
        given = told_all(self.form.values(place, answers_of(turn)))
        cut = tuple(short(one, most) if isinstance(one, str) else one for one in given)
        question = short(self.form.item(place).text, min(most, _CUT))
        return Say("intake.line", {"question": question, "answer": cut or Say("intake.skipped")})

    def changeable(self, turn: Turn) -> list[tuple[str, object]]:
        places = self.form.questions(answers_of(turn))[:_MOST_ON_A_PAGE]
        return [(self.form.item(place).digest, short(self.form.item(place).text, _CUT)) for place in places]

    def sent(self, turn: Turn) -> dict[str, object]:
        """Whether a doctor should look, said whether or not a visit is booked."""
        clinic = self.content.clinic
        numbers = {"out_of_hours": clinic.numbers.out_of_hours, "phone": clinic.phone}
        needed = any(flag.level == "doctor" and flag.state in ("open", "disputed") for flag in turn.facts.flags)
        return {"doctor": Say("intake.see_doctor", numbers) if needed else ""}

    def emergency(self, turn: Turn) -> dict[str, object]:
        numbers: set[Number] = {flag.number for flag in self.signs(turn) if flag.level == "emergency"}
        clinic = self.content.clinic
        first = next((one for one in ("emergency", "maternity", "crisis") if one in numbers), "emergency")
        return {
            "number": getattr(clinic.numbers, first),
            "advice": Say(f"intake.call_{first}", {"number": getattr(clinic.numbers, first)}),
            "telling": Say(self.telling(turn), {"phone": clinic.phone}),
            "phone": clinic.phone,
        }

    def telling(self, turn: Turn) -> str:
        """What is true of the practice being told, and no more."""
        waiting = [flag.told for flag in turn.facts.flags if is_waiting(flag) and flag.level == "emergency"]
        if waiting and all(waiting):
            return "intake.practice_knows"
        return "intake.telling" if turn.data.get("told", True) else "intake.not_told"

    def mistake(self, turn: Turn) -> tuple[tuple[Offer, ...], ...]:
        patient = turn.facts.patient
        return ((standing("dispute", patient.id, "mistake"),),) if patient else ()


def intake(content: Content) -> Flow:
    """The assessment, from the first question to what was sent."""
    on = Intake(content)
    phone = Holding(("phone",), lambda turn: {"phone": content.clinic.phone})
    emergency = ("number", "advice", "telling", "phone")
    return Flow(
        "intake",
        needs=NEEDS,
        resumes=False,
        steps=[
            Ask("asking", on.question, keep=on.keep),
            Ask("review", Choice("send", "change", holds=Holds(("lines",), on.reviewed))),
            Ask("change", Listed(on.changeable, also=("keep",))),
            End("sent", then=lambda turn: "booking", holding=Holding(("doctor",), on.sent)),
            End("emergency", holding=Holding(emergency, on.emergency), choices=("mistake",), offers=on.mistake),
            End("held", holding=Holding(emergency, on.emergency), choices=("mistake",), offers=on.mistake),
            End("too_young", holding=phone),
            End("nobody", holding=phone),
            Hand("consent", "welcome"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "held", when=has_open_emergency, do=on.sound_again),
            route(START, "nobody", when=nobody_can_be_told),
            route(START, "review", when=on.nothing_is_open),
            route(START, "asking", do=on.open_record),
            route("asking", "too_young", when=on.is_too_young, do=on.drop),
            route("asking", "emergency", when=on.is_emergency, do=on.sound_alarm),
            route("asking", "asking", when=on.more_is_open, do=on.go_on),
            route("asking", "review"),
            route("review", "change", when=picked("change")),
            route("review", "sent", do=on.send),
            route("change", "review", when=picked("keep")),
            route("change", "asking", do=on.change),
        ],
        says=(
            spoken("intake.line", "question", "answer"),
            spoken("intake.skipped"),
            spoken("intake.see_doctor", "out_of_hours", "phone"),
            spoken("intake.telling", "phone"),
            spoken("intake.practice_knows", "phone"),
            *(spoken(f"intake.call_{name}", "number") for name in ("emergency", "maternity", "crisis")),
        ),
    )
