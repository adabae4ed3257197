"""The built-in program ``ls``."""

from __future__ import annotations

import posixpath
import stat
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiodockerpy.testing._programs.shell import Run
    from aiodockerpy.testing._state.tree import Node

_KNOWN: Final = frozenset("1AaFdhlnpRr")
_BLOCK: Final = 4096
_HALF_A_YEAR: Final = 183 * 86400


async def ls(run: Run) -> int:
    """List files and directories; supports ``-1AaFdhlnpRr``."""
    options = {letter for word in run.args[1:] if word.startswith("-") for letter in word[1:]}
    if unknown := options - _KNOWN:
        return run.say(f"invalid option -- '{min(unknown)}'")
    return _Listing(run, options).write([word for word in run.args[1:] if not word.startswith("-")] or ["."])


class _Listing:
    def __init__(self, run: Run, options: set[str]) -> None:
        self._run = run
        self._options = options
        self._lines: list[str] = []
        self._names = {kind: self._names_in(f"/etc/{kind}") for kind in ("passwd", "group")}

    def _names_in(self, path: str) -> dict[str, str]:
        """Return the names of users or groups by their numbers."""
        if self._run.files.get(path) is None:
            return {}
        rows = [line.split(":") for line in self._run.files.read(path).decode().splitlines()]
        return {row[2]: row[0] for row in rows if len(row) > 2}

    def write(self, names: list[str]) -> int:
        """Write the files, then each directory, below its name if there is more than one."""
        code = 0
        files: dict[str, Node] = {}
        directories: list[str] = []
        for name in sorted(names):
            node = self._run.files.get(name, follow="l" not in self._options)
            if node is None:
                code = self._run.say(f"{name}: No such file or directory")
            elif node.is_dir and "d" not in self._options:
                directories.append(name)
            else:
                files[name] = node
        self._entries(files)
        for number, name in enumerate(directories):
            if number or files:
                self._lines.append("")
            self._directory(name, titled=len(names) > 1)
        self._run.io.stdout.write("".join(f"{line}\n" for line in self._lines))
        return code

    def _directory(self, name: str, *, titled: bool) -> None:
        if titled or "R" in self._options:
            self._lines.append(f"{name}:")
        nodes = {each: node for each in self._listed(name) if (node := self._node(name, each)) is not None}
        if "l" in self._options:
            self._lines.append(f"total {sum(map(_kibibytes, nodes.values()))}")
        self._entries(nodes)
        if "R" in self._options:
            for each in self._ordered(nodes):
                if nodes[each].is_dir and each not in {".", ".."}:
                    self._lines.append("")
                    self._directory(posixpath.join(name, each), titled=True)

    def _listed(self, name: str) -> list[str]:
        found = self._run.files.listdir(name)
        if "a" in self._options:
            return [".", "..", *found]
        return [each for each in found if "A" in self._options or not each.startswith(".")]

    def _node(self, directory: str, name: str) -> Node | None:
        place = posixpath.join(self._run.files.resolve(directory), name)
        return self._run.files.get(posixpath.normpath(place), follow=False)

    def _ordered(self, names: Iterable[str]) -> list[str]:
        return sorted(names, reverse="r" in self._options)

    def _entries(self, nodes: dict[str, Node]) -> None:
        for name in self._ordered(nodes):
            node = nodes[name]
            before = self._details(node) if "l" in self._options else ""
            pointed = f" -> {node.target}" if before and node.is_link else ""
            self._lines.append(f"{before}{name}{pointed or self._mark(node)}")

    def _details(self, node: Node) -> str:
        size = _BLOCK if node.is_dir else len(node.target or node.data)
        width = 7 if "h" in self._options else 9
        text = _readable(size) if "h" in self._options else str(size)
        owner, group = self._owner(node.uid, "passwd"), self._owner(node.gid, "group")
        links = self._run.files.links(node)
        return f"{stat.filemode(node.mode)} {links:4} {owner:8.8} {group:8.8} {text:>{width}} {_moment(node.mtime)} "

    def _owner(self, number: int, kind: str) -> str:
        return str(number) if "n" in self._options else self._names[kind].get(str(number), str(number))

    def _mark(self, node: Node) -> str:
        if node.is_dir:
            return "/" if self._options & {"F", "p"} else ""
        if "F" not in self._options:
            return ""
        return "@" if node.is_link else "*" if node.mode & 0o111 else ""


def _kibibytes(node: Node) -> int:
    if node.is_link:
        return 0
    return _BLOCK // 1024 if node.is_dir else -(-len(node.data) // _BLOCK) * _BLOCK // 1024


def _readable(size: int) -> str:
    """Write a size in the largest unit that makes it at least one."""
    power = min(max(size.bit_length() - 1, 0) // 10, 3)
    return f"{size / 1024**power:.1f}{' KMG'[power]}" if power else str(size)


def _moment(seconds: float) -> str:
    """Write the time of a change: of one in the last half year the hour, of others the year."""
    recent = 0 <= time.time() - seconds < _HALF_A_YEAR
    moment = time.gmtime(seconds)
    return time.strftime("%b ", moment) + f"{moment.tm_mday:2} " + time.strftime("%H:%M" if recent else " %Y", moment)
