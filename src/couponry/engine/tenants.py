"""Use cases of tenants."""

from collections.abc import Sequence

from couponry.domain.errors import InvalidValue, NotFound
from couponry.domain.tenants import Tenant
from couponry.domain.texts import require_text
from couponry.engine.workshop import Workshop

MAX_NAME_LENGTH = 100


class Tenants:
    """Use cases of tenants."""

    def __init__(self, workshop: Workshop) -> None:
        """Take the tools of the house."""
        self._workshop = workshop

    def create(self, name: str, *, is_sandbox: bool = False, parent_id: str | None = None) -> Tenant:
        """Make a tenant.

        Args:
            name: 1 to 100 characters, unique.
            is_sandbox: whether it is for trying things out.
            parent_id: the tenant above it, or None.

        Returns:
            the tenant.

        Raises:
            InvalidValue: `name_out_of_range`, `name_taken`, `text_not_storable`.
            NotFound: no such parent.
        """
        if not 1 <= len(name.strip()) <= MAX_NAME_LENGTH:
            raise InvalidValue("name_out_of_range", f"name must have 1 to {MAX_NAME_LENGTH} characters.", field="name")
        require_text(name, "name")
        with self._workshop.store.write() as writer:
            if writer.tenant_named(name) is not None:
                raise InvalidValue("name_taken", f"There is a tenant named '{name}' already.", field="name")
            if parent_id is not None and writer.tenant(parent_id) is None:
                raise NotFound("tenant", parent_id)
            tenant = Tenant(
                tenant_id=self._workshop.identifiers.new("ten"),
                parent_id=parent_id,
                name=name,
                is_sandbox=is_sandbox,
                created_at=self._workshop.clock.now(),
            )
            writer.insert_tenant(tenant)
        return tenant

    def get(self, tenant_id: str) -> Tenant:
        """Find a tenant; raises NotFound."""
        with self._workshop.store.read() as reader:
            tenant = reader.tenant(tenant_id)
        if tenant is None:
            raise NotFound("tenant", tenant_id)
        return tenant

    def named(self, name: str) -> Tenant | None:
        """Find a tenant by its name."""
        with self._workshop.store.read() as reader:
            return reader.tenant_named(name)

    def list(self) -> Sequence[Tenant]:
        """List all tenants, oldest first."""
        with self._workshop.store.read() as reader:
            return reader.tenants()
