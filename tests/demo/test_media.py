"""Pictures and files, sent, sent again, put in each other's place, and forwarded."""

from collections.abc import Callable
from typing import Any

import aiohttp

from tests.demo.conftest import TOKEN, Api, Scene, button, inline
from tests.demo.test_methods import png

Play = Callable[[Scene], None]


async def upload(api: Api, method: str, part: str, content: bytes, **more: str) -> Any:
    """A call that carries a file, as a form."""
    form = aiohttp.FormData({"chat_id": "7", **more})
    form.add_field(part, content, filename="chart.png")
    async with api.session.post(f"{api.telegram.url}/bot{TOKEN}/{method}", data=form) as answer:
        return (await answer.json())["result"]


async def newest(api: Api) -> Any:
    return (await api.ok("getUpdates"))[-1]["message"]


def test_a_picture_may_take_the_place_of_a_text_but_not_of_a_contact(play: Play) -> None:
    async def scene(api: Api) -> None:
        text = await api.say("Where?", reply_markup=inline([button("Back", "b")]))
        attached = '{"type": "photo", "media": "attach://chart", "caption": "<b>Where?</b>", "parse_mode": "HTML"}'
        shown = await upload(
            api, "editMessageMedia", "chart", png(30, 40), message_id=str(text["message_id"]), media=attached
        )
        assert (shown["message_id"], shown["caption"]) == (text["message_id"], "Where?")
        assert "text" not in shown
        assert "reply_markup" not in shown, "an edit without buttons takes them away"
        again = {"chat_id": 7, "message_id": text["message_id"]}
        assert await api.refusal("editMessageText", **again, text="x") == (
            400, "Bad Request: there is no text in the message to edit",
        )  # fmt: skip
        contact = await api.ok("sendContact", chat_id=7, phone_number="1", first_name="A")
        media = {"type": "photo", "media": shown["photo"][-1]["file_id"]}
        assert await api.refusal("editMessageMedia", **again | {"message_id": contact["message_id"]}, media=media) == (
            400, "Bad Request: there is no media in the message to edit",
        )  # fmt: skip

    play(scene)


def test_what_a_person_sent_can_be_sent_on_by_its_file_id(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.person.send_photo(png(40, 30), "My scan")
        photo = await newest(api)
        assert (photo["caption"], photo["photo"][-1]["width"]) == ("My scan", 40)
        api.person.send_document(b"%PDF-1", "letter.pdf", caption="The letter")
        letter = await newest(api)
        assert letter["caption"] == "The letter"
        assert letter["document"].items() >= {
            "file_name": "letter.pdf", "mime_type": "application/pdf", "file_size": 6,
        }.items()  # fmt: skip
        mei = api.telegram.person(8, "Mei")
        mei.command("/start")
        await api.ok("sendPhoto", chat_id=8, photo=photo["photo"][-1]["file_id"])
        await api.ok("sendDocument", chat_id=8, document=letter["document"]["file_id"])
        scan, paper = mei.messages[1:]
        assert scan.photo is not None
        assert paper.document is not None
        assert (scan.photo.content, paper.document.content) == (png(40, 30), b"%PDF-1")
        assert await api.refusal("sendDocument", chat_id=8, document=photo["photo"][-1]["file_id"]) == (
            400, "Bad Request: type of file mismatch",
        )  # fmt: skip

    play(scene)


def test_a_forwarded_message_tells_where_it_came_from_and_keeps_its_file(play: Play) -> None:
    async def scene(api: Api) -> None:
        sent = api.person.send_document(b"%PDF-1", "letter.pdf")
        api.person.forward(sent)
        forwarded = await newest(api)
        assert forwarded["forward_origin"]["type"] == "user"
        assert forwarded["forward_origin"]["sender_user"]["id"] == 7
        assert forwarded["document"]["file_id"] == sent.as_json()["document"]["file_id"]
        assert forwarded["message_id"] != sent.message_id

    play(scene)
