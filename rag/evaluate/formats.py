"""Reading files of questions, claims and documents, JSONL or YAML, into a plan.

A row is recognised by its fields, never by its file's name:

    question ...                    asked; with `passages`, of these alone
    question, gold_doc_XX           searched in the documents of each language XX, and of all
    claim, premise | sources | evidence_sentences    verified
    two language codes, no question                  the same sentence twice: one finds the other
    doc_id | source, text           a document; measured with the questions beside it

Documents for `NAME.questions.jsonl` are those of `NAME.docs.jsonl` (or .yaml) in the same folder.
It does not know how anything is measured.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rag.errors import InputError, NotFoundError
from rag.evaluate.suite import Plan, Row, Suite
from rag.text.language import detect
from rag.types import NewDocument, Turn

_SUFFIXES = (".jsonl", ".yaml", ".yml")
_GOLD_BY_LANGUAGE = "gold_doc_"
_PAIRED = ("ko", "en")
_ALL = "both languages"

Raw = Mapping[str, Any]
Numbered = list[tuple[str, Raw]]
"""Rows with their origin, file and line, for messages."""


def read_plan(paths: Sequence[Path]) -> Plan:
    """The suites of these files, and of every file in these folders that holds rows of ours.

    Raises NotFoundError for a path that is not there, InputError, with file and line, for a row
    that cannot be read. Nothing is asked before all rows are read."""
    suites: list[Suite] = []
    corpora: dict[str, Sequence[NewDocument]] = {}
    for path in paths:
        for file in _files(path):
            rows = read_records(file, others=path.is_dir())
            # Documents are read with the questions beside them; alone they are a mistake.
            if path.is_dir() or len(paths) > 1:
                rows = rows if rows and _is_asked(rows[0][1]) else []
            if rows:
                made, stored = _suites(file, rows)
                if {s.name for s in suites} & {s.name for s in made}:
                    raise InputError(f"{file}: another file has this name. Rename one of them.")
                suites += made
                corpora |= stored
    if not suites:
        raise InputError("There is no question and no claim in these files.")
    return Plan(tuple(suites), corpora)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(f for f in path.iterdir() if f.suffix in _SUFFIXES)
    return [path]


def _is_asked(raw: Raw) -> bool:
    return bool({"question", "claim"} & raw.keys()) or set(_PAIRED) <= raw.keys()


def read_records(file: Path, *, others: bool = False) -> Numbered:
    """The mappings that a file holds: one a line (JSONL), or a list of them (YAML). With `others`
    a YAML file may be something else, and then holds none."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read as text: {error}.") from None
    if file.suffix in (".yaml", ".yml"):
        records = _yaml(file, text, others=others)
    else:
        records = _json_lines(file, text)
    found: Numbered = []
    for origin, record in records:
        if not isinstance(record, dict):
            raise InputError(f"{origin}: not a question in JSON (a row is an object).")
        found.append((origin, record))
    return found


def _json_lines(file: Path, text: str) -> Iterator[tuple[str, object]]:
    # Not splitlines: U+2028 may stand inside a JSON string.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"{file}:{number}", json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InputError(f"{file}:{number}: not a question in JSON ({error}).") from None


def _yaml(file: Path, text: str, *, others: bool) -> Iterator[tuple[str, object]]:
    import yaml

    try:
        rows = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError(f"{file} is not YAML: {error}") from None
    if not isinstance(rows, list):
        if others:
            return
        raise InputError(f"{file}: a YAML file of questions is a list of rows.")
    for number, row in enumerate(rows, start=1):
        yield f"{file}, row {number}", row


def _suites(file: Path, rows: Numbered) -> tuple[list[Suite], dict[str, list[NewDocument]]]:
    name = file.name.removesuffix(file.suffix).removesuffix(".questions")
    first = rows[0][1]
    if "claim" in first:
        return [Suite(name, "verify", _each(rows, _claim))], {}
    if "question" not in first and set(_PAIRED) <= first.keys():
        return _pairs(name, rows)
    if "question" not in first:
        what = "documents, not questions" if _is_document(first) else "neither question nor claim"
        raise InputError(f"{rows[0][0]}: the row has no 'question' ({what}).")
    documents = _documents_beside(file)
    if any(key.startswith(_GOLD_BY_LANGUAGE) for key in first):
        return _directions(name, rows, documents)
    corpus = name if documents else None
    suite = Suite(name, "ask", _each(rows, _question), corpus)
    return [suite], {name: [_document(o, raw, name) for o, raw in documents]} if documents else {}


def _documents_beside(file: Path) -> Numbered:
    stem = file.name.removesuffix(file.suffix)
    if not stem.endswith(".questions"):
        return []
    for suffix in _SUFFIXES:
        beside = file.with_name(stem.removesuffix(".questions") + ".docs" + suffix)
        if beside.is_file():
            return read_records(beside)
    return []


def _is_document(raw: Raw) -> bool:
    return "text" in raw and "question" not in raw and bool({"doc_id", "source"} & raw.keys())


def _each(rows: Numbered, make: Callable[[str, Raw], Row]) -> tuple[Row, ...]:
    return tuple(_guarded(origin, raw, make) for origin, raw in rows)


def _guarded(origin: str, raw: Raw, make: Callable[[str, Raw], Row]) -> Row:
    try:
        return make(origin, raw)
    except KeyError as error:
        raise InputError(f"{origin}: the row has no {error}.") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{origin}: the row cannot be used ({error}).") from None


def _question(origin: str, raw: Raw) -> Row:
    gold = raw.get("gold_docs", raw.get("documents", []))
    gold = [raw["gold_doc"]] if "gold_doc" in raw else gold
    text = _text(raw["question"])
    return Row(
        id=str(raw.get("id", origin)),
        text=text,
        language=str(raw.get("lang") or detect(text)),
        kind=str(raw.get("kind", "all")),
        history=tuple(Turn(_role(t["role"]), _text(t["content"])) for t in raw.get("history", [])),
        answerable=_flag(raw.get("answerable", True)),
        must_include=tuple(_texts(group) for group in raw.get("must_include", [])),
        evidence_any=_texts(raw.get("evidence_any", [])),
        answers=_texts(raw.get("answers", [])),
        gold_sources=frozenset(_texts(gold)),
        sources=_sources(raw.get("passages", [])),
    )


def _claim(origin: str, raw: Raw) -> Row:
    if "evidence_sentences" in raw:
        sources = ["\n".join(_texts(raw["evidence_sentences"]))]
    else:
        sources = [raw["premise"]] if "premise" in raw else raw["sources"]
    text = _text(raw["claim"])
    label = raw["supported"] if "supported" in raw else raw["label"] == "supported"
    return Row(
        id=str(raw.get("id", origin)),
        text=text,
        language=str(raw.get("lang") or detect(text)),
        kind=str(raw.get("kind", raw.get("label", "all"))),
        sources=_sources(sources),
        supported=_flag(label),
    )


def _directions(
    name: str, rows: Numbered, documents: Numbered
) -> tuple[list[Suite], dict[str, list[NewDocument]]]:
    """A suite for each language of the questions and each of the documents, and one over all."""
    fields = [key for key in rows[0][1] if key.startswith(_GOLD_BY_LANGUAGE)]
    targets: dict[str, tuple[str, ...]] = {
        key.removeprefix(_GOLD_BY_LANGUAGE): (key,) for key in fields
    }
    targets[_ALL] = tuple(fields)
    suites = []
    for target, keys in targets.items():
        asked: dict[str, list[Row]] = {}
        for origin, raw in rows:
            known = {**raw, "gold_docs": [raw[key] for key in keys if raw.get(key)]}
            row = _guarded(origin, known, _question)
            asked.setdefault(row.language, []).append(row)
        suites += [
            Suite(f"{name} {language}→{target}", "search", tuple(found), f"{name} {target}")
            for language, found in asked.items()
        ]
    corpora = {
        f"{name} {target}": [
            _document(o, raw, f"{name} {target}")
            for o, raw in documents
            if target in (_ALL, raw.get("lang"))
        ]
        for target in targets
    }
    return suites, corpora


def _pairs(name: str, rows: Numbered) -> tuple[list[Suite], dict[str, list[NewDocument]]]:
    """The same sentence in two languages: each as a question for the other."""
    suites, corpora = [], {}
    for asked, target in (_PAIRED, _PAIRED[::-1]):
        corpus = f"{name} {target}"
        found = tuple(
            Row(
                id=f"{raw.get('id', number)} {asked}",
                text=_text(raw[asked]),
                language=asked,
                gold_sources=frozenset({str(number)}),
            )
            for number, (_, raw) in enumerate(rows)
        )
        suites.append(Suite(f"{name} {asked}→{target}", "search", found, corpus))
        corpora[corpus] = [
            NewDocument(_text(raw[target]), source=str(number), collection=corpus)
            for number, (_, raw) in enumerate(rows)
        ]
    return suites, corpora


def _document(origin: str, raw: Raw, corpus: str) -> NewDocument:
    # With a doc_id, `source` says where the text was taken from, which no question refers to.
    source = raw.get("doc_id") or raw.get("source")
    if not isinstance(source, str) or not isinstance(raw.get("text"), str):
        raise InputError(f"{origin}: a document has a 'text' and a 'doc_id' or 'source'.")
    title = raw.get("title")
    return NewDocument(
        raw["text"],
        title=title.replace("_", " ") if isinstance(title, str) and title else None,
        source=source,
        collection=corpus,
    )


def _sources(values: Sequence[object]) -> tuple[NewDocument, ...]:
    if isinstance(values, str):
        raise TypeError("sources and passages are lists")
    return tuple(
        NewDocument(_text(v["text"]), title=v.get("title"), source=v.get("doc_id"))
        if isinstance(v, dict)
        else NewDocument(_text(v))
        for v in values
    )


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(f"{values!r} is not a list")
    return tuple(map(_text, values))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _role(value: object) -> Any:
    if value not in ("user", "assistant"):
        raise ValueError(f"{value!r} is not the role of a turn")
    return value
