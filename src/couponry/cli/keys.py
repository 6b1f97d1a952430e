"""API keys on the command line."""

from typing import Annotated

import msgspec
import typer

from couponry.cli.opening import for_tenant, key_of
from couponry.cli.options import DataOption, JsonOption, KeyOption, TenantOption
from couponry.cli.printing import print_facts, print_json, print_table
from couponry.domain.tenants import SCOPES, KeyKind
from couponry.http.api.keys import key_body
from couponry.http.api.shapes_out import KeyBody, NewKeyBody

app = typer.Typer(rich_markup_mode=None)
group = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(group, name="key")


@group.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What you call it, 1 to 100 characters.")],
    kind: Annotated[
        KeyKind, typer.Option(help="secret: for your servers; publishable: for anybody, it may only validate.")
    ] = KeyKind.SECRET,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=f"What it may do, repeatable; all where left out: {', '.join(SCOPES)}."),
    ] = None,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key; it is printed this once."""
    scopes = tuple(scope) if scope else None
    with for_tenant(data, tenant) as (engine, tenant_id):
        made = engine.keys.create(tenant_id, kind, name, scopes, key_of(key, "key create", kind, name, scopes)).value
    body = NewKeyBody(**msgspec.structs.asdict(key_body(made.key)), key=made.text)
    if as_json:
        print_json(body)
    else:
        told = body.key or f"{body.hint}... (told once, when it was made)"
        print_facts([("key", told), ("id", body.id), ("name", body.name), ("kind", body.kind), *_scopes(body)])


@group.command("list")
def index(tenant: TenantOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """List a tenant's keys, oldest first, revoked ones too."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        bodies = [key_body(key) for key in engine.keys.list(tenant_id)]
    if as_json:
        print_json(bodies)
    else:
        rows = [
            [body.id, body.hint, body.kind, body.name, f"{body.created_at:%Y-%m-%d}", _state(body)] for body in bodies
        ]
        print_table(["id", "begins", "kind", "name", "since", "state"], rows, empty="The tenant has no key yet.")


@group.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, key_...")],
    tenant: TenantOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke a key; a running server refuses it within a second."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        body = key_body(engine.keys.revoke(tenant_id, key_id))
    if as_json:
        print_json(body)
    else:
        print_facts([("id", body.id), ("name", body.name), ("state", _state(body))])


def _scopes(body: KeyBody) -> list[tuple[str, str]]:
    return [("scopes", ", ".join(body.scopes))]


def _state(body: KeyBody) -> str:
    return "in use" if body.revoked_at is None else f"revoked {body.revoked_at:%Y-%m-%d %H:%M}Z"
