"""Every table and every promise the database keeps.

What a person said, or what would tell it, stands in `Sealed` columns (see `storage.vault`); what stays in clear is what
the machinery needs to find, order and lock rows: ids, states, instants. Foreign keys name patients, never chats.
"""

from typing import Literal

from sqlalchemy import (
    DDL,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    cast,
    event,
    literal_column,
    text,
)
from sqlalchemy.types import BigInteger

from storage.types import Id, Instant, Sealed

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


# Where the primary key is no number, SQLite keeps the rows in its own tree: finding one is one way, not two.

# --- keys ---

data_key = Table(
    "data_key",
    metadata,
    Column("owner", String(40), primary_key=True),  # 'practice', 'account:12', 'patient:7'
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)


def key_of(kind: Literal["account", "patient"], number: ColumnElement[int]) -> ColumnElement[bool]:
    """Where the data key of a row stands: to read it along with what it sealed."""
    return data_key.c.owner == literal_column(f"'{kind}:'", String).concat(cast(number, String))


# --- people ---

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chat_id", BigInteger, unique=True),  # a private chat's id is the user's; NULL once forgotten
    Column("locale", String(16), nullable=False),
    Column("zone", String(64)),  # NULL: the clinic's
    Column("reachable", Boolean, nullable=False, server_default=text("true")),
    Column("made_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("role", String(16), nullable=False),
    Column("ref", String(64), nullable=False),  # the practitioner's or contact's id in clinic.yaml
    Column("linked_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    _one_of("role", "practitioner", "contact"),
    sqlite_autoincrement=True,
)
Index(
    "uq_staff_linked",
    staff.c.account_id,
    unique=True,
    sqlite_where=staff.c.revoked_at.is_(None),
    postgresql_where=staff.c.revoked_at.is_(None),
)

invite = Table(
    "invite",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("ref", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("used_by", ForeignKey("account.id")),
    sqlite_autoincrement=True,
)

patient = Table(
    "patient",
    metadata,
    Column("id", Id, primary_key=True),
    Column("state", String(24), nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("body", Sealed),  # name, date of birth, phone
    Column("made_at", Instant, nullable=False),
    _one_of("state", "active", "erasure_asked", "erased"),
    sqlite_autoincrement=True,
)

account_patient = Table(
    "account_patient",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

consent = Table(
    "consent",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("purpose", String(16), nullable=False),
    Column("words", LargeBinary(32), nullable=False),  # SHA-256 of the words agreed to
    Column("locale", String(16), nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    _one_of("purpose", "intake", "reminders", "sharing"),
    sqlite_autoincrement=True,
)
Index(
    "uq_consent_in_force",
    consent.c.account_id,
    consent.c.purpose,
    unique=True,
    sqlite_where=consent.c.withdrawn_at.is_(None),
    postgresql_where=consent.c.withdrawn_at.is_(None),
)

# --- records ---

episode = Table(
    "episode",
    metadata,
    Column("id", Id, primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    sqlite_autoincrement=True,
)

response = Table(
    "response",
    metadata,
    Column("id", Id, primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False),
    Column("episode_id", ForeignKey("episode.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("form", String(255), nullable=False),  # url|version of the Questionnaire
    Column("status", String(16), nullable=False),
    Column("revision", Integer, nullable=False),  # rises with each answer: what was read of it before may be old
    Column("started_at", Instant, nullable=False),
    Column("touched_at", Instant, nullable=False),
    Column("submitted_at", Instant),
    _one_of("kind", "intake", "check"),
    _one_of("status", "in-progress", "completed", "amended", "stopped"),
    Index("ix_response_patient", "patient_id", "kind", "id"),
    sqlite_autoincrement=True,
)

answer = Table(
    "answer",
    metadata,
    Column("response_id", ForeignKey("response.id"), primary_key=True),
    # HMAC of the place in the form: in clear, the presence of a branch's detail would tell the answer above it
    Column("place", LargeBinary(16), primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("body", Sealed, nullable=False),
    sqlite_with_rowid=False,
)

flag = Table(
    "flag",
    metadata,
    Column("response_id", ForeignKey("response.id"), primary_key=True),  # a row each, whether there is a sign or not
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("body", Sealed, nullable=False),
)

alarm = Table(
    "alarm",
    metadata,
    Column("id", Id, primary_key=True),
    Column("due_at", Instant, nullable=False, index=True),
    Column("body", Sealed, nullable=False),  # whose, and what is to be done: deleted once it is
    sqlite_autoincrement=True,
)

score = Table(
    "score",
    metadata,
    Column("id", Id, primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("episode_id", ForeignKey("episode.id"), nullable=False),
    Column("response_id", ForeignKey("response.id")),
    Column("body", Sealed, nullable=False),
    Column("taken_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("account_id", BigInteger),  # no foreign key: the log outlives what it speaks of; NULL is the house itself
    Column("deed", String(40), nullable=False),
    Column("subject", String(64), nullable=False),  # 'booking:12'
)

# --- the diary ---

place = Table(
    "place",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ref", String(64), nullable=False, unique=True),
    Column("zone", String(64), nullable=False),
)

resource = Table(
    "resource",
    metadata,
    Column("id", Id, primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("ref", String(64), nullable=False),  # the id in clinic.yaml
    _one_of("kind", "practitioner", "room"),
    UniqueConstraint("kind", "ref"),
)

STANDS = ("awaiting_release", "booked", "arrived")
"""The states of a visit that is to be."""

booking = Table(
    "booking",
    metadata,
    Column("id", Id, primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("visit", String(64), nullable=False),  # the visit's id in clinic.yaml
    Column("practitioner_id", ForeignKey("resource.id"), nullable=False),
    Column("starts_at", Instant, nullable=False, index=True),
    Column("ends_at", Instant, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("state", String(24), nullable=False),
    Column("uid", String(64), nullable=False),  # what calendars know the visit by: kept when it moves
    Column("sequence", Integer, nullable=False, server_default=text("0")),
    Column("confirmed_at", Instant),  # when the patient said they are coming
    Column("move_asked_at", Instant),  # when the practice asked the patient to choose another time
    Column("approve_until", Instant),  # the practitioner is to agree to it first, and may until then
    Column("late", Integer, nullable=False, server_default=text("0")),  # minutes, as the patient said
    Column("made_at", Instant, nullable=False),
    _one_of("state", "awaiting_release", "booked", "arrived", "no_show", "cancelled"),
    sqlite_autoincrement=True,
)

occupancy = Table(
    "occupancy",
    metadata,
    Column("id", Id, primary_key=True),
    Column("resource_id", ForeignKey("resource.id"), nullable=False),
    Column("starts_at", Instant, nullable=False),  # buffers included
    Column("ends_at", Instant, nullable=False),
    Column("booking_id", ForeignKey("booking.id"), index=True),
    Column("tentative_until", Instant),  # NULL: firm
    Column("owner_id", ForeignKey("account.id")),  # for whom a tentative one is kept
    Column("held_since", Instant),
    CheckConstraint("starts_at < ends_at", name="forward"),
    CheckConstraint(
        "(tentative_until IS NULL) = (owner_id IS NULL) AND (held_since IS NULL) = (owner_id IS NULL)", name="held"
    ),
    Index("ix_occupancy_resource_time", "resource_id", "starts_at"),
)
Index(
    "uq_occupancy_hold",
    occupancy.c.owner_id,
    occupancy.c.resource_id,
    unique=True,
    sqlite_where=occupancy.c.owner_id.is_not(None),
    postgresql_where=occupancy.c.owner_id.is_not(None),
)

time_off = Table(
    "time_off",
    metadata,
    Column("id", Id, primary_key=True),
    Column("resource_id", ForeignKey("resource.id"), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("source", String(16), nullable=False),  # said to the bot, or read from the practitioner's own calendar
    Column("made_at", Instant, nullable=False),
    CheckConstraint("starts_at < ends_at", name="forward"),
    _one_of("source", "practice", "calendar"),
    Index("ix_time_off_resource_time", "resource_id", "ends_at"),
    sqlite_autoincrement=True,
)

page = Table(
    "page",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("day", String(10), nullable=False),  # the last whose morning page this practitioner got, as ISO 8601 has it
)

# --- the waitlist ---

waiting = Table(
    "waiting",
    metadata,
    Column("patient_id", ForeignKey("patient.id"), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("days", String(16), nullable=False),  # weekday numbers, Monday 0: '024'
    Column("parts", String(40), nullable=False),  # of the day: 'mornings evenings'
    Column("since", Instant, nullable=False),
    Column("over_at", Instant, index=True),  # when their next visit begins: nothing earlier can come any more
)

opening = Table(
    "opening",
    metadata,
    Column("id", Id, primary_key=True),
    Column("practitioner_id", ForeignKey("resource.id"), nullable=False),
    Column("starts_at", Instant, nullable=False),  # what was freed, buffers included
    Column("ends_at", Instant, nullable=False),
    Column("booking_id", ForeignKey("booking.id")),  # whose leaving freed it: nobody is told, and they are not asked
    Column("due_at", Instant),  # when it is looked at next; NULL: nobody is to be asked any more
    CheckConstraint("starts_at < ends_at", name="forward"),
    sqlite_autoincrement=True,
)
Index(
    "ix_opening_due",
    opening.c.due_at,
    sqlite_where=opening.c.due_at.is_not(None),
    postgresql_where=opening.c.due_at.is_not(None),
)

offer = Table(
    "offer",
    metadata,
    Column("opening_id", ForeignKey("opening.id"), primary_key=True),
    Column("account_id", ForeignKey("account.id"), primary_key=True, index=True),
    Column("state", String(16), nullable=False),
    Column("starts_at", Instant),  # of the visit offered
    Column("until", Instant),  # the offer's end; of somebody put off, when to ask again
    _one_of("state", "offered", "taken", "refused", "lapsed", "passed", "later"),
)
# An opening is offered to one person at a time, whoever asks the database and however many do.
Index(
    "uq_offer_open",
    offer.c.opening_id,
    unique=True,
    sqlite_where=offer.c.state == "offered",
    postgresql_where=offer.c.state == "offered",
)

# --- calendars ---

feed = Table(
    "feed",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("hash", LargeBinary(32), nullable=False, unique=True),  # SHA-256 of the secret in its address
    Column("made_at", Instant, nullable=False),
    Column("read_at", Instant),  # when a calendar last asked for it
)

outside_calendar = Table(
    "outside_calendar",
    metadata,
    Column("practitioner_id", ForeignKey("resource.id"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("body", Sealed, nullable=False),  # its address, and what is known of it
    Column("made_at", Instant, nullable=False),
    Column("tried_at", Instant),
    Column("read_at", Instant),
    Column("failures", Integer, nullable=False),
    Column("trouble", String(16)),
    Column("told", Boolean, nullable=False),
)

# --- the plan ---

plan = Table(
    "plan",
    metadata,
    Column("patient_id", ForeignKey("patient.id"), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("days", String(16), nullable=False),  # weekday numbers, Monday 0: '024'
    Column("at", String(5), nullable=False),  # what clocks of the zone show: '09:00'
    Column("zone", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("weekly", Integer, nullable=False),
    Column("begun_at", Instant),
    Column("paused_until", Instant),
    Column("ignored", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", Sealed, nullable=False),  # what was advised and what is not wanted; whether a sign holds it back
    _one_of("state", "on", "paused", "asked", "off"),
    CheckConstraint("weekly BETWEEN 1 AND 7", name="weekly"),
)

reminder = Table(
    "reminder",
    metadata,
    Column("id", Id, primary_key=True),
    Column("patient_id", ForeignKey("patient.id"), nullable=False, index=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("booking_id", ForeignKey("booking.id"), index=True),
    Column("due_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("topic", Sealed),  # which advice: chosen by what the patient answered, so it would tell
    Column("put_off_from", Instant),  # when it was meant to come, where it had to wait
    Column("settled_at", Instant),
    _one_of("state", "planned", "sent", "done", "missed", "cancelled"),
    sqlite_autoincrement=True,
)
Index(
    "ix_reminder_due",
    reminder.c.due_at,
    sqlite_where=reminder.c.state == "planned",
    postgresql_where=reminder.c.state == "planned",
)

# A plan has one planned row at a time: whatever goes wrong, no advice comes twice.
Index(
    "uq_reminder_plan",
    reminder.c.patient_id,
    unique=True,
    sqlite_where=text("state = 'planned' AND kind = 'advice'"),
    postgresql_where=text("state = 'planned' AND kind = 'advice'"),
)

# --- the dialogue ---

conversation = Table(
    "conversation",
    metadata,
    Column("account_id", ForeignKey("account.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Sealed, nullable=False),
)

received = Table(
    "received",
    metadata,
    Column("bot_id", BigInteger, primary_key=True, autoincrement=False),
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False, index=True),
    sqlite_with_rowid=False,
)

set_aside = Table(
    "set_aside",
    metadata,
    Column("id", Id, primary_key=True),
    Column("bot_id", BigInteger, nullable=False),
    Column("update_id", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", String(120), nullable=False),
    Column("body", Sealed, nullable=False),
    sqlite_autoincrement=True,
)

card = Table(
    "card",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("subject", String(64), nullable=False),  # 'dialogue', 'patient:7', 'booking:3'
    Column("message_id", BigInteger),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("account_id", "subject"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # 'update_id.n'
    Column("account_id", ForeignKey("account.id"), nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("lane", Integer, nullable=False),  # 0 replies to people, 1 bulk
    Column("state", String(16), nullable=False),
    Column("body", Sealed),  # erased when settled
    Column("card_id", ForeignKey("card.id")),
    Column("card_revision", Integer),
    Column("matters", Boolean, nullable=False),  # repeated when its fate is uncertain
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("claimed_by", String(40)),
    Column("leased_until", Instant),
    Column("made_at", Instant, nullable=False),
    Column("wanted_until", Instant),  # of no use any more after that
    Column("settled_at", Instant),
    _one_of("state", "pending", "sending", "sent", "refused", "uncertain", "lapsed"),
    sqlite_autoincrement=True,
)
Index(
    "ix_outbox_unsent",
    outbox.c.chat_id,
    outbox.c.id,
    sqlite_where=outbox.c.state.in_(("pending", "sending")),
    postgresql_where=outbox.c.state.in_(("pending", "sending")),
)

# --- promises that need more than a constraint ---

# Of times that do not overlap, the last to begin is the last to end: one look into the index is enough.
NO_OVERLAP_SQLITE = [
    f"""CREATE TRIGGER occupancy_no_overlap_{verb.split()[0].lower()} BEFORE {verb} ON occupancy
        WHEN (SELECT other.ends_at FROM occupancy AS other WHERE other.resource_id = NEW.resource_id
            AND other.id IS NOT NEW.id AND other.starts_at < NEW.ends_at
            ORDER BY other.starts_at DESC LIMIT 1) > NEW.starts_at
        BEGIN SELECT RAISE(ABORT, 'occupancy_no_overlap'); END"""  # noqa: S608 - constants of this file
    for verb in ("INSERT", "UPDATE OF resource_id, starts_at, ends_at")
]
APPEND_ONLY_SQLITE = [
    f"""CREATE TRIGGER audit_append_only_{verb.lower()} BEFORE {verb} ON audit
        BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END"""
    for verb in ("UPDATE", "DELETE")
]
NO_OVERLAP_POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """ALTER TABLE occupancy ADD CONSTRAINT occupancy_no_overlap
        EXCLUDE USING gist (resource_id WITH =, int8range(starts_at, ends_at) WITH &&)""",
]
APPEND_ONLY_POSTGRESQL = [
    """CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit_append_only'; END $$""",
    """CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_append_only()""",
]
for _dialect, _statements in (
    ("sqlite", NO_OVERLAP_SQLITE + APPEND_ONLY_SQLITE),
    ("postgresql", NO_OVERLAP_POSTGRESQL + APPEND_ONLY_POSTGRESQL),
):
    for _statement in _statements:
        event.listen(metadata, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
