"""Fixtures for tests of your own that ask the engine; pytest loads them with the package.

    rag_engine   something with `ask` and `verify`: the engine over a temporary folder with the seed
                 articles, to which more may be added; with --rag-data-dir over that folder, read
                 only; with --rag-url a client of a running service
    ask          `rag_engine.ask`

The assertions are in `rag.testing`. Loading this costs nothing: the engine is imported when the
first test wants it. It does not know what is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rag.engine import Engine
    from rag.service_client import ServiceClient
    from rag.types import Answer

_OPTIONS = {
    "rag_url": "the address of a running service, asked instead of an engine of this process",
    "rag_data_dir": "an existing data folder, instead of a new one with the seed articles",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("geungeo", "questions about documents (geungeo)")
    for name, what in _OPTIONS.items():
        group.addoption(f"--{name.replace('_', '-')}", dest=name, metavar="WHERE", help=what)
        parser.addini(name, what)


@pytest.fixture(scope="session")
def rag_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine | ServiceClient]:
    """The engine that answers, or a client of a running service with the same two methods."""
    config = request.config
    url = config.getoption("rag_url") or config.getini("rag_url")
    folder = _data_dir(config)
    if url and folder:
        raise pytest.UsageError("--rag-url and --rag-data-dir exclude each other: give one.")
    if url:
        from rag.service_client import ServiceClient

        yield ServiceClient(url)
        return
    from rag.engine import open_engine
    from rag.profile import load_profile

    place = folder or tmp_path_factory.mktemp("geungeo") / "data"
    profile = load_profile(overrides={"data_dir": str(place)})
    with open_engine(profile, write=folder is None, seeds=folder is None) as engine:
        yield engine


def _data_dir(config: pytest.Config) -> Path | None:
    """The command line's folder, relative to where it was typed, else the configuration's,
    relative to the configuration."""
    if typed := config.getoption("rag_data_dir"):
        return config.invocation_params.dir / str(typed)
    written = config.getini("rag_data_dir")
    return config.rootpath / str(written) if written else None


@pytest.fixture(scope="session")
def ask(rag_engine: Engine | ServiceClient) -> Callable[..., Answer]:
    """Ask a question; keyword arguments as of `Engine.ask`."""
    return rag_engine.ask
