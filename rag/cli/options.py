"""What the commands share: their common options, and opening the engine for one of them.

It does not know what a command does with the engine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from rag.cli.terminal import say, watching
from rag.errors import BusyError

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.profile import Profile
    from rag.service_client import ServiceClient

T = TypeVar("T")
PLACE = "Where"

ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="The settings to use: a name or a .yaml file (RAG_PROFILE).",
        rich_help_panel=PLACE,
    ),
]
DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="The folder of the documents and indexes (RAG_DATA_DIR).",
        rich_help_panel=PLACE,
    ),
]
CollectionOption = Annotated[
    str,
    typer.Option("--collection", metavar="NAME", help="The collection.", rich_help_panel=PLACE),
]
UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        help="Ask a running service; RAG_API_KEY is its key, where it wants one.",
        rich_help_panel=PLACE,
    ),
]
TopKOption = Annotated[
    int | None,
    typer.Option(
        "--top-k",
        min=1,
        max=50,
        metavar="N",
        help="How many passages to read.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else.")
]


def settings(
    profile: str | None, data_dir: Path | None, flags: Mapping[str, object] | None = None
) -> Profile:
    """The profile that the flags (by dotted key), the environment and the files make together."""
    from rag.profile import load_profile

    folder = None if data_dir is None else str(data_dir)
    return load_profile(profile, overrides={"data_dir": folder, **(flags or {})})


@contextmanager
def opened(profile: str | None, data_dir: Path | None, *, write: bool = False) -> Iterator[Engine]:
    """The engine over the data folder. A new folder that is only to be read gets the bundled
    articles first, so that there is something to read.

    Raises RagError as `open_engine` does, and ProfileError.
    """
    chosen = settings(profile, data_dir)
    seeds = not write
    if seeds and _is_new(chosen.data_dir):
        say(f"{chosen.data_dir} is new: reading the bundled articles into it first.")
    with watching("Opening") as progress:
        from rag.engine import open_engine

        engine = open_engine(chosen, write=write, seeds=seeds, progress=progress)
    with engine:
        yield engine


def told(argument: str) -> str:
    """An argument as it is meant: a dash stands for standard input."""
    return sys.stdin.read() if argument == "-" else argument


@contextmanager
def asked(
    url: str | None, profile: str | None, data_dir: Path | None
) -> Iterator[Engine | ServiceClient]:
    """Who answers: the service at `url` or the one that holds the data folder, else an engine."""
    with ExitStack() as stack:
        yield service_or(
            url, profile, data_dir, lambda: stack.enter_context(opened(profile, data_dir))
        )


def service_or(
    url: str | None, profile: str | None, data_dir: Path | None, open_own: Callable[[], T]
) -> T | ServiceClient:
    """The service at `url`; without one, the service that holds the data folder, if one does;
    else what `open_own` opens. Raises RagError."""
    from rag.service_client import ServiceClient, find_service

    if url is not None:
        return ServiceClient(url)
    folder = settings(profile, data_dir).data_dir
    if service := find_service(folder):
        return service
    try:
        return open_own()
    except BusyError:
        # It may have been starting when we looked.
        if service := find_service(folder):
            return service
        raise


def _is_new(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
