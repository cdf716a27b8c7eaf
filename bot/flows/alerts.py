"""What the practice is told, and what the patient is told of that: never more than what really happened."""

from collections.abc import Sequence
from dataclasses import replace

from bot.flows.content import Content
from bot.flows.flow import Turn, spoken, standing
from bot.flows.telling import told_all
from bot.model import Booking, CancelReminders, Delivered, Facts, Flag, Reach, Say, SetPlan, Staff, Told
from bot.practice import screening, summary
from bot.practice import values as fhir
from bot.practice.items import Answers

SAYS = (
    spoken(
        "desk.card", "name", "flags", "held", "sections", "visit", "left_out", choices=("seen", "release", "record")
    ),
    spoken("desk.section_person"),
    spoken("desk.section_needle"),
    spoken("desk.section_complaint"),
    spoken("desk.section_function"),
    spoken("desk.section_goal"),
    spoken("desk.row", "label", "values"),
    spoken("desk.flag_emergency", "line", "said"),
    spoken("desk.flag_doctor", "line", "said"),
    spoken("desk.flag_tell", "line", "said"),
    spoken("desk.held"),
    spoken("desk.disputed"),
    spoken("desk.visit", "starts_at", "visit"),
    spoken("desk.visit_waits", "starts_at", "visit"),
    spoken("desk.no_visit"),
    spoken("desk.left_out", "n"),
    spoken("desk.alert", "name", "phone", "flags", choices=("seen", "release")),
    spoken("desk.new_intake", "name"),
    spoken("desk.amended", "name"),
    spoken("desk.unreachable", "name"),
    spoken("intake.told"),
    spoken("intake.not_told", "phone"),
)


def reachable(facts: Facts) -> Sequence[Staff]:
    """Who of the practice can be told, practitioners first."""
    return sorted((one for one in facts.practice if one.reachable), key=lambda one: one.role != "practitioner")


def practitioners(facts: Facts) -> Sequence[Staff]:
    """The practitioners who can be told."""
    return [one for one in reachable(facts) if one.role == "practitioner"]


class Alerts:
    """The card of a patient, and the messages that call for a look at it."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._rules = {rule.id: rule for rule in content.screening.rules}

    def flagged(self, flags: Sequence[Flag], answers: Answers) -> tuple[Say, ...]:
        """Each flag as a line, the gravest first."""
        said = {one.code: one.said for one in self._content.screening.flags(self._content.form, answers)}
        ordered = sorted(flags, key=lambda flag: screening.LEVELS.index(flag.level))
        return tuple(
            Say(
                f"desk.flag_{flag.level}",
                {
                    "line": self._rules[flag.code].line if flag.code in self._rules else flag.code,
                    "said": ", ".join(said.get(flag.code, ())),
                },
            )
            for flag in ordered
        )

    def raise_alarm(
        self, turn: Turn, name: str, flags: Sequence[Flag], answers: Answers, tried: tuple[int, ...] = ()
    ) -> bool:
        """Tell the next person of the practice of an emergency; False if there is nobody left to tell."""
        people = [one for one in reachable(turn.facts) if one.account_id not in tried]
        patient = turn.facts.patient
        if not people or patient is None:
            return False
        offers = ((standing("seen", patient.id, "seen"), standing("release", patient.id, "release")),)
        turn.tell(
            "desk.alert",
            people[0].account_id,
            offers=offers if people[0].role == "practitioner" else (),
            receipt=f"flags:{patient.id}:{','.join(map(str, (*tried, people[0].account_id)))}",
            values={"name": name, "phone": patient.phone, "flags": self.flagged(flags, answers)},
        )
        return True

    def card(
        self, turn: Turn, flags: Sequence[Flag], answers: Answers, bookings: Sequence[Booking], announce: str = ""
    ) -> None:
        """The living card of the patient, for each practitioner; `announce` is a short message that calls for it."""
        patient = turn.facts.patient
        if patient is None:
            return
        alive = [flag for flag in flags if flag.state in ("open", "disputed")]
        laid = summary.summarise(self._content.form, answers, ())
        values = {
            "name": patient.name or _called(self._content, answers),
            "flags": self.flagged(alive, answers),
            "held": tuple(
                Say(key)
                for key, holds in (
                    ("desk.held", any(flag.level != "tell" for flag in alive)),
                    ("desk.disputed", any(flag.state == "disputed" for flag in alive)),
                )
                if holds
            ),
            "sections": tuple(line for section in laid.sections for line in _lines(section)),
            "visit": tuple(self.visit(booking) for booking in bookings) or Say("desk.no_visit"),
            "left_out": Say("desk.left_out", {"n": laid.left_out}) if laid.left_out else "",
        }
        buttons = [standing("seen", patient.id, "seen"), standing("record", patient.id, "record")]
        release = [standing("release", patient.id, "release")] if values["held"] else []
        for person in practitioners(turn.facts):
            turn.tell(
                "desk.card",
                person.account_id,
                offers=tuple(tuple(row) for row in (release, buttons) if row),
                card=f"patient:{patient.id}",
                values=values,
            )
            if announce:
                turn.tell(
                    announce,
                    person.account_id,
                    reply_to=f"patient:{patient.id}",
                    values={"name": values["name"]},
                )

    def visit(self, booking: Booking) -> Say:
        """A visit as a line."""
        names = {visit.id: visit.name or visit.id for visit in self._content.clinic.visits}
        key = "desk.visit_waits" if booking.state == "awaiting_release" else "desk.visit"
        return Say(key, {"starts_at": booking.starts_at, "visit": names.get(booking.visit, booking.visit)})

    # --- what happens by itself

    def delivered(self, turn: Turn, event: Delivered) -> None:
        """The alarm arrived, or did not: then the next person is told, and the patient hears what is true."""
        kind, _, rest = event.receipt.partition(":")
        patient = turn.facts.patient
        if kind != "flags" or patient is None:
            return
        if event.ok:
            turn.do(Told(patient.id))
            turn.says.append(Say("intake.told"))
            return
        answers = turn.facts.record.answers if turn.facts.record else {}
        alive = [flag for flag in turn.facts.flags if flag.state in ("open", "disputed")]
        tried = tuple(map(int, rest.partition(":")[2].split(",")))
        if not self.raise_alarm(turn, patient.name or _called(self._content, answers), alive, answers, tried):
            turn.says.append(Say("intake.not_told", {"phone": self._content.clinic.phone}))

    def unreachable(self, turn: Turn, event: Reach) -> None:
        """A patient blocked the bot: their reminders stop, and the practice knows to call."""
        if turn.facts.patient is None:
            return
        turn.do(CancelReminders("advice"))
        if turn.facts.plan:
            turn.do(SetPlan(replace(turn.facts.plan, state="off")))
        for person in practitioners(turn.facts):
            turn.tell("desk.unreachable", person.account_id, values={"name": turn.facts.patient.name})


def _called(content: Content, answers: Answers) -> str:
    """What the patient asked to be called."""
    given = next(iter(answers.get("call-me", ())), None)
    return fhir.text(given) if given else ""


def _lines(section: summary.Section) -> list[Say]:
    head = Say(f"desk.section_{section.part}")
    rows = [Say("desk.row", {"label": row.label, "values": told_all(row.values)}) for row in section.rows]
    return [head, *rows] if section.part != "flags" else rows
