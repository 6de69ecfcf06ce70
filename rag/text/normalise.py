"""Bytes to text, and text to the one form that every offset afterwards refers to.

Two functions: `decode` and `normalise`. Words and their order stay as they are: nothing is
reflowed, no case is changed, full-width Latin and compatibility jamo (ㅋㅋ) are left alone, because
a quote must look like its source. Of the compatibility forms only half-width Hangul (U+FFA1 to
U+FFDC, a relic of old terminals) is folded by NFKC, since no reader ever means it.

It does not know where the bytes come from, nor what the text says.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from rag.errors import InputError

_ADVICE = "Save it as plain text or Markdown in UTF-8 and try again."

_MAGIC = (
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or an Office file (docx, xlsx, hwpx)"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office or HWP file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x7fELF", "a program"),
)

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CONTROL_SHARE = 0.05
_PLAUSIBLE_SHARE = 0.97

# What Korean and English text is made of; random 16-bit numbers fall outside half the time.
_PLAUSIBLE = re.compile(
    r"[\t\n\r\x20-\x7e\u00a0-\u024f\u0370-\u04ff\u1100-\u11ff\u2000-\u206f\u20a0-\u2bff"
    r"\u3000-\u318f\u3200-\u33ff\u4e00-\u9fff가-힣\ufeff\uff01-\uffee]"
)
_STRAY_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")

_NEWLINE = re.compile(r"\r\n|[\r\u2028\u2029\x85\x0b\x0c]")
_SPACE = re.compile(r"[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0]")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    r"\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc]+"
)
_TAGS = re.compile(
    r"(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[\U000e0000-\U000e007f]+",
)
_TAG = re.compile(r"[\U000e0000-\U000e007f]")
_JOINER = re.compile(r"[\u200c\u200d]")
# A joiner says something only between two emoji, or in scripts whose letters join.
_JOINED = (
    r"\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299"
    r"\U0001f000-\U0001faff\u0600-\u07ff\u0900-\u0dff\u1780-\u17ff"
)
_STRAY_JOINER = re.compile(rf"(?<![{_JOINED}\ufe0f])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])")
_HALF_WIDTH_HANGUL = re.compile(r"[\uffa1-\uffdc]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def decode(data: bytes) -> str:
    """The text that `data` holds, without a byte order mark and otherwise unchanged.

    Understands UTF-8, UTF-16 and UTF-32 with or (UTF-8, UTF-16) without a mark, and CP949.
    Raises InputError for binary data and for bytes in any other encoding.
    """
    for magic, name in _MAGIC:
        if data.startswith(magic):
            raise InputError(f"This is {name}, not plain text. {_ADVICE}")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(_strict(data[len(mark) :], encoding))
    if b"\x00" in data:
        return _checked(_utf16_without_mark(data))
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _checked(_cp949(data))


def normalise(text: str) -> str:
    """`text` in its one form: NFC, `\\n` line ends, ordinary spaces, nothing invisible, no spaces
    at line ends. Idempotent. Raises InputError when it holds half of a surrogate pair."""
    if _SURROGATE.search(text):
        raise InputError(
            "The text holds a lone surrogate, half of a character that was cut in two. "
            "Encode it as valid UTF-8 and send it again.",
            param="text",
        )
    text = _NEWLINE.sub("\n", text)
    text = _SPACE.sub(" ", text)
    text = _INVISIBLE.sub("", text)
    # These two look around at every character, so it is first seen whether there is anything.
    if _TAG.search(text):
        text = _TAGS.sub(lambda match: match[1] or "", text)
    if _JOINER.search(text):
        text = _STRAY_JOINER.sub("", text)
    text = _HALF_WIDTH_HANGUL.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = unicodedata.normalize("NFC", text)
    return "\n".join(line.rstrip(" ") for line in text.split("\n"))


def _checked(text: str) -> str:
    """`text`, unless so much of it is control characters that it cannot have been text."""
    if len(_STRAY_CONTROL.findall(text)) > _CONTROL_SHARE * len(text):
        raise InputError(f"This is binary data, not plain text. {_ADVICE}")
    return text


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise InputError(
            f"This begins with the mark of {encoding.upper()} but is damaged further on. {_ADVICE}"
        ) from None


def _utf16_without_mark(data: bytes) -> str:
    """NULs beside ASCII characters show UTF-16; the order of bytes that reads as text is right."""
    if len(data) % 2 == 0:
        odd = data[1::2].count(0)
        orders = ("utf-16-le", "utf-16-be") if odd * 2 >= data.count(0) else ("utf-16-be",)
        for encoding in orders:
            text = data.decode(encoding, errors="replace")
            if len(_PLAUSIBLE.findall(text)) >= _PLAUSIBLE_SHARE * len(text):
                return text
    raise InputError(f"This is binary data (it holds NUL bytes), not plain text. {_ADVICE}")


def _cp949(data: bytes) -> str:
    """Strict CP949. Western 8-bit text can slip through as rare syllables, so most of what is not
    ASCII must lie in the older and smaller KS X 1001, which holds every common syllable."""
    try:
        text = data.decode("cp949")
    except UnicodeDecodeError:
        text = ""
    foreign = [char for char in text if not char.isascii()]
    known = len("".join(foreign).encode("euc_kr", errors="ignore")) / 2
    if not foreign or known < len(foreign) / 2:
        raise InputError(f"This is neither UTF-8, UTF-16 nor CP949. {_ADVICE}")
    return text
