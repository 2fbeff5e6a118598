"""What alembic runs: always inside the transaction of `mailbot.connectors.database.migrate.upgrade`."""

from alembic import context

from mailbot.connectors.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by building a new one.
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
