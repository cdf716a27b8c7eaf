"""Trouble comes on demand, to the call it was scripted for."""

from collections.abc import Callable

import aiohttp
import pytest

from tests.demo.conftest import TOKEN, Api, Scene

Play = Callable[[Scene], None]


def test_a_scripted_refusal_meets_its_method_and_chat_as_often_as_told(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.telegram.person(8, "Bob").command("/start")
        fault = api.telegram.faults.next("sendMessage", status=429, retry_after=2, times=2, chat_id=7)
        await api.ok("sendMessage", chat_id=8, text="x")
        for _ in range(2):
            answer = await api.call("sendMessage", chat_id=7, text="x")
            assert answer == {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 2",
                "parameters": {"retry_after": 2},
            }
        await api.say()
        assert (fault.hits, len(api.person.messages)) == (2, 2)

    play(scene)


def test_a_lasting_fault_stays_until_the_script_is_cleared(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.telegram.faults.next("*", status=500, times=None)
        assert await api.refusal("getMe") == (500, "Internal Server Error")
        assert await api.refusal("sendMessage", chat_id=7, text="x") == (500, "Internal Server Error")
        api.telegram.faults.clear()
        await api.ok("getMe")

    play(scene)


def test_a_bad_gateway_answers_with_a_page_that_is_no_json(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.telegram.faults.next("getMe", status=502)
        async with api.session.get(f"{api.telegram.url}/bot{TOKEN}/getMe") as answer:
            assert (answer.status, answer.content_type) == (502, "text/html")
            assert "502 Bad Gateway" in await answer.text()

    play(scene)


def test_a_lost_request_changes_nothing_and_a_lost_reply_was_applied(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.telegram.faults.lose_request("sendMessage")
        with pytest.raises(aiohttp.ClientError):
            await api.say("never")
        api.telegram.faults.lose_reply("sendMessage")
        with pytest.raises(aiohttp.ClientError):
            await api.say("twice")
        await api.say("twice")
        assert [message.text for message in api.person.messages] == ["/start", "twice", "twice"]

    play(scene)


def test_a_delayed_answer_comes_after_its_time(play: Play) -> None:
    async def scene(api: Api) -> None:
        api.telegram.faults.delay("sendMessage", 0.5)
        with pytest.raises(TimeoutError):
            async with api.session.post(
                f"{api.telegram.url}/bot{TOKEN}/sendMessage",
                json={"chat_id": 7, "text": "slow"},
                timeout=aiohttp.ClientTimeout(total=0.05),
            ):
                pass
        assert (await api.person.wait_for("slow")).text == "slow"

    play(scene)
