"""Build contexts as archives; ``client.images.build`` makes them by itself, and sends them while it reads."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from aiodockerpy._archives.context import DOCKERFILE, IGNORE_FILE, dockerfile_bytes, with_what_the_engine_needs
from aiodockerpy._archives.walk import Stop
from aiodockerpy._archives.write import Attributes, Member, gzipped, member_of_bytes, tar_pieces, tree
from aiodockerpy._arguments import checked
from aiodockerpy._protocol.dockerignore import PatternMatcher
from aiodockerpy._protocol.reference import Reference
from aiodockerpy._threads import in_own_thread
from aiodockerpy.errors import InvalidRepository, NullResource

if TYPE_CHECKING:
    from os import PathLike


@checked
def match_tag(tag: str) -> bool:
    """Return whether a text is the name of an image, with or without tag and digest."""
    try:
        Reference.parse(tag)
    except (InvalidRepository, NullResource):
        return False
    return True


@checked
async def tar(
    path: str | PathLike[str],
    exclude: Sequence[str] | None = None,
    dockerfile: tuple[str, str | None] | None = None,
    fileobj: IO[bytes] | None = None,
    gzip: bool = False,
) -> IO[bytes]:
    """Create an archive of a build context, in a thread.

    Args:
        path: The directory.
        exclude: Patterns as in ``.dockerignore``; the ignore file itself is not looked at.
        dockerfile: Path of the Dockerfile in the archive and, if it comes from elsewhere, its content.
        fileobj: Where to write to; a temporary file if not given.
        gzip: Compress it.

    Returns:
        The file, at its beginning.

    Raises:
        OSError: Something cannot be read.
        InvalidArgument: A pattern is malformed, or the path is empty.
    """
    name, content = dockerfile or (None, None)
    extra = {}
    if name is not None and content is not None:
        extra = {IGNORE_FILE: "\n".join([*(exclude or [IGNORE_FILE]), name]), name: content}
    stop = Stop()
    members = _with_extra(_chosen(Path(path), exclude or (), name, stop), extra)
    return await _archive(members, fileobj, stop, gzip=gzip)


@checked
async def exclude_paths(root: str | PathLike[str], patterns: Sequence[str], dockerfile: str | None = None) -> set[str]:
    """List what is left of a directory by patterns as in ``.dockerignore``, in a thread.

    Args:
        root: The directory.
        patterns: The patterns, which are left as they are.
        dockerfile: Path of the Dockerfile, which is never left out.

    Returns:
        Paths relative to the directory, with slashes.
    """
    stop = Stop()
    directory = Path(root)
    try:
        return await in_own_thread(
            lambda: {member.head.name for member in _chosen(directory, patterns, dockerfile, stop)}
        )
    finally:
        stop.set()


@checked
async def create_archive(
    root: str | PathLike[str],
    files: Iterable[str] | None = None,
    fileobj: IO[bytes] | None = None,
    gzip: bool = False,
    extra_files: Iterable[tuple[str, str]] | None = None,
) -> IO[bytes]:
    """Create an archive of files of a directory, in a thread; sockets are left out.

    Args:
        root: The directory.
        files: Paths relative to it; all of them if not given.
        fileobj: Where to write to; a temporary file if not given.
        gzip: Compress it.
        extra_files: Names and contents of further files, which replace those of the same name.

    Returns:
        The file, at its beginning.

    Raises:
        OSError: Something cannot be read, or is not there.
    """
    stop = Stop()
    members: Iterable[Member] = tree(Path(root), Attributes(), stop=stop)
    if files is not None:
        members = _only(members, {path.rstrip("/") for path in files})
    return await _archive(_with_extra(members, dict(extra_files or ())), fileobj, stop, gzip=gzip)


@checked
async def mkbuildcontext(dockerfile: bytes | IO[bytes]) -> IO[bytes]:
    """Create an archive of a Dockerfile alone, in a thread.

    Args:
        dockerfile: Its content, or a binary file.

    Returns:
        A temporary file, at its beginning.

    Raises:
        TypeError: It is text.
    """
    members = (member_of_bytes(DOCKERFILE, dockerfile_bytes(file)) for file in (dockerfile,))  # read in the thread
    return await _archive(members, None, Stop())


async def _archive(
    members: Iterable[Member], fileobj: IO[bytes] | None, stop: Stop, *, gzip: bool = False
) -> IO[bytes]:
    """Write an archive in a thread; if this task is cancelled meanwhile, stop that and close a file of our own."""
    making = asyncio.create_task(in_own_thread(_write, members, fileobj, stop, gzip=gzip))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        stop.set()
        making.add_done_callback(partial(_drop_result, close=fileobj is None))
        raise


def _drop_result(making: asyncio.Task[IO[bytes]], *, close: bool) -> None:
    if not making.cancelled() and making.exception() is None and close:
        making.result().close()


def _chosen(root: Path, patterns: Sequence[str], dockerfile: str | None, stop: Stop) -> Iterator[Member]:
    matcher = PatternMatcher(with_what_the_engine_needs([*patterns], dockerfile or DOCKERFILE))
    return tree(root, Attributes(), ignored=matcher, stop=stop)


def _only(members: Iterable[Member], wanted: set[str]) -> Iterator[Member]:
    for member in members:
        if member.head.name in wanted:
            wanted.discard(member.head.name)
            yield member
    if wanted:
        raise FileNotFoundError(f"not in the directory: {', '.join(sorted(wanted))}")


def _with_extra(members: Iterable[Member], extra: dict[str, str]) -> Iterator[Member]:
    yield from (member for member in members if member.head.name not in extra)
    yield from (member_of_bytes(name, content.encode()) for name, content in extra.items())


def _write(members: Iterable[Member], fileobj: IO[bytes] | None, stop: Stop, *, gzip: bool) -> IO[bytes]:
    file = tempfile.TemporaryFile() if fileobj is None else fileobj  # noqa: SIM115 - it is the caller's
    pieces = tar_pieces(members)
    try:
        for piece in gzipped(pieces) if gzip else pieces:
            stop.check()
            file.write(piece)
        file.seek(0)
    except BaseException:
        if fileobj is None:
            file.close()
        raise
    return file
