"""Geungeo: questions about documents, answered with quotes that can be opened and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.engine import Engine, open_engine

__all__ = ["Engine", "open_engine"]


def __getattr__(name: str) -> object:
    # Loaded at first use: importing the package must not cost what opening an engine does.
    if name in __all__:
        from rag import engine

        return getattr(engine, name)
    raise AttributeError(f"module 'rag' has no attribute {name!r}")
