"""A server in front of the server, which cuts connections when a test says so."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SOCKET = ".s.PGSQL.5432"
_SIZE = 1 << 16


class Cutter:
    """Passes on what clients and server say. Once told to, it lets one more request through and keeps the answer."""

    def __init__(self, folder: Path, server: Path) -> None:
        self._server = server
        self._is_armed = False
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / _SOCKET))
        self._listening.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def arm(self) -> None:
        """Keep the next answer of the server, and cut the connection that waits for it."""
        self._is_armed = True

    def close(self) -> None:
        """Take no more connections."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                thread = threading.Thread(target=self._pass_on, args=(client,), daemon=True)
                thread.start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as selector:
            server.connect(str(self._server / _SOCKET))
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in selector.select():
                    said = key.fileobj.recv(_SIZE)  # type: ignore[union-attr]  # a socket
                    if not said or (key.fileobj is server and self._is_armed):
                        self._is_armed = False
                        return
                    key.data.sendall(said)


@contextmanager
def cutter(folder: Path, server: Path) -> Iterator[Cutter]:
    """Stand in front of the server whose sockets are in a folder, with sockets in another one."""
    between = Cutter(folder, server)
    try:
        yield between
    finally:
        between.close()
