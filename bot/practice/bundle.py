"""A patient's record as one FHIR R4 Bundle, for another system to take in: who, what was answered, scores, warnings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from bot.model import Flag, Patient, Record, Scores
from bot.practice import response, summary
from bot.practice.forms import Form
from bot.practice.summary import SCORE, Score

PATIENT = "urn:acuback:patient"
RESPONSE = "urn:acuback:response"
FLAG = "urn:acuback:flag"
LEVEL = "urn:acuback:level"
STATE = "urn:acuback:flag-state"

_TERMS = "http://terminology.hl7.org/CodeSystem"
_OBSERVED = {"in-progress": "preliminary", "completed": "final", "amended": "amended", "stopped": "preliminary"}

Resource = dict[str, Any]


def bundle(
    patient: Patient,
    given: Sequence[tuple[Form, Record]],
    flags: Iterable[Flag],
    lines: Mapping[str, str],
    *,
    practice: str,
    made: datetime,
    weeks: Iterable[Scores] = (),
) -> Resource:
    """A Bundle of type `collection`: Patient, a QuestionnaireResponse for each form that was answered, an Observation
    for each score, those of weekly check-ins with them, a Flag for each warning sign (hl7.org/fhir/R4/bundle.html).

    The first form names the scores of check-ins, those of `weeks`. `lines` says what each warning sign's code means;
    `practice` is a name that stays the practice's own. With it, every `urn:uuid` is made from the ids of the rows, so
    that the same record is the same resources whenever it is made. `made` is an instant with its zone.
    """
    house = _House(practice)
    subject = house.reference("patient", patient.id)
    sent = {record.id: record.submitted_at for _, record in given}
    resources = [
        _patient(patient, house),
        *(_response(form, record, house, subject) for form, record in given),
        *(one for form, record in given for one in _observations(form, record, house, subject)),
        *(one for week in weeks for one in _week(week, given[0][0], house, patient.id)),
        *(_flag(flag, lines.get(flag.code, ""), sent.get(flag.response_id), house, subject) for flag in flags),
    ]
    whole = {
        "resourceType": "Bundle",
        "id": str(house.id("bundle", f"{patient.id}/{_instant(made)}")),
        "type": "collection",
        "timestamp": _instant(made),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
    }
    filled: Resource = _filled(whole)
    return filled


class _House:
    """Ids that no other practice's rows have."""

    def __init__(self, practice: str) -> None:
        self._space = uuid5(NAMESPACE_URL, f"urn:acuback:{practice}")

    def id(self, kind: str, row: object) -> UUID:
        return uuid5(self._space, f"{kind}/{row}")

    def reference(self, kind: str, row: object) -> Resource:
        return {"reference": f"urn:uuid:{self.id(kind, row)}"}


def _patient(patient: Patient, house: _House) -> Resource:
    return {
        "resourceType": "Patient",
        "id": str(house.id("patient", patient.id)),
        "identifier": [{"system": PATIENT, "value": str(patient.id)}],
        "name": [{"text": patient.name.strip()}],
        "telecom": [{"system": "phone", "value": patient.phone.strip()}] if patient.phone.strip() else [],
        "birthDate": patient.birth_date,
    }


def _response(form: Form, record: Record, house: _House, subject: Resource) -> Resource:
    return {
        **response.response(form, record.answers, record.status),
        "id": str(house.id("response", record.id)),
        "identifier": {"system": RESPONSE, "value": str(record.id)},
        "authored": _instant(record.submitted_at),
        "subject": subject,
        "source": subject,
    }


def _observations(form: Form, record: Record, house: _House, subject: Resource) -> Iterator[Resource]:
    for number, score in enumerate(summary.scores(form, record.answers)):
        yield {
            "id": str(house.id("observation", f"{record.id}/{score.code}/{number}")),
            "status": _OBSERVED[record.status],
            **_observed(score, record.submitted_at, subject),
            "derivedFrom": [house.reference("response", record.id)],
        }


def _week(week: Scores, form: Form, house: _House, patient_id: int) -> Iterator[Resource]:
    labels = summary.scored(form)
    for code, value in week.values.items():
        score = Score(code, labels.get(code, code), Decimal(str(value)))
        yield {
            "id": str(house.id("observation", f"week/{patient_id}/{_instant(week.at)}/{code}")),
            "status": "final",
            **_observed(score, week.at, house.reference("patient", patient_id)),
        }


def _observed(score: Score, at: datetime | None, subject: Resource) -> Resource:
    return {
        "resourceType": "Observation",
        "category": [_concept(f"{_TERMS}/observation-category", "survey", "Survey")],
        "code": {**_concept(SCORE, score.code, score.label), "text": score.label},
        "subject": subject,
        "effectiveDateTime": _instant(at),
        **_measured(score),
    }


def _measured(score: Score) -> Resource:
    exact = Decimal(score.value)
    if exact == exact.to_integral_value():
        return {"valueInteger": int(exact)}
    return {"valueQuantity": {"value": float(exact), "system": "http://unitsofmeasure.org", "code": "1"}}


def _flag(flag: Flag, line: str, sent_at: datetime | None, house: _House, subject: Resource) -> Resource:
    """R4 knows a flag as active or not; how the practice holds it (open, disputed, released, withdrawn) is a tag. A
    response has at most one of a code and a question."""
    return {
        "resourceType": "Flag",
        "id": str(house.id("flag", f"{flag.response_id}/{flag.code}/{flag.link_id}")),
        "meta": {"tag": [{"system": STATE, "code": flag.state}]},
        "status": "active" if flag.is_waiting else "inactive",
        "category": [_concept(f"{_TERMS}/flag-category", "clinical", "Clinical"), _concept(LEVEL, flag.level)],
        "code": {**_concept(FLAG, flag.code), "text": line or flag.code},
        "subject": subject,
        "period": {"start": _instant(sent_at)},
    }


def _concept(system: str, code: str, display: str = "") -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _instant(moment: datetime | None) -> str:
    """hl7.org/fhir/R4/datatypes.html#instant, in UTC; raises ValueError for a moment without a zone."""
    if moment is None:
        return ""
    if moment.tzinfo is None:
        raise ValueError("an instant has a zone")
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _filled(value: Any) -> Any:
    """The same without what is empty, which FHIR has no place for."""
    if isinstance(value, Mapping):
        return {name: one for name, held in value.items() if (one := _filled(held)) not in ("", None, [], {})}
    if isinstance(value, list | tuple):
        return [one for held in value if (one := _filled(held)) not in ("", None, [], {})]
    return value
