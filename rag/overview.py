"""What documents are about, where the question asks just that: the sentence of each document's
beginning that says most of what the beginning is about.

News tells first what it tells, so the beginning is read and no more. How central a sentence is, is
measured by how often its words come back there, the rare ones more (SumBasic: Nenkova and
Vanderwende 2005, with rarity in the place of a background probability). It writes nothing of its
own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log1p

from rag.evidence import Evidence, weigh
from rag.extract import Pick, Reading
from rag.question import Question
from rag.retrieve import Corpus, Retrieved, passage_of
from rag.text.rarity import rarity

_SHORT = 8  # content words; of two sentences as central the longer is no better beyond these
_LATER = 0.1  # of its worth a sentence loses for each one before it


def look_over(
    question: Question, corpus: Corpus, top_k: int, among: Sequence[str] | None = None
) -> tuple[Retrieved, int]:
    """The beginnings of the first `top_k` documents as passages, each with its sentences as
    evidence, and how many documents there are; `among` restricts to the documents of these chunk
    ids."""
    leads = corpus.leads(among)
    chunks = corpus.chunks(leads[:top_k])
    kept = [chunks[key] for key in leads[:top_k] if key in chunks]
    evidence = tuple(tuple(weigh(question, chunk)) for chunk in kept)
    passages = tuple(passage_of(chunk, 1.0, {}) for chunk in kept)
    return Retrieved(passages, evidence, ()), len(leads)


def summed_up(found: Retrieved, most: int) -> Reading | None:
    """The most central sentences, evenly from at most `most` documents and in their order; None
    where there are no sentences. What a document says of itself cannot be off the mark, so the
    confidence is 1."""
    groups = [group for group in found.evidence if group][:most]
    if not groups:
        return None
    each = most // len(groups)
    picks = [Pick(e, None) for group in groups for e in _central(group, each)]
    return Reading(tuple(picks), 1.0, ())


def _central(sentences: Sequence[Evidence], count: int) -> list[Evidence]:
    """The `count` most central, in the order of the text."""
    words = Counter(token.key for e in sentences for token in e.tokens if token.key)

    def worth(place: int) -> float:
        keys = {token.key for token in sentences[place].tokens if token.key}
        told = sum(rarity(key) * log1p(words[key] - 1) for key in keys)
        return told / max(_SHORT, len(keys)) * max(0.0, 1 - _LATER * place)

    best = sorted(range(len(sentences)), key=lambda place: (-worth(place), place))[:count]
    return [sentences[place] for place in sorted(best)]
