"""The practitioner's side of advice: what a patient gets in the next week, stopping it, and a line of one's own."""

from collections.abc import Sequence

from bot.flows.answers import Choice, Holds, Typed
from bot.flows.card import called
from bot.flows.content import Content
from bot.flows.desk import CARD_NEEDS
from bot.flows.flow import START, Ask, End, Flow, Holding, Turn, picked, route, spoken
from bot.flows.house import Verb
from bot.flows.tips import Tips, is_running, stop_sending
from bot.model import AddLine, Note, Say, Text

LONGEST = 300
NEEDS = CARD_NEEDS | {"plan", "topics", "reading"}


class TipsOf:
    """Deeds about a patient's advice, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.tips = Tips(content)

    def begin(self, turn: Turn, patient_id: int) -> Say | None:
        """From the card."""
        if turn.facts.patient is None:
            return Say("common.gone")
        turn.opens = ("tips_of", {"patient": patient_id})
        return None

    def shown(self, turn: Turn) -> dict[str, object]:
        """Who it is, and what comes in the next seven days."""
        plan = turn.facts.plan
        if turn.facts.signs_stand:
            tips: object = Say("tips_of.held")
        elif plan is not None and plan.state == "asked":
            tips = Say("tips_of.asked")
        else:
            lines = tuple(Say("tips_of.tip", {"at": due, "what": what}) for due, what in self.tips.ahead(turn))
            tips = lines or Say("tips_of.nothing")
        return {"name": called(turn.facts), "tips": tips}

    def has_none(self, turn: Turn) -> bool:
        return not is_running(turn.facts.plan)

    def has_some(self, turn: Turn) -> bool:
        return is_running(turn.facts.plan)

    def reaches_somebody(self, turn: Turn) -> bool:
        """Whether a line of their own would go out."""
        return turn.data.get("what") == "add_all" or self.has_some(turn)

    def add(self, turn: Turn) -> None:
        """A line of their own goes out next: to this patient, or to everybody who gets advice."""
        assert isinstance(turn.given, Text)
        patient = turn.facts.patient
        assert patient is not None
        one = None if self.is_for_all(turn) else patient.id
        turn.do(AddLine(turn.given.text, one))
        turn.do(Note("advice_added", "everybody" if one is None else f"patient:{one}"))

    def whom(self, turn: Turn) -> dict[str, object]:
        """Who gets the line that is added."""
        return {"whom": Say("tips_of.for_all") if self.is_for_all(turn) else Say("tips_of.for_one", self.named(turn))}

    def is_for_all(self, turn: Turn) -> bool:
        return turn.data.get("what") == "add_all"

    def stop(self, turn: Turn) -> None:
        """No more advice to this patient, who is told so."""
        patient = turn.facts.patient
        assert patient is not None
        stop_sending(turn, patient.id)
        turn.do(Note("advice_stopped", f"patient:{patient.id}"))
        for account in turn.facts.accounts:
            turn.tell("plan.stopped_by_practice", account.id)

    def named(self, turn: Turn) -> dict[str, object]:
        return {"name": called(turn.facts)}

    def verbs(self) -> dict[str, Verb]:
        """The button on the card."""
        return {"tips": Verb(self.begin, frozenset({"patient"}), by=frozenset({"practitioner"}))}


def tips_of(content: Content) -> Flow:
    """What is done about a patient's advice."""
    desk = TipsOf(content)
    codes: Sequence[str] = ("add", "add_all", "stop", "keep")
    name = Holding(("name",), desk.named)
    return Flow(
        "tips_of",
        needs=NEEDS,
        resumes=False,
        steps=[
            Ask("what", Choice(*codes, holds=Holds(("name", "tips"), desk.shown), width=2), when=desk.has_some),
            Ask("line", Typed(most=LONGEST, holds=Holds(("whom",), desk.whom)), when=desk.reaches_somebody),
            End("added", holding=Holding(("whom",), desk.whom)),
            End("stopped", holding=name),
            End("kept"),
            End("none", holding=name),
        ],
        routes=[
            route(START, "none", when=desk.has_none),
            route(START, "what"),
            route("what", "stopped", when=picked("stop"), do=desk.stop),
            route("what", "kept", when=picked("keep")),
            route("what", "line"),
            route("line", "added", do=desk.add),
        ],
        says=(
            spoken("tips_of.tip", "at", "what"),
            *(spoken(f"tips_of.{key}") for key in ("held", "asked", "nothing", "for_all")),
            spoken("tips_of.for_one", "name"),
            spoken("plan.stopped_by_practice"),
        ),
    )
