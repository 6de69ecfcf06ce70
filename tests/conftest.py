"""Shared by all tests: one engine over the seed articles, and profiles over fresh folders."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag.engine import Engine, open_engine
from rag.profile import Profile, load_profile

MakeProfile = Callable[..., Profile]

# A shell lets what it starts in the background ignore interrupts, and so would all that the tests
# start in turn; some of those are interrupted.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def make_profile(tmp_path: Path) -> MakeProfile:
    """A profile over a folder of this test; keyword arguments set keys, `__` for the dot."""

    def make(folder: str = "data", **settings: object) -> Profile:
        keys = {name.replace("__", "."): value for name, value in settings.items()}
        return load_profile(overrides={"data_dir": str(tmp_path / folder), **keys}, environ={})

    return make


@pytest.fixture
def engine(make_profile: MakeProfile) -> Iterator[Engine]:
    """An empty engine that may write."""
    with open_engine(make_profile(), write=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine that a newcomer meets: the seed articles under the default profile. Tests that
    share it leave it as they found it."""
    folder = tmp_path_factory.mktemp("seeded") / "data"
    profile = load_profile(overrides={"data_dir": str(folder)}, environ={})
    with open_engine(profile, write=True, seeds=True) as opened:
        yield opened
