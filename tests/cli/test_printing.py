"""Printing: nothing is lost on the way to standard output."""

import io
from types import SimpleNamespace

import pytest

from couponry.cli.printing import write


class SmallMouth(io.RawIOBase):
    """An unbuffered stream that takes a few bytes at a time, as a pipe may."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: "memoryview[int]") -> int:  # type: ignore[override]  # the buffer that we are given
        self.taken += bytes(data[:7])
        return min(len(data), 7)


def test_every_byte_arrives_unbuffered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that takes a part of what it is given is given the rest."""
    mouth = SmallMouth()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=mouth))
    write(b"0123456789" * 10)
    assert mouth.taken == b"0123456789" * 10
