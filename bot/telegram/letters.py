"""A parcel's body as the calls that carry it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

from telegram import InputFile, InputMediaPhoto

from bot.telegram.keyboards import markup
from bot.telegram.limits import CAPTION, TEXT, TOAST
from bot.telegram.transport import endpoint

ANSWER = endpoint("answerCallbackQuery")
EDIT = endpoint("editMessageText")
REDRAW = endpoint("editMessageMedia")
BARE = endpoint("editMessageReplyMarkup")
SEND = endpoint("sendMessage")
PHOTO = endpoint("sendPhoto")
DOCUMENT = endpoint("sendDocument")
_NO_PREVIEW = {"is_disabled": True}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a Bot API method: `endpoint` and `params` as `Bot.do_api_request` takes them. `draws` names the part
    of the body ('photo', 'document') whose bytes it still lacks."""

    endpoint: str
    params: dict[str, Any]
    draws: str = ""


def answer(callback: Mapping[str, Any]) -> Call:
    """The answer to a tap, with its toast if it has one: plain words, no markup."""
    params: dict[str, Any] = {"callback_query_id": callback["id"]}
    if toast := callback.get("toast"):
        params["text"] = toast[:TOAST]
        if callback.get("alert"):
            params["show_alert"] = True
    return Call(ANSWER, params)


def calls(chat_id: int, body: Mapping[str, Any], edit: int | None) -> list[Call]:
    """What carries the body into the chat, in order: picture and text (in place of message `edit`, if given), then
    place, phone number, files and document. The text is the picture's caption where it is short enough for one."""
    letter = []
    if "photo" in body and len(plain(body.get("text", ""))) <= CAPTION:
        letter.append(_picture(chat_id, body, edit))
    elif "photo" in body:
        letter += [_picture(chat_id, {**body, "text": "", "rows": ()}, None), _text(chat_id, body, None)]
    elif "text" in body:
        letter.append(_text(chat_id, body, edit))
    if venue := body.get("venue"):
        letter.append(_attachment("sendVenue", chat_id, body, venue))
    if contact := body.get("contact"):
        letter.append(_attachment("sendContact", chat_id, body, contact))
    for kind, file_id in body.get("files", ()):
        method, name = ("sendPhoto", "photo") if kind == "photo" else ("sendDocument", "document")
        letter.append(_attachment(method, chat_id, body, {name: file_id}))
    if "document" in body:
        letter.append(replace(_attachment("sendDocument", chat_id, body, {}), draws="document"))
    return letter


def without_picture(chat_id: int, body: Mapping[str, Any], call: Call) -> list[Call]:
    """What goes in place of a call that cannot get what it draws: its words and buttons, if it has any."""
    return [_text(chat_id, body, call.params.get("message_id"))] if "caption" in call.params else []


def _text(chat_id: int, body: Mapping[str, Any], edit: int | None) -> Call:
    params: dict[str, Any] = {
        "chat_id": chat_id,
        "text": body["text"],
        "parse_mode": "HTML",
        "link_preview_options": _NO_PREVIEW,
    }
    return _placed(EDIT, SEND, params, body, edit)


def _picture(chat_id: int, body: Mapping[str, Any], edit: int | None) -> Call:
    params: dict[str, Any] = {"chat_id": chat_id}
    if body.get("text"):
        params |= {"caption": body["text"], "parse_mode": "HTML"}
    return replace(_placed(REDRAW, PHOTO, params, body, edit), draws="photo")


def _placed(changing: str, sending: str, params: dict[str, Any], body: Mapping[str, Any], edit: int | None) -> Call:
    """The call with its buttons: by the one method where it takes a message's place, by the other where it is new."""
    if rows := body.get("rows"):
        params["reply_markup"] = markup(rows)
    if edit is not None and "keyboard" not in params.get("reply_markup", ()):
        return Call(changing, params | {"message_id": edit})
    return Call(sending, params | _manners(body))


def _attachment(method: str, chat_id: int, body: Mapping[str, Any], content: Mapping[str, Any]) -> Call:
    return Call(endpoint(method), {"chat_id": chat_id, **content} | _manners(body))


def drawn(call: Call, content: bytes, name: str) -> Call:
    """The call with the bytes it lacked, as a file of that name."""
    if call.endpoint != REDRAW:
        return replace(call, params=call.params | {call.draws: InputFile(content, filename=name)})
    caption = {part: value for part, value in call.params.items() if part in ("caption", "parse_mode")}
    params = {part: value for part, value in call.params.items() if part not in caption}
    return replace(call, params=params | {"media": InputMediaPhoto(content, filename=name, **caption)})


def _manners(body: Mapping[str, Any]) -> dict[str, Any]:
    manners: dict[str, Any] = {}
    if body.get("protect"):
        manners["protect_content"] = True
    if (reply_to := body.get("reply_to")) is not None:
        manners["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
    return manners


def noted(body: Mapping[str, Any], note: str) -> dict[str, Any]:
    """The body with a note before its text: that it may be there twice."""
    return {**body, "text": f"{note}\n\n{body['text']}"}


def anew(call: Call, body: Mapping[str, Any]) -> Call:
    """An edit as a message of its own: what it would change is gone, or holds something else."""
    params = {name: value for name, value in call.params.items() if name != "message_id"}
    return Call(SEND if call.endpoint == EDIT else PHOTO, params | _manners(body), call.draws)


def bared(call: Call) -> Call:
    """The message an edit was meant for, without its buttons."""
    return Call(BARE, {name: call.params[name] for name in ("chat_id", "message_id")})


def unmarked(call: Call) -> list[Call]:
    """The same words without markup, in as many messages as they need; the buttons stand under the last."""
    if call.draws:
        return _unmarked_caption(call)
    bare = {name: value for name, value in call.params.items() if name not in ("parse_mode", "text")}
    pieces = list(_pieces(plain(call.params["text"])))
    first = {name: value for name, value in bare.items() if name != "reply_markup"}
    later = {name: value for name, value in first.items() if name not in ("message_id", "reply_parameters")}
    letter = [Call(SEND, later | {"text": piece}) for piece in pieces]
    letter[0] = Call(call.endpoint, first | {"text": pieces[0]})
    if "reply_markup" in bare:
        letter[-1] = Call(letter[-1].endpoint, letter[-1].params | {"reply_markup": bare["reply_markup"]})
    return letter


def _unmarked_caption(call: Call) -> list[Call]:
    words = plain(call.params["caption"])
    bare = {name: value for name, value in call.params.items() if name not in ("parse_mode", "caption")}
    if len(words) <= CAPTION:
        return [replace(call, params=bare | {"caption": words})]
    bare.pop("message_id", None)
    alone = {name: value for name, value in bare.items() if name != "reply_markup"}
    return [Call(PHOTO, alone, call.draws), *unmarked(Call(SEND, bare | {"text": words}))]


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
