"""How Alembic runs here: inside the unit of work that `database.bring_up_to_date` opened, all of it or nothing."""

from __future__ import annotations

from alembic import context

from tryon.atelier.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transactional_ddl=True,  # SQLite too: a kill in the middle leaves the tables as they were
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
