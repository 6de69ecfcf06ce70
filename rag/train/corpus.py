"""Sentences to learn from: the text fields of every .jsonl file in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

_TEXT_FIELDS = ("question", "premise", "claim", "ko", "en", "text")


def sentences(folder: Path) -> Iterator[str]:
    """Every distinct text of the folder, in the order of the files' names."""
    seen: set[str] = set()
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for field in _TEXT_FIELDS:
                text = row.get(field)
                if isinstance(text, str) and text not in seen:
                    seen.add(text)
                    yield text
