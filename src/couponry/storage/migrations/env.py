"""What Alembic runs: the migrations, on the connection it was given."""

from alembic import context

from couponry.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
