"""How many tokens a text has for a model whose tokenizer is not at hand: never too few.

OpenAI's own models are counted exactly. For others the two vocabularies that travel with
llama-index-core are asked, with a margin, and Hangul is counted by what small vocabularies make of
it; when a server tells how many tokens a prompt had, the margin grows to fit. It does not know
what the count is for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.tokens import count_tokens

_OPENAI = re.compile(r"(gpt-|chatgpt|o\d)")
# Over cl100k_base, and more for each syllable: what Llama 2's 32,000 tokens need at most on English
# and Korean encyclopaedia paragraphs, the smallest vocabulary still met with.
_MARGIN, _PER_HANGUL = 1.4, 0.6
_MOST = 4.0
_HANGUL = re.compile("[가-힣]")


class TokenCounter:
    """Counts for the model of this name."""

    def __init__(self, model: str) -> None:
        self._exact = bool(_OPENAI.match(model.rsplit("/", 1)[-1]))
        self._factor = 1.0

    def count(self, text: str) -> int:
        """An upper estimate of the text's tokens."""
        return int(self._factor * self._estimate(text)) + 1

    def learn(self, texts: Sequence[str], tokens: int) -> None:
        """A prompt of these texts had so many tokens, by its server's own count."""
        estimated = sum(self._estimate(text) for text in texts)
        if estimated >= 200:  # in a short prompt the model's own frame counts too much
            self._factor = min(_MOST, max(self._factor, tokens / estimated))

    def _estimate(self, text: str) -> float:
        if self._exact:
            return count_tokens([text], "o200k_base")[0]
        hangul = len(_HANGUL.findall(text))
        return _MARGIN * count_tokens([text], "cl100k_base")[0] + _PER_HANGUL * hangul
