"""What a request may hold, as pydantic models: checked on the way in, shown at /docs.

Nothing is coerced, stripped or ignored: a number in quotes, a blank question and a misspelt
field are each refused with a sentence. What only the engine can judge (filters, collection
names) is left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi.exceptions import RequestValidationError
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from starlette.datastructures import UploadFile

from api.requests import parse_json
from rag.types import DEFAULT_COLLECTION, NewDocument, Turn


def _refuse(complaint: str) -> PydanticCustomError:
    return PydanticCustomError("custom", "refused", {"complaint": complaint})


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise _refuse("holds a NUL character (U+0000). Remove it.")
    return text


def _not_blank(text: str) -> str:
    if text.isspace():
        raise _refuse("holds only spaces. Write something.")
    return text


Text = Annotated[StrictStr, AfterValidator(_without_nul)]
Question = Annotated[
    StrictStr,
    Field(min_length=1, max_length=8000, description="Korean or English, 1 to 8,000 characters."),
    AfterValidator(_without_nul),
    AfterValidator(_not_blank),
]
CollectionName = Annotated[Text, Field(description="A collection made before.")]
TopK = Annotated[
    Annotated[StrictInt, Field(ge=1, le=50)] | None,
    Field(description="How many passages; the profile's number when left out."),
]
Filters = Annotated[
    dict[str, Any] | None,
    Field(
        description="Conditions on the documents' metadata, all of which must hold: "
        '`{"field": value}`, `{"field": {"in": [...]}}`, '
        '`{"field": {"gte": a, "gt": a, "lte": b, "lt": b}}`.'
    ),
]


class Strict(BaseModel):
    """A model that names the field a misspelt one was probably meant to be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_fields_only(cls, data: Any) -> Any:
        for name in data if isinstance(data, dict) else ():
            if name not in cls.model_fields:
                context = {"field": name, "known": list(cls.model_fields)}
                raise PydanticCustomError("unknown_field", "unknown field", context)
        return data


class TurnBody(Strict):
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: Text

    def turn(self) -> Turn:
        """The same as the engine takes it."""
        return Turn(self.role, self.content)


class InlineDocument(Strict):
    """A text to answer from in this request alone; it is not stored."""

    text: Annotated[StrictStr, Field(min_length=1), AfterValidator(_not_blank)]
    title: Text | None = None
    source: Annotated[
        Text | None, Field(description="Your name for it; `inline-1`, `inline-2`, ... if left out.")
    ] = None

    def new_document(self, number: int) -> NewDocument:
        """The same as the engine takes it; `number` counts the request's documents from 1."""
        return NewDocument(self.text, title=self.title, source=self.source or f"inline-{number}")


class AskBody(Strict):
    """A question, and where to look for the answer."""

    question: Question
    history: Annotated[
        list[TurnBody], Field(description="Earlier messages, oldest first: what 'it' refers to.")
    ] = []
    collection: CollectionName = DEFAULT_COLLECTION
    top_k: TopK = None
    filters: Filters = None
    documents: Annotated[
        Annotated[list[InlineDocument], Field(min_length=1, max_length=100)] | None,
        Field(description="Answer from these texts alone instead of a collection."),
    ] = None
    stream: Annotated[
        StrictBool,
        Field(description="Answer as server-sent events, while it comes."),
    ] = False
    explain: Annotated[
        StrictBool, Field(description="Add `trail`: what each stage did to each passage.")
    ] = False

    def for_engine(self) -> dict[str, Any]:
        """The arguments of `Engine.ask` and `Engine.stream`."""
        return {
            "question": self.question,
            "history": [turn.turn() for turn in self.history],
            "collection": self.collection,
            "top_k": self.top_k,
            "filters": self.filters,
            "documents": self._new_documents(),
            "explain": self.explain,
        }

    def _new_documents(self) -> Sequence[NewDocument] | None:
        if self.documents is None:
            return None
        return [document.new_document(i) for i, document in enumerate(self.documents, 1)]


class SearchBody(Strict):
    """A question whose passages are wanted, not an answer."""

    question: Question
    collection: CollectionName = DEFAULT_COLLECTION
    top_k: TopK = None
    filters: Filters = None


class SourceBody(Strict):
    """A text to look for evidence in, in this request alone; it is not stored."""

    text: Annotated[StrictStr, Field(min_length=1), AfterValidator(_not_blank)]
    title: Text | None = None


class VerifyBody(Strict):
    """A text of any author, and what it should stand on."""

    text: Annotated[
        StrictStr,
        Field(
            min_length=1,
            max_length=50_000,
            description="1 to 50,000 characters, with or without markers such as [1].",
        ),
        AfterValidator(_not_blank),
    ]
    sources: Annotated[
        Annotated[list[SourceBody], Field(min_length=1, max_length=100)] | None,
        Field(description="Verify against these texts alone instead of a collection."),
    ] = None
    collection: CollectionName = DEFAULT_COLLECTION

    def new_documents(self) -> Sequence[NewDocument] | None:
        """The sources as the engine takes them, None when there are none."""
        if self.sources is None:
            return None
        return [NewDocument(source.text, title=source.title) for source in self.sources]


class DocumentBody(Strict):
    """A text to keep. An empty one fails alone, the others of its request are kept."""

    text: StrictStr
    title: Text | None = None
    source: Annotated[
        Text | None,
        Field(
            description="Your name for the document, unique in its collection: the same name with "
            "another text replaces the old text. One that ends in .md is read as Markdown. Made "
            "from the id if left out."
        ),
    ] = None
    metadata: Annotated[dict[str, Any], Field(description="What `filters` can refer to.")] = {}
    collection: CollectionName = DEFAULT_COLLECTION

    def new_document(self) -> NewDocument:
        """The same as the engine takes it."""
        return NewDocument(self.text, self.title, self.source, self.metadata, self.collection)


class AddBody(Strict):
    """Documents to keep."""

    documents: Annotated[list[DocumentBody], Field(min_length=1)]


MOST_FILES = 1000
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["files"],
    "additionalProperties": False,
    "properties": {
        "files": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_FILES,
            "items": {"type": "string", "format": "binary"},
            "description": "Each file's name is its `source`, and its ending tells the format.",
        },
        "collection": {"type": "string", "default": DEFAULT_COLLECTION},
        "metadata": {"type": "string", "description": "A JSON object, for every file."},
    },
}
"""The form of an upload, as OpenAPI describes it."""


class UploadBody(Strict):
    """What an upload says beside its files."""

    files: Annotated[list[Any], Field(min_length=1)]
    metadata: dict[str, Any] = {}
    collection: CollectionName = DEFAULT_COLLECTION

    @field_validator("files")
    @classmethod
    def _only_files(cls, files: list[Any]) -> list[Any]:
        if any(isinstance(file, str) for file in files):
            raise _refuse("must be files: send each with a file name.")
        return files


def checked_form(fields: Sequence[tuple[str, str | UploadFile]]) -> UploadBody:
    """The fields of an upload. Raises RequestValidationError, and MalformedError for `metadata`
    that is not JSON."""
    values: dict[str, Any] = {}
    for name, value in fields:
        if name == "files":
            values.setdefault(name, []).append(value)
        elif name == "metadata" and isinstance(value, str):
            values[name] = parse_json(value.encode())
        else:
            values[name] = value
    try:
        return UploadBody.model_validate(values)
    except ValidationError as error:
        problems = [{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]
        raise RequestValidationError(problems) from None


class CollectionBody(Strict):
    """A collection to make."""

    name: Text


class DocumentsQuery(Strict):
    """Which page of the list of documents."""

    collection: CollectionName = DEFAULT_COLLECTION
    limit: Annotated[int, Field(ge=1, le=1000, description="At most so many.")] = 100
    after: Annotated[str | None, Field(description="`next` of the page before.")] = None
