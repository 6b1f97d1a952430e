"""What every test gets: no network beyond this machine, and one Hypothesis profile."""

import ipaddress
import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "couponry",
    deadline=None,  # a slow machine is no failure
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],  # as the deadline
)
settings.load_profile("couponry")


class NetworkRefusedError(RuntimeError):
    """A test tried to leave this machine."""


def refuse_unless_loopback(host: object) -> None:
    """Raise NetworkRefusedError unless the host is this machine."""
    text = host.decode() if isinstance(host, bytes) else host
    if text in {None, "", "localhost"}:
        return
    try:
        is_loopback = ipaddress.ip_address(str(text)).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        message = f"tests may connect to loopback only, not to {text!r}"
        raise NetworkRefusedError(message)


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Refuse connections and look-ups that would leave this machine."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(own: socket.socket, address: object) -> None:
        if own.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
            refuse_unless_loopback(address[0])

    def guarded_connect(own: socket.socket, address: tuple[str, int]) -> None:
        check(own, address)
        connect(own, address)

    def guarded_connect_ex(own: socket.socket, address: tuple[str, int]) -> int:
        check(own, address)
        return connect_ex(own, address)

    def guarded_getaddrinfo(host: bytes | str | None, *rest: object, **options: object) -> object:
        refuse_unless_loopback(host)
        return getaddrinfo(host, *rest, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield
