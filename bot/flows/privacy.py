"""What is kept, said at any time; and forgetting, said truthfully: what goes at once, what remains, until when."""

from collections.abc import Sequence
from datetime import timedelta

from bot.flows.alerts import emergencies, reachable
from bot.flows.answers import Choice, Holds
from bot.flows.card import called, practitioners
from bot.flows.check import Check
from bot.flows.checkin import RATED_SAYS, rated
from bot.flows.content import Content
from bot.flows.flow import Ask, End, Flow, Holding, Turn, picked, route, spoken, to_menu
from bot.flows.house import Told
from bot.flows.intake import Intake
from bot.flows.telling import packed
from bot.flows.tips import is_running
from bot.model import AskErasure, CancelBooking, ForgetAccount, Record, Say
from bot.practice.items import Answers

NEEDS = frozenset(
    {"consents", "practice", "patient", "record", "sent", "check", "checks", "flags", "bookings", "plan", "scores"}
)
_YEAR = timedelta(days=365.25)
_ROOM = 3000
"""UTF-16 units of a message for answers; Telegram takes 4,096 in all."""


def is_treated(turn: Turn) -> bool:
    """Whether a record has come into being that the practice must keep: an assessment sent, or a visit booked."""
    return bool(turn.facts.bookings) or turn.facts.sent is not None


class Keeping:
    """What is known of a person, and how long it is kept."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.intake = Intake(content)
        self.check = Check(content)

    def remains(self, turn: Turn) -> dict[str, object]:
        """What stays after forgetting, and until when: the practice's keeping period after the last visit."""
        clinic = self.content.clinic
        last = max([turn.facts.now, *(booking.ends_at for booking in turn.facts.bookings)])
        until = last + clinic.keeping_years * _YEAR
        key = "forget.record_stays" if is_treated(turn) else "forget.nothing_stays"
        return {"remains": Say(key, {"until": until, "years": clinic.keeping_years}), "phone": clinic.phone}

    def forget(self, turn: Turn) -> None:
        patient = turn.facts.patient
        if patient and emergencies(turn.facts):
            for person in reachable(turn.facts):
                values = {"name": called(turn.facts), "phone": patient.phone}
                turn.tell("desk.forgets_in_emergency", person.account_id, values=values)
        for request in (one for one in turn.facts.bookings if one.approve_until):
            # Nobody could be told of the answer, nor that there was none.
            turn.do(CancelBooking(request.id))
            about = self.intake.card.about(request)
            for person in practitioners(turn.facts):
                turn.tell("desk.cancelled", person.account_id, values={"name": called(turn.facts), **about})
        if patient and is_treated(turn):
            turn.do(AskErasure())
            for person in practitioners(turn.facts):
                turn.tell("desk.erasure_asked", person.account_id, values={"name": patient.name})
        turn.do(ForgetAccount())

    def mydata(self, turn: Turn) -> None:
        """Everything held about the person who asks, in their own words."""
        facts = turn.facts
        records = (facts.record, *facts.checks, facts.check)
        kept = list({one.id: one for one in records if one}.values())
        lines = [line for one in kept for line in self._lines(one, one.answers)]
        first, *more = packed([*lines, *rated(facts)], _ROOM)
        values = {
            "name": facts.patient.name if facts.patient else "",
            "answers": first,
            "visits": tuple(self.intake.card.visit(booking) for booking in facts.bookings),
            "reminders": Say("privacy.reminders_on" if is_running(facts.plan) else "privacy.reminders_off"),
            "agreed": Say("privacy.agreed" if "intake" in facts.consents else "privacy.not_agreed"),
        }
        self._say_all(turn, "privacy.mydata", values, more)

    def copy(self, turn: Turn) -> None:
        """What was sent to the practice, for the one who sent it."""
        record = turn.facts.sent
        if record is None or record.submitted_at is None:
            turn.says.append(Say("privacy.nothing_sent", offers=(to_menu(),)))
            return
        lines = [
            line
            for one in (record, *turn.facts.checks)
            for line in self._lines(one, {place: given for place, given in one.answers.items() if given})
        ]
        first, *more = packed(lines, _ROOM)
        self._say_all(turn, "privacy.copy", {"at": record.submitted_at, "answers": first}, more)

    def _lines(self, record: Record, answers: Answers) -> list[Say]:
        """Those of these answers that apply, in the order they were asked."""
        filled = self.check if record.form.startswith(self.check.form.url) else self.intake
        asked = [place for place in filled.form.questions(record.answers) if filled.form.item(place).is_question]
        return [filled.line(record.answers, place, _ROOM) for place in asked if str(place) in answers]

    def _say_all(self, turn: Turn, key: str, values: dict[str, object], more: Sequence[tuple[Say, ...]]) -> None:
        """In as many messages as it takes; the way out stands under the last."""
        turn.says.append(Say(key, values, offers=() if more else (to_menu(),)))
        for nth, lines in enumerate(more, 1):
            offers = (to_menu(),) if nth == len(more) else ()
            turn.says.append(Say("privacy.more", {"answers": lines}, offers=offers))


def forget(content: Content) -> Flow:
    """Forgetting, once it is clear what that means."""
    keeping = Keeping(content)
    names = ("remains", "phone")
    return Flow(
        "forget",
        needs=NEEDS,
        resumes=False,
        steps=[
            Ask("sure", Choice("forget", "keep", holds=Holds(names, keeping.remains))),
            End("forgotten", holding=Holding(names, keeping.remains)),
            End("kept"),
        ],
        routes=[
            route("sure", "kept", when=picked("keep")),
            route("sure", "forgotten", do=keeping.forget),
        ],
        says=(
            spoken("forget.record_stays", "until", "years"),
            spoken("forget.nothing_stays"),
            spoken("desk.erasure_asked", "name"),
            spoken("desk.forgets_in_emergency", "name", "phone"),
            spoken("privacy.notice", "clinic", "phone", "years", choices=("menu",)),
            spoken("privacy.mydata", "name", "answers", "visits", "reminders", "agreed", choices=("menu",)),
            spoken("privacy.more", "answers", choices=("menu",)),
            *RATED_SAYS,
            spoken("privacy.copy", "at", "answers", choices=("menu",)),
            spoken("privacy.nothing_sent", choices=("menu",)),
            *(spoken(f"privacy.{key}") for key in ("reminders_on", "reminders_off", "agreed", "not_agreed")),
            spoken("common.help", "phone", "emergency", choices=("menu",)),
        ),
    )


def told(content: Content) -> dict[str, Told]:
    """The commands that tell something in passing, for anybody at any step."""
    keeping = Keeping(content)
    clinic = content.clinic
    out = (to_menu(),)

    def notice(turn: Turn) -> None:
        values = {"clinic": clinic.name, "phone": clinic.phone, "years": clinic.keeping_years}
        turn.says.append(Say("privacy.notice", values, offers=out))

    def tell_help(turn: Turn) -> None:
        values = {"phone": clinic.phone, "emergency": clinic.numbers.emergency}
        turn.says.append(Say("common.help", values, offers=out))

    return {
        "privacy": Told(notice),
        "help": Told(tell_help),
        "mydata": Told(keeping.mydata, NEEDS),
        "copy": Told(keeping.copy, NEEDS),
    }
