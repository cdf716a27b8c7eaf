"""The practitioner's side: the day, the buttons on a patient's card, and being linked to a chat."""

from dataclasses import replace
from datetime import timedelta

from bot.flows.alerts import Alerts, reachable
from bot.flows.answers import Choice, Holds
from bot.flows.content import Content
from bot.flows.flow import Ask, End, Flow, Holding, Turn, route, spoken, standing
from bot.flows.house import Verb
from bot.model import Booking, LinkStaff, Note, ReleaseBookings, Say, SettleFlags
from bot.practice import summary
from bot.practice import values as fhir
from bot.practice.items import Answers

_WHOLE = 1_000_000
"""Room for a document: nothing is cut."""

CARD_NEEDS = frozenset({"patient", "record", "flags", "bookings", "accounts"})


class Desk:
    """Deeds at the desk, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.alerts = Alerts(content)

    def today(self, turn: Turn) -> dict[str, object]:
        """The visits of today by the practice's clock."""
        zone = self.content.clinic.zone
        day = turn.facts.now.astimezone(zone).date()
        visits = [one for one in turn.facts.diary if one.starts_at.astimezone(zone).date() == day]
        later = [one for one in turn.facts.diary if one.starts_at.astimezone(zone).date() == day + timedelta(days=1)]
        return {
            "day": turn.facts.now,
            "visits": tuple(map(self.line, visits)) or Say("desk.no_visits"),
            "tomorrow": len(later),
        }

    def line(self, booking: Booking) -> Say:
        """One visit of the day."""
        names = {visit.id: visit.name or visit.id for visit in self.content.clinic.visits}
        key = "desk.line_waits" if booking.state == "awaiting_release" else "desk.line"
        values = {
            "starts_at": booking.starts_at,
            "ends_at": booking.ends_at,
            "name": booking.name,
            "visit": names.get(booking.visit, booking.visit),
        }
        return Say(key, values)

    # --- the buttons on a card

    def seen(self, turn: Turn, patient_id: int) -> Say | None:
        if turn.facts.patient is None:
            return Say("common.gone")
        turn.do(Note("seen", f"patient:{patient_id}"))
        return Say("desk.seen")

    def release(self, turn: Turn, patient_id: int) -> Say | None:
        """Nothing holds the patient's booking back any more; the patient hears so."""
        facts = turn.facts
        alive = [flag for flag in facts.flags if flag.state in ("open", "disputed")]
        if facts.patient is None or not alive:
            return Say("desk.nothing_held")
        turn.do(SettleFlags(patient_id, ("open", "disputed"), "released"))
        turn.do(ReleaseBookings(patient_id))
        answers = facts.record.answers if facts.record else {}
        firm = [replace(booking, state="booked") for booking in facts.bookings]
        self.alerts.card(turn, (), answers, firm)
        for account in facts.accounts:
            turn.tell("intake.released", account.id, values={"phone": self.content.clinic.phone})
        return Say("desk.released")

    def record(self, turn: Turn, patient_id: int) -> Say | None:
        """The whole record, as a document."""
        facts = turn.facts
        if facts.patient is None or facts.record is None:
            return Say("common.gone")
        turn.do(Note("record_read", f"patient:{patient_id}"))
        laid = summary.summarise(
            self.content.form,
            facts.record.answers,
            self.content.screening.flags(self.content.form, facts.record.answers),
            room=_WHOLE,
        )
        document = {
            "clinic": self.content.clinic.name,
            "name": facts.patient.name,
            "made": facts.now.astimezone(self.content.clinic.zone).strftime("%Y-%m-%d %H:%M"),
            "sections": [
                *({"part": one.part, "rows": [_row(*row) for row in _rows(one)]} for one in laid.sections),
                {"part": "answers", "rows": self.answers(facts.record.answers)},
            ],
        }
        named = {"document": document, "name": "assessment.pdf"}
        turn.says.append(Say("desk.document", named, to=facts.account.id, document="summary"))
        return None

    def answers(self, answers: Answers) -> list[dict[str, object]]:
        """Every question that applies, and what was answered."""
        form = self.content.form
        return [_row(form.item(place).text, form.values(place, answers)) for place in form.questions(answers)]

    def dispute(self, turn: Turn, patient_id: int) -> Say | None:
        """The patient says a warning sign was a mistaken tap: the practitioner hears so and decides."""
        facts = turn.facts
        alive = [flag for flag in facts.flags if flag.state == "open"]
        if facts.patient is None or not alive:
            return Say("intake.already_said")
        turn.do(SettleFlags(patient_id, ("open",), "disputed"))
        release = ((standing("seen", patient_id, "seen"), standing("release", patient_id, "release")),)
        answers = facts.record.answers if facts.record else {}
        told = list(reachable(facts))[:1]
        for person in told:
            turn.tell(
                "desk.mistake",
                person.account_id,
                offers=release if person.role == "practitioner" else (),
                values={"name": facts.patient.name, "flags": self.alerts.flagged(alive, answers)},
            )
        key = "intake.mistake_said" if told else "intake.not_told"
        turn.says.append(Say(key, {"phone": self.content.clinic.phone}))
        return None

    def link(self, turn: Turn) -> bool:
        """Whoever opens an invitation that still holds is that person from now on."""
        invite = turn.facts.invite
        if invite is None:
            return False
        turn.do(LinkStaff(invite))
        clinic = self.content.clinic
        names = {one.id: one.name for one in clinic.practitioners} | {one.id: one.name for one in clinic.contacts}
        turn.says.append(
            Say(f"desk.linked_{invite.role}", {"name": names.get(invite.ref, invite.ref), "clinic": clinic.name})
        )
        return True

    def verbs(self) -> dict[str, Verb]:
        """What the buttons on a card do."""
        return {
            "seen": Verb(self.seen, CARD_NEEDS, staff=True),
            "release": Verb(self.release, CARD_NEEDS, staff=True),
            "record": Verb(self.record, CARD_NEEDS, staff=True),
            "dispute": Verb(self.dispute, CARD_NEEDS),
        }


def _rows(section: summary.Section) -> list[tuple[str, tuple[fhir.Value, ...], str]]:
    return [(row.label, row.values, row.level or "") for row in section.rows]


def _row(label: str, given: tuple[fhir.Value, ...], level: str = "") -> dict[str, object]:
    return {"label": label, "level": level, "values": [fhir.text(value) for value in given]}


def desk(content: Content) -> Flow:
    """What the practice finds when it writes to the bot itself."""
    return Flow(
        "desk",
        needs=("diary",),
        resumes=False,
        steps=[Ask("today", Choice("refresh", holds=Holds(("day", "visits", "tomorrow"), Desk(content).today)))],
        routes=[route("today", "today")],
        says=(
            spoken("desk.no_visits"),
            spoken("desk.line", "starts_at", "ends_at", "name", "visit"),
            spoken("desk.line_waits", "starts_at", "ends_at", "name", "visit"),
            spoken("desk.seen"),
            spoken("desk.invitation_gone"),
            spoken("desk.nothing_held"),
            spoken("desk.released"),
            spoken("desk.document"),
            spoken("desk.mistake", "name", "flags", choices=("seen", "release")),
            spoken("desk.linked_practitioner", "name", "clinic"),
            spoken("desk.linked_contact", "name", "clinic"),
            spoken("intake.released", "phone"),
            spoken("intake.already_said"),
            spoken("intake.mistake_said", "phone"),
        ),
    )


def contact(content: Content) -> Flow:
    """What a contact of the practice finds: that they are told of alarms, and by whom."""
    clinic = content.clinic
    holding = Holding(("clinic", "phone"), lambda turn: {"clinic": clinic.name, "phone": clinic.phone})
    return Flow("contact", resumes=False, steps=[End("alarms_only", holding=holding)])
