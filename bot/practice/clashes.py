"""What is wrong in a clinic.yaml between values that are each well by themselves."""

from collections.abc import Iterator
from typing import Any

from bot.practice.week import Week, common, read_ranges, read_weekday
from bot.source import Node

Loc = tuple[str | int, ...]


def clashes(content: dict[str, Any], node: Node) -> Iterator[tuple[Loc, str]]:
    """Where and what. Values that are ill by themselves are passed over: they are told elsewhere."""
    yield from _taken(content, node)
    yield from _alike(content, node)
    yield from _never_bookable(content)
    yield from _never_there(content)
    if isinstance(content.get("hours"), dict) and all(day == "closed" for day in content["hours"].values()):
        yield ("hours",), "the practice is never open"
    yield from _never_free(content)
    if "weekly_page" in content and "morning_page" not in content:
        yield ("weekly_page",), "the page of the week comes with that of the morning: give morning_page too"


def _taken(content: dict[str, Any], node: Node) -> Iterator[tuple[Loc, str]]:
    for sections, key in [
        (("practitioners", "rooms", "contacts"), "id"),
        (("visits",), "id"),
        (("visits",), "name"),
    ]:
        seen: dict[str, int] = {}
        for section in sections:
            for index, item in _items(content, section):
                value = item.get(key)
                if isinstance(value, str) and value:
                    line = node.place(section, index, key).line
                    if (first := seen.setdefault(value, line)) != line:
                        yield (section, index, key), f"the {key} '{value}' is taken (line {first})"


def _alike(content: dict[str, Any], node: Node) -> Iterator[tuple[Loc, str]]:
    visits = list(_items(content, "visits"))
    seen: dict[tuple[object, object, object], int] = {}
    for index, visit in visits:
        minutes, line = whole(visit.get("minutes")), node.place("visits", index).line
        first = seen.setdefault((visit.get("kind"), minutes, visit.get("name")), line)
        if first != line and minutes is not None and "name" not in visit:
            yield ("visits", index), f"cannot be told from the visit on line {first}; give each a name"
    if visits and all(visit.get("kind") == "follow_up" for _, visit in visits):
        yield ("visits",), "no visit is of the kind initial, so nobody new could book"


def _never_bookable(content: dict[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Visits that fit into no opening of anybody's."""
    house = content.get("hours")
    people = [_week(person.get("hours", house)) for _, person in _items(content, "practitioners")]
    weeks = people or [_week(house)]
    for index, visit in _items(content, "visits"):
        own = _week(visit.get("hours")) if "hours" in visit else None
        longest = _longest(weeks if own is None else [common(week, own) for week in weeks])
        minutes = whole(visit.get("minutes"))
        if longest == 0 and own is not None and _longest([own]) and _longest(weeks):
            yield ("visits", index, "hours"), "nobody who treats is there in these hours"
        if minutes is not None and 0 < longest < minutes:
            rule = f"is longer than the longest opening ({longest} minutes)"
            yield ("visits", index, "minutes"), f"a visit of {minutes} minutes {rule}"


def _never_there(content: dict[str, Any]) -> Iterator[tuple[Loc, str]]:
    """Practitioners whose own hours are too short for every visit there is."""
    visits = [visit for _, visit in _items(content, "visits")]
    for index, person in _items(content, "practitioners"):
        week = _week(person.get("hours"))
        if not visits or not _longest([week]):
            continue
        fits = [
            minutes is None or minutes <= _longest([week if "hours" not in one else common(week, _week(one["hours"]))])
            for one, minutes in ((one, whole(one.get("minutes"))) for one in visits)
        ]
        if not any(fits):
            yield ("practitioners", index, "hours"), "no visit fits into these hours"


def _never_free(content: dict[str, Any]) -> Iterator[tuple[Loc, str]]:
    policies = content.get("policies")
    if not isinstance(policies, dict):
        return
    notice, horizon = whole(policies.get("booking_notice_hours")), whole(policies.get("horizon_days"))
    if notice is not None and horizon is not None and notice >= 24 * (horizon + 1):
        yield ("policies", "booking_notice_hours"), "the notice is longer than the diary is open: no time is ever free"


def _week(hours: object) -> Week:
    """As much of a week as can be read."""
    week = {}
    for day, ranges in hours.items() if isinstance(hours, dict) else ():
        try:
            week[read_weekday(day)] = read_ranges(ranges)
        except ValueError:
            continue
    return week


def _longest(weeks: list[Week]) -> int:
    """The minutes of the longest range of some weeks; 0 if there is none."""
    return max((each.minutes for week in weeks for ranges in week.values() for each in ranges), default=0)


def _items(content: dict[str, Any], section: str) -> Iterator[tuple[int, dict[str, Any]]]:
    items = content.get(section)
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield index, item


def whole(text: object) -> int | None:
    """A whole number that stands in the file as text."""
    return int(text) if isinstance(text, str) and text.isdecimal() else None
