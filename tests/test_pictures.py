"""The pictures shown in a chat, and the record as JSON."""

import json
import struct

import pytest

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
