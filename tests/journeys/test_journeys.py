"""Every journey, replayed line by line over HTTP, on SQLite and on PostgreSQL.

It is played in the practice of the clinic file beside it, if there is one.
"""

import asyncio
from pathlib import Path

import pytest

from bot.demo import LocalTelegram
from tests.house import house
from tests.journeys.script import NotUnderstood, read
from tests.journeys.stage import Stage, starts_at

JOURNEYS = sorted(Path(__file__).parent.glob("*.md"))


@pytest.mark.parametrize("path", JOURNEYS, ids=lambda path: path.stem)
def test_the_journey_goes_as_it_is_written(path: Path, database_url: str) -> None:
    lines = read(path)
    clinic = path.with_suffix(".yaml")

    async def play() -> tuple[LocalTelegram, str]:
        async with house(database_url, starts_at(lines), clinic=clinic if clinic.exists() else None) as played:
            told = await Stage(played).play(path, lines)
            await played.at_rest()
        return played.telegram, told

    telegram, told = asyncio.run(play())
    if told:
        pytest.fail(told, pytrace=False)
    said = [call["params"] for call in telegram.calls]
    assert all(len(params.get("text", "")) <= 4096 for params in said)
    assert all(len(data.encode()) <= 64 for params in said for data in _data(params))


def test_a_line_that_is_not_understood_fails(tmp_path: Path) -> None:
    path = tmp_path / "odd.md"
    path.write_text('# Odd\n\nProse.\n\n- **Maria** types "hello"\n- **Maria** dances\n', encoding="utf-8")
    with pytest.raises(NotUnderstood, match=r"odd\.md:6: not understood: \*\*Maria\*\* dances"):
        read(path)


def _data(params: dict[str, object]) -> list[str]:
    markup = params.get("reply_markup")
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]
