"""Telegram's HTML as we read it, against TDLib: same text, same entities, same complaint at the same byte."""

import json
from typing import Any

import pytest
import tdjson
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.markup import parse_html
from bot.demo.refusal import Refusal

TRICKY = [
    "", "plain", "a & b", "a < b", "<3", "x > y", "é<x", "<b>x</b>", "<B>x</b>", "<b>x</B>", "<b>x</>",
    "<b>x", "</b>", "<b>x</i>", "<b><i>x</b></i>", "<b><i>x</i></b>", "<p>x</p>", "<br>", "<br/>",
    "<b/>x</b>", "<b >x</b >", "<b>x</b", "<b", "<b a", "<b =1>x</b>", "<b a=1>x</b>", "<b a=?>x</b>",
    "<b a='1'b>x</b>", "<b a=''/>x</b>", "<b></b>", "<b> </b>", "<b>a</b><b>c</b>", "<b><b>a</b></b>",
    "<strong>a</strong><em>b</em><ins>c</ins><strike>d</strike><del>e</del>", "<span>x</span>",
    "<span class=x>x</span>", "<span class=tg-spoiler>x</span>", '<span class="tg-spoiler">x</span>',
    "<tg-spoiler>x</tg-spoiler>", '<span class="tg-spoiler" class="other">x</span>',
    "<span class='tg-other'>x</span>", '<a href="http://example.org">x</a>',
    '<a href="https://EXAMPLE.org:0443/a b?c#d">x</a>', "<a>http://example.org</a>",
    "<a href=example.org>x</a>", "<a href=x>x</a>", '<a href="tel:112">x</a>',
    '<a href="mailto:a@b.example">x</a>', '<a href="tg://user?id=5">x</a>',
    '<a href="tg:user?id=5&x=1#y">x</a>', '<a href="tg://resolve?domain=x">x</a>',
    '<a href="ton://transfer/x">x</a>', '<a href="ftp://example.org">x</a>',
    '<a href="http://a.b/?x=1&amp;y=2">x</a>', '<a href="http://u:p@a.b:8/x">x</a>',
    '<a href="http://a.b:99999/">x</a>', '<a href="http://a_b.c">x</a>', '<a href="http://a.b?q">x</a>',
    '<a href="http://.">x</a>', '<a href="">x</a>', "<a href>x</a>", "<a></a>",
    '<a href="https://t.me/acuback_demo_bot?start=abc_DEF-1">x</a>', '<a href="http://пример.рф/я">x</a>',
    "<pre>x</pre>", "<code>x</code>", '<pre><code class="language-py">x</code></pre>',
    '<code class="language-py">x</code>', '<code class="language-py"><pre>x</pre></code>',
    '<pre>a<code class="language-py">x</code></pre>', "<blockquote>x</blockquote>",
    "<blockquote expandable>x</blockquote>", "<blockquote expandable=''>x</blockquote>",
    "<blockquote>a<blockquote>b</blockquote></blockquote>",
    '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', '<tg-emoji emoji-id="a">x</tg-emoji>',
    "<tg-emoji>x</tg-emoji>", "<tg-emoji></tg-emoji>", '<tg-emoji emoji-id="-1">x</tg-emoji>',
    '<tg-time unix=1 format="r">x</tg-time>', '<tg-time unix=1 format="wDT">x</tg-time>',
    "<tg-time>x</tg-time>", '<tg-time unix=1 format="z">x</tg-time>', "<tg-time unix=0>x</tg-time>",
    "&lt;&gt;&amp;&quot;&apos;&nbsp;", "&lt", "&amp&amp;", "&#65;&#x41;&#X41;", "&#0;", "&#;", "&#x;",
    "&#1114110;", "&#1114111;", "&#x1F600;", "&#xd83d;&#xde00;", "&#xd83d;", "&#00000065;", "&#0000065;",
    "&;", "&", "😀<b>😀</b>😀", "<b>a\nb</b>\n", "\0<b\0>x</b\0>", "a\r\n<i>b</i>", "<b\tx\n=\r'1'>x</b>",
    "<b x=\"a&quot;b\">x</b>", "<b x=\"&#xd800;\">x</b>", "<ſ>x</ſ>", "<K>x</K>", "<b>x</b>>", "<<b>x</b>",
    "< b>x</b>", "</ b>", "<b>x</ b>", "</>",
]  # fmt: skip
KINDS = {
    "textEntityTypeBold": "bold", "textEntityTypeItalic": "italic", "textEntityTypeUnderline": "underline",
    "textEntityTypeStrikethrough": "strikethrough", "textEntityTypeSpoiler": "spoiler",
    "textEntityTypeCode": "code", "textEntityTypePre": "pre", "textEntityTypePreCode": "pre",
    "textEntityTypeTextUrl": "text_link", "textEntityTypeMentionName": "text_mention",
    "textEntityTypeBlockQuote": "blockquote", "textEntityTypeExpandableBlockQuote": "expandable_blockquote",
    "textEntityTypeCustomEmoji": "custom_emoji", "textEntityTypeDateTime": "date_time",
}  # fmt: skip
PIECES = [
    "<", ">", "</", "b", "i", "a", "pre", "code", "span", "</>", "<b>", "</b>", "<i>", "</i>", "<a href=",
    '"', "'", "=", "&", "&lt;", "&amp", "#", ";", "http://a.b", "tg://user?id=7", " ", "\n", "\0", "é", "😀",
    "x", "/", ".", "<pre>", "</pre>", "</code>", '<code class="language-x">', "<blockquote expandable>",
    "</blockquote>", "class=tg-spoiler", "&#x41;",
]  # fmt: skip


def tdlib(source: str) -> tuple[str, list[tuple[Any, ...]]] | str:
    def execute(request: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps(request).encode()) or b"{}")
        return answer

    execute({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})
    got = execute({"@type": "parseTextEntities", "text": source, "parse_mode": {"@type": "textParseModeHTML"}})
    if got["@type"] == "error":
        return str(got["message"])
    return got["text"], [
        (
            e["offset"],
            e["length"],
            KINDS[kind["@type"]],
            kind.get("url"),
            kind.get("language"),
            kind.get("user_id"),
        )
        for e in got["entities"]
        for kind in [e["type"]]
    ]


def ours(source: str) -> tuple[str, list[tuple[Any, ...]]] | str:
    try:
        marked = parse_html(source)
    except Refusal as refusal:
        return refusal.description.replace("Bad Request: can't", "Can't")
    return marked.text, [
        (e["offset"], e["length"], e["type"], e.get("url"), e.get("language"), e.get("user", {}).get("id"))
        for e in marked.entities
    ]


@pytest.mark.parametrize("source", TRICKY)
def test_every_tricky_text_is_read_as_tdlib_reads_it(source: str) -> None:
    assert ours(source) == tdlib(source)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@settings(max_examples=400, deadline=None)
def test_any_pile_of_markup_is_read_as_tdlib_reads_it(source: str) -> None:
    assert ours(source) == tdlib(source)


ADDRESS_PIECES = [
    "http://", "https://", "tg:", "ton:", "tonsite:", "//", "a", "b.c", ".", ":", "80", "99999", "@", "[::1]", "[", "]",
    "%41", "%4", "/", "?", "#", "&amp;", " ", "_", "-", "user?id=", "7", "é", "|",
]  # fmt: skip


@given(st.lists(st.sampled_from(ADDRESS_PIECES), max_size=9).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_address_becomes_the_link_tdlib_makes_of_it(address: str) -> None:
    source = f'<a href="{address}">x</a>'
    assert ours(source) == tdlib(source)
