"""LlamaIndex's OpenAILike, which needs another openai package than we: it writes for our engine,
and our service writes for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from llama_index.core.llms import ChatMessage

from rag.cancel import Cancel
from rag.engine import open_engine
from rag.errors import ModelError
from rag.models.port import Message
from tests.conftest import MakeProfile
from tests.models.fake_server import FakeModel, Reply
from tests.real_models.conftest import free_port, wait_for

pytestmark = pytest.mark.models
openai_like = pytest.importorskip("llama_index.llms.openai_like")


def llm_of(base_url: str, model: str, **more: object):  # type: ignore[no-untyped-def]
    return openai_like.OpenAILike(
        model=model, api_base=base_url, api_key="none", is_chat_model=True, max_retries=0, **more
    )


def test_it_writes_for_our_engine(make_profile: MakeProfile) -> None:
    with FakeModel(["It was opened in 2013.", Reply(status=500)]) as server:
        llm = llm_of(server.base_url, "fake-model")
        with open_engine(make_profile(), write=True, llm=llm) as engine:
            chat = engine.parts.chat_model()
            assert chat is not None
            assert (chat.provider, chat.name) == ("llama_index", "fake-model")
            asked = [Message("user", "When?")]
            pieces = list(chat.stream(asked, max_tokens=50, cancel=Cancel()))
            assert "".join(piece.text for piece in pieces) == "It was opened in 2013."
            assert pieces[-1].finish == "stop"
            with pytest.raises(ModelError):
                list(chat.stream(asked, max_tokens=50, cancel=Cancel()))


def test_our_service_writes_for_it(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "rag", "serve", "--port", str(port), "--data-dir"]
    process = subprocess.Popen([*command, str(tmp_path / "data")], stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        llm = llm_of(f"http://127.0.0.1:{port}/v1", "geungeo")
        question = [ChatMessage(role="user", content="얀 르쿤은 언제 메타에 합류했나요?")]
        whole = llm.chat(question).message.content
        streamed = "".join(part.delta or "" for part in llm.stream_chat(question))
    finally:
        process.terminate()
        process.wait(20)
    assert "2013" in whole
    assert streamed == whole
