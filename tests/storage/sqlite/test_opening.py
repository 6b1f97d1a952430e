"""Opening a file: what is made, and what is refused with a sentence that helps."""

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from couponry.engine.ports import StorageUnusable
from couponry.storage import migrations
from couponry.storage.sqlite import open_sqlite
from tests.properties.samples import TENANT
from tests.storage.samples import tenant_of


def furnish(path: Path) -> None:
    """Make a database with a tenant in it."""
    with closing(open_sqlite(path)) as store, store.write() as writer:
        writer.insert_tenant(tenant_of())


def has_tenant(path: Path) -> bool:
    with closing(open_sqlite(path)) as store, store.read() as reader:
        return reader.tenant(TENANT) is not None


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()


def open_file_count() -> int:
    """Count this process' open files; 0 where the system does not tell."""
    folder = Path("/proc/self/fd")
    return sum(1 for _ in folder.iterdir()) if folder.exists() else 0


def test_missing_folders_are_made(tmp_path: Path) -> None:
    """A file in folders that do not exist is made with them, and found again."""
    path = tmp_path / "a b" / "c%20?d#e" / "couponry.db"
    furnish(path)
    assert has_tenant(path)


def test_empty_file_is_taken(path: Path) -> None:
    """A file of no bytes is an empty database."""
    path.touch()
    furnish(path)
    assert has_tenant(path)


def test_log_and_durability_are_set(path: Path) -> None:
    """The file keeps a write-ahead log, and writers wait for the disk."""
    with closing(open_sqlite(path)) as store, store.write() as writer:
        connection = writer._connection  # type: ignore[attr-defined]  # noqa: SLF001  # what the port hides is asked for
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """A folder cannot be opened."""
    with pytest.raises(StorageUnusable, match=r"is a folder; name a file in it\.$"):
        open_sqlite(tmp_path)


def test_file_in_place_of_the_folder_is_refused(path: Path) -> None:
    """A file cannot hold the database."""
    path.write_text("in the way")
    with pytest.raises(StorageUnusable, match=r"cannot be made or entered \(.*\); name another one\.$"):
        open_sqlite(path / "couponry.db")


@pytest.mark.parametrize("content", [b"x" * 100, b"SQLite format 3\0" + b"x" * 4080], ids=["text", "header only"])
def test_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    """A file with other content is refused and left as it is."""
    path.write_bytes(content)
    with pytest.raises(StorageUnusable, match="is no SQLite database; name another file, or restore it"):
        open_sqlite(path)
    assert path.read_bytes() == content


def test_database_of_another_program_is_refused(path: Path) -> None:
    """A SQLite file with tables that are not ours is refused."""
    run(path, "CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(StorageUnusable, match=r"is the database of another program; name another file\.$"):
        open_sqlite(path)


@pytest.mark.parametrize("migrate", [True, False])
def test_newer_schema_is_refused(path: Path, *, migrate: bool) -> None:
    """A database of a newer version is refused with what to do, and left as it is."""
    furnish(path)
    assert migrations.HEAD == "0001"
    run(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageUnusable, match=r"newer Couponry \(schema 9999;.*Install the newer version, or restore"):
        open_sqlite(path, migrate=migrate)
    run(path, "UPDATE alembic_version SET version_num = '0001'")
    assert has_tenant(path)


def test_empty_database_is_refused_without_migrating(path: Path) -> None:
    """Without migrating an empty database is refused with the command that helps, and a ready one is opened."""
    with pytest.raises(StorageUnusable, match=r"is empty; .* Run 'couponry migrate'\.$"):
        open_sqlite(path, migrate=False)
    furnish(path)
    open_sqlite(path, migrate=False).close()


def test_read_only_file_is_refused(open_folder: Path, request: pytest.FixtureRequest) -> None:
    """A file that may not be written to is refused with what to do."""
    path = open_folder / "couponry.db"
    furnish(path)
    path.chmod(0o444)
    open_folder.chmod(0o777)
    request.getfixturevalue("unprivileged")
    with pytest.raises(StorageUnusable, match="cannot be written to; give the user that runs Couponry the right"):
        open_sqlite(path)


def test_read_only_folder_is_refused(open_folder: Path, request: pytest.FixtureRequest) -> None:
    """A folder in which the log cannot be made is refused with what to do."""
    path = open_folder / "couponry.db"
    furnish(path)
    path.chmod(0o666)
    open_folder.chmod(0o555)
    request.getfixturevalue("unprivileged")
    with pytest.raises(StorageUnusable, match="cannot be written to; give the user that runs Couponry the right"):
        open_sqlite(path)


def test_folder_that_cannot_be_made_is_refused(open_folder: Path, request: pytest.FixtureRequest) -> None:
    """A folder that may not be made is refused with what to do."""
    open_folder.chmod(0o555)
    request.getfixturevalue("unprivileged")
    with pytest.raises(StorageUnusable, match="cannot be made or entered"):
        open_sqlite(open_folder / "data" / "couponry.db")


def test_processes_that_start_together_make_one_database(path: Path) -> None:
    """Several processes may open a new file at the same time; one migrates it and all go on."""
    with multiprocessing.get_context("spawn").Pool(4) as processes:
        assert processes.map(has_tenant, [path] * 8) == [False] * 8
    furnish(path)
    assert has_tenant(path)


def test_nothing_is_left_open(path: Path) -> None:
    """Opening and closing, with success or without, leaves no file open and no log behind."""
    before = open_file_count()
    furnish(path)
    with pytest.raises(StorageUnusable):
        open_sqlite(path.parent)
    assert open_file_count() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]
