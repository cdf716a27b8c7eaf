"""The address of somebody's own calendar, as people paste it."""

from urllib.parse import urlsplit

LONGEST = 2000


def outside_address(text: str) -> str | None:
    """What somebody typed as the address of a calendar, as an http or https address; None where it is none."""
    url = text.strip().strip("<>")
    scheme, _, rest = url.partition("://")
    if scheme.lower() in ("webcal", "webcals"):
        url = f"https://{rest}"
    try:
        parts = urlsplit(url)
        sound = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if sound and len(url) <= LONGEST and not any(one.isspace() or ord(one) < 32 for one in url) else None
