"""`rag doctor` for the models of a profile: are they there, and do they do what is asked of them?

Each is called as a question would call it, down to two questions with citations. The embedded
profile calls no model, so there is nothing to look at. It does not know how it is shown.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from rag.cancel import Cancel
from rag.embed import embed_question
from rag.engine import Engine
from rag.errors import RagError
from rag.models.backend import Attempt, Backend
from rag.models.port import ChatModel, Message, Piece
from rag.types import Answer, Check, NewDocument

_SELF_TEST = {
    "English": (
        "How long is the Danu bridge?",
        "The Danu bridge was opened on 4 May 1987. The Danu bridge is 412 metres long.",
        "412",
    ),
    "Korean": (
        "단우교의 길이는 몇 미터인가?",
        "단우교는 1987년 5월 4일에 개통되었다. 단우교의 길이는 412미터이다.",
        "412",
    ),
}
_LENGTHS = ("max_model_len", "loaded_context_length", "context_length", "context_window")
_LEAST_WORDS = 16  # tokens of the reply that tries the stream


def check_models(engine: Engine) -> Iterator[Check]:
    """One line for each thing that a model must do; nothing for the embedded ones."""
    profile = engine.profile
    if profile.embedder.provider != "embedded":
        yield from _guarded("embedder", lambda: _embedder(engine))
    if profile.reranker.provider != "none":
        yield from _guarded("reranker", lambda: _reranker(engine))
    if profile.answerer.provider != "embedded":
        yield from _guarded("chat model", lambda: _chat(engine))
    if profile.embedder.provider != "embedded" or profile.answerer.provider != "embedded":
        for language, (question, text, wanted) in _SELF_TEST.items():
            name = f"self-test in {language}"
            yield from _guarded(name, partial(_asked, engine, name, question, text, wanted))


def _guarded(name: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks, the last of them a failed one when a model fails on the way."""
    try:
        yield from checks()
    except RagError as error:
        yield Check(name, False, error.type, error.message)


def _embedder(engine: Engine) -> Iterator[Check]:
    embedder = engine.parts.embedder()
    backend = getattr(embedder, "backend", None)
    if isinstance(backend, Backend):
        yield from _served(backend, "embedder", None)
    started = time.perf_counter()
    dimension = len(embed_question(embedder, "dimension"))
    took = 1000 * (time.perf_counter() - started)
    yield Check("embedder gives vectors", True, f"{dimension} dimensions in {took:.0f} ms")
    engine.parts.stores()  # raises when the index is another embedder's
    yield Check("embedder fits the index", True, embedder.model_name)


def _reranker(engine: Engine) -> Iterator[Check]:
    reranker = engine.parts.reranker()
    if reranker is None:
        return
    question, right, _ = _SELF_TEST["English"]
    scores = reranker.scores(question, ["The moon orbits the earth.", right])
    good = scores[1] > scores[0]
    detail = f"{scores[1]:.3f} for what answers, {scores[0]:.3f} for what does not"
    yield Check("reranker tells what answers", good, detail, "" if good else "use another model")


def _chat(engine: Engine) -> Iterator[Check]:
    chat = engine.parts.chat_model()
    if chat is None:
        return
    backend = getattr(chat, "backend", None)
    if isinstance(backend, Backend):
        yield from _served(backend, "chat model", chat.context_tokens)
    yield from _streamed(chat)


def _served(backend: Backend, name: str, context: int | None) -> Iterator[Check]:
    """Reachable, present, and with enough context where the server tells."""

    async def listed(attempt: Attempt) -> list[Mapping[str, Any]]:
        page = await attempt.client.models.list()
        return [model.model_dump() for model in page.data]

    started = time.perf_counter()
    models = {str(model["id"]): model for model in backend.call(listed)}
    took = 1000 * (time.perf_counter() - started)
    yield Check(f"{name} reachable", True, f"{backend.base_url} in {took:.0f} ms")
    names = [backend.model, f"{backend.model}:latest"]  # Ollama's own tag
    found = next((models[key] for key in names if key in models), None)
    if found is None and models:
        near = difflib.get_close_matches(backend.model, models, n=5, cutoff=0.0)
        remedy = f"The server has: {', '.join(near)}. Name one of them, or load {backend.model}."
        yield Check(f"{name} present", False, f"no {backend.model!r}", remedy)
        return
    yield Check(f"{name} present", True, backend.model)
    if context is not None:
        yield _context(name, found or {}, context)


def _context(name: str, model: Mapping[str, Any], wanted: int) -> Check:
    told = next((model[key] for key in _LENGTHS if isinstance(model.get(key), int)), None)
    if told is None:
        detail = f"the server does not tell; the profile says {wanted}"
        return Check(f"{name} context length", True, detail)
    detail = f"{told} tokens; the profile uses {wanted}"
    remedy = "" if told >= wanted else f"Lower answerer.context_tokens to {told}."
    return Check(f"{name} context length", told >= wanted, detail, remedy)


def _streamed(chat: ChatModel) -> Iterator[Check]:
    asked = [Message("user", "Write the word OK and nothing else.")]
    started = time.perf_counter()
    first: float | None = None
    last: Piece | None = None
    count = 0
    for last in chat.stream(asked, max_tokens=_LEAST_WORDS, cancel=Cancel()):
        count += bool(last.text)
        if first is None and last.text:
            first = 1000 * (time.perf_counter() - started)
    told = "no text" if first is None else f"{count} pieces, the first after {first:.0f} ms"
    yield Check("chat model streams", True, told)
    finish = last.finish if last is not None else None
    usage = last.usage if last is not None else None
    counts = f"{usage.prompt_tokens} + {usage.completion_tokens} tokens" if usage else "no usage"
    yield Check("chat model says why it ends", finish is not None, f"{finish}, {counts}")


def _asked(engine: Engine, name: str, question: str, text: str, wanted: str) -> Iterator[Check]:
    """A question on a text given with it: the answer has the fact, its quotes are the text's."""
    answer = engine.ask(question, documents=[NewDocument(text)])
    wrong = _wrong(engine, answer, text, wanted)
    detail = f"{answer.answer!r} by {answer.model.provider}/{answer.model.name}"
    if wrong:
        yield Check(name, False, f"{wrong}: {detail}", _REMEDY)
    else:
        yield Check(name, True, detail)


_REMEDY = "Try a larger model, or one made to follow instructions."


def _wrong(engine: Engine, answer: Answer, text: str, wanted: str) -> str:
    chat = engine.parts.chat_model()
    if chat is not None and answer.model.provider != chat.provider:
        return "the model failed and another answered"
    if answer.status == "abstained":
        return "refused"
    if wanted not in answer.answer:
        return f"does not say {wanted}"
    if not answer.citations:
        return "cites nothing"
    if any(c.source_span.of(text) != c.cited_text for c in answer.citations):
        return "cites what is not there"
    return ""
