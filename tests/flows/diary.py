"""Maria with a diary: her visits take time of a practitioner and a room, and each row of them is found again."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.model import Booking, Busy, Event, Outcome, Record, Staff, Tap
from tests.flows.paper import Paper
from tests.house import practice

AT_TEN = datetime(2026, 3, 5, 10, tzinfo=UTC)
BUFFER = timedelta(minutes=15)


@dataclass
class WithDiary(Paper):
    """What `Paper` believes, with the rows and the times of Maria's visits kept as the database would."""

    rows: dict[int, Booking] = field(default_factory=dict)

    def hear(self, event: Event, by: Staff | None = None) -> Outcome:
        """A standing button that names a visit finds its row, if it is hers."""
        if isinstance(event, Tap) and event.data.startswith("s:"):
            self.facts = replace(self.facts, visit=self.rows.get(int(event.data.rpartition(":")[2])))
        return super().hear(event, by)

    def _believe(self, outcome: Outcome) -> None:
        super()._believe(outcome)
        made = [self._numbered(one) for one in self.facts.bookings]
        gone = [one for row, one in self.rows.items() if row not in {each.id for each in made}]
        for one in gone:
            if one.state != "cancelled":
                self.rows[one.id] = replace(one, state="cancelled", sequence=one.sequence + 1)
        self.stands(*made)

    def _numbered(self, one: Booking) -> Booking:
        return one if one.id else replace(one, id=max(self.rows, default=0) + 1)

    def stands(self, *visits: Booking) -> None:
        """These are Maria's visits."""
        self.rows |= {one.id: one for one in visits}
        own = set(self.rows)
        others = [one for one in self.facts.busy if one.booking_id not in own]
        taken = [busy for one in visits for busy in taken_by(one)]
        self.facts = replace(self.facts, bookings=visits, busy=(*others, *taken))


def taken_by(visit: Booking) -> tuple[Busy, Busy]:
    until = visit.ends_at + BUFFER
    return (
        Busy("practitioner", visit.practitioner, visit.starts_at, until, visit.id),
        Busy("room", "room-1", visit.starts_at, until, visit.id),
    )


def visit_at(start: datetime, row: int = 5, kind: str = "first") -> Booking:
    """A visit of Maria's."""
    hours = timedelta(hours=1) if kind == "first" else timedelta(minutes=45)
    return Booking(row, 7, kind, "example", start, start + hours, "Europe/London", "booked", f"uid-{row}", 3)


def assessed(*visits: Booking) -> WithDiary:
    """Maria, who has sent her assessment and has these visits."""
    paper = WithDiary()
    sent = Record(1, 1, practice().content.form.canonical, "completed", {}, submitted_at=paper.facts.now)
    paper.facts = replace(paper.facts, record=sent, sent=sent)
    paper.command("assessment")
    paper.command("cancel")
    paper.stands(*visits)
    paper.told.clear()
    return paper
