"""Every conversation of the bot: one state machine a file, each a table."""
