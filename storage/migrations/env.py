"""Run by Alembic only, on the connection and in the transaction that `storage.schema` hands in."""

from alembic import context

from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite too: our transactions begin before the first statement, so its DDL is rolled back like PostgreSQL's.
    transactional_ddl=True,
    render_as_batch=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
