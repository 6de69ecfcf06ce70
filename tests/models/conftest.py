"""Profiles whose models are a fake server's, with deadlines that a test can wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from rag.models.openai_chat import OpenAIChat
from rag.models.port import Message
from rag.profile import Profile
from tests.conftest import MakeProfile
from tests.models.fake_server import FakeModel

ASKED = [Message("system", "Answer."), Message("user", "Who opens a plant?")]
MakeChat = Callable[..., OpenAIChat]


def chat_settings(server: FakeModel, **settings: object) -> dict[str, object]:
    """Keys of a profile whose chat model is the server's."""
    return {
        "answerer__provider": "openai",
        "answerer__model": "fake-model",
        "answerer__base_url": server.base_url,
        "deadlines__connect_seconds": 5,
        "deadlines__first_token_seconds": 10,
        "deadlines__total_seconds": 20,
        **settings,
    }


@pytest.fixture
def make_chat(make_profile: MakeProfile) -> Iterator[MakeChat]:
    """A chat model of a fake server; keyword arguments are keys of the profile."""
    with ExitStack() as stack:

        def make(server: FakeModel, **settings: object) -> OpenAIChat:
            profile: Profile = make_profile(**chat_settings(server, **settings))
            chat = OpenAIChat(profile.answerer, profile.deadlines)
            stack.callback(chat.close)
            return chat

        yield make
