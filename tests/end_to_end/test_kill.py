"""kill -9 in the middle of everything: nothing that a patient saw acknowledged is lost, nothing is done twice."""

import asyncio
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.office import Office
from storage.work import Work
from tests.end_to_end.patients import Patient
from tests.end_to_end.process import Bot, bot_on
from tests.house import KEY

PATIENTS = 20
KILLS = {"long": 60, "short": 6}
SEED = 20_250_301


def test_a_kill_in_the_middle_of_the_assessment_loses_and_repeats_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        async with bot_on(tmp_path) as bot:
            await opened_by_a_practitioner(bot)
            maria = Patient(bot.telegram.person(101, "Maria"), SEED)
            await maria.begin()
            await maria.answer()
            await bot.kill()
            check(bot, [maria])
            answering = asyncio.create_task(maria.answer())
            await bot.start()
            await answering
            await maria.answer()
            await ends_in_peace(bot)
            check(bot, [maria])
            check_once(bot, [maria])
            assert maria.answers == 3

    asyncio.run(scene())


@pytest.mark.prove
def test_no_kill_loses_an_acknowledged_answer_or_applies_an_update_twice(
    tmp_path: Path, short_proof: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = KILLS["short" if short_proof else "long"]
    chance = random.Random(SEED)

    async def scene() -> None:
        async with bot_on(tmp_path) as bot:
            await opened_by_a_practitioner(bot)
            patients = [Patient(bot.telegram.person(100 + n, f"P{n}"), SEED + n) for n in range(PATIENTS)]
            enough = asyncio.Event()
            lives = [asyncio.create_task(_life(patient, enough)) for patient in patients]
            for kill in range(kills):
                # One in six dies while it starts.
                if kill % 6 == 5:
                    await bot.kill()
                    await bot.launch()
                await asyncio.sleep(chance.uniform(0.0, 2.0))
                await bot.kill()
                for life in lives:
                    assert not life.done(), life.exception()
                check(bot, patients)
                await bot.start()
            enough.set()
            await asyncio.gather(*lives)
            await ends_in_peace(bot)
            check(bot, patients)
            check_once(bot, patients)
            bot.telegram.write_calls(tmp_path / "calls.jsonl")
            with capsys.disabled():
                _report(bot, patients, kills)

    asyncio.run(scene())


async def opened_by_a_practitioner(bot: Bot) -> None:
    """Without somebody to tell, no assessment begins."""
    code = await bot.invite()
    await bot.start()
    alex = bot.telegram.person(99, "Alex")
    alex.command(f"/start {code}")
    await alex.wait_for(lambda message: True)


async def ends_in_peace(bot: Bot) -> None:
    """SIGTERM: what is in hand is finished, within ten seconds."""
    code, seconds = await bot.terminate()
    assert code == 0
    assert seconds < 10


async def _life(patient: Patient, enough: asyncio.Event) -> None:
    await patient.begin()
    while not enough.is_set() or not patient.reviews:
        await patient.answer()


def check(bot: Bot, patients: Sequence[Patient]) -> None:
    """What the database of a bot that does not run holds is what each patient was seen to be done with, or one more."""
    with Office(bot.url, (KEY,), os.urandom).work(datetime.now(UTC)) as work:
        for patient in patients:
            _check(work, patient, _patient_id(bot, patient))


def _check(work: Work, patient: Patient, patient_id: int | None) -> None:
    record = work.records.record(patient_id, "intake") if patient_id else None
    kept = dict(record.answers) if record else {}
    if patient.saying:
        place, values = patient.saying
        assert kept.pop(place, values) in (values, patient.said.get(place))
        assert {**kept, place: ()} == {**patient.said, place: ()}
    else:
        assert kept == patient.said


def check_once(bot: Bot, patients: Sequence[Patient]) -> None:
    """Every update the local Telegram gave out was taken in once, and led to one question and no other."""
    chats = {patient.person.user_id: "en" for patient in patients}
    with Office(bot.url, (KEY,), os.urandom).work(datetime.now(UTC)) as work:
        dialogues = work.dialogues.by_chat(chats)
    for patient in patients:
        assert dialogues[patient.person.user_id].conversation.asking == patient.puts
    with sqlite3.connect(bot.database) as rows:
        responses = rows.execute("SELECT count(*) FROM response").fetchone()
        received = rows.execute("SELECT count(*), min(update_id), max(update_id) FROM received").fetchone()
    assert responses == (len(patients),)
    assert received[0] == received[2] - received[1] + 1
    assert received[2] + 1 == bot.telegram.updates.next_id
    assert not len(bot.telegram.updates)


def _patient_id(bot: Bot, patient: Patient) -> int | None:
    with sqlite3.connect(bot.database) as rows:
        found = rows.execute(
            "SELECT patient_id FROM account_patient JOIN account ON account.id = account_id WHERE chat_id = ?",
            (patient.person.user_id,),
        ).fetchone()
    return found[0] if found else None


def _report(bot: Bot, patients: Sequence[Patient], kills: int) -> None:
    repeated = answered = 0
    for patient in patients:
        shown = Counter((one.text, str(one.markup)) for one in patient.person.messages if one.from_bot)
        repeated += sum(times - 1 for times in shown.values())
        answered += patient.answers
    sent = sum(call["method"] == "sendMessage" for call in bot.telegram.calls)
    print(  # noqa: T201 - the figures of the proof
        f"\n{kills} kills, {len(patients)} patients: {answered} answers acknowledged, 0 lost, 0 applied twice; "
        f"{repeated} of {sent} messages repeated"
    )
