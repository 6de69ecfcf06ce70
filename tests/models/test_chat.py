"""The chat model over OpenAI's protocol: whole replies, and every way in which one is not whole."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.cancel import Cancel
from rag.errors import (
    CancelledError,
    ModelAuthError,
    ModelBrokenError,
    ModelBusyError,
    ModelError,
    ModelMissingError,
    ModelRejectedError,
    ModelTimeoutError,
    ModelUnreachableError,
    ProfileError,
)
from rag.models.openai_chat import OpenAIChat
from rag.models.port import Piece
from rag.types import Usage
from tests.models.conftest import ASKED, MakeChat
from tests.models.fake_server import FakeModel, Reply, Request

TEXT = "공장은 2013년에 열렸다 [1]. It opened in “Ulsan” [2]."


def whole(chat: OpenAIChat, cancel: Cancel | None = None) -> list[Piece]:
    return list(chat.stream(ASKED, max_tokens=100, cancel=cancel or Cancel()))


def text_of(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def broken_off(chat: OpenAIChat) -> tuple[str, ModelError]:
    """What was written before the reply broke, and the error."""
    pieces: list[Piece] = []
    with pytest.raises(ModelError) as caught:
        pieces.extend(chat.stream(ASKED, max_tokens=100, cancel=Cancel()))
    return text_of(pieces), caught.value


def test_a_reply_comes_in_pieces_and_ends_with_its_reason_and_usage(make_chat: MakeChat) -> None:
    with FakeModel(Reply(TEXT)) as server:
        pieces = whole(make_chat(server))
        assert text_of(pieces) == TEXT
        assert len(pieces) > 5
        assert [p.finish for p in pieces[:-1]] == [None] * (len(pieces) - 1)
        assert pieces[-1] == Piece("", "stop", Usage(10, 9, 19))
        (request,) = server.chats
        assert request.body["messages"][1] == {"role": "user", "content": "Who opens a plant?"}
        assert request.body["max_tokens"] == 100
        assert request.headers["authorization"] == "Bearer none"


def test_the_cuts_of_the_stream_do_not_matter(make_chat: MakeChat) -> None:
    reply = [Reply()]
    with FakeModel(lambda _: reply[0]) as server:
        chat = make_chat(server)

        @given(st.sets(st.integers(0, 2000), max_size=30), st.sampled_from([0, 1, 2, 3, 7]))
        @settings(max_examples=25, deadline=None)
        def comes_whole(cuts: set[int], every: int) -> None:
            reply[0] = Reply(TEXT, cuts=sorted(cuts), cut_every=every)
            assert text_of(whole(chat)) == TEXT

        comes_whole()


@pytest.mark.parametrize(
    ("finish", "ours"), [("stop", "stop"), ("length", "length"), ("content_filter", "refused")]
)
def test_why_a_model_stopped(make_chat: MakeChat, finish: str, ours: str) -> None:
    with FakeModel(Reply("One two.", finish=finish, done=False)) as server:
        assert whole(make_chat(server))[-1].finish == ours


def test_thoughts_are_left_out(make_chat: MakeChat) -> None:
    thinking = "<think>Hm, [1] or [2]?\n</think>\n\nIt is <think> 9."
    with FakeModel([Reply(thinking, cut_every=3), "<thin", "<b> is a tag."]) as server:
        chat = make_chat(server)
        assert text_of(whole(chat)) == "It is <think> 9."
        assert text_of(whole(chat)) == "<thin"
        assert text_of(whole(chat)) == "<b> is a tag."


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(status=401, message="bad key"), ModelAuthError, "api_key_env"),
        (Reply(status=403), ModelAuthError, "key"),
        (Reply(status=404, message="no such model"), ModelMissingError, "no such model"),
        (Reply(status=400, message="context is too long"), ModelRejectedError, "context_tokens"),
        (Reply(status=429, retry_after="120"), ModelBusyError, "Try again later"),
        (Reply(status=503, retry_after="9"), ModelBusyError, "503"),
        (Reply(status=500, message="boom"), ModelBrokenError, "boom"),
        (Reply(raw=b"<html>not a stream</html>"), ModelBrokenError, "Try again"),
        (Reply(raw=b'data: {"choices": 7}\n\n'), ModelBrokenError, "Try again"),
        (Reply(fault="error", message="CUDA out of memory"), ModelBrokenError, "CUDA"),
        (Reply(fault="malformed"), ModelBrokenError, "not a reply"),
        (Reply(fault="no_choices"), ModelBrokenError, "context_tokens"),
        (Reply(fault="drop"), ModelBrokenError, "broke the connection"),
        (Reply(fault="reset"), ModelBrokenError, "broke the connection"),
        (Reply("", done=False), ModelBrokenError, "empty"),
        (Reply("", finish=None), ModelBrokenError, "before the first word"),
        (Reply("x", finish="tool_calls"), ModelBrokenError, "tool_calls"),
    ],
)
def test_each_fault_has_its_name(
    make_chat: MakeChat, reply: Reply, kind: type[ModelError], words: str
) -> None:
    with FakeModel(reply) as server:
        _, error = broken_off(make_chat(server))
    assert type(error) is kind
    assert words in error.message
    assert "fake-model" in error.message


@pytest.mark.parametrize("fault", ["error", "malformed", "no_choices", "drop", "reset"])
def test_a_reply_that_breaks_off_is_not_tried_again(make_chat: MakeChat, fault: str) -> None:
    with FakeModel(Reply("One two three.", fault=fault, after=2)) as server:  # type: ignore[arg-type]
        text, error = broken_off(make_chat(server))
        assert text == "One two"
        assert type(error) is ModelBrokenError
        assert len(server.chats) == 1


def test_a_stream_that_just_ends_is_not_whole(make_chat: MakeChat) -> None:
    with FakeModel([Reply("One two.", finish=None), Reply("One.", finish=None, done=False)]) as s:
        chat = make_chat(s)
        for expected in ("One two.", "One."):
            text, error = broken_off(chat)
            assert text == expected
            assert "middle of its reply" in error.message


def test_a_model_that_repeats_for_ever_is_stopped(make_chat: MakeChat) -> None:
    with FakeModel(Reply(["So ", "on and on. "], fault="repeat", after=2)) as server:
        text, error = broken_off(make_chat(server))
        assert "repeats" in error.message
        assert len(text) < 3000
        assert server.chats[0].gone.wait(1)


def test_what_fails_before_the_first_word_is_tried_again(make_chat: MakeChat) -> None:
    for fault in (
        Reply(status=500),
        Reply(status=429, retry_after="0"),
        Reply(fault="drop"),
        Reply(fault="malformed"),
    ):
        with FakeModel([fault, "It works."]) as server:
            assert text_of(whole(make_chat(server))) == "It works."
            assert len(server.chats) == 2


def test_what_will_not_help_is_not_tried_again(make_chat: MakeChat) -> None:
    far = Reply(status=429, retry_after="Wed, 21 Oct 2099 07:28:00 GMT")
    for fault in (Reply(status=401), Reply(status=404), Reply(status=400), far):
        with FakeModel([fault, "It works."]) as server:
            _, error = broken_off(make_chat(server))
            assert len(server.chats) == 1
    assert error.retry_after is not None
    assert error.retry_after > 1e6


def test_retry_after_is_waited_for(make_chat: MakeChat) -> None:
    with FakeModel([Reply(status=429, retry_after="1"), "It works."]) as server:
        start = time.monotonic()
        assert text_of(whole(make_chat(server))) == "It works."
        assert time.monotonic() - start >= 1


def test_deadlines(make_chat: MakeChat) -> None:
    quick = {"deadlines__first_token_seconds": 0.3, "deadlines__total_seconds": 1.0}
    script = [
        Reply(fault="hang"),
        Reply(delay_first=3),
        Reply("One two three.", fault="hang", after=1),
        Reply(["x"] * 100, delay=0.1),
    ]
    with FakeModel(script) as server:
        chat = make_chat(server, **quick)
        for key in ("first_token_seconds", "first_token_seconds", "total_seconds", "total_seconds"):
            text, error = broken_off(chat)
            assert type(error) is ModelTimeoutError
            assert key in error.message
            assert bool(text) == (key == "total_seconds")
        assert len(server.chats) == 4
        assert all(request.gone.wait(1) for request in server.chats)


def test_nobody_there(make_chat: MakeChat) -> None:
    with FakeModel() as server:
        chat = make_chat(server)
    _, error = broken_off(chat)
    assert type(error) is ModelUnreachableError
    assert server.base_url in error.message


def test_a_back_end_that_keeps_failing_rests(make_chat: MakeChat) -> None:
    broken = Reply(status=500)
    with FakeModel([broken] * 5 + ["It works."]) as server:
        chat = make_chat(server)
        broken_off(chat)
        _, error = broken_off(chat)
        assert type(error) is ModelBusyError
        assert error.retry_after is not None
        assert len(server.chats) == 5
        chat.backend._breaker._until = 0.0  # the rest is over
        assert text_of(whole(chat)) == "It works."
        assert text_of(whole(chat)) == "It works."


@pytest.mark.parametrize("reply", [Reply(delay_first=30), Reply("One two.", fault="hang", after=1)])
def test_cancelling_closes_the_connection_at_once(make_chat: MakeChat, reply: Reply) -> None:
    with FakeModel(reply) as server:
        chat, cancel = make_chat(server, deadlines__first_token_seconds=30), Cancel()
        raised: list[BaseException] = []

        def ask() -> None:
            try:
                whole(chat, cancel)
            except BaseException as error:
                raised.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        while not server.chats:
            time.sleep(0.01)
        time.sleep(0.2)
        cancel.throw()
        thread.join(1)
        assert not thread.is_alive()
        assert isinstance(raised[0], CancelledError)
        assert server.chats[0].gone.wait(1)


def test_closing_the_iterator_closes_the_connection(make_chat: MakeChat) -> None:
    with FakeModel(Reply("One two three.", fault="hang", after=2)) as server:
        pieces = make_chat(server).stream(ASKED, max_tokens=100, cancel=Cancel())
        assert next(pieces).text == "One"
        pieces.close()  # type: ignore[attr-defined]
        assert server.chats[0].gone.wait(1)


def test_settings_that_a_server_refuses_are_left_out(make_chat: MakeChat) -> None:
    def script(request: Request) -> Reply:
        if "max_tokens" in request.body:
            return Reply(status=400, message="Use 'max_completion_tokens' instead.")
        if "temperature" in request.body:
            return Reply(status=400, message="'temperature' does not support 0 with this model.")
        return Reply("It works.")

    with FakeModel(script) as server:
        chat = make_chat(server)
        assert text_of(whole(chat)) == text_of(whole(chat)) == "It works."
        assert len(server.chats) == 4
        assert server.chats[-1].body["max_completion_tokens"] == 100


def test_the_key_comes_from_the_environment_and_is_never_shown(
    make_chat: MakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeModel(Reply(status=401, message="The key sk-secret is wrong.")) as server:
        with pytest.raises(ProfileError, match="MY_KEY"):
            make_chat(server, answerer__api_key_env="MY_KEY")
        monkeypatch.setenv("MY_KEY", "sk-secret")
        _, error = broken_off(make_chat(server, answerer__api_key_env="MY_KEY"))
        assert server.chats[0].headers["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in error.message
