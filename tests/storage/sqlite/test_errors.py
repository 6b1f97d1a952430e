"""What the errors of SQLite and its driver become."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from couponry.engine.ports import StorageFull, StorageUnavailable
from couponry.storage.sqlite import SqliteStore, connecting, open_sqlite
from couponry.storage.sqlite.errors import translated_errors
from tests.properties.samples import TENANT
from tests.storage.samples import loaded, open_campaign, place, redeem, tenant_of


@pytest.fixture
def impatient(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    """Open a store that waits for other writers a tenth of a second only."""
    monkeypatch.setattr(connecting, "BUSY_TIMEOUT_SECONDS", 0.1)
    with closing(open_sqlite(path)) as store:
        yield store


@contextmanager
def other_process_writing(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def driver_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("the driver's words")
    error.sqlite_errorcode = code
    return error


def test_busy_database_is_unavailable(impatient: SqliteStore, path: Path) -> None:
    """A writer that another process keeps waiting too long is told to try again, and can."""
    session = impatient.lane_session()
    with other_process_writing(path):
        with pytest.raises(StorageUnavailable, match="busy with another writer"), impatient.write():
            pass
        with pytest.raises(StorageUnavailable, match="busy with another writer"), session.transaction():
            pass
        assert impatient.is_alive()
    open_campaign(impatient)
    assert loaded(session, redeem(place(1))).campaigns


@pytest.mark.parametrize(
    "code",
    [
        sqlite3.SQLITE_BUSY_SNAPSHOT,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_READONLY_DBMOVED,
        sqlite3.SQLITE_CORRUPT_VTAB,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
    ],
)
def test_trouble_of_the_database_is_unavailable(code: int) -> None:
    """Whatever the database fails at, extended codes included, is told without the driver's words."""
    error = driver_error(code)
    with pytest.raises(StorageUnavailable) as raised, translated_errors():
        raise error
    assert raised.value.code == "storage_unavailable"
    assert "driver" not in raised.value.message
    assert raised.value.__cause__ is error


def test_error_through_sqlalchemy_means_the_same() -> None:
    """A driver's error that SQLAlchemy has wrapped is understood as well."""
    with pytest.raises(StorageFull), translated_errors():
        raise OperationalError("INSERT", {}, driver_error(sqlite3.SQLITE_FULL))


def test_fault_of_ours_passes(path: Path) -> None:
    """A violated constraint is no trouble of the database: it is not dressed up as something to try again."""

    def insert_twice(store: SqliteStore) -> None:
        with store.write() as writer:
            writer.insert_tenant(tenant_of())
            writer.insert_tenant(tenant_of())

    with closing(open_sqlite(path)) as store:
        with pytest.raises(IntegrityError):
            insert_twice(store)
        with store.read() as reader:
            assert reader.tenant(TENANT) is None


def test_wrong_statement_passes() -> None:
    """Neither is a statement that SQLite does not understand."""
    with closing(sqlite3.connect(":memory:")) as connection:
        with pytest.raises(sqlite3.OperationalError, match="syntax error"), translated_errors():
            connection.execute("nonsense")
        assert not connection.in_transaction


def test_damaged_file_is_told(path: Path) -> None:
    """A database that is damaged while it is in use answers with what to do."""
    with closing(open_sqlite(path)) as store:
        open_campaign(store)
        store.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with closing(SqliteStore(path)) as store:
        assert not store.is_alive()
        with pytest.raises(StorageUnavailable, match=r"damaged.*Restore it from a backup"), store.read() as reader:
            reader.tenants()


def test_writing_within_writing_is_a_fault(path: Path) -> None:
    """A thread that begins to write inside its own writing transaction is told, instead of waiting for itself."""
    with closing(open_sqlite(path)) as store:
        session = store.lane_session()
        with store.write(), pytest.raises(RuntimeError, match="inside another"), store.write():
            pass
        with session.transaction(), pytest.raises(RuntimeError, match="inside another"), store.write():
            pass
        with store.write() as writer:
            writer.insert_tenant(tenant_of())


def test_transaction_without_changes_waits_for_no_disk(path: Path) -> None:
    """A transaction that saves nothing writes nothing to the log."""
    with closing(open_sqlite(path)) as store:
        open_campaign(store)
        session = store.lane_session()
        log = path.with_name(path.name + "-wal")
        before = (log.stat().st_size, log.stat().st_mtime_ns)
        for _ in range(3):
            loaded(session, redeem(place(1)))
        assert (log.stat().st_size, log.stat().st_mtime_ns) == before


def test_close_ends_sessions_of_other_threads(path: Path) -> None:
    """Closing the store closes the connections that other threads made."""
    store = open_sqlite(path)
    thread = threading.Thread(target=lambda: loaded(store.lane_session(), redeem(place(1))))
    thread.start()
    thread.join()
    store.close()
    assert not path.with_name(path.name + "-wal").exists()
