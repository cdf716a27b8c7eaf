"""What people paste for the address of their calendar."""

import pytest

from bot.practice.outside_address import outside_address


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("webcal://p01.example.com/published/2/abc", "https://p01.example.com/published/2/abc"),
        (" <https://example.com/a.ics?k=1> ", "https://example.com/a.ics?k=1"),
        ("http://127.0.0.1:8080/a.ics", "http://127.0.0.1:8080/a.ics"),
        ("example.com/a.ics", None),
        ("ftp://example.com/a.ics", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https://exa mple.com/", None),
        ("https://example.com:99999/", None),
        ("javascript:alert(1)", None),
        ("hello", None),
        ("https://example.com/" + "a" * 2000, None),
    ],
)
def test_what_is_typed_as_an_address(typed: str, read: str | None) -> None:
    assert outside_address(typed) == read
