"""Errors of the domain: each carries a stable code, a sentence for people and the values that failed."""


class DomainError(Exception):
    """The request could not be carried out."""

    def __init__(self, code: str, message: str, *, field: str | None = None, **values: object) -> None:
        """Keep what failed.

        Args:
            code: stable machine-readable name, `lower_snake_case`, listed in `http.problems`.
            message: what was wrong and what would be right.
            field: path of the input that was wrong, such as `benefit.percent_off`.
            values: the numbers and texts a caller may want to show, by name.
        """
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.values = values


class InvalidValue(DomainError, ValueError):
    """A value is outside what the domain allows, whatever the state of the world."""


class NotFound(DomainError):
    """The tenant has nothing by that name; another tenant's things answer the same."""

    def __init__(self, kind: str, name: str) -> None:
        """Say which kind of thing is missing, and the name that was asked for."""
        super().__init__("not_found", f"No {kind} '{name}'.", kind=kind)


class Conflict(DomainError):
    """The state of the world does not allow the change."""
