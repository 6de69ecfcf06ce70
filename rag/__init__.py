"""Geungeo: questions about documents, answered with quotes that can be opened and checked.

    from rag import NewDocument, open_engine

    with open_engine(write=True) as engine:
        engine.add([NewDocument("한빛도서관은 오후 6시에 닫습니다.", source="hours.txt")])
        answer = engine.ask("한빛도서관은 몇 시에 닫나요?")
        for citation in answer.citations:
            print(f"[{citation.marker}]", citation.cited_text, citation.source)

Everything in `__all__` is public, and so is what `rag.testing` and `rag.llama_index` offer; the
other modules may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.cancel import Cancel
    from rag.engine import Engine, open_engine
    from rag.errors import RagError
    from rag.profile import Profile, load_profile
    from rag.types import (
        Answer,
        Citation,
        Document,
        NewDocument,
        NewFile,
        Passage,
        SearchResult,
        Span,
        Turn,
        Verification,
    )

__all__ = [
    "Answer",
    "Cancel",
    "Citation",
    "Document",
    "Engine",
    "NewDocument",
    "NewFile",
    "Passage",
    "Profile",
    "RagError",
    "SearchResult",
    "Span",
    "Turn",
    "Verification",
    "load_profile",
    "open_engine",
]

_HOMES = {
    "Cancel": "cancel",
    "Engine": "engine",
    "Profile": "profile",
    "RagError": "errors",
    "load_profile": "profile",
    "open_engine": "engine",
}


def __getattr__(name: str) -> object:
    # Loaded at first use: importing the package must not cost what opening an engine does.
    if name in __all__:
        return getattr(import_module(f"rag.{_HOMES.get(name, 'types')}"), name)
    raise AttributeError(f"module 'rag' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
