"""The pytest plugin as a stranger's project meets it, in a pytest of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.http_service import start_server
from tests.support.paths import ROOT

pytest_plugins = "pytester"

HEAVY = ("numpy", "llama_index", "chromadb", "kiwipiepy", "tantivy", "pydantic", "rag.engine")
MOON = "달 기지는 2041년 3월에 문을 열었다. 기지의 책임자는 오수빈 박사이다."
FAILING = f"""
from rag.testing import assert_abstains, assert_cites
from rag.types import NewDocument

MOON = [NewDocument({MOON!r})]

def test_cites(ask):
    assert_cites(ask("달 기지의 책임자는 누구인가?", documents=MOON), quote="이순신")

def test_abstains(ask):
    assert_abstains(ask("달 기지의 책임자는 누구인가?", documents=MOON))
"""


@pytest.fixture
def plugin() -> tuple[str, ...]:
    """How the plugin gets loaded: by the installed package, else (as in a checkout that was
    installed before there was a plugin) by name."""
    from importlib.metadata import entry_points

    installed = any(point.name == "geungeo" for point in entry_points(group="pytest11"))
    return () if installed else ("-p", "rag.pytest_plugin")


def test_the_example_of_the_readme(pytester: pytest.Pytester, plugin: tuple[str, ...]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.+?)```", readme, re.DOTALL)
    [example] = [block for block in blocks if "rag.testing" in block]
    pytester.makepyfile(example)
    result = pytester.runpytest_subprocess(*plugin)
    result.assert_outcomes(passed=3)


def test_a_failure_is_told_in_words(pytester: pytest.Pytester, plugin: tuple[str, ...]) -> None:
    pytester.makepyfile(FAILING)
    result = pytester.runpytest_subprocess(*plugin)
    result.assert_outcomes(failed=2)
    shown = result.stdout.str()
    assert "Not cited: the quote “이순신”." in shown
    assert "where a refusal was expected" in shown
    assert "기지의 책임자는 오수빈 박사이다. — inline-1" in shown
    assert "def assert_cites" not in shown  # the traceback ends in the test, not in our code


def test_without_use_nothing_is_loaded(pytester: pytest.Pytester, plugin: tuple[str, ...]) -> None:
    pytester.makepyfile(
        f"""
import sys

def test_light(pytestconfig):
    assert pytestconfig.getoption("rag_url") is None
    assert [name for name in {HEAVY!r} if name in sys.modules] == []
"""
    )
    pytester.runpytest_subprocess(*plugin, "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_assertions_do_not_need_pytest() -> None:
    code = "import rag.testing, sys; assert 'pytest' not in sys.modules"
    heavy = f"assert not [n for n in {HEAVY!r} if n in sys.modules]"
    subprocess.run([sys.executable, "-c", f"{code}; {heavy}"], check=True, cwd=ROOT)


def test_it_can_be_switched_off(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    pytester.runpytest_subprocess("-p", "no:geungeo").assert_outcomes(passed=1)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    running = start_server(tmp_path_factory.mktemp("service") / "data")
    yield running.url
    running.stop()


def test_a_running_service_can_be_asked(
    pytester: pytest.Pytester, plugin: tuple[str, ...], url: str
) -> None:
    pytester.makepyfile(
        f"""
import sys
from rag.testing import assert_cites, assert_grounded
from rag.types import NewDocument, Turn

MOON = [NewDocument({MOON!r}, title="달", source="moon")]

def test_the_same_over_http(rag_engine, ask):
    answer = ask("책임자는 누구인가?", history=[Turn("user", "달 기지")], documents=MOON, top_k=3)
    assert_grounded(answer)
    assert_cites(answer, source="moon", quote="오수빈")
    assert rag_engine.verify("기지의 책임자는 오수빈 박사이다.", sources=MOON).grounded
    assert "rag.engine" not in sys.modules
"""
    )
    result = pytester.runpytest_subprocess(*plugin, "--rag-url", url)
    result.assert_outcomes(passed=1)


def test_a_folder_can_be_named(pytester: pytest.Pytester, plugin: tuple[str, ...]) -> None:
    """In the configuration, relative to it; and both places at once are refused."""
    from rag.engine import open_engine
    from rag.profile import load_profile
    from rag.types import NewDocument

    folder = pytester.path / "knowledge"
    profile = load_profile(overrides={"data_dir": str(folder)}, environ={})
    with open_engine(profile, write=True) as engine:
        engine.add([NewDocument(MOON, source="moon.txt")])
    pytester.makeini("[pytest]\nrag_data_dir = knowledge")
    pytester.makepyfile(
        """
from rag.testing import assert_cites

def test_mine(ask, rag_engine):
    assert [d.source for d in rag_engine.documents().documents] == ["moon.txt"]
    assert_cites(ask("달 기지의 책임자는 누구인가?"), source="moon.txt")
"""
    )
    pytester.runpytest_subprocess(*plugin).assert_outcomes(passed=1)
    both = pytester.runpytest_subprocess(*plugin, "--rag-url", "http://127.0.0.1:9")
    both.assert_outcomes(errors=1)
    both.stdout.fnmatch_lines(["*--rag-url and --rag-data-dir exclude each other*"])


def test_the_wheel_names_the_plugin() -> None:
    import tomllib

    project = tomllib.loads((Path(ROOT) / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"geungeo": "rag.pytest_plugin"}
