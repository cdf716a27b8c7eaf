"""The short screen before a visit, and 'something is wrong': the warning signs, asked again."""

from datetime import timedelta

from bot.flows.answers import Choice, Holds
from bot.flows.asking import answers_of
from bot.flows.assessment import (
    NEEDS,
    Assessment,
    has_open_emergency,
    is_unknown,
    nobody_can_be_told,
)
from bot.flows.content import Content
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, fixed, picked, route, spoken
from bot.flows.telling import packed
from bot.flows.welcome import has_not_agreed
from bot.model import CloseRecord, Say
from bot.practice import summary

FRESH = timedelta(hours=1)
"""A screen left half done is gone on with for so long; after that what was said may no longer be true."""
_LONGEST = 1200
_ROOM = 3400


def drop_half_done(turn: Turn) -> None:
    """Something has changed: what was said of the warning signs before does not count any more."""
    if turn.facts.check and turn.facts.check.status == "in-progress" and not has_open_emergency(turn):
        turn.do(CloseRecord("stopped", "check"))


class Check(Assessment):
    """The short screen. `announces` is what calls the practitioner to what was answered."""

    announces = "desk.checked"

    def __init__(self, content: Content) -> None:
        super().__init__(content, "check")

    def begin(self, turn: Turn) -> None:
        """Anew, unless one was begun just now."""
        record = turn.record
        is_old = record and record.touched_at and turn.facts.now - record.touched_at > FRESH
        if is_old or self.nothing_is_open(turn):
            self.begin_with(turn, {})
        else:
            self.open(turn)

    def send(self, turn: Turn) -> None:
        answers = answers_of(turn)
        turn.do(CloseRecord("completed", self.kind))
        lines = tuple(
            self.line(answers, place, _LONGEST)
            for place in self.form.questions(answers)
            if not all(map(summary.says_nothing, answers.get(str(place), ())))
        )
        first, *more = packed(lines, _ROOM)
        said = (*first, *((Say("desk.more_in_record"),) if more else ()))
        self.card.show(turn, self.announces, {"lines": said or Say("desk.nothing_new")})

    def keep_to_oneself(self, turn: Turn) -> None:
        turn.do(CloseRecord("completed", self.kind))

    def kept(self, turn: Turn) -> dict[str, object]:
        clinic = self.content.clinic
        numbers = {"out_of_hours": clinic.numbers.out_of_hours, "emergency": clinic.numbers.emergency}
        return {**numbers, "phone": clinic.phone, **self.sent(turn)}


def check(content: Content) -> Flow:
    """Warning signs, medicines, and what counts on the day; then the practice has it."""
    on = Check(content)
    phone = fixed(phone=content.clinic.phone)
    return Flow(
        "check",
        needs=NEEDS,
        resumes=False,
        steps=[
            Ask("asking", on.question, keep=on.keep, says="intake.asking"),
            End("sent", holding=Holding(("doctor",), on.sent)),
            on.urgent("emergency"),
            on.urgent("held"),
            End("nobody", holding=phone, says="intake.nobody"),
            End("unsent", holding=Holding(("phone", "doctor"), on.kept), says="intake.unsent"),
            End("kept", holding=Holding(("out_of_hours", "emergency", "phone", "doctor"), on.kept)),
            Hand("consent", "welcome"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "held", when=has_open_emergency, do=on.sound_again),
            route(START, "nobody", when=nobody_can_be_told),
            route(START, "asking", do=on.begin),
            route("asking", "emergency", when=on.is_emergency, do=on.sound_alarm),
            route("asking", "held", when=has_open_emergency),
            route("asking", "asking", when=on.more_is_open, do=on.go_on),
            route("asking", "kept", when=is_unknown, do=on.keep_to_oneself),
            route("asking", "unsent", when=nobody_can_be_told),
            route("asking", "sent", do=on.send),
        ],
        says=(
            spoken("desk.checked", "name", "lines"),
            spoken("desk.nothing_new"),
            spoken("desk.more_in_record"),
        ),
    )


def wrong(content: Content) -> Flow:
    """'Something is wrong': whom to call stands first, and the warning signs are asked again."""
    clinic = content.clinic
    numbers = {
        "emergency": clinic.numbers.emergency,
        "out_of_hours": clinic.numbers.out_of_hours,
        "crisis": clinic.numbers.crisis,
        "maternity": clinic.numbers.maternity,
        "phone": clinic.phone,
    }
    return Flow(
        "wrong",
        needs=("check", "flags"),
        resumes=False,
        steps=[
            Ask("what", Choice("screen", "fine", holds=Holds(tuple(numbers), lambda turn: numbers))),
            Hand("screen", "check"),
            Hand("fine", "menu"),
        ],
        routes=[
            route("what", "screen", when=picked("screen"), do=drop_half_done),
            route("what", "fine"),
        ],
    )
