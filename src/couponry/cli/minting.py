"""Minting on the command line."""

from typing import Annotated

import typer

from couponry.cli.opening import for_tenant, key_of
from couponry.cli.options import DataOption, JsonOption, KeyOption, TenantOption
from couponry.cli.printing import print_facts, print_json
from couponry.http.api.batches import batch_body

app = typer.Typer(rich_markup_mode=None)


@app.command("mint")
def mint(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id, cmp_...")],
    count: Annotated[int, typer.Argument(help="How many codes, 1 to 2^62.")],
    inactive: Annotated[bool, typer.Option("--inactive", help="The coupons wait for their activation.")] = False,
    tenant: TenantOption = None,
    key: KeyOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Mint a batch of codes; a billion take as long as one."""
    with for_tenant(data, tenant) as (engine, tenant_id):
        idempotency = key_of(key, "mint", campaign, count, inactive)
        done = engine.batches.mint(tenant_id, campaign, count, is_active=not inactive, key=idempotency)
    body = batch_body(done.value)
    if as_json:
        print_json(body)
        return
    print_facts(
        [
            ("batch", body.id),
            ("campaign", body.campaign),
            ("count", f"{body.count:,}"),
            ("state", "active" if body.is_active else "waits for activation"),
            ("read it with", f"couponry export {body.id} --output codes.csv"),
        ]
    )
