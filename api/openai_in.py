"""What OpenAI's clients send, as a question with its history.

Lenient, because these clients send much that is about sampling: a field that cannot change a quoted
answer is ignored, one that asks for something we cannot do is refused. System messages are not
followed: the answer stands on the documents. It does not know how answers are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError
from pydantic.config import JsonDict

from api.schemas import AskBody, CollectionName, Filters, TopK
from rag.errors import InputError
from rag.types import DEFAULT_COLLECTION, Turn

MODEL = "geungeo"

_TEXT_PARTS = ("text", "input_text", "output_text", "refusal")
_SILENT = ("system", "developer", "tool", "function")
_OBJECTS: JsonDict = {"type": "array", "items": {"type": "object"}}
_INPUT = Field(json_schema_extra={"anyOf": [{"type": "string"}, _OBJECTS]})
_CONTENT = Field(json_schema_extra={"anyOf": [{"type": "string"}, _OBJECTS, {"type": "null"}]})


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    model: Annotated[
        StrictStr, Field(description="Any name is accepted: there is one answerer.")
    ] = MODEL
    stream: StrictBool | None = None
    collection: CollectionName = DEFAULT_COLLECTION
    top_k: TopK = None
    filters: Filters = None
    tool_choice: Annotated[Any, Field(description="Tools are never called.")] = None


class MessageBody(BaseModel):
    """One message; its content is a string or a list of text parts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[Any, _CONTENT] = None


class StreamOptions(BaseModel):
    """What a stream holds beside the text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    include_usage: StrictBool | None = None


class ChatBody(_Lenient):
    """OpenAI's Chat Completions, with our `collection`, `top_k` and `filters` beside it. The last
    message is the question, those before it are the history."""

    messages: Annotated[list[MessageBody], Field(min_length=1)]
    stream_options: StreamOptions | None = None
    n: StrictInt | None = None
    logprobs: StrictBool | None = None
    modalities: list[Any] | None = None
    response_format: dict[str, Any] | None = None

    def asked(self) -> AskBody:
        """The same as `POST /v1/ask` takes it. Raises InputError for what cannot be done."""
        _refuse_unless(self.n in (None, 1), "n", "There is one answer. Leave `n` out.")
        _refuse_unless(not self.logprobs, "logprobs", "There are no log probabilities to give.")
        _refuse_unless(
            self.modalities in (None, ["text"]), "modalities", "Answers are text. Leave it out."
        )
        _refuse_format(self.response_format, "response_format")
        _refuse_tools(self.tool_choice)
        return _asked(self, "messages", self.messages, ())


class ResponsesBody(_Lenient):
    """OpenAI's Responses, with our `collection`, `top_k` and `filters` beside it."""

    input: Annotated[Any, _INPUT]
    instructions: Annotated[Any, Field(description="Not followed.")] = None
    previous_response_id: StrictStr | None = None
    store: StrictBool | None = None
    background: StrictBool | None = None
    conversation: Any = None
    text: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None

    def asked(self, before: Sequence[Turn]) -> AskBody:
        """The same as `POST /v1/ask` takes it, after the turns of an earlier response. Raises
        InputError for what cannot be done, RequestValidationError."""
        _refuse_unless(not self.background, "background", "Answers come at once. Leave it out.")
        _refuse_unless(
            self.conversation is None,
            "conversation",
            "Conversations are not kept. Send the earlier messages in `input`, or the last "
            "response's id as `previous_response_id`.",
        )
        _refuse_format((self.text or {}).get("format"), "text.format")
        _refuse_tools(self.tool_choice)
        return _asked(self, "input", self._messages(), before)

    def _messages(self) -> list[MessageBody]:
        if isinstance(self.input, str):
            return [MessageBody(role="user", content=self.input)]
        if not isinstance(self.input, list) or not self.input:
            raise InputError("`input` must be a string or a list of messages.", param="input")
        messages = []
        for place, item in enumerate(self.input):
            if not isinstance(item, Mapping):
                raise InputError(f"`input.{place}` must be a message.", param=f"input.{place}")
            if item.get("type", "message") != "message":
                continue  # what a tool said, or a model thought
            try:
                messages.append(MessageBody.model_validate(item))
            except ValidationError as error:
                raise _invalid(error, ("input", place)) from None
        return messages


def _asked(
    body: _Lenient, field: str, messages: Sequence[MessageBody], before: Sequence[Turn]
) -> AskBody:
    spoken = [(i, m) for i, m in enumerate(messages) if m.role not in _SILENT]
    if not spoken or spoken[-1][1].role != "user":
        raise InputError(
            "The last message must be the user's: it is the question.", param=f"{field}"
        )
    texts = [(m.role, _text(m.content, f"{field}.{i}.content")) for i, m in spoken]
    history = [{"role": turn.role, "content": turn.content} for turn in before]
    history += [{"role": role, "content": text} for role, text in texts[:-1] if text]
    ours = {"collection": body.collection, "top_k": body.top_k, "filters": body.filters}
    try:
        return AskBody.model_validate({"question": texts[-1][1], "history": history, **ours})
    except ValidationError as error:
        raise _invalid(error, (field,)) from None


def _text(content: Any, param: str) -> str:
    """The text of a message's content. Raises InputError for anything that is not text."""
    if content is None or isinstance(content, str):
        return content or ""
    texts = []
    for part in content if isinstance(content, list) else [content]:
        kind = part.get("type") if isinstance(part, Mapping) else None
        text = part.get("refusal" if kind == "refusal" else "text") if kind in _TEXT_PARTS else None
        if not isinstance(text, str):
            raise InputError(
                f"`{param}` must be text. Images, files and sounds are not read here; store "
                "documents with POST /v1/documents.",
                param=param,
            )
        texts.append(text)
    return "\n".join(texts)


def _invalid(error: ValidationError, place: tuple[str | int, ...]) -> RequestValidationError:
    problems = [{**problem, "loc": ("body", *place)} for problem in error.errors()]
    return RequestValidationError(problems)


def _refuse_unless(fine: bool, param: str, message: str) -> None:
    if not fine:
        raise InputError(message, param=param)


def _refuse_format(wanted: Any, param: str) -> None:
    kind = wanted.get("type", "text") if isinstance(wanted, Mapping) else "text"
    _refuse_unless(
        kind == "text",
        param,
        "Answers are text with quotes, never JSON. Leave the format out; the parts of the answer "
        "are in the field `geungeo`.",
    )


def _refuse_tools(choice: Any) -> None:
    _refuse_unless(
        choice in (None, "auto", "none"),
        "tool_choice",
        "Tools are never called. Leave `tool_choice` out.",
    )
