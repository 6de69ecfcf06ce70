"""OpenAI's own client with only its base URL changed: the same text as `POST /v1/ask`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from http_service import Running
from openai import NotFoundError, OpenAI, UnprocessableEntityError
from sse import events_of

from api.openai_in import ResponsesBody
from api.openai_responses import _Response

LIBRARY = "한빛도서관은 평일 오전 9시에 열어 오후 6시에 닫습니다. 주말에는 문을 열지 않습니다."
HARBOUR = "The harbour bridge was opened in 1932. It is 503 metres long and painted grey."
QUESTIONS = [
    "한빛도서관은 몇 시에 닫나요?",
    "How long is the harbour bridge?",
    "달에는 누가 사나요?",
]
OWN = ("id", "created", "timings_ms")


@pytest.fixture(scope="module")
def openai(server: Running) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def stored(client: httpx.Client) -> dict[str, str]:
    """What to send beside a request so that it is answered from the texts above."""
    client.post("/v1/collections", json={"name": "for-openai"})
    documents = [
        {"text": LIBRARY, "source": "library.txt", "collection": "for-openai"},
        {"text": HARBOUR, "source": "harbour.txt", "collection": "for-openai"},
    ]
    assert client.post("/v1/documents", json={"documents": documents}).status_code == 200
    return {"collection": "for-openai"}


def asked(client: httpx.Client, question: str, **fields: object) -> dict[str, Any]:
    body = {"question": question, "collection": "for-openai", **fields}
    answer: dict[str, Any] = client.post("/v1/ask", json=body).json()
    return answer


def same(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in dict(answer).items() if name not in OWN}


def test_the_models(openai: OpenAI) -> None:
    (model,) = openai.models.list().data
    assert model.id == "geungeo"
    assert openai.models.retrieve(model.id) == model
    with pytest.raises(NotFoundError):
        openai.models.retrieve("gpt-4o")


@pytest.mark.parametrize("question", QUESTIONS)
def test_chat(openai: OpenAI, client: httpx.Client, stored: dict[str, str], question: str) -> None:
    answer = asked(client, question)
    messages: Any = [{"role": "user", "content": question}]
    made = openai.chat.completions.create(model="gpt-4o", messages=messages, extra_body=stored)
    assert made.object == "chat.completion"
    assert made.choices[0].message.content == answer["answer"]
    assert made.choices[0].finish_reason == "stop"
    assert made.usage is not None
    assert made.usage.total_tokens == answer["usage"]["total_tokens"]
    assert same(made.model_extra["geungeo"]) == same(answer)  # type: ignore[index]


@pytest.mark.parametrize("question", QUESTIONS)
def test_chat_streamed(
    openai: OpenAI, client: httpx.Client, stored: dict[str, str], question: str
) -> None:
    answer = asked(client, question)
    chunks = list(
        openai.chat.completions.create(
            model="geungeo",
            messages=[{"role": "user", "content": question}],
            stream=True,
            stream_options={"include_usage": True},
            extra_body=stored,
        )
    )
    assert len({chunk.id for chunk in chunks}) == 1
    *told, last, usage = chunks
    assert told[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in told) == answer["answer"]
    assert [chunk.choices[0].finish_reason for chunk in (*told, last)] == [None] * len(told) + [
        "stop"
    ]
    assert same(last.model_extra["geungeo"]) == same(answer)  # type: ignore[index]
    assert (usage.choices, usage.usage is not None) == ([], True)
    assert not any(chunk.usage for chunk in (*told, last))


def test_a_chat_stream_ends_as_the_clients_expect(
    client: httpx.Client, stored: dict[str, str]
) -> None:
    body = {"messages": [{"role": "user", "content": QUESTIONS[0]}], "stream": True, **stored}
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        events = events_of(response)
    assert events[-1] == ("", "[DONE]")
    assert all("usage" not in data for _, data in events[:-1])


def test_what_was_said_before_is_history(
    openai: OpenAI, client: httpx.Client, stored: dict[str, str]
) -> None:
    history = [
        {"role": "user", "content": "한빛도서관은 언제 여나요?"},
        {"role": "assistant", "content": "평일 오전 9시에 엽니다. [1]"},
    ]
    answer = asked(client, "거기는 몇 시에 닫나요?", history=history)
    messages: Any = [
        {"role": "system", "content": "Answer in verse."},
        history[0],
        {"role": "assistant", "content": [{"type": "text", "text": history[1]["content"]}]},
        {"role": "user", "content": [{"type": "text", "text": "거기는 몇 시에 닫나요?"}]},
    ]
    made = openai.chat.completions.create(
        model="geungeo", messages=messages, temperature=0.3, max_tokens=9, seed=1, extra_body=stored
    )
    assert made.choices[0].message.content == answer["answer"]
    assert same(made.model_extra["geungeo"]) == same(answer)  # type: ignore[index]


@pytest.mark.parametrize("question", QUESTIONS)
def test_responses(
    openai: OpenAI, client: httpx.Client, stored: dict[str, str], question: str
) -> None:
    answer = asked(client, question)
    made = openai.responses.create(model="gpt-4o", input=question, extra_body=stored)
    assert (made.object, made.status, made.error) == ("response", "completed", None)
    assert made.output_text == answer["answer"]
    (message,) = made.output
    assert message.type == "message"
    (part,) = message.content
    assert part.type == "output_text"
    cited = [(a.file_id, a.filename, a.index) for a in part.annotations if _is_file(a)]
    assert cited == [
        (c["document_id"], c["source"], c["answer_span"]["end"]) for c in answer["citations"]
    ]
    assert made.usage is not None
    assert same(made.model_extra["geungeo"]) == same(answer)  # type: ignore[index]


def _is_file(annotation: Any) -> bool:
    return bool(annotation.type == "file_citation")


@pytest.mark.parametrize("question", QUESTIONS)
def test_responses_streamed(
    openai: OpenAI, client: httpx.Client, stored: dict[str, str], question: str
) -> None:
    answer = asked(client, question)
    events: list[Any] = list(
        openai.responses.create(model="geungeo", input=question, stream=True, extra_body=stored)
    )
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type.removeprefix("response.") for event in events]
    assert kinds[:4] == ["created", "in_progress", "output_item.added", "content_part.added"]
    assert kinds[-4:] == ["output_text.done", "content_part.done", "output_item.done", "completed"]
    assert set(kinds[4:-4]) <= {"output_text.delta", "output_text.annotation.added"}
    text = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert text == events[-4].text == events[-1].response.output_text == answer["answer"]
    added = [e for e in events if e.type == "response.output_text.annotation.added"]
    assert [e.annotation_index for e in added] == list(range(len(answer["citations"])))
    assert [dict(e.annotation) for e in added] == [
        a.model_dump() for a in events[-1].response.output[0].content[0].annotations
    ]
    assert len({e.item_id for e in events[4:-4]}) == 1
    assert events[0].response.id == events[-1].response.id
    assert same(events[-1].response.model_extra["geungeo"]) == same(answer)


def test_the_clients_own_helper_follows_the_stream(
    openai: OpenAI, client: httpx.Client, stored: dict[str, str]
) -> None:
    with openai.responses.stream(model="geungeo", input=QUESTIONS[0], extra_body=stored) as stream:
        for _ in stream:
            pass
        assert stream.get_final_response().output_text == asked(client, QUESTIONS[0])["answer"]


def test_a_response_refers_to_the_one_before(
    openai: OpenAI, client: httpx.Client, stored: dict[str, str]
) -> None:
    first = openai.responses.create(
        model="geungeo", input="한빛도서관은 언제 여나요?", extra_body=stored
    )
    then = openai.responses.create(
        model="geungeo",
        input=[{"role": "user", "content": [{"type": "input_text", "text": "몇 시에 닫나요?"}]}],
        previous_response_id=first.id,
        extra_body=stored,
    )
    history = [
        {"role": "user", "content": "한빛도서관은 언제 여나요?"},
        {"role": "assistant", "content": first.output_text},
    ]
    answer = asked(client, "몇 시에 닫나요?", history=history)
    assert same(then.model_extra["geungeo"]) == same(answer)  # type: ignore[index]


def test_a_response_that_was_not_to_be_kept_is_not(openai: OpenAI, stored: dict[str, str]) -> None:
    made = openai.responses.create(
        model="geungeo", input=QUESTIONS[0], store=False, extra_body=stored
    )
    with pytest.raises(NotFoundError) as caught:
        openai.responses.create(model="geungeo", input="왜?", previous_response_id=made.id)
    assert caught.value.param == "previous_response_id"


USER: Any = {"role": "user", "content": "누구인가?"}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
        ({"messages": [USER, {"role": "assistant", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages"),
        ({"messages": [{"role": "user", "content": "가" * 8001}]}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages.0.content",
        ),
        ({"messages": [USER], "n": 2}, "n"),
        ({"messages": [USER], "logprobs": True}, "logprobs"),
        ({"messages": [USER], "modalities": ["text", "audio"]}, "modalities"),
        ({"messages": [USER], "tool_choice": "required"}, "tool_choice"),
        ({"messages": [USER], "response_format": {"type": "json_object"}}, "response_format"),
        ({"messages": [USER], "top_k": 51}, "top_k"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_chat_cannot_do_is_refused_by_name(
    openai: OpenAI, body: dict[str, Any], param: str, stream: bool
) -> None:
    with pytest.raises(UnprocessableEntityError) as caught:
        openai.post(
            "/chat/completions", body={"model": "m", "stream": stream, **body}, cast_to=object
        )
    assert (caught.value.param, caught.value.type) == (param, "invalid_input")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": 7}, "input"),
        ({"input": ["a"]}, "input.0"),
        ({"input": [{"role": "robot", "content": "a"}]}, "input.0"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input.0.content"),
        ({"input": "a", "background": True}, "background"),
        ({"input": "a", "conversation": "conv_1"}, "conversation"),
        ({"input": "a", "tool_choice": {"type": "function", "name": "f"}}, "tool_choice"),
        ({"input": "a", "text": {"format": {"type": "json_schema"}}}, "text.format"),
    ],
)
def test_what_responses_cannot_do_is_refused_by_name(
    openai: OpenAI, body: dict[str, Any], param: str
) -> None:
    with pytest.raises(UnprocessableEntityError) as caught:
        openai.post("/responses", body={"model": "m", **body}, cast_to=object)
    assert caught.value.param == param


def test_an_unknown_collection_is_what_the_client_calls_not_found(openai: OpenAI) -> None:
    with pytest.raises(NotFoundError) as caught:
        openai.responses.create(model="m", input="누구?", extra_body={"collection": "no-such-one"})
    assert caught.value.param == "collection"


def test_a_broken_off_response_is_told_in_both_forms() -> None:
    error = {"type": "model_failed", "message": "It broke off.", "param": None, "retryable": True}
    told = _Response(ResponsesBody(input="a")).failed({"error": error}).decode()
    assert told.startswith("event: error\ndata: ")
    assert '"type":"error","sequence_number":0,"code":"model_failed"' in told
    assert '"error":{"type":"model_failed"' in told
