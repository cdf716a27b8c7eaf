"""The living card of a patient, read between two visits, and the short words that call for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.flows import places
from bot.flows.content import Content
from bot.flows.flow import Turn, spoken, standing
from bot.flows.foreseen import foreseen
from bot.flows.telling import short, told_all
from bot.model import Booking, Facts, Flag, Offer, Say, Staff
from bot.practice import safety, screening, summary
from bot.practice import values as fhir
from bot.practice.items import Answers, Place

SAYS = (
    spoken(
        "desk.card",
        *("name", "flags", "held", "care", "modifiers", "sections", "visit", "check", "left_out"),
        choices=("seen", "release", "record", "ask", "call", "fhir"),
    ),
    *(spoken(f"desk.section_{part}") for part in ("person", "needle", "complaint", "function", "goal")),
    spoken("desk.row", "label", "values"),
    *(spoken(f"desk.flag_{level}", "line", "said") for level in screening.LEVELS),
    *(spoken(f"desk.modifier_{effect}", "line", "said", "plan") for effect in safety.EFFECTS),
    spoken("desk.held"),
    spoken("desk.disputed"),
    spoken("desk.care_yes"),
    spoken("desk.care_no"),
    spoken("desk.visit", "starts_at", "visit"),
    spoken("desk.visit_waits", "starts_at", "visit"),
    spoken("desk.no_visit"),
    spoken("desk.checked_at", "at"),
    spoken("desk.left_out", "n"),
    spoken("desk.change", "question", "before", "after"),
    spoken("desk.nothing_before"),
)

_WHOLE = 3600
"""UTF-16 units for what a card says of a patient; the rest of Telegram's 4096 is for headings and marks."""
_LEAST_FOR_ANSWERS = 800
_SAID = 90
_AROUND = 16
"""What stands around a line: a mark, markup, the end of the line."""
_CHANGES = 12
_CHANGE = 110


def practitioners(facts: Facts) -> Sequence[Staff]:
    """The practitioners who can be told."""
    return [one for one in facts.practice if one.reachable and one.role == "practitioner"]


def called(facts: Facts) -> str:
    """What the patient is called, or asked to be."""
    if facts.patient and facts.patient.name:
        return facts.patient.name
    answers = facts.record.answers if facts.record else {}
    given = next(iter(answers.get("call-me", ())), None)
    return fhir.text(given) if given else ""


def subject(facts: Facts) -> str:
    """The name of the patient's card."""
    return f"patient:{facts.patient.id}" if facts.patient else ""


class Card:
    """What the practitioner is shown of a patient, made of a practice's form and rules."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._rules = {rule.id: rule for rule in content.screening.rules}

    def show(self, turn: Turn, announce: str = "", values: Mapping[str, Any] | None = None) -> None:
        """Brings the card up to date for each practitioner, as things stand once this turn's deeds are done.

        An edit announces nothing: `announce` is the key of a short new message that replies to the card.
        """
        facts = foreseen(turn.facts, turn.effects)
        if facts.patient is None:
            return
        body = self.values(facts)
        for person in practitioners(facts):
            turn.tell("desk.card", person.account_id, offers=self._buttons(facts), card=subject(facts), values=body)
            if announce:
                named = {"name": called(facts), **(values or {})}
                turn.tell(announce, person.account_id, reply_to=subject(facts), values=named)

    def values(self, facts: Facts) -> dict[str, Any]:
        """What the card's words hold, fitted to one message whatever was typed. What asks for care with the needles
        is named, however shortly, before anything else finds room."""
        answers = facts.record.answers if facts.record else {}
        alive = [flag for flag in facts.flags if flag.is_waiting]
        flags, modifiers = self.flagged(alive, facts), self.modifying(facts)
        room = _WHOLE - _LEAST_FOR_ANSWERS - _size(flags)
        for detail in ("said", "plan"):
            if _size(modifiers) > room:
                modifiers = tuple(replace(one, values={**one.values, detail: ""}) for one in modifiers)
        while modifiers and _size(modifiers) > room:
            modifiers = modifiers[:-1]
        taken = _size(flags) + _size(modifiers)
        laid = summary.summarise(self._content.form, answers, (), room=max(_WHOLE - taken, _LEAST_FOR_ANSWERS))
        left_out = laid.left_out + len(self.modifying(facts)) - len(modifiers)
        return {
            "name": called(facts),
            "flags": flags,
            "held": _held(alive),
            "care": tuple(Say(f"desk.care_{said}") for said in sorted({flag.care for flag in alive if flag.care})),
            "modifiers": modifiers,
            "sections": tuple(line for section in laid.sections for line in _lines(section)),
            "visit": tuple(self.visit(booking) for booking in facts.bookings) or Say("desk.no_visit"),
            "check": _checked(facts),
            "left_out": Say("desk.left_out", {"n": left_out}) if left_out else "",
        }

    def flagged(self, flags: Sequence[Flag], facts: Facts) -> tuple[Say, ...]:
        """Each flag as a line with what was said, the gravest first."""
        said = self.said(facts)
        return tuple(
            Say(
                f"desk.flag_{flag.level}",
                {
                    "line": self._rules[flag.code].line if flag.code in self._rules else flag.code,
                    "said": short(", ".join(said.get((flag.response_id, flag.code), ())), _SAID),
                },
            )
            for flag in sorted(flags, key=lambda flag: screening.LEVELS.index(flag.level))
        )

    def said(self, facts: Facts) -> dict[tuple[int, str], tuple[str, ...]]:
        """What was tapped, by response and rule."""
        today = facts.now.astimezone(self._content.clinic.zone).date()
        forms = ((facts.record, self._content.form), (facts.check, self._content.check))
        return {
            (record.id, flag.code): flag.said
            for record, form in forms
            if record
            for flag in self._content.screening.flags(form, record.answers, today)
        }

    def modifiers(self, facts: Facts) -> tuple[safety.Modifier, ...]:
        """What the answers ask of the treatment, those of the screen before the visit among them."""
        rules, content = self._content.safety, self._content
        found = rules.modifiers(content.form, facts.record.answers) if facts.record else ()
        newer = rules.modifiers(content.check, facts.check.answers) if facts.check else ()
        every = {one.code: one for one in (*found, *newer)}
        return tuple(sorted(every.values(), key=lambda one: safety.EFFECTS.index(one.effect)))

    def modifying(self, facts: Facts) -> tuple[Say, ...]:
        """Each of them as a line: what it is, what was said, what it asks of the plan."""
        return tuple(
            Say(
                f"desk.modifier_{one.effect}",
                {"line": one.line, "said": short(said_of(one), _SAID), "plan": one.plan},
            )
            for one in self.modifiers(facts)
        )

    def visit(self, booking: Booking) -> Say:
        """A visit as a line."""
        key = "desk.visit_waits" if booking.state == "awaiting_release" else "desk.visit"
        return Say(key, {"starts_at": booking.starts_at, "visit": self.named(booking)})

    def named(self, booking: Booking) -> str:
        """What the booked visit is called."""
        names = {visit.id: visit.name or visit.id for visit in self._content.clinic.visits}
        return names.get(booking.visit, booking.visit)

    def changes(self, was: Answers, answers: Answers) -> tuple[Say, ...]:
        """What stood at the places that were changed, and what stands there now."""
        form = self._content.form
        known = [place for place in was if place not in form.strays(was)]
        changed = [place for place in known if tuple(was[place]) != tuple(answers.get(place, ()))]
        nothing = Say("desk.nothing_before")
        return tuple(
            Say(
                "desk.change",
                {
                    "question": places.called(form, Place.parse(place), _CHANGE // 2),
                    "before": _cut(was[place]) or nothing,
                    "after": _cut(answers.get(place, ())) or nothing,
                },
            )
            for place in changed[:_CHANGES]
        )

    def _buttons(self, facts: Facts) -> tuple[tuple[Offer, ...], ...]:
        patient = facts.patient
        assert patient is not None
        held = any(flag.is_waiting and flag.level != "tell" for flag in facts.flags)
        release = ((standing("release", patient.id, "release"),),) if held else ()
        return (
            *release,
            (standing("seen", patient.id, "seen"), standing("record", patient.id, "record")),
            tuple(standing(verb, patient.id, verb) for verb in ("ask", "call", "fhir")),
        )


def said_of(modifier: safety.Modifier) -> str:
    """What was said beside a modifier; its label tells no longer what a 'no' would belong to."""
    return ", ".join(fhir.text(value) for value in modifier.said if not summary.says_nothing(value))


def _held(alive: Sequence[Flag]) -> tuple[Say, ...]:
    holding = (
        ("desk.held", any(flag.level != "tell" for flag in alive)),
        ("desk.disputed", any(flag.state == "disputed" for flag in alive)),
    )
    return tuple(Say(key) for key, holds in holding if holds)


def _checked(facts: Facts) -> Say | str:
    check = facts.check
    if check is None or check.submitted_at is None:
        return ""
    return Say("desk.checked_at", {"at": check.submitted_at})


def _cut(given: Sequence[fhir.Value]) -> tuple[Any, ...]:
    return tuple(short(one, _CHANGE) if isinstance(one, str) else one for one in told_all(given))


def _size(lines: Sequence[Say]) -> int:
    """About how long lines are, in UTF-16 units."""
    texts = (str(value) for line in lines for value in line.values.values() if value)
    return sum(len(text.encode("utf-16-le", "surrogatepass")) // 2 + _AROUND for text in texts)


def _lines(section: summary.Section) -> list[Say]:
    head = Say(f"desk.section_{section.part}")
    rows = [Say("desk.row", {"label": row.label, "values": told_all(row.values)}) for row in section.rows]
    return [head, *rows] if section.part != "flags" else rows
