"""Serve directories that the engine reads, and receive outputs that it writes to this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from aiodockerpy._protocol.dockerignore import PatternMatcher
from aiodockerpy._protocol.outside import read_int
from aiodockerpy._threads import in_own_thread
from aiodockerpy.buildkit._files.filters import Filter
from aiodockerpy.buildkit._files.receive import receive_tree
from aiodockerpy.buildkit._files.send import send_tree
from aiodockerpy.buildkit._files.walk import Content, MemoryTree, Tree, Walk
from aiodockerpy.buildkit._rpc.framing import NOT_FOUND, RpcError

from .archive_sink import receive_archive

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from aiodockerpy.buildkit._messages import Stat
    from aiodockerpy.buildkit._rpc.calls import ServerCall
    from aiodockerpy.buildkit.options import Output


class FileSyncService:
    """Serve the directories of one build.

    Args:
        sources: Directories, or small files in memory, by the engine's names for them.
    """

    def __init__(self, sources: Mapping[str, Path | Mapping[str, bytes]]) -> None:
        self._sources = sources

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """Return the handlers of its calls."""
        return {"/moby.filesync.v1.FileSync/DiffCopy": self._send}

    async def _send(self, call: ServerCall) -> None:
        name = call.first("dir-name")
        source = self._sources.get(name)
        if source is None:
            raise RpcError(NOT_FOUND, f"no access allowed to dir {name!r}")
        if not isinstance(source, Path):
            await send_tree(call, MemoryTree(source))
            return
        walk = Walk(source, await in_own_thread(_filter, source, call))
        exclude = _values(call, "exclude-patterns")
        tree = _WithoutIgnored(walk, exclude) if any(item.startswith("!") for item in exclude) else walk
        await send_tree(call, tree, walk.stop)


class _WithoutIgnored:
    """Send files without their content if the patterns exclude them after all, as buildx does.

    Where exceptions and plain patterns meet on a directory, its walk, and so ours, can reach files that the last
    pattern excludes: it lists them, and then does not open them.
    """

    def __init__(self, tree: Tree, exclude: Sequence[str]) -> None:
        self._tree = tree
        self._ignored = PatternMatcher(exclude)

    def __iter__(self) -> Iterator[tuple[Stat, Content]]:
        for found, content in self._tree:
            yield found, b"" if self._ignored.matches(found.path) else content


def _filter(root: Path, call: ServerCall) -> Filter:
    return Filter.of(
        root,
        include=_values(call, "include-patterns"),
        exclude=_values(call, "exclude-patterns"),
        follow=_values(call, "followpaths"),
    )


def _values(call: ServerCall, name: str) -> list[str]:
    """Return the values of a header, decoded if the engine has encoded them, as newer ones do unless they are ASCII."""
    values = call.metadata.get(name, [])
    if call.first(f"{name}-encoded") == "1":
        return [unquote_plus(value) for value in values]
    return values


class FileSendService:
    """Receive the outputs of one build, by their place in its list."""

    def __init__(self, outputs: Mapping[int, Output]) -> None:
        self._outputs = outputs

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """Return the handlers of its calls; none without outputs, so that the engine refuses to send any."""
        return {"/moby.filesync.v1.FileSend/DiffCopy": self._receive} if self._outputs else {}

    async def _receive(self, call: ServerCall) -> None:
        number = call.first("buildkit-attachable-exporter-id")
        output = self._outputs.get(read_int(number) or 0)
        if output is None or output.target is None:
            raise RpcError(NOT_FOUND, f"no output {number or 0}")
        if output.is_archive:
            await receive_archive(call, output.target)
        else:
            await receive_tree(call, Path(output.target))  # type: ignore[arg-type]  # a directory's output has a path
