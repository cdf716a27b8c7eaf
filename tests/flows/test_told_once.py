"""Every change of a visit, by either side, is told to the other once: a table of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Booking, PlanReminder, Record, Staff, Tap
from tests.flows import test_approving, test_for_patient, test_time_off
from tests.flows.paper import ALEX, NOW, Paper
from tests.house import practice

KIM = Staff(4, "practitioner", "kim")
MARIA = 1
STANDS = Booking(
    *(
        3,
        7,
        "first",
        "example",
        NOW + timedelta(days=8),
        NOW + timedelta(days=8, hours=1),
        "Europe/London",
        "booked",
        "u",
    )
)

Told = tuple[Paper, int]
"""What was played, and how many words had been said before the change."""


def patient(*codes: str, has_one: bool = False) -> Callable[[], Told]:
    """Maria, in care, taps these buttons."""

    def plays() -> Told:
        made = Paper()
        sent = Record(1, 1, practice().content.form.canonical, "completed", {}, submitted_at=NOW)
        made.facts = replace(made.facts, record=sent, sent=sent, patient=test_for_patient.desk().paper.facts.patient)
        made.facts = replace(made.facts, practice=(ALEX, KIM))
        if has_one:
            made.facts = replace(made.facts, bookings=(STANDS,), visit=STANDS)
        made.command("book")
        for code in codes[:-1]:
            made.taps(code)
        before = len(made.told)
        made.taps(codes[-1])
        return made, before

    return plays


def desk(*codes: str) -> Callable[[], Told]:
    """Alex, at the desk, taps these buttons for Maria."""

    def plays() -> Told:
        made = test_for_patient.begin(test_for_patient.desk(test_for_patient.MARIAS))
        for code in codes[:-1]:
            made.taps(code)
        before = len(made.paper.told)
        made.taps(codes[-1])
        return made.paper, before

    return plays


def answer(verb: str) -> Callable[[], Told]:
    def plays() -> Told:
        made, _ = test_approving.request()
        before = len(made.told)
        test_approving.answers(made, verb)
        return made, before

    return plays


def no_answer() -> Told:
    made, _ = test_approving.request()
    before = len(made.told)
    made.comes([one for one in made.planned if isinstance(one, PlanReminder) and one.kind == "approval"][-1])
    return made, before


def asked_to_move() -> Told:
    made = test_time_off.AtTheDesk(replace(test_time_off.MARIA, accounts=(MARIA,)), off=(test_time_off.AWAY,))
    made.hear(Tap("s:offer_times:1", "c", 1))
    return made.paper, 0


CHANGES = {
    "the patient books": (patient("first", "20260305", "20260305T1000", "book"), ALEX.account_id, "desk.booked"),
    "the patient moves": (
        patient("move", "20260312", "20260312T1000", "book", has_one=True),
        ALEX.account_id,
        "desk.moved",
    ),
    "the patient cancels": (patient("cancel", has_one=True), ALEX.account_id, "desk.cancelled"),
    "the practice books": (
        desk("another", "first", "20260312", "20260312T1000", "book"),
        MARIA,
        "booking.booked_for_you",
    ),
    "the practice moves": (desk("m3", "20260312", "20260312T1000", "book"), MARIA, "booking.moved_for_you"),
    "the practice cancels": (desk("c3", "cancel_it"), MARIA, "booking.cancelled_for_you"),
    "the practice asks to move": (asked_to_move, MARIA, "booking.please_move"),
    "the practice agrees": (answer("approve"), MARIA, "booking.approved"),
    "the practice declines": (answer("decline"), MARIA, "booking.declined"),
    "nobody answers, the patient": (no_answer, MARIA, "booking.request_expired"),
    "nobody answers, the practice": (no_answer, ALEX.account_id, "desk.request_expired"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_other_side_is_told_once(change: str) -> None:
    plays, whom, key = CHANGES[change]
    made, before = plays()
    heard = [say.key for to, say, _ in made.told[before:] if to == whom and not say.card and say.to is not None]
    assert heard == [key]
    told = {to for to, say, _ in made.told[before:] if not say.card}
    assert KIM.account_id not in told, "whose visit it is not hears nothing"
