"""Patients who only fill the database: rows as a practice has them, bodies of the right size that nobody can open."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

SEALED = b"\x01" + bytes(12 + 256 + 16)
"""As long as a sealed answer, name or conversation: version, nonce, padded text, tag."""
WRAPPED = b"\x01" + bytes(8 + 12 + 32 + 16)
AT = 1_764_000_000_000_000

ROWS = {
    "account": "INSERT INTO account (id, chat_id, locale, made_at) "
    # Chats in no order, as people come: the multiplier is odd, so no two are the same.
    "SELECT :account + n, 2000000000 + (((:account + n) * 2654435761) % 4294967296), 'en', :at FROM numbers",
    "data_key of accounts": "INSERT INTO data_key SELECT 'account:' || (:account + n), :wrapped, :at FROM numbers",
    "data_key of patients": "INSERT INTO data_key SELECT 'patient:' || (:patient + n), :wrapped, :at FROM numbers",
    "conversation": "INSERT INTO conversation SELECT :account + n, 30, :sealed FROM numbers",
    "consent": "INSERT INTO consent (account_id, purpose, words, locale, given_at) "
    "SELECT :account + n, 'intake', zeroblob(32), 'en', :at FROM numbers",
    "patient": "INSERT INTO patient (id, state, revision, body, made_at) "
    "SELECT :patient + n, 'active', 1, :sealed, :at FROM numbers",
    "account_patient": "INSERT INTO account_patient SELECT :account + n, :patient + n FROM numbers",
    "episode": "INSERT INTO episode (id, patient_id, opened_at) SELECT :episode + n, :patient + n, :at FROM numbers",
    "response": "INSERT INTO response "
    "(id, patient_id, episode_id, kind, form, status, revision, started_at, touched_at, submitted_at) "
    "SELECT :response + n, :patient + n, :episode + n, 'intake', 'urn:acuback:form:intake|2', 'completed', 1, "
    ":at, :at, :at FROM numbers",
    "flag": "INSERT INTO flag SELECT :response + n, :patient + n, 1, :sealed FROM numbers",
    "answer": "INSERT INTO answer (response_id, place, patient_id, revision, body) "
    "SELECT :response + n, randomblob(16), :patient + n, 1, :sealed FROM numbers, "
    "(SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)",
    "plan": "INSERT INTO plan "
    "(patient_id, account_id, days, at, zone, state, weekly, begun_at, ignored, revision, body) "
    "SELECT :patient + n, :account + n, '024', '09:00', 'Europe/London', 'on', 3, :at, 0, 1, :sealed FROM numbers",
    "reminder": "INSERT INTO reminder (patient_id, account_id, kind, due_at, state) "
    "SELECT :patient + n, :account + n, 'advice', :at + n, 'planned' FROM numbers",
    "outbox": "INSERT INTO outbox (key, account_id, chat_id, lane, state, matters, made_at, settled_at) "
    "SELECT 'x.' || (:account + n), :account + n, (SELECT chat_id FROM account WHERE id = :account + n), 0, 'sent', "
    "1, :at, :at FROM numbers",
}
"""What each has: seventeen rows, of them four answers and one message that went."""


def move_in(path: Path, patients: int) -> None:
    """Adds so many strangers to the SQLite database in this file, behind whoever is there."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        behind = {
            table: connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
            for table in ("account", "patient", "episode", "response")
        }
        values: Mapping[str, object] = {**behind, "patients": patients, "sealed": SEALED, "wrapped": WRAPPED, "at": AT}
        connection.execute("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)")
        connection.execute(
            "INSERT INTO numbers WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < :patients) "
            "SELECT n FROM up",
            values,
        )
        for statement in ROWS.values():
            connection.execute(statement, values)
        connection.commit()
    finally:
        connection.close()
