"""Everything that a data folder holds, in a form that can be compared with another's."""

from __future__ import annotations

import hashlib
from typing import Any

from rag.engine import Engine


def dump(engine: Engine) -> dict[str, Any]:
    """Documents, chunks, vectors and what each index holds, without times and row numbers."""
    stores = engine.parts.stores()
    catalogue = stores.catalogue
    rows = catalogue._rows
    held: dict[str, Any] = {
        "documents": sorted(
            rows("SELECT id, collection, source, title, text, sha256, blocks FROM documents")
        ),
        "chunks": sorted(
            rows(
                'SELECT id, document_id, ordinal, start, "end", text, role, sentences, analysis,'
                " text_hash FROM chunks"
            )
        ),
        "vectors": sorted(
            (key, embedder, hashlib.sha256(vector).hexdigest())
            for key, embedder, vector in rows("SELECT text_hash, embedder, vector FROM vectors")
        ),
        "outbox": rows("SELECT count(*) FROM outbox"),
    }
    for info in catalogue.collections():
        dense = stores.vectors.vectors(info.name)
        held[f"dense {info.name}"] = {key: row.round(4).tolist() for key, row in dense.items()}
        held[f"lexical {info.name}"] = sorted(stores.lexical.ids(info.name))
    return held
