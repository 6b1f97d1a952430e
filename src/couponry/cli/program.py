"""The program: finds the command, runs it, and turns whatever goes wrong into a message and an exit code."""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from couponry.cli.printing import PipeClosed, flush, print_text

EXIT_INTERRUPTED: Final = 130
EXIT_PIPE_CLOSED: Final = 141

_COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "serve": ("serving", "Serve the API on a SQLite database, with a demo tenant to try."),
    "init": ("upkeep", "Make the database and its key file."),
    "migrate": ("upkeep", "Bring the database to this version's schema."),
    "demo": ("upkeep", "Make the demo tenant where it is missing, and print its keys and campaigns."),
    "tenant": ("tenants", "Make and list tenants."),
    "key": ("keys", "Make, list and revoke API keys."),
    "campaign": ("campaigns", "Make, change, pause, archive and sum up campaigns."),
    "mint": ("minting", "Mint a batch of codes."),
    "export": ("exporting", "Write the codes of a batch, or check a file against them."),
    "import": ("importing", "Take over existing codes from a file."),
    "coupon": ("coupons", "Look up, activate, void and assign single coupons."),
    "validate": ("redemptions", "Ask what redeeming a code would do; changes nothing."),
    "redeem": ("redemptions", "Use a code."),
    "rollback": ("redemptions", "Undo a redemption, whole or in part."),
    "doctor": ("upkeep", "Look at the database and say what is wrong with it."),
    "bench": ("upkeep", "Measure speed and memory on this machine."),
}
"""Module and line of help for each command; a module is imported when its command is used, so that all start fast."""


class _Program(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002  # as Typer has it
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002  # as Typer has it
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"couponry.cli.{_COMMANDS[cmd_name][0]}")
        found = typer.main.get_command(module.app)
        return found.commands[cmd_name] if isinstance(found, TyperGroup) and cmd_name in found.commands else found

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002  # as Typer has it
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


app = typer.Typer(cls=_Program, add_completion=False, rich_markup_mode=None)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        print_text(f"couponry {version('couponry')}")
        raise typer.Exit


@app.callback(no_args_is_help=True)
def _couponry(
    *,
    version: Annotated[  # its callback does the work
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Issue, distribute, validate and redeem coupons, on your own server.

    Commands work on the database in the data folder (--data, or COUPONRY_DATA, or ./data), also beside a running
    server. COUPONRY_HOST and COUPONRY_PORT say where the server listens. Every command takes --json.

    Exit codes: 0 fine, 1 refused (the reason is printed), 2 wrong usage.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    as_json = "--json" in options
    try:
        _require_text(arguments)
        code = typer.main.get_command(app).main(args=arguments, prog_name="couponry", standalone_mode=False)
        flush()
        return code if isinstance(code, int) else 0
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except PipeClosed:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more is said at the exit
        return EXIT_PIPE_CLOSED
    except Exception as error:
        from couponry.cli.complaints import complain

        exit_code = complain(error, as_json=as_json)
        if exit_code is None:
            raise
        return exit_code


def _require_text(arguments: Sequence[str]) -> None:
    """Refuse bytes that are no text in the terminal's encoding; they could not be stored or printed."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            raise typer.BadParameter(f"{argument!a} is not UTF-8.") from error
