"""The living card of a patient, read between two visits, and the short words that call for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.flows import places
from bot.flows.content import Content
from bot.flows.flow import Turn, spoken, standing
from bot.flows.foreseen import foreseen
from bot.flows.telling import short, told_all
from bot.model import Booking, Facts, Flag, Offer, Record, Say, Staff
from bot.practice import safety, screening, summary
from bot.practice import values as fhir
from bot.practice.items import Answers, Place

SAYS = (
    spoken(
        "desk.card",
        *("name", "flags", "held", "care", "modifiers", "sections", "visit", "check", "left_out"),
        choices=("seen", "release", "record", "ask", "call", "fhir", "book_for", "tips", "trend"),
    ),
    *(spoken(f"desk.section_{part}", "rows") for part in ("person", "needle", "complaint", "function", "goal")),
    spoken("desk.row", "label", "values"),
    *(spoken(f"desk.flag_{level}", "line", "said") for level in screening.LEVELS),
    *(spoken(f"desk.modifier_{effect}", "line", "said", "plan") for effect in safety.EFFECTS),
    spoken("desk.held"),
    spoken("desk.disputed"),
    spoken("desk.visit_stands"),
    spoken("desk.not_checked"),
    spoken("desk.care_yes"),
    spoken("desk.care_no"),
    spoken("desk.visit", "starts_at", "visit"),
    spoken("desk.visit_confirmed", "starts_at", "visit"),
    spoken("desk.visit_waits", "starts_at", "visit"),
    *(spoken(f"desk.visit_{state}", "starts_at", "visit") for state in ("over", "arrived", "no_show")),
    spoken("desk.no_visit"),
    spoken("desk.moved_away", "name", "starts_at", "visit", "practitioner"),
    spoken("desk.checked_at", "at"),
    spoken("desk.left_out", "n"),
    spoken("desk.change", "question", "before", "after"),
    spoken("desk.nothing_before"),
)

NEEDS = frozenset({"patient", "record", "sent", "check", "checks", "flags", "bookings", "past", "practice"})
"""What a card is made of and whom it is shown to: whoever shows one knows all of it, or it would lose lines."""

_WHOLE = 3600
"""UTF-16 units for what a card says of a patient; the rest of Telegram's 4096 is for headings and marks."""
_LEAST_FOR_ANSWERS = 800
_MOST_FOR_FLAGS = 2000
_SAID = 90
_CLOSE = timedelta(days=2)
_OF_THE_DAY = frozenset({"S08"})
"""What was eaten and drunk: it counts on the day of the visit, and on no other."""
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
    record = on_file(facts)
    answers = record.answers if record else {}
    given = next(iter(answers.get("call-me", ())), None)
    return fhir.text(given) if given else ""


def on_file(facts: Facts) -> Record | None:
    """The assessment the practice goes by; before any was sent, the one being filled."""
    return facts.sent or facts.record


def subject(facts: Facts) -> str:
    """The name of the patient's card."""
    return f"patient:{facts.patient.id}" if facts.patient else ""


class Card:
    """What the practitioner is shown of a patient, made of a practice's form and rules."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._rules = {rule.id: rule for rule in content.screening.rules}

    def show(
        self,
        turn: Turn,
        announce: str = "",
        values: Mapping[str, Any] | None = None,
        *,
        of: str = "",
        but: int | None = None,
        offers: tuple[tuple[Offer, ...], ...] = (),
    ) -> None:
        """Brings the card up to date for each practitioner, as things stand once this turn's deeds are done.

        An edit announces nothing: `announce` is the key of a short new message that replies to the card. One about a
        visit goes to the practitioner it is `of`, or to all where they cannot be reached; never to the account that did
        it (`but`). `offers` are the buttons under it.
        """
        facts = foreseen(turn.facts, turn.effects)
        if facts.patient is None:
            return
        body = self.values(facts)
        everybody = practitioners(facts)
        concerned = [one for one in everybody if one.ref == of] or everybody
        for person in everybody:
            turn.tell("desk.card", person.account_id, offers=self._buttons(facts), card=subject(facts), values=body)
            if announce and person in concerned and person.account_id != but:
                named = {"name": called(facts), **(values or {})}
                turn.tell(announce, person.account_id, offers, reply_to=subject(facts), values=named)

    def left(self, turn: Turn, visit: Booking, now: str, *, but: int | None = None) -> None:
        """Whoever had a visit hears that it left them, where it is with somebody else (`now`) from here on: to be
        called once the card was shown."""
        if visit.practitioner == now:
            return
        names = {one.id: one.name for one in self._content.clinic.practitioners}
        values = {
            "name": called(turn.facts),
            **self.about(visit),
            "practitioner": names.get(now, now),
        }
        for person in practitioners(turn.facts):
            if person.ref == visit.practitioner and person.account_id != but:
                turn.tell("desk.moved_away", person.account_id, reply_to=subject(turn.facts), values=values)

    def values(self, facts: Facts) -> dict[str, Any]:
        """What the card's words hold, fitted to one message whatever was typed. What asks for care with the needles
        is named, however shortly, before anything else finds room."""
        record = on_file(facts)
        answers = record.answers if record else {}
        alive = [flag for flag in facts.flags if flag.is_waiting]
        flags = _fitted(self.flagged(alive, facts), _MOST_FOR_FLAGS)
        modifiers = _fitted(self.modifying(facts), _WHOLE - _LEAST_FOR_ANSWERS - _size(flags))
        room = max(_WHOLE - _size(flags) - _size(modifiers), _LEAST_FOR_ANSWERS)
        laid = summary.summarise(self._content.form, answers, room=room)
        return {
            "name": called(facts),
            "flags": flags,
            "held": _held(alive, facts),
            "care": tuple(Say(f"desk.care_{said}") for said in sorted({flag.care for flag in alive if flag.care})),
            "modifiers": modifiers,
            "sections": tuple(map(_section, laid.sections)),
            "visit": self.visits(facts),
            "check": _checked(facts),
            "left_out": Say("desk.left_out", {"n": laid.left_out}) if laid.left_out else "",
        }

    def flagged(self, flags: Sequence[Flag], facts: Facts) -> tuple[Say, ...]:
        """Each sign as a line with what was said, the gravest first; one told twice stands there as the graver."""
        said = self.said(facts)
        once: dict[str, Flag] = {}
        for flag in sorted(flags, key=lambda flag: screening.LEVELS.index(flag.level)):
            once.setdefault(flag.code, flag)
        return tuple(
            Say(
                f"desk.flag_{flag.level}",
                {
                    "line": self._rules[flag.code].line if flag.code in self._rules else flag.code,
                    "said": short(", ".join(said.get((flag.response_id, flag.code), ())), _SAID),
                },
            )
            for flag in once.values()
        )

    def said(self, facts: Facts) -> dict[tuple[int, str], tuple[str, ...]]:
        """What was tapped, by response and rule."""
        today = facts.now.astimezone(self._content.clinic.zone).date()
        forms = [(one, self._content.check) for one in (*facts.checks, facts.check) if one]
        forms += [(one, self._content.form) for one in (facts.sent, facts.record) if one]
        return {
            (record.id, flag.code): flag.said
            for record, form in forms
            for flag in self._content.screening.flags(form, record.answers, today)
        }

    def modifiers(self, facts: Facts) -> tuple[safety.Modifier, ...]:
        """What the answers ask of the treatment: those of the assessment and of every screen since, what was said at
        each beside the other. What counts on a day is left out on another."""
        rules, content = self._content.safety, self._content
        record = on_file(facts)
        found = list(rules.modifiers(content.form, record.answers)) if record else []
        for check in facts.checks:
            told = rules.modifiers(content.check, check.answers)
            found += [one for one in told if one.code not in _OF_THE_DAY or self._is_of_a_visit_day(check, facts)]
        every: dict[str, safety.Modifier] = {}
        for one in found:
            known = every.get(one.code)
            said = (*(known.said if known else ()), *(each for each in one.said if not known or each not in known.said))
            every[one.code] = replace(one, said=said)
        return tuple(sorted(every.values(), key=lambda one: safety.EFFECTS.index(one.effect)))

    def _is_of_a_visit_day(self, check: Record, facts: Facts) -> bool:
        zone = self._content.clinic.zone
        days = {booking.starts_at.astimezone(zone).date() for booking in facts.bookings}
        return check.submitted_at is not None and check.submitted_at.astimezone(zone).date() in days

    def modifying(self, facts: Facts) -> tuple[Say, ...]:
        """Each of them as a line: what it is, what was said, what it asks of the plan."""
        return tuple(
            Say(
                f"desk.modifier_{one.effect}",
                {"line": one.line, "said": short(said_of(one), _SAID), "plan": one.plan},
            )
            for one in self.modifiers(facts)
        )

    def visits(self, facts: Facts) -> tuple[Say, ...]:
        """The last visit that has begun, with whether the patient came, and those ahead."""
        past = next(iter(facts.past), None)
        ahead = tuple(self.visit(booking) for booking in facts.bookings if past is None or booking.id != past.id)
        if past is None:
            return ahead or (Say("desk.no_visit"),)
        is_over = past.ends_at <= facts.now
        state = past.state if past.state in ("arrived", "no_show") else "over"
        if state == "over" and not is_over:
            return (self.visit(past), *ahead)
        last = Say(f"desk.visit_{state}", self.about(past))
        return (last, *(ahead or (Say("desk.no_visit"),)))

    def visit(self, booking: Booking) -> Say:
        """A visit as a line."""
        firm = "desk.visit_confirmed" if booking.confirmed else "desk.visit"
        key = "desk.visit_waits" if booking.state == "awaiting_release" else firm
        return Say(key, self.about(booking))

    def named(self, booking: Booking) -> str:
        """What the booked visit is called."""
        names = {visit.id: visit.called for visit in self._content.clinic.visits}
        return names.get(booking.visit, booking.visit)

    def about(self, booking: Booking) -> dict[str, Any]:
        """When a visit begins, and what it is called."""
        return {"starts_at": booking.starts_at, "visit": self.named(booking)}

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
        rows = (
            ("seen", "release") if is_held(facts) else ("seen",),
            ("record", "call"),
            ("book_for", "ask"),
            ("tips", "trend", "fhir") if facts.sent else ("fhir",),
        )
        return tuple(tuple(standing(verb, patient.id, verb) for verb in row) for row in rows)


def said_of(modifier: safety.Modifier) -> str:
    """What was said beside a modifier; its label tells no longer what a 'no' would belong to."""
    return ", ".join(fhir.text(value) for value in modifier.said if not summary.says_nothing(value))


def is_held(facts: Facts) -> bool:
    """Whether something waits for the practitioner to let it go: a sign, or a visit that a sign has held."""
    return facts.signs_stand or any(
        one.state == "awaiting_release" and one.approve_until is None for one in facts.bookings
    )


def _held(alive: Sequence[Flag], facts: Facts) -> tuple[Say, ...]:
    holding = (
        ("desk.held", is_held(facts)),
        ("desk.visit_stands", facts.signs_stand and any(booking.state == "booked" for booking in facts.bookings)),
        ("desk.disputed", any(flag.state == "disputed" for flag in alive)),
    )
    return tuple(Say(key) for key, holds in holding if holds)


def _checked(facts: Facts) -> Say | str:
    """When the warning signs were asked last; or, close before a visit, that they were not."""
    last = max((check.submitted_at for check in facts.checks if check.submitted_at), default=None)
    visit = min((booking.starts_at for booking in facts.bookings), default=None)
    sent = facts.sent.submitted_at if facts.sent else None
    if last:
        return Say("desk.checked_at", {"at": last})
    close = visit is not None and visit - facts.now < _CLOSE
    return Say("desk.not_checked") if close and sent and facts.now - sent > _CLOSE else ""


def _fitted(lines: Sequence[Say], room: int) -> tuple[Say, ...]:
    """Lines in a room: the mildest give up what was said and what to do first, so that each keeps its title."""
    fitted = list(lines)
    for index in reversed(range(len(fitted))):
        if _size(fitted) <= room:
            break
        bare = {name: "" if name in ("said", "plan") else value for name, value in fitted[index].values.items()}
        fitted[index] = replace(fitted[index], values=bare)
    return tuple(fitted)


def _cut(given: Sequence[fhir.Value]) -> tuple[Any, ...]:
    return tuple(short(one, _CHANGE) if isinstance(one, str) else one for one in told_all(given))


def _size(lines: Sequence[Say]) -> int:
    """About how long lines are, in UTF-16 units."""
    texts = (str(value) for line in lines for value in line.values.values() if value)
    return sum(len(text.encode("utf-16-le", "surrogatepass")) // 2 + _AROUND for text in texts)


def _section(section: summary.Section) -> Say:
    rows = (Say("desk.row", {"label": row.label, "values": told_all(row.values)}) for row in section.rows)
    return Say(f"desk.section_{section.part}", {"rows": tuple(rows)})
