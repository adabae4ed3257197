"""The order, the modes and the links of what is sent."""

from __future__ import annotations

import os
import socket

import pytest

from aiodockerpy.buildkit._files.filters import Filter
from aiodockerpy.buildkit._files.walk import MemoryTree, Walk
from aiodockerpy.errors import InvalidArgument


def walk(root, include=(), exclude=()):
    return [entry for entry, _ in Walk(root, Filter(include, exclude))]


def test_order_is_by_bytes_and_depth_first(tmp_path) -> None:
    for name in ("a.b", "a-b", "a/z", "a/b/c", "Z", "é", "zz"):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x")
    assert [entry.path for entry in walk(tmp_path)] == ["Z", "a", "a/b", "a/b/c", "a/z", "a-b", "a.b", "zz", "é"]


def test_modes_are_go_s(tmp_path) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir").chmod(0o1755)
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "file").chmod(0o6640)
    (tmp_path / "link").symlink_to("dir/../file")
    os.mkfifo(tmp_path / "pipe", 0o600)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "sock"))
    (tmp_path / "sock").chmod(0o700)
    found = {entry.path: entry for entry in walk(tmp_path)}
    assert found["dir"].mode == 1 << 31 | 1 << 20 | 0o755
    assert found["file"].mode == 1 << 23 | 1 << 22 | 0o640
    assert found["link"].mode & 1 << 27
    assert found["link"].linkname == "dir/../file"
    assert found["pipe"].mode == 1 << 25 | 0o600
    assert found["sock"].mode == 0o700
    assert (found["file"].size, found["dir"].size, found["link"].size) == (5, 0, 0)
    assert all((entry.uid, entry.gid) == (0, 0) for entry in found.values())
    assert found["file"].mod_time == (tmp_path / "file").stat().st_mtime_ns


def test_hard_links_name_the_first_that_is_sent(tmp_path) -> None:
    (tmp_path / "a").write_text("x")
    os.link(tmp_path / "a", tmp_path / "b")
    os.link(tmp_path / "a", tmp_path / "c")
    assert [(entry.path, entry.linkname, entry.size) for entry in walk(tmp_path)] == [
        ("a", "", 1),
        ("b", "a", 0),
        ("c", "a", 0),
    ]
    assert [(entry.path, entry.linkname, entry.size) for entry in walk(tmp_path, exclude=["a"])] == [
        ("b", "", 1),
        ("c", "b", 0),
    ]


def test_directories_come_with_what_they_hold_only(tmp_path) -> None:
    for name in ("a/b/keep", "a/b/no", "c/d/no"):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x")
    assert [entry.path for entry in walk(tmp_path, include=["**/keep"])] == ["a", "a/b", "a/b/keep"]
    assert [entry.path for entry in walk(tmp_path, exclude=["*", "!a/b/keep"])] == ["a", "a/b", "a/b/keep"]


def test_a_name_that_is_no_utf8_is_told(tmp_path) -> None:
    (tmp_path / os.fsdecode(b"\xff")).write_text("")
    with pytest.raises(InvalidArgument, match="udcff"):
        walk(tmp_path)


def test_in_memory() -> None:
    tree = list(MemoryTree({"b": b"12", "a": b""}))
    assert [(entry.path, entry.size, content) for entry, content in tree] == [("a", 0, b""), ("b", 2, b"12")]
