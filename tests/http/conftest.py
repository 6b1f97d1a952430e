"""One server for all tests of the HTTP surface; each test has a tenant of its own."""

from collections.abc import Callable, Iterator

import pytest

from couponry.engine.engine import Engine
from tests.http.server import Tenant, serving

Served = tuple[Engine, str]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a fresh database."""
    with serving(tmp_path_factory.mktemp("http")) as engine_and_address:
        yield engine_and_address


@pytest.fixture
def new_tenant(served: Served) -> Iterator[Callable[[], Tenant]]:
    """Make tenants."""
    made: list[Tenant] = []

    def make() -> Tenant:
        made.append(Tenant(*served))
        return made[-1]

    yield make
    for tenant in made:
        tenant.http.close()


@pytest.fixture
def shop(new_tenant: Callable[[], Tenant]) -> Tenant:
    """Make one tenant."""
    return new_tenant()
