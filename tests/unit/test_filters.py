from __future__ import annotations

import pytest

from rag.errors import InputError
from rag.filters import matching

DOCUMENTS = {
    "a": {"year": 2024, "section": "tech"},
    "b": {"year": 2020, "section": "economy"},
    "c": {"section": "tech", "year": "unknown"},
    "d": {},
}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"section": "tech"}, ["a", "c"]),
        ({"section": {"in": ["economy", "sports"]}}, ["b"]),
        ({"year": {"gte": 2020, "lt": 2024}}, ["b"]),
        ({"year": {"gt": 2000}, "section": "tech"}, ["a"]),
        ({"missing": 1}, []),
        ({}, ["a", "b", "c", "d"]),
    ],
)
def test_filters(filters: dict[str, object], found: list[str]) -> None:
    assert matching(DOCUMENTS, filters) == found


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (1, ["one", "float"]),
        (True, ["true"]),
        ({"in": [1, "x"]}, ["one", "float"]),
        ({"in": [True]}, ["true"]),
        ({"gte": 0}, ["one", "float"]),
        ("1", ["text"]),
        (None, ["null"]),
    ],
)
def test_true_is_no_number(wanted: object, found: list[str]) -> None:
    values = {"one": 1, "float": 1.0, "true": True, "text": "1", "null": None}
    documents = {name: {"field": value} for name, value in values.items()}
    assert matching(documents, {"field": wanted}) == found


@pytest.mark.parametrize("wrong", [{"year": {"above": 3}}, {"year": {}}, {"year": {"in": 3}}])
def test_an_unknown_form_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        matching(DOCUMENTS, wrong)
    assert caught.value.param == "filters.year"
