"""Whether the items of a form hold together: conditions that lead somewhere and end, digests that differ."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from bot.practice import values
from bot.practice.findings import Finding
from bot.practice.items import VALUE_OF_TYPE, Condition, Item


def unsound(every: Sequence[Item]) -> list[Finding]:
    """What is wrong between the items of a form: all its items in its order, their linkIds unique, none `lost`."""
    return [*_conditions(every), *_circle(every), *_digests(every)]


def lost(every: Sequence[Item]) -> list[Finding]:
    """The conditions that ask for an item the form does not have."""
    known = {item.link_id for item in every}
    return [
        Finding(
            (*item.loc, "enableWhen", index),
            item.link_id,
            f"the condition leads nowhere: no item '{condition.question}'",
            fatal=True,
        )
        for item in every
        for index, condition in enumerate(item.conditions)
        if condition.question not in known
    ]


def _conditions(every: Sequence[Item]) -> list[Finding]:
    by_id = {item.link_id: item for item in every}
    found = []
    for item in every:
        for index, condition in enumerate(item.conditions):
            asked = by_id[condition.question]
            if not asked.is_question:
                trouble = f"the condition asks '{asked.link_id}', which is no question"
            elif condition.operator != "exists" and not _can_hold(condition, asked):
                trouble = f"no answer to '{asked.link_id}' can be what the condition names"
            else:
                continue
            found.append(Finding((*item.loc, "enableWhen", index), item.link_id, trouble))
    return found


def _circle(every: Sequence[Item]) -> list[Finding]:
    """What applies hangs on the answers a condition asks for, and on whatever is around the item."""
    by_id = {item.link_id: item for item in every}
    hangs: dict[str, list[str]] = {item.link_id: [one.question for one in item.conditions] for item in every}
    for item in every:
        for child in item.items:
            hangs[child.link_id].append(item.link_id)
    try:
        TopologicalSorter(hangs).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        shown = [*circle[:5], "..."] if len(circle) > 6 else circle
        told = f"conditions go round in a circle: {' -> '.join(shown)}"
        return [Finding(by_id[circle[0]].loc, circle[0], told, fatal=True)]
    return []


def _digests(every: Sequence[Item]) -> list[Finding]:
    taken: dict[str, Item] = {}
    found = []
    for item in every:
        other = taken.setdefault(item.digest, item)
        if other is not item:
            told = f"its digest is that of '{other.link_id}'; rename one of them"
            found.append(Finding(item.loc, item.link_id, told, fatal=True))
        if len({option.digest for option in item.options}) < len(item.options):
            told = "two options have the same digest; change one of their codes"
            found.append(Finding(item.loc, item.link_id, told, fatal=True))
    return found


def _can_hold(condition: Condition, asked: Item) -> bool:
    """Whether some answer to `asked` could be equal, or compared, to what the condition names."""
    if asked.options and condition.operator in ("=", "!=") and not asked.takes_text:
        return any(values.same(option.value, condition.value) for option in asked.options)
    kinds = {VALUE_OF_TYPE[asked.type], *(values.kind(option.value) for option in asked.options)}
    named = values.kind(condition.value)
    numbers, dates = {"valueInteger", "valueDecimal"}, {"valueDate", "valueDateTime"}
    if asked.type == "open-choice":
        kinds.add("valueString")
    return any(named in group and kinds & group for group in ({named}, numbers, dates))
