"""`rag keys`: make, list and remove the keys that the service asks for.

It does not know how they are kept or when they are asked for.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rag.cli.options import DataDirOption, JsonOption, ProfileOption, settings
from rag.cli.terminal import clean, complain, out, print_json, say
from rag.errors import NotFoundError
from rag.keys import SCOPES, KeyFile

keys = typer.Typer(no_args_is_help=True, help="Make, list and remove API keys of the service.")


class Allowed(StrEnum):
    """What a key may do."""

    read = "read"
    write = "write"


@keys.command("add", epilog="Example:  rag keys add laptop --scope read --scope write")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you will know it by.")],
    scope: Annotated[
        list[Allowed] | None,
        typer.Option(
            "--scope",
            help="read: ask, search, list. write: add and remove documents. May be repeated.",
            show_default="read",
        ),
    ] = None,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Make a key and print it, this once: only its digest is kept."""
    wanted = scope or [Allowed.read]
    secret = _file(profile, data_dir).add(name, [known for known in SCOPES if known in wanted])
    print(secret)
    say(f"Keep it: it cannot be shown again. It may {' and '.join(sorted(set(wanted)))}.")


@keys.command("ls", epilog="Example:  rag keys ls --json")
def ls(
    as_json: JsonOption = False, profile: ProfileOption = None, data_dir: DataDirOption = None
) -> None:
    """List the keys, without their secrets."""
    from rich.table import Table

    found = _file(profile, data_dir).known()
    if as_json:
        shown = ({k: v for k, v in asdict(key).items() if k != "sha256"} for key in found)
        print_json({"keys": list(shown)})
        return
    if not found:
        say("No keys. `rag keys add NAME` makes one; until then only this machine may ask.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for head in ("name", "may", "created"):
        table.add_column(head, overflow="fold")
    for key in found:
        made = datetime.fromtimestamp(key.created, UTC).strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(clean(key.name), ", ".join(key.scopes), made)
    out().print(table)


@keys.command("rm", epilog="Example:  rag keys rm laptop")
def rm(
    names: Annotated[list[str], typer.Argument(metavar="NAME…", help="Which to remove.")],
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Remove keys: a running service refuses them from the next request on."""
    file = _file(profile, data_dir)
    missing = False
    for name in names:
        try:
            file.remove(name)
        except NotFoundError as error:
            complain(error.message)
            missing = True
        else:
            out().print(f"removed {clean(name)}", soft_wrap=True)
    if missing:
        raise typer.Exit(2)


def _file(profile: str | None, data_dir: Path | None) -> KeyFile:
    return KeyFile(settings(profile, data_dir).data_dir)
