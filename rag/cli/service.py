"""`rag serve`, `rag doctor` and `rag config show`: start the service, and look at the installation.

It does not know the HTTP service: `serve` finds it by name when it is called.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.options import DataDirOption, JsonOption, ProfileOption, opened, settings
from rag.cli.terminal import clean, out, print_json, watching
from rag.errors import ModelError
from rag.types import Check

if TYPE_CHECKING:
    from rag.engine import Engine

config = typer.Typer(no_args_is_help=True, help="Look at the settings.")


def serve(
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="HOST",
            help="The address to listen on (RAG_HOST).",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=0,
            max=65535,
            metavar="N",
            help="The port; 0 takes a free one (RAG_PORT).",
        ),
    ] = None,
    no_seeds: Annotated[
        bool, typer.Option("--no-seeds", help="Start empty, without the bundled articles.")
    ] = False,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Serve the HTTP interface."""
    chosen = settings(profile, data_dir, {"server.host": host, "server.port": port})
    # Found by name: the terminal program and the service must not depend on each other.
    server = importlib.import_module("api.server")
    raise typer.Exit(server.serve(chosen, seeds=not no_seeds))


def doctor(profile: ProfileOption = None, data_dir: DataDirOption = None) -> None:
    """Check that everything works, and say what to do if not."""
    from rich.text import Text

    from rag.cli.render import printed, wrapped
    from rag.doctor import check_models

    with opened(profile, data_dir) as engine, watching("Checking"):
        checks = [*check_models(engine), *_store_checks(engine)]
    screen = out()
    for check in checks:
        sign = Text("ok    " if check.ok else "FAIL  ", style="green" if check.ok else "bold red")
        line = Text(clean(f"{check.name}: {check.detail}"))
        lines = wrapped(line, screen.width, " " * len(sign))
        lines[0] = Text.assemble(sign, lines[0][len(sign) :])
        if check.remedy and not check.ok:
            lines += wrapped(Text(clean(check.remedy)), screen.width, " " * len(sign))
        printed(screen, lines)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _store_checks(engine: Engine) -> tuple[Check, ...]:
    try:
        return engine.check()
    except ModelError as error:  # the index cannot be compared with an embedder that is down
        return (Check("index", False, error.type, error.message),)


@config.command("show", epilog="Example:  RAG__RETRIEVAL__TOP_K=12 rag config show")
def show(
    as_json: JsonOption = False,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Print every setting and where its value comes from."""
    from rich.table import Table

    chosen = settings(profile, data_dir)
    values = chosen.flat()
    if as_json:
        entries = {k: {"value": v, "origin": chosen.origins[k]} for k, v in values.items()}
        print_json({"profile": chosen.name, "settings": entries})
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("key", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("where from", overflow="fold")
    for key, value in values.items():
        table.add_row(key, clean(str(value)), clean(chosen.origins[key]))
    out().print(table)
