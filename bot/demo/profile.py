"""What the bot says of itself: commands, descriptions, the menu button."""

from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]


@dataclass(slots=True)
class Profile:
    """Kept by language; commands also by scope: (kind, chat or 0, language)."""

    commands: dict[tuple[str, int, str], list[JSON]] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    menu_buttons: dict[int, JSON] = field(default_factory=dict)

    def commands_for(self, chat_id: int, language: str) -> list[JSON]:
        """The menu one private chat shows: the narrowest scope that has commands, its language first
        (core.telegram.org/bots/api#determining-list-of-commands)."""
        for scope in (("chat", chat_id), ("all_private_chats", 0), ("default", 0)):
            for code in (language, ""):
                if found := self.commands.get((*scope, code)):
                    return found
        return []

    def description_for(self, language: str) -> str:
        """What an empty chat shows under 'What can this bot do?'."""
        return self.descriptions.get(language) or self.descriptions.get("", "")
