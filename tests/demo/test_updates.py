"""Updates are kept until they are confirmed, by offset or by the webhook's 200."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from tests.demo.conftest import Api, Scene, button, inline

Play = Callable[[Scene], None]
OUSTED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


async def ids(api: Api, **params: Any) -> list[int]:
    return [update["update_id"] for update in await api.ok("getUpdates", **params)]


def test_asking_with_an_offset_confirms_what_lies_before_it(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.person.send_text("one")
        api.person.send_text("two")
        assert await ids(api) == [100, 101, 102]
        assert await ids(api) == [100, 101, 102], "nothing was confirmed"
        assert await ids(api, offset=101, limit=1) == [101]
        assert await ids(api, offset=103) == []
        assert await ids(api) == []

    play(scene)


def test_a_negative_offset_keeps_that_many_from_the_end(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.person.send_text("one")
        api.person.send_text("two")
        assert await ids(api, offset=-1) == [102]
        assert await ids(api) == [102]

    play(scene)


def test_an_offset_of_an_older_numbering_confirms_nothing(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.telegram.restart_ids(50)
        api.person.send_text("after a week")
        assert await ids(api, offset=103) == [50]
        assert await ids(api, offset=51) == []

    play(scene)


def test_a_long_poll_ends_when_something_happens(play: Play) -> None:
    async def scene(api: Api) -> None:
        poll = asyncio.create_task(ids(api, offset=101, timeout=30))
        while api.telegram.updates._poller is None:
            await api.telegram.pulse.wait()
            await asyncio.sleep(0)
        api.person.send_text("one")
        assert await asyncio.wait_for(poll, 2) == [101]

    play(scene)


def test_a_long_poll_ends_empty_after_its_time(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.telegram.updates.forget()
        assert await asyncio.wait_for(ids(api, timeout=1), 3) == []

    play(scene)


def test_a_second_poller_ends_the_first_with_409(play: Play) -> None:
    async def scene(api: Api) -> None:
        first = asyncio.create_task(api.call("getUpdates", offset=101, timeout=30))
        while api.telegram.updates._poller is None:
            await api.telegram.pulse.wait()
            await asyncio.sleep(0)
        second = asyncio.create_task(ids(api, offset=101, timeout=30))
        answer = await asyncio.wait_for(first, 2)
        assert (answer["error_code"], answer["description"]) == (
            409,
            OUSTED,
        )
        api.person.send_text("one")
        assert await asyncio.wait_for(second, 2) == [101]

    play(scene)


def test_only_the_kinds_asked_for_come_and_the_wish_is_kept(play: Play) -> None:
    async def scene(api: Api) -> None:
        await api.ok("getUpdates", offset=101, allowed_updates=["callback_query"])
        await api.say("?", reply_markup=inline([button("Yes", "y")]))
        api.person.send_text("unasked")
        api.person.tap("Yes")
        assert [sorted(update) for update in await api.ok("getUpdates")] == [["callback_query", "update_id"]]
        await api.ok("getUpdates", offset=102, allowed_updates=[])
        api.person.react(api.person.last, "👍")
        api.person.edit(api.person.send_text("tpyo"), "typo")
        assert [min(update) for update in await api.ok("getUpdates")] == ["message", "edited_message"]

    play(scene)


def test_any_raw_update_is_delivered_as_it_is(play: Play) -> None:
    async def scene(api: Api) -> None:
        await api.ok("getUpdates", offset=101)
        api.telegram.raw_update({"message": {"text": "\ud800", "surprise": [None]}})
        assert await api.ok("getUpdates") == [{"update_id": 101, "message": {"text": "\ud800", "surprise": [None]}}]

    play(scene)


class Receiver:
    """A webhook that notes what it gets and answers as told: a status per text, each used once."""

    def __init__(self) -> None:
        self.answers: dict[str, list[int]] = {}
        self.texts: list[str] = []
        self.secrets: list[str] = []
        self.url = ""

    async def receive(self, request: web.Request) -> web.Response:
        text = (await request.json())["message"]["text"]
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""))
        self.texts.append(text)
        waiting = self.answers.get(text, [])
        return web.Response(status=waiting.pop(0) if waiting else 200)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    receiving = Receiver()
    application = web.Application()
    application.router.add_post("/hook", receiving.receive)
    runner = web.AppRunner(application, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiving.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiving
    finally:
        await runner.cleanup()


def test_a_webhook_gets_each_chats_updates_in_order_and_again_until_it_takes_them(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.telegram.updates.webhook_retry = 0.05
        bob = api.telegram.person(8, "Bob")
        async with receiver() as hook:
            hook.answers = {"one": [503, 500]}
            await api.ok("setWebhook", url=hook.url, secret_token="s3cret", drop_pending_updates=True)
            api.person.send_text("one")
            api.person.send_text("two")
            bob.send_text("from bob")
            await api.telegram.pulse.until(lambda: True if not len(api.telegram.updates) else None, 5)
            assert [text for text in hook.texts if text != "from bob"] == ["one", "one", "one", "two"]
            assert hook.texts.index("from bob") < hook.texts.index("two"), "other chats do not wait"
            assert set(hook.secrets) == {"s3cret"}
            info = await api.ok("getWebhookInfo")
            assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
            assert (info["url"], info["pending_update_count"]) == (hook.url, 0)

    play(scene)


def test_polling_is_refused_while_a_webhook_is_set_and_goes_on_where_it_failed(play: Play) -> None:
    async def scene(api: Api) -> None:
        async with receiver() as hook:
            hook.answers = {"/start": [503]}
            await api.ok("setWebhook", url=hook.url)
            assert await api.refusal("getUpdates") == (
                409,
                HOOKED,
            )
            await api.telegram.pulse.until(lambda: hook.texts or None, 5)
            await api.ok("deleteWebhook")
            assert await ids(api) == [100], "what the webhook never took is kept"

    play(scene)


def test_setting_a_webhook_ends_a_waiting_poll(play: Play) -> None:
    async def scene(api: Api) -> None:
        poll = asyncio.create_task(api.refusal("getUpdates", offset=101, timeout=30))
        while api.telegram.updates._poller is None:
            await api.telegram.pulse.wait()
            await asyncio.sleep(0)
        async with receiver() as hook:
            await api.ok("setWebhook", url=hook.url)
            assert await asyncio.wait_for(poll, 2) == (409, "Conflict: terminated by setWebhook request")

    play(scene)


def test_waiting_for_a_message_counts_from_what_the_person_last_did(play: Play) -> None:
    async def scene(api: Api) -> None:
        await api.say("Question one")
        assert (await api.person.wait_for("Question")).text == "Question one"
        api.person.send_text("an answer")
        with pytest.raises(TimeoutError, match="never saw 'Question'; the chat shows:\nAnn: /start\nbot: Question one"):
            await api.person.wait_for("Question", timeout=0.05)
        await api.say("Sure?", reply_markup=inline([button("Yes", "y")]))
        tap = api.person.tap("Yes")
        await api.ok("answerCallbackQuery", callback_query_id=tap)
        with pytest.raises(TimeoutError):
            await api.person.wait_for("Sure?", timeout=0.05)
        asyncio.get_running_loop().call_later(0.02, asyncio.ensure_future, api.say("Question two"))
        assert (await api.person.wait_for(lambda message: message.text.endswith("two"))).text == "Question two"

    play(scene)


def test_the_bot_has_settled_once_everything_is_confirmed_and_said(play: Play) -> None:
    async def scene(api: Api) -> None:
        with pytest.raises(TimeoutError):
            await api.telegram.settled(timeout=0.1)
        await ids(api, offset=101)
        await api.telegram.settled(timeout=2)

    play(scene)
