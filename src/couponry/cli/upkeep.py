"""Upkeep of an installation: make it, migrate it, fill it with the demo, examine it, measure it."""

from typing import Annotated, Any

import typer

from couponry.cli.complaints import EXIT_REFUSED, CommandFailed
from couponry.cli.options import DataOption, JsonOption
from couponry.cli.printing import flush, print_facts, print_json, print_table
from couponry.config import Config

app = typer.Typer(rich_markup_mode=None)


@app.command("init")
def init(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Make the database and its key file, where they are missing, and say where they are."""
    from couponry.cli.opening import opened, settings

    config = settings(data)
    is_fresh = not config.database_path.exists()
    with opened(config):
        pass
    places = _places(config)
    if as_json:
        print_json({**places, "is_fresh": is_fresh})
        return
    print_facts(
        [("database", places["database"]), ("key file", places["key_file"] or "none: COUPONRY_MASTER_KEY is set")]
    )
    if is_fresh and places["key_file"] is not None:
        print_facts([("", "Back both up: without the key file no code in the database can be read.")])


@app.command("migrate")
def migrate(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Bring the database to this version's schema; every start of the server does so too."""
    from couponry.bootstrap import migrate as migrate_database
    from couponry.cli.opening import settings

    config = settings(data)
    before, after = migrate_database(config)
    if as_json:
        print_json({**_places(config), "from": before, "to": after})
        return
    change = f"{after}, as before" if before == after else f"{before or 'none'} to {after}"
    print_facts([("database", str(config.database_path.absolute())), ("schema", change)])


@app.command("demo")
def demo(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Make the demo tenant where it is missing, and print its keys and campaigns; the same at each run."""
    from couponry.cli.demonstration import curl_lines, demo_facts, fact_lines
    from couponry.cli.opening import opened, settings
    from couponry.cli.printing import print_text

    config = settings(data)
    with opened(config) as engine:
        facts = demo_facts(engine, config)
    if as_json:
        print_json(facts)
        return
    print_facts([("server", f"{facts['base_url']} (once 'couponry serve' runs)"), *fact_lines(facts)])
    for purpose, line in curl_lines(facts).items():
        print_text("", f"{purpose}:", line)


@app.command("doctor")
def doctor(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Look at the database and say what is wrong with it; exit code 1 when something is.

    With --json the findings are the one document on standard output, wrong or not; standard error stays empty.
    """
    from couponry.cli.opening import existing

    with existing(data) as engine:
        findings = engine.doctor()
    failed = [finding.check for finding in findings if not finding.is_ok]
    if as_json:
        print_json(findings)
        raise typer.Exit(EXIT_REFUSED if failed else 0)
    rows = [[finding.check, "ok" if finding.is_ok else "WRONG", finding.message] for finding in findings]
    print_table(["check", "state", "finding"], rows, empty="There was nothing to look at.")
    if failed:
        flush()
        raise CommandFailed("unhealthy", f"Look at: {', '.join(failed)}.", checks=failed)


@app.command("bench")
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="A short run, for a rough idea.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="FIGURE", help="Only this one, repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, one for each figure.")] = False,
) -> None:
    """Measure speed and memory on this machine, in a folder of its own; your data is not touched.

    Exit code 0 when every figure was measured, met or not (each line says which); 1 when one could not be.
    """
    from couponry.bench import main

    raise typer.Exit(main(quick=quick, json_lines=as_json, only=only or []))


def _places(config: Config) -> dict[str, Any]:
    return {
        "data": str(config.data.absolute()),
        "database": str(config.database_path.absolute()),
        "key_file": None if config.master_keys else str(config.key_path.absolute()),
    }
