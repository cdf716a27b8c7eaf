"""What the demo's page says of what is due."""

from typing import get_args

from bot.model import ReminderKind
from bot.stage import WHAT

OF_THE_HOUSE = {"alarm", "morning", "waitlist"}


def test_whatever_can_be_due_has_a_name_on_the_page() -> None:
    assert WHAT.keys() == {*get_args(ReminderKind), *OF_THE_HOUSE}
