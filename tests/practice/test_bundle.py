"""The record as a FHIR bundle, held against the rules of R4."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

import pytest

from bot.model import Flag, Patient, Record, Scores
from bot.practice.bundle import bundle
from bot.practice.checking import check
from bot.practice.forms import Form
from bot.practice.items import Answers
from tests.practice.questionnaires import form_of, item

MADE = datetime(2026, 6, 1, 9, 12, 30, 5000, tzinfo=timezone(timedelta(hours=1)))
SENT = datetime(2026, 5, 31, 20, 0, tzinfo=UTC)
ANN = Patient(7, "active", "Zoë Ångström", "1979-04-02", "+447700900123")
LINES = {"fever": "Fever with the back pain"}

REQUIRED: dict[str, set[str]] = {
    "Patient": set(),
    "QuestionnaireResponse": {"status", "questionnaire", "subject"},
    "Observation": {"status", "code", "subject", "derivedFrom"},
    "Flag": {"status", "code", "subject"},
}
"""Beside what R4 demands, what makes these resources worth sending."""
STATUSES = {
    "QuestionnaireResponse": {"in-progress", "completed", "amended", "entered-in-error", "stopped"},
    "Observation": {"registered", "preliminary", "final", "amended", "corrected", "cancelled"},
    "Flag": {"active", "inactive", "entered-in-error"},
}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def form() -> Form:
    def score(code: str, label: str) -> list[dict[str, str]]:
        return [{"system": "urn:acuback:score", "code": code, "display": label}]

    return form_of(
        item("pain", "integer", text="Pain now?", code=score("pain-now", "Pain now")),
        item("joy", "decimal", text="Joy?", code=score("joy", "Joy")),
        item("story", "text", text="Tell"),
    )


def record(status: Literal["in-progress", "completed", "amended", "stopped"] = "completed", **more: Any) -> Record:
    answers: Answers = {
        "pain": ({"valueInteger": 6},),
        "joy": ({"valueDecimal": 4.5},),
        "story": ({"valueString": "<b>Zoë"},),
    }
    return Record(3, 2, "f|1", status, answers, SENT, **more)


FLAGS = (
    Flag("fever", "doctor", "open", response_id=3),
    Flag("ache", "doctor", "disputed", response_id=3),
    Flag("old", "tell", "released", response_id=1),
    Flag("old", "emergency", "withdrawn", response_id=3),
)


def made(patient: Patient = ANN, of: Record | None = None, flags: tuple[Flag, ...] = FLAGS, **more: Any) -> Any:
    said: dict[str, Any] = {"practice": "willow", "made": MADE} | more
    return bundle(patient, [(form(), of or record())], flags, LINES, **said)


def resources(whole: Any, kind: str) -> list[Any]:
    return [entry["resource"] for entry in whole["entry"] if entry["resource"]["resourceType"] == kind]


def everything(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, value
    held = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in held:
        yield from everything(one, f"{path}.{name}")


@pytest.mark.parametrize(
    "whole",
    [
        made(),
        made(flags=()),
        made(Patient(7, "draft"), Record(3, 2, "f|1", "in-progress", {})),
        made(of=record("amended")),
        made(of=record("stopped")),
    ],
)
def test_a_bundle_keeps_the_rules_of_r4(whole: Any) -> None:
    assert (whole["resourceType"], whole["type"]) == ("Bundle", "collection")
    assert INSTANT.fullmatch(whole["timestamp"])
    urls = [entry["fullUrl"] for entry in whole["entry"]]
    assert len(set(urls)) == len(urls)
    for entry in whole["entry"]:
        resource = entry["resource"]
        assert entry["fullUrl"] == f"urn:uuid:{resource['id']}"
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", resource["id"])
        assert resource.keys() >= REQUIRED[resource["resourceType"]]
        assert resource.get("status") in STATUSES.get(resource["resourceType"], {None})
    for path, value in everything(whole):
        assert value not in ("", None, [], {}), path
        if path.endswith(".reference"):
            assert value in urls, path
        if path.endswith((".authored", ".effectiveDateTime", ".start")):
            assert INSTANT.fullmatch(value), path


def test_the_patient_is_told_as_far_as_known() -> None:
    [ann] = resources(made(), "Patient")
    assert ann["name"] == [{"text": "Zoë Ångström"}]
    assert ann["telecom"] == [{"system": "phone", "value": "+447700900123"}]
    assert ann["birthDate"] == "1979-04-02"
    [nobody] = resources(made(Patient(7, "draft")), "Patient")
    assert nobody.keys() == {"resourceType", "id", "identifier"}


def test_the_answers_are_a_response_that_its_form_accepts() -> None:
    [said] = resources(made(), "QuestionnaireResponse")
    assert [finding for finding in check(form(), said) if finding.fatal] == []
    assert said["authored"] == "2026-05-31T20:00:00Z"
    assert [one["linkId"] for one in said["item"]] == ["pain", "joy", "story"]


def test_every_score_is_an_observation_of_the_patient_drawn_from_the_answers() -> None:
    whole = made()
    [pain, joy] = resources(whole, "Observation")
    assert pain["valueInteger"] == 6
    assert pain["code"]["coding"] == [{"system": "urn:acuback:score", "code": "pain-now", "display": "Pain now"}]
    assert joy["valueQuantity"]["value"] == 4.5
    assert pain["category"][0]["coding"][0]["code"] == "survey"
    [said] = resources(whole, "QuestionnaireResponse")
    assert pain["derivedFrom"] == [{"reference": f"urn:uuid:{said['id']}"}]
    assert pain["status"] == "final"
    draft = resources(made(of=record("in-progress")), "Observation")
    assert {one["status"] for one in draft} == {"preliminary"}


def test_no_pain_is_a_score_too() -> None:
    nought = Record(3, 2, "f|1", "completed", {"pain": ({"valueInteger": 0},)}, SENT)
    [pain] = resources(made(of=nought), "Observation")
    assert pain["valueInteger"] == 0


def test_a_warning_sign_is_active_until_it_is_released_or_taken_back() -> None:
    flags = resources(made(), "Flag")
    assert [one["status"] for one in flags] == ["active", "active", "inactive", "inactive"]
    assert [one["meta"]["tag"][0]["code"] for one in flags] == ["open", "disputed", "released", "withdrawn"]
    assert flags[0]["code"]["text"] == "Fever with the back pain"
    assert flags[2]["code"]["text"] == "old", "a rule that is gone is told by its code"
    assert flags[0]["category"][1]["coding"] == [{"system": "urn:acuback:level", "code": "doctor"}]
    assert ["period" in one for one in flags] == [True, True, False, True]


def test_the_same_rows_are_the_same_resources_and_another_practice_s_are_others() -> None:
    def ids(whole: Any) -> list[str]:
        return [entry["fullUrl"] for entry in whole["entry"]]

    assert made() == made()
    assert ids(made()) == ids(made(made=MADE + timedelta(days=1)))
    assert set(ids(made())).isdisjoint(ids(made(practice="elder")))


def test_each_screen_is_a_response_with_its_own_signs() -> None:
    screen = form_of(item("fever", text="Fever?"))
    later = SENT + timedelta(days=9)
    screened = Record(9, 2, "s|1", "completed", {"fever": ({"valueString": "yes"},)}, later)
    signs = (Flag("fever", "doctor", "open", response_id=3), Flag("fever", "doctor", "open", response_id=9))
    whole = bundle(ANN, [(form(), record()), (screen, screened)], signs, LINES, practice="willow", made=MADE)
    assert [one["authored"] for one in resources(whole, "QuestionnaireResponse")] == [
        "2026-05-31T20:00:00Z",
        "2026-06-09T20:00:00Z",
    ]
    first, second = resources(whole, "Flag")
    assert first["id"] != second["id"]
    assert second["period"] == {"start": "2026-06-09T20:00:00Z"}


def test_each_rating_of_a_week_is_an_observation_of_its_own() -> None:
    first, later = (SENT + timedelta(weeks=week) for week in (1, 2))
    weeks = (Scores(first, "checkin", {"pain-now": 5.0}), Scores(later, "checkin", {"pain-now": 4.0, "other": 2.5}))
    found = resources(made(weeks=weeks), "Observation")[2:]
    assert [(one["code"]["text"], one["effectiveDateTime"]) for one in found] == [
        ("Pain now", "2026-06-07T20:00:00Z"),
        ("Pain now", "2026-06-14T20:00:00Z"),
        ("other", "2026-06-14T20:00:00Z"),
    ]
    assert (found[0]["valueInteger"], found[2]["valueQuantity"]["value"]) == (5, 2.5)
    assert len({one["id"] for one in resources(made(weeks=weeks), "Observation")}) == 5
    assert all("derivedFrom" not in one for one in found)


def test_two_patients_signs_are_never_one() -> None:
    other = made(Patient(8, "active", "Bo"), replace(record(), id=4), (Flag("fever", "doctor", "open", response_id=4),))
    [sign] = resources(other, "Flag")
    assert sign["id"] not in {one["id"] for one in resources(made(), "Flag")}


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        made(made=datetime(2026, 6, 1))  # noqa: DTZ001
