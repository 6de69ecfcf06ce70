"""Our own adversarial claims: nine of ten get the right verdict, in both languages and across."""

from __future__ import annotations

import pytest

from rag.text.morphemes import has_hangul
from rag.types import VerifiedSentence
from tests.verify.adversarial import Claim, claims, judged, right

Judged = list[tuple[Claim, VerifiedSentence]]


@pytest.fixture(scope="module")
def outcomes() -> Judged:
    chosen = list(claims())
    return list(zip(chosen, judged(chosen), strict=True))


def wrong(outcomes: Judged) -> list[tuple[str, str]]:
    return [(claim.kind, claim.text) for claim, found in outcomes if not right(claim, found)]


def test_nine_of_ten_are_right(outcomes: Judged) -> None:
    assert len(outcomes) >= 100
    assert len(wrong(outcomes)) <= 0.1 * len(outcomes), wrong(outcomes)


@pytest.mark.parametrize("korean", [True, False])
def test_neither_language_is_left_behind(outcomes: Judged, korean: bool) -> None:
    chosen = [
        (claim, found)
        for claim, found in outcomes
        if has_hangul(claim.text) == has_hangul(claim.evidence) == korean
    ]
    assert len(wrong(chosen)) <= 0.15 * len(chosen), wrong(chosen)


def test_across_languages(outcomes: Judged) -> None:
    chosen = [(c, v) for c, v in outcomes if has_hangul(c.text) != has_hangul(c.evidence)]
    assert len(chosen) >= 20
    assert len(wrong(chosen)) <= 0.2 * len(chosen), wrong(chosen)
