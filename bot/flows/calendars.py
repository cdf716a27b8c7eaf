"""A visit for the patient's own calendar: the file, and the word of the practice that it goes with."""

from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from bot.flows.flow import Enclosed, Turn, wrong
from bot.model import Booking, Facts, Offer, Say
from bot.practice.clinic import Clinic

TOLD = ("line", "address", "phone")
"""What the words hold that tell a patient what the practice did with a visit."""


def new_uid(facts: Facts, practitioner: str, start: datetime) -> str:
    """What calendars will know a visit by that is being booked now: as far as can be, nobody else's (RFC 7986, 5.3).
    Events of one transaction share their `now`; a practitioner's visits never share their start."""
    of = f"{facts.account.id}:{facts.now.isoformat()}:{practitioner}:{start.isoformat()}"
    return str(uuid5(NAMESPACE_OID, f"acuback:{of}"))


def enclosed(facts: Facts, clinic: Clinic, visit: Booking) -> Enclosed:
    """The visit as it now is, for the patient's calendar to take in: it goes with the word of it."""
    about = {"phone": clinic.phone, "notice": clinic.policies.move_notice_hours}
    data = {
        "uid": visit.uid,
        "sequence": visit.sequence,
        "state": visit.state,
        "starts_at": visit.starts_at.isoformat(),
        "ends_at": visit.ends_at.isoformat(),
        "made_at": facts.now.isoformat(),
        "zone": visit.zone,
        "title": clinic.name,
        "place": clinic.address_line,
        "about": Say("booking.calendar", about),
        "latitude": clinic.place.latitude,
        "longitude": clinic.place.longitude,
    }
    return "ics", "visit.ics", data


def tell(
    turn: Turn, clinic: Clinic, key: str, visit: Booking, line: Say, offers: tuple[tuple[Offer, ...], ...] = ()
) -> None:
    """Each account of the patient's that messages reach hears what the practice did with a visit (its `line`), with the
    file for its calendar."""
    kind, name, document = enclosed(turn.facts, clinic, visit)
    about = {"line": line, "address": clinic.address_line, "phone": clinic.phone}
    for account in turn.facts.accounts:
        if account.reachable:
            values = {**about, "name": name, "document": document}
            turn.says.append(Say(key, values, (*offers, wrong()), to=account.id, document=kind))
