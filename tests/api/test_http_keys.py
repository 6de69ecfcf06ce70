"""Who may call: keys, scopes, rates, other sites' pages; and what is logged and counted of it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from http_service import Running, error_of, start_server

from api.admission import Rate
from api.server import serve
from rag.keys import KeyFile
from rag.profile import load_profile

QUESTION = "비밀도서관의 암호는 무엇인가?"
ASK = {"question": QUESTION}
OPEN = ["/healthz", "/readyz", "/docs", "/openapi.json", "/nothing"]
CALLS = [
    ("POST", "/v1/ask", "read"),
    ("POST", "/v1/search", "read"),
    ("POST", "/v1/verify", "read"),
    ("GET", "/v1/documents", "read"),
    ("POST", "/v1/documents", "write"),
    ("GET", "/v1/documents/doc_1", "read"),
    ("DELETE", "/v1/documents/doc_1", "write"),
    ("GET", "/v1/collections", "read"),
    ("POST", "/v1/collections", "write"),
    ("DELETE", "/v1/collections/x", "write"),
    ("GET", "/v1/nothing-yet", "read"),
    ("POST", "/v1/nothing-yet", "write"),
    ("POST", "/v1/ask/", "write"),
    ("GET", "/metrics", "read"),
    ("GET", "//v1/documents", None),
]
RATE = 30


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with a limit on the rate and one other site, and no keys at first."""
    running = start_server(
        tmp_path_factory.mktemp("strict"),
        server__rate_per_minute=RATE,
        server__cors_origins="https://app.example",
    )
    yield running
    assert running.stop()[0] == 0


@pytest.fixture(scope="module")
def guarded(strict: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=strict.url, timeout=60, trust_env=False) as client:
        assert client.get("/v1/collections").status_code == 200, "no key is asked for without keys"
        yield client


@pytest.fixture
def keys(strict: Running, guarded: httpx.Client) -> Iterator[KeyFile]:
    """The keys of the running service, one of them of somebody else."""
    file = KeyFile(strict.data_dir)
    file.add("somebody", ["read", "write"])
    yield file
    for key in file.known():
        file.remove(key.name)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_every_call_asks_for_a_key_with_its_scope(
    guarded: httpx.Client, keys: KeyFile, method: str, path: str, scope: str | None
) -> None:
    reading, writing = keys.add("reading", ["read"]), keys.add("writing", ["write"])

    def status(headers: dict[str, str]) -> int:
        return guarded.request(method, path, headers=headers).status_code

    if scope is None:
        assert status({}) == 404
        return
    for headers in ({}, bearer("rag_wrong"), {"X-API-Key": "rag_wrong"}, bearer("x y")):
        refused = guarded.request(method, path, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert error_of(refused)["type"] == "unauthorized"
    allowed, other = (reading, writing) if scope == "read" else (writing, reading)
    assert status(bearer(allowed)) not in (401, 403)
    assert status({"X-API-Key": allowed}) not in (401, 403)
    forbidden = guarded.request(method, path, headers=bearer(other))
    assert forbidden.status_code == 403
    assert f"--scope {scope}" in str(error_of(forbidden)["message"])


@pytest.mark.parametrize("path", OPEN)
def test_what_is_the_same_for_everyone_needs_no_key(
    guarded: httpx.Client, keys: KeyFile, path: str
) -> None:
    assert guarded.get(path).status_code in (200, 404)


def test_no_path_of_the_service_that_shows_documents_is_open(
    guarded: httpx.Client, keys: KeyFile
) -> None:
    for path, methods in guarded.get("/openapi.json").json()["paths"].items():
        for method, described in methods.items():
            response = guarded.request(method, re.sub(r"\{.*?\}", "x", path))
            assert response.status_code == (401 if path.startswith("/v1/") else 200), path
            assert "401" in described["responses"]


def test_keys_come_and_go_while_the_service_runs(guarded: httpx.Client, keys: KeyFile) -> None:
    secret = keys.add("late", ["read"])
    assert guarded.get("/v1/collections", headers=bearer(secret)).status_code == 200
    keys.remove("late")
    assert guarded.get("/v1/collections", headers=bearer(secret)).status_code == 401


def test_a_damaged_file_of_keys_lets_nobody_in(
    strict: Running, guarded: httpx.Client, keys: KeyFile
) -> None:
    secret = keys.add("laptop", ["read"])
    file = strict.data_dir / "keys.json"
    good = file.read_text()
    file.write_text("{")
    assert guarded.get("/v1/collections", headers=bearer(secret)).status_code == 503
    assert guarded.get("/healthz").status_code == 200
    file.write_text(good)
    assert guarded.get("/v1/collections", headers=bearer(secret)).status_code == 200


def test_over_the_rate_is_a_429_that_says_when_to_come_again(
    guarded: httpx.Client, keys: KeyFile
) -> None:
    hasty, other = keys.add("hasty", ["read"]), keys.add("other", ["read"])
    statuses = []
    for _ in range(2 * RATE):
        response = guarded.get("/v1/collections", headers=bearer(hasty))
        statuses.append(response.status_code)
        if response.status_code == 429:
            break
    assert statuses[:RATE] == [200] * RATE
    assert statuses[-1] == 429
    error = error_of(response)
    assert (error["type"], error["retryable"]) == ("rate_limited", True)
    assert 1 <= int(response.headers["retry-after"]) <= 60 / RATE + 1
    assert guarded.get("/v1/collections", headers=bearer(other)).status_code == 200
    assert guarded.get("/healthz", headers=bearer(hasty)).status_code == 200


def test_a_bucket_fills_again_but_not_above_its_brim() -> None:
    now = 0.0
    rate = Rate(60, clock=lambda: now)
    assert [rate.take("a") for _ in range(60)] == [0.0] * 60
    assert rate.take("a") == pytest.approx(1.0)
    assert rate.take("b") == 0.0
    now = 0.5
    assert rate.take("a") == pytest.approx(0.5)
    now = 2.0
    assert [rate.take("a") == 0 for _ in range(3)] == [True, True, False]
    now = 10_000.0
    assert [rate.take("a") == 0 for _ in range(61)] == [True] * 60 + [False]


def test_a_public_address_without_a_key_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new"
    overrides = {"data_dir": folder, "server.host": "0.0.0.0", "server.port": 0}
    assert serve(load_profile(overrides=overrides, environ={}), seeds=False) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "rag keys add NAME" in err
    assert len(err.splitlines()) == 1
    assert not folder.exists()


def test_a_public_address_asks_even_when_the_last_key_is_gone(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    secret = keys.add("only", ["read"])
    running = start_server(tmp_path, server__host="0.0.0.0", server__log_texts="true")
    try:
        url = f"http://127.0.0.1:{running.port}"
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            headers = {**bearer(secret), "Host": "any.name"}
            assert client.post("/v1/ask", json=ASK, headers=headers).status_code == 200
            assert client.post("/v1/ask", json=ASK).status_code == 401
            keys.remove("only")
            assert client.post("/v1/ask", json=ASK, headers=headers).status_code == 401
            assert client.get("/healthz").status_code == 200
    finally:
        running.stop()
    asked = [entry for entry in running.log() if entry.get("route") == "/v1/ask"]
    assert [entry.get("question") for entry in asked] == [QUESTION], "logged where that is set"


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "http://127.0.0.1:1"}, True),
        ({"Origin": "http://[bad"}, True),
        ({"Origin": "http://HOST"}, False),
        ({"Origin": "https://public.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}, False),
        ({}, False),
    ],
)
def test_pages_of_other_sites_may_not_send_anything(
    strict: Running, guarded: httpx.Client, headers: dict[str, str], refused: bool
) -> None:
    own = strict.url.removeprefix("http://")
    headers = {name: value.replace("HOST", own) for name, value in headers.items()}
    response = guarded.delete("/v1/documents/doc_none", headers=headers)
    assert response.status_code == (403 if refused else 404)
    assert not refused or error_of(response)["type"] == "foreign_origin"


def test_a_named_site_may_call_and_read_even_the_errors(guarded: httpx.Client) -> None:
    origin = {"Origin": "https://app.example"}
    asked = {**origin, "Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "authorization,content-type"
    permitted = guarded.options("/v1/ask", headers=asked)
    assert permitted.status_code == 200
    assert permitted.headers["access-control-allow-origin"] == "https://app.example"
    response = guarded.get("/v1/documents/doc_none", headers=origin)
    assert response.status_code == 404
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-credentials" not in response.headers
    foreign = guarded.get("/v1/collections", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in foreign.headers


def test_one_line_a_request_is_logged_without_question_or_secret(
    strict: Running, guarded: httpx.Client, keys: KeyFile
) -> None:
    secret = keys.add("요리사", ["read"])
    asked = guarded.post("/v1/ask", json=ASK, headers={**bearer(secret), "X-Request-ID": "mine-1"})
    assert asked.headers["x-request-id"] == "mine-1"
    guarded.get("/v1/documents/doc_private", headers=bearer(secret))
    guarded.get("/nothing/private", headers={"X-Request-ID": "not sane!"})
    entries = waiting_for(strict, "/v1/documents/{document_id}")
    line = next(entry for entry in entries if entry.get("request_id") == "mine-1")
    assert set(line) == {
        "time", "level", "message", "request_id", "method", "route", "status", "ms", "key", "answer"
    }  # fmt: skip
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/ask", 200)
    assert line["key"] == "요리사"
    assert line["answer"]["id"] == asked.json()["id"]
    written = strict.errors.read_text("utf-8")
    for private in (secret, QUESTION, "비밀도서관", "doc_private", "nothing", "not sane"):
        assert private not in written


def waiting_for(running: Running, route: str) -> list[dict[str, object]]:
    """The log, once a line for `route` is in it."""
    for _ in range(100):
        entries = running.log()
        if any(entry.get("route") == route for entry in entries):
            return entries
        time.sleep(0.05)
    raise AssertionError(f"nothing was logged of {route}")


def figures(client: httpx.Client, **headers: str) -> dict[str, float]:
    response = client.get("/metrics", headers=headers)
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_questions_refusals_stages_and_requests_are_counted(client: httpx.Client) -> None:
    documents = [{"text": "한빛도서관은 평일 오후 6시에 닫습니다."}]
    before = figures(client)
    good = client.post(
        "/v1/ask", json={"question": "한빛도서관은 몇 시에 닫나요?", "documents": documents}
    )
    bad = client.post("/v1/ask", json={"question": "달의 무게는?", "documents": documents})
    after = figures(client)

    def grown(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    assert grown(f'geungeo_questions_total{{status="{good.json()["status"]}"}}') == 1
    assert grown('geungeo_questions_total{status="abstained"}') == 1
    assert grown(f'geungeo_abstentions_total{{reason="{bad.json()["reason"]}"}}') == 1
    assert grown('geungeo_stage_seconds_count{stage="total"}') == 2
    for answer in (good.json(), bad.json()):
        assert all(
            grown(f'geungeo_stage_seconds_count{{stage="{s}"}}') for s in answer["timings_ms"]
        )
    assert grown('geungeo_requests_total{method="POST",route="/v1/ask",status="200"}') == 2
    assert grown('geungeo_request_seconds_count{route="/v1/ask"}') == 2
    assert after['geungeo_waiting{kind="read"}'] == 0
    assert after['geungeo_running{kind="read"}'] == 0
    assert after["process_resident_memory_bytes"] > 1e6


def test_every_response_forbids_frames_and_guessing(client: httpx.Client) -> None:
    for path in ("/healthz", "/v1/collections", "/nothing", "/openapi.json"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
