"""`rag keys`: a key is printed once, listed without its secret, and removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from .running import Outcome

Rag = Callable[..., Outcome]


def test_a_key_is_printed_alone_and_once(rag: Rag, tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    made = rag("keys", "add", "laptop", *where)
    assert made.code == 0
    assert made.out.startswith("rag_")
    assert len(made.out.splitlines()) == 1
    assert made.err == "Keep it: it cannot be shown again. It may read.\n"
    listed = rag("keys", "ls", *where)
    assert "laptop" in listed.out
    assert made.out.strip() not in listed.out
    (shown,) = json.loads(rag("keys", "ls", "--json", *where).out)["keys"]
    assert set(shown) == {"name", "scopes", "created"}


def test_scopes_add_up(rag: Rag, tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    rag("keys", "add", "both", "--scope", "write", "--scope", "read", *where)
    rag("keys", "add", "one", "--scope", "write", *where)
    keys = json.loads(rag("keys", "ls", "--json", *where).out)["keys"]
    assert [key["scopes"] for key in keys] == [["read", "write"], ["write"]]
    assert rag("keys", "add", "none", "--scope", "admin", *where).code == 2


def test_removing_says_what_was_not_there(rag: Rag, tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    rag("keys", "add", "old", *where)
    done = rag("keys", "rm", "old", "other", *where)
    assert (done.code, done.out) == (2, "removed old\n")
    assert "no key 'other'" in done.err
    assert "No keys" in rag("keys", "ls", *where).err


def test_the_same_name_twice_is_refused(rag: Rag, tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    rag("keys", "add", "laptop", *where)
    again = rag("keys", "add", "laptop", *where)
    assert (again.code, again.out) == (1, "")
    assert "rag keys rm laptop" in again.err
