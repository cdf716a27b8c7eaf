"""The page, in a real Chromium, with a tiny bot behind it that knows nothing but the Bot API."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from bot.demo import LocalTelegram, Phone, Upcoming
from tests.demo.conftest import TOKEN, button, inline
from tests.demo.test_methods import png

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 360, "height": 740}
REMINDER = timedelta(hours=9)


class Stage:
    """A clock with one thing due, nine hours after the start."""

    def __init__(self) -> None:
        self.at = datetime(2025, 11, 24, 9, tzinfo=UTC)
        self.due = self.at + REMINDER

    def now(self) -> datetime:
        return self.at

    async def upcoming(self) -> list[Upcoming]:
        return [Upcoming(self.due, "Reminder", "Ann")] if self.at < self.due else []

    async def skip_to(self, at: datetime) -> None:
        self.at = at


class Demo:
    """A local Telegram with its page, and a bot that answers, on an event loop in a thread of its own."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.telegram = LocalTelegram(TOKEN, now=lambda: self.stage.now().timestamp())
        self.telegram.serve_page(
            self.stage,
            [Phone("patient", 7, "Ann"), Phone("practitioner", 8, "Mei", "Practitioner")],
            {"practitioner": "/start invited"},
        )
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.thread.start()
        assert self.ready.wait(10)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(10)

    async def _run(self) -> None:
        self.loop, self.stopping = asyncio.get_running_loop(), asyncio.Event()
        await self.telegram.start()
        async with aiohttp.ClientSession() as self.session:
            await self.call("setMyDescription", description="A bot that echoes.")
            await self.call("setMyCommands", commands=[{"command": "help", "description": "What I can do"}])
            bot = asyncio.create_task(self._answer_all())
            self.ready.set()
            await self.stopping.wait()
            bot.cancel()
            with suppress(asyncio.CancelledError):
                await bot
        await self.telegram.stop()

    async def call(self, method: str, **params: Any) -> Any:
        async with self.session.post(f"{self.telegram.url}/bot{TOKEN}/{method}", json=params) as answer:
            return (await answer.json()).get("result")

    async def upload(self, chat_id: int, kind: str, name: str, content: bytes) -> None:
        form = aiohttp.FormData({"chat_id": str(chat_id), "caption": name})
        form.add_field(kind, content, filename=name)
        address = f"{self.telegram.url}/bot{TOKEN}/send{kind.title()}"
        async with self.session.post(address, data=form) as answer:
            await answer.read()

    async def _answer_all(self) -> None:
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=20) or []:
                offset = update["update_id"] + 1
                await self._answer(update)

    async def _answer(self, update: dict[str, Any]) -> None:
        if query := update.get("callback_query"):
            where = {"chat_id": query["from"]["id"], "message_id": query["message"]["message_id"]}
            if query["data"] == "alert":
                await self.call("answerCallbackQuery", callback_query_id=query["id"], text="Mind!", show_alert=True)
                return
            await self.call("answerCallbackQuery", callback_query_id=query["id"], text=f"Chose {query['data']}")
            await self.call("editMessageText", **where, text=f"You chose {query['data']}", reply_markup=CHOICES)
        elif message := update.get("message"):
            await self._reply(message["chat"]["id"], message)

    async def _reply(self, chat_id: int, message: dict[str, Any]) -> None:
        text = message.get("text", "")
        if text == "/start":
            await self.call("sendMessage", chat_id=chat_id, text="Which?", reply_markup=CHOICES)
        elif text == "typing":
            await self.call("sendChatAction", chat_id=chat_id, action="typing")
        elif text == "files":
            await self.upload(chat_id, "document", "plan.txt", b"walk a little")
            await self.upload(chat_id, "photo", "map.png", png(40, 30))
        elif text == "chart":
            await self.upload(chat_id, "photo", "chart.png", png(1000, 1300))
        elif text == "place":
            place = {"latitude": 51.5, "longitude": -0.1, "title": "The practice", "address": "12 High Street"}
            await self.call("sendVenue", chat_id=chat_id, **place)
        elif text.startswith("<"):
            await self.call("sendMessage", chat_id=chat_id, text=text, parse_mode="HTML")
        else:
            kinds = sorted(message.keys() & {"text", "contact", "document", "photo"})
            await self.call("sendMessage", chat_id=chat_id, text=f"Got {kinds[0]}: {text}")


CHOICES = inline([button("Red", "red"), button("Blue", "blue")], [button("Alert", "alert")])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"THE DEMO'S PAGE IS NOT TESTED: none of {', '.join(BROWSERS)} is on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def demo() -> Iterator[Demo]:
    demo = Demo()
    yield demo
    demo.stop()


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    yield from opened(browser, demo, WIDE)


@pytest.fixture
def narrow_page(browser: Browser, demo: Demo) -> Iterator[Page]:
    yield from opened(browser, demo, NARROW)


def opened(browser: Browser, demo: Demo, size: ViewportSize) -> Iterator[Page]:
    """The page, which may ask nobody but the demo and may not complain."""
    page = browser.new_page(viewport=size)
    page.set_default_timeout(5000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on(
        "request", lambda request: None if request.url.startswith(demo.telegram.url) else complaints.append(request.url)
    )
    page.goto(f"{demo.telegram.url}/")
    page.wait_for_selector("#phone-practitioner", state="attached")
    yield page
    page.close()
    assert complaints == []


def say(page: Page, text: str, phone: str = "patient") -> None:
    field = page.locator(f"#phone-{phone} textarea")
    field.fill(text)
    field.press("Enter")


def last(page: Page, phone: str = "patient") -> Any:
    return page.locator(f"#phone-{phone} .message:not(.mine)").last


def test_a_chat_begins_with_the_start_button_and_goes_on_by_taps(page: Page) -> None:
    patient = page.locator("#phone-patient")
    expect(patient.locator(".about")).to_contain_text("A bot that echoes.")
    patient.get_by_role("button", name="Start", exact=True).click()
    patient.get_by_role("button", name="Red").click()
    expect(last(page)).to_contain_text("You chose red")
    expect(last(page)).to_contain_text("edited")
    expect(patient.locator(".toast")).to_have_text("Chose red")
    expect(patient.locator(".message")).to_have_count(2)
    expect(patient.locator(".start")).to_be_hidden()


def test_a_tap_made_by_keyboard_keeps_its_place_when_the_message_changes(page: Page) -> None:
    page.locator("#phone-patient .start").click()
    blue = page.locator("#phone-patient").get_by_role("button", name="Blue")
    blue.focus()
    page.keyboard.press("Enter")
    expect(last(page)).to_contain_text("You chose blue")
    expect(blue).to_be_focused()


def test_an_alert_waits_for_ok(page: Page) -> None:
    page.locator("#phone-patient .start").click()
    page.get_by_role("button", name="Alert").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Mind!")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_have_count(0)


def test_each_phone_has_its_own_chat_and_the_invitation_its_button(page: Page) -> None:
    page.get_by_role("button", name="Open the invitation").click()
    expect(page.locator("#phone-practitioner .mine")).to_contain_text("/start invited")
    expect(last(page, "practitioner")).to_contain_text("Got text: /start invited")
    expect(page.locator("#phone-patient .message")).to_have_count(0)
    page.get_by_label("Another patient").fill("Bo")
    page.get_by_role("button", name="Add a patient").click()
    page.locator("#phone-patient-3 .start").click()
    expect(last(page, "patient-3")).to_contain_text("Which?")


def test_markup_is_shown_and_nothing_typed_becomes_markup(page: Page) -> None:
    say(
        page, "<b>bold <i>both</i></b> <code>code</code> <blockquote>quoted</blockquote><tg-spoiler>hidden</tg-spoiler>"
    )
    text = last(page).locator(".text")
    expect(text.locator("b i")).to_have_text("both")
    expect(text.locator("blockquote")).to_have_text("quoted")
    spoiler = text.locator(".spoiler")
    expect(spoiler).not_to_have_class("spoiler shown")
    spoiler.click()
    expect(spoiler).to_have_class("spoiler shown")
    say(page, "&lt;img src=x> <3")
    expect(page.locator("#phone-patient .mine").last).to_contain_text("&lt;img src=x> <3")
    expect(page.locator("#phone-patient .text img")).to_have_count(0)


def test_a_deep_link_is_opened_in_the_chat_whether_clicked_or_pasted(page: Page) -> None:
    say(page, "https://t.me/acuback_demo_bot?start=abc-1")
    expect(last(page)).to_contain_text("Got text: /start abc-1")
    say(page, '<a href="https://t.me/acuback_demo_bot?start=xyz">open</a>')
    last(page).get_by_role("link", name="open").click()
    expect(last(page)).to_contain_text("Got text: /start xyz")


def test_documents_and_pictures_open(page: Page) -> None:
    say(page, "files")
    document = page.locator("#phone-patient .card", has_text="plan.txt")
    with page.expect_popup() as popup:
        document.click()
    expect(popup.value.locator("body")).to_have_text("walk a little")
    page.get_by_role("button", name="Open the picture").click()
    expect(page.get_by_role("dialog").locator("img")).to_have_js_property("naturalWidth", 40)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_places_contacts_and_attachments_travel(page: Page) -> None:
    say(page, "place")
    expect(last(page)).to_contain_text("The practice")
    patient = page.locator("#phone-patient")
    patient.get_by_role("button", name="Attach").click()
    patient.get_by_role("button", name="My contact").click()
    expect(last(page)).to_contain_text("Got contact")
    files = patient.locator(".file")
    files.set_input_files({"name": "back.png", "mimeType": "image/png", "buffer": png()})
    expect(last(page)).to_contain_text("Got photo")
    files.set_input_files({"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1"})
    expect(last(page)).to_contain_text("Got document")


def test_the_newest_message_can_be_forwarded(page: Page) -> None:
    say(page, "look")
    expect(last(page)).to_contain_text("Got text: look")
    patient = page.locator("#phone-patient")
    patient.get_by_role("button", name="Attach").click()
    patient.get_by_role("button", name="Forward the newest message").click()
    expect(patient.locator(".mine").last).to_contain_text("Forwarded message")
    expect(patient.locator(".mine").last).to_contain_text("Got text: look")


def test_a_picture_fills_the_width_of_a_phone_and_no_more(narrow_page: Page) -> None:
    say(narrow_page, "chart")
    image = narrow_page.locator("#phone-patient .photo img")
    expect(image).to_have_js_property("naturalWidth", 1000)
    box = image.bounding_box()
    assert box is not None
    assert NARROW["width"] * 0.7 < box["width"] < NARROW["width"] * 0.9
    assert box["height"] == pytest.approx(box["width"] * 1.3, abs=2)
    assert narrow_page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_who_reads_the_end_stays_there_when_a_message_shrinks_and_a_long_one_comes_behind_it(page: Page) -> None:
    page.locator("#phone-patient .start").click()
    expect(last(page)).to_contain_text("Which?")
    chat = page.locator("#phone-patient .chat")
    long = """chat => {
        const long = document.createElement("li");
        long.style.height = "2000px";
        chat.querySelector(".messages").append(long);
    }"""
    shorter_and_longer = """chat => {
        const list = chat.querySelector(".messages");
        list.lastElementChild.style.height = "1000px";
        chat.scrollTop;  // the page is laid out in between
        const next = document.createElement("li");
        next.style.height = "600px";
        list.append(next);
    }"""
    comes_to_the_end = """chat => new Promise(done => {
        let frames = 0;
        const look = () => {
            const left = chat.scrollHeight - chat.scrollTop - chat.clientHeight;
            return left < 2 || ++frames > 60 ? done(left < 2) : requestAnimationFrame(look);
        };
        requestAnimationFrame(() => requestAnimationFrame(look));
    })"""
    for change in (long, shorter_and_longer):
        chat.evaluate(change)
        assert chat.evaluate(comes_to_the_end)


def test_the_menu_lists_the_commands_and_typing_shows(page: Page) -> None:
    patient = page.locator("#phone-patient")
    patient.get_by_role("button", name="Menu").click()
    patient.get_by_role("button", name="/help What I can do").click()
    expect(last(page)).to_contain_text("Got text: /help")
    say(page, "typing")
    expect(patient.locator(".bot-state")).to_have_text("typing…")


def test_a_bot_that_is_blocked_says_so_and_can_be_restarted(page: Page) -> None:
    patient = page.locator("#phone-patient")
    say(page, "hello")
    patient.get_by_role("button", name="Block the bot, as Ann").click()
    expect(patient.locator(".bot-state")).to_have_text("blocked")
    patient.get_by_role("button", name="Unblock and restart").click()
    expect(last(page)).to_contain_text("Which?")


def test_the_clock_walks_to_what_is_due(page: Page, demo: Demo) -> None:
    clock = page.locator(".clock")
    expect(clock.locator(".clock-time")).to_have_text("09:00")
    clock.get_by_role("button", name="Skip 1 hour").click()
    expect(clock.locator(".clock-time")).to_have_text("10:00")
    clock.get_by_role("button", name="Skip to Today 18:00: Reminder, Ann").click()
    expect(clock.locator(".clock-time")).to_have_text("18:00")
    expect(clock.locator(".due")).to_have_text("Nothing is due.")
    assert demo.stage.at == demo.stage.due


def test_on_a_small_screen_the_phones_are_tabs_and_nothing_is_cut_off(narrow_page: Page, demo: Demo) -> None:
    page = narrow_page
    say(page, "hello")
    expect(last(page)).to_contain_text("Got text: hello")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.get_by_role("tab", name="Ann Patient").press("ArrowRight")
    expect(page.locator("#phone-patient")).to_be_hidden()
    page.get_by_role("button", name="Open the invitation").click()
    expect(last(page, "practitioner")).to_contain_text("Got text: /start invited")
    demo.loop.call_soon_threadsafe(lambda: demo.telegram.person(7, "Ann").send_text("from the pocket"))
    expect(page.get_by_role("tab", name="Ann Patient").locator(".badge")).to_have_text("1")


def test_the_page_comes_back_as_it_was_after_a_reload(page: Page) -> None:
    say(page, "hello")
    expect(last(page)).to_contain_text("Got text: hello")
    page.reload()
    expect(page.locator("#phone-patient .message")).to_have_count(2)


def test_other_pages_and_other_names_for_this_machine_are_refused(demo: Demo) -> None:
    async def status(path: str, method: str = "POST", **headers: str) -> int:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, demo.telegram.url + path, json={"text": "x"}, headers=headers) as answer,
        ):
            return answer.status

    async def scene() -> None:
        say = "/page/phones/patient/say"
        assert await status(say, Origin=demo.telegram.url) == 200
        assert await status(say, Origin="https://elsewhere.example") == 403
        assert await status(say) == 403
        assert await status("/page/", "GET", Host="elsewhere.example") == 403
        assert await status("/page/../server.py", "GET") == 404
        assert await status("/page/phones/nobody/say", Origin=demo.telegram.url) == 404

    asyncio.run_coroutine_threadsafe(scene(), demo.loop).result(10)
