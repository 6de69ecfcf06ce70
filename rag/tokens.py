"""Counting tokens with tiktoken, without ever going online.

tiktoken fetches its tables at first use. llama-index-core ships the two that we offer, so its
folder is named as tiktoken's cache before tiktoken loads, unless the user has named one.
It does not know what the counts are for.
"""

from __future__ import annotations

import importlib.util
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

# Longest piece handed to the encoder at once: its time grows faster than linearly on text
# without spaces. Cutting can only add tokens, so a budget still holds.
_PIECE = 2000


@lru_cache(maxsize=2)
def _encoding(name: str) -> tiktoken.Encoding:
    spec = importlib.util.find_spec("llama_index")  # finding the namespace imports nothing heavy
    for root in (spec.submodule_search_locations or []) if spec else []:
        cache = Path(root) / "core" / "_static" / "tiktoken_cache"
        if cache.is_dir():
            os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(cache))
    import tiktoken

    return tiktoken.get_encoding(name)


def count_tokens(texts: list[str], encoding: str) -> list[int]:
    """The number of tokens of each text; special-token markup in it counts as plain text."""
    encoder = _encoding(encoding)
    pieces: list[str] = []
    owner: list[int] = []
    for index, text in enumerate(texts):
        for start in range(0, len(text), _PIECE):
            pieces.append(text[start : start + _PIECE])
            owner.append(index)
    counts = [0] * len(texts)
    for index, ids in zip(owner, map(encoder.encode_ordinary, pieces), strict=True):
        counts[index] += len(ids)
    return counts
