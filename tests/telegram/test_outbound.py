"""The courier, over real HTTP to the local Telegram."""

import asyncio
from collections.abc import Callable

from bot.telegram.limits import Limits
from tests.telegram.conftest import House, Scene

Play = Callable[[Scene], None]
FAST = Limits(chat_burst=1000, chat_rate=1000, burst=1000, rate=1000)


def test_a_message_goes_out_with_its_buttons_and_is_settled_with_its_number(play: Play) -> None:
    async def scene(house: House) -> None:
        parcel = house.parcel({
            "text": "<b>Hello</b>", "rows": [[["Yes", "y"], ["Map", "https://example.org"]]], "reply_to": 999,
            "protect": True,
        })  # fmt: skip
        async with house.courier() as courier:
            courier.hand_over([parcel])
            message = await house.ann.wait_for("Hello")
            await courier.quiet()
        assert [[button.data or button.url for button in row] for row in message.keyboard] == [
            ["y", "https://example.org"]
        ]
        assert house.reception.settlements == [(parcel.id, "sent", message.message_id, "")]
        (call,) = house.sent("sendMessage")
        assert (call["link_preview_options"], call["protect_content"]) == ({"is_disabled": True}, True)

    play(scene)


def test_a_chat_gets_its_messages_in_order_and_others_do_not_wait_for_it(play: Play) -> None:
    async def scene(house: House) -> None:
        bob = house.telegram.person(8, "Bob")
        bob.command("/start")
        house.telegram.faults.next("sendMessage", status=503, chat_id=7)
        parcels = [house.parcel(f"{n}") for n in range(3)] + [house.parcel("for Bob", chat_id=8)]
        async with house.courier(FAST) as courier:
            courier.hand_over(parcels)
            await bob.wait_for("for Bob")
            assert [m.text for m in house.ann.messages[1:]] == []
            await courier.quiet()
        assert [m.text for m in house.ann.messages[1:]] == ["0", "1", "2"]

    play(scene)


def test_a_tap_is_answered_before_the_edit_and_without_waiting_for_the_limit(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(Limits(chat_burst=1, chat_rate=4)) as courier:
            courier.hand_over([house.parcel({"text": "Choose", "rows": [[["A", "a"]]]})])
            message = await house.ann.wait_for("Choose")
            tap = house.ann.tap("A")
            courier.hand_over(
                [
                    house.parcel(
                        {"text": "Chosen", "edit": message.message_id, "callback": {"id": tap, "toast": "A & B"}}
                    )
                ]
            )
            await house.ann.wait_for_toast("A & B")
            assert message.text == "Choose", "the edit waits its turn"
            await house.ann.wait_for("Chosen")
            courier.hand_over([house.parcel({"callback": {"id": house.ann.tap_data("a", message)}})])
            await courier.quiet()
        assert [call["method"] for call in house.telegram.calls if "Me" not in call["method"][:5]] == [
            "sendMessage", "answerCallbackQuery", "editMessageText", "answerCallbackQuery",
        ]  # fmt: skip

    play(scene)


def test_only_the_newest_waiting_edit_of_a_message_is_sent(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(Limits(chat_burst=1, chat_rate=5)) as courier:
            courier.hand_over([house.parcel("Question")])
            message = await house.ann.wait_for("Question")
            edits = [house.parcel({"text": f"Edit {n}", "edit": message.message_id}) for n in range(5)]
            courier.hand_over(edits)
            await house.ann.wait_for("Edit 4")
            await courier.quiet()
        assert [call["text"] for call in house.sent("editMessageText")] == ["Edit 4"]
        assert {house.reception.state(edit) for edit in edits} == {"sent"}

    play(scene)


def test_replies_go_before_bulk(play: Play) -> None:
    async def scene(house: House) -> None:
        people = [house.telegram.person(n, f"P{n}") for n in range(20, 30)]
        for person in people:
            person.command("/start")
        async with house.courier(Limits(burst=1, rate=20)) as courier:
            courier.hand_over([house.parcel("bulk", chat_id=person.user_id, lane=1) for person in people])
            courier.hand_over([house.parcel("reply", chat_id=n) for n in (28, 29)])
            await courier.quiet()
        texts = [call["text"] for call in house.sent("sendMessage")]
        assert texts == ["bulk", "reply", "reply"] + ["bulk"] * 9

    play(scene)


def test_no_more_than_the_burst_goes_to_one_chat_at_once(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(Limits(chat_rate=0.001)) as courier:
            courier.hand_over([house.parcel(f"{n}") for n in range(5)])
            await house.ann.wait_for("2")
            await asyncio.sleep(0.05)
            assert len(house.sent("sendMessage")) == 3
        assert len(house.reception.postponed) == 2, "who would wait too long waits in the database"

    play(scene)


def test_a_chat_told_to_slow_down_waits_as_long_as_it_was_told(play: Play) -> None:
    async def scene(house: House) -> None:
        loop = asyncio.get_running_loop()
        house.telegram.faults.next("sendMessage", status=429, retry_after=1)
        async with house.courier() as courier:
            began = loop.time()
            courier.hand_over([house.parcel("patience")])
            await house.ann.wait_for("patience")
            assert loop.time() - began >= 1.0
            await courier.quiet()
        assert len(house.sent("sendMessage")) == 2

    play(scene)


def test_a_second_chat_told_to_slow_down_holds_everybody(play: Play) -> None:
    async def scene(house: House) -> None:
        for n in (8, 9):
            house.telegram.person(n, f"P{n}").command("/start")
        house.telegram.faults.next("sendMessage", status=429, retry_after=1, times=2)
        async with house.courier() as courier:
            courier.hand_over([house.parcel("one", chat_id=7), house.parcel("two", chat_id=8)])
            while not courier._lanes.held:
                await house.turn()
            courier.hand_over([house.parcel("three", chat_id=9)])
            await asyncio.sleep(0.1)
            assert len(house.sent("sendMessage")) == 2
            await courier.quiet()
        assert len(house.sent("sendMessage")) == 5

    play(scene)


def test_a_repeat_of_what_matters_is_said_to_be_one(play: Play) -> None:
    async def scene(house: House) -> None:
        house.telegram.faults.lose_reply("sendMessage")
        parcel = house.parcel({"text": "Flag", "again_note": "Perhaps a repeat"})
        async with house.courier(FAST) as courier:
            courier.hand_over([parcel])
            await courier.quiet()
        assert [m.text for m in house.ann.messages[1:]] == ["Flag", "Perhaps a repeat\n\nFlag"]
        assert house.reception.state(parcel) == "sent"

    play(scene)


def test_what_does_not_matter_is_left_uncertain_and_what_matters_after_one_repeat(play: Play) -> None:
    async def scene(house: House) -> None:
        house.telegram.faults.lose_reply("sendMessage", times=3)
        tip, flag = house.parcel("Tip", matters=False), house.parcel("Flag")
        async with house.courier(FAST) as courier:
            courier.hand_over([tip, flag])
            await courier.quiet()
        assert [house.reception.state(tip), house.reception.state(flag)] == ["uncertain", "uncertain"]
        assert [m.text for m in house.ann.messages[1:]] == ["Tip", "Flag", "Flag"]

    play(scene)


def test_an_edit_whose_answer_was_lost_is_repeated_and_shows_once(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(FAST) as courier:
            courier.hand_over([house.parcel("Question")])
            message = await house.ann.wait_for("Question")
            house.telegram.faults.lose_reply("editMessageText", times=2)
            edit = house.parcel({"text": "Edited", "edit": message.message_id}, matters=False)
            courier.hand_over([edit])
            await courier.quiet()
        assert house.reception.settlements[-1] == (edit.id, "sent", message.message_id, "")
        assert [m.text for m in house.ann.messages[1:]] == ["Edited"]

    play(scene)


def test_a_message_that_is_gone_is_sent_anew(play: Play) -> None:
    async def scene(house: House) -> None:
        parcel = house.parcel({"text": "Here I am", "edit": 4711, "rows": [[["Go", "g"]]]})
        async with house.courier() as courier:
            courier.hand_over([parcel])
            message = await house.ann.wait_for("Here I am")
            await courier.quiet()
        assert message.labels == ["Go"]
        assert house.reception.settlements == [(parcel.id, "sent", message.message_id, "")]

    play(scene)


def test_broken_markup_is_sent_as_plain_words(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier() as courier:
            courier.hand_over([house.parcel({"text": "<b>Take <i>care</b> &amp; rest", "rows": [[["Ok", "k"]]]})])
            message = await house.ann.wait_for("Take")
            await courier.quiet()
        assert (message.text, message.labels) == ("Take care & rest", ["Ok"])

    play(scene)


def test_a_text_too_long_for_one_message_comes_in_pieces_with_the_buttons_last(play: Play) -> None:
    async def scene(house: House) -> None:
        line = "x" * 99 + "\n"
        async with house.courier(FAST) as courier:
            courier.hand_over([house.parcel({"text": line * 90, "rows": [[["Seen", "s"]]]})])
            await courier.quiet()
        shown = house.ann.messages[1:]
        assert [m.labels for m in shown] == [[], [], ["Seen"]]
        assert "".join(m.text for m in shown).replace("\n", "") == "x" * 99 * 90

    play(scene)


def test_somebody_who_blocked_the_bot_is_told_of_as_blocked(play: Play) -> None:
    async def scene(house: House) -> None:
        house.ann.block()
        parcel = house.parcel("Hello?")
        async with house.courier() as courier:
            courier.hand_over([parcel, stranger := house.parcel("Hello?", chat_id=5)])
            await courier.quiet()
        assert {s[0]: s[1:] for s in house.reception.settlements} == {
            parcel.id: ("refused", None, "blocked"),
            stranger.id: ("refused", None, "blocked"),
        }

    play(scene)


def test_what_telegram_refuses_is_settled_and_the_next_goes_out(play: Play) -> None:
    async def scene(house: House) -> None:
        bad = house.parcel({"text": "Buttons", "rows": [[["Too long", "x" * 65]]]})
        odd = house.parcel({"text": "Odd", "rows": 7})
        async with house.courier() as courier:
            courier.hand_over([bad, odd, house.parcel("next")])
            await house.ann.wait_for("next")
            await courier.quiet()
        assert [s[1:] for s in house.reception.settlements][:2] == [
            ("refused", None, "BadRequest"),
            ("refused", None, "TypeError"),
        ]

    play(scene)


def test_a_document_is_made_outside_the_loop_and_goes_after_its_text(play: Play) -> None:
    async def scene(house: House) -> None:
        body = {"text": "Summary", "document": {"name": "summary.pdf", "kind": "summary", "data": {"a": 1}}}

        def render(kind: str, data: object) -> bytes:
            return f"%PDF {kind} {data}".encode()

        async with house.courier(render=render) as courier:
            courier.hand_over([house.parcel(body)])
            await courier.quiet()
        text, document = house.ann.messages[1:]
        assert text.text == "Summary"
        assert document.document is not None
        assert (document.document.name, document.document.content) == ("summary.pdf", b"%PDF summary {'a': 1}")
        assert house.reception.settlements[0][1:] == ("sent", text.message_id, "")

    play(scene)


def test_a_document_that_cannot_be_made_leaves_the_text(play: Play) -> None:
    async def scene(house: House) -> None:
        def render(kind: str, data: object) -> bytes:
            raise ValueError(data)

        async with house.courier(render=render) as courier:
            courier.hand_over([house.parcel({"text": "Summary", "document": {"name": "s", "kind": "s", "data": 1}})])
            await courier.quiet()
        assert [m.text for m in house.ann.messages[1:]] == ["Summary"]
        assert house.reception.settlements[0][1::2] == ("sent", "document: ValueError")

    play(scene)


def test_a_card_is_sent_once_then_edited_and_old_revisions_are_skipped(play: Play) -> None:
    async def scene(house: House) -> None:
        house.reception.cards[1] = (None, 3)
        first, old, newest = (house.parcel(f"rev {n}", card_id=1, card_revision=n) for n in (3, 2, 3))
        async with house.courier(FAST) as courier:
            courier.hand_over([first, old, newest])
            await courier.quiet()
        assert [m.text for m in house.ann.messages[1:]] == ["rev 3"]
        assert {house.reception.state(p) for p in (first, old, newest)} == {"sent"}
        assert (len(house.sent("sendMessage")), len(house.sent("editMessageText"))) == (1, 1)

    play(scene)


def test_what_an_earlier_run_left_is_carried_at_the_start_and_when_woken(play: Play) -> None:
    async def scene(house: House) -> None:
        house.reception.unsent = [house.parcel({"text": "left", "again_note": "again"}, again=True)]
        async with house.courier() as courier:
            assert (await house.ann.wait_for("left")).text == "again\n\nleft"
            house.reception.unsent = [later := house.parcel("later")]
            courier.wake()
            await house.ann.wait_for("later")
            await courier.quiet()
            courier.hand_over([later, later])
            await courier.quiet()
        assert len(house.sent("sendMessage")) == 3, "the same row twice at once is carried once"

    play(scene)


def test_stopping_sends_what_can_be_sent_and_gives_back_the_rest(play: Play) -> None:
    async def scene(house: House) -> None:
        house.telegram.faults.delay("sendMessage", 0.2)
        async with house.courier(Limits(chat_burst=2, chat_rate=0.1)) as courier:
            parcels = [house.parcel(f"{n}") for n in range(3)]
            courier.hand_over(parcels)
            await asyncio.sleep(0.05)
        assert [m.text for m in house.ann.messages[1:]] == ["0", "1"]
        assert house.reception.postponed == [parcels[2].id]
        courier.hand_over([late := house.parcel("late")])
        assert house.reception.postponed[-1] == late.id

    play(scene)
