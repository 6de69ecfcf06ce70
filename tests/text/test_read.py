"""Reading files and walking folders, with real files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.errors import InputError, NotFoundError, TooLargeError
from rag.read import Source, find_files, read_file, supported

ROOM = 1_000_000


def test_reads_decodes_and_normalises(tmp_path: Path) -> None:
    path = tmp_path / "글.TXT"
    path.write_bytes("첫 줄\t끝 \r\n둘째".encode("cp949"))
    assert read_file(path, max_bytes=ROOM) == Source("첫 줄 끝\n둘째", markdown=False)


@pytest.mark.parametrize("name", ["a.md", "a.markdown"])
def test_markdown_is_told_by_the_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("# 버스 안내\n\n버스가 온다.\n", encoding="utf-8")
    source = read_file(path, max_bytes=ROOM)
    assert source == Source(source.text, markdown=True)
    assert source.text.startswith("# 버스 안내")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.4", "PDF"),
        (b"a\x00b", "binary"),
    ],
)
def test_bad_content_is_refused_by_name(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=says) as caught:
        read_file(path, max_bytes=ROOM)
    assert "a.txt" in caught.value.message


def test_the_limit_is_exact_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 2_000_001)
    with pytest.raises(TooLargeError, match=r"2 MB.*ingest\.max_megabytes"):
        read_file(path, max_bytes=2_000_000)
    assert len(read_file(path, max_bytes=2_000_001).text) == 2_000_001


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(TooLargeError):
        read_file(path, max_bytes=ROOM)


def test_missing_unsupported_and_irregular(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        read_file(tmp_path / "gone.txt", max_bytes=ROOM)
    with pytest.raises(InputError, match=r"\.txt"):
        read_file(tmp_path / "a.docx", max_bytes=ROOM)
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(InputError, match="folder"):
        read_file(tmp_path / "folder.txt", max_bytes=ROOM)
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(InputError, match="regular"):
        read_file(tmp_path / "pipe.txt", max_bytes=ROOM)
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    with pytest.raises(InputError, match="cannot be read"):
        read_file(tmp_path / "loop.txt", max_bytes=ROOM)
    with pytest.raises(InputError, match="cannot be read"):
        read_file(tmp_path / ("n" * 300 + ".txt"), max_bytes=ROOM)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a")
    path.chmod(0)
    with pytest.raises(InputError, match="permissions"):
        read_file(path, max_bytes=ROOM)
    assert find_files([path]) == (
        [],
        [(path, f"{path} cannot be read. Check that it is a regular file and its permissions.")],
    )


def test_supported() -> None:
    assert [supported(Path(n)) for n in ("a.txt", "a.MD", "a.text", "a.markdown")] == [True] * 4
    assert [supported(Path(n)) for n in ("a.pdf", "a", ".txt", "txt")] == [False] * 4


def test_find_files_walks_in_order_and_skips_the_rest(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "z/c.txt", "z/y/d.txt", ".hidden.txt", ".git/e.txt", "f.pdf"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "z" / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "nowhere")
    files, refused = find_files([tmp_path / "z" / "c.txt", tmp_path])
    names = [str(file.relative_to(tmp_path)) for file in files]
    assert names == ["z/c.txt", "a.md", "b.txt", "z/y/d.txt"]
    assert refused == []


def test_find_files_gives_reasons_for_what_was_named(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("x")
    (tmp_path / "b.txt").write_text("x")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    named = [tmp_path / name for name in ("gone.txt", "a.pdf", "b.txt", "loop.txt")]
    files, refused = find_files(named)
    assert files == [tmp_path / "b.txt"]
    assert [path for path, _ in refused] == [named[0], named[1], named[3]]
    assert "does not exist" in refused[0][1]
    assert ".txt" in refused[1][1]
    assert all(str(path) in reason for path, reason in refused)


def test_a_hidden_folder_that_is_named_is_walked(tmp_path: Path) -> None:
    (tmp_path / ".notes").mkdir()
    (tmp_path / ".notes" / "a.txt").write_text("x")
    assert find_files([tmp_path / ".notes"])[0] == [tmp_path / ".notes" / "a.txt"]
