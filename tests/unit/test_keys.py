"""The file of keys: what is kept, who may read it, and changes from several sides."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.errors import ExistsError, InputError, NotFoundError, StoreError
from rag.keys import KeyFile


def test_a_key_is_found_by_its_secret_which_is_kept_nowhere(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "new")
    secret = keys.add("laptop", ["read"])
    assert len(secret) >= 43
    found = keys.find(secret)
    assert found is not None
    assert (found.name, found.scopes) == ("laptop", ("read",))
    written = (tmp_path / "new" / "keys.json").read_text()
    assert secret not in written
    assert secret.removeprefix("rag_") not in written


@pytest.mark.parametrize("wrong", ["", "rag_", "x", "\ud800", "rag_" + "A" * 43])
def test_another_secret_is_no_key(tmp_path: Path, wrong: str) -> None:
    keys = KeyFile(tmp_path)
    secret = keys.add("laptop", ["read", "write"])
    assert keys.find(wrong) is None
    assert keys.find(secret[:-1]) is None
    assert keys.find(secret + "x") is None


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    for name in "ab":
        keys.add(name, ["read"])
        assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_what_another_opener_changes_is_seen_at_once(tmp_path: Path) -> None:
    service, terminal = KeyFile(tmp_path), KeyFile(tmp_path)
    assert service.known() == ()
    secret = terminal.add("laptop", ["write"])
    assert service.find(secret) is not None
    terminal.remove("laptop")
    assert service.find(secret) is None


def test_adding_from_many_sides_loses_none(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: KeyFile(tmp_path).add(f"key {n}", ["read"]), range(40)))
    assert {key.name for key in KeyFile(tmp_path).known()} == {f"key {n}" for n in range(40)}


def test_names_are_unique_printable_and_not_long(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    keys.add("열쇠", ["read"])
    with pytest.raises(ExistsError):
        keys.add("열쇠", ["read"])
    for name in ("", " ", "a\nb", "a\x1b[2J", "x" * 65):
        with pytest.raises(InputError):
            keys.add(name, ["read"])
    with pytest.raises(NotFoundError):
        keys.remove("other")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"keys": [{"name": "a"}]}', '{"keys": [1]}'])
def test_a_damaged_file_opens_nothing(tmp_path: Path, damage: str) -> None:
    keys = KeyFile(tmp_path)
    secret = keys.add("laptop", ["read"])
    (tmp_path / "keys.json").write_text(damage)
    with pytest.raises(StoreError, match=r"keys\.json"):
        keys.find(secret)


def test_the_digest_is_of_the_whole_secret(tmp_path: Path) -> None:
    KeyFile(tmp_path).add("laptop", ["write", "read"])
    (row,) = json.loads((tmp_path / "keys.json").read_text())["keys"]
    assert set(row) == {"name", "scopes", "sha256", "created"}
    assert row["scopes"] == ["read", "write"]
    assert len(row["sha256"]) == 64
