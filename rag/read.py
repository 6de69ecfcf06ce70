"""Files to text: which files we read, how a folder is walked, and one file's normalised text.

The set of formats is open: a suffix and a reader in `_READERS`. It does not know documents, chunks
or stores, and it keeps nothing in memory but the file at hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rag.errors import InputError, NotFoundError, RagError, TooLargeError
from rag.text.normalise import decode, normalise


@dataclass(frozen=True, slots=True)
class Source:
    """A file's normalised text, and whether its marks mean something."""

    text: str
    markdown: bool


def _plain(data: bytes) -> Source:
    return Source(normalise(decode(data)), markdown=False)


def _markdown(data: bytes) -> Source:
    return Source(normalise(decode(data)), markdown=True)


_READERS: dict[str, Callable[[bytes], Source]] = {
    ".txt": _plain,
    ".text": _plain,
    ".md": _markdown,
    ".markdown": _markdown,
}


def supported(path: Path) -> bool:
    """Whether the suffix of `path`, in any case, is one that we read."""
    return path.suffix.lower() in _READERS


def is_markdown(name: str | None) -> bool:
    """Whether a text that has this name as its source is Markdown."""
    return _READERS.get(Path(name or "").suffix.lower()) is _markdown


def read_file(path: Path, *, max_bytes: int) -> Source:
    """The text of one file.

    Raises NotFoundError when it is not there, TooLargeError above `max_bytes` (before reading), and
    InputError when it is unsupported, unreadable, empty, binary or in an unknown encoding.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(_unsupported(path))
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder, not a file. Name a file in it.")
        data = _bytes(path, max_bytes)
    except FileNotFoundError:
        raise NotFoundError(_missing(path)) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}). {_PERMISSION}") from None
    return _read(reader, path, data)


def read_bytes(name: str, data: bytes, *, max_bytes: int) -> Source:
    """The text of a file that was handed over: its name, which tells the format, and its bytes.

    Raises InputError and TooLargeError as `read_file` does."""
    reader = _READERS.get(Path(name).suffix.lower())
    if reader is None:
        raise InputError(_unsupported(name))
    if len(data) > max_bytes:
        raise _too_large(name, len(data), max_bytes)
    return _read(reader, name, data)


def _read(reader: Callable[[bytes], Source], name: Path | str, data: bytes) -> Source:
    try:
        source = reader(data)
    except RagError as error:
        raise InputError(f"{name}: {error.message}") from None
    if not source.text.strip():
        raise InputError(f"{name} is empty. Put some text into it or leave it out.")
    return source


def find_files(paths: Sequence[Path]) -> tuple[list[Path], list[tuple[Path, str]]]:
    """The files to read under `paths`, and the named paths that cannot be read with the reasons.

    Files come in the order of `paths` and, inside a folder, sorted by name; none comes twice.
    Hidden and unsupported files inside folders are passed over; a loop of links is walked once.
    """
    found: dict[str, Path] = {}
    refused: list[tuple[Path, str]] = []
    for path in paths:
        try:
            named = list(_named(path, refused))
        except OSError as error:
            refused.append((path, f"{path} cannot be read ({error.strerror}). {_PERMISSION}"))
            continue
        for file in named:
            found.setdefault(_identity(file), file)
    return list(found.values()), refused


def passed_over(paths: Sequence[Path]) -> list[Path]:
    """The files inside the folders among `paths` that `find_files` leaves out for their format."""
    files: list[Path] = []
    for path in paths:
        for folder, inner, names in os.walk(path):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            files += [Path(folder, name) for name in sorted(names) if not name.startswith(".")]
    return [file for file in files if not supported(file)]


_PERMISSION = "Check that it is a regular file and its permissions."


def _unsupported(name: Path | str) -> str:
    formats = ", ".join(_READERS)
    which = name or "A file without a name"
    return f"{which} is not a format that we read. Save it as one of {formats} and try again."


def _missing(path: Path) -> str:
    return f"{path} does not exist. Check the path, and that it was not moved meanwhile."


def _bytes(path: Path, max_bytes: int) -> bytes:
    """At most `max_bytes` of a regular file; a pipe or a device would never end."""
    if not path.is_file():
        path.stat()
        raise InputError(f"{path} is not a regular file. Name a file with text in it.")
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(max_bytes + 1) if size <= max_bytes else b""
    if max(size, len(data)) > max_bytes:
        raise _too_large(path, max(size, len(data)), max_bytes)
    return data


def _too_large(name: Path | str, size: int, most: int) -> TooLargeError:
    return TooLargeError(
        f"{name} has {size / 1e6:.1f} MB; the limit is {most / 1e6:g} MB. "
        "Split it, or raise ingest.max_megabytes in the profile."
    )


def _named(path: Path, refused: list[tuple[Path, str]]) -> Iterator[Path]:
    """The readable files that one named path stands for; what is refused goes to `refused`."""
    if path.is_dir():
        yield from _walk(path, set(), refused)
    elif not path.exists():
        refused.append((path, _missing(path)))
    elif not supported(path):
        refused.append((path, _unsupported(path)))
    elif not path.is_file() or not os.access(path, os.R_OK):
        refused.append((path, f"{path} cannot be read. {_PERMISSION}"))
    else:
        yield path


def _walk(
    folder: Path, seen: set[tuple[int, int]], refused: list[tuple[Path, str]]
) -> Iterator[Path]:
    status = folder.stat()
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        refused.append((folder, f"{folder} cannot be opened ({error.strerror}). {_PERMISSION}"))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry, seen, refused)
        elif entry.is_file() and supported(entry):
            yield entry


def _identity(path: Path) -> str:
    """What two names of one file share; `resolve` alone raises on a loop of links."""
    if path.is_symlink():
        return os.path.realpath(path)
    return os.path.join(_real_folder(path.parent), path.name)


@lru_cache(maxsize=1)
def _real_folder(folder: Path) -> str:
    # Files come folder by folder, and resolving is the slowest part of finding them.
    return os.path.realpath(folder)
