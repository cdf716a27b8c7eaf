"""What the practice is told of an emergency until somebody there has seen it, and what the patient is told of that:
never more than what really happened."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Literal

from bot.flows.card import Card, called, practitioners, subject
from bot.flows.content import Content
from bot.flows.flow import Holding, Turn, spoken, standing
from bot.flows.foreseen import foreseen
from bot.flows.tips import stop_sending
from bot.model import (
    AlarmStep,
    CancelReminders,
    Delivered,
    Facts,
    Flag,
    Offer,
    Reach,
    ReachedCare,
    Ring,
    Say,
    SetAlarm,
    Staff,
    Told,
)

_NUMBERS = ("emergency", "maternity", "crisis")

SAYS = (
    spoken("desk.alert", "name", "phone", "flags", choices=("seen", "release")),
    spoken("desk.alert_again", "name", "phone", "flags", choices=("seen", "release")),
    spoken("desk.cared", "name", "answer", "phone"),
    spoken("desk.unreachable", "name"),
    spoken("intake.told"),
    spoken("intake.not_told", "phone"),
    spoken("intake.nobody_confirmed", "phone", "advice"),
    *(spoken(f"intake.call_{name}", "number", "emergency") for name in _NUMBERS),
    spoken("intake.care", choices=("care_yes", "care_no")),
    spoken("intake.cared_yes", "phone"),
    spoken("intake.cared_no", "advice", "out_of_hours", "telling", "phone"),
    spoken("intake.tell_yourself", "phone"),
)


def reachable(facts: Facts) -> Sequence[Staff]:
    """Who of the practice can be told, practitioners first."""
    return sorted((one for one in facts.practice if one.reachable), key=lambda one: one.role != "practitioner")


class Alerts:
    """An emergency is sounded, sounded again, taken to the next contact, and followed up."""

    def __init__(self, content: Content) -> None:
        self._clinic = content.clinic
        self._numbers = {rule.id: rule.number for rule in content.screening.rules}
        self.card = Card(content)

    def advice(self, facts: Facts) -> tuple[Say, ...]:
        """Whom to call, for every emergency that waits: the number for each, the gravest first."""
        wanted = {self._numbers.get(flag.code, "emergency") for flag in emergencies(facts)} or {"emergency"}
        numbers = self._clinic.numbers
        return tuple(
            Say(f"intake.call_{one}", {"number": getattr(numbers, one), "emergency": numbers.emergency})
            for one in _NUMBERS
            if one in wanted
        )

    def raise_alarm(self, turn: Turn, flags: Sequence[Flag]) -> bool:
        """Tell the first person of the practice, and see to it later; False if there is nobody to tell."""
        patient = turn.facts.patient
        if patient is None:
            return False
        for step, after in self._minutes.items():
            turn.do(SetAlarm(patient.id, step, turn.facts.now + timedelta(minutes=after)))
        return self.sound(turn, flags)

    @property
    def _minutes(self) -> dict[AlarmStep, int]:
        alert = self._clinic.alert
        return {
            "again": alert.again_after_minutes,
            "second": alert.second_contact_after_minutes,
            "care": alert.ask_care_after_minutes,
        }

    def sound(self, turn: Turn, flags: Sequence[Flag]) -> bool:
        """Tell the first person of the practice; False if there is nobody to tell."""
        return self._sound(turn, "desk.alert", flags, ())

    def _sound(self, turn: Turn, key: str, flags: Sequence[Flag], tried: tuple[int, ...]) -> bool:
        """Tell the first person not tried yet; the next is told if this one cannot be."""
        people = [one for one in reachable(turn.facts) if one.account_id not in tried]
        if not people or turn.facts.patient is None:
            return False
        self._tell(turn, key, people[0], flags, (*tried, people[0].account_id))
        return True

    def _tell(self, turn: Turn, key: str, person: Staff, flags: Sequence[Flag], tried: tuple[int, ...]) -> None:
        patient = turn.facts.patient
        assert patient is not None
        seen, release = standing("seen", patient.id, "seen"), standing("release", patient.id, "release")
        turn.tell(
            key,
            person.account_id,
            offers=((seen, release),) if person.role == "practitioner" else ((seen,),),
            reply_to=subject(turn.facts),
            receipt=f"flags:{','.join(map(str, tried))}:{','.join(f'{one.response_id}.{one.code}' for one in flags)}",
            values={
                "name": called(turn.facts),
                "phone": patient.phone,
                "flags": self.card.flagged(flags, foreseen(turn.facts, turn.effects)),
            },
        )

    # --- what happens by itself

    def delivered(self, turn: Turn, event: Delivered) -> None:
        """The alarm arrived, or did not: then the next person is told, and the patient hears what is true."""
        kind, _, rest = event.receipt.partition(":")
        patient = turn.facts.patient
        if kind != "flags" or patient is None:
            return
        people, _, codes = rest.partition(":")
        meant = [flag for flag in emergencies(turn.facts) if f"{flag.response_id}.{flag.code}" in codes.split(",")]
        untold = not all(flag.told for flag in meant)
        if event.ok and meant:
            turn.do(Told(patient.id, tuple((flag.response_id, flag.code) for flag in meant)))
            if untold:
                turn.says.append(Say("intake.told"))
        elif meant and not self._sound(turn, "desk.alert", meant, tuple(map(int, people.split(",")))) and untold:
            turn.says.append(Say("intake.not_told", {"phone": self._clinic.phone}))

    def rings(self, turn: Turn, event: Ring) -> None:
        """An emergency nobody has released: sounded again, taken further, or the patient asked how it went."""
        patient, step = turn.facts.patient, event.alarm.step
        # One that was raised since is rung for by alarms of its own.
        alive = [
            flag for flag in emergencies(turn.facts) if flag.raised_at is None or flag.raised_at <= event.alarm.set_at
        ]
        if not alive or patient is None:
            return
        if step == "care":
            offers = tuple(Offer(code, f"s:{code}:{patient.id}") for code in ("care_yes", "care_no"))
            turn.says.append(Say("intake.care", {}, (offers,)))
        elif not all(flag.seen for flag in alive) and not self._taken_further(turn, step, alive):
            values = {"phone": self._clinic.phone, "advice": self.advice(turn.facts)}
            turn.says.append(Say("intake.nobody_confirmed", values))

    def _taken_further(self, turn: Turn, step: AlarmStep, flags: Sequence[Flag]) -> bool:
        """To the first person again, then to everybody. False where the patient should hear that nobody answered."""
        if step == "again":
            return self._sound(turn, "desk.alert_again", flags, ())
        people = reachable(turn.facts)
        for person in people:
            self._tell(turn, "desk.alert_again", person, flags, tuple(one.account_id for one in people))
        return False

    def cared(self, answer: Literal["yes", "no"]) -> Callable[[Turn, int], Say | None]:
        """The deed of the button by which the patient says whether they got help: it stands on the card, and the
        practice hears of it."""

        def says(turn: Turn, patient_id: int) -> Say | None:
            alive = emergencies(turn.facts)
            if turn.facts.patient is None or (answer == "yes" and all(flag.care == answer for flag in alive)):
                return Say("common.gone")
            is_news = bool(alive) and not all(flag.care == answer for flag in alive)
            if is_news:
                turn.do(ReachedCare(patient_id, answer))
                told = {"answer": Say(f"desk.care_{answer}"), "phone": turn.facts.patient.phone}
                self.card.show(turn, "desk.cared", told)
            telling = "intake.telling" if is_news and practitioners(turn.facts) else "intake.tell_yourself"
            values = {
                "phone": self._clinic.phone,
                "telling": Say(telling, {"phone": self._clinic.phone}),
                "advice": self.advice(turn.facts),
                "out_of_hours": self._clinic.numbers.out_of_hours,
            }
            turn.says.append(Say(f"intake.cared_{answer}", values))
            return None

        return says

    def unreachable(self, turn: Turn, event: Reach) -> None:
        """A patient blocked the bot: their reminders stop, and the practice knows to call."""
        if turn.facts.patient is None:
            return
        stop_sending(turn)
        turn.do(CancelReminders("nudge"))
        for person in practitioners(turn.facts):
            turn.tell(
                "desk.unreachable",
                person.account_id,
                reply_to=subject(turn.facts),
                values={"name": turn.facts.patient.name},
            )


def urgent(content: Content) -> Holding:
    """What is said to somebody with an open emergency who wants a visit: whom to call."""
    alerts, phone = Alerts(content), content.clinic.phone
    return Holding(("phone", "advice"), lambda turn: {"phone": phone, "advice": alerts.advice(turn.facts)})


def emergencies(facts: Facts) -> list[Flag]:
    """The emergency flags that wait for the practitioner."""
    return [flag for flag in facts.flags if flag.is_waiting and flag.level == "emergency"]
