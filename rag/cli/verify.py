"""`rag verify`: which sentences of a text stand on the sources, with the best evidence for each.

It does not know how support is judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.labels import labels_for
from rag.cli.options import (
    CollectionOption,
    DataDirOption,
    JsonOption,
    ProfileOption,
    asked,
    opened,
    settings,
    told,
)
from rag.cli.terminal import clean, out, print_json, watching
from rag.errors import InputError
from rag.types import DEFAULT_COLLECTION, NewDocument, Verification, VerifiedSentence

if TYPE_CHECKING:
    from rich.text import Text

    from rag.engine import Engine

_MARKS = {
    "supported": ("✓", "green"),
    "partial": ("~", "yellow"),
    "unsupported": ("✗", "red"),
    "contradicted": ("✗", "bold red"),
}
_NOT_GROUNDED = 1


def verify(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT", help="The text, in quotes; - reads standard input.", show_default=False
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="F", help="Read the text from this file.")
    ] = None,
    sources: Annotated[
        list[Path] | None,
        typer.Option(
            "--source", metavar="FILE", help="Check against this file; may be given again."
        ),
    ] = None,
    as_json: JsonOption = False,
    collection: CollectionOption = DEFAULT_COLLECTION,
    profile: ProfileOption = None,
    data_dir: DataDirOption = None,
) -> int:
    """Check each sentence of a text against files, or against the documents. Exit code 1 when
    a sentence is not supported."""
    if (text is None) == (file is None):
        raise InputError("Give the text, or --file with a file that holds it, and not both.")
    limit = settings(profile, data_dir).ingest.max_bytes
    written = told(text or "") if file is None else _read(file, limit)
    given = [NewDocument(_read(path, limit), source=str(path)) for path in sources or ()]
    with (
        _alone(profile) if given else asked(None, profile, data_dir) as engine,
        watching("Verifying"),
    ):
        found = engine.verify(written, sources=given or None, collection=collection)
    if as_json:
        print_json(found)
    else:
        from rag.cli.render import printed

        screen = out()
        printed(screen, _lines(found, [str(path) for path in sources or ()], screen.width))
    return 0 if found.grounded else _NOT_GROUNDED


@contextmanager
def _alone(profile: str | None) -> Iterator[Engine]:
    """An engine without documents: the sources are given, so no folder is made, nor waited for
    when a service holds it."""
    with TemporaryDirectory() as folder, opened(profile, Path(folder), write=True) as engine:
        yield engine


def _read(path: Path, limit: int) -> str:
    from rag.read import read_file

    return read_file(path, max_bytes=limit).text


def _lines(found: Verification, names: list[str], width: int) -> list[Text]:
    """Each sentence with its mark, support and reason, and under it what was found."""
    lines: list[Text] = []
    for sentence in found.sentences:
        lines += _sentence_lines(sentence, names, width)
    return lines


def _sentence_lines(sentence: VerifiedSentence, names: list[str], width: int) -> list[Text]:
    from rich.text import Text

    from rag.cli.render import wrapped
    from rag.text.language import detect

    mark, style = _MARKS[sentence.verdict]
    labels = labels_for(detect(sentence.text))
    why = f" · {labels.whys.get(sentence.why, sentence.why)}" if sentence.why else ""
    told = Text(f"{mark} {sentence.support:.2f}{why}", style=style)
    lines = [told, *wrapped(Text(clean(_flat(sentence.text))), width, "  ")]
    if sentence.evidence is not None:
        quote = sentence.evidence
        name = quote.source_name or names[quote.source]
        lines += wrapped(Text(clean(f"“{_flat(quote.text)}” — {name}"), style="dim"), width, "    ")
    return [*lines, Text()]


def _flat(text: str) -> str:
    return " ".join(text.split())
