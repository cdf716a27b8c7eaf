"""Two kinds of answer: a time of day, and where somebody is."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.flows.answers import REFUSED_CHOICE, rows_of
from bot.flows.dates import read_time
from bot.flows.flow import Answer, Button, Given, Heard, Pick, Refused, Shown, Spoken, Stay, Turn, spoken
from bot.model import Media, Say, Text
from bot.practice import whereabouts
from bot.practice.quiet import Quiet

PARTS: Mapping[str, time] = {
    "morning": time(9),
    "midday": time(12, 30),
    "afternoon": time(15, 30),
    "evening": time(18, 30),
}
_QUARTER = 15
_NEAR = "near"


def place_and_time(zone: str, now: datetime) -> dict[str, object]:
    """A zone by its greatest city, and what clocks show there."""
    shown = now.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0)
    return {"place": whereabouts.city(zone), "now": shown}


class TimeOfDay(Answer):
    """A time of day outside the quiet hours, to the quarter of an hour: a part of the day, or typed."""

    UNREAD = spoken("plan.unread_time")
    AT_NIGHT = spoken("plan.at_night", "start", "end")

    def __init__(self, quiet: Quiet) -> None:
        self._quiet = quiet
        self._parts = {part: at for part, at in PARTS.items() if not quiet.holds(at)}

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (self.UNREAD, self.AT_NIGHT, *(spoken(f"plan.at_{part}", "at") for part in PARTS))

    def show(self, turn: Turn) -> Shown:
        parts = [Button(part, Say(f"plan.at_{part}", {"at": at})) for part, at in self._parts.items()]
        return Shown({}, rows_of(parts, 2))

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        if isinstance(heard, Pick):
            return Given(self._parts[heard.code].isoformat("minutes"))
        said = read_time(heard.text) if isinstance(heard, Text) else None
        if said is None:
            return Refused(self.UNREAD.key)
        typed = time.fromisoformat(said)
        at = typed.replace(minute=typed.minute - typed.minute % _QUARTER, second=0)
        if self._quiet.holds(at):
            return Refused(self.AT_NIGHT.key, {"start": self._quiet.start, "end": self._quiet.end})
        return Given(at.isoformat("minutes"))


class Whereabouts(Answer):
    """A zone: by the name of a place, or of a place shown on the map, that is read and not kept. Each zone that fits
    is a button with what clocks show there."""

    UNKNOWN = spoken("plan.unknown_place")
    LABEL = spoken("plan.place_label", "place", "now")

    def __init__(self, known: Callable[[Turn], Sequence[str]]) -> None:
        """`known` are zones offered before anything is named."""
        self._known = known

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (REFUSED_CHOICE, self.UNKNOWN, self.LABEL)

    def show(self, turn: Turn) -> Shown:
        zones = turn.data.get(_NEAR) or self._known(turn)
        return Shown({}, tuple((Button(zone, self._label(turn, zone)),) for zone in zones))

    def _label(self, turn: Turn, zone: str) -> Say:
        return Say(self.LABEL.key, place_and_time(zone, turn.facts.now))

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        match heard:
            case Pick():
                turn.data.pop(_NEAR, None)
                return Given(heard.code)
            case Text():
                found = whereabouts.named(heard.text, turn.facts.now)
            case Media(near=(latitude, longitude)):
                found = whereabouts.near(latitude, longitude, turn.facts.now)
            case _:
                return Refused(REFUSED_CHOICE.key)
        return Stay({_NEAR: list(found)}) if found else Refused(self.UNKNOWN.key)
