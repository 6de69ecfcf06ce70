"""Markdown's own marks: what its headings, front matter and code fences make of a text."""

from __future__ import annotations

import pytest

from rag.text.structure import analyse

B, H, F = "body", "heading", "furniture"

MARKDOWN = """---
title: "버스 안내"
author: 홍길동
---
# 첫 제목

문단이 [여기](https://example.com) 있습니다. 둘째 문장입니다.

부제목
------

```python
# 주석은 제목이 아니다
x = 1
```

| 노선 | 배차 |
|------|------|
| 101  | 5분  |

- 하나
- 둘

## 둘째 *제목* ##
![그림](a.png)
끝.
"""


def test_markdown() -> None:
    layout = analyse(MARKDOWN, markdown=True)
    assert (layout.title, layout.authors) == ("버스 안내", ("홍길동",))
    assert [(b.role, b.span.of(MARKDOWN).split("\n")[0]) for b in layout.blocks] == [
        (F, "---"),
        (H, "# 첫 제목"),
        (B, "문단이 [여기](https://example.com) 있습니다. 둘째 문장입니다."),
        (H, "부제목"),
        (B, "```python"),
        (B, "| 노선 | 배차 |"),
        (B, "- 하나"),
        (H, "## 둘째 *제목* ##"),
        (B, "![그림](a.png)"),
    ]


@pytest.mark.parametrize(
    ("text", "title", "authors"),
    [
        ("# One\n\nText here.\n\n# Two\n\nMore.", "One", ()),
        ("One\n===\n\nText here.", "One", ()),
        ("## Only a section\n\nText here.", None, ()),
        (
            "---\nauthors: [Jane Doe, 'John Roe']\n---\n# One\n\nText.",
            "One",
            ("Jane Doe", "John Roe"),
        ),
        ("---\nauthors:\n  - Jane Doe\n  - John Roe\n---\nText.", None, ("Jane Doe", "John Roe")),
        ("---\n\nNot front matter, a rule.\n\n---\n\nText.", None, ()),
        ("```\n# not a title\n```\n\nText.", None, ()),
    ],
)
def test_markdown_title_and_authors(text: str, title: str | None, authors: tuple[str, ...]) -> None:
    layout = analyse(text, markdown=True)
    assert (layout.title, layout.authors) == (title, authors)
    assert B in {block.role for block in layout.blocks}


def test_markdown_of_headings_only_is_body() -> None:
    assert {b.role for b in analyse("# A\n\n## B", markdown=True).blocks} == {B}
