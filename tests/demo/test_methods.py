"""Telegram says no where Telegram says no, and in its words."""

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.demo.conftest import TOKEN, Api, Scene, Time, button, inline

Play = Callable[[Scene], None]
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + b"\x2a\x7a\xd5" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


X = {"chat_id": 7, "text": "x"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("sendMessage", {"text": "x"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": 8, "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": 7}, "message text is empty"),
    ("sendMessage", {"chat_id": 7, "text": ""}, "message text is empty"),
    ("sendMessage", {"chat_id": 7, "text": " \n "}, "text must be non-empty"),
    ("sendMessage", {"chat_id": 7, "text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
    ("sendMessage", X | {"text": "x" * 4097}, "message is too long"),
    (
        "sendMessage",
        {"chat_id": 7, "text": "<b>" + "x" * 4097 + "</b>", "parse_mode": "HTML"},
        "message is too long",
    ),
    ("sendMessage", X | {"text": "x" * 40000}, "text is too long"),
    ("sendMessage", {"chat_id": 7, "text": "a \ud800"}, "strings must be encoded in UTF-8"),
    (
        "sendMessage",
        {**X, "entities": [{"type": "bold", "offset": 0, "length": 2}]},
        "ENTITY_BOUNDS_INVALID",
    ),
    ("sendMessage", {**X, "parse_mode": "wiki"}, "unsupported parse_mode"),
    (
        "sendMessage",
        {"chat_id": 7, "text": "é<p>x</p>", "parse_mode": "HTML"},
        'can\'t parse entities: Unsupported start tag "p" at byte offset 2',
    ),
    ("sendMessage", {**X, "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
    ("sendMessage", {**X, "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ("sendMessage", {**X, "reply_markup": inline([button("a", "d" * 65)])}, "BUTTON_DATA_INVALID"),
    ("sendMessage", {**X, "reply_markup": inline([button("a", "é" * 33)])}, "BUTTON_DATA_INVALID"),
    (
        "sendMessage",
        {**X, "reply_markup": inline([{"text": "a"}])},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        "sendMessage",
        {**X, "reply_markup": inline([button("a", "d") | {"url": "http://a.b"}])},
        "can't parse inline keyboard button: exactly one action is allowed, not url and callback_data",
    ),
    (
        "sendMessage",
        {**X, "reply_markup": inline([button(" ", "d")])},
        "inline keyboard button text must be non-empty",
    ),
    (
        "sendMessage",
        {**X, "reply_markup": inline([{"text": "a", "url": "tel:112"}])},
        "inline keyboard button URL 'tel:112' is invalid: Wrong HTTP URL",
    ),
    (
        "sendMessage",
        {**X, "reply_markup": inline(*[[button("a", str(n))] for n in range(101)])},
        "reply markup is too long",
    ),
    ("editMessageText", {"chat_id": 7, "message_id": 99, "text": "x"}, "message to edit not found"),
    ("editMessageText", {"chat_id": 7, "message_id": 1, "text": "x"}, "message can't be edited"),
    ("deleteMessage", {"chat_id": 7, "message_id": 99}, "message to delete not found"),
    (
        "answerCallbackQuery",
        {"callback_query_id": "1"},
        "query is too old and response timeout expired or query ID is invalid",
    ),
    ("sendChatAction", {"chat_id": 7, "action": "thinking"}, "wrong parameter action in request"),
    (
        "sendVenue",
        {"chat_id": 7, "latitude": 1, "longitude": 2, "title": "x"},
        'parameter "address" is required',
    ),
    ("sendLocation", {"chat_id": 7, "latitude": 1}, "longitude is empty"),
    ("sendLocation", {"chat_id": 7, "latitude": 91, "longitude": 2}, "wrong location specified"),
    ("sendContact", {"chat_id": 7, "phone_number": "1"}, 'parameter "first_name" is required'),
    ("sendDocument", {"chat_id": 7, "document": "unknown"}, "wrong file identifier/HTTP URL specified"),
    ("sendDocument", {"chat_id": 7}, "there is no document in the request"),
    ("getFile", {"file_id": "unknown"}, "invalid file_id"),
    ("leaveChat", {"chat_id": 7}, "chat member status can't be changed in private chats"),
    ("setMyCommands", {"commands": [{"command": "Start", "description": "x"}]}, "BOT_COMMAND_INVALID"),
    (
        "setMyCommands",
        {"commands": [{"command": "start", "description": ""}]},
        "BOT_COMMAND_DESCRIPTION_INVALID",
    ),
    ("getUpdates", {"allowed_updates": 5}, "can't parse allowed updates JSON object"),
    ("setWebhook", {"url": "nowhere"}, "bad webhook: invalid webhook URL specified"),
]


@pytest.mark.parametrize(("method", "params", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_what_telegram_refuses_is_refused_in_its_words(
    play: Play, method: str, params: dict[str, Any], words: str
) -> None:
    async def scene(api: Api) -> None:
        assert await api.refusal(method, **params) == (400, f"Bad Request: {words}")
        assert len(api.person.messages) == 1, "a refused call leaves nothing in the chat"

    play(scene)


def test_a_text_is_counted_in_characters_after_its_markup_is_read(play: Play) -> None:
    async def scene(api: Api) -> None:
        await api.say("<b>" + "😀" * 4096 + "</b>", parse_mode="HTML")

    play(scene)


def test_a_form_with_values_as_text_means_the_same_as_json(play: Play) -> None:
    async def scene(api: Api) -> None:
        form = {
            "chat_id": "7",
            "text": "x",
            "reply_markup": '{"inline_keyboard": [[{"text":"a","callback_data":"d"}]]}',
        }
        async with api.session.post(f"{api.telegram.url}/bot{TOKEN}/SENDmessage", data=form) as answer:
            assert (await answer.json())["result"]["reply_markup"] == inline([button("a", "d")])
        assert api.telegram.calls[-1]["params"]["chat_id"] == 7

    play(scene)


def test_an_unknown_token_and_an_unknown_method_are_refused(play: Play) -> None:
    async def scene(api: Api) -> None:
        for token, status, words in [("1:wrong", 401, "Unauthorized"), ("nonsense", 404, "Not Found")]:
            async with api.session.get(f"{api.telegram.url}/bot{token}/getMe") as answer:
                assert (answer.status, (await answer.json())["description"]) == (status, words)
        assert await api.refusal("sendSong", chat_id=7) == (404, "Not Found: method not found")

    play(scene)


def test_who_blocked_the_bot_cannot_be_written_to_until_they_unblock_it(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.person.block()
        assert await api.refusal("sendMessage", chat_id=7, text="x") == (
            403,
            "Forbidden: bot was blocked by the user",
        )
        api.person.unblock()
        await api.say()
        states = [
            update["my_chat_member"]["new_chat_member"]["status"]
            for update in await api.ok("getUpdates")
            if "my_chat_member" in update
        ]
        assert states == ["kicked", "member"]

    play(scene)


def test_an_edit_changes_the_message_in_place_and_an_empty_edit_is_refused(play: Play) -> None:
    async def scene(api: Api) -> None:
        sent = await api.say("one", reply_markup=inline([button("Yes", "y")], []))
        where = {"chat_id": 7, "message_id": sent["message_id"]}
        keyboard = inline([button("Yes", "y")])
        assert await api.refusal("editMessageText", **where, text="one", reply_markup=keyboard) == (
            400,
            NOT_MODIFIED,
        )
        await api.ok("editMessageText", **where, text="<i>two</i>", parse_mode="HTML")
        shown = api.person.last
        assert (shown.text, shown.labels, shown.edited) == ("two", [], True)
        assert shown.entities == [{"type": "italic", "offset": 0, "length": 3}]
        await api.ok("editMessageReplyMarkup", **where, reply_markup=keyboard)
        assert (shown.text, shown.labels) == ("two", ["Yes"])
        assert await api.refusal("editMessageReplyMarkup", **where, reply_markup=keyboard) == (
            400,
            NOT_MODIFIED,
        )
        assert await api.refusal("editMessageCaption", **where, caption="x") == (
            400,
            "Bad Request: there is no caption in the message to edit",
        )
        assert len(api.person.messages) == 2

    play(scene)


def test_a_message_can_be_deleted_for_two_days(play: Play, clock: Time) -> None:
    async def scene(api: Api) -> None:
        first, second = await api.say("one"), await api.say("two")
        await api.ok("deleteMessage", chat_id=7, message_id=first["message_id"])
        assert [message.text for message in api.person.messages] == ["/start", "two"]
        clock.at += 49 * 3600
        assert await api.refusal("deleteMessage", chat_id=7, message_id=second["message_id"]) == (
            400,
            "Bad Request: message can't be deleted for everyone",
        )

    play(scene)


def test_a_tap_is_answered_once_and_in_time(play: Play, clock: Time) -> None:
    async def scene(api: Api) -> None:
        await api.say("?", reply_markup=inline([button("Yes", "y"), button("No", "n")]))
        tap = api.person.tap("Yes")
        update = (await api.ok("getUpdates"))[-1]["callback_query"]
        assert (update["id"], update["data"], update["message"]["text"]) == (tap, "y", "?")
        assert (await api.refusal("answerCallbackQuery", callback_query_id=tap, text="x" * 201))[0] == 400
        await api.ok("answerCallbackQuery", callback_query_id=tap, text="Noted", show_alert=True)
        assert (api.person.toasts, api.person.chat.toasts[0].alert) == (["Noted"], True)
        assert (await api.refusal("answerCallbackQuery", callback_query_id=tap))[0] == 400
        late = api.person.tap("n")
        clock.at += 3600
        assert (await api.refusal("answerCallbackQuery", callback_query_id=late))[0] == 400
        with pytest.raises(LookupError, match=r"'Maybe'; there are \['Yes', 'No'\]"):
            api.person.tap("Maybe")

    play(scene)


def test_a_reply_says_what_it_answers_and_may_do_without(play: Play) -> None:
    async def scene(api: Api) -> None:
        first = await api.say("one")
        second = await api.say("two", reply_parameters={"message_id": first["message_id"]})
        assert second["reply_to_message"]["text"] == "one"
        third = await api.say("three", reply_parameters={"message_id": 99, "allow_sending_without_reply": True})
        assert "reply_to_message" not in third

    play(scene)


def test_documents_and_pictures_are_kept_and_can_be_downloaded(play: Play) -> None:
    async def scene(api: Api) -> None:
        async def upload(method: str, part: str, name: str, content: bytes, **more: str) -> Any:
            form = aiohttp.FormData({"chat_id": "7", **more})
            form.add_field(part, content, filename=name)
            async with api.session.post(f"{api.telegram.url}/bot{TOKEN}/{method}", data=form) as answer:
                return await answer.json()

        sent = (await upload("sendDocument", "document", "summary.pdf", b"%PDF-1", caption="Yours"))["result"]
        assert sent["document"]["mime_type"] == "application/pdf"
        assert api.person.last.document is not None
        assert (api.person.last.document.content, api.person.last.text) == (b"%PDF-1", "Yours")
        path = (await api.ok("getFile", file_id=sent["document"]["file_id"]))["file_path"]
        async with api.session.get(f"{api.telegram.url}/file/bot{TOKEN}/{path}") as answer:
            assert await answer.read() == b"%PDF-1"
        attached = {
            "type": "photo",
            "media": "attach://picture",
            "caption": "<b>Map</b>",
            "parse_mode": "HTML",
        }
        edited = await upload(
            "editMessageMedia", "picture", "map.png", png(30, 20), message_id=str(sent["message_id"]),
            media=json.dumps(attached),
        )  # fmt: skip
        assert (edited["result"]["photo"][0]["width"], edited["result"]["photo"][0]["height"]) == (30, 20)
        assert edited["result"]["caption"] == "Map"
        again = await api.ok("sendPhoto", chat_id=7, photo=edited["result"]["photo"][0]["file_id"])
        assert api.person.last.message_id == again["message_id"]
        assert (await upload("sendPhoto", "photo", "x.png", b"no picture"))["description"].endswith(
            "IMAGE_PROCESS_FAILED"
        )
        assert (await upload("sendDocument", "document", "x.txt", b""))["description"].endswith(
            "file must be non-empty"
        )
        long = await upload("sendDocument", "document", "x.txt", b"x", caption="x" * 1025)
        assert long["description"] == "Bad Request: message caption is too long"
        assert api.telegram.calls[-1]["params"]["document"] == {"_file": "x.txt", "size": 1}

    play(scene)


def test_commands_are_shown_by_the_narrowest_scope_and_language(play: Play) -> None:
    async def scene(api: Api) -> None:
        wishes: list[tuple[str, dict[str, Any]]] = [
            ("help", {}),
            ("hilfe", {"language_code": "de"}),
            ("today", {"scope": {"type": "chat", "chat_id": 8}}),
        ]
        for name, more in wishes:
            await api.ok("setMyCommands", commands=[{"command": name, "description": "x"}], **more)

        def menu(chat: int, language: str) -> list[str]:
            return [command["command"] for command in api.telegram.profile.commands_for(chat, language)]

        assert (menu(7, "en"), menu(7, "de"), menu(8, "de")) == (["help"], ["hilfe"], ["today"])
        assert await api.ok("getMyCommands", language_code="de") == [{"command": "hilfe", "description": "x"}]
        await api.ok("deleteMyCommands", language_code="de")
        assert menu(7, "de") == ["help"]

    play(scene)


def test_a_keyboard_that_asks_for_the_contact_shares_it_when_tapped(play: Play) -> None:
    async def scene(api: Api) -> None:
        rows = [[{"text": "Share my number", "request_contact": True}], ["No thanks"]]
        await api.say("?", reply_markup={"keyboard": rows})
        api.person.tap("Share my number")
        api.person.tap("No thanks")
        contact, text = [update["message"] for update in (await api.ok("getUpdates"))[-2:]]
        assert (contact["contact"]["user_id"], text["text"]) == (7, "No thanks")
        await api.say("Thank you", reply_markup={"remove_keyboard": True})
        assert api.person.reply_keyboard == []

    play(scene)


def test_groups_and_channels_reach_the_bot_and_can_be_left(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.telegram.group_message(-5, api.person, "hello all")
        api.telegram.channel_post(-6, "news")
        group, post = (await api.ok("getUpdates"))[-2:]
        assert group["message"]["chat"]["type"] == "group"
        assert "from" not in post["channel_post"]
        await api.ok("leaveChat", chat_id=-5)
        assert await api.refusal("sendMessage", chat_id=-5, text="x") == (400, "Bad Request: chat not found")

    play(scene)


def test_the_record_of_calls_is_written_as_json_lines(play: Play, tmp_path: Path) -> None:
    async def scene(api: Api) -> None:
        await api.say("hello")
        api.telegram.write_calls(tmp_path / "calls.jsonl")

    play(scene)
    assert (tmp_path / "calls.jsonl").read_text() == (
        '{"method": "sendMessage", "params": {"chat_id": 7, "text": "hello"}, "t": 1764000000.0}\n'
    )
