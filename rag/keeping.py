"""The catalogue and the two indexes as one: told, checked against each other, rebuilt.

The catalogue is the truth. The indexes live in a folder `index-N`; a rebuild fills `index-N+1`
and then switches in one transaction, so that there is a whole index at every moment. The
identity card among the catalogue's facts says which embedder, chunker and analyser the stored
data came from. It does not know how documents are read or questions answered.
"""

from __future__ import annotations

import json
import shutil
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.bilingual import forms_of
from rag.catalogue import Catalogue
from rag.embed import embed_question, embed_texts, embedder_name
from rag.errors import EmbedderMismatchError, StoreError
from rag.lexical import LexicalEntry, LexicalIndex
from rag.profile import Embedder, Profile
from rag.rows import Entry, StoredChunk
from rag.text.morphemes import analyse_many, analyser_version, bigrams
from rag.types import Check, Progress
from rag.vectors import VectorIndex, probe_in_subprocess

_NOTES = 4000  # of the outbox at a time
_TEXTS = 512  # embedded at a time


@dataclass(slots=True)
class Stores:
    """What a data folder holds, open. `vectors` and `lexical` are replaced by a rebuild."""

    folder: Path
    catalogue: Catalogue
    vectors: VectorIndex
    lexical: LexicalIndex

    def close(self) -> None:
        self.lexical.close()
        self.vectors.close()
        self.catalogue.close()


# -- the identity card ---------------------------------------------------------------------------


def card(profile: Profile, embedder: BaseEmbedding) -> dict[str, str]:
    """What an index made now would be made by."""
    from rag.chunk import VERSION

    return {
        "embedder": embedder_name(embedder),
        "dimension": str(len(embed_question(embedder, "dimension"))),
        "chunker": f"{VERSION} of {profile.ingest.chunk_tokens} {profile.ingest.tokenizer} tokens",
        "analyser": analyser_version(),
    }


def remember_embedder(catalogue: Catalogue, settings: Embedder | None) -> None:
    """Note by which settings the embedder of the index can be made again, if by any."""
    text = settings.model_dump_json() if settings is not None else ""
    if catalogue.fact("embedder_settings") != text:
        catalogue.set_facts({"embedder_settings": text})


def former_settings(catalogue: Catalogue) -> Embedder | None:
    """The settings that made the embedder of the index, where they are known."""
    text = catalogue.fact("embedder_settings")
    return Embedder.model_validate(json.loads(text)) if text else None


def require_same_embedder(catalogue: Catalogue, profile: Profile, now: dict[str, str]) -> None:
    """Raise EmbedderMismatchError, with the command that mends it, when vectors do not compare."""
    stored = catalogue.fact("embedder")
    if stored is None:
        catalogue.set_facts(now)
    elif (stored, catalogue.fact("dimension")) != (now["embedder"], now["dimension"]):
        raise EmbedderMismatchError(
            f"The index in {profile.data_dir} was built by the embedder {stored}, and the profile "
            f"{profile.name!r} uses {now['embedder']}. Run `rag reindex --profile {profile.name} "
            f"--data-dir {profile.data_dir}` to build it anew, or use the profile that built it."
        )


# -- opening -------------------------------------------------------------------------------------


def open_stores(folder: Path, catalogue: Catalogue) -> Stores:
    place = _place(folder, catalogue)
    return Stores(
        folder, catalogue, VectorIndex(place / "vectors"), LexicalIndex(place / "lexical")
    )


def remove_leftovers(folder: Path, catalogue: Catalogue) -> None:
    """Remove indexes that a rebuild left when its process was stopped."""
    for place in folder.glob("index-*"):
        if place != _place(folder, catalogue):
            shutil.rmtree(place, ignore_errors=True)


def _place(folder: Path, catalogue: Catalogue) -> Path:
    return folder / f"index-{catalogue.fact('generation') or '1'}"


def mark_unclean(stores: Stores) -> None:
    """Note that the indexes are being written to; `mark_clean` takes the note away."""
    (stores.folder / "writing").touch()


def mark_clean(stores: Stores) -> None:
    (stores.folder / "writing").unlink(missing_ok=True)


def was_interrupted(folder: Path) -> bool:
    """Whether the last writer was stopped before it had told the indexes everything."""
    return (folder / "writing").exists()


def recover(folder: Path, catalogue: Catalogue, embedder: str) -> Stores:
    """Open after an interruption: another process tries the vectors first, since a damaged
    Chroma can take its process along; then whatever an index lacks is added, what it has too
    much is removed, and an index that cannot be read is built anew."""
    vectors = _place(folder, catalogue) / "vectors"
    if vectors.exists() and not probe_in_subprocess(vectors):
        # Only the broken one is set aside: the catalogue fills a new one below.
        shutil.rmtree(vectors)
    stores = open_stores(folder, catalogue)
    mark_unclean(stores)
    tell(stores, embedder)
    for info in catalogue.collections():
        wanted = catalogue.indexed_ids(info.name)
        _mend(stores, info.name, wanted, embedder)
    mark_clean(stores)
    return stores


def _mend(stores: Stores, collection: str, wanted: dict[str, str], embedder: str) -> None:
    held = stores.vectors.ids(collection)
    stores.vectors.remove(collection, sorted(held - wanted.keys()))
    _add_vectors(stores, collection, sorted(wanted.keys() - held), wanted, embedder)
    words = stores.lexical.ids(collection)
    missing, extra = sorted(wanted.keys() - words), sorted(words - wanted.keys())
    if missing or extra:
        chunks = stores.catalogue.chunks(missing)
        stores.lexical.write(collection, lexical_entries(chunks[key] for key in missing), extra)


# -- telling the indexes -------------------------------------------------------------------------


def tell(stores: Stores, embedder: str, written: Sequence[Entry] = ()) -> None:
    """Pass on what the outbox holds. Safe to repeat after an interruption at any point. What was
    just `written`, and is in the catalogue, is not read from there again."""
    at_hand = {key: chunk for entry in written for key, chunk in entry.stored().items()}
    while notes := stores.catalogue.outbox(_NOTES):
        alive = {info.name for info in stores.catalogue.collections()}
        latest: dict[str, dict[str, str]] = {}
        for _, collection, chunk_id, kind in notes:
            latest.setdefault(collection, {})[chunk_id] = kind
        for collection, kinds in latest.items():
            if collection not in alive:
                stores.vectors.drop(collection)
                stores.lexical.drop(collection)
                continue
            added = [key for key, kind in kinds.items() if kind == "add"]
            chunks = stores.catalogue.chunks([key for key in added if key not in at_hand])
            chunks |= {key: at_hand[key] for key in added if key in at_hand}
            # As the catalogue gives them: the indexes break ties by what came first.
            chunks = dict(sorted(chunks.items()))
            gone = [key for key in kinds if key not in chunks]
            if gone:
                stores.vectors.remove(collection, gone)
            hashes = stores.catalogue.text_hashes(list(chunks))
            _add_vectors(stores, collection, list(chunks), hashes, embedder)
            stores.lexical.write(collection, lexical_entries(chunks.values()), gone)
        stores.catalogue.strike_off(notes[-1][0])


def _add_vectors(
    stores: Stores, collection: str, ids: Sequence[str], hashes: dict[str, str], embedder: str
) -> None:
    if not ids:
        return
    held = stores.catalogue.vectors([hashes[key] for key in ids], embedder)
    missing = [key for key in ids if hashes[key] not in held]
    if missing:
        raise StoreError(
            f"{len(missing)} chunks have no vector of {embedder}. `rag reindex` makes them."
        )
    stores.vectors.add(collection, ids, np.stack([held[hashes[key]] for key in ids]))


def lexical_entries(chunks: Iterable[StoredChunk]) -> list[LexicalEntry]:
    """The terms that each chunk is found by."""
    chunks = tuple(chunks)
    titles = list(dict.fromkeys(stored.title for stored in chunks))
    terms = {
        title: [token.key for token in tokens if token.key]
        for title, tokens in zip(titles, analyse_many(titles), strict=True)
    }
    return [
        LexicalEntry(
            chunk_id=stored.chunk.id,
            morphemes=[token.key for token in stored.tokens if token.key],
            bigrams=bigrams(stored.chunk.text),
            title=terms[stored.title],
            forms=forms_of(stored.tokens, stored.chunk.text),
        )
        for stored in chunks
    ]


# -- rebuilding ----------------------------------------------------------------------------------


def rebuild(
    stores: Stores,
    now: dict[str, str],
    embedder: BaseEmbedding,
    progress: Progress | None,
    switch: Callable[[VectorIndex, LexicalIndex], None],
) -> None:
    """Make both indexes again from the catalogue, embedding what this embedder has not seen,
    beside the old ones; then switch, and drop the old as soon as nobody searches it. The
    catalogue's texts are not touched. `switch` puts the new ones in place of the old at once.
    Whoever stops it leaves the old index in force; the vectors made so far are kept."""
    catalogue, name = stores.catalogue, now["embedder"]
    _embed_all(catalogue, embedder, name, progress)
    old = _place(stores.folder, catalogue)
    number = int(catalogue.fact("generation") or "1") + 1
    place = stores.folder / f"index-{number}"
    shutil.rmtree(place, ignore_errors=True)  # of a rebuild that was interrupted
    vectors, lexical = VectorIndex(place / "vectors"), LexicalIndex(place / "lexical")
    try:
        fresh = Stores(stores.folder, catalogue, vectors, lexical)
        for info in catalogue.collections():
            _fill(fresh, info.name, name, progress)
    except BaseException:
        lexical.close()
        vectors.close()
        shutil.rmtree(place, ignore_errors=True)
        raise
    retired = stores.vectors, stores.lexical
    catalogue.set_facts({**now, "generation": str(number)})
    switch(vectors, lexical)
    catalogue.drop_unused_vectors(name)
    _discard_when_unused(*retired, old)


def _embed_all(
    catalogue: Catalogue, embedder: BaseEmbedding, name: str, progress: Progress | None
) -> None:
    total = len(set(catalogue.indexed_ids().values()))
    done = total - catalogue.count_texts_without_vector(name)
    while texts := catalogue.texts_without_vector(name, _TEXTS):
        rows = embed_texts(embedder, list(texts.values()))
        catalogue.put_vectors(name, dict(zip(texts, rows, strict=True)))
        done += len(texts)
        if progress:
            progress("embed", done, total)


def _fill(fresh: Stores, collection: str, embedder: str, progress: Progress | None) -> None:
    wanted = fresh.catalogue.indexed_ids(collection)
    keys = list(wanted)
    for start in range(0, len(keys), _TEXTS):
        batch = keys[start : start + _TEXTS]
        chunks = fresh.catalogue.chunks(batch)
        _add_vectors(fresh, collection, batch, wanted, embedder)
        fresh.lexical.write(collection, lexical_entries(chunks.values()))
        if progress:
            progress("index", min(start + _TEXTS, len(keys)), len(keys))


def _discard_when_unused(vectors: VectorIndex, lexical: LexicalIndex, place: Path) -> None:
    """Close and remove an index once the last question that searches it has let go of it."""

    def discard(close: Callable[[], None]) -> None:
        lexical.close()
        close()
        shutil.rmtree(place, ignore_errors=True)

    weakref.finalize(vectors, discard, vectors.closer())


# -- checking ------------------------------------------------------------------------------------


def check(stores: Stores, now: dict[str, str]) -> tuple[Check, ...]:
    """Compare the three stores with each other, and the identity card with the program."""
    catalogue = stores.catalogue
    checks = [_check_spans(catalogue)]
    for fact in ("embedder", "dimension", "chunker", "analyser"):
        stored = catalogue.fact(fact) or "none"
        same = stored == now[fact]
        detail = stored if same else f"stored {stored}, now {now[fact]}"
        remedy = (
            "rag reindex" if fact in ("embedder", "dimension") else "ingest the documents again"
        )
        checks.append(Check(f"{fact} of the index", same, detail, "" if same else remedy))
    waiting = len(catalogue.outbox(_NOTES))
    checks.append(Check("nothing left to tell the indexes", not waiting, f"{waiting} waiting", ""))
    for info in catalogue.collections():
        wanted = catalogue.indexed_ids(info.name)
        held = stores.vectors.vectors(info.name)
        stored_vectors = catalogue.vectors(list(set(wanted.values())), now["embedder"])
        differing = sum(
            not np.allclose(held[key], stored_vectors.get(sha, np.nan), atol=1e-5)
            for key, sha in wanted.items()
            if key in held
        )
        words = stores.lexical.ids(info.name)
        for name, ids, wrong in (
            ("vectors", held.keys(), differing),
            ("words", words, 0),
        ):
            lost, extra = len(wanted.keys() - ids), len(ids - wanted.keys())
            good = not (lost or extra or wrong)
            detail = f"{len(ids)} of {len(wanted)} chunks (furniture is not indexed)"
            if not good:
                detail += f"; {lost} missing, {extra} too many, {wrong} with another vector"
            checks.append(
                Check(
                    f"{name} of collection {info.name}", good, detail, "" if good else "rag reindex"
                )
            )
    return tuple(checks)


def _check_spans(catalogue: Catalogue) -> Check:
    """Every chunk is the text that its span names."""
    wrong = catalogue.count_wrong_spans()
    total = sum(info.chunks for info in catalogue.collections())
    return Check(
        "every chunk is the text at its span",
        not wrong,
        f"{total - wrong} of {total} chunks",
        "" if not wrong else "ingest the documents again",
    )
