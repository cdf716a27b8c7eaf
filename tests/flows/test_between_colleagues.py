"""Two practitioners: whoever changes a visit, the one who gives it, and the one who gave it, hear of that."""

from dataclasses import replace

import pytest

from bot import flows
from bot.engine import Engine
from bot.model import Flag, Patient, Record, Tap
from tests.flows import test_approving, test_for_patient
from tests.flows.paper import ALEX, NOW, Paper
from tests.flows.test_told_once import STANDS
from tests.flows.test_two_and_two import KIM, of_two
from tests.house import practice

CLINIC = replace(of_two(), policies=practice().content.clinic.policies)
ENGINE = Engine(flows.build(replace(practice().content, clinic=CLINIC)))


class OfTwo(Paper):
    """Maria at a practice of two."""

    @property
    def engine(self) -> Engine:
        return ENGINE


def news(made: Paper, before: int = 0) -> list[tuple[int, str]]:
    """Who of the practice heard what since, cards apart."""
    staff = {ALEX.account_id, KIM.account_id}
    return [(to, say.key) for to, say, _ in made.told[before:] if to in staff and not say.card and say.to is not None]


def maria() -> Paper:
    """Maria, who has a visit with Alex."""
    made = OfTwo()
    sent = Record(1, 1, practice().content.form.canonical, "completed", {}, submitted_at=NOW)
    made.facts = replace(made.facts, record=sent, sent=sent, patient=Patient(7, "active", "Maria"))
    made.facts = replace(made.facts, practice=(ALEX, KIM), bookings=(STANDS,), visit=STANDS)
    return made


def test_a_patient_who_goes_to_a_colleague_is_told_to_both() -> None:
    made = maria()
    made.command("book")
    for code in ("move", "kim", "20260312", "20260312T1000", "book"):
        made.taps(code)
    assert news(made) == [(KIM.account_id, "desk.moved"), (ALEX.account_id, "desk.moved_away")]
    assert "Moved to Kim: <b>Maria</b>, was Tuesday 10 March, 09:30" in made.heard("desk.moved_away")


def test_whoever_loses_a_visit_to_the_colleague_who_moves_it_hears_so() -> None:
    made = test_for_patient.desk(replace(test_for_patient.MARIAS, practitioner="kim"))
    made.paper.facts = replace(made.paper.facts, practice=(ALEX, KIM))
    of_two, desk = OfTwo(), made.paper
    of_two.facts, made.paper = desk.facts, of_two
    test_for_patient.begin(made)
    for code in ("m3", "example", "20260312", "20260312T1000", "book"):
        made.taps(code)
    assert news(made.paper) == [(KIM.account_id, "desk.moved_away")]


def test_what_a_colleague_releases_is_told_to_whoever_gives_the_visit() -> None:
    made = maria()
    held = replace(STANDS, state="awaiting_release", practitioner="kim")
    made.facts = replace(made.facts, bookings=(held,), flags=(Flag("RF12", "doctor", "open"),), accounts=())
    made.desk("release")
    assert news(made) == [(KIM.account_id, "desk.booked")]


@pytest.mark.parametrize(("verb", "key"), [("approve", "desk.booked"), ("decline", "desk.cancelled")])
def test_what_a_colleague_answers_is_told_to_whoever_gives_the_visit(verb: str, key: str) -> None:
    made, _ = test_approving.request()
    made.facts = replace(made.facts, practice=(ALEX, KIM))
    before = len(made.told)
    made.hear(Tap(f"s:{verb}:5", "c", 1), KIM)
    assert news(made, before) == [(ALEX.account_id, key)]
    assert [to for to, say, _ in made.told[before:] if to == 1 and not say.card] == [1]
