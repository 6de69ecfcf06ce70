"""The three stores: checked against each other, mended, and never shared by two writers."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rag.engine import Engine, open_engine
from rag.errors import BusyError, EmbedderMismatchError, StoreError
from rag.profile import Profile
from rag.types import NewDocument
from tests.conftest import MakeProfile
from tests.support.articles import article
from tests.support.dump import dump

TEXTS = [NewDocument(article(number), source=str(number)) for number in range(6)]


def filled(profile: Profile) -> None:
    with open_engine(profile, write=True) as engine:
        engine.add(TEXTS)


def failing(engine: Engine) -> list[str]:
    return [check.name for check in engine.check() if not check.ok]


def test_doctor_sees_what_an_index_lost_and_reindex_mends_it(engine: Engine) -> None:
    engine.add(TEXTS)
    whole = dump(engine)
    assert failing(engine) == []
    stores = engine.parts.stores()
    some = sorted(stores.lexical.ids("default"))[0]
    stores.vectors.remove("default", [some])
    assert failing(engine) == ["vectors of collection default"]
    stores.lexical.write("default", [], [some])
    assert failing(engine) == ["vectors of collection default", "words of collection default"]
    engine.reindex()
    assert failing(engine) == []
    assert dump(engine) == whole
    assert engine.add([NewDocument("새 글이다. 오로라는 초록색이다.")]).counts["added"] == 1
    assert "초록색" in engine.ask("오로라는 무슨 색인가?").answer


def test_an_index_that_was_removed_is_rebuilt_after_an_interruption(
    make_profile: MakeProfile,
) -> None:
    profile = make_profile()
    filled(profile)
    with open_engine(profile) as engine:
        whole = dump(engine)
    (profile.data_dir / "writing").touch()
    shutil.rmtree(profile.data_dir / "index-1")
    with open_engine(profile) as engine:
        assert failing(engine) == []
        assert dump(engine) == whole


def test_a_damaged_chroma_is_rebuilt_after_an_interruption(make_profile: MakeProfile) -> None:
    profile = make_profile()
    filled(profile)
    (profile.data_dir / "writing").touch()
    damaged = profile.data_dir / "index-1" / "vectors" / "chroma.sqlite3"
    damaged.write_bytes(b"no database" * 1000)
    with open_engine(profile) as engine:
        assert failing(engine) == []
        assert engine.search("plant").passages


def test_a_damaged_catalogue_is_a_clear_error(make_profile: MakeProfile) -> None:
    profile = make_profile()
    filled(profile)
    for file in profile.data_dir.glob("catalogue.sqlite*"):
        file.write_bytes(b"not a database, for sure " * 500)
    with pytest.raises(StoreError, match="catalogue"):
        open_engine(profile)


def test_another_embedder_is_refused_with_the_command_that_mends_it(
    make_profile: MakeProfile,
) -> None:
    profile = make_profile()
    filled(profile)
    with sqlite3.connect(profile.data_dir / "catalogue.sqlite") as db:
        db.execute("UPDATE facts SET value = 'other-model' WHERE key = 'embedder'")
        db.execute("UPDATE vectors SET embedder = 'other-model'")
    with open_engine(profile, write=True) as engine:
        with pytest.raises(EmbedderMismatchError) as caught:
            engine.ask("Who opens a plant?")
        assert f"rag reindex --profile embedded --data-dir {profile.data_dir}" in str(caught.value)
        with pytest.raises(EmbedderMismatchError):
            engine.add([NewDocument("A new text.")])
        engine.reindex()
        assert failing(engine) == []
        assert engine.search("plant").passages


def test_one_writer_and_a_message_that_helps(make_profile: MakeProfile) -> None:
    profile = make_profile()
    with open_engine(profile, write=True):
        code = (
            "from rag.engine import open_engine\nfrom rag.profile import load_profile\n"
            f"profile = load_profile(overrides={{'data_dir': {str(profile.data_dir)!r}}})\n"
            "open_engine(profile, write=True)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode != 0
    assert "BusyError" in done.stderr
    assert "is in use by process" in done.stderr
    assert "over HTTP" in done.stderr


def test_readers_go_together_and_keep_writers_out(make_profile: MakeProfile) -> None:
    profile = make_profile()
    filled(profile)
    with open_engine(profile) as one, open_engine(profile) as two:
        assert one.search("plant").passages == two.search("plant").passages
        with pytest.raises(BusyError):
            open_engine(profile, write=True)
        with pytest.raises(StoreError, match="opened for reading"):
            one.add([NewDocument("A text.")])
    filled(profile)


def test_seeds_come_once_and_only_where_they_are_wanted(make_profile: MakeProfile) -> None:
    profile = make_profile("born")
    with open_engine(profile, write=True, seeds=True) as engine:
        first, second = engine.documents().documents
        engine.remove(first.document_id)
    with open_engine(profile, write=True, seeds=True) as engine:
        assert engine.documents().documents == (second,)
    other = make_profile("declined")
    with open_engine(other, write=True) as engine:
        engine.add([NewDocument("Mine alone.", source="mine")])
    with open_engine(other, write=True, seeds=True) as engine:
        assert [d.source for d in engine.documents().documents] == ["mine"]


def test_pages_cover_all_documents_once(engine: Engine) -> None:
    engine.add([NewDocument(article(n), source=str(n)) for n in range(7)])
    seen: list[str] = []
    after = None
    while True:
        page = engine.documents("default", limit=3, after=after)
        seen += [info.source for info in page.documents]
        after = page.next
        if after is None:
            break
    assert sorted(seen) == [str(n) for n in range(7)]


def test_the_catalogue_is_found_to_disagree_with_a_text(engine: Engine, tmp_path: Path) -> None:
    engine.add(TEXTS)
    stores = engine.parts.stores()
    with stores.catalogue._transaction() as db:
        db.execute("UPDATE chunks SET text = 'another text' WHERE ordinal = 0")
    assert failing(engine) == ["every chunk is the text at its span"]
