"""Reading raw updates."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Arrival, Command, Contact, Media, Reach, Tap, Text, Unreadable
from bot.telegram.updates import Leave, clean, read_update

ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "language_code": "de"}
CHAT = {"id": 7, "type": "private", "first_name": "Ann"}


def message(**content: Any) -> dict[str, Any]:
    return {"update_id": 5, "message": {"message_id": 3, "from": ANN, "chat": CHAT, "date": 1, **content}}


def event(raw: dict[str, Any]) -> object:
    arrival = read_update(raw, 99)
    assert isinstance(arrival, Arrival)
    return arrival.event


def command(text: str, length: int, offset: int = 0) -> dict[str, Any]:
    return message(text=text, entities=[{"type": "bot_command", "offset": offset, "length": length}])


def test_a_text_comes_with_its_key_chat_and_language() -> None:
    assert read_update(message(text="hello"), 99) == Arrival(7, Text("hello"), 99, 5, "de")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (command("/start", 6), Command("start")),
        (command("/Start@acuback_bot  abc_1 ", 18), Command("start", "abc_1")),
        (command("see /help", 5, 4), Text("see /help")),
        (message(text="/nothing marked"), Text("/nothing marked")),
        (message(text="bad\ud800 half\0"), Text("bad half")),
        (message(contact={"phone_number": "+44", "user_id": 7}), Contact("+44", True)),
        (message(contact={"phone_number": "+44", "user_id": 8}), Contact("+44", False)),
        (message(contact={"phone_number": "+44"}), Contact("+44", False)),
        (message(photo=[{"file_id": "s"}, {"file_id": "l", "file_size": 9}]), Media("photo", "l", size=9)),
        (message(photo=[{"file_id": "l"}], caption="my \0back"), Media("photo", "l", name="my back")),
        (
            message(
                document={"file_id": "d", "mime_type": "application/pdf", "file_name": "a.pdf", "file_size": 2**33}
            ),
            Media("document", "d", "application/pdf", 2**33, "a.pdf"),
        ),
        (message(document={"file_id": "d", "file_name": "a.pdf"}, caption="MRI"), Media("document", "d", name="MRI")),
        (message(text="hello", forward_origin={"type": "hidden_user"}), Media("forwarded")),
        (message(photo=[{"file_id": "l"}], forward_origin={"type": "user"}), Media("forwarded")),
        (message(contact={"phone_number": "+44", "user_id": 7}, forward_origin={"type": "user"}), Contact("+44", True)),
        (message(document={"file_id": "d"}, animation={"file_id": "a"}), Media("animation", "a")),
        (
            message(location={"latitude": 51.5074, "longitude": -0.1278}, venue={"title": "x"}),
            Media("venue", near=(51.5, -0.1)),
        ),
        (message(dice={"value": 1}), Media("dice")),
        (message(hologram={"file_id": "h"}), Media("unknown")),
    ],
)  # fmt: skip
def test_messages_become_events(raw: dict[str, Any], expected: object) -> None:
    assert event(raw) == expected


def test_a_tap_names_its_callback_and_its_message() -> None:
    raw = {"update_id": 5, "callback_query": {"id": "11", "from": ANN, "data": "q.1", "message": {
        "message_id": 3, "chat": CHAT, "date": 0}}}  # fmt: skip
    assert event(raw) == Tap("q.1", "11", 3)


@pytest.mark.parametrize(("status", "reachable"), [("kicked", False), ("member", True)])
def test_blocking_and_letting_in_are_told(status: str, reachable: bool) -> None:
    change = {"chat": CHAT, "from": ANN, "new_chat_member": {"status": status}}
    assert event({"update_id": 5, "my_chat_member": change}) == Reach(reachable)


def test_groups_and_channels_are_left() -> None:
    group = {"id": -5, "type": "supergroup"}
    change = {"chat": group, "from": ANN, "new_chat_member": {"status": "member"}}
    tap = {"id": "1", "from": ANN, "data": "x", "message": {"message_id": 1, "chat": group}}
    for raw in (
        {"message": {"message_id": 1, "from": ANN, "chat": group, "text": "/start"}},
        {"message": {"message_id": 1, "chat": group, "new_chat_members": []}},
        {"my_chat_member": change},
        {"callback_query": tap},
        {"channel_post": {"chat": group}},
    ):
        assert read_update({"update_id": 5, **raw}, 99) == Leave(-5)
    gone = {"chat": group, "from": ANN, "new_chat_member": {"status": "left"}}
    assert read_update({"update_id": 5, "my_chat_member": gone}, 99) is None


def test_edits_and_what_telegram_itself_writes_call_for_nothing() -> None:
    assert read_update({"update_id": 5, "edited_message": {}}, 99) is None
    assert read_update(message(pinned_message={}), 99) is None
    assert read_update(message(), 99) is None


@pytest.mark.parametrize(
    "raw",
    [
        message(text=7),
        message(text="x", entities=[None]),
        message(text="x") | {"message": {"text": "x"}},
        message(text="x", chat={"id": 2**63, "type": "private"}),
        {"update_id": 5, "message": []},
        {"update_id": 5, "callback_query": {"id": "1"}},
        {"update_id": 5, "my_chat_member": "x"},
    ],
)
def test_what_cannot_be_read_is_kept_whole_with_a_reason_that_quotes_nothing(raw: dict[str, Any]) -> None:
    arrival = read_update(raw, 99)
    assert isinstance(arrival, Arrival)
    assert isinstance(arrival.event, Unreadable)
    assert (arrival.bot_id, arrival.update_id, json.loads(arrival.event.raw)) == (99, 5, raw)
    assert arrival.event.reason in ("TypeError", "KeyError", "ValueError", "AttributeError")


def test_one_without_a_sound_number_is_still_once() -> None:
    first, second, other = (read_update(raw, 99) for raw in ({"a": 1}, {"a": 1}, {"update_id": 2**70}))
    assert isinstance(first, Arrival)
    assert isinstance(other, Arrival)
    assert first == second
    assert first.update_id is not None
    assert first.update_id < 0
    assert first.update_id != other.update_id


@given(st.text(st.characters(codec=None)))
def test_cleaned_text_can_be_stored_and_sound_text_is_left_alone(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\0" not in cleaned
    assert clean(cleaned) == cleaned
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert cleaned == text.replace("\0", "")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "chat", "from", "text", "type", "message", "entities", "data", "status", "photo"]),
            inner,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["message", "callback_query", "my_chat_member", "channel_post"]), json_values)
def test_nothing_that_comes_raises(kind: str, content: Any) -> None:
    read_update({"update_id": 1, kind: content}, 99)
