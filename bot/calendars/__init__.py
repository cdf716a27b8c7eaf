"""Calendars of others: what they may read of the diary, and what is taken from a practitioner's own."""
