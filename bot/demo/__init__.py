"""A local Telegram for trying the bot without a token, and for the tests: Bot API server and web page."""

from bot.demo.chats import Button, Message, Toast
from bot.demo.page import Phone, Stage, Upcoming
from bot.demo.people import Person
from bot.demo.refusal import Refusal
from bot.demo.server import LocalTelegram

__all__ = ["Button", "LocalTelegram", "Message", "Person", "Phone", "Refusal", "Stage", "Toast", "Upcoming"]
