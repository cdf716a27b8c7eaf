"""What goes beside the words of a letter."""

from bot.model import Conversation, Event, Facts, Outcome, Say
from tests.reception.stage import said, staged


def test_what_goes_beside_the_words_is_in_the_body_as_the_courier_takes_it(database_url: str) -> None:
    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        says = (
            Say("where", {"photo": {"marked": ["ribs"]}}, photo="body"),
            Say("scans", files=(("photo", "AgAC"), ("document", "BQAC"))),
            Say("call", contact=("Ann", "+447700900007")),
            Say("place", venue=(51.5, -0.1, "Willow Lane", "12 Willow Lane, Exampleton")),
            Say("record", {"document": {"name": "Ann"}, "name": "a.pdf"}, document="summary"),
            Say("plain"),
        )
        return Outcome(conversation, says)

    with staged(database_url, advance) as stage:
        beside = [{k: v for k, v in parcel.body.items() if k != "text"} for parcel in stage.hear(said(7, 1, "x"))]
    assert beside == [
        {"photo": {"kind": "body", "data": {"marked": ["ribs"]}}},
        {"files": [["photo", "AgAC"], ["document", "BQAC"]]},
        {"contact": {"first_name": "Ann", "phone_number": "+447700900007"}},
        {
            "venue": {
                "latitude": 51.5,
                "longitude": -0.1,
                "title": "Willow Lane",
                "address": "12 Willow Lane, Exampleton",
            }
        },
        {"document": {"kind": "summary", "name": "a.pdf", "data": {"name": "Ann"}}},
        {},
    ]


def test_what_is_said_inside_a_document_is_put_into_words(database_url: str) -> None:
    def advance(conversation: Conversation, event: Event, facts: Facts) -> Outcome:
        data = {"title": "Willow Lane", "about": Say("bring")}
        return Outcome(conversation, (Say("booked", {"document": data, "name": "visit.ics"}, document="ics"),))

    with staged(database_url, advance) as stage:
        (parcel,) = stage.hear(said(7, 1, "x"))
    data = {"title": "Willow Lane", "about": "bring"}
    assert parcel.body["document"] == {"kind": "ics", "name": "visit.ics", "data": data}
