"""Files as a multipart form: answered as JSON documents are, each file for itself."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from http_service import error_of
from hypothesis import given, settings
from hypothesis import strategies as st

HOURS = "한빛도서관은 평일 오전 9시에 열어 오후 6시에 닫습니다."
QUESTION = "한빛도서관은 몇 시에 닫나요?"


def upload(client: httpx.Client, *files: tuple[str, bytes], **fields: str) -> httpx.Response:
    return client.post(
        "/v1/documents", files=[("files", (name, data)) for name, data in files], data=fields
    )


def items(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    body = response.json()
    assert set(body) == {"documents", "counts"}
    documents: list[dict[str, Any]] = body["documents"]
    return documents


def test_files_are_kept_and_answered_from(client: httpx.Client, collection: str) -> None:
    report = b"# Opening hours\n\nThe harbour bridge opens at **nine**.\n"
    response = upload(
        client,
        ("이용 시간.txt", HOURS.encode()),
        ("bridge.MD", report),
        collection=collection,
        metadata='{"year": 2025}',
    )
    first, second = items(response)
    assert (first["source"], first["status"]) == ("이용 시간.txt", "added")
    assert (second["source"], second["status"]) == ("bridge.MD", "added")
    assert response.json()["counts"]["added"] == 2
    document = client.get(f"/v1/documents/{second['document_id']}").json()
    assert (document["title"], document["metadata"]) == ("Opening hours", {"year": 2025})
    assert document["collection"] == collection
    body = {"question": QUESTION, "collection": collection, "filters": {"year": 2025}}
    answer = client.post("/v1/ask", json=body).json()
    assert answer["citations"][0]["source"] == "이용 시간.txt"


def test_the_same_file_is_unchanged_and_another_updates_it(
    client: httpx.Client, collection: str
) -> None:
    def status(data: bytes, **fields: str) -> object:
        (item,) = items(upload(client, ("hours.txt", data), collection=collection, **fields))
        return item["status"]

    assert status(HOURS.encode()) == "added"
    assert status(HOURS.encode()) == "unchanged"
    assert status(HOURS.encode("cp949")) == "unchanged"
    assert status(HOURS.encode(), metadata='{"year": 2025}') == "updated"
    assert status(HOURS.replace("6시", "8시").encode()) == "updated"
    listed = client.get(f"/v1/documents?collection={collection}").json()["documents"]
    assert [document["source"] for document in listed] == ["hours.txt"]


def test_one_bad_file_never_loses_the_good_ones(client: httpx.Client, collection: str) -> None:
    response = upload(
        client,
        ("empty.txt", b""),
        ("hours.txt", HOURS.encode()),
        ("picture.png", b"\x89PNG\r\n"),
        ("binary.txt", bytes(range(256)) * 8),
        ("../../etc/passwd.txt", "경로가 아니라 이름입니다.".encode()),
        collection=collection,
    )
    found = items(response)
    assert [item["status"] for item in found] == ["failed", "added", "failed", "failed", "added"]
    assert [item["source"] for item in found][0:3] == ["empty.txt", "hours.txt", "picture.png"]
    assert found[4]["source"] == "../../etc/passwd.txt"
    assert all(item["error"] for item in found if item["status"] == "failed")
    assert response.json()["counts"]["failed"] == 3


@pytest.mark.parametrize(
    ("files", "fields", "param", "says"),
    [
        ([], {"collection": "default"}, "files", "required"),
        ([("file", ("a.txt", b"a"))], {}, "file", "`files`"),
        ([("files", ("a.txt", b"a"))], {"colection": "x"}, "colection", "`collection`"),
        ([("files", ("a.txt", b"a"))], {"files": "text"}, "files", "file name"),
        ([("files", ("a.txt", b"a"))], {"metadata": "[1]"}, "metadata", "object"),
    ],
)
def test_what_is_wrong_with_the_form_is_named(
    client: httpx.Client, files: Any, fields: dict[str, str], param: str, says: str
) -> None:
    files = files or [("collection", (None, b"default"))]
    response = client.post("/v1/documents", files=files, data=fields)
    assert response.status_code == 422, response.text
    error = error_of(response)
    assert error["param"] == param
    assert says in str(error["message"])


def test_metadata_that_is_no_json_is_a_400(client: httpx.Client) -> None:
    response = upload(client, ("a.txt", b"a"), metadata="{")
    assert (response.status_code, error_of(response)["type"]) == (400, "malformed")


def test_a_collection_must_exist(client: httpx.Client) -> None:
    response = upload(client, ("a.txt", b"some text"), collection="no-such-one")
    assert (response.status_code, error_of(response)["type"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "{url}"}, 200),
        ({"Origin": "https://named.example", "Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_a_page_of_another_origin_cannot_send_files(
    client: httpx.Client, collection: str, headers: dict[str, str], status: int
) -> None:
    url = str(client.base_url).rstrip("/")
    response = client.post(
        "/v1/documents",
        files={"files": ("hours.txt", HOURS.encode())},
        data={"collection": collection},
        headers={name: value.format(url=url) for name, value in headers.items()},
    )
    assert response.status_code == status, response.text


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_a_form_without_a_boundary_is_a_400(client: httpx.Client, content_type: str) -> None:
    response = client.post(
        "/v1/documents", content=b"--x\r\n", headers={"Content-Type": content_type}
    )
    assert (response.status_code, error_of(response)["type"]) == (400, "malformed")


HEAD = b'--x\r\nContent-Disposition: form-data; name="files"; filename="'


def test_no_form_whatever_is_a_500(client: httpx.Client) -> None:
    @settings(max_examples=80, deadline=None)
    @given(
        st.binary(max_size=200)
        | st.tuples(st.binary(max_size=20), st.binary(max_size=40)).map(
            lambda both: HEAD + both[0] + b'.txt"\r\n\r\n' + both[1] + b"\r\n--x--\r\n"
        )
    )
    def send(body: bytes) -> None:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        response = client.post("/v1/documents", content=body, headers=headers)
        assert response.status_code < 500, response.text
        assert response.status_code < 300 or set(response.json()) == {"error"}

    send()


def test_a_citation_is_followed_over_http(client: httpx.Client, collection: str) -> None:
    upload(client, ("hours.txt", HOURS.encode()), collection=collection)
    body = {"question": QUESTION, "collection": collection}
    (citation, *_) = client.post("/v1/ask", json=body).json()["citations"]
    path = f"/v1/citations/{citation['id']}"
    held = client.get(path).json()
    assert (held["id"], held["object"], held["status"]) == (citation["id"], "citation", "unchanged")
    assert held["source_span"] == citation["source_span"]

    upload(client, ("hours.txt", f"공지입니다. {HOURS}".encode()), collection=collection)
    moved = client.get(path).json()
    assert moved["status"] == "moved"
    text = client.get(f"/v1/documents/{moved['document_id']}").json()["text"]
    span = moved["source_span"]
    assert text[span["start"] : span["end"]] == moved["cited_text"] == citation["cited_text"]
    assert moved["citation"]["source_span"] == citation["source_span"]

    upload(client, ("hours.txt", HOURS.replace("6시", "8시").encode()), collection=collection)
    assert client.get(path).json()["status"] == "changed"
    client.delete(f"/v1/collections/{collection}")
    gone = client.get(path).json()
    assert (gone["status"], gone["document_id"], gone["source_span"]) == ("gone", None, None)
