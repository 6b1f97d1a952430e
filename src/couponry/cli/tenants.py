"""Tenants on the command line."""

from datetime import datetime
from typing import Annotated

import typer
from msgspec import Struct

from couponry.cli.opening import existing, tenant_id_of
from couponry.cli.options import DataOption, JsonOption
from couponry.cli.printing import print_facts, print_json, print_table
from couponry.domain.tenants import Tenant

app = typer.Typer(rich_markup_mode=None)
group = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Make and list tenants.")
app.add_typer(group, name="tenant")


class TenantBody(Struct, frozen=True):
    """A tenant."""

    id: str
    name: str
    parent: str | None
    is_sandbox: bool
    created_at: datetime


@group.command("create")
def create(
    name: Annotated[str, typer.Argument(help="1 to 100 characters, no other tenant's.")],
    sandbox: Annotated[bool, typer.Option("--sandbox", help="For trying things out; its keys say 'test'.")] = False,
    parent: Annotated[str | None, typer.Option("--parent", metavar="NAME|ID", help="The tenant above it.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a tenant."""
    with existing(data) as engine:
        parent_id = None if parent is None else tenant_id_of(engine, parent)
        tenant = engine.tenants.create(name, is_sandbox=sandbox, parent_id=parent_id)
    body = tenant_body(tenant)
    if as_json:
        print_json(body)
    else:
        print_facts([("tenant", body.id), ("name", body.name), ("parent", body.parent), ("kind", _kind(body))])


@group.command("list")
def index(data: DataOption = None, as_json: JsonOption = False) -> None:
    """List all tenants, oldest first."""
    with existing(data) as engine:
        bodies = [tenant_body(tenant) for tenant in engine.tenants.list()]
    if as_json:
        print_json(bodies)
    else:
        rows = [[body.id, body.name, _kind(body), body.parent, f"{body.created_at:%Y-%m-%d}"] for body in bodies]
        print_table(["tenant", "name", "kind", "parent", "since"], rows, empty="There is no tenant yet.")


def tenant_body(tenant: Tenant) -> TenantBody:
    """Write a tenant."""
    return TenantBody(tenant.tenant_id, tenant.name, tenant.parent_id, tenant.is_sandbox, tenant.created_at)


def _kind(body: TenantBody) -> str:
    return "sandbox" if body.is_sandbox else "live"
