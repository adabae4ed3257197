"""The walk over a directory that is sent."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import contextmanager
from itertools import cycle, islice

import pytest

from aiodockerpy._archives import walk as walking
from aiodockerpy._archives.context import make_context
from aiodockerpy._archives.walk import Stop, StoppedError, Verdict, walk
from aiodockerpy._archives.write import Attributes, tree
from aiodockerpy._threads import THREAD_NAME
from aiodockerpy.buildkit._files.filters import Filter
from aiodockerpy.buildkit._files.send import send_tree
from aiodockerpy.buildkit._files.walk import Walk
from aiodockerpy.streams.content import pieces
from tests.buildkit.memory import rpc


class Chosen:
    """Keeps what has one of these names, and looks into all directories."""

    top = None

    def __init__(self, *names):
        self._names = names

    def judge(self, path, name, above, *, is_directory):
        if not self._names or name in self._names:
            return Verdict.KEEP, None
        return (Verdict.LOOK_BELOW if is_directory else Verdict.SKIP), None


def make(root, *paths):
    for path in paths:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"1")


def paths(root, choice, *, with_parents=True):
    return [found.path for found in walk(root, choice, Stop(), with_parents=with_parents)]


def test_directories_that_are_only_looked_into_come_with_what_is_kept_below_them_or_never(tmp_path):
    make(tmp_path, "a/b/keep/x", "a/b/no", "a/c/no", "a/d/keep", "e/keep", "f/no")
    assert paths(tmp_path, Chosen("keep", "x")) == [
        "a",
        "a/b",
        "a/b/keep",
        "a/b/keep/x",
        "a/d",
        "a/d/keep",
        "e",
        "e/keep",
    ]
    assert paths(tmp_path, Chosen("keep", "x"), with_parents=False) == ["a/b/keep", "a/b/keep/x", "a/d/keep", "e/keep"]


def test_the_first_of_hard_links_is_the_first_that_is_kept(tmp_path):
    make(tmp_path, "a", "z")
    os.link(tmp_path / "a", tmp_path / "b")
    os.link(tmp_path / "a", tmp_path / "c")
    found = {each.path: each.same_as for each in walk(tmp_path, Chosen("b", "c", "z"), Stop(), with_parents=True)}
    assert found == {"b": "", "c": "b", "z": ""}


def test_trees_may_be_deeper_than_python_calls_may_be(tmp_path):
    levels = ["/".join(["d"] * depth) for depth in range(1, 1051)]
    for level in levels:
        (tmp_path / level).mkdir()
    try:
        assert paths(tmp_path, Chosen()) == levels
        assert paths(tmp_path, Filter([f"{levels[-1]}/x"])) == []
        assert [member.head.name for member in tree(tmp_path, Attributes())] == levels
    finally:
        for level in reversed(levels):
            (tmp_path / level).rmdir()


def test_what_cannot_be_read_is_the_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        paths(tmp_path / "missing", Chosen())
    make(tmp_path, "file")
    with pytest.raises(NotADirectoryError):
        paths(tmp_path / "file", Chosen())


def test_a_walk_is_stopped_between_two_entries(tmp_path):
    make(tmp_path, "a", "b", "c")
    stop = Stop()
    walked = walk(tmp_path, Chosen(), stop, with_parents=True)
    assert next(walked).path == "a"
    stop.set()
    with pytest.raises(StoppedError):
        next(walked)


@pytest.fixture
def endless(tmp_path, monkeypatch):
    """A directory that has so many files that listing them takes very long."""
    (tmp_path / "Dockerfile").write_text("FROM x")
    (tmp_path / ".dockerignore").write_text("**\n")
    scandir, seen = os.scandir, threading.Event()

    @contextmanager
    def again(place):
        seen.set()
        with scandir(place) as entries:
            yield islice(cycle(entries), 100_000_000)

    monkeypatch.setattr(walking.os, "scandir", again)
    return tmp_path, seen


async def ended(seen):
    """Wait until the walk is on its way, then for its thread: it ends although nothing was found."""
    assert await asyncio.to_thread(seen.wait, 10)
    while any(thread.name == THREAD_NAME for thread in threading.enumerate()):
        await asyncio.sleep(0.001)


async def test_a_classic_build_that_is_cancelled_ends_its_walk(endless):
    root, seen = endless
    context = make_context(root, None, None)
    body = aiter(pieces(context.content))

    async def send():
        with context.content.raising_own_error():
            async for _ in body:
                pass

    sending = asyncio.create_task(send())
    assert await asyncio.to_thread(seen.wait, 10)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await ended(seen)


async def test_a_build_of_buildkit_that_is_cancelled_ends_its_walk(endless):
    root, seen = endless
    method = "/moby.filesync.v1.FileSync/DiffCopy"
    tree = Walk(root, Filter(exclude=["**"]))

    async def send(call):
        await send_tree(call, tree, tree.stop)

    async with rpc({method: send}) as channel, channel.call(method):
        assert await asyncio.to_thread(seen.wait, 10)
    await ended(seen)


def test_every_entry_of_a_walk_is_found_once_in_order(tmp_path):
    make(tmp_path, *(f"{a}/{b}" for a in "ba" for b in "yx"))
    walked = walk(tmp_path, Chosen(), Stop(), with_parents=True)
    assert [found.path for found in islice(walked, 9)] == ["a", "a/x", "a/y", "b", "b/x", "b/y"]
