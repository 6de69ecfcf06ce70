"""`rag docs`: list, show and remove the stored documents.

It does not know how they are stored.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.cli.options import DataDirOption, JsonOption, ProfileOption, opened
from rag.cli.terminal import clean, complain, out, print_json, say
from rag.errors import InputError, NotFoundError
from rag.types import DocumentInfo

if TYPE_CHECKING:
    from rich.table import Table

    from rag.engine import Engine

docs = typer.Typer(no_args_is_help=True, help="List, show and remove documents.")

# Narrower than this there is no room for both a title and a source.
_ROOM_FOR_SOURCE = 80
_UNCUT = 10_000
_NAMES = ("title", "source")
_GAP = 2
_LEAST = 8


@docs.command("ls", epilog="Example:  rag docs ls --collection news")
def ls(
    as_json: JsonOption = False,
    collection: Annotated[
        str | None,
        typer.Option(
            "--collection", metavar="NAME", help="Only this collection.", show_default=False
        ),
    ] = None,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """List the documents."""
    with opened(profile, data_dir) as engine:
        rows = list(_all_documents(engine, collection))
    if as_json:
        print_json({"documents": rows, "next": None})
    elif not rows:
        say("No documents yet. `rag ingest PATH` adds some.")
    else:
        screen = out()
        # A pipe gets whole titles, so that grep finds them.
        if not screen.is_terminal:
            screen.width = _UNCUT
        screen.print(documents_table(rows, screen.width))


@docs.command("show", epilog="Example:  rag docs show doc_0123abcd")
def show(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="Its id or its source, from `rag docs ls`.")
    ],
    as_json: JsonOption = False,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Print the text of a document."""
    with opened(profile, data_dir) as engine:
        document = engine.document(_id_of(engine, name))
        info = engine.document_info(document.id)
    if as_json:
        print_json({**asdict(info), "text": document.text})
        return
    text = clean(document.text) if sys.stdout.isatty() else document.text
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


@docs.command("rm", epilog="Example:  rag docs rm doc_0123abcd doc_4567cdef")
def rm(
    names: Annotated[
        list[str], typer.Argument(metavar="ID…", help="Ids or sources of which to remove.")
    ],
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Remove documents: they are unreachable from the next question on."""
    missing = False
    with opened(profile, data_dir, write=True) as engine:
        for name in names:
            try:
                engine.remove(_id_of(engine, name))
            except (NotFoundError, InputError) as error:
                complain(error.message)
                missing = True
            else:
                out().print(f"removed {clean(name)}", soft_wrap=True)
    if missing:
        raise typer.Exit(2)


def _id_of(engine: Engine, name: str) -> str:
    """The id of the document that has this source; `name` itself when it is an id or unknown."""
    ids = [row.document_id for row in _all_documents(engine, None) if row.source == name]
    if len(ids) > 1:
        raise InputError(f"{name} is in several collections. Name one of: {', '.join(ids)}.")
    return ids[0] if ids else name


def documents_table(rows: list[DocumentInfo], width: int) -> Table:
    """One row per document in at most `width` cells: ids whole, titles and sources cut to fit."""
    from rich.cells import cell_len
    from rich.table import Table

    names = _NAMES if width >= _ROOM_FOR_SOURCE else _NAMES[:1]
    cells = [_cells(row, with_source=len(names) > 1) for row in rows]
    heads = ("id", *names, "lang", "chunks", "chars")
    widths = [max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)]
    widths[1 : 1 + len(names)] = _fitted(widths, len(names), width)
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    for head, room in zip(heads, widths, strict=True):
        side: Literal["left", "right"] = "right" if head in ("chunks", "chars") else "left"
        table.add_column(head, width=room, no_wrap=True, overflow="ellipsis", justify=side)
    for row in cells:
        table.add_row(*row)
    return table


def _fitted(widths: list[int], names: int, width: int) -> list[int]:
    """The widths of the columns of names (they follow the id): what they need, or what is left
    beside the others, of which a source gets a third or what the title does not need."""
    wanted = widths[1 : 1 + names]
    others = sum(widths) - sum(wanted) + _GAP * (len(widths) - 1)
    room = max(width - others, _LEAST * names)
    if sum(wanted) <= room:
        return wanted
    if names == 1:
        return [room]
    source = min(wanted[1], max(room // 3, room - wanted[0]))
    return [room - source, source]


def _cells(row: DocumentInfo, *, with_source: bool) -> list[str]:
    from rag.cli.render import one_line

    names = [row.title or row.source, row.source] if with_source else [row.title or row.source]
    texts = [row.document_id, *names, ",".join(row.languages)]
    return [*(clean(one_line(text)) for text in texts), f"{row.chunks:,}", f"{row.characters:,}"]


def _all_documents(engine: Engine, collection: str | None) -> Iterator[DocumentInfo]:
    after: str | None = None
    while True:
        page = engine.documents(collection, limit=1000, after=after)
        yield from page.documents
        if page.next is None:
            return
        after = page.next
