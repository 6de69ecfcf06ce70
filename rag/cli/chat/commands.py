"""What can be typed between questions besides a question.

Each command looks at the conversation, asks the place for documents, and shows lines. It does not
know whether the place is an engine or a service, nor whether anybody watches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.chat.loop import Command, Conversation
from rag.cli.chat.place import Place
from rag.cli.chat.screen import Screen
from rag.cli.chat.words import Words
from rag.cli.terminal import clean, watching
from rag.errors import NotFoundError
from rag.types import Citation, Document, DocumentInfo, Span

if TYPE_CHECKING:
    from rich.text import Text

_MOST_LISTED = 1000

Page = Callable[[Document, Span | None, Words], None]
"""Shows a whole document, at a span of it."""


class Commands:
    """The commands over a place and a screen. `collection` is the one that is asked."""

    def __init__(self, place: Place, screen: Screen, page: Page, collection: str) -> None:
        self.collection = collection
        self._place = place
        self._screen = screen
        self._page = page
        self._listed: list[DocumentInfo] | None = None
        self._saved: set[Path] = set()

    def by_name(self) -> Mapping[str, Command]:
        """Every command but those of the loop itself."""
        return {
            "sources": self.sources,
            "open": self.open,
            "why": self.why,
            "docs": self.docs,
            "add": self.add,
            "collection": self.choose_collection,
            "use": self.use,
            "save": self.save,
            "clear": self.clear,
            "help": self.help,
        }

    def documents(self) -> list[DocumentInfo]:
        """The documents of the collection, at most a thousand."""
        if self._listed is None:
            page = self._place.engine.documents(self.collection, limit=_MOST_LISTED)
            self._listed = list(page.documents)
        return self._listed

    def titles(self) -> list[str]:
        """Of the documents of the collection."""
        return [row.title or row.source for row in self.documents()]

    def sources(self, argument: str, talk: Conversation) -> None:
        from rag.cli.render import source_lines

        if argument:
            if found := self._cited(argument, talk):
                self._show_in_context(found, talk.words)
        elif talk.answer is None:
            self._screen.tell(talk.words.nothing_yet)
        elif not talk.answer.citations:
            self._screen.tell(talk.words.no_sources)
        else:
            width, marks = self._screen.width, self._screen.marks
            self._screen.show(source_lines(talk.answer, width, marks=marks))

    def open(self, argument: str, talk: Conversation) -> None:
        if not argument:
            self._needs("open", talk.words)
        elif argument.strip("[]").isdecimal():
            if found := self._cited(argument, talk):
                document = self._place.engine.document(found.document_id)
                self._page(document, self._span(found, document, talk.words), talk.words)
        elif info := self._titled(argument, talk.words):
            self._page(self._place.engine.document(info.document_id), None, talk.words)

    def why(self, _argument: str, talk: Conversation) -> None:
        from rich.console import Group

        from rag.cli.render import wrapped
        from rag.cli.trail import timings_line, trail_table

        if talk.answer is None:
            self._screen.tell(talk.words.nothing_yet)
        elif not talk.answer.trail:
            self._screen.tell(talk.words.no_trail)
        else:
            lines = wrapped(_dim(timings_line(talk.answer)), self._screen.width)
            self._screen.draw(Group(trail_table(talk.answer, brief=True), *lines))

    def docs(self, argument: str, talk: Conversation) -> None:
        self._listed = None
        rows = [row for row in self.documents() if _matches(row, argument)]
        if not rows:
            self._screen.tell(talk.words.none_match)
            return
        self._screen.show(self._document_lines(rows, talk.words))

    def add(self, argument: str, talk: Conversation) -> None:
        from rag.cli.ingest import report_lines

        if not argument:
            self._needs("add", talk.words)
            return
        path = Path(argument.strip("'\"")).expanduser()
        with watching(talk.words.adding) as progress:
            report = self._place.add(path, self.collection, progress)
        self._listed = None
        for line in report_lines(report):
            self._screen.tell(line)

    def choose_collection(self, argument: str, talk: Conversation) -> None:
        known = self._place.engine.collections()
        if not argument:
            names = {f"{c.name} ({c.documents})": c.name == self.collection for c in known}
            self._show_choice(names, talk.words)
        elif argument not in (collection.name for collection in known):
            raise NotFoundError(
                f"There is no collection {argument!r}. `rag ingest PATH --collection NAME` "
                "makes one; /collection lists them."
            )
        else:
            self.collection, self._listed = argument, None
            self._screen.tell(talk.words.now_in.format(name=argument))

    def use(self, argument: str, talk: Conversation) -> None:
        if not argument and self._place.profile is not None:
            names = {name: name == self._place.profile for name in self._place.profiles()}
            self._show_choice(names, talk.words)
            return
        self._place.use(argument)
        self._listed = None
        self._screen.tell(talk.words.now_using.format(name=argument))

    def save(self, argument: str, talk: Conversation) -> None:
        from rag.cli.chat.markdown import as_markdown

        if not argument:
            self._needs("save", talk.words)
            return
        if not talk.exchanges:
            self._screen.tell(talk.words.nothing_asked)
            return
        path = Path(argument).expanduser()
        try:
            # What this chat wrote, it may write again; nothing else is overwritten.
            mode = "w" if path.resolve() in self._saved else "x"
            with path.open(mode, encoding="utf-8", errors="backslashreplace") as file:
                file.write(as_markdown(talk))
        except FileExistsError:
            self._screen.tell(talk.words.save_exists.format(path=argument))
        except OSError as error:
            told = talk.words.save_failed.format(path=argument, why=error.strerror)
            self._screen.tell(told)
        else:
            self._saved.add(path.resolve())
            told = talk.words.saved.format(count=len(talk.exchanges), path=argument)
            self._screen.tell(told)

    def clear(self, _argument: str, talk: Conversation) -> None:
        talk.exchanges.clear()
        talk.asked = None
        self._screen.tell(talk.words.cleared)

    def help(self, _argument: str, talk: Conversation) -> None:
        commands = talk.words.commands.items()
        rows = [(f"/{name} {argument}".strip(), told) for name, (argument, told) in commands]
        self._screen.show(_two_columns([*rows, *talk.words.keys.items()], self._screen.width))

    def _needs(self, name: str, words: Words) -> None:
        argument = words.commands[name][0]
        self._screen.tell(words.needs.format(name=name, argument=argument))

    def _cited(self, argument: str, talk: Conversation) -> Citation | None:
        """The citation with this number, or a message that there is none."""
        if talk.answer is None:
            self._screen.tell(talk.words.nothing_yet)
            return None
        number = argument.strip("[] ")
        for citation in talk.answer.citations:
            if str(citation.marker) == number:
                return citation
        self._screen.tell(talk.words.no_such_source.format(number=number))
        return None

    def _show_in_context(self, citation: Citation, words: Words) -> None:
        from rag.cli.chat.documents import around

        document = self._place.engine.document(citation.document_id)
        if span := self._span(citation, document, words):
            width, marks = self._screen.width, self._screen.marks
            self._screen.show(around(citation, document, span, words, width, marks=marks))

    def _span(self, citation: Citation, document: Document, words: Words) -> Span | None:
        if citation.source_span.of(document.text) == citation.cited_text:
            return citation.source_span
        self._screen.tell(words.quote_lost)
        return None

    def _titled(self, title: str, words: Words) -> DocumentInfo | None:
        """The document with this in its title, or a message that there is none or several."""
        rows = self.documents()
        exact = [row for row in rows if title in (row.title, row.source)]
        found = exact or [row for row in rows if _matches(row, title)]
        if len(found) == 1:
            return found[0]
        if found:
            self._screen.tell(words.several_documents.format(title=title))
            self._screen.show(self._document_lines(found, words))
        else:
            self._screen.tell(words.no_such_document.format(title=title))
        return None

    def _document_lines(self, rows: list[DocumentInfo], words: Words) -> Iterable[Text]:
        from rich.text import Text

        from rag.cli.render import fitted_name

        count, collection = f"{len(rows):,}", clean(self.collection)
        yield Text(words.documents.format(count=count, collection=collection), style="dim")
        for row in islice(rows, _MOST_LISTED):
            yield Text("  " + fitted_name(row.title, row.source, self._screen.width - 2))

    def _show_choice(self, names: Mapping[str, bool], words: Words) -> None:
        from rich.text import Text

        self._screen.show(
            Text(f"{'*' if now else ' '} {clean(name)}" + (f"  ({words.present})" if now else ""))
            for name, now in names.items()
        )


def _matches(row: DocumentInfo, word: str) -> bool:
    return word.casefold() in f"{row.title}\n{row.source}".casefold()


def _dim(text: str) -> Text:
    from rich.text import Text

    return Text(text, style="dim")


def _two_columns(rows: Iterable[tuple[str, str]], width: int) -> Iterable[Text]:
    from rich.cells import cell_len
    from rich.text import Text

    from rag.cli.render import wrapped

    rows = list(rows)
    first = max(cell_len(name) for name, _ in rows) + 2
    for name, told in rows:
        yield from wrapped(Text(told), width, name + " " * (first - cell_len(name)), hanging=first)
