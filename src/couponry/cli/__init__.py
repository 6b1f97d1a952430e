"""The command line: every use case of the engine, for people and for scripts."""

from couponry.cli.program import main

__all__ = ["main"]
