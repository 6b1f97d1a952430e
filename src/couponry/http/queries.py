"""Query parameters: read strictly, so that a mistyped name or value is an error and not a surprise."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from msgspec import Struct

from couponry.domain.errors import InvalidValue

_BOOLEANS: Final = {"true": True, "false": False}
_MAX_PARAMETERS: Final = 50
_MAX_DIGITS: Final = 19


class Parameter(Struct, frozen=True):
    """A query parameter that an operation takes.

    Attributes:
        kind: `text`, `integer` or `boolean`.
        minimum: smallest integer allowed.
        maximum: largest integer, or most characters of a text.
        choices: what a text may be; empty for anything.
    """

    name: str
    explanation: str
    kind: str = "text"
    default: str | int | bool | None = None
    minimum: int = 0
    maximum: int = 500
    choices: tuple[str, ...] = ()

    def read(self, text: str) -> str | int | bool:
        """Read the parameter's value, or raise `parameter_invalid`."""
        match self.kind:
            case "boolean" if text in _BOOLEANS:
                return _BOOLEANS[text]
            case "boolean":
                raise self._invalid("must be true or false")
            case "integer":
                is_number = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
                if not is_number or not self.minimum <= int(text) <= self.maximum:
                    raise self._invalid(f"must be a whole number from {self.minimum} to {self.maximum}")
                return int(text)
            case _:
                if self.choices and text not in self.choices:
                    raise self._invalid(f"must be one of {', '.join(self.choices)}")
                if not 1 <= len(text) <= self.maximum or not text.isprintable():
                    raise self._invalid(f"must have 1 to {self.maximum} printable characters")
                return text

    def _invalid(self, rule: str) -> InvalidValue:
        return InvalidValue("parameter_invalid", f"{self.name} {rule}.", field=self.name)


def read_query(query_string: bytes, parameters: tuple[Parameter, ...]) -> Mapping[str, str | int | bool | None]:
    """Read a query string by an operation's parameters; what is absent has its default."""
    values: dict[str, str | int | bool | None] = {parameter.name: parameter.default for parameter in parameters}
    if not query_string:
        return values
    by_name = {parameter.name: parameter for parameter in parameters}
    seen = set()
    for name, text in _pairs(query_string):
        parameter = by_name.get(name)
        if parameter is None:
            known = ", ".join(by_name) or "none"
            raise InvalidValue(
                "parameter_invalid",
                f"There is no query parameter '{name[:64]}' here; there are: {known}.",
                field=name[:64],
            )
        if name in seen:
            raise InvalidValue("parameter_invalid", f"{name} is given twice; give it once.", field=name)
        seen.add(name)
        values[name] = parameter.read(text)
    return values


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_PARAMETERS,
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidValue("parameter_invalid", "The query string must be percent-encoded UTF-8.") from error
