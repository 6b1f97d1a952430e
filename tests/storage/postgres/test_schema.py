"""The tables as PostgreSQL has them: made by migrations or by the code, in a database of any collation."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import TupleRow

from couponry.engine.ports import Page, Store
from couponry.storage import schema
from couponry.storage.postgres import open_postgres
from couponry.storage.postgres.connecting import pooled_engine, writing
from tests.postgres_server import Server
from tests.properties.samples import TENANT
from tests.storage.postgres.meeting import other_connection
from tests.storage.samples import event_of, loading_batch, stored_coupon

COLUMNS = """
SELECT table_name, column_name, ordinal_position, data_type, collation_name, is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 3
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version' ORDER BY 1, 2, 3
"""
LANGUAGES = """
SELECT CASE collprovider WHEN 'i' THEN format('LOCALE_PROVIDER icu ICU_LOCALE %L LOCALE %L', 'de', 'C')
    ELSE format('LOCALE_PROVIDER libc LOCALE %L', collcollate) END
FROM pg_collation WHERE collname IN ('de-x-icu', 'en_US.utf8', 'de_DE.utf8') ORDER BY collprovider LIMIT 1
"""
NAMES = ["A", "B", "Z", "a", "ab", "a-b", "aB", "Ä", "ä", "z", "ß", "_", "1"]


def description(url: str) -> list[list[TupleRow]]:
    with psycopg.connect(url) as connection:
        return [connection.execute(query.encode()).fetchall() for query in (COLUMNS, INDEXES, KEYS)]


def test_migrated_schema_is_the_schema_of_the_code(url: str, postgres_server: Server) -> None:
    """The migrations make exactly the columns, keys and indexes that the code's metadata makes."""
    with postgres_server.database("TEMPLATE template0") as fresh:
        engine = pooled_engine(fresh)
        with writing(engine).begin() as connection:
            schema.metadata.create_all(connection)
        engine.dispose()
        assert description(url) == description(fresh)
        assert len(description(url)[0]) == sum(len(table.columns) for table in schema.metadata.tables.values())


@pytest.fixture
def collated(postgres_server: Server) -> Iterator[str]:
    """Give a database whose own order of texts is a language's, if the server knows languages."""
    with other_connection(postgres_server.url) as connection:
        language = connection.execute(LANGUAGES).fetchone()
    if language is None:
        pytest.skip("the server was built without ICU, and the machine has no locale but C")
    with postgres_server.database(f"TEMPLATE template0 ENCODING 'UTF8' {language[0]}") as url:
        yield url


@pytest.fixture
def collated_store(collated: str) -> Iterator[Store]:
    store = open_postgres(collated)
    yield store
    store.close()


def test_database_orders_as_a_language_does(collated: str) -> None:
    """A database as the tests make one would order texts in another way than by bytes."""
    with other_connection(collated) as connection:
        ordered = connection.execute("SELECT x FROM unnest(%s) AS x ORDER BY x", [NAMES]).fetchall()
    assert [name for (name,) in ordered] != sorted(NAMES)


def test_every_text_is_compared_bytewise(url: str) -> None:
    """Every column of text is of the collation C, whatever the database's is."""
    collations = {row[4] for row in description(url)[0] if row[3] == "text"}
    assert collations == {"C"}


def test_pages_are_in_order_of_bytes(collated_store: Store) -> None:
    """Lists and their pages go by bytes whatever the database's collation is."""
    with collated_store.write() as writer:
        writer.append_events([event_of(name) for name in NAMES])
    with collated_store.read() as reader:
        assert [event.event_id for event in reader.events(TENANT, Page(100))] == sorted(NAMES, reverse=True)
        assert [event.event_id for event in reader.events(TENANT, Page(100, after="a"))] == [
            name for name in sorted(NAMES, reverse=True) if name < "a"
        ]


def test_codes_are_compared_bytewise(collated_store: Store) -> None:
    """Codes that a language takes for the same, but for case or accents, are different codes."""
    with collated_store.write() as writer:
        writer.insert_batch(loading_batch())
        assert list(writer.insert_coupons([stored_coupon(name, batch_id="bat_loading") for name in NAMES])) == []
    with collated_store.read() as reader:
        assert reader.existing_canonicals(TENANT, [*NAMES, "b", "ÄB", "AB"]) == set(NAMES)
        listed = reader.stored_codes(TENANT, "bat_loading", None, 100)
    assert [coupon_id for coupon_id, _ in listed] == sorted(f"cpn_{name}" for name in NAMES)
