"""A parcel's body as the calls that carry it."""

from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from bot.telegram.keyboards import markup
from bot.telegram.limits import TEXT, TOAST
from bot.telegram.transport import endpoint

ANSWER = endpoint("answerCallbackQuery")
EDIT = endpoint("editMessageText")
SEND = endpoint("sendMessage")
DOCUMENT = endpoint("sendDocument")
_NO_PREVIEW = {"is_disabled": True}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a Bot API method: `endpoint` and `params` as `Bot.do_api_request` takes them."""

    endpoint: str
    params: dict[str, Any]


def answer(callback: Mapping[str, Any]) -> Call:
    """The answer to a tap, with its toast if it has one: plain words, no markup."""
    params: dict[str, Any] = {"callback_query_id": callback["id"]}
    if toast := callback.get("toast"):
        params["text"] = toast[:TOAST]
        if callback.get("alert"):
            params["show_alert"] = True
    return Call(ANSWER, params)


def calls(chat_id: int, body: Mapping[str, Any], edit: int | None) -> list[Call]:
    """What carries the body into the chat, in order: the text first (in place of message `edit`, if given), then place,
    phone number and document, whose bytes come later."""
    letter = []
    if "text" in body:
        letter.append(_text(chat_id, body, edit))
    if venue := body.get("venue"):
        letter.append(_attachment("sendVenue", chat_id, body, venue))
    if contact := body.get("contact"):
        letter.append(_attachment("sendContact", chat_id, body, contact))
    if "document" in body:
        letter.append(_attachment("sendDocument", chat_id, body, {}))
    return letter


def _text(chat_id: int, body: Mapping[str, Any], edit: int | None) -> Call:
    params: dict[str, Any] = {
        "chat_id": chat_id,
        "text": body["text"],
        "parse_mode": "HTML",
        "link_preview_options": _NO_PREVIEW,
    }
    if rows := body.get("rows"):
        params["reply_markup"] = markup(rows)
    if edit is not None and "keyboard" not in params.get("reply_markup", ()):
        params["message_id"] = edit
        return Call(EDIT, params)
    return Call(SEND, params | _manners(body))


def _attachment(method: str, chat_id: int, body: Mapping[str, Any], content: Mapping[str, Any]) -> Call:
    return Call(endpoint(method), {"chat_id": chat_id, **content} | _manners(body))


def _manners(body: Mapping[str, Any]) -> dict[str, Any]:
    manners: dict[str, Any] = {}
    if body.get("protect"):
        manners["protect_content"] = True
    if (reply_to := body.get("reply_to")) is not None:
        manners["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
    return manners


def noted(call: Call, note: str) -> Call:
    """The same with a note before its text: that it may be there twice."""
    return Call(call.endpoint, call.params | {"text": f"{note}\n\n{call.params['text']}"})


def anew(call: Call, body: Mapping[str, Any]) -> Call:
    """An edit as a message of its own: what it would change is gone."""
    return Call(SEND, {name: value for name, value in call.params.items() if name != "message_id"} | _manners(body))


def unmarked(call: Call) -> list[Call]:
    """The same words without markup, in as many messages as they need; the buttons stand under the last."""
    bare = {name: value for name, value in call.params.items() if name not in ("parse_mode", "text")}
    pieces = list(_pieces(plain(call.params["text"])))
    first = {name: value for name, value in bare.items() if name != "reply_markup"}
    later = {name: value for name, value in first.items() if name not in ("message_id", "reply_parameters")}
    letter = [Call(SEND, later | {"text": piece}) for piece in pieces]
    letter[0] = Call(call.endpoint, first | {"text": pieces[0]})
    if "reply_markup" in bare:
        letter[-1] = Call(letter[-1].endpoint, letter[-1].params | {"reply_markup": bare["reply_markup"]})
    return letter


def _pieces(text: str) -> list[str]:
    """Cut at the ends of lines where that is possible."""
    pieces = []
    while len(text) > TEXT:
        end = text.rfind("\n", TEXT // 2, TEXT)
        end = TEXT if end < 0 else end
        pieces.append(text[:end])
        text = text[end:].lstrip("\n")
    return [*pieces, text]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def plain(html: str) -> str:
    """The words of a text in Telegram's HTML, without its tags and with its entities read."""
    if "<" not in html and "&" not in html:
        return html
    reader = _Words()
    reader.feed(html)
    reader.close()
    return "".join(reader.words)
