"""Calls: one request on its way to one operation, with everything a handler may ask of it."""

from collections.abc import Mapping
from functools import cached_property
from typing import TypeVar

import msgspec
from litestar.types import HTTPScope

from couponry.domain.commands import IdempotencyKey
from couponry.domain.tenants import ApiKey
from couponry.engine.engine import Engine
from couponry.engine.idempotency import idempotency_key
from couponry.engine.ports import Page
from couponry.http.answers import Header
from couponry.http.bodies import decode_json
from couponry.http.etags import expected_version
from couponry.http.paging import page_of
from couponry.http.queries import Parameter, read_query

T = TypeVar("T")

REPLAYED: Header = (b"idempotent-replayed", b"true")


class Call:
    """One authenticated request.

    Attributes:
        arguments: the variable parts of the path, decoded.
        body: as it came.
    """

    def __init__(
        self,
        engine: Engine,
        key: ApiKey,
        scope: HTTPScope,
        headers: Mapping[bytes, bytes],
        arguments: Mapping[str, str],
        parameters: tuple[Parameter, ...],
    ) -> None:
        """Take what the pipeline has read."""
        self.engine = engine
        self.key = key
        self.tenant_id = key.tenant_id
        self.headers = headers
        self.arguments = arguments
        self.body = b""
        self._scope = scope
        self._parameters = parameters

    @cached_property
    def query(self) -> Mapping[str, str | int | bool | None]:
        """The query parameters; what is absent has its default."""
        return read_query(self._scope["query_string"], self._parameters)

    @property
    def page(self) -> Page:
        """The page of a list that is asked for."""
        return page_of(self.query)

    @property
    def expected_version(self) -> int | None:
        """The version that `If-Match` names, or None."""
        return expected_version(self.headers)

    def decoded(self, decoder: msgspec.json.Decoder[T]) -> T:
        """Decode the body."""
        return decode_json(decoder, self.body)

    def text(self, name: str) -> str | None:
        """Read a text from the query."""
        value = self.query[name]
        return None if value is None else str(value)

    def number(self, name: str) -> int | None:
        """Read a whole number from the query."""
        value = self.query[name]
        return None if value is None else int(value)

    def flag(self, name: str) -> bool:
        """Read a boolean from the query."""
        return self.query[name] is True

    def idempotency(self, use_case: str, *parts: object) -> IdempotencyKey | None:
        """Build the key of this request from its `Idempotency-Key`; None without one."""
        text = self.headers.get(b"idempotency-key")
        return None if text is None else idempotency_key(text.decode("latin-1"), use_case, *parts)


def replayed(*, is_replay: bool) -> tuple[Header, ...]:
    """Give the header that tells a replay, or none."""
    return (REPLAYED,) if is_replay else ()
