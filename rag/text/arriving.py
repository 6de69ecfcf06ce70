"""Text that arrives in pieces, brought to the one form of `rag.text.normalise` on its way.

It is taken apart before characters that never change what stands before them, so the result does
not depend on the pieces; line ends keep their spaces. It does not know sentences or markers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.text.normalise import normalise

# ASCII, Hangul syllables and hanja never combine with what stands before them.
_STARTS = re.compile(r"(?=[\n -~가-힣一-鿿])")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Arriving:
    """Fed with pieces, gives what no later piece can change."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        parts = _STARTS.split(self._held + _SURROGATE.sub("�", piece).replace("\r", ""))
        self._held = parts[-1]
        return "".join(_forms(parts[:-1]))

    def end(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return "".join(_forms([held]))


def _forms(parts: list[str]) -> Iterator[str]:
    for part in parts:
        alone = len(part) < 2 and (not part or _STARTS.match(part))
        # With something behind it, a space at the end is not trimmed away.
        yield part if alone else normalise(part + "|")[:-1]
