"""Cross-encoders that read question and passage together: in this process, or behind a server with
the call /v1/rerank as vLLM, llama.cpp and others have it.

They give one score for each passage, larger for better; what it is worth beside our own ranking
is decided elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

from rag.models.backend import Attempt, Backend
from rag.models.folder import model_folder, offline, optional, quiet
from rag.profile import Deadlines, Reranker


class CrossEncoder(Protocol):
    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score for each passage, in their order. Raises ModelError."""
        ...

    def close(self) -> None: ...


class ServedReranker:
    """Scores from a server. A `CrossEncoder`."""

    def __init__(self, section: Reranker, deadlines: Deadlines) -> None:
        self.backend = Backend(section, deadlines)

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        body = {"model": self.backend.model, "query": question, "documents": list(passages)}

        async def ask(attempt: Attempt) -> list[float]:
            reply = await attempt.client.post("/rerank", body=body, cast_to=object)
            found = {row["index"]: float(row["relevance_score"]) for row in reply["results"]}  # type: ignore[index]
            if found.keys() != set(range(len(passages))):
                raise self.backend.faults.broken("did not score every passage")
            return [found[place] for place in range(len(passages))]

        return self.backend.call(ask) if passages else []

    def close(self) -> None:
        """Give the connections back."""
        self.backend.close()


class LocalReranker:
    """Scores from sentence-transformers' CrossEncoder, from a folder on this machine. A
    `CrossEncoder`. Raises ProfileError when the folder or the packages are missing."""

    def __init__(self, section: Reranker) -> None:
        folder = model_folder(section.model)
        offline()
        library = optional("sentence_transformers")
        quiet()
        self._model: Any = library.CrossEncoder(str(folder), local_files_only=True)
        self._turn = threading.Lock()

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        if not passages:
            return []
        with self._turn:  # the tokenizer below it is not made for several threads
            rows = self._model.predict([(question, p) for p in passages], show_progress_bar=False)
        return [float(row) for row in rows]

    def close(self) -> None:
        """Nothing to give back."""
