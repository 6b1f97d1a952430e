"""Texts of arrays are read by the server as the values they were made of."""

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from couponry.storage.postgres.arrays import array_text, named_pairs
from tests.postgres_server import Server

storable = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.fixture(scope="module")
def connection(postgres_server: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        yield connection


@given(values=st.lists(st.none() | storable | st.sampled_from(["NULL", "null", "{}", '"', "\\", "\\n", "\n", "\x7f"])))
def test_texts_come_back(connection: psycopg.Connection[tuple[object, ...]], values: list[str | None]) -> None:
    """Any texts and nulls come back as they are, in their order."""
    found = connection.execute("SELECT %s::text[]", [array_text(values)]).fetchone()
    assert found == (values,)


@given(values=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_numbers_come_back(connection: psycopg.Connection[tuple[object, ...]], values: list[int | None]) -> None:
    """Any whole numbers and nulls come back as they are, in their order."""
    found = connection.execute("SELECT %s::bigint[]", [array_text(values)]).fetchone()
    assert found == (values,)


def test_names_that_cannot_exist_are_left_out() -> None:
    """A name with U+0000, which PostgreSQL cannot hold, is not asked for; the others come in order."""
    assert named_pairs({("t", "b"), ("t", "a\0"), ("t\0", "a"), ("t", "a")}) == ('{"t","t"}', '{"a","b"}')
