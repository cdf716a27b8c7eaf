"""The reception: one event, one transaction, its replies in the outbox. The single writer of the house."""

from bot.reception.letters import Words
from bot.reception.writer import Away, Reception

__all__ = ["Away", "Reception", "Words"]
