"""The practitioner's side: the buttons on a patient's card, and being linked to a chat."""

from dataclasses import replace

from bot.flows import places
from bot.flows.alerts import Alerts, emergencies, reachable
from bot.flows.answers import Holds, Paged
from bot.flows.calendars import enclosed
from bot.flows.card import NEEDS, Card, called, is_held
from bot.flows.content import Content
from bot.flows.flow import Ask, End, Flow, Holding, Turn, fixed, picked, route, spoken, standing
from bot.flows.foreseen import foreseen
from bot.flows.house import Verb
from bot.flows.papers import Papers
from bot.model import (
    Account,
    AskAgain,
    Booking,
    Facts,
    LinkStaff,
    Note,
    Offer,
    ReleaseBookings,
    Say,
    Seen,
    SettleFlags,
)
from bot.practice.items import Answers

CARD_NEEDS = NEEDS | {"accounts"}

_CUT = 60
_LONGEST = 1000


SAYS = (
    *(
        spoken(f"desk.{key}")
        for key in ("released", "nothing_held", "document", "bundle", "no_phone", "invitation_gone")
    ),
    spoken("desk.seen", "flags"),
    spoken("desk.see_first", "flags"),
    spoken("desk.contact", "name"),
    spoken("desk.mistake", "name", "flags", choices=("seen", "release")),
    spoken("desk.linked_practitioner", "name", "clinic"),
    spoken("desk.linked_contact", "name", "clinic"),
    spoken("intake.released", "phone"),
    spoken("intake.released_request", "phone"),
    spoken("intake.mistake_said", "phone"),
    spoken("intake.already_said"),
)


class Desk:
    """Deeds at the desk, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.alerts = Alerts(content)
        self.card = Card(content)
        self.papers = Papers(content)

    # --- the buttons on a card

    def seen(self, turn: Turn, patient_id: int) -> Say | None:
        if turn.facts.patient is None:
            return Say("common.gone")
        turn.do(Seen(patient_id))
        turn.do(Note("seen", f"patient:{patient_id}"))
        return Say("desk.seen", {"flags": self.unseen(turn)})

    def unseen(self, turn: Turn) -> str:
        """The emergencies nobody has marked as seen, by their lines."""
        rules = {rule.id: rule.line for rule in self.content.screening.rules}
        return "; ".join(rules.get(flag.code, flag.code) for flag in emergencies(turn.facts) if not flag.seen)

    def release(self, turn: Turn, patient_id: int) -> Say | None:
        """Nothing holds the patient's booking back any more; the patient hears so."""
        facts = turn.facts
        if facts.patient is None or not (is_held(facts) or any(flag.is_waiting for flag in facts.flags)):
            return Say("desk.nothing_held")
        if unseen := self.unseen(turn):
            return Say("desk.see_first", {"flags": unseen})
        turn.do(SettleFlags(patient_id, ("open", "disputed"), "released"))
        turn.do(ReleaseBookings(patient_id))
        waited = {one.id for one in facts.bookings if one.state == "awaiting_release"}
        after = foreseen(facts, turn.effects).bookings
        firm = next((one for one in after if one.id in waited and one.state == "booked"), None)
        if firm:
            about = self.card.about(firm)
            self.card.show(turn, "desk.booked", about, of=firm.practitioner, but=facts.account.id)
        else:
            self.card.show(turn)
        for account in facts.accounts:
            turn.says.append(self.released(facts, firm, account))
        return Say("desk.released")

    def released(self, facts: Facts, firm: Booking | None, account: Account) -> Say:
        """What a patient hears once nothing stands against a visit, with the one that is firm now."""
        asked = firm is None and any(one.approve_until for one in facts.bookings)
        said = Say(
            "intake.released_request" if asked else "intake.released",
            {"phone": self.content.clinic.phone},
            to=account.id,
        )
        if firm is None:
            return said
        kind, name, data = enclosed(facts, self.content.clinic, firm)
        return replace(said, values={**said.values, "name": name, "document": data}, document=kind)

    def record(self, turn: Turn, patient_id: int) -> Say | None:
        """The whole record, as a document; and whatever files the patient sent."""
        facts = turn.facts
        if facts.patient is None or facts.record is None:
            return Say("common.gone")
        turn.do(Note("record_read", f"patient:{patient_id}"))
        named = {"document": self.papers.summary(facts), "name": "assessment.pdf"}
        files = self.papers.files(facts.record.answers)
        turn.says.append(Say("desk.document", named, to=facts.account.id, document="summary", files=files))
        return None

    def fhir(self, turn: Turn, patient_id: int) -> Say | None:
        """The record as a FHIR bundle, for another system."""
        facts = turn.facts
        if facts.patient is None or facts.record is None:
            return Say("common.gone")
        turn.do(Note("record_exported", f"patient:{patient_id}"))
        named = {"document": self.papers.bundle(facts), "name": "assessment.fhir.json"}
        turn.says.append(Say("desk.bundle", named, to=facts.account.id, document="fhir"))
        return None

    def call(self, turn: Turn, patient_id: int) -> Say | None:
        """The patient's number, as a contact to tap."""
        patient = turn.facts.patient
        if patient is None or not patient.phone:
            return Say("desk.no_phone")
        name = called(turn.facts)
        turn.says.append(Say("desk.contact", {"name": name}, to=turn.facts.account.id, contact=(name, patient.phone)))
        return None

    def ask(self, turn: Turn, patient_id: int) -> Say | None:
        """Goes on to which question to put to the patient."""
        if turn.facts.patient is None or turn.facts.record is None or not turn.facts.accounts:
            return Say("common.gone")
        turn.opens = ("ask", {"patient": patient_id})
        return None

    def askable(self, turn: Turn) -> list[tuple[str, object]]:
        """The questions that apply: those without an answer first."""
        form = self.content.form
        answers: Answers = turn.facts.record.answers if turn.facts.record else {}
        asked = places.listed(form, answers)
        missing = [place for place in asked if not answers.get(str(place))]
        labelled: list[tuple[str, object]] = []
        for place in [*missing, *(one for one in asked if one not in missing)]:
            question = places.called(form, place, _CUT)
            label = Say("desk.unanswered", {"question": question}) if place in missing else question
            labelled.append((places.code(form, place), label))
        return labelled

    def put_question(self, turn: Turn) -> None:
        """The patient is asked, and what they answer updates the card."""
        facts, form = turn.facts, self.content.form
        answers: Answers = facts.record.answers if facts.record else {}
        asked = places.listed(form, answers)
        place = next((one for one in asked if places.code(form, one) == turn.given), None)
        if place is None or facts.patient is None:
            return
        turn.do(AskAgain(facts.patient.id, str(place)))
        for account in facts.accounts:
            turn.tell(
                "intake.asked",
                account.id,
                offers=((Offer("answer", "n:assessment"),),),
                values={"question": places.called(form, place, _LONGEST)},
            )

    def asked(self, turn: Turn) -> dict[str, object]:
        return {"name": called(turn.facts)}

    def dispute(self, turn: Turn, patient_id: int) -> Say | None:
        """The patient says a warning sign was a mistaken tap: the practitioner hears so and decides."""
        facts = turn.facts
        alive = [flag for flag in facts.flags if flag.state == "open"]
        if facts.patient is None or not alive:
            return Say("intake.already_said")
        turn.do(SettleFlags(patient_id, ("open",), "disputed"))
        seen, release = standing("seen", patient_id, "seen"), standing("release", patient_id, "release")
        told = list(reachable(facts))[:1]
        for person in told:
            turn.tell(
                "desk.mistake",
                person.account_id,
                offers=((seen, release),) if person.role == "practitioner" else ((seen,),),
                values={"name": facts.patient.name, "flags": self.card.flagged(alive, facts)},
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
        """What the buttons on a card do, and those a patient has in an emergency."""
        practitioner, practice = frozenset({"practitioner"}), frozenset({"practitioner", "contact"})
        deeds = {"release": self.release, "call": self.call, "ask": self.ask}
        papers = {"record": self.record, "fhir": self.fhir}
        return {
            "seen": Verb(self.seen, CARD_NEEDS, by=practice),
            **{name: Verb(deed, CARD_NEEDS, by=practitioner) for name, deed in deeds.items()},
            **{name: Verb(deed, CARD_NEEDS | {"scores"}, by=practitioner) for name, deed in papers.items()},
            "dispute": Verb(self.dispute, CARD_NEEDS),
            "care_yes": Verb(self.alerts.cared("yes"), NEEDS),
            "care_no": Verb(self.alerts.cared("no"), NEEDS),
        }


def ask(content: Content) -> Flow:
    """Which question of the assessment the patient is asked."""
    at_desk = Desk(content)
    return Flow(
        "ask",
        needs=CARD_NEEDS,
        resumes=False,
        steps=[
            Ask("which", Paged(at_desk.askable, also=("keep",), holds=Holds(("name",), at_desk.asked))),
            End("asked", holding=Holding(("name",), at_desk.asked)),
            End("kept"),
        ],
        routes=[
            route("which", "kept", when=picked("keep")),
            route("which", "asked", do=at_desk.put_question),
        ],
        says=(spoken("desk.unanswered", "question"),),
    )


def contact(content: Content) -> Flow:
    """What a contact of the practice finds: that they are told of alarms, and by whom."""
    clinic = content.clinic
    who = fixed(clinic=clinic.name, phone=clinic.phone)
    return Flow("contact", resumes=False, steps=[End("alarms_only", holding=who)])
