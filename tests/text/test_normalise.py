"""Bytes to text to the one form: encodings, what is refused, and idempotence on any text."""

from __future__ import annotations

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import InputError
from rag.text.normalise import decode, normalise

TEXT = "메타가 말했다. “AI 4대 천왕” 얀 르쿤(LeCun), 143억 달러.\n가나다 저장 대학 1개.\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949", "euc-kr"],
)
def test_decode_knows_the_encoding(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_mark_in_english(encoding: str) -> None:
    assert decode("Plain words.\r\n".encode(encoding)) == "Plain words.\r\n"


def test_big_endian_mark() -> None:
    assert decode(b"\xfe\xff" + TEXT.encode("utf-16-be")) == TEXT


def test_empty() -> None:
    assert decode(b"") == ""
    assert normalise("") == ""


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.7\n...", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "PNG"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "HWP"),
        (bytes(range(256)) * 4, "binary"),
        (b"text with a\x00 NUL byte", "binary"),
        (b"\x01\x02\x03\x04 abc \x05\x06\x07\x08", "binary"),
        ("naïve café".encode("latin-1"), "neither UTF-8"),
        ("“Don’t panic”, he said — and “we won’t”.".encode("cp1252"), "neither UTF-8"),
        (TEXT.encode()[:-1] + b"\xff\xfe\xff", "neither UTF-8"),
        (b"\xff\xfea", "damaged"),
    ],
)
def test_what_is_not_text_is_refused_with_advice(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        decode(data)
    assert "UTF-8 and try again" in caught.value.message


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        ("a\r\nb\rc\u2028d\u2029e\u0085f\x0cg\x0bh", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("\ufeff가\u200b나\u00ad다\u202a라\u202c\u2066마\u2069\u200e", "가나다라마"),
        ("a\u00a0b\u3000c\td\u2009e", "a b c d e"),
        ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
        ("a  \nb \t\n  c ", "a\nb\n  c"),
        (unicodedata.normalize("NFD", "한국어 café"), "한국어 café"),
        ("한\u200b\u0301", "한\u0301"),
        ("ﾡￂﾤￂ", "가나"),
        ("ＡＩ １２ ㅋㅋ ①", "ＡＩ １２ ㅋㅋ ①"),
        ("金\uf90a", "金金"),
        (
            "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👩🏽\u200d🚀",
            "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👩🏽\u200d🚀",
        ),
        ("가\u200d나\u200c 👨\u200d", "가나 👨"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
        ("hi\U000e0068\U000e0069", "hi"),
    ],
)
def test_normal_form(raw: str, form: str) -> None:
    assert normalise(raw) == form


@pytest.mark.parametrize(
    "text", ["\ud800", "가\udc00나", "\udfff\ud800"], ids=["high", "low", "both"]
)
def test_lone_surrogates_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="surrogate"):
        normalise(text)


TRICKY = st.lists(
    st.one_of(
        st.sampled_from(
            "\r\n\t \u200d\u200c\u200b\ufe0f\u0301\u1112\u1161\u11abﾡￂ\uffa0\u3164👨❤🏽🏴가a"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=30,
).map("".join)


@settings(deadline=None)
@given(TRICKY)
def test_normalise_is_idempotent_and_leaves_no_odd_space(text: str) -> None:
    form = normalise(text)
    assert normalise(form) == form
    assert unicodedata.is_normalized("NFC", form)
    assert {char for char in form if char.isspace()} <= {" ", "\n"}
    assert " \n" not in form
    assert not form.endswith(" ")


@settings(deadline=None)
@given(st.text(st.characters(categories=["L", "N"], max_codepoint=0x1100), max_size=40))
def test_letters_and_their_order_stay(text: str) -> None:
    assert normalise(text) == unicodedata.normalize("NFC", text)


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    with suppress(InputError):
        assert isinstance(decode(data), str)
