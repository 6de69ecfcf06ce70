"""A few hundred cases of schemathesis; `make fuzz` runs thousands."""

from __future__ import annotations

from pathlib import Path

from .run import fuzz, serving


def test_no_call_answers_with_what_is_not_described(tmp_path: Path) -> None:
    with serving(tmp_path) as url:
        code, cases, said = fuzz(url, tmp_path, "-n", "4", "--seed", "1")
    assert code == 0, said
    assert cases > 200
    assert "Stateful" in said
