"""What Telegram's answer to a call means for the message: a value, decided in one place."""

from enum import Enum, auto

from telegram.error import BadRequest, ChatMigrated, EndPointNotFound, Forbidden, InvalidToken, TelegramError

from bot.telegram.transport import TooMany, Unapplied


class Verdict(Enum):
    """What to do next."""

    DONE = auto()  # the chat shows what it shall show
    ANEW = auto()  # the message to edit is gone: a new one
    INSTEAD = auto()  # the message to edit holds a picture, these are words: a new one, and the old loses its buttons
    UNMARKED = auto()  # Telegram cannot read the markup, or the text is too long: plain pieces
    SLOWER = auto()  # 429
    AGAIN = auto()  # surely not carried out
    DOUBT = auto()  # may have been carried out
    BLOCKED = auto()  # this person cannot be written to
    REFUSED = auto()  # no repeating helps


_REFUSALS = (
    ("message is not modified", Verdict.DONE),
    ("query is too old", Verdict.DONE),
    ("query id is invalid", Verdict.DONE),
    ("message to edit not found", Verdict.ANEW),
    ("message can't be edited", Verdict.ANEW),
    ("message_id_invalid", Verdict.ANEW),
    ("there is no media in the message to edit", Verdict.ANEW),
    ("there is no text in the message to edit", Verdict.INSTEAD),
    ("can't parse entities", Verdict.UNMARKED),
    ("entity_bounds_invalid", Verdict.UNMARKED),
    ("message is too long", Verdict.UNMARKED),
    ("message_too_long", Verdict.UNMARKED),
    ("text is too long", Verdict.UNMARKED),
    ("caption is too long", Verdict.UNMARKED),
    ("caption_too_long", Verdict.UNMARKED),
    ("chat not found", Verdict.BLOCKED),
    ("user not found", Verdict.BLOCKED),
    ("peer_id_invalid", Verdict.BLOCKED),
)
"""Parts of the descriptions Telegram gives with 400, in lower case (tdlib/telegram-bot-api, Client.cpp)."""


def verdict(failure: TelegramError) -> Verdict:
    """What a failed call means. A token refused in the middle of a run leaves everything undone, for a run that has the
    right one."""
    if isinstance(failure, TooMany):
        return Verdict.SLOWER
    if isinstance(failure, Unapplied | InvalidToken | EndPointNotFound):
        return Verdict.AGAIN
    if isinstance(failure, Forbidden):
        return Verdict.BLOCKED
    if isinstance(failure, BadRequest):
        said = str(failure).lower()
        return next((means for words, means in _REFUSALS if words in said), Verdict.REFUSED)
    return Verdict.REFUSED if isinstance(failure, ChatMigrated) else Verdict.DOUBT
