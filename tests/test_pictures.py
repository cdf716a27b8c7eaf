"""The pictures shown in a chat, and the record as JSON."""

import json
import math
import operator
import re
import struct
from collections import Counter

import pytest
import typst

from bot.documents import TEMPLATES, render
from bot.source import read_strings

REGIONS = (
    "upper", "ribs", "low-left", "low-middle", "low-right", "buttock-left", "buttock-right", "thigh-back-left",
    "thigh-back-right", "calf-left", "calf-right", "foot-left", "foot-right", "groin", "thigh-front-left",
    "thigh-front-right",
)  # fmt: skip
NUMBERS = {code: str(number) for number, code in enumerate(REGIONS, 1)}


def body(*marked: str, numbers: dict[str, str] = NUMBERS) -> bytes:
    return render("body", {"numbers": numbers, "marked": list(marked)})


def test_the_body_chart_is_a_picture_telegram_takes_and_a_phone_shows_sharply() -> None:
    picture = body("ribs")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    assert 900 <= width <= 1100
    assert width < height < 1.5 * width
    assert len(picture) < 300_000


def test_every_region_can_be_marked_and_is_told_from_every_other() -> None:
    pictures = [body(), *(body(region) for region in REGIONS)]
    assert len(set(pictures)) == len(REGIONS) + 1


def test_every_region_carries_its_number() -> None:
    bare = body(numbers={})
    assert len({bare, *(body(numbers={region: "8"}) for region in REGIONS)}) == len(REGIONS) + 1


def test_a_region_nobody_drew_and_missing_data_change_nothing() -> None:
    assert body("elbow", numbers={"elbow": "17"}) == render("body", {})


def test_the_chart_nobody_marked_is_drawn_once() -> None:
    assert body() is body()


PAGES = sorted(path.stem for path in (TEMPLATES / "pages").glob("*.typ"))


@pytest.mark.parametrize("name", PAGES)
def test_the_picture_of_a_page_is_one_a_phone_shows_sharply(name: str) -> None:
    picture = render(f"pages/{name}", {})
    width, height = struct.unpack(">II", picture[16:24])
    assert width == 1008
    assert width / 3 < height < 1.5 * width
    assert len(picture) < 300_000


# How somebody sees who lacks one kind of cone: on linear red, green and blue (Machado 2009, at its fullest).
SEEN = {
    "everybody": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
FAR = 25
"""A difference in CIE Lab that nobody overlooks between dots; one that can just be seen is about 2."""


def marked(name: str) -> tuple[str, ...]:
    """The colours of the dots that stand for somebody: of most dots are those for nobody in particular."""
    drawn = typst.compile(str(TEMPLATES / "pages" / f"{name}.typ"), root=str(TEMPLATES), format="svg")
    assert isinstance(drawn, bytes)
    dots = re.findall(rb'fill="(#[0-9a-f]{6})"[^>]*stroke="(#[0-9a-f]{6})"', drawn)
    assert len(dots) >= 100
    (_, _), (kind, _) = Counter(dots).most_common(2)
    return tuple(colour.decode() for colour in kind)


def lab(colour: str, seen: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    r, g, b = (sum(map(operator.mul, row, linear)) for row in seen)
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089
    fx, fy, fz = (math.cbrt(part) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("who", SEEN)
def test_whoever_got_better_and_whoever_was_harmed_are_not_taken_for_each_other(who: str) -> None:
    for better, harmed in zip(marked("everyday-life"), marked("unwanted-effects"), strict=True):
        assert math.dist(lab(better, SEEN[who]), lab(harmed, SEEN[who])) >= FAR


def test_only_what_stands_among_them_is_a_picture_of_a_page() -> None:
    for kind in ("pages/none", "pages/../body", "drawn/figure", "pages/words"):
        with pytest.raises(LookupError):
            render(kind, {})


def test_the_words_on_the_chart_are_content() -> None:
    node, faults = read_strings(TEMPLATES / "body.yaml")
    assert node is not None, faults
    assert set(node.plain()) == {"behind", "before", "left", "right"}


def weeks(*pain: float, visits: tuple[float, ...] = ()) -> bytes:
    return render("trend", {"pain": list(enumerate(pain)), "visits": list(visits)})


@pytest.mark.parametrize("count", [1, 2, 10, 52])
def test_somebodys_weeks_are_a_picture_for_a_phone_however_many_there_are(count: int) -> None:
    picture = weeks(*(nth % 11 for nth in range(count)), visits=tuple(range(count)))
    width, height = struct.unpack(">II", picture[16:24])
    assert 900 <= width <= 1100
    assert width / 2 < height < width
    assert len(picture) < 300_000


def test_every_rating_and_every_visit_shows_in_somebodys_weeks() -> None:
    pictures = [weeks(7, 5), weeks(7, 6), weeks(6, 5), weeks(7, 5, 5), weeks(7, 5, visits=(0.5,)), weeks(7), weeks(0)]
    assert len(set(pictures)) == len(pictures)
    assert weeks(7.5) != weeks(7)


def test_the_words_on_somebodys_weeks_are_content() -> None:
    node, faults = read_strings(TEMPLATES / "trend.yaml")
    assert node is not None, faults
    assert set(node.plain()) == {"title", "scale", "weeks", "visit"}


def test_the_record_is_given_as_json_whatever_is_in_it() -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"said": 'Zoë 김 "x" \ud800'}]}
    written = render("fhir", bundle)
    assert json.loads(written.decode("utf-8")) == bundle
    assert "\n" in written.decode()
    assert "Zoë 김" in written.decode()
