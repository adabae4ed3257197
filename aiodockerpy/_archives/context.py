"""Build contexts of the classic builder: which files of a directory are sent, and what else may be given."""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from aiodockerpy._archives.walk import Stop
from aiodockerpy._archives.write import Attributes, Member, Pieces, gzipped, member_of_bytes, tar_pieces, tree
from aiodockerpy._protocol.dockerignore import PatternMatcher, read_patterns
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.streams.content import Content, Readable

DOCKERFILE: Final = "Dockerfile"
IGNORE_FILE: Final = ".dockerignore"
_REMOTES: Final = ("http://", "https://", "git://", "github.com/", "git@")

PathLike: TypeAlias = "str | os.PathLike[str]"


@dataclass(frozen=True, slots=True)
class Context:
    """What is built from.

    Attributes:
        content: A tar archive; ``None`` if the engine gets it by itself.
        remote: Where the engine gets it from.
        dockerfile: Path of the Dockerfile in it, if it is not the usual one.
    """

    content: Content | None = None
    remote: str | None = None
    dockerfile: str | None = None


def make_context(
    path: PathLike | None,
    fileobj: Content | None,
    dockerfile: PathLike | None,
    *,
    custom_context: bool = False,
    gzip: bool = False,
) -> Context:
    """Create a context from what docker-py's ``build`` takes; blocks while it reads a few small files.

    Raises:
        TypeError: The path is not a directory, or the Dockerfile is text.
        OSError: Something cannot be read.
        InvalidArgument: A pattern of the ignore file is malformed, or a file to be read is a FIFO or a device.
    """
    name = os.fspath(dockerfile).replace(os.sep, "/") if dockerfile is not None else None
    if custom_context:
        return Context(content=fileobj, dockerfile=name)
    if fileobj is not None:
        return Context(
            content=Pieces(tar_pieces([member_of_bytes(DOCKERFILE, dockerfile_bytes(fileobj))])), dockerfile=name
        )
    place = os.fspath(path or "")
    if place.startswith(_REMOTES):
        return Context(remote=place, dockerfile=name)
    root = Path(place)
    if not root.is_dir():
        raise TypeError(f"You must specify a directory to build in path, and {place!r} is not one")
    stop = Stop()
    members, inside = directory_members(root, name, stop)
    pieces = tar_pieces(members)
    return Context(content=Pieces(gzipped(pieces) if gzip else pieces, stop), dockerfile=inside)


def dockerfile_bytes(fileobj: Content) -> bytes:
    """Read a Dockerfile that is given as bytes or as a binary file.

    Raises:
        TypeError: It is text.
    """
    content = fileobj.read() if isinstance(fileobj, Readable) else fileobj
    if not isinstance(content, bytes | bytearray | memoryview):
        raise TypeError("fileobj must be bytes or a binary file such as io.BytesIO; text is dockerfile_text")
    return bytes(content)


def directory_members(
    root: Path, dockerfile: str | None, stop: Stop | None = None
) -> tuple[Iterable[Member], str | None]:
    """Choose which files of a directory are sent, as the docker CLI does.

    The patterns are those of ``<Dockerfile>.dockerignore`` if there is one, otherwise of ``.dockerignore``. The ignore
    file and the Dockerfile are sent even if they are ignored; the engine takes them away again. A Dockerfile outside of
    the directory is added under a generated name.

    Args:
        root: The directory.
        dockerfile: The Dockerfile, relative to the directory; ``None`` for the usual one.
        stop: Ends the walk from another thread.

    Returns:
        The members, and where the Dockerfile is among them (``None`` for the usual one).
    """
    name = dockerfile or (_usual_name(root))
    place = root / name
    check_no_special_files(root, place)
    inside = _relative(place, root)
    patterns = read_patterns(_ignore_text(root, place))
    matcher = PatternMatcher(with_what_the_engine_needs(patterns, inside))
    members = tree(root, Attributes(), ignored=matcher, stop=stop)
    if inside is not None:
        return members, inside if dockerfile else None
    added = f".dockerfile.{secrets.token_hex(10)}"
    return _with_dockerfile(members, root, added, place.read_bytes()), added


def _usual_name(root: Path) -> str:
    lower = DOCKERFILE.lower()
    return lower if not os.path.lexists(root / DOCKERFILE) and os.path.lexists(root / lower) else DOCKERFILE


def _relative(place: Path, root: Path) -> str | None:
    """Return the path of a file inside a directory; ``None`` if it is outside."""
    try:
        relative = os.path.relpath(os.path.abspath(place), os.path.abspath(root))  # noqa: PTH100 - links stay
    except ValueError:  # another drive
        return None
    relative = relative.replace(os.sep, "/")
    return None if relative == ".." or relative.startswith("../") else relative


def _ignore_files(root: Path, dockerfile: Path) -> tuple[Path, Path]:
    return dockerfile.with_name(f"{dockerfile.name}{IGNORE_FILE}"), root / IGNORE_FILE


def check_no_special_files(root: Path, dockerfile: Path) -> None:
    """Check that the Dockerfile and the ignore files of a context are no FIFO, socket or device, which may have no end.

    Raises:
        InvalidArgument: One of them is.
    """
    for place in (dockerfile, *_ignore_files(root, dockerfile)):
        try:
            mode = place.stat().st_mode
        except OSError:
            continue  # a file that is missing or cannot be read fails when it is opened
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise InvalidArgument(f"{place} is not a regular file")


def _ignore_text(root: Path, dockerfile: Path) -> str:
    for place in _ignore_files(root, dockerfile):
        try:
            return place.read_text("utf-8", "surrogateescape")
        except (FileNotFoundError, NotADirectoryError):
            continue
    return ""


def with_what_the_engine_needs(patterns: list[str], dockerfile: str | None) -> list[str]:
    """Return the patterns with exceptions for the ignore file and the Dockerfile, as a new list."""
    matcher = PatternMatcher(patterns)
    needed = [name for name in (IGNORE_FILE, dockerfile) if name is not None and matcher.matches(name)]
    return [*patterns, *(f"!{name}" for name in needed)]


def _with_dockerfile(members: Iterable[Member], root: Path, name: str, content: bytes) -> Iterator[Member]:
    """Add a Dockerfile, and have the engine keep it out of the image by the ignore file."""
    ignore = root / IGNORE_FILE
    text = ignore.read_bytes() + b"\n" if ignore.is_file() else b""
    now = time.time()
    for member in members:
        if member.head.name != IGNORE_FILE:
            yield member
    yield member_of_bytes(IGNORE_FILE, text + name.encode(), mtime=now)
    yield member_of_bytes(name, content, mode=0o600, mtime=now)
