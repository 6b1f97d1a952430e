"""The benchmark: one module for each figure; `main` runs them. Nothing in the product knows it."""

from couponry.bench.runner import main

__all__ = ["main"]
