"""What models write for citations is understood, what only looks like it is left alone, and neither
depends on how the text arrives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.markers import Mark, Refused, Scanner

TAGS = ("qk7", "zx4", "hv3")
HERE = Path(__file__).parent
FORMS = [
    tuple(part.replace("\\n", "\n").replace("\\\\", "\\") for part in line.split("\t"))
    for line in (HERE / "marker_forms.tsv").read_text(encoding="utf-8").splitlines()
]
LOOKALIKES = (HERE / "lookalikes.txt").read_text(encoding="utf-8").splitlines()
PARTS = [
    *"[]【】［］()!`\n .,\\<>*|^",
    *"qk7 zx4 q k7 1 12 2024 x [0] 가 NO_ANSWER NO_ http ://a.b/c www. ]( data: 다. 및".split(),
    *("출처: ", "source ", " and ", "<img src="),
]
TAGGED = re.compile(rf"(?<![A-Za-z0-9_])(?:{'|'.join(TAGS)})(?![A-Za-z0-9])")
PIECES = st.lists(st.sampled_from(PARTS), max_size=25).map("".join)


def scanned(pieces: Iterable[str], *, cut: bool = False, allowed: str = "ok.example") -> str:
    """What comes out, written down: ⟦tags⟧ for a citation, ⟦⟧ for one of nothing."""
    scanner = Scanner(TAGS, lambda target: allowed in target)
    tokens = [token for piece in pieces for token in scanner.feed(piece)]
    out = ""
    for token in [*tokens, *scanner.close(cut=cut)]:
        if isinstance(token, Mark):
            out += f"⟦{','.join(token.tags)}⟧"
        else:
            out += "⟦refused⟧" if isinstance(token, Refused) else token
    return out


def test_there_are_enough_forms() -> None:
    assert len({written for written, _ in FORMS}) >= 150
    assert len(set(LOOKALIKES)) >= 100


@pytest.mark.parametrize(("written", "expected"), FORMS)
def test_a_marker_form(written: str, expected: str) -> None:
    assert scanned([written]) == expected
    assert scanned(written) == expected  # character by character


@pytest.mark.parametrize("text", LOOKALIKES)
def test_a_lookalike_is_left_untouched(text: str) -> None:
    for whole in (text, f"그는 {text} 말했다.", f"See {text}, please."):
        assert scanned([whole]) == whole
        assert scanned(whole) == whole


@given(PIECES, st.integers(0, 1000), st.booleans())
@settings(max_examples=300, deadline=None)
def test_the_pieces_do_not_matter(text: str, seed: int, cut: bool) -> None:
    random = Random(seed)
    places = sorted(random.sample(range(len(text) + 1), min(4, len(text) + 1)))
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
    assert scanned(pieces, cut=cut) == scanned([text], cut=cut) == scanned(text, cut=cut)


@given(PIECES)
@settings(max_examples=200, deadline=None)
def test_no_tag_ever_leaves(text: str) -> None:
    told = ""
    scanner = Scanner(TAGS, lambda _: False)
    for char in f"{text} [qk7] qk7":
        told += "".join(token for token in scanner.feed(char) if isinstance(token, str))
    assert not TAGGED.search(told), told


def test_what_names_no_passage_is_recorded() -> None:
    scanner = Scanner(TAGS, lambda _: False)
    tokens = scanner.feed("a [qk7, 9] b [zz9] c [2].")
    marks = [token for token in tokens if isinstance(token, Mark)]
    assert [mark.unknown for mark in marks] == [("9",), ("zz9",), ("2",)]
    assert [mark.invented for mark in marks] == [True, True, False]
    assert scanner.dropped == ["9", "zz9", "2"]


@pytest.mark.parametrize(
    "end", ["[", "[q", "[qk", "[qk7", "[qk7, ", "【qk", "[출처: q", "[[qk7]", "(q"]
)
def test_a_marker_that_only_began_is_dropped(end: str) -> None:
    told = scanned(["그는 떠났다 " + end], cut=True)
    assert told == "그는 떠났다 "


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[here](https://evil.example/a?b=c)", "here"),
        ("![cat](https://evil.example/x.png)", "cat"),
        ("![cat](https://ok.example/x.png)", "cat"),
        ("[here](https://ok.example/a)", "[here](https://ok.example/a)"),
        ("https://evil.example/a.", "."),
        ("https://ok.example/a에서", "https://ok.example/a에서"),
        ("www.evil.example 참고", " 참고"),
        ("[https://evil.example](https://evil.example)", ""),
        ("[![a](http://e.example/x)](http://e.example)", "[a]"),
        ("<img src='https://evil.example/x'>끝", "끝"),
        ("<a href=//evil.example>here</a>", "here"),
        ("<script src=x></script>", ""),
        ("<!-- hidden -->끝", "끝"),
        ("[qk7 그는 [zx4] 갔다", "⟦qk7⟧그는 ⟦zx4⟧ 갔다"),
        ("[a]: https://evil.example/x", "[a]: "),
        ("![a][b]", "a"),
        ("<https://evil.example/x>", "<>"),
        ("[x](javascript:alert)", "x"),
        ("javascript:alert", ""),
        ("[x](//evil.example/x 'title')", "x"),
        ("f(x) and g[1](y)", "f(x) and g[1](y)"),
    ],
)
def test_only_links_of_the_sources_stay(written: str, expected: str) -> None:
    assert scanned([written]) == expected
    assert scanned(written) == expected


@pytest.mark.parametrize("text", ["[" * 3000, "[a" * 1500, "(" * 3000, "www." * 700, "![](" * 800])
def test_much_of_the_same_is_read_to_its_end(text: str) -> None:
    assert len(scanned(text)) <= len(text)
