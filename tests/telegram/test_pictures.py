"""Pictures, files and phone numbers, carried over real HTTP to the local Telegram."""

from collections.abc import Callable
from typing import Any

from bot.telegram.limits import Limits
from tests.demo.test_methods import png
from tests.telegram.conftest import House, Scene

Play = Callable[[Scene], None]
FAST = Limits(chat_burst=1000, chat_rate=1000, burst=1000, rate=1000)


def chart(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "photo": {"kind": "body", "data": {"marked": ["ribs"]}}, **more}


def drawing(kind: str, data: Any) -> bytes:
    return png(30 + len(data["marked"]), 40)


def failing(kind: str, data: Any) -> bytes:
    raise ValueError(data)


def test_a_picture_goes_with_its_words_under_it_and_the_buttons_under_them(play: Play) -> None:
    async def scene(house: House) -> None:
        parcel = house.parcel(chart("<b>Where</b> is it?", rows=[[["Back", "b"]]]))
        async with house.courier(render=drawing) as courier:
            courier.hand_over([parcel])
            await courier.quiet()
        [message] = house.ann.messages[1:]
        assert message.photo is not None
        assert (message.photo.width, message.text, message.labels) == (31, "Where is it?", ["Back"])
        assert message.entities[0]["type"] == "bold"
        assert house.reception.settlements == [(parcel.id, "sent", message.message_id, "")]

    play(scene)


def test_a_text_longer_than_a_caption_is_a_message_of_its_own_after_the_picture(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(FAST, drawing) as courier:
            for length in (1024, 1025):
                courier.hand_over([house.parcel(chart("<b>" + "x" * length + "</b>", rows=[[["Back", "b"]]]))])
            await courier.quiet()
        whole, picture, words = house.ann.messages[1:]
        assert (bool(whole.photo), len(whole.text), whole.labels) == (True, 1024, ["Back"])
        assert (bool(picture.photo), picture.text, picture.labels) == (True, "", [])
        assert (bool(words.photo), len(words.text), words.labels) == (False, 1025, ["Back"])

    play(scene)


def test_a_picture_that_cannot_be_made_leaves_its_words_and_buttons(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(FAST, failing) as courier:
            courier.hand_over([house.parcel(chart("Where?", rows=[[["Back", "b"]]])), house.parcel(chart("y" * 1025))])
            await courier.quiet()
        assert [(m.text[:6], m.labels) for m in house.ann.messages[1:]] == [("Where?", ["Back"]), ("yyyyyy", [])]
        assert [s[1::2] for s in house.reception.settlements] == [("sent", "photo: ValueError")] * 2

    play(scene)


def test_a_picture_telegram_refuses_leaves_its_words_and_buttons(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(FAST, lambda kind, data: b"no picture") as courier:
            courier.hand_over([house.parcel(chart("Where?", rows=[[["Back", "b"]]]))])
            await courier.quiet()
        [message] = house.ann.messages[1:]
        assert (message.photo, message.text, message.labels) == (None, "Where?", ["Back"])

    play(scene)


def test_a_tick_draws_the_picture_anew_in_its_place(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(FAST, drawing) as courier:
            courier.hand_over([house.parcel(chart("Where?", rows=[[["Back", "b"]]]))])
            message = await house.ann.wait_for("Where?")
            body = chart("Where?", rows=[[["✓ Back", "b"]]], edit=message.message_id)
            body["photo"]["data"]["marked"] += ["groin"]
            house.telegram.faults.lose_reply("editMessageMedia")
            courier.hand_over([house.parcel(body)])
            await courier.quiet()
        [shown] = house.ann.messages[1:]
        assert shown.photo is not None
        assert (shown.photo.width, shown.text, shown.labels) == (32, "Where?", ["✓ Back"])

    play(scene)


def test_a_picture_in_place_of_what_is_gone_or_holds_no_picture_is_sent(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(FAST, drawing) as courier:
            courier.hand_over([house.parcel({"text": "Hi", "contact": {"first_name": "A", "phone_number": "1"}})])
            await courier.quiet()
            contact = house.ann.messages[-1]
            for edit in (4711, contact.message_id):
                courier.hand_over([house.parcel(chart("Where?", rows=[[["Back", "b"]]], edit=edit))])
                await courier.quiet()
        assert [(bool(m.photo), m.text, m.labels) for m in house.ann.messages[3:]] == [(True, "Where?", ["Back"])] * 2

    play(scene)


def test_words_in_place_of_a_picture_are_a_new_message_and_the_picture_loses_its_buttons(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(FAST, drawing) as courier:
            courier.hand_over([house.parcel(chart("Where?", rows=[[["Back", "b"]]]))])
            picture = await house.ann.wait_for("Where?")
            parcel = house.parcel({"text": "How bad?", "rows": [[["7", "7"]]], "edit": picture.message_id})
            courier.hand_over([parcel])
            await courier.quiet()
        assert [(m.text, m.labels) for m in house.ann.messages[1:]] == [("Where?", []), ("How bad?", ["7"])]
        assert house.reception.settlements[-1] == (parcel.id, "sent", house.ann.messages[-1].message_id, "")

    play(scene)


def test_a_caption_with_broken_markup_goes_as_plain_words(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(FAST, drawing) as courier:
            courier.hand_over([house.parcel(chart("<b>Take <i>care</b> &amp; rest", rows=[[["Ok", "k"]]]))])
            await courier.quiet()
        [message] = house.ann.messages[1:]
        assert (bool(message.photo), message.text, message.labels) == (True, "Take care & rest", ["Ok"])

    play(scene)


def test_a_repeat_of_a_picture_is_said_to_be_one(play: Play) -> None:
    async def scene(house: House) -> None:
        async with house.courier(FAST, drawing) as courier:
            courier.hand_over([house.parcel(chart("Where?", again_note="Perhaps a repeat"), again=True)])
            await courier.quiet()
        assert house.ann.last.text == "Perhaps a repeat\n\nWhere?"

    play(scene)


def test_what_a_patient_sent_goes_on_as_it_came_after_the_words(play: Play) -> None:
    async def scene(house: House) -> None:
        scan = house.ann.send_photo(png(40, 30)).as_json()["photo"][-1]["file_id"]
        letter = house.ann.send_document(b"%PDF-1", "letter.pdf").as_json()["document"]["file_id"]
        files = [["photo", scan], ["document", "gone"], ["document", letter]]
        async with house.courier(FAST) as courier:
            courier.hand_over([house.parcel({"text": "Scans", "files": files, "reply_to": 1, "protect": True})])
            await courier.quiet()
        words, photo, document = house.ann.messages[3:]
        assert words.text == "Scans"
        assert (photo.photo and photo.photo.width, document.document and document.document.name) == (40, "letter.pdf")
        assert house.reception.settlements[0][1:] == ("sent", words.message_id, "in part: BadRequest")

    play(scene)


def test_a_phone_number_to_call_goes_as_a_contact(play: Play) -> None:
    async def scene(house: House) -> None:
        contact = {"first_name": "Ann", "phone_number": "+447700900007"}
        async with house.courier() as courier:
            courier.hand_over([house.parcel({"text": "Call", "contact": contact})])
            await courier.quiet()
        assert house.ann.last.content["contact"] == contact

    play(scene)
