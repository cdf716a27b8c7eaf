"""What a thief of the database, its WAL and the logs learns: nothing that patients said."""

import asyncio
import logging
import re
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo import Person
from tests.end_to_end.patients import asks_other_than, harmless, ticks, view
from tests.house import TOKEN, house, practice

BEGINS = datetime(2026, 3, 2, 9, 30, tzinfo=practice().content.clinic.zone)
TYPED = {
    "full-name": "Zephyrine Quill",
    "call-me": "Zephyrine",
    "phone": "01632 960777",
    "story": "quokkas and lanterns",
    "goal": "juggle turnips",
}
QUESTION = "do wombats mind?"
PATIENCE = 5.0


def test_neither_database_nor_wal_nor_logs_hold_what_was_typed_or_tapped_or_the_token(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("bot", "storage"):
        caplog.set_level(logging.INFO, name)

    async def scene() -> bytes:
        async with house(f"sqlite:///{tmp_path / 'acuback.db'}", BEGINS) as whole:
            alex = await whole.link(99, "Alex")
            maria = whole.person(7, "Maria")
            await assessed(maria, TYPED, ticked="cancer")
            await alex.wait_for("New first assessment")
            maria.send_text("quokkas and lanterns, once more")
            await asked(maria, QUESTION)
            await alex.wait_for(QUESTION)
            await maria.wait_for("The practice has your message now")
            await whole.at_rest()
            return everything(tmp_path)

    async def nothing() -> bytes:
        async with house(f"sqlite:///{tmp_path / 'empty' / 'acuback.db'}", BEGINS):
            pass
        return everything(tmp_path / "empty")

    dump, schema = asyncio.run(scene()), asyncio.run(nothing())
    assert (tmp_path / "acuback.db").stat().st_size > 100_000
    form = practice().content.form
    displays = [option.label for item in form.every_item() for option in item.options]
    told = [
        *TYPED.values(),
        QUESTION,
        TOKEN,
        *displays,
        *(item.link_id for item in form.every_item()),
        "Maria",
        "1980-05-03",
    ]
    for text in told:
        if len(text) < 4:
            continue
        assert text.encode() not in dump or text.encode() in schema, text
        assert text not in caplog.text


def everything(folder: Path) -> bytes:
    """The database, its WAL and whatever else lies beside it."""
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


async def assessed(person: Person, typed: Mapping[str, str], ticked: str) -> None:
    """The whole assessment, sent: as somebody with nothing to worry about but, perhaps, what is ticked."""
    person.command("/start")
    for code in ("go_on", "go_on", "agree", "intake"):
        await tap(person, code)
    form, before = practice().content.form, None
    while before is None or before.asks != "intake:review":
        message = await person.wait_for(asks_other_than(before), PATIENCE)
        before = view(message)
        assert before
        if before.asks in form:
            item = form.item(before.asks)
            answer = {"general": ticks(item, ticked), "cancer": ticks(item, "old")}.get(item.link_id, harmless(item))
            if isinstance(answer := typed.get(item.link_id, answer), str):
                person.send_text(answer)
            else:
                for code in answer:
                    person.tap_data(f"q:intake:asking:{code}:{before.asking}", message)
    await tap(person, "send")


async def asked(person: Person, question: str) -> None:
    """A question about a page."""
    person.command("/learn")
    for code in ("what-is-involved", "herbs", "ask"):
        await tap(person, code)
    await person.wait_for("What would you like to know about", PATIENCE)
    person.send_text(question)


async def at_the_first_sign(person: Person, code: str) -> None:
    """Up to the first screen of warning signs, where this is ticked and no more."""
    person.command("/start")
    for step in ("go_on", "go_on", "agree", "intake"):
        await tap(person, step)
    for asked, answer in (("full name", TYPED["full-name"]), ("like us to call you", TYPED["call-me"]),
                          ("When were you born", "3 May 1980"), ("On which number", TYPED["phone"])):  # fmt: skip
        await person.wait_for(asked)
        person.send_text(answer)
    await person.wait_for("Legs, bladder and bowels")
    for button in ticks(practice().content.form.item("legs"), code):
        await tap(person, button)


async def tap(person: Person, code: str) -> None:
    """The question's button of this code, once it is there."""
    found = re.compile(rf"q:\w+:\w+:{code}:\d+")
    message = await person.wait_for(
        lambda shown: any(found.fullmatch(one.data) for row in shown.keyboard for one in row), PATIENCE
    )
    person.tap_data(next(one.data for row in message.keyboard for one in row if found.fullmatch(one.data)), message)


def traces(database: Path, chat_id: int) -> dict[str, Any]:
    """What a dump without the key tells of one patient: all that is counted, named or measured. Revisions begin at
    random; what is left out besides them are ids and instants."""
    with sqlite3.connect(database) as rows:

        def ask(statement: str) -> list[Any]:
            return rows.execute(statement, {"account": account, "patient": patient}).fetchall()

        account, patient = rows.execute(
            "SELECT account_id, patient_id FROM account_patient JOIN account ON account.id = account_id"
            " WHERE chat_id = ?",
            (chat_id,),
        ).fetchone()
        return {
            "answers": len(ask("SELECT 1 FROM answer WHERE patient_id = :patient")),
            "lengths": sorted({row[0] for row in ask("SELECT length(body) FROM answer WHERE patient_id = :patient")}),
            "flags": ask("SELECT length(body) FROM flag WHERE patient_id = :patient"),
            "scores": ask("SELECT length(body) FROM score WHERE patient_id = :patient"),
            "person": ask("SELECT state, revision, length(body) FROM patient WHERE id = :patient"),
            "dialogue": ask("SELECT length(body) FROM conversation WHERE account_id = :account"),
            "responses": ask("SELECT kind, status, form FROM response WHERE patient_id = :patient ORDER BY id"),
            "reminders": sorted(ask("SELECT kind, state, length(topic) FROM reminder WHERE patient_id = :patient")),
            "cards": sorted(ask("SELECT subject FROM card WHERE account_id = :account")),
            "outbox": ask("SELECT state, lane, matters, count(*) FROM outbox WHERE account_id = :account"
                          " GROUP BY 1, 2, 3"),
            "bookings": ask("SELECT state FROM booking WHERE patient_id = :patient"),
            "audit": sorted(ask("SELECT deed FROM audit WHERE account_id = :account")),
        }  # fmt: skip


def test_a_dump_without_the_key_does_not_tell_who_answered_yes(tmp_path: Path) -> None:
    """Two patients, alike but for one answer that opens a question of its own and raises a warning sign."""
    database = tmp_path / "acuback.db"

    async def scene() -> None:
        async with house(f"sqlite:///{database}", BEGINS) as whole:
            alex = await whole.link(99, "Alex")
            for number, (name, ticked) in enumerate({"Yes": "cancer", "No": "none"}.items(), 7):
                await assessed(whole.person(number, name), TYPED, ticked)
                await alex.wait_for("New first assessment")
                await whole.at_rest()
            await whole.walk(BEGINS + timedelta(hours=2))

    asyncio.run(scene())
    yes, no = traces(database, 7), traces(database, 8)
    assert yes == no
    with sqlite3.connect(database) as rows:
        places = [row[0] for row in rows.execute("SELECT place FROM answer")]
        starts = [row[0] for row in rows.execute("SELECT revision FROM answer")]
    assert len(set(places)) == len(places), "a place is another one for each patient"
    assert len(set(starts)) > len(starts) / 2, "how often an answer changed cannot be read off its revision"


def test_an_alarm_in_a_dump_does_not_tell_whose_it_is(tmp_path: Path) -> None:
    """Two patients at the warning signs; one of them in an emergency."""
    database = tmp_path / "acuback.db"

    async def scene() -> None:
        async with house(f"sqlite:///{database}", BEGINS) as whole:
            await whole.link(99, "Alex")
            for number, code in ((7, "unsteady"), (8, "none")):
                await at_the_first_sign(whole.person(number, "Maria"), code)
            await whole.at_rest()

    asyncio.run(scene())
    with sqlite3.connect(database) as rows:
        names = {row[1] for row in rows.execute("PRAGMA table_info(alarm)")}
        alarms = rows.execute("SELECT due_at, length(body) FROM alarm").fetchall()
        touched = [row[0] for row in rows.execute("SELECT touched_at FROM response")]
    assert names == {"id", "due_at", "body"}
    assert len(touched) == 2
    assert len(alarms) == 3
    assert len({length for _, length in alarms}) == 1
    alert = practice().content.clinic.alert
    delays = (alert.again_after_minutes, alert.second_contact_after_minutes, alert.ask_care_after_minutes)
    after = {at + minutes * 60_000_000 for at in touched for minutes in delays}
    assert not after & {due_at for due_at, _ in alarms}, "its instant must lead back to nobody's answer"
