"""Everything the house begins with."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.BigInteger()

# Two visits never share a practitioner or a room, and the audit is only ever added to.
_SQLITE = (
    *(
        f"""CREATE TRIGGER occupancy_no_overlap_{name} BEFORE {change} ON occupancy
        WHEN (SELECT other.ends_at FROM occupancy AS other WHERE other.resource_id = NEW.resource_id
            AND other.id IS NOT NEW.id AND other.starts_at < NEW.ends_at
            ORDER BY other.starts_at DESC LIMIT 1) > NEW.starts_at
        BEGIN SELECT RAISE(ABORT, 'occupancy_no_overlap'); END"""  # noqa: S608
        for name, change in (("insert", "INSERT"), ("update", "UPDATE OF resource_id, starts_at, ends_at"))
    ),
    *(
        f"""CREATE TRIGGER audit_append_only_{change.lower()} BEFORE {change} ON audit
        BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END"""
        for change in ("UPDATE", "DELETE")
    ),
)
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """ALTER TABLE occupancy ADD CONSTRAINT occupancy_no_overlap
        EXCLUDE USING gist (resource_id WITH =, int8range(starts_at, ends_at) WITH &&)""",
    """CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit_append_only'; END $$""",
    """CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_append_only()""",
)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", _ID, nullable=False),
        sa.Column("chat_id", sa.BigInteger()),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=64)),
        sa.Column("reachable", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("chat_id", name="uq_account_chat_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("deed", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_table(
        "data_key",
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_data_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "patient",
        sa.Column("id", _ID, nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('active', 'erasure_asked', 'erased')", name=op.f("ck_patient_state")),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "place",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("ref", name="uq_place_ref"),
    )
    op.create_table(
        "received",
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "update_id", name="pk_received"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_received_at", "received", ["at"])
    op.create_table(
        "set_aside",
        sa.Column("id", _ID, nullable=False),
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_set_aside"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "account_patient",
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_patient_account_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_account_patient_patient_id"),
        sa.PrimaryKeyConstraint("account_id", "patient_id", name="pk_account_patient"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_account_patient_patient_id", "account_patient", ["patient_id"])
    op.create_table(
        "card",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_card_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_card"),
        sa.UniqueConstraint("account_id", "subject", name="uq_card_account_id_subject"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "consent",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("words", sa.LargeBinary(length=32), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("given_at", _INSTANT, nullable=False),
        sa.Column("withdrawn_at", _INSTANT),
        sa.CheckConstraint("purpose IN ('intake', 'reminders', 'sharing')", name=op.f("ck_consent_purpose")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_consent_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consent_account_id", "consent", ["account_id"])
    op.create_index(
        "uq_consent_in_force",
        "consent",
        ["account_id", "purpose"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "conversation",
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_conversation_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_conversation"),
    )
    op.create_table(
        "episode",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_episode_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_episode"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_episode_patient_id", "episode", ["patient_id"])
    op.create_table(
        "invite",
        sa.Column("id", _ID, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
        sa.Column("used_by", _ID),
        sa.ForeignKeyConstraint(["used_by"], ["account.id"], name="fk_invite_used_by"),
        sa.PrimaryKeyConstraint("id", name="pk_invite"),
        sa.UniqueConstraint("hash", name="uq_invite_hash"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "plan",
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("days", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("weekly", sa.Integer(), nullable=False),
        sa.Column("begun_at", _INSTANT),
        sa.Column("paused_until", _INSTANT),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("state IN ('on', 'paused', 'asked', 'off')", name=op.f("ck_plan_state")),
        sa.CheckConstraint("weekly BETWEEN 1 AND 7", name=op.f("ck_plan_weekly")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_plan_account_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_plan_patient_id"),
        sa.PrimaryKeyConstraint("patient_id", name="pk_plan"),
    )
    op.create_table(
        "resource",
        sa.Column("id", _ID, nullable=False),
        sa.Column("place_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('practitioner', 'room')", name=op.f("ck_resource_kind")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_resource_place_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resource"),
        sa.UniqueConstraint("kind", "ref", name="uq_resource_kind_ref"),
    )
    op.create_table(
        "staff",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("linked_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT),
        sa.CheckConstraint("role IN ('practitioner', 'contact')", name=op.f("ck_staff_role")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_staff_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_staff_linked",
        "staff",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "booking",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("visit", sa.String(length=64), nullable=False),
        sa.Column("practitioner_id", _ID, nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("uid", sa.String(64), nullable=False),
        sa.Column("sequence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("confirmed_at", _INSTANT),
        sa.Column("move_asked_at", _INSTANT),
        sa.Column("approve_until", _INSTANT),
        sa.Column("late", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('awaiting_release', 'booked', 'arrived', 'no_show', 'cancelled')", name=op.f("ck_booking_state")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_booking_patient_id"),
        sa.ForeignKeyConstraint(["practitioner_id"], ["resource.id"], name="fk_booking_practitioner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_booking_patient_id", "booking", ["patient_id"])
    op.create_index("ix_booking_starts_at", "booking", ["starts_at"])
    op.create_table(
        "page",
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_page_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_page"),
    )
    op.create_table(
        "feed",
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("read_at", _INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_feed_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_feed"),
        sa.UniqueConstraint("hash", name="uq_feed_hash"),
    )
    op.create_table(
        "outside_calendar",
        sa.Column("practitioner_id", _ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("tried_at", _INSTANT),
        sa.Column("read_at", _INSTANT),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=16)),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["practitioner_id"], ["resource.id"], name="fk_outside_calendar_practitioner_id"),
        sa.PrimaryKeyConstraint("practitioner_id", name="pk_outside_calendar"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("card_id", _ID),
        sa.Column("card_revision", sa.Integer()),
        sa.Column("matters", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_by", sa.String(length=40)),
        sa.Column("leased_until", _INSTANT),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("wanted_until", _INSTANT),
        sa.Column("settled_at", _INSTANT),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'refused', 'uncertain', 'lapsed')", name=op.f("ck_outbox_state")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_outbox_account_id"),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name="fk_outbox_card_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["chat_id", "id"],
        sqlite_where=sa.text("state IN ('pending', 'sending')"),
        postgresql_where=sa.text("state IN ('pending', 'sending')"),
    )
    op.create_table(
        "response",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("episode_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("form", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("touched_at", _INSTANT, nullable=False),
        sa.Column("submitted_at", _INSTANT),
        sa.CheckConstraint("kind IN ('intake', 'check')", name=op.f("ck_response_kind")),
        sa.CheckConstraint(
            "status IN ('in-progress', 'completed', 'amended', 'stopped')", name=op.f("ck_response_status")
        ),
        sa.ForeignKeyConstraint(["episode_id"], ["episode.id"], name="fk_response_episode_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_response_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_response_episode_id", "response", ["episode_id"])
    op.create_index("ix_response_patient", "response", ["patient_id", "kind", "id"])
    op.create_table(
        "alarm",
        sa.Column("id", _ID, nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alarm"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alarm_due_at", "alarm", ["due_at"])
    op.create_table(
        "answer",
        sa.Column("response_id", _ID, nullable=False),
        sa.Column("place", sa.LargeBinary(length=16), nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_answer_patient_id"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name="fk_answer_response_id"),
        sa.PrimaryKeyConstraint("response_id", "place", name="pk_answer"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_answer_patient_id", "answer", ["patient_id"])
    op.create_table(
        "flag",
        sa.Column("response_id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_flag_patient_id"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name="fk_flag_response_id"),
        sa.PrimaryKeyConstraint("response_id", name="pk_flag"),
    )
    op.create_index("ix_flag_patient_id", "flag", ["patient_id"])
    op.create_table(
        "occupancy",
        sa.Column("id", _ID, nullable=False),
        sa.Column("resource_id", _ID, nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("booking_id", _ID),
        sa.Column("tentative_until", _INSTANT),
        sa.Column("owner_id", _ID),
        sa.Column("held_since", _INSTANT),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_occupancy_forward")),
        sa.CheckConstraint(
            "(tentative_until IS NULL) = (owner_id IS NULL) AND (held_since IS NULL) = (owner_id IS NULL)",
            name=op.f("ck_occupancy_held"),
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_occupancy_booking_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name="fk_occupancy_owner_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_occupancy_resource_id"),
        sa.PrimaryKeyConstraint("id", name="pk_occupancy"),
    )
    op.create_index("ix_occupancy_booking_id", "occupancy", ["booking_id"])
    op.create_index("ix_occupancy_resource_time", "occupancy", ["resource_id", "starts_at"])
    op.create_index(
        "uq_occupancy_hold",
        "occupancy",
        ["owner_id", "resource_id"],
        unique=True,
        sqlite_where=sa.text("owner_id IS NOT NULL"),
        postgresql_where=sa.text("owner_id IS NOT NULL"),
    )
    op.create_table(
        "time_off",
        sa.Column("id", _ID, nullable=False),
        sa.Column("resource_id", _ID, nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_time_off_forward")),
        sa.CheckConstraint("source IN ('practice', 'calendar')", name=op.f("ck_time_off_source")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_time_off_resource_id"),
        sa.PrimaryKeyConstraint("id", name="pk_time_off"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_time_off_resource_time", "time_off", ["resource_id", "ends_at"])
    op.create_table(
        "waiting",
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("days", sa.String(length=16), nullable=False),
        sa.Column("parts", sa.String(length=40), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("over_at", _INSTANT),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_waiting_account_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_waiting_patient_id"),
        sa.PrimaryKeyConstraint("patient_id", name="pk_waiting"),
    )
    op.create_index("ix_waiting_account_id", "waiting", ["account_id"])
    op.create_index("ix_waiting_over_at", "waiting", ["over_at"])
    op.create_table(
        "opening",
        sa.Column("id", _ID, nullable=False),
        sa.Column("practitioner_id", _ID, nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("booking_id", _ID),
        sa.Column("due_at", _INSTANT),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_opening_forward")),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_opening_booking_id"),
        sa.ForeignKeyConstraint(["practitioner_id"], ["resource.id"], name="fk_opening_practitioner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_opening"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_opening_due",
        "opening",
        ["due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "offer",
        sa.Column("opening_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("starts_at", _INSTANT),
        sa.Column("until", _INSTANT),
        sa.CheckConstraint(
            "state IN ('offered', 'taken', 'refused', 'lapsed', 'passed', 'later')", name=op.f("ck_offer_state")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_offer_account_id"),
        sa.ForeignKeyConstraint(["opening_id"], ["opening.id"], name="fk_offer_opening_id"),
        sa.PrimaryKeyConstraint("opening_id", "account_id", name="pk_offer"),
    )
    op.create_index("ix_offer_account_id", "offer", ["account_id"])
    op.create_index(
        "uq_offer_open",
        "offer",
        ["opening_id"],
        unique=True,
        sqlite_where=sa.text("state = 'offered'"),
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_table(
        "reminder",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("booking_id", _ID),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.LargeBinary()),
        sa.Column("put_off_from", _INSTANT),
        sa.Column("settled_at", _INSTANT),
        sa.CheckConstraint(
            "state IN ('planned', 'sent', 'done', 'missed', 'cancelled')", name=op.f("ck_reminder_state")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_reminder_account_id"),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_reminder_booking_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_reminder_patient_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reminder"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reminder_booking_id", "reminder", ["booking_id"])
    op.create_index(
        "ix_reminder_due",
        "reminder",
        ["due_at"],
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("ix_reminder_patient_id", "reminder", ["patient_id"])
    op.create_index(
        "uq_reminder_plan",
        "reminder",
        ["patient_id"],
        unique=True,
        sqlite_where=sa.text("state = 'planned' AND kind = 'advice'"),
        postgresql_where=sa.text("state = 'planned' AND kind = 'advice'"),
    )
    op.create_table(
        "score",
        sa.Column("id", _ID, nullable=False),
        sa.Column("patient_id", _ID, nullable=False),
        sa.Column("episode_id", _ID, nullable=False),
        sa.Column("response_id", _ID),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["episode_id"], ["episode.id"], name="fk_score_episode_id"),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name="fk_score_patient_id"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name="fk_score_response_id"),
        sa.PrimaryKeyConstraint("id", name="pk_score"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_score_patient_id", "score", ["patient_id"])

    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
