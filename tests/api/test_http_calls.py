"""The calls of the contract, against a real server over the real engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from http_service import error_of

Add = Callable[..., list[dict[str, Any]]]

LIBRARY = "한빛도서관은 평일 오전 9시에 열어 오후 6시에 닫습니다. 주말에는 문을 열지 않습니다."
HARBOUR = "The harbour bridge was opened in 1932. It is 503 metres long and painted grey."
QUESTION = "한빛도서관은 몇 시에 닫나요?"


def ask(client: httpx.Client, question: str, **fields: object) -> dict[str, Any]:
    response = client.post("/v1/ask", json={"question": question, **fields})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_it_is_alive_and_ready(client: httpx.Client) -> None:
    alive = client.get("/healthz").json()
    assert alive["status"] == "alive"
    assert alive["instance"]
    assert client.get("/readyz").json() == {"status": "ready"}


def test_an_answer_quotes_the_stored_text_exactly(
    client: httpx.Client, add: Add, collection: str
) -> None:
    add({"text": LIBRARY, "source": "library.txt"}, {"text": HARBOUR, "source": "harbour.txt"})
    answer = ask(client, QUESTION, collection=collection)
    assert answer["object"] == "answer"
    assert answer["status"] in ("answered", "partial")
    assert "6시" in answer["answer"]
    assert answer["question"] == QUESTION
    assert answer["citations"]
    for citation in answer["citations"]:
        assert f"[{citation['marker']}]" in answer["answer"]
        document = client.get(f"/v1/documents/{citation['document_id']}").json()
        span = citation["source_span"]
        assert document["text"][span["start"] : span["end"]] == citation["cited_text"]
        assert citation["source"] == document["source"]
    assert answer["citations"][0]["source"] == "library.txt"


def test_an_empty_collection_abstains_with_a_reason(client: httpx.Client, collection: str) -> None:
    answer = ask(client, QUESTION, collection=collection)
    assert (answer["status"], answer["citations"]) == ("abstained", [])
    assert answer["reason"] is not None
    assert answer["answer"]


def test_the_trail_comes_only_when_asked_for(
    client: httpx.Client, add: Add, collection: str
) -> None:
    add({"text": LIBRARY})
    assert "trail" not in ask(client, QUESTION, collection=collection)
    trail = ask(client, QUESTION, collection=collection, explain=True)["trail"]
    assert trail
    assert set(trail[0]) == {"stage", "chunk_id", "rank", "score", "kept", "note"}


def test_history_is_taken(client: httpx.Client, add: Add, collection: str) -> None:
    add({"text": LIBRARY})
    history = [
        {"role": "user", "content": "한빛도서관은 언제 여나요?"},
        {"role": "assistant", "content": "평일 오전 9시에 엽니다. [1]"},
    ]
    answer = ask(client, "거기는 몇 시에 닫나요?", collection=collection, history=history)
    assert answer["question"] == "거기는 몇 시에 닫나요?"
    assert answer["standalone_question"]


def test_top_k_bounds_the_passages(client: httpx.Client, add: Add, collection: str) -> None:
    add(*({"text": f"한빛도서관 {n}호점은 오후 {n}시에 닫습니다."} for n in range(1, 7)))
    answer = ask(client, "한빛도서관은 몇 시에 닫나요?", collection=collection, top_k=2)
    assert 1 <= len(answer["passages"]) <= 2


def test_search_gives_passages_best_first(client: httpx.Client, add: Add, collection: str) -> None:
    add({"text": LIBRARY, "source": "library.txt"}, {"text": HARBOUR, "source": "harbour.txt"})
    body = {"question": "harbour bridge", "collection": collection, "top_k": 1}
    found = client.post("/v1/search", json=body).json()
    assert set(found) == {"object", "question", "language", "passages", "timings_ms"}
    assert found["object"] == "search"
    (passage,) = found["passages"]
    assert passage["source"] == "harbour.txt"
    text = client.get(f"/v1/documents/{passage['document_id']}").json()["text"]
    assert text[passage["span"]["start"] : passage["span"]["end"]] == passage["text"]
    assert min(passage["ranks"].values()) == 1


def test_filters_choose_by_metadata(client: httpx.Client, add: Add, collection: str) -> None:
    add(
        {"text": LIBRARY, "source": "old", "metadata": {"year": 2019, "kind": "notice"}},
        {"text": LIBRARY + " 2025년부터입니다.", "source": "new", "metadata": {"year": 2025}},
    )
    body = {"question": QUESTION, "collection": collection, "filters": {"year": {"gte": 2020}}}
    found = client.post("/v1/search", json=body).json()
    assert {passage["source"] for passage in found["passages"]} == {"new"}


def test_an_unknown_form_of_filter_is_refused(client: httpx.Client, collection: str) -> None:
    body = {"question": QUESTION, "collection": collection, "filters": {"year": {"near": 2020}}}
    response = client.post("/v1/search", json=body)
    assert response.status_code == 422
    assert error_of(response)["type"] == "invalid_input"


def test_inline_documents_are_answered_from_and_not_kept(client: httpx.Client) -> None:
    before = client.get("/v1/collections").json()
    documents = [{"text": HARBOUR}, {"text": LIBRARY}, {"text": "끝.", "source": "mine"}]
    answer = ask(client, QUESTION, documents=documents)
    assert answer["citations"][0]["source"] == "inline-2"
    assert "6시" in answer["answer"]
    assert client.get("/v1/collections").json() == before
    gone = client.get(f"/v1/documents/{answer['citations'][0]['document_id']}")
    assert gone.status_code == 404


def test_inline_documents_alone_are_read(client: httpx.Client, add: Add, collection: str) -> None:
    add({"text": LIBRARY})
    answer = ask(client, QUESTION, collection=collection, documents=[{"text": HARBOUR}])
    assert not [c for c in answer["citations"] if c["source"] != "inline-1"]
    assert "6시" not in answer["answer"]


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/search"])
def test_a_collection_must_exist(client: httpx.Client, path: str) -> None:
    response = client.post(path, json={"question": "누구?", "collection": "no-such-one"})
    assert response.status_code == 404
    assert error_of(response)["type"] == "not_found"


def test_documents_cannot_be_added_to_an_unknown_collection(client: httpx.Client) -> None:
    body = {"documents": [{"text": LIBRARY, "collection": "no-such-one"}]}
    response = client.post("/v1/documents", json=body)
    assert response.status_code == 404
    assert error_of(response)["type"] == "not_found"


def test_the_list_of_an_unknown_collection_is_a_404(client: httpx.Client) -> None:
    assert client.get("/v1/documents?collection=no-such-one").status_code == 404


def test_added_unchanged_updated(client: httpx.Client, add: Add, collection: str) -> None:
    (first,) = add({"text": LIBRARY, "source": "hours"})
    assert (first["status"], first["source"], first["error"]) == ("added", "hours", None)
    assert first["chunks"] >= 1
    (again,) = add({"text": LIBRARY, "source": "hours"})
    assert (again["status"], again["document_id"]) == ("unchanged", first["document_id"])

    (updated,) = add({"text": LIBRARY.replace("6시", "8시"), "source": "hours"})
    assert updated["status"] == "updated"
    answer = ask(client, QUESTION, collection=collection)
    assert "8시" in answer["answer"]
    assert "오후 6시" not in str(answer)
    listed = client.get(f"/v1/documents?collection={collection}").json()["documents"]
    assert [document["document_id"] for document in listed] == [updated["document_id"]]


def test_one_bad_document_never_loses_the_good_ones(
    client: httpx.Client, add: Add, collection: str
) -> None:
    body = {
        "documents": [
            {"text": LIBRARY, "source": "a", "collection": collection},
            {"text": "", "source": "b", "collection": collection},
            {"text": " \n ", "source": "c", "collection": collection},
            {"text": HARBOUR, "source": "d", "collection": collection},
        ]
    }
    response = client.post("/v1/documents", json=body)
    assert response.status_code == 200
    items = response.json()["documents"]
    assert [item["source"] for item in items] == ["a", "b", "c", "d"]
    assert [item["status"] for item in items] == ["added", "failed", "failed", "added"]
    assert all(item["error"] for item in items if item["status"] == "failed")
    counts = response.json()["counts"]
    assert (counts["added"], counts["failed"], counts["updated"]) == (2, 2, 0)
    listed = client.get(f"/v1/documents?collection={collection}").json()["documents"]
    assert {document["source"] for document in listed} == {"a", "d"}


def test_a_document_is_read_back_whole(client: httpx.Client, add: Add, collection: str) -> None:
    text = "이모지 👩‍👩‍👧 와 한글,\r\n그리고 NUL\0 하나입니다."
    metadata = {"year": 2025, "tags": ["가", None, 1.5, {"b": True}]}
    (item,) = add({"text": text, "title": "제목", "source": "폴더/이름.txt", "metadata": metadata})
    document = client.get(f"/v1/documents/{item['document_id']}").json()
    assert document["sha256"] == hashlib.sha256(document["text"].encode()).hexdigest()
    assert document["characters"] == len(document["text"])
    assert "👩‍👩‍👧" in document["text"]
    assert (document["title"], document["source"]) == ("제목", "폴더/이름.txt")
    assert (document["metadata"], document["collection"]) == (metadata, collection)
    listed = client.get(f"/v1/documents?collection={collection}").json()["documents"]
    assert listed == [{name: value for name, value in document.items() if name != "text"}]


def test_a_removed_document_is_gone(client: httpx.Client, add: Add, collection: str) -> None:
    (item,) = add({"text": LIBRARY})
    path = f"/v1/documents/{item['document_id']}"
    response = client.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404
    assert ask(client, QUESTION, collection=collection)["status"] == "abstained"


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
def test_pages_together_are_the_whole_list_once(
    client: httpx.Client, add: Add, collection: str, limit: int
) -> None:
    added = add(*({"text": f"{n}번째 글입니다."} for n in range(7)))
    seen: list[str] = []
    after: str | None = None
    for _ in range(8):
        query = {"collection": collection, "limit": str(limit)} | (
            {"after": after} if after else {}
        )
        page = client.get("/v1/documents", params=query).json()
        assert len(page["documents"]) <= limit
        seen += [document["document_id"] for document in page["documents"]]
        after = page["next"]
        if after is None:
            break
    assert after is None
    assert sorted(seen) == sorted(str(item["document_id"]) for item in added)


def test_without_a_collection_the_list_is_that_of_the_default_one(
    client: httpx.Client, add: Add
) -> None:
    (elsewhere,) = add({"text": LIBRARY})
    (here,) = add({"text": LIBRARY, "collection": "default"})
    rows = client.get("/v1/documents", params={"limit": 1000}).json()["documents"]
    listed = {row["document_id"] for row in rows}
    assert client.delete(f"/v1/documents/{here['document_id']}").status_code == 204
    assert here["document_id"] in listed
    assert elsewhere["document_id"] not in listed


def test_a_collection_that_is_not_there_keeps_the_whole_request_out(
    client: httpx.Client, collection: str
) -> None:
    documents = [{"text": LIBRARY, "collection": name} for name in (collection, "no-such-one")]
    assert client.post("/v1/documents", json={"documents": documents}).status_code == 404
    listed = client.get("/v1/documents", params={"collection": collection}).json()["documents"]
    assert listed == []


def test_collections_are_made_listed_and_removed(client: httpx.Client) -> None:
    response = client.post("/v1/collections", json={"name": "made-here"})
    assert response.status_code == 201
    assert response.json() == {"name": "made-here", "documents": 0, "chunks": 0}
    again = client.post("/v1/collections", json={"name": "made-here"})
    assert again.status_code == 409
    assert error_of(again)["type"] == "already_exists"

    body = {"documents": [{"text": LIBRARY, "collection": "made-here"}]}
    document_id = client.post("/v1/documents", json=body).json()["documents"][0]["document_id"]
    listed = {c["name"]: c for c in client.get("/v1/collections").json()["collections"]}
    assert listed["made-here"]["documents"] == 1
    assert listed["made-here"]["chunks"] >= 1
    assert "default" in listed

    response = client.delete("/v1/collections/made-here")
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(f"/v1/documents/{document_id}").status_code == 404
    assert client.delete("/v1/collections/made-here").status_code == 404


@pytest.mark.parametrize("name", ["", " ", "a\0b", "가" * 1000, "a\nb", "\u202e"])
def test_a_collection_name_that_cannot_be_used_is_a_422(client: httpx.Client, name: str) -> None:
    response = client.post("/v1/collections", json={"name": name})
    assert response.status_code == 422
    assert error_of(response)["param"] == "name"


@pytest.mark.parametrize("name", ["매뉴얼", "a/b", "of 2025", "100%?#", "가족 👩"])
def test_whatever_name_is_accepted_can_be_used_and_removed(client: httpx.Client, name: str) -> None:
    made = client.post("/v1/collections", json={"name": name})
    assert made.status_code == 201
    name = made.json()["name"]
    body = {"documents": [{"text": LIBRARY, "collection": name}]}
    assert client.post("/v1/documents", json=body).json()["counts"]["added"] == 1
    page = client.get("/v1/documents", params={"collection": name}).json()
    assert [document["collection"] for document in page["documents"]] == [name]
    assert client.delete(f"/v1/collections/{quote(name, safe='')}").status_code == 204
    assert name not in client.get("/v1/collections").text
