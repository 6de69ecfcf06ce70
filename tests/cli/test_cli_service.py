"""Asking a running service: the client, and finding the service that holds a folder."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rag.cancel import Cancel
from rag.errors import CancelledError, InputError, NotFoundError, RagError
from rag.events import CitationEvent, DeltaEvent, FinalEvent, PassagesEvent
from rag.lock import holder
from rag.service_client import ServiceClient, find_service
from rag.types import NewDocument, Turn

from .conftest import Service
from .running import QUESTION, Outcome, environment, run_program, serving
from .slow_service import slow_service

WHALE = "흰수염고래의 무게는 150톤이다. 고래는 폐로 숨을 쉰다."


@pytest.fixture
def client(service: Service) -> ServiceClient:
    return ServiceClient(service.url)


def test_a_streamed_answer_is_the_answer(client: ServiceClient) -> None:
    whole = client.ask(QUESTION)
    first, *middle, last = client.stream(QUESTION)
    assert isinstance(first, PassagesEvent)
    assert isinstance(last, FinalEvent)
    assert first.passages == last.answer.passages
    assert last.answer.trail is None
    text = "".join(event.text for event in middle if isinstance(event, DeltaEvent))
    assert text == last.answer.answer == whole.answer
    cited = tuple(event.citation for event in middle if isinstance(event, CitationEvent))
    assert cited == last.answer.citations == whole.citations
    explained = client.ask(QUESTION, explain=True, history=[Turn("user", "안녕")])
    assert explained.trail


def test_passages_documents_and_collections(client: ServiceClient) -> None:
    found = client.search(QUESTION, top_k=2)
    assert len(found.passages) == 2
    page = client.documents("default", limit=1)
    rest = client.documents(after=page.next)
    assert [len(page.documents), len(rest.documents)] == [1, 1]
    passage = found.passages[0]
    document = client.document(passage.document_id)
    assert passage.span.of(document.text) == passage.text
    assert "default" in {known.name for known in client.collections()}


def test_what_is_added_is_found(client: ServiceClient, tmp_path: Path) -> None:
    client.create_collection("whales")
    report = client.add([NewDocument(WHALE, source="고래", collection="whales")])
    assert report.counts["added"] == 1
    assert "150톤" in client.ask("흰수염고래의 무게는?", collection="whales").answer
    folder = tmp_path / "글"
    (folder / "하나").mkdir(parents=True)
    (folder / "하나" / "고래 둘.md").write_text(
        "# 둘\n\n향유고래는 3000미터까지 잠수한다.", encoding="utf-8"
    )
    (folder / "bad.txt").write_bytes(b"")
    sent = client.ingest_paths([folder, tmp_path / "none.txt"], collection="whales")
    assert (sent.counts["added"], sent.counts["failed"]) == (1, 2)
    assert any(item.source == "하나/고래 둘.md" for item in sent.items)
    assert "3000미터" in client.ask("향유고래의 잠수 깊이는?", collection="whales").answer


def test_errors_are_those_of_the_engine(client: ServiceClient) -> None:
    with pytest.raises(NotFoundError, match="nosuch"):
        client.documents("nosuch")
    with pytest.raises(NotFoundError, match="nosuch"):
        list(client.stream(QUESTION, collection="nosuch"))
    with pytest.raises(InputError):
        client.ask(" ")
    with pytest.raises(InputError, match="http"):
        ServiceClient("127.0.0.1:8000")
    with pytest.raises(RagError, match="rag serve"):
        ServiceClient("http://127.0.0.1:9").collections()


def test_another_service_is_told_apart() -> None:
    with slow_service() as slow, pytest.raises(RagError, match="Check the address"):
        ServiceClient(slow.url).documents()


def test_cancelling_hangs_up() -> None:
    with slow_service() as slow:
        cancel = Cancel()
        events = ServiceClient(slow.url).stream(QUESTION, cancel=cancel)
        assert isinstance(next(events), PassagesEvent)
        threading.Timer(0.2, cancel.throw).start()
        with pytest.raises(CancelledError):
            list(events)
        assert slow.hung_up.wait(30)


def test_the_key_is_sent_but_not_to_find_out_who_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_API_KEY", "secret")
    with slow_service() as slow:
        client = ServiceClient(slow.url)
        client.collections()
        assert client.instance() is None
    assert slow.keys == ["Bearer secret", None]


def test_the_service_that_holds_a_folder_is_found(
    service: Service, rag: Callable[..., Outcome]
) -> None:
    found = find_service(service.data_dir)
    assert found is not None
    assert found.url == service.url
    folder = str(service.data_dir)
    done = rag("ask", QUESTION, "--json", "--data-dir", folder)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["citations"]
    assert rag("search", QUESTION, "--data-dir", folder).out.startswith("[1] ")
    at_url = rag("ask", QUESTION, "--url", service.url)
    assert "2013년" in at_url.out


def test_a_text_is_verified_whoever_holds_the_folder(
    service: Service, rag: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_DATA_DIR", str(service.data_dir))
    done = rag("verify", "르쿤은 2013년 메타에 합류했다.", "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["sentences"][0]["evidence"]["document_id"]
    source = tmp_path / "whale.txt"
    source.write_text(WHALE, encoding="utf-8")
    done = rag("verify", "고래는 폐로 숨을 쉰다.", "--source", str(source))
    assert (done.code, done.err) == (0, "")


def test_a_service_with_keys_tells_where_the_program_takes_one_from(
    service: Service, rag: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAG_API_KEY", raising=False)
    folder = str(service.data_dir)
    key = rag("keys", "add", "mine", "--data-dir", folder).out.splitlines()[0]
    try:
        refused = rag("ask", QUESTION, "--url", service.url)
        monkeypatch.setenv("RAG_API_KEY", key)
        answered = rag("ask", QUESTION, "--url", service.url)
    finally:
        rag("keys", "rm", "mine", "--data-dir", folder)
    assert (refused.code, refused.out) == (1, "")
    assert "RAG_API_KEY" in refused.err
    assert "2013년" in answered.out


def test_a_chat_in_a_pipe_asks_the_service_that_holds_the_folder(
    service: Service, tmp_path: Path
) -> None:
    done = run_program(
        "chat",
        "--data-dir",
        str(service.data_dir),
        cwd=tmp_path,
        stdin=f"{QUESTION}\n/sources 1\n/use other\n/nosuch\n",
        env=environment(XDG_STATE_HOME=str(tmp_path)),
    )
    assert done.code == 0
    answer, _, sources = done.out.partition("\n[1]")
    assert "2013년" in answer
    assert "튜링상" in sources
    assert "\x1b" not in done.out
    profile, unknown = done.err.splitlines()
    assert service.url in profile
    assert unknown.startswith("/nosuch")
    assert list(tmp_path.iterdir()) == [], "no history is kept of a pipe"


def test_a_service_that_is_gone_or_another_is_not_asked(
    service: Service, data_dir: Path, tmp_path: Path
) -> None:
    note = holder(service.data_dir)
    assert note is not None
    stale = replace(note, instance="of yesterday")
    for folder, written in ((tmp_path / "other", stale), (tmp_path / "junk", None)):
        folder.mkdir()
        text = json.dumps(written and {n: getattr(written, n) for n in note.__slots__})
        (folder / "writer.json").write_text(text if written else "[1")
        assert find_service(folder) is None
    assert find_service(data_dir) is None


def test_the_note_goes_with_the_service(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with serving(folder, "--no-seeds") as url:
        note = holder(folder)
        assert note is not None
        assert note.url == url
    assert holder(folder) is None
