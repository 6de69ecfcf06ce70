"""`POST /v1/verify` over HTTP: the contract's fields, and its errors."""

from __future__ import annotations

import httpx
import pytest

SOURCE = "The committee met on May 3, 2024. It approved the budget of $14.3 billion."


def test_each_sentence_has_its_verdict_and_quote(client: httpx.Client) -> None:
    text = "The committee approved the budget [1]. It met on May 8, 2024. [1]"
    response = client.post("/v1/verify", json={"text": text, "sources": [{"text": SOURCE}]})
    assert response.status_code == 200
    found = response.json()
    assert set(found) == {"support", "grounded", "sentences"}
    good, bad = found["sentences"]
    assert (good["verdict"], good["why"]) == ("supported", None)
    assert (bad["verdict"] in ("unsupported", "contradicted"), bad["why"]) == (True, "date")
    for sentence in (good, bad):
        span, quote = sentence["span"], sentence["evidence"]
        assert text[span["start"] : span["end"]] == sentence["text"]
        assert SOURCE[quote["span"]["start"] : quote["span"]["end"]] == quote["text"]
        assert quote["source"] == 0
    assert found["grounded"] is False


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"text": "", "sources": [{"text": SOURCE}]}, 422, "text"),
        ({"text": " ", "sources": [{"text": SOURCE}]}, 422, "text"),
        ({"text": "a" * 50_001, "sources": [{"text": SOURCE}]}, 422, "text"),
        ({"text": "a", "sources": []}, 422, "sources"),
        ({"text": "a", "sources": [{"text": SOURCE}] * 101}, 422, "sources"),
        ({"text": "a", "sources": [{"text": "\u200b"}]}, 422, "sources.0.text"),
        ({"text": "a", "source": [{"text": SOURCE}]}, 422, "source"),
        ({"text": "a b c", "collection": "nowhere"}, 404, None),
    ],
)
def test_errors(
    client: httpx.Client, body: dict[str, object], status: int, param: str | None
) -> None:
    response = client.post("/v1/verify", json=body)
    assert response.status_code == status, response.text
    if param is not None:
        assert response.json()["error"]["param"] == param
