"""Files in and out of containers."""

from __future__ import annotations

import base64
import json
import posixpath
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

from aiodockerpy._protocol.archive import to_go_mode
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Answer, Refusal, Reply, Request, Stream
from aiodockerpy.testing._lifecycle import emit
from aiodockerpy.testing._state.clock import rfc3339
from aiodockerpy.testing._state.tree import Node, directory, pack, problem_of, unpack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodockerpy.testing._state.files import Files
    from aiodockerpy.testing._state.objects import Container

_TAR = "application/x-tar"
_BLOCK = 65536


async def _in_blocks(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _BLOCK):
        yield data[start : start + _BLOCK]


def _find(core: Core, request: Request) -> tuple[Container, str, Node]:
    wanted, path = request.parts["id"], request.text("path")
    container = core.world.container(wanted)
    if not path:
        raise Refusal(400, "bad parameter: pathcannot be empty")
    files = _files(container)
    follow = path.endswith(("/", "/."))
    node = files.get(path, follow=follow)
    if node is not None and follow and not node.is_dir:
        raise Refusal(500, f"lstat {path}: not a directory")
    if node is None:
        above = files.get(posixpath.dirname(path.rstrip("/")) or "/")
        if above is not None and not above.is_dir:
            raise Refusal(500, f"lstat {path}: not a directory")
        raise Refusal(404, f"Could not find the file {path} in container {wanted}")
    return container, path, node


def _files(container: Container) -> Files:
    return replace(container.files, workdir="/")


def _stat_header(container: Container, path: str, node: Node) -> dict[str, str]:
    target = node.target
    if node.is_link:
        above = posixpath.dirname(_files(container).resolve(path, follow=False))
        target = posixpath.normpath(posixpath.join(above, node.target))
    value = {
        "name": posixpath.basename(path.rstrip("/")) or "/",
        "size": len(node.target.encode()) if node.is_link else (4096 if node.is_dir else len(node.data)),
        "mode": to_go_mode(node.mode),
        "mtime": rfc3339(int(node.mtime * 10**9)) if node.mtime else "1970-01-01T00:00:00Z",
        "linkTarget": target,
    }
    text = json.dumps(value, separators=(",", ":"))
    return {"X-Docker-Container-Path-Stat": base64.b64encode(text.encode()).decode()}


@operation("ContainerArchiveInfo")
async def info(core: Core, request: Request) -> Reply:
    """Describe a path."""
    return Answer(headers=_stat_header(*_find(core, request)))


@operation("ContainerArchive")
async def get(core: Core, request: Request) -> Reply:
    """Read a path with everything below it."""
    container, path, node = _find(core, request)
    files = _files(container)
    place = files.resolve(path, follow=path.endswith(("/", "/.")))
    name = posixpath.basename(path.rstrip("/")) or ""
    name = posixpath.basename(place) if name == ".." else name
    name = "." if path.endswith("/.") or name == "." else name
    prefix = name or "."
    members: list[tuple[str, Node]] = []
    for found, one in files.walk(place):
        inner = found[len(place.rstrip("/")) :]
        full = prefix + inner
        members.append((full + "/" if one.is_dir and not full.endswith("/") else full, one))
    emit(core, container, "archive-path")
    return Stream(_in_blocks(pack(members)), _TAR, _stat_header(container, path, node))


@operation("PutContainerArchive")
async def put(core: Core, request: Request) -> Reply:
    """Unpack an archive below a directory."""
    wanted, path = request.parts["id"], request.text("path")
    container = core.world.container(wanted)
    if not path:
        raise Refusal(400, "bad parameter: pathcannot be empty")
    files = _files(container)
    node = files.get(path)
    if node is None:
        raise Refusal(404, f"Could not find the file {path} in container {wanted}")
    if not node.is_dir:
        raise Refusal(400, "extraction point is not a directory")
    if container.host["ReadonlyRootfs"]:
        raise Refusal(403, "container rootfs is marked read-only")
    place = files.resolve(path)
    request.body = await request.read()
    try:
        _extract(request, container, files, place)
    except tarfile.TarError as error:
        raise Refusal(500, problem_of(error)) from None
    except PermissionError:
        raise Refusal(403, "mounted volume is marked read-only") from None
    emit(core, container, "extract-to-dir")
    return Answer(200)


def _extract(request: Request, container: Container, files: Files, place: str) -> None:
    keep_kind = request.flag("noOverwriteDirNonDir")
    owner = container.config["User"].partition(":")[0] if request.flag("copyUIDGID") else ""
    for name, given in unpack(request.body):
        target = posixpath.normpath(posixpath.join(place, name))
        if name == "." or not target.startswith(place.rstrip("/") + "/"):
            continue
        if isinstance(given, str):
            _link(container, files, place, given, target)
            continue
        node = replace(given, uid=int(owner), gid=int(owner)) if owner.isdecimal() else given
        before = files.get(target, follow=False)
        if before is not None and before.is_dir != node.is_dir:
            if keep_kind:
                kinds = ("directory", "non-directory") if before.is_dir else ("non-directory", "directory")
                raise Refusal(400, f'cannot overwrite {kinds[0]} "{target}" with {kinds[1]} "{place}"')
            files.remove(target)
        _make_parents(files, posixpath.dirname(target))
        files.put(target, node, follow=False)


def _link(container: Container, files: Files, place: str, source: str, target: str) -> None:
    path = posixpath.normpath(posixpath.join(place, source))
    if not path.startswith(place.rstrip("/") + "/"):
        raise Refusal(500, f'invalid hardlink target "{source}"')
    _make_parents(files, posixpath.dirname(target))
    try:
        files.link(path, target)
    except FileNotFoundError:
        raise Refusal(404, f"Could not find the file {place} in container {container.name}") from None


def _make_parents(files: Files, path: str) -> None:
    if files.get(path) is None:
        _make_parents(files, posixpath.dirname(path))
        files.put(path, directory())


@operation("ContainerExport")
async def export(core: Core, request: Request) -> Reply:
    """Read the whole file system, without volumes."""
    container = core.world.container(request.parts["id"])
    tree = container.files.root
    members = [
        (path[1:] + "/" if node.is_dir else path[1:], node) for path, node in sorted(tree.items()) if path != "/"
    ]
    emit(core, container, "export")
    return Stream(_in_blocks(pack(members)), "application/octet-stream")
