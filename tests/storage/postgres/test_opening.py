"""Opening a database: what is made, and what is refused with a sentence that helps."""

import multiprocessing
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from couponry.engine.ports import StorageUnusable
from couponry.storage import migrations
from couponry.storage.postgres import open_postgres, opening
from tests.postgres_server import OwnServer, Server
from tests.properties.samples import TENANT
from tests.storage.postgres.meeting import other_connection
from tests.storage.samples import tenant_of

BARE = "TEMPLATE template0 ENCODING 'UTF8'"


@pytest.fixture
def empty(postgres_server: Server) -> Iterator[str]:
    """Give the address of a database without any table."""
    with postgres_server.database(BARE) as url:
        yield url


def run(url: str, *statements: str) -> None:
    with other_connection(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def name_of(url: str) -> str:
    return urlsplit(url).path.strip("/")


def furnish(url: str) -> None:
    """Make the tables and a tenant in them."""
    with closing(open_postgres(url)) as store, store.write() as writer:
        writer.insert_tenant(tenant_of())


def has_tenant(url: str) -> bool:
    with closing(open_postgres(url)) as store, store.read() as reader:
        return reader.tenant(TENANT) is not None


@contextmanager
def role(server: Server, options: str) -> Iterator[str]:
    """Make a role and give its name."""
    name = "couponry_test_role"
    server.execute(f"DROP ROLE IF EXISTS {name}", f"CREATE ROLE {name} LOGIN {options}")
    try:
        yield name
    finally:
        server.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def as_role(url: str, name: str, password: str = "") -> str:
    """Write an address for another role."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{name}{password and f':{password}'}@{rest.partition('@')[2]}"


def test_empty_database_is_furnished(empty: str) -> None:
    """An empty database gets the tables, and is found again."""
    furnish(empty)
    assert has_tenant(empty)


@pytest.mark.parametrize(
    "url",
    ["", "couponry.db", "mysql://u@h/d", "postgresql:/h", "postgresql://u@h/d?colour=red", "host=h dbname=d"],
)
def test_wrong_address_is_refused(url: str) -> None:
    """What is no address of PostgreSQL is refused with one that would be."""
    with pytest.raises(StorageUnusable, match=r"COUPONRY_DATABASE_URL is no address.*postgresql://user:password@host"):
        open_postgres(url)


@pytest.mark.parametrize("place", ["127.0.0.1:1", "localhost:1,127.0.0.1:2", ":abc"])
def test_missing_server_is_told(place: str) -> None:
    """Where no server answers, the place is named and the password is not."""
    with pytest.raises(StorageUnusable, match=r"'shop' on .* cannot be reached\. See that the server runs") as raised:
        open_postgres(f"postgresql://ann:s3cret@{place}/shop")
    assert "s3cret" not in str(raised.value)


def test_missing_database_is_told(postgres_server: Server) -> None:
    """A database that does not exist is told with what to do."""
    with pytest.raises(StorageUnusable, match=r"'nowhere' .* does not exist\. Make it \(createdb\)"):
        open_postgres(postgres_server.url_of("nowhere"))


def test_missing_role_is_told(url: str) -> None:
    """A role that the server does not know is told with what to do."""
    with pytest.raises(StorageUnusable, match=r"refuses the role\. Correct it"):
        open_postgres(as_role(url, "nobody_known"))


def test_wrong_password_is_told(own_server: OwnServer, url: str) -> None:
    """A wrong password, and none, are told with what to do, and the right one is let in."""
    rules = own_server.data / "pg_hba.conf"
    before = rules.read_text()
    with role(own_server, "SUPERUSER PASSWORD 'r1ght'") as name:
        rules.write_text(f"local all {name} scram-sha-256\n{before}")
        own_server.reload()
        try:
            for password in ("wr0ng", ""):
                with pytest.raises(
                    StorageUnusable, match=r"refuses the password\. Correct it in COUPONRY_DATA"
                ) as raised:
                    open_postgres(as_role(url, name, password))
                assert "wr0ng" not in str(raised.value)
            open_postgres(as_role(url, name, "r1ght")).close()
        finally:
            rules.write_text(before)
            own_server.reload()


def test_too_many_connections_are_told(postgres_server: Server, url: str) -> None:
    """A server without a connection left is told with what to do."""
    with (
        role(postgres_server, "CONNECTION LIMIT 0") as name,
        pytest.raises(StorageUnusable, match=r"has no connection left\. Raise max_connections"),
    ):
        open_postgres(as_role(url, name))


def test_old_server_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server older than the oldest that is supported is refused with both versions."""
    monkeypatch.setattr(opening, "_OLDEST_SERVER", 99)
    with pytest.raises(StorageUnusable, match=r"runs on PostgreSQL \d\d; 99 or newer is needed\. Upgrade the server\."):
        open_postgres(url)


@pytest.mark.parametrize("attributes", ["read-write", "any"])
def test_standby_is_refused(url: str, attributes: str) -> None:
    """A server that takes no writes is refused with what to do."""
    run(url, f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = on")
    with pytest.raises(StorageUnusable, match=r"is a read-only standby .* Name the primary in COUPONRY_DATABASE_URL"):
        open_postgres(f"{url}&target_session_attrs={attributes}")


def test_encoding_without_all_characters_is_refused(postgres_server: Server) -> None:
    """A database that cannot hold every text is refused with the command for one that can."""
    with (
        postgres_server.database("TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'") as url,
        pytest.raises(StorageUnusable, match=r"has the encoding LATIN1.*createdb .*--encoding UTF8"),
    ):
        open_postgres(url)


@pytest.mark.parametrize("migrate", [True, False])
def test_newer_schema_is_refused(url: str, *, migrate: bool) -> None:
    """A database of a newer version is refused with what to do, and left as it is."""
    run(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageUnusable, match=r"newer Couponry \(schema 9999;.*Install the newer version, or restore"):
        open_postgres(url, migrate=migrate)
    assert migrations.HEAD == "0001"
    run(url, "UPDATE alembic_version SET version_num = '0001'")
    open_postgres(url).close()


def test_empty_database_is_refused_without_migrating(empty: str) -> None:
    """Without migrating an empty database is refused with the command that helps, and a ready one is opened."""
    with pytest.raises(StorageUnusable, match=r"is empty; .* Run 'couponry migrate'\.$"):
        open_postgres(empty, migrate=False)
    furnish(empty)
    open_postgres(empty, migrate=False).close()


@pytest.mark.parametrize(
    "tables",
    [
        ["CREATE TABLE bookmarks (url text)"],
        ["CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('abc')"],
    ],
    ids=["tables", "migrations"],
)
def test_database_of_another_program_is_refused(empty: str, tables: list[str]) -> None:
    """A database with tables that are not ours is refused, and one of its schemas can be ours alone."""
    run(empty, *tables, "CREATE SCHEMA couponry")
    with pytest.raises(StorageUnusable, match=r"tables of another program.*\?options=-csearch_path%3Dcouponry"):
        open_postgres(empty)
    furnish(f"{empty}&options=-csearch_path%3Dcouponry")
    assert has_tenant(f"{empty}&options=-csearch_path%3Dcouponry")


def test_role_that_may_not_make_tables_is_told(postgres_server: Server, empty: str) -> None:
    """A role without the right to make tables is told what to grant."""
    with role(postgres_server, "") as name:
        run(empty, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        with pytest.raises(StorageUnusable, match=r"does not let its role make or use tables.*GRANT CREATE"):
            open_postgres(as_role(empty, name))
        run(empty, f"GRANT CREATE ON SCHEMA public TO {name}")
        furnish(as_role(empty, name))
        run(empty, f"DROP OWNED BY {name}")


def test_role_that_may_not_use_the_tables_is_told(postgres_server: Server, url: str) -> None:
    """A role without rights on the tables is told what to grant."""
    with (
        role(postgres_server, "") as name,
        pytest.raises(StorageUnusable, match=r"does not let its role make or use tables.*rights on Couponry's tables"),
    ):
        open_postgres(as_role(url, name))


def test_processes_that_start_together_make_one_database(empty: str) -> None:
    """Several processes may open an empty database at the same time; one migrates it and all go on."""
    with multiprocessing.get_context("spawn").Pool(4) as processes:
        assert processes.map(has_tenant, [empty] * 8) == [False] * 8
    furnish(empty)
    assert has_tenant(empty)


def test_nothing_is_left_open(postgres_server: Server, url: str) -> None:
    """Opening and closing, with success or without, leaves no connection."""
    furnish(url)
    with pytest.raises(StorageUnusable):
        open_postgres(postgres_server.url_of("nowhere"))
    with other_connection(url) as other:
        count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert other.execute(count).fetchone() == (0,)
