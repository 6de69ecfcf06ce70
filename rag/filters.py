"""Filters over document metadata: equality, `in`, and ranges.

    {"year": 2024}   {"section": {"in": ["tech", "economy"]}}   {"year": {"gte": 2020, "lt": 2025}}

Several fields must all hold. A document without a field does not match. It knows no store.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from rag.errors import InputError

_RANGES: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def matching(metadata: Mapping[str, Mapping[str, Any]], filters: Mapping[str, Any]) -> list[str]:
    """Ids of the documents whose metadata pass all filters. Raises InputError for a filter of
    another form."""
    tests = {field: _test(field, wanted) for field, wanted in filters.items()}
    return [
        document_id
        for document_id, values in metadata.items()
        if all(field in values and test(values[field]) for field, test in tests.items())
    ]


def _test(field: str, wanted: object) -> Callable[[object], bool]:
    if not isinstance(wanted, Mapping):
        return lambda value: _same(value, wanted)
    unknown = set(wanted) - {"in", *_RANGES}
    if unknown or not wanted:
        raise InputError(
            f"The filter on {field!r} cannot be read: give a value, or an object with "
            f"in, gt, gte, lt or lte{f' (not {sorted(unknown)[0]!r})' if unknown else ''}.",
            param=f"filters.{field}",
        )
    if "in" in wanted and not isinstance(wanted["in"], list):
        raise InputError(f"`in` of the filter on {field!r} takes a list.", param=f"filters.{field}")

    def test(value: object) -> bool:
        if "in" in wanted and not any(_same(value, one) for one in wanted["in"]):
            return False
        return all(
            _comparable(value, limit) and _RANGES[name](value, limit)
            for name, limit in wanted.items()
            if name in _RANGES
        )

    return test


def _same(value: object, wanted: object) -> bool:
    """As JSON has it: 3 is 3.0, but true is no number."""
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def _comparable(value: object, limit: object) -> bool:
    return (isinstance(value, str) and isinstance(limit, str)) or (
        _is_number(value) and _is_number(limit)
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
