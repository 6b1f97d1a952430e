"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of text.")]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="Folder of the database; COUPONRY_DATA, else ./data."),
]
TenantOption = Annotated[
    str | None,
    typer.Option(
        "--tenant",
        metavar="NAME|ID",
        envvar="COUPONRY_TENANT",
        help="Whose. May be left out while there is only one tenant; with several it must be said.",
    ),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        metavar="TEXT",
        help="Repeating a command under the same key does nothing and prints the first answer again.",
    ),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most rows, 1 to 1000.")]
AfterOption = Annotated[
    str | None, typer.Option("--after", metavar="ID", help="The last id of the page before, for the next page.")
]
CustomerOption = Annotated[
    str | None, typer.Option("--customer", metavar="TEXT", help="Who uses it, in your own words.")
]
TotalOption = Annotated[
    str | None, typer.Option("--total", metavar="AMOUNT", help="Used on an order of one line, such as '25.00 EUR'.")
]
OrderOption = Annotated[
    str | None,
    typer.Option(
        "--order",
        metavar="JSON|FILE|-",
        help='Used on this order, as the API takes it: {"currency", "lines": [{"quantity", "unit_amount"}]}.',
    ),
]
