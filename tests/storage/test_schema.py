"""The tables: what the migrations make is what the code says, and every key begins with the tenant."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Engine, StaticPool, Table, Text, create_engine, inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex

from couponry.storage import migrations, schema
from couponry.storage.rows.accounts import KeyRow, TenantRow
from couponry.storage.rows.answers import AnswerRow
from couponry.storage.rows.batches import BatchRow, StoredSeries, TakenRow
from couponry.storage.rows.campaigns import CampaignRow, CountersRow
from couponry.storage.rows.coupons import CouponRow, EntryRow
from couponry.storage.rows.events import EventRow
from couponry.storage.rows.redemptions import RedemptionRow, RollbackRow

ROWS = {
    schema.tenants: TenantRow,
    schema.api_keys: KeyRow,
    schema.campaigns: CampaignRow,
    schema.campaign_counters: CountersRow,
    schema.series: StoredSeries,
    schema.series_taken: TakenRow,
    schema.batches: BatchRow,
    schema.coupons: CouponRow,
    schema.ledger_entries: EntryRow,
    schema.redemptions: RedemptionRow,
    schema.rollbacks: RollbackRow,
    schema.events: EventRow,
    schema.idempotency_keys: AnswerRow,
}


@contextmanager
def empty_database() -> Iterator[Connection]:
    engine: Engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def index_text(index: ReflectedIndex) -> str:
    conditions = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['column_names']} {index['unique']} {conditions}"


def description(connection: Connection) -> dict[str, object]:
    """Describe all of a database but Alembic's own table, in SQLite's words and in SQLAlchemy's."""
    statements = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master"))
    found = {(kind, name): (table, sql) for kind, name, table, sql in statements if table != "alembic_version"}
    inspector = inspect(connection)
    tables = [name for name in inspector.get_table_names() if name != "alembic_version"]
    columns = {name: [str(column) for column in inspector.get_columns(name)] for name in tables}
    keys = {name: inspector.get_pk_constraint(name) for name in tables}
    indexes = {name: sorted(index_text(index) for index in inspector.get_indexes(name)) for name in tables}
    return {"statements": found, "columns": columns, "keys": keys, "indexes": indexes}


def test_migrated_schema_is_the_schema_of_the_code() -> None:
    """The migrations make exactly the tables, columns, keys and indexes that the code's metadata makes."""
    with empty_database() as migrated, empty_database() as fresh:
        migrations.migrate(migrated)
        schema.metadata.create_all(fresh)
        assert description(migrated) == description(fresh)
        assert len(inspect(migrated).get_table_names()) == len(schema.metadata.tables) + 1


def test_migrations_lead_to_head() -> None:
    """The files' names give the revisions in order, and the last of them is what a migrated database has."""
    config = Config()
    config.set_main_option("script_location", str(next(iter(migrations.__path__))))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert tuple(revision.revision for revision in script.walk_revisions())[::-1] == migrations.REVISIONS
    with empty_database() as connection:
        assert migrations.revision_of(connection) is None
        migrations.migrate(connection)
        assert migrations.revision_of(connection) == migrations.HEAD == script.get_current_head()


def test_migrating_twice_changes_nothing() -> None:
    """A database at the head stays as it is."""
    with empty_database() as connection:
        migrations.migrate(connection)
        before = description(connection)
        migrations.migrate(connection)
        assert description(connection) == before


@pytest.mark.parametrize("table", schema.metadata.tables.values(), ids=str)
def test_every_key_begins_with_the_tenant(table: Table) -> None:
    """Primary and unique keys begin with the tenant, but for the listed tables of the whole database."""
    keys = [list(table.primary_key.columns), *(list(index.columns) for index in table.indexes if index.unique)]
    if table.name in schema.SHARED_TABLES:
        assert "tenant_id" not in table.columns
    else:
        assert [key[0].name for key in keys] == ["tenant_id"] * len(keys)


@pytest.mark.parametrize(("table", "row"), ROWS.items(), ids=str)
def test_rows_have_the_columns_of_their_table(table: Table, row: type) -> None:
    """A row struct's fields are the table's columns, in the same order and of the same type."""

    def kind(column: "Column[object]") -> object:
        plain = str if isinstance(column.type, Text) else int
        return plain | None if column.nullable else plain

    assert {column.name: kind(column) for column in table.columns} == row.__annotations__
    assert [column.name for column in table.columns] == list(row.__annotations__)


def test_every_table_has_its_row() -> None:
    """Each table of a tenant has a row struct."""
    assert {table.name for table in ROWS} == schema.metadata.tables.keys() - schema.SHARED_TABLES
