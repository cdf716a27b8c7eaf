"""The menu of commands."""

from collections.abc import Callable

from bot.telegram.commands import Menu, show_menus
from tests.telegram.conftest import House, Scene


def test_everybody_sees_the_menu_and_the_practitioner_their_own(play: Callable[[Scene], None]) -> None:
    async def scene(house: House) -> None:
        house.telegram.faults.next("setMyCommands", status=400)
        await show_menus(
            house.bot,
            [
                Menu([("lost", "refused, and only a line in the log")]),
                Menu([("help", "Help")]),
                Menu([("help", "Hilfe")], locale="de-AT"),
                Menu([("today", "Today")], chat_id=7),
            ],
        )

        def menu(chat: int, language: str) -> list[str]:
            return [command["description"] for command in house.telegram.profile.commands_for(chat, language)]

        assert (menu(8, "en"), menu(8, "de"), menu(7, "de")) == (["Help"], ["Hilfe"], ["Today"])

    play(scene)
