"""The practitioner's page of the week: who improved, who worsened, who has not answered lately."""

from collections.abc import Sequence

from bot.flows.checkin import lines
from bot.flows.day import reads_the_diary
from bot.flows.flow import Turn, spoken, standing, to_menu
from bot.flows.telling import short
from bot.model import Morning, Offer, Progress, Say
from bot.practice import outcomes

WEEKLY_NEEDS = frozenset({"progress"})

_SHOWN: tuple[outcomes.Standing, ...] = ("worsened", "improved", "silent")
_MOST = 12
_LONGEST_NAME = 24
"""So many people of each kind, of names so long and with all their ratings, fit one message."""
_MOST_BUTTONS = 6

SAYS = (
    spoken("desk.weekly", "day", *_SHOWN, "steady", choices=("menu",)),
    *(spoken(f"desk.weekly_{standing}", "people") for standing in _SHOWN),
    spoken("desk.weekly_line", "name", "lines"),
    spoken("desk.weekly_name", "name"),
    spoken("desk.weekly_more", "n"),
    spoken("desk.weekly_steady", "n"),
    spoken("desk.trend_of", "name"),
)


def page(turn: Turn, event: Morning) -> None:
    """The page, where anybody is asked how they are. Those who worsened stand first, with their picture one tap away;
    those who are silent with their number."""
    facts = turn.facts
    if not reads_the_diary(turn) or not facts.progress:
        return
    groups: dict[outcomes.Standing, list[Progress]] = {"worsened": [], "improved": [], "silent": [], "steady": []}
    for one in sorted(facts.progress, key=lambda one: one.name.casefold()):
        groups[outcomes.standing(one)].append(one)
    offers = [*map(_trend, groups["worsened"]), *map(_call, groups["silent"])]
    rows = tuple((one,) for one in offers[:_MOST_BUTTONS])
    steady = Say("desk.weekly_steady", {"n": len(groups["steady"])}) if groups["steady"] else ""
    values: dict[str, object] = {"day": facts.now, "steady": steady}
    for name in _SHOWN:
        values[name] = _group(name, groups[name])
    turn.says.append(Say("desk.weekly", values, (*rows, to_menu()), to=facts.account.id))


def _group(name: outcomes.Standing, people: Sequence[Progress]) -> Say | str:
    if not people:
        return ""
    line = _silent if name == "silent" else _changed
    told = tuple(map(line, people[:_MOST]))
    more = (Say("desk.weekly_more", {"n": len(people) - _MOST}),) if len(people) > _MOST else ()
    return Say(f"desk.weekly_{name}", {"people": (*told, *more)})


def _changed(one: Progress) -> Say:
    """What puts somebody where they stand; the rest of the ratings stand behind the picture."""
    verdict = outcomes.overall(one.scores)
    changes = [change for change in outcomes.changes(one.scores) if change.verdict == verdict]
    return Say("desk.weekly_line", {"name": short(one.name, _LONGEST_NAME), "lines": lines(changes, "weekly")})


def _silent(one: Progress) -> Say:
    return Say("desk.weekly_name", {"name": short(one.name, _LONGEST_NAME)})


def _trend(one: Progress) -> Offer:
    return standing("trend", one.patient_id, "trend", Say("desk.trend_of", {"name": one.name}))


def _call(one: Progress) -> Offer:
    return standing("call", one.patient_id, "call", Say("desk.call_name", {"name": one.name}))
