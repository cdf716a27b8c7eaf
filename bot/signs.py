"""The tables of warning signs and of needle safety as one Markdown page, from the rules that run."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from bot.flows.content import Content
from bot.practice import safety, screening
from bot.practice.binding import code
from bot.practice.items import Item

_HEAD = """# Warning signs and needle safety

Written by `acuback signs` from `bot/content/screening.yaml`, `bot/content/safety.yaml` and the forms they are bound to.
No pattern of answers means that nothing is wrong. A rule that is not reviewed has not been signed off by a registered
practitioner.
"""


def document(content: Content) -> str:
    """What each answer means, row by row: for the practitioner who signs the rules off."""
    signs = _table(
        ("Rule", "Condition", "Sign", "Question and answers", "Besides", "Source", "Reviewed"),
        _signs(content, content.screening),
    )
    needles = _table(
        ("Rule", "Effect", "What it is", "Plan", "Question and answers", "Details", "Source", "Reviewed"),
        _needles(content, content.safety),
    )
    return f"{_HEAD}\n## Warning signs\n\n{signs}\n## Before needling\n\n{needles}"


def _signs(content: Content, rules: screening.Screening) -> Iterator[tuple[str, ...]]:
    if minimum := rules.minimum_age:
        asked = _question(content, minimum.link_id)
        yield minimum.id, "age", f"Under {minimum.years}", asked, "asked to phone, nothing is kept", "", ""
    for rule in rules.rules:
        lines = [
            f"{_question(content, link_id)}: {_levels(_item(content, link_id), levels)}"
            for link_id, levels in rule.answers.items()
        ]
        if ticks := rule.ticks:
            count = str(ticks.least) if ticks.least == ticks.most else f"{ticks.least} to {ticks.most}"
            lines.append(f"{_question(content, ticks.link_id)}: {count} ticked - **{ticks.level}**")
        besides = [f"from {rule.from_age} years on"] if rule.from_age else []
        besides += [f"with {_others(one.rules)}: **{one.level}**" for one in rule.raises]
        besides += [f"shows the {rule.number} number"] if rule.number != "emergency" else []
        said, more = "<br>".join(lines), "<br>".join(besides)
        yield rule.id, rule.condition, rule.line, said, more, rule.source, _reviewed(rule)


def _needles(content: Content, rules: safety.Safety) -> Iterator[tuple[str, ...]]:
    for rule in rules.rules:
        lines = [
            f"{_question(content, link_id)}: {'; '.join(_labels(_item(content, link_id), codes).values())}"
            for link_id, codes in rule.answers.items()
        ]
        details = ", ".join(f"`{link_id}`" for link_id in rule.details)
        effect = f"**{rule.effect}**"
        yield rule.id, effect, rule.line, rule.plan, "<br>".join(lines), details, rule.source, _reviewed(rule)


def _levels(item: Item, levels: Mapping[str, screening.Level]) -> str:
    return "; ".join(f"{label} - **{levels[name]}**" for name, label in _labels(item, levels).items())


def _labels(item: Item, named: Collection[str]) -> dict[str, str]:
    """The codes a rule names, as their buttons read, in the order they are offered."""
    offered = {code(option.value): option.label for option in item.options}
    return {name: label for name, label in offered.items() if name in named} | {
        name: name for name in named if name not in offered
    }


def _others(rules: Iterable[str] | None) -> str:
    return "any other" if rules is None else " or ".join(rules)


def _question(content: Content, link_id: str) -> str:
    return f"{_item(content, link_id).text} `{link_id}`"


def _item(content: Content, link_id: str) -> Item:
    return (content.form if link_id in content.form else content.check).item(link_id)


def _reviewed(rule: screening.Rule | safety.Rule) -> str:
    return "yes" if rule.reviewed else "no"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
