"""acuback: a Telegram assistant for an acupuncture practice that treats low back pain."""
