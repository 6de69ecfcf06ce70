"""What the OpenAI-compatible calls answer, described for /docs. Never used at run time: a test
holds what is sent to it, and OpenAI's own client reads it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api.responses import AnswerOut, UsageOut

Whole = Annotated[AnswerOut, Field(description="The whole answer, as `POST /v1/ask` gives it.")]


class OpenAIModelOut(BaseModel):
    """A model that can be named."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class OpenAIModelsOut(BaseModel):
    """All models."""

    object: Literal["list"]
    data: list[OpenAIModelOut]


class ChatMessageOut(BaseModel):
    """The answer's text, markers included."""

    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[Any]


class ChatChoiceOut(BaseModel):
    """The one choice. `length`: the model was cut off."""

    index: Literal[0]
    message: ChatMessageOut
    logprobs: None
    finish_reason: Literal["stop", "length"]


class ChatOut(BaseModel):
    """A chat completion."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    system_fingerprint: str
    choices: list[ChatChoiceOut]
    usage: UsageOut
    geungeo: Whole


class FileCitationOut(BaseModel):
    """A citation as OpenAI has it; its quote is in `geungeo.citations`, at the same place."""

    type: Literal["file_citation"]
    file_id: Annotated[str, Field(description="The document's id.")]
    filename: Annotated[str, Field(description="The document's source.")]
    index: Annotated[int, Field(description="Where in the text the cited sentence ends.")]


class OutputTextOut(BaseModel):
    """The answer's text, markers included."""

    type: Literal["output_text"]
    text: str
    annotations: list[FileCitationOut]
    logprobs: list[Any]


class OutputMessageOut(BaseModel):
    """The one message."""

    type: Literal["message"]
    id: str
    status: Literal["completed"]
    role: Literal["assistant"]
    content: list[OutputTextOut]


class ResponseUsageOut(BaseModel):
    """Tokens, all 0 when no language model was called."""

    input_tokens: int
    input_tokens_details: dict[str, int]
    output_tokens: int
    output_tokens_details: dict[str, int]
    total_tokens: int


class ResponseOut(BaseModel):
    """A response."""

    id: str
    object: Literal["response"]
    created_at: float
    completed_at: float | None = None
    status: Literal["completed", "incomplete"]
    error: None
    incomplete_details: dict[str, str] | None
    instructions: Any
    metadata: dict[str, Any]
    model: str
    output: list[OutputMessageOut]
    parallel_tool_calls: bool
    previous_response_id: str | None
    store: bool
    temperature: None
    text: dict[str, Any]
    tool_choice: Literal["none"]
    tools: list[Any]
    top_p: None
    truncation: Literal["disabled"]
    usage: ResponseUsageOut
    geungeo: Whole
