"""A standing button does nothing for whoever it is not for, whatever row it is made to name."""

from dataclasses import replace

import pytest

from bot.model import Patient, Staff, Tap
from tests.flows.paper import ALEX, NOW, SAM
from tests.flows.test_day import paper, visit
from tests.house import practice

VERBS = practice().house.verbs
FORGED = [
    (name, by)
    for name, verb in VERBS.items()
    for by in (None, SAM, ALEX)
    if (by.role if by else "patient") not in verb.by
]


@pytest.mark.parametrize(("verb", "by"), FORGED)
def test_a_forged_button_does_nothing(verb: str, by: Staff | None) -> None:
    begun = visit(1, -0.5, "Maria")
    made = paper(begun, visit(2, 3, "Lee"))
    made.facts = replace(made.facts, now=NOW, patient=Patient(1, "active", "Maria"), visit=begun, bookings=(begun,))
    outcome = made.hear(Tap(f"s:{verb}:1", "c", 1), by)
    assert (outcome.effects, outcome.says) == ((), ())
    assert outcome.toast
    assert outcome.toast.key == "common.gone"


def test_what_the_practice_does_is_no_patients_and_hardly_a_contacts() -> None:
    of_contacts = {name for name, verb in VERBS.items() if "contact" in verb.by}
    of_both = {name for name, verb in VERBS.items() if {"patient", "practitioner"} <= verb.by}
    assert (of_contacts, of_both) == ({"seen"}, set())
