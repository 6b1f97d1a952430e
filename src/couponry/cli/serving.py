"""The server: settings, demo, what to paste, and an end that loses nothing."""

import errno
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from types import FrameType
from typing import Annotated, Any, Final

import typer
import uvicorn

from couponry.bootstrap import create_app
from couponry.cli.complaints import CommandFailed, UsageRefused
from couponry.cli.demonstration import Facts, curl_lines, demo_facts, fact_lines
from couponry.cli.opening import opened, settings
from couponry.cli.options import DataOption, JsonOption
from couponry.cli.printing import flush, print_facts, print_json, print_text
from couponry.cli.request_heads import BoundedHeadProtocol
from couponry.config import Config

app = typer.Typer(rich_markup_mode=None)

EXIT_INTERRUPTED: Final = 130
_BACKLOG: Final = 2048
_STOP_SECONDS: Final = 30
"""How long a stop waits for requests under way, such as exports."""
_SWITCH_SECONDS: Final = 0.0005
"""How long a thread may keep the interpreter while another waits for it.

Python's own 5 ms are too long here: the lane's thread gives the interpreter away with each of its many short SQLite
steps, and beside a busy event loop waits the whole interval to get it back (measured).
"""


@app.command("serve")
def serve(
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Make no demo tenant.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the API on a SQLite database that is made and migrated where needed; Ctrl-C or SIGTERM ends it.

    COUPONRY_HOST (127.0.0.1) and COUPONRY_PORT (8080) say where it listens. With --json one line is printed, when it
    is ready.
    """
    config = settings(data)
    stopped_by: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # as signal has it
        stopped_by.append(number)

    with closing(_bound_socket(config)) as listener, opened(config) as engine:
        facts = None if no_demo else demo_facts(engine, config)
        sys.setswitchinterval(_SWITCH_SECONDS)
        application = create_app(engine, config)
        server = _Server(_server_settings(application), lambda: announce(config, facts, as_json=as_json), stopped_by)
        # The server raises the signal that ended it once more when it is done; this makes that harmless.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, note)
        server.run(sockets=[listener])
    if signal.SIGINT in stopped_by:
        raise typer.Exit(EXIT_INTERRUPTED)


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, server_settings: uvicorn.Config, when_ready: Callable[[], None], stopped_by: list[int]) -> None:
        super().__init__(server_settings)
        self._when_ready = when_ready
        self._stopped_by = stopped_by

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.should_exit = self.should_exit or bool(self._stopped_by)  # a signal that came before its own handlers
        if not self.should_exit:
            self._when_ready()


def announce(config: Config, facts: Facts | None, *, as_json: bool) -> None:
    """Print where the server is and how to try it."""
    urls = {
        "api": f"{config.base_url}/v1",
        "docs": f"{config.base_url}/docs",
        "openapi": f"{config.base_url}/openapi.json",
        "health": f"{config.base_url}/healthz",
    }
    lines = {} if facts is None else curl_lines(facts)
    if as_json:
        ready = {"base_url": config.base_url, "urls": urls, "database": str(config.database_path), "pid": os.getpid()}
        print_json({**ready, "demo": facts, "try": lines})
    else:
        print_text(f"Couponry serves {config.base_url}", "")
        print_facts([*urls.items(), ("database", str(config.database_path)), *(fact_lines(facts) if facts else ())])
        for purpose, line in lines.items():
            print_text("", f"{purpose}:", line)
        print_text("", "Ctrl-C stops it.")
    flush()


def _server_settings(application: Any) -> uvicorn.Config:  # noqa: ANN401  # any ASGI application
    return uvicorn.Config(
        application,
        loop="auto",  # uvloop where it is installed
        http=BoundedHeadProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing reads the caller's address yet
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


def _bound_socket(config: Config) -> socket.socket:
    """Take the address before anything else is done, so that a second server says at once that it is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise UsageRefused("host_unknown", f"COUPONRY_HOST is '{config.host}', which is no address here.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _unbound(config, error) from error
    return listener


def _unbound(config: Config, error: OSError) -> CommandFailed:
    match error.errno:
        case errno.EADDRINUSE:
            return CommandFailed(
                "port_in_use",
                f"Port {config.port} of {config.host} is in use, perhaps by another Couponry. Stop that one, or choose "
                "another port with COUPONRY_PORT (make serve PORT=...).",
                port=config.port,
            )
        case errno.EACCES:
            return CommandFailed(
                "port_forbidden",
                f"This user may not listen on port {config.port}; choose one above 1023 with COUPONRY_PORT.",
                port=config.port,
            )
        case errno.EADDRNOTAVAIL:
            return UsageRefused(
                "host_unknown", f"COUPONRY_HOST is '{config.host}', which is no address of this machine."
            )
        case _:
            return CommandFailed("port_unusable", f"Cannot listen on {config.host}:{config.port}: {error.strerror}.")
