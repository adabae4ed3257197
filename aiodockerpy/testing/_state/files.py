"""The files of a container: its image's, its own, and what is mounted over them."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from aiodockerpy._arguments import checks_methods
from aiodockerpy.testing._state.tree import Node, Tree, add_parents, directory, members_of, shared

_MOST_LINKS = 40
_FIELDS = 7  # of a line of /etc/passwd


@dataclass(slots=True)
class Mounted:
    """A tree that is mounted at a path."""

    path: str
    tree: Tree
    writable: bool = True


@dataclass(slots=True)
@checks_methods
class Files:
    """A file system that programs, copies and archives see.

    Attributes:
        root: The container's own tree.
        mounts: What is mounted over it.
        workdir: What relative paths start from.
    """

    root: Tree
    mounts: list[Mounted] = field(default_factory=list[Mounted])
    workdir: str = "/"

    def _place(self, path: str) -> tuple[Tree, str, Mounted | None]:
        """Find the tree that has an absolute path, and the path in that."""
        best: Mounted | None = None
        for mount in self.mounts:
            inside = path == mount.path or path.startswith(mount.path.rstrip("/") + "/")
            if inside and (best is None or len(mount.path) > len(best.path)):
                best = mount
        if best is None:
            return self.root, path, None
        return best.tree, "/" + path[len(best.path) :].strip("/"), best

    def get(self, path: str, *, follow: bool = True) -> Node | None:
        """Find a node; ``None`` if there is none."""
        return self._node(self.resolve(path, follow=follow))

    def _node(self, path: str) -> Node | None:
        tree, inside, _ = self._place(path)
        return tree.get(inside)

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """Resolve a path and the links in it; the last one only with ``follow``."""
        steps = posixpath.normpath(posixpath.join(self.workdir, path)).lstrip("/").split("/")
        done, links = "/", 0
        while steps:
            step = steps.pop(0)
            if step == "..":
                done = posixpath.dirname(done)
                continue
            if step in {"", "."}:
                continue
            here = posixpath.join(done, step)
            node = self._node(here)
            if node is not None and node.is_link and (steps or follow) and links < _MOST_LINKS:
                links += 1
                steps = [*node.target.split("/"), *steps]
                done = "/" if node.target.startswith("/") else done
                continue
            done = here
        return done

    def put(self, path: str, node: Node, *, follow: bool = True) -> None:
        """Put a node at a path; directories above it must be there.

        Raises:
            FileNotFoundError: A directory above is missing.
            NotADirectoryError: What is above is a file.
            PermissionError: The mount is read-only.
        """
        place = self.resolve(path, follow=follow)
        above = self._node(posixpath.dirname(place))
        if above is None:
            raise FileNotFoundError(path)
        if not above.is_dir:
            raise NotADirectoryError(path)
        tree, inside, mount = self._place(place)
        if mount is not None and not mount.writable:
            raise PermissionError(path)
        before = tree.get(inside)
        tree[inside] = node
        if node.inode and before is not None and before.inode == node.inode:
            tree.update(dict.fromkeys([name for name, one in tree.items() if one.inode == node.inode], node))

    def link(self, source: str, path: str) -> None:
        """Give a file another name, a hard link.

        Raises:
            FileNotFoundError: The file, or a directory above the name, is missing.
            PermissionError: It is a directory, or the mount is read-only.
            OSError: The name would be in another mount.
        """
        node = self.get(source, follow=False)
        places = [self.resolve(name, follow=False) for name in (source, path)]
        if node is None:
            raise FileNotFoundError(source)
        if node.is_dir:
            raise PermissionError(source)
        if self._place(places[0])[0] is not self._place(places[1])[0]:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), path)
        node = shared(node)
        for place in places:
            self.put(place, node, follow=False)

    def links(self, node: Node) -> int:
        """Return how many names a node has."""
        trees = [self.root, *(mount.tree for mount in self.mounts)] if node.inode else []
        return 1 + node.is_dir + sum(one.inode == node.inode for tree in trees for one in tree.values()) - bool(trees)

    def read(self, path: str) -> bytes:
        """Read a file.

        Raises:
            FileNotFoundError: It is not there.
            IsADirectoryError: It is a directory.
        """
        node = self.get(path)
        if node is None:
            raise FileNotFoundError(path)
        if node.is_dir:
            raise IsADirectoryError(path)
        return node.data

    def write(self, path: str, data: bytes | str, *, mode: int = 0o644, append: bool = False) -> None:
        """Write a file; a file that is there keeps its mode and owner."""
        content = data.encode() if isinstance(data, str) else data
        found = self.get(path)
        if found is not None and found.is_dir:
            raise IsADirectoryError(path)
        if found is None:
            node = Node(stat.S_IFREG | mode, content, mtime=time.time())
        else:
            before = found.data if append else b""
            node = replace(found, data=before + content, mtime=time.time())
        if found is None or not stat.S_ISCHR(found.mode):
            self.put(path, node)

    def mkdir(self, path: str, mode: int = 0o755, *, parents: bool = False) -> None:
        """Create a directory.

        Raises:
            FileExistsError: There is something already.
        """
        place = self.resolve(path)
        if parents:
            tree, inside, _ = self._place(place)
            if inside not in tree:
                add_parents(tree, inside, time.time())
                tree[inside] = directory(mode, mtime=time.time())
            return
        if self._node(place) is not None:
            raise FileExistsError(path)
        self.put(place, directory(mode, mtime=time.time()))

    def remove(self, path: str) -> None:
        """Remove a file or a directory with everything in it.

        Raises:
            FileNotFoundError: It is not there.
        """
        place = self.resolve(path, follow=False)
        tree, inside, _ = self._place(place)
        if inside not in tree:
            raise FileNotFoundError(path)
        for name, _ in list(members_of(tree, inside)):
            del tree[name]

    def home(self, user: str) -> str:
        """Find a user's home in ``/etc/passwd``; the root for those that it does not have."""
        wanted = (user or "0").partition(":")[0]
        node = self.get("/etc/passwd")
        for line in node.data.decode(errors="replace").splitlines() if node is not None else ():
            parts = line.split(":")
            if len(parts) == _FIELDS and wanted in {parts[0], parts[2]}:
                return parts[5]
        return "/root" if wanted in {"0", "root"} else "/"

    def walk(self, path: str) -> Iterator[tuple[str, Node]]:
        """Iterate a path and everything below it, mounts included, by absolute path."""
        place = self.resolve(path, follow=False)
        below = place.rstrip("/") + "/"
        found: dict[str, Node] = {}
        tree, inside, mount = self._place(place)
        start = mount.path.rstrip("/") if mount else ""
        for name, node in members_of(tree, inside):
            found[(start + name).rstrip("/") or "/"] = node
        for other in self.mounts:
            if other is not mount and other.path.startswith(below):
                for name, node in members_of(other.tree, "/"):
                    found[(other.path + name).rstrip("/")] = node
        yield from sorted(found.items())

    def listdir(self, path: str) -> list[str]:
        """List the names in a directory.

        Raises:
            FileNotFoundError: It is not there.
            NotADirectoryError: It is not a directory.
        """
        place = self.resolve(path)
        node = self._node(place)
        if node is None:
            raise FileNotFoundError(path)
        if not node.is_dir:
            raise NotADirectoryError(path)
        below = place.rstrip("/") + "/"
        return sorted(
            {name[len(below) :].split("/")[0] for name, _ in self.walk(place) if name.startswith(below)} - {""}
        )
