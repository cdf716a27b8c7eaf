"""What a thief of the database has: nothing that was said, and nothing that can be put in another's place."""

from pathlib import Path

import pytest
from sqlalchemy import text

from bot import model
from storage.vault import Tampered
from tests.storage.desk import ASSESSED, FORM, NINE, SECRET, START, Desk, visit


def test_signs_or_none_and_answers_or_none_look_the_same(desk: Desk) -> None:
    ada, ben = desk.person(7), desk.person(8)
    opened = model.OpenRecord(FORM, ("pain/where", "pain/when"))
    several = [model.RaiseFlag(f"sign-{number}", "emergency", f"question-{number}") for number in range(8)]
    desk.does(ada, opened, model.SaveAnswer("pain/when", ({"valueString": SECRET},)), *several)
    desk.does(ben, opened)
    assert desk.facts(ben, "record")["record"].answers == {}
    for table in ("answer", "flag"):
        lengths = f"SELECT patient_id, count(*), min(length(body)), max(length(body)) FROM {table} GROUP BY 1"
        assert len({row[1:] for row in desk.rows(lengths)}) == 1


def test_a_key_of_a_transaction_that_rolled_back_seals_nothing_again(desk: Desk) -> None:
    ada = desk.person(7)
    with pytest.raises(LookupError, match="not in the diary"):
        desk.does(ada, *ASSESSED, visit(room="nowhere"))
    assert desk.rows("SELECT 1 FROM patient") == []
    desk.does(ada, *ASSESSED)
    desk.run_anew()
    assert desk.facts(ada, "patient")["patient"].name == "Ada Loveless"


def test_an_answer_moved_to_another_patient_does_not_open(desk: Desk) -> None:
    ada, eve = desk.person(7), desk.person(9)
    desk.does(ada, *ASSESSED)
    desk.does(eve, model.OpenRecord(FORM), model.SaveAnswer("pain/where", ()))
    with desk.database.engine.begin() as connection:
        connection.execute(
            text("UPDATE answer SET body = (SELECT body FROM answer WHERE patient_id = 1) WHERE patient_id = 2")
        )
    desk.run_anew()
    with pytest.raises(Tampered):
        desk.facts(eve, "record")


def test_an_answer_replaced_by_an_older_one_does_not_open(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED)
    before = desk.rows("SELECT body, revision FROM answer")[0]
    assert desk.facts(ada, "record")["record"].answers["pain/where"] == ({"valueString": SECRET},)
    desk.does(ada, model.SaveAnswer("pain/where", ()))
    assert desk.facts(ada, "record")["record"].answers["pain/where"] == ()
    with desk.database.engine.begin() as connection:
        connection.execute(text("UPDATE answer SET body = :body"), {"body": before[0]})
    desk.run_anew()
    with pytest.raises(Tampered):
        desk.facts(ada, "record")


def test_a_dump_tells_nothing_of_what_was_said(sqlite_database: str, tmp_path: Path) -> None:
    desk = Desk(sqlite_database)
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.RaiseFlag("cauda_equina", "emergency", "q1"))
    desk.does(ada, model.PlanReminder("advice", NINE, "walking"))
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert len(kept) > 10_000
    for word in (SECRET, "ischium", "Loveless", "960123", "cauda_equina", "pain/where", "emergency", "walking"):
        assert word.encode() not in kept, word
    places = [row[0] for row in desk.rows("SELECT place FROM answer")]
    assert {len(place) for place in places} == {16}
    desk.close()


def test_an_alarm_tells_a_thief_neither_whose_it_is_nor_what_for_and_rings_once(desk: Desk) -> None:
    ada = desk.person(7)
    desk.does(ada, *ASSESSED, model.SetAlarm(1, "again", START))
    assert desk.rows("SELECT count(*) FROM alarm") == [(1,)]
    with desk.pen.work(desk.now) as work:
        (alarm,) = work.alarms.due(5)
        assert (alarm.patient_id, alarm.account_id, alarm.step) == (1, ada.account.id, "again")
        work.alarms.drop(alarm.id)
    assert desk.rows("SELECT count(*) FROM alarm") == [(0,)]
