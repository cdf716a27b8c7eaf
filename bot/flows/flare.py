"""`/flare`, a bad spell: the warning signs first, then a calm plan for today, and the earliest time there is, kept
while they think. The practitioner is told once."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.flows.answers import Choice, Holds
from bot.flows.assessment import NEEDS, has_open_emergency, is_unknown, nobody_can_be_told
from bot.flows.check import Check
from bot.flows.content import Content
from bot.flows.diary import changed_until, time_code
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, fixed, picked, route, spoken
from bot.flows.holding import SINCE
from bot.flows.tips import Tips
from bot.flows.visits import Visits
from bot.flows.welcome import has_not_agreed
from bot.model import Say
from bot.practice import tailoring

CALM_NEEDS = NEEDS | {"busy", "off", "hold", "plan"}

SAYS = (
    spoken("flare.begin"),
    spoken("desk.flare", "name", "lines"),
)
CALM_SAYS = (
    spoken("calm.tip", "do"),
    spoken("calm.tips", "tips"),
    spoken("calm.visit", "starts_at", "visit"),
    spoken("calm.earliest", "starts_at", "visit", "keeping"),
    spoken("calm.earlier", "starts_at", "keeping"),
    spoken("calm.full"),
    spoken("calm.others"),
)


class Flare(Check):
    """The short screen as it is asked in a bad spell."""

    announces = "desk.flare"

    def begin(self, turn: Turn) -> None:
        """Anew: what was said before today's bad spell does not count any more."""
        turn.lead = (*turn.lead, Say("flare.begin"))
        self.begin_with(turn, {})


class Calm:
    """What can be done today, and the earliest time."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.check = Check(content)
        self.visits = Visits(content)
        self.tips = Tips(content)

    # --- what is shown

    def plan(self, turn: Turn) -> dict[str, object]:
        clinic = self.content.clinic
        return {
            "today": self.today(turn),
            "time": self.time(turn),
            "phone": clinic.phone,
            "emergency": clinic.numbers.emergency,
        }

    def today(self, turn: Turn) -> Say:
        """A few calm things to do; where a doctor should look first, that and nothing else."""
        if turn.facts.signs_stand:
            return self.check.see_doctor()
        advice = self.content.advice
        topics = (advice.topic(pick.topic) for pick in tailoring.calm_plan(advice, self.person(turn), turn.facts.now))
        told = (Say("calm.tip", {"do": one.told(self.tips.numbers)}) for one in topics if one)
        return Say("calm.tips", {"tips": tuple(told)})

    def person(self, turn: Turn) -> tailoring.Person:
        facts, content = turn.facts, self.content
        codes = [flag.code for flag in facts.flags]
        return tailoring.Person(
            tailoring.tags_of(content.advice, content.safety, self.tips.told(facts), codes),
            last_visit=facts.last_visit,
            zone=ZoneInfo(facts.plan.zone) if facts.plan else content.clinic.zone,
            unwanted=facts.plan.left_out if facts.plan else frozenset(),
        )

    def time(self, turn: Turn) -> tuple[Say, ...]:
        """The visit that stands, and the time that is kept, or free at least."""
        visit, diary = turn.facts.next_booking, self.visits.diary
        named = self.visits.card.about(visit) if visit else {}
        stands = (Say("calm.visit", named),) if visit else ()
        if not self.is_free(turn):
            return stands or (Say("calm.full" if diary.nothing_is_free(turn) else "calm.others"),)
        earliest = {"starts_at": diary.chosen(turn), "keeping": self.visits.keeping(turn)}
        if stands:
            return (*stands, Say("calm.earlier", earliest))
        return (Say("calm.earliest", {**earliest, "visit": diary.visit(turn).called}),)

    def offered(self, turn: Turn) -> tuple[str, ...]:
        look = () if turn.facts.next_booking or self.visits.diary.nothing_is_free(turn) else ("look",)
        return (*(("take",) if self.is_free(turn) else ()), *look, "later")

    # --- the time

    def is_free(self, turn: Turn) -> bool:
        """Whether the time chosen for them can be had: kept, or kept no more and not taken yet."""
        return "time" in turn.data and not self.visits.time_has_gone(turn)

    def keep_earliest(self, turn: Turn) -> None:
        """The first time there is: of a visit in place of the next one, if that is later and may still be moved."""
        stands = turn.facts.next_booking
        if stands:
            until = changed_until(stands, self.content.clinic.policies.move_notice_hours)
            if until and until < turn.facts.now:
                return
            turn.data |= {"booking": stands.id, "mine": "move"}
        start = self.earliest(turn, stands.starts_at if stands else None)
        if start is None:
            return
        turn.data |= {"time": time_code(start), "day": f"{self.visits.diary.day(start):%Y%m%d}"}
        self.visits.keep(turn)

    def earliest(self, turn: Turn, before: datetime | None) -> datetime | None:
        start = next(self.visits.diary.free(turn), None)
        return start if start and (before is None or start < before) else None

    def bring(self, turn: Turn) -> dict[str, object]:
        """What booking goes on from: the time, and the visit it takes the place of."""
        return {name: turn.data[name] for name in ("time", "day", SINCE, "booking", "mine") if name in turn.data}


def flare(content: Content) -> Flow:
    """A bad spell: the warning signs, then the calm plan."""
    on = Flare(content)
    phone = fixed(phone=content.clinic.phone)

    return Flow(
        "flare",
        needs=NEEDS,
        resumes=False,
        steps=[
            Ask("asking", on.question, keep=on.keep, says="intake.asking"),
            on.urgent("emergency"),
            on.urgent("held"),
            End("nobody", holding=phone, says="intake.nobody"),
            End("unsent", holding=Holding(("phone", "doctor"), on.kept), says="intake.unsent"),
            Hand("consent", "welcome"),
            Hand("wrong", "wrong"),
            Hand("plan", "calm"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "held", when=has_open_emergency, do=on.sound_again),
            route(START, "nobody", when=nobody_can_be_told),
            route(START, "wrong", when=is_unknown),
            route(START, "asking", do=on.begin),
            route("asking", "emergency", when=on.is_emergency, do=on.sound_alarm),
            route("asking", "held", when=has_open_emergency),
            route("asking", "asking", when=on.more_is_open, do=on.go_on),
            route("asking", "unsent", when=nobody_can_be_told),
            route("asking", "plan", do=on.send),
        ],
        says=SAYS,
    )


def calm(content: Content) -> Flow:
    """What to do today, and the earliest time: taken, or not."""
    on = Calm(content)
    holds = Holds(("today", "time", "phone", "emergency"), on.plan)
    return Flow(
        "calm",
        needs=CALM_NEEDS,
        window=on.visits.diary.window,
        resumes=False,
        dropped=on.visits.let_go,
        steps=[
            Ask("plan", Choice("take", "look", "later", offered=on.offered, holds=holds)),
            End("later", holding=fixed(phone=content.clinic.phone)),
            Hand("held", "check"),
            Hand("take", "booking", on.bring),
            Hand("look", "booking"),
        ],
        routes=[
            route(START, "held", when=has_open_emergency),
            route(START, "plan", do=on.keep_earliest),
            route("plan", "take", when=picked("take")),
            route("plan", "look", when=picked("look"), do=on.visits.let_go),
            route("plan", "later", do=on.visits.let_go),
        ],
        says=CALM_SAYS,
    )
