"""How fast and how light the bot is, against what one would build otherwise. Run by hand, never as tests."""
