"""What goes out of the chat: the record to print, the record as FHIR for another system, the files a patient sent."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from bot.flows.card import Card, called, on_file, said_of
from bot.flows.content import Content
from bot.model import Facts, Scores
from bot.practice import screening, summary
from bot.practice import values as fhir
from bot.practice.bundle import bundle
from bot.practice.forms import Form
from bot.practice.items import Answers, Place

_WHOLE = 1_000_000
"""Room for a document: nothing is cut."""
_FULL_NAME = "full-name"
"""The item another system knows the patient by; here they are what they wish to be called."""
_FILES = ("urn:telegram:photo:", "urn:telegram:document:")


class Papers:
    """A patient's record as data for a document."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._card = Card(content)

    def summary(self, facts: Facts) -> dict[str, Any]:
        """What `documents/summary.typ` reads: a page for the visit, then every answer."""
        content, record = self._content, on_file(facts)
        answers: Answers = record.answers if record else {}
        laid = summary.summarise(content.form, answers, room=_WHOLE)
        parts = {section.part: [_row(row.label, row.values) for row in section.rows] for section in laid.sections}
        return {
            "clinic": content.clinic.name,
            "name": called(facts),
            "made": facts.now.astimezone(content.clinic.zone).strftime("%Y-%m-%d %H:%M"),
            "flags": list(self._flags(facts)),
            "modifiers": [
                {"effect": one.effect, "line": one.line, "plan": one.plan, "said": said_of(one)}
                for one in self._card.modifiers(facts)
            ],
            **{part: parts.get(part, []) for part in ("person", "complaint", "function", "goal")},
            "medicines": parts.get("needle", []),
            "visit": [self._visit(facts, booking) for booking in facts.bookings],
            "scores": [
                {"label": score.label, "value": float(score.value)} for score in summary.scores(content.form, answers)
            ],
            "body": self._body(answers),
            "care": next((flag.care for flag in facts.flags if flag.care), ""),
            "answers": [*self._answers(content.form, answers), *self._checks(facts), self._weeks(facts)],
        }

    def bundle(self, facts: Facts) -> dict[str, Any]:
        """The same as a FHIR bundle, the screens before visits with it; of a patient who is known and has answered."""
        patient, record = facts.patient, on_file(facts)
        if patient is None or record is None:
            raise LookupError("there is no assessment to hand on")
        lines = {rule.id: rule.line for rule in self._content.screening.rules}
        name = self._content.clinic.name
        given = record.answers.get(_FULL_NAME, ())
        whole = replace(patient, name=fhir.text(given[0]) if given else patient.name)
        answered = [(self._content.form, record), *((self._content.check, check) for check in facts.checks)]
        return bundle(whole, answered, facts.flags, lines, practice=name, made=facts.now, weeks=_weeks(facts))

    def files(self, answers: Answers) -> tuple[tuple[str, str], ...]:
        """The files among the answers, as (kind, Telegram's file id)."""
        urls = (
            str(value["valueAttachment"].get("url", ""))
            for given in answers.values()
            for value in given
            if "valueAttachment" in value
        )
        return tuple((url.split(":")[2], url.split(":", 3)[3]) for url in urls if url.startswith(_FILES))

    def _flags(self, facts: Facts) -> Iterator[dict[str, str]]:
        rules = {rule.id: rule.line for rule in self._content.screening.rules}
        said = self._card.said(facts)
        for flag in sorted(facts.flags, key=lambda flag: screening.LEVELS.index(flag.level)):
            yield {
                "level": flag.level,
                "line": rules.get(flag.code, flag.code),
                "said": ", ".join(said.get((flag.response_id, flag.code), ())),
                "state": flag.state,
            }

    def _visit(self, facts: Facts, booking: Any) -> str:
        starts_at = booking.starts_at.astimezone(self._content.clinic.zone)
        return f"{starts_at:%Y-%m-%d %H:%M} {self._card.named(booking)}"

    def _body(self, answers: Answers) -> dict[str, Any]:
        """The regions of the body chart, and those that were marked."""
        for item in self._content.form.every_item():
            if item.picture:
                marked = item.chosen(self._content.form.given(item.link_id, answers))
                numbers = {_code(option.value): option.prefix for option in item.options if option.prefix}
                return {"numbers": numbers, "marked": [_code(option.value) for option in marked]}
        return {"numbers": {}, "marked": []}

    def _checks(self, facts: Facts) -> Iterator[dict[str, Any]]:
        """What was answered to each screen before a visit."""
        form, zone = self._content.check, self._content.clinic.zone
        for check in facts.checks:
            at = check.submitted_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if check.submitted_at else ""
            rows = [row for section in self._answers(form, check.answers) for row in section["rows"]]
            yield {"section": f"{form.title} ({at})", "rows": rows}

    def _weeks(self, facts: Facts) -> dict[str, Any]:
        """What was rated week by week."""
        labels, zone = summary.scored(self._content.form), self._content.clinic.zone
        rows = [
            {
                "label": one.at.astimezone(zone).strftime("%Y-%m-%d"),
                "values": [f"{labels.get(code, code)}: {value:g}" for code, value in one.values.items()],
            }
            for one in _weeks(facts)
        ]
        return {"section": "weeks", "rows": rows}

    def _answers(self, form: Form, answers: Answers) -> Iterator[dict[str, Any]]:
        """Every question that applies and what was answered, by section."""

        def section(place: Place) -> str:
            return next((one.text for one in form.sections(place) if one.text), "")

        for name, places in groupby(form.questions(answers), section):
            rows = [_row(form.item(place).text, form.values(place, answers)) for place in places]
            yield {"section": name, "rows": rows}


def _weeks(facts: Facts) -> list[Scores]:
    return [one for one in facts.scores if one.occasion == "checkin"]


def _row(label: str, given: Sequence[fhir.Value]) -> dict[str, Any]:
    return {"label": label, "values": [fhir.text(value) for value in given]}


def _code(value: fhir.Value) -> str:
    return str(fhir.content(value).get("code", ""))
