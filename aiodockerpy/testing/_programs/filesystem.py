"""The built-in programs that change files and show what they are."""

from __future__ import annotations

import posixpath
import stat
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from aiodockerpy.testing._state.tree import Node

if TYPE_CHECKING:
    from aiodockerpy.testing._programs.shell import Run


async def mkdir(run: Run) -> int:
    """Make directories."""
    parents = "-p" in run.args
    for name in run.args[1:]:
        if not name.startswith("-"):
            try:
                run.files.mkdir(name, parents=parents)
            except FileExistsError:
                return run.say(f"can't create directory '{name}': File exists")
            except OSError:
                return run.say(f"can't create directory '{name}': No such file or directory")
    return 0


async def rm(run: Run) -> int:
    """Remove files, and directories with ``-r``."""
    options = {letter for word in run.args[1:] if word.startswith("-") for letter in word[1:]}
    code = 0
    for name in (word for word in run.args[1:] if not word.startswith("-")):
        node = run.files.get(name, follow=False)
        if node is None:
            code = code if "f" in options else run.say(f"can't remove '{name}': No such file or directory")
        elif node.is_dir and not options & {"r", "R"}:
            code = run.say(f"'{name}' is a directory")
        else:
            run.files.remove(name)
    return code


async def touch(run: Run) -> int:
    """Make empty files."""
    for name in run.args[1:]:
        if not name.startswith("-"):
            run.files.write(name, b"", append=True)
    return 0


async def cp(run: Run) -> int:
    """Copy or move files; directories are copied with ``-r`` or ``-a``."""
    *sources, target = [word for word in run.args[1:] if not word.startswith("-")]
    moves, whole = run.args[0] == "mv", any(word.startswith("-") and set("raR") & set(word) for word in run.args[1:])
    into, code = run.files.get(target), 0
    for source in sources:
        place = run.files.resolve(source, follow=not (moves or whole))
        node = run.files.get(place, follow=False)
        if node is None:
            code = run.say(f"can't {'rename' if moves else 'stat'} '{source}': No such file or directory")
        elif node.is_dir and not (moves or whole):
            code = run.say(f"omitting directory '{source}'")
        else:
            inside = posixpath.join(target, posixpath.basename(source.rstrip("/")))
            try:
                _copy(run, place, inside if into is not None and into.is_dir else target, moves=moves)
            except OSError:
                code = run.say(f"can't create '{target}': No such file or directory")
    return code


def _copy(run: Run, source: str, target: str, *, moves: bool) -> None:
    if source == run.files.resolve(target, follow=not moves):
        return
    for path, node in list(run.files.walk(source)):
        place = target + path[len(source) :]
        before = run.files.get(place, follow=not moves)
        if moves or before is None or not node.is_dir:
            inode = node.inode if moves else before.inode if before is not None else 0
            run.files.put(place, replace(node, inode=inode), follow=not moves)
    if moves:
        run.files.remove(source)


async def ln(run: Run) -> int:
    """Make a link, symbolic with ``-s``."""
    source, target = [word for word in run.args[1:] if not word.startswith("-")]
    options = {letter for word in run.args[1:] if word.startswith("-") for letter in word}
    if run.files.get(target, follow=False) is not None and "f" not in options:
        return run.say(f"{target}: File exists")
    if "s" in options:
        run.files.put(target, Node(stat.S_IFLNK | 0o777, target=source, mtime=time.time()), follow=False)
        return 0
    try:
        run.files.link(source, target)
    except OSError as error:
        return run.say(f"{source}: {error.strerror or 'No such file or directory'}")
    return 0


async def readlink(run: Run) -> int:
    """Write where a link points."""
    node = run.files.get(run.args[-1], follow=False)
    if node is None or not node.is_link:
        return 1
    run.io.stdout.write(node.target + "\n")
    return 0


async def chmod(run: Run) -> int:
    """Change permissions, given in octal."""
    for name in run.args[2:]:
        place = run.files.resolve(name)
        node = run.files.get(place)
        if node is None:
            return run.say(f"{name}: No such file or directory")
        run.files.put(place, replace(node, mode=stat.S_IFMT(node.mode) | int(run.args[1], 8)))
    return 0


async def stat_(run: Run) -> int:
    """Write permissions, owner and size by a format."""
    words = [word for word in run.args[1:] if word != "-L"]
    template = words[words.index("-c") + 1] if "-c" in words else "%n"
    for name in words[2:] if "-c" in words else words:
        node = run.files.get(name, follow="-L" in run.args)
        if node is None:
            return run.say(f"can't stat '{name}': No such file or directory")
        text = template
        values = {"%a": f"{stat.S_IMODE(node.mode):o}", "%u": str(node.uid), "%g": str(node.gid), "%n": name,
                  "%s": str(len(node.data)), "%Y": str(int(node.mtime)), "%h": str(run.files.links(node))}  # fmt: skip
        for mark, value in values.items():
            text = text.replace(mark, value)
        run.io.stdout.write(text + "\n")
    return 0


async def find(run: Run) -> int:
    """List what is below a directory; supports ``-type f`` and ``-type d``."""
    start = run.args[1] if len(run.args) > 1 and not run.args[1].startswith("-") else "."
    kind = run.args[run.args.index("-type") + 1] if "-type" in run.args else ""
    place = run.files.resolve(start)
    for path, node in run.files.walk(place):
        if not kind or (kind == "d") == node.is_dir:
            run.io.stdout.write(start + path[len(place.rstrip("/")) :] + "\n")
    return 0
