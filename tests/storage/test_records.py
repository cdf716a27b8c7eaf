"""What patients told, on a real database: records, screens and signs, as they were told and sent."""

import os

import pytest

from bot import model
from bot.model import Needs
from storage.vault import Vault
from storage.work import Pen
from tests.storage.desk import ASSESSED, FORM, SECRET, START, Desk, actor


def test_a_record_comes_back_as_it_was_told(desk: Desk) -> None:
    ada = desk.person(7)
    assert desk.facts(ada, "patient", "record") == {}
    desk.does(ada, *ASSESSED, model.SaveAnswer("pain/score", ({"valueInteger": 4},)))
    desk.does(ada, model.SaveAnswer("pain/score", ({"valueInteger": 6},)), model.SaveAnswer("other", ()))
    facts = desk.facts(ada, "patient", "record")
    assert facts["patient"].name == "Ada Loveless"
    assert facts["record"].status == "in-progress"
    assert facts["record"].answers == {
        "pain/where": ({"valueString": SECRET},),
        "pain/score": ({"valueInteger": 6},),
        "other": (),
    }
    desk.does(ada, model.CloseRecord("completed"), model.KeepScores({"nprs": 6}))
    assert desk.facts(ada, "record")["record"].submitted_at == START


def test_a_flag_is_raised_once_a_rule_and_told_once(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(8)
    raised = model.RaiseFlag("cauda_equina", "emergency", "q1")
    desk.does(ada, *ASSESSED, raised, raised)
    patient = desk.facts(ada, "patient")["patient"].id
    (flag,) = desk.facts(ada, "flags")["flags"]
    assert (flag.code, flag.state, flag.told) == ("cauda_equina", "open", False)
    told = model.Told(patient, ((desk.facts(ada, "record")["record"].id, "cauda_equina"),))
    desk.does(ada, told, told)
    assert desk.facts(ada, "flags")["flags"][0].told
    desk.does(ada, model.SettleFlags(patient, ("open",), "disputed", codes=("another",)))
    assert desk.facts(ada, "flags")["flags"][0].state == "open"
    desk.does(ada, model.SettleFlags(patient, ("open",), "disputed", codes=("cauda_equina",)))
    desk.does(anna, model.SettleFlags(patient, ("open", "disputed"), "released"))
    assert desk.facts(ada, "flags")["flags"][0].state == "released"
    desk.does(ada, raised)
    assert desk.facts(ada, "flags")["flags"][0].state == "released"


def test_a_flag_becomes_graver_but_never_milder_by_an_answer(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.RaiseFlag("weakness", "doctor", "q1"))
    patient = desk.facts(ada, "patient")["patient"].id
    told = model.Told(patient, ((desk.facts(ada, "record")["record"].id, "weakness"),))
    desk.does(ada, told, model.RaiseFlag("weakness", "emergency", "q1"))
    desk.does(ada, model.RaiseFlag("weakness", "tell", "q1"))
    (flag,) = desk.facts(ada, "flags")["flags"]
    assert (flag.level, flag.state, flag.told) == ("emergency", "open", False)


def test_a_flag_survives_the_draft_that_raised_it(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.RaiseFlag("cauda_equina", "emergency", "q1"), model.DropRecord())
    assert desk.facts(ada, "record")["record"].answers == {}
    assert len(desk.facts(ada, "flags")["flags"]) == 1


def test_a_dropped_draft_leaves_nothing(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.KeepScores({"nprs": 5}), model.DropRecord())
    assert desk.facts(ada, "record")["record"] is None
    assert desk.rows("SELECT 1 FROM answer") == desk.rows("SELECT 1 FROM score") == []


def test_answers_of_a_transaction_that_rolled_back_are_not_told(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED)

    def undone() -> None:
        with desk.pen.work(desk.now) as work:
            work.carry_out([model.SaveAnswer("pain/where", ())], actor(ada))
            assert work.gather(Needs(frozenset({"record"})), actor(ada))["record"].answers == {"pain/where": ()}
            raise LookupError

    with pytest.raises(LookupError):
        undone()
    assert desk.facts(ada, "record")["record"].answers == {"pain/where": ({"valueString": SECRET},)}


def test_what_another_process_wrote_is_read_though_an_older_answer_is_at_hand(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED)
    first = desk.pen
    assert desk.facts(ada, "record")["record"].answers["pain/where"] == ({"valueString": SECRET},)
    if desk.database.dialect == "sqlite":
        first.close()
    desk.pen = Pen(desk.database, Vault([bytes(32)], os.urandom), run_id="another")
    desk.does(ada, model.SaveAnswer("pain/where", ({"valueString": "elsewhere"},)))
    desk.pen.close()
    desk.pen = first
    assert desk.facts(ada, "record")["record"].answers["pain/where"] == ({"valueString": "elsewhere"},)


def test_a_changed_answer_keeps_what_was_sent_beside_it_until_it_is_sent_again(desk: Desk) -> None:
    ada = desk.person(7)
    old, new = ({"valueString": SECRET},), ({"valueString": "elsewhere"},)
    desk.does(ada, *ASSESSED, model.CloseRecord("completed"))
    desk.does(ada, model.SaveAnswer("pain/where", new))
    desk.does(ada, model.SaveAnswer("pain/where", ()))
    changed = desk.facts(ada, "record")["record"]
    assert (changed.answers["pain/where"], changed.was) == ((), {"pain/where": old})
    desk.does(ada, model.CloseRecord("amended"))
    assert desk.facts(ada, "record")["record"].was == {}


def test_a_new_episode_keeps_the_first_assessment(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.CloseRecord("completed"))
    desk.does(ada, model.OpenEpisode(), model.OpenRecord(FORM))
    assert desk.facts(ada, "record")["record"].answers == {}
    assert desk.rows("SELECT status, count(*) FROM response GROUP BY status ORDER BY status") == [
        ("completed", 1),
        ("in-progress", 1),
    ]
    assert len(desk.rows("SELECT 1 FROM episode WHERE closed_at IS NULL")) == 1


def test_the_screen_before_a_visit_stands_beside_the_assessment(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.RaiseFlag("RF15", "doctor", "general"), model.CloseRecord("completed"))
    desk.does(
        ada,
        model.OpenRecord("check", ("legs",), "check"),
        model.SaveAnswer("legs", ({"valueBoolean": True},), "check"),
        model.RaiseFlag("RF15", "tell", "general", "check"),
    )
    facts = desk.facts(ada, "record", "check", "flags")
    assert facts["record"].answers["pain/where"] == ({"valueString": SECRET},)
    assert facts["check"].answers == {"legs": ({"valueBoolean": True},)}
    assert [(flag.response_id, flag.level) for flag in facts["flags"]] == [
        (facts["record"].id, "doctor"),
        (facts["check"].id, "tell"),
    ]


def test_a_sign_nobody_has_settled_outlives_its_episode_and_a_settled_one_does_not(desk: Desk) -> None:
    ada = desk.person(7)
    signs = (model.RaiseFlag("open", "doctor", "q1"), model.RaiseFlag("settled", "doctor", "q2"))
    desk.does(ada, *ASSESSED, *signs)
    patient = desk.facts(ada, "patient")["patient"].id
    desk.does(ada, model.SettleFlags(patient, ("open",), "released", ("settled",)))
    desk.does(ada, model.OpenEpisode(), model.OpenRecord(FORM))
    assert [flag.code for flag in desk.facts(ada, "flags")["flags"]] == ["open"]


def test_the_practice_goes_by_what_was_sent_while_a_new_assessment_is_half_done(desk: Desk) -> None:
    ada, anna = desk.person(7), desk.practitioner(9)
    desk.does(ada, *ASSESSED, model.CloseRecord("completed"))
    desk.does(ada, model.OpenEpisode(), model.OpenRecord(FORM))
    patient = desk.facts(ada, "patient")["patient"].id
    assert desk.facts(ada, "record")["record"].answers == {}
    for facts in (desk.facts(ada, "sent"), desk.facts(anna, "sent", patient_id=patient)):
        assert facts["sent"].answers["pain/where"] == ({"valueString": SECRET},)


def test_every_screen_that_was_sent_in_an_episode_is_kept(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.CloseRecord("completed"))
    for said in ("first", "second"):
        values = ({"valueString": said},)
        desk.does(ada, model.OpenRecord("c", ("else",), "check"), model.SaveAnswer("else", values, "check"))
        desk.does(ada, model.CloseRecord("completed", "check"))
    checks = desk.facts(ada, "checks")["checks"]
    assert [check.answers["else"][0]["valueString"] for check in checks] == ["first", "second"]
