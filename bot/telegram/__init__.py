"""The edge to Telegram: how updates come in (polling, webhook) and how messages go out (the courier)."""
