"""The guard that keeps tests on this machine."""

import socket

import pytest


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_address_of_another_machine_is_refused(address: str) -> None:
    """A connection to another machine fails before a packet leaves."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as own, pytest.raises(RuntimeError, match="loopback only"):
        own.connect((address, 80))


def test_name_of_another_machine_is_refused() -> None:
    """A look-up of a name that is not this machine fails before a packet leaves."""
    with pytest.raises(RuntimeError, match="loopback only"):
        socket.getaddrinfo("shop.example", 443)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    """A test may talk to a server that it started itself."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1])) as own,
    ):
        assert own.getpeername()[0] == "127.0.0.1"
