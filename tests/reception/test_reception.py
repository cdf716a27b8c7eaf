"""The single writer on a real database: what is one step, what is set aside, what never happened."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from bot import model
from bot.model import Arrival, Conversation, Event, Facts, Needs, Offer, Outcome, Say, Tap, Text
from bot.reception import Away
from tests.reception.stage import SECRET, START, clinic, said, staged, tapped, texts
from tests.storage.scans import scans

NINE = START + timedelta(days=8)
PLAN = model.PlanReminder("nudge", START + timedelta(hours=1), "walking")


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def deeds(**by_word: model.Effect | tuple[model.Effect, ...]) -> Callable[[Conversation, Event, Facts], Outcome]:
    """Does what the word typed stands for, and says that it did."""

    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        word = event.text if isinstance(event, Text) else type(event).__name__.lower()
        effects = by_word.get(word, ())
        says = (Say("done", {"word": word}),)
        return Outcome(conversation, says, effects if isinstance(effects, tuple) else (effects,))

    return advance


def test_the_same_update_twice_is_one_step(database_url: str) -> None:
    with staged(database_url) as stage:
        first = said(7, 1, "hello")
        assert len(stage.hear(first, first)) == 1
        assert stage.hear(first) == []
        assert texts(stage.hear(said(7, 2, "more"))) == ["<b>echo</b> heard=more count=2 [en Europe/London]"]
    with staged(database_url, run_id="another") as stage:
        assert stage.hear(first) == []


def test_what_one_chat_sends_in_one_group_is_decided_in_order(database_url: str) -> None:
    with staged(database_url) as stage:
        heard = texts(stage.hear(*(said(7, update, f"word{update}") for update in range(1, 6)), said(8, 9, "other")))
        assert [text.split()[1:3] for text in heard[:5]] == [[f"heard=word{n}", f"count={n}"] for n in range(1, 6)]
        newest = "SELECT version FROM conversation ORDER BY account_id LIMIT 1"
        begun = stage.scalar(newest)
        stage.hear(*(said(7, update, f"word{update}") for update in range(10, 15)))
        assert stage.scalar(newest) == begun + 1
        assert stage.scalar("SELECT count(*) FROM account") == 2


def test_poison_is_set_aside_and_its_neighbours_go_on(database_url: str) -> None:
    with staged(database_url) as stage:
        parcels = stage.hear(said(7, 1, "hello"), said(8, 2, "poison"), said(9, 3, "no words"), said(10, 4, "bye"))
        assert [text.split()[0] for text in texts(parcels)] == [
            "<b>echo</b>",
            "<b>common.fault</b>",
            "<b>common.fault</b>",
            "<b>echo</b>",
        ]
        assert stage.rows("SELECT update_id, reason FROM set_aside ORDER BY id") == [
            (2, "ZeroDivisionError"),
            (3, "KeyError"),
        ]
        aside = stage.reception.do(lambda work: work.dialogues.aside()).result(5)
        assert b"poison" in aside[0][2]
        assert stage.hear(said(8, 2, "poison")) == []


def test_an_update_nobody_can_read_is_kept_sealed_and_once(database_url: str) -> None:
    with staged(database_url) as stage:
        unreadable = Arrival(0, model.Unreadable(SECRET.encode(), "no message"), bot_id=1, update_id=5)
        assert stage.hear(unreadable, said(7, 6, "hello"))[0].chat_id == 7
        stage.hear(unreadable)
        assert stage.rows("SELECT reason FROM set_aside") == [("no message",)]
        assert stage.scalar("SELECT count(*) FROM account") == 1


def test_nothing_survives_a_rollback(database_url: str) -> None:
    lost = model.Book("first", "nobody", "nowhere", NINE, NINE, NINE, "UTC", "booked", "uid")
    advance = deeds(bad=(model.OpenRecord("f|1"), model.Identify(name="Ada"), lost), good=model.OpenRecord("f|1"))
    with staged(database_url, advance) as stage:
        parcels = stage.hear(said(7, 1, "good"), said(8, 2, "bad"), said(9, 3, "good"))
        assert [text.split()[0] for text in texts(parcels)] == ["<b>done</b>", "<b>common.fault</b>", "<b>done</b>"]
        assert stage.scalar("SELECT count(*) FROM patient") == 2
        assert stage.rows("SELECT reason FROM set_aside") == [("LookupError",)]
        assert stage.scalar("SELECT count(*) FROM data_key WHERE owner LIKE 'patient:%'") == 2
        assert stage.scalar("SELECT count(*) FROM outbox") == 3


def booker(conversation: Conversation, event: Event, facts: Facts) -> Outcome | Needs:
    if "busy" not in facts.known:
        return Needs(frozenset({"busy"}), window=model.Window(timedelta(days=30), frozenset({clinic().rooms[0].id})))
    if facts.busy:
        return Outcome(conversation, (Say("gone"),))
    ends = NINE + timedelta(minutes=45)
    here = clinic()
    book = model.Book("v", here.practitioners[0].id, here.rooms[0].id, NINE, ends, ends, "UTC", "booked", "uid")
    return Outcome(conversation, (Say("booked"),), (book,))


def test_who_comes_second_to_a_time_hears_that_it_is_gone(database_url: str) -> None:
    with staged(database_url, booker) as stage:
        parcels = stage.hear(said(7, 1, "book"), said(8, 2, "book"))
        assert [text.split()[0] for text in texts(parcels)] == ["<b>booked</b>", "<b>gone</b>"]


def test_a_conflict_is_decided_again_with_fresh_facts(postgres_database: str) -> None:
    """Two processes on one PostgreSQL want one time: the slower is decided again, and told."""
    meeting = threading.Barrier(2, timeout=5)
    asked: list[int] = []

    def hesitant(conversation: Conversation, event: Event, facts: Facts) -> Outcome | Needs:
        outcome = booker(conversation, event, facts)
        if isinstance(outcome, Outcome):
            asked.append(facts.account.chat_id)
            if len(asked) <= 2:
                meeting.wait()
        return outcome

    with (
        staged(postgres_database, hesitant) as one,
        staged(postgres_database, hesitant, run_id="b") as two,
    ):
        one.reception.do(lambda work: None).result(5)
        two.reception.do(lambda work: None).result(5)
        answers = [one.reception.receive([said(7, 1, "book")]), two.reception.receive([said(8, 2, "book")])]
        for answer in answers:
            answer.result(20)
        assert sorted(text.split()[0] for text in texts(one.sent + two.sent)) == ["<b>booked</b>", "<b>gone</b>"]
        assert one.scalar("SELECT count(*) FROM booking") == 1
        assert one.scalar("SELECT count(*) FROM set_aside") == 0


def test_while_the_database_is_away_nothing_is_acknowledged(postgres_database: str) -> None:
    with staged(postgres_database) as stage:
        stage.hear(said(7, 1, "hello"))
        with psycopg.connect(postgres_database.replace("postgresql+psycopg", "postgresql"), autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(Away):
            stage.reception.receive([said(7, 2, "lost")]).result(20)
        assert texts(stage.hear(said(7, 2, "lost"))) == ["<b>echo</b> heard=lost count=2 [en Europe/London]"]


def test_a_tap_is_answered_by_the_first_letter_or_by_one_of_its_own(database_url: str) -> None:
    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        assert isinstance(event, Tap)
        says = {
            "edit": (Say("page", edit=event.message_id),),
            "card": (Say("card", card="patient:7"), Say("next")),
            "none": (),
        }[event.data]
        return Outcome(conversation, says, toast=Say("common.stale", {"of": "a &lt; b"}))

    with staged(database_url, advance) as stage:
        (edit,) = stage.hear(tapped(7, 1, "edit"))
        assert edit.body["edit"] == 50
        assert edit.body["callback"] == {"id": "cb1", "toast": "common.stale of=a < b [en Europe/London]"}
        answer, card, last = stage.hear(tapped(7, 2, "card"))
        assert set(answer.body) == {"callback"}
        assert "callback" not in card.body
        assert "callback" not in last.body
        (alone,) = stage.hear(tapped(7, 3, "none"))
        assert alone.body["callback"]["id"] == "cb3"


def test_a_card_has_one_row_and_rising_revisions(database_url: str) -> None:
    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        return Outcome(conversation, (Say("card", card="patient:7"), Say("word", reply_to="patient:7")))

    with staged(database_url, advance) as stage:
        first, word = stage.hear(said(7, 1, "x"))
        assert "reply_to" not in word.body
        stage.reception.settled(first, "sent", message_id=99)
        second, word = stage.hear(said(7, 2, "y"))
        assert (first.card_id, first.card_revision, second.card_revision) == (second.card_id, 1, 2)
        card = second.card_id or 0
        assert stage.reception.do(lambda work: work.card(card)).result(5) == (99, 2)
        assert stage.hear(said(7, 3, "z"))[1].body["reply_to"] == 99


def test_the_buttons_last_shown_are_remembered(database_url: str) -> None:
    seen: list[dict[str, str]] = []

    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        seen.append(dict(conversation.labels))
        links = (Offer("site", "https://example.org", "Site"), Offer("yes", "q:1:yes", "Yes"))
        return Outcome(conversation, (Say("asked", offers=(links,)),) if len(seen) == 1 else (Say("plain"),))

    with staged(database_url, advance) as stage:
        for update in range(3):
            stage.hear(said(7, update, "x"))
        assert seen == [{}, {"Yes": "q:1:yes"}, {"Yes": "q:1:yes"}]


def test_what_is_sent_is_erased_and_told_to_whoever_waits(database_url: str) -> None:
    heard: list[Event] = []

    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        heard.append(event)
        if isinstance(event, Text) and event.text == "alert":
            return Outcome(conversation, (Say("alert", to=1, receipt="flags"),))
        return Outcome(conversation)

    with staged(database_url, advance) as stage:
        stage.hear(said(8, 1, "practitioner"))
        (alert,) = stage.hear(said(7, 2, "alert"))
        assert (alert.chat_id, alert.body["receipt"]) == (8, {"account": 2, "receipt": "flags"})
        for _ in range(2):
            stage.reception.settled(alert, "sent", message_id=5)
        wait_until(lambda: len(heard) >= 3)
        stage.hear(said(7, 3, "later"))
        assert [event for event in heard if not isinstance(event, Text)] == [model.Delivered("flags", ok=True)]
        assert stage.rows("SELECT state, body FROM outbox") == [("sent", None)]


def test_who_blocked_the_bot_is_known_to_be_out_of_reach(database_url: str) -> None:
    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        if isinstance(event, model.Reach):
            return Outcome(conversation, (), (model.SetReachable(facts.account.id, event.reachable),))
        return Outcome(conversation, (Say("advice"),), (PLAN,))

    with staged(database_url, advance) as stage:
        (advice,) = stage.hear(said(7, 1, "hello"))
        stage.reception.settled(advice, "refused", reason="blocked")
        wait_until(lambda: not stage.scalar("SELECT reachable FROM account"))
        assert stage.rows("SELECT state FROM reminder") == [("cancelled",)]
        assert stage.rows("SELECT state FROM outbox") == [("refused",)]


def test_what_a_dead_run_had_in_hand_is_claimed_again_in_order(database_url: str) -> None:
    with staged(database_url) as stage:
        stage.hear(said(7, 1, "a"), said(7, 2, "b"))
    with staged(database_url, run_id="next") as stage:
        assert stage.hear(said(7, 3, "c")) == []  # it waits for those before it
        if database_url.startswith("postgresql"):
            stage.pass_time(timedelta(minutes=1))
        claimed = stage.reception.claim(10).result(5)
        assert [(text.split()[1], parcel.again) for text, parcel in zip(texts(claimed), claimed, strict=True)] == [
            ("heard=a", True),
            ("heard=b", True),
            ("heard=c", False),
        ]
        assert stage.reception.claim(10).result(5) == []
        stage.reception.postpone(claimed[2])
        wait_until(lambda: stage.scalar("SELECT count(*) FROM outbox WHERE state = 'pending'") == 1)
        (again,) = stage.reception.claim(10).result(5)
        assert (again.id, again.again) == (claimed[2].id, False)


def test_another_run_at_work_is_not_overtaken(postgres_database: str) -> None:
    with staged(postgres_database) as one, staged(postgres_database, run_id="b") as two:
        (first,) = one.hear(said(7, 1, "a"))
        assert two.hear(said(7, 2, "b")) == []
        assert two.reception.claim(10).result(5) == []
        one.reception.settled(first, "sent")
        wait_until(lambda: one.scalar("SELECT count(*) FROM outbox WHERE state = 'sent'") == 1)
        assert len(two.reception.claim(10).result(5)) == 1


def test_a_due_reminder_is_decided_once(database_url: str) -> None:
    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        if isinstance(event, model.Due):
            if event.reminder.topic == "poison":
                raise ValueError
            settled = model.SettleReminder(event.reminder.id, "sent")
            return Outcome(conversation, (Say("tip", {"topic": event.reminder.topic}, bulk=True),), (settled,))
        return Outcome(conversation, (), (PLAN, replace(PLAN, topic="poison"), replace(PLAN, due_at=NINE)))

    with staged(database_url, advance) as stage:
        stage.hear(said(7, 1, "plan"), said(8, 2, "plan"))
        assert stage.reception.due().result(5) == 0
        stage.pass_time(timedelta(hours=2))
        assert len(stage.reception.upcoming(10).result(5)) == 6
        assert stage.reception.due().result(5) == 4
        assert stage.reception.due().result(5) == 0
        assert stage.sent == []
        assert {text.split()[1] for text in texts(stage.reception.claim(10).result(5))} == {"topic=walking"}
        assert sorted(stage.rows("SELECT state FROM reminder")) == [
            *[("missed",)] * 2,
            *[("planned",)] * 2,
            *[("sent",)] * 2,
        ]


def test_what_was_wanted_until_an_hour_does_not_go_after_it_and_that_is_kept(database_url: str) -> None:
    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        if isinstance(event, model.Due):
            settled = model.SettleReminder(event.reminder.id, "sent")
            until = facts.now + timedelta(minutes=30)
            return Outcome(conversation, (Say("tip", {}, bulk=True, until=until),), (settled,))
        return Outcome(conversation, (), (PLAN,))

    with staged(database_url, advance) as stage:
        stage.hear(said(7, 1, "plan"), said(8, 2, "plan"))
        stage.pass_time(timedelta(hours=1))
        assert stage.reception.due().result(5) == 2
        assert len(stage.reception.claim(1).result(5)) == 1, "in time"
        stage.pass_time(timedelta(minutes=30))
        assert stage.reception.claim(10).result(5) == []
        assert sorted(stage.rows("SELECT state FROM outbox")) == [("lapsed",), ("sending",)]
        assert sorted(stage.rows("SELECT state FROM reminder")) == [("missed",), ("sent",)]


def test_a_tip_that_cannot_be_decided_is_set_aside_and_the_next_is_planned(database_url: str) -> None:
    plan = model.Plan(frozenset(range(7)), NINE.time(), "Europe/London", "on", 7)

    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        assert not isinstance(event, model.Due)
        return Outcome(conversation, (), (model.SetPlan(plan), model.PlanReminder("advice", NINE)))

    with staged(database_url, advance) as stage:
        stage.hear(said(7, 1, "plan"))
        stage.pass_time(NINE - START + timedelta(minutes=1))
        assert stage.reception.due().result(5) == 1
        assert stage.reception.due().result(5) == 0
        assert sorted(stage.rows("SELECT state FROM reminder")) == [("missed",), ("planned",)]
        assert [due for due, *_ in stage.reception.upcoming(5).result(5)] == [NINE + timedelta(days=1)]


def test_a_reminder_for_somebody_without_a_chat_is_not_due_again_and_again(database_url: str) -> None:
    with staged(database_url, deeds(plan=PLAN)) as stage:
        stage.hear(said(7, 1, "plan"))
        with stage.database.engine.begin() as connection:
            connection.execute(text("UPDATE account SET chat_id = NULL"))
        stage.pass_time(timedelta(hours=2))
        assert [stage.reception.due().result(5) for _ in range(2)] == [1, 0]
        assert stage.rows("SELECT state FROM reminder") == [("missed",)]


def test_a_forgotten_person_gets_the_farewell_and_comes_back_a_stranger(database_url: str) -> None:
    advance = deeds(forget=model.ForgetAccount(), open=(model.OpenRecord("f|1"), model.Identify(name="Ada")))
    with staged(database_url, advance) as stage:
        stage.hear(said(7, 1, "open"))
        farewell = stage.hear(said(7, 2, "before"), said(7, 3, "forget"), said(7, 4, "after"))
        assert [parcel.account_id for parcel in farewell][1:] == [1, 2]
        assert stage.rows("SELECT chat_id FROM account ORDER BY id") == [(None,), (7,)]
        assert stage.rows("SELECT owner FROM data_key WHERE owner = 'account:1'") == []
        waiting = stage.rows("SELECT id FROM outbox WHERE account_id = 1")
        assert waiting == [(farewell[1].id,)]
    with staged(database_url, run_id="next") as stage:
        stage.pass_time(timedelta(minutes=1))
        claimed = stage.reception.claim(5).result(5)
        assert "word=forget" in texts(claimed)[0]
        for parcel in claimed:
            stage.reception.settled(parcel, "sent")
        stage.hear(said(7, 9, "x"))
        stage.reception.prune().result(5)
        assert stage.rows("SELECT 1 FROM outbox WHERE account_id = 1") == []


def test_what_is_over_is_pruned(database_url: str) -> None:
    with staged(database_url) as stage:
        (parcel,) = stage.hear(said(7, 1, "hello"))
        stage.reception.settled(parcel, "sent")
        stage.hear(said(7, 2, "again"))
        stage.pass_time(timedelta(days=31))
        stage.reception.prune().result(5)
        assert stage.scalar("SELECT count(*) FROM received") == 0
        assert stage.rows("SELECT state FROM outbox") == [("sending",)]


def test_many_threads_lose_nothing_and_apply_nothing_twice(database_url: str) -> None:
    with staged(database_url) as stage:

        def patient(chat: int) -> None:
            for number in range(20):
                stage.reception.receive([said(chat, chat * 100 + number, "x")]).result(20)

        threads = [threading.Thread(target=patient, args=(chat,)) for chat in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(stage.sent) == 160
        finals = texts(stage.hear(*(said(chat, chat * 100 + 99, "x") for chat in range(1, 9))))
        assert {text.split()[2] for text in finals} == {"count=21"}


def test_stopping_finishes_what_is_in_hand(database_url: str) -> None:
    with staged(database_url) as stage:
        answers = [stage.reception.receive([said(chat, chat, "x")]) for chat in range(1, 40)]
        parcel = stage.hear(said(50, 50, "x"))[-1]
        stage.reception.settled(parcel, "sent")
        stage.reception.stop()
        for answer in answers:
            answer.result(0)
        with pytest.raises(Away):
            stage.reception.receive([said(60, 60, "x")]).result(5)
        assert stage.scalar("SELECT count(*) FROM outbox WHERE state = 'sent'") == 1


def test_a_job_that_fails_spoils_no_other(database_url: str) -> None:
    with staged(database_url) as stage:
        gate = threading.Event()
        first = stage.reception.do(lambda work: gate.wait(5))
        bad = stage.reception.do(lambda work: 1 // 0)
        good = stage.reception.do(lambda work: work.people.practice())
        gate.set()
        assert first.result(5)
        assert good.result(5) == ()
        with pytest.raises(ZeroDivisionError):
            bad.result(5)


def test_no_log_line_holds_what_was_typed(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        raise ValueError(SECRET)

    with staged(database_url, advance) as stage:
        stage.hear(said(7, 1, SECRET))
    assert "1.1" in caplog.text
    assert "ischium" not in caplog.text


def test_no_tap_claim_or_tick_reads_a_whole_table(sqlite_database: str) -> None:
    with staged(sqlite_database) as stage:
        stage.hear(said(7, 1, "hello"))
        with scans(stage.database, "ix_outbox_unsent", "SCAN staff", least=6) as found:
            (parcel,) = stage.hear(said(7, 2, "hello"))
            stage.reception.settled(parcel, "sent")
            stage.hear(said(7, 3, "hello"), said(8, 4, "hello"))
            stage.reception.claim(10).result(5)
            stage.reception.due().result(5)
    assert found == []


def test_who_is_too_young_leaves_nothing_behind_and_nobody_erases_anybody_elses(database_url: str) -> None:
    began = (model.OpenRecord("form"), model.Identify(name=SECRET))
    young = (model.DropRecord(), model.Erase(1))
    with staged(database_url, deeds(began=began, young=young)) as stage:
        stage.hear(said(7, 1, "began"), said(8, 2, "young"))
        assert stage.rows("SELECT state, body IS NULL FROM patient") == [("active", False)]
        stage.hear(said(7, 3, "young"))
        assert stage.rows("SELECT state, body IS NULL FROM patient") == [("erased", True)]
        stage.hear(said(7, 4, "began"))
        assert stage.scalar("SELECT count(*) FROM patient WHERE state = 'active'") == 1
        assert not stage.scalar("SELECT count(*) FROM set_aside")


def test_a_record_that_was_sent_is_not_erased_by_the_patient(database_url: str) -> None:
    began = (model.OpenRecord("form"), model.Identify(name=SECRET), model.CloseRecord("completed"))
    with staged(database_url, deeds(began=began, young=model.Erase(1))) as stage:
        stage.hear(said(7, 1, "began"), said(7, 2, "young"))
        assert stage.rows("SELECT state, body IS NULL FROM patient") == [("active", False)]
