"""Make images: the built-in one, synthetic ones, and those from archives and containers."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from aiodockerpy._protocol.reference import Reference
from aiodockerpy.errors import DockerException
from aiodockerpy.testing._http.messages import Refusal
from aiodockerpy.testing._programs.applets import APPLETS
from aiodockerpy.testing._state.clock import rfc3339
from aiodockerpy.testing._state.normal import IMAGE_CONFIG, IMAGE_CONFIG_OPTIONAL, as_go
from aiodockerpy.testing._state.objects import Image, Layer
from aiodockerpy.testing._state.tree import EMPTY, Node, Tree, add_parents, directory, pack, shared, unpack

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def digest(data: bytes) -> str:
    """Return the digest of a content, with its algorithm."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def reference(text: str) -> Reference:
    """Read an image reference.

    Raises:
        Refusal: It is invalid.
    """
    try:
        return Reference.parse(text)
    except DockerException as error:
        if text != text.lower() and "@" not in text:
            message = f"invalid reference format: repository name ({_full(text)}) must be lowercase"
        else:
            message = "invalid reference format"
        raise Refusal(400, message) from error


def _full(text: str) -> str:
    name = text.rpartition(":")[0] if ":" in text.rpartition("/")[2] else text
    return name if "/" in name else f"library/{name}"


def familiar(text: str) -> str:
    """Write a reference as the engine shows it: short, with the tag ``latest`` if it has none.

    Raises:
        Refusal: It is invalid.
    """
    found = reference(text)
    return f"{found.repository}@{found.digest}" if found.digest else f"{found.repository}:{found.tag or 'latest'}"


def layer_of(members: Iterable[tuple[str, Node]], created: int, created_by: str = "", comment: str = "") -> Layer:
    """Create a layer from nodes."""
    tar = pack(members)
    return Layer(tar, digest(tar), created, created_by, comment)


@cache
def _base() -> tuple[bytes, str]:
    tree: Tree = {name: directory() for name in ("bin", "etc", "usr", "var")}
    tree |= {"tmp": directory(0o1777), "root": directory(0o700)}
    file, link = stat.S_IFREG, stat.S_IFLNK
    tree["bin/busybox"] = Node(file | 0o755, b"#!busybox\n" + b"the programs of this image are Python functions\n" * 50)
    tree |= {
        f"bin/{applet}": Node(link | 0o777, target="busybox") for applet in APPLETS if applet not in {":", "busybox"}
    }
    tree["etc/passwd"] = Node(
        file | 0o644, b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
    )
    tree["etc/group"] = Node(file | 0o644, b"root:x:0:\nnogroup:x:65534:\n")
    tar = pack(sorted(tree.items()))
    return tar, digest(tar)


def base_layer(created: int, created_by: str) -> Layer:
    """Return the layer that every image of a registry has: a small root file system."""
    return Layer(*_base(), created, created_by)


def synthetic_layer(name: str, number: int, created: int) -> Layer:
    """Create a layer with one small file, different for each name and number."""
    node = Node(stat.S_IFREG | 0o644, f"layer {number} of {name}\n".encode())
    return layer_of([(f"layer-{number}", node)], created, f"layer {number}")


def apply(tree: Tree, tar: bytes) -> None:
    """Apply a layer to a tree; a name that begins with ``.wh.`` removes."""
    for name, found in unpack(tar):
        path = "/" + name
        above, _, last = path.rpartition("/")
        if last.startswith(".wh."):
            gone = f"{above}/{last.removeprefix('.wh.')}"
            for each in [each for each in tree if each == gone or each.startswith(gone + "/")]:
                del tree[each]
            continue
        if name == ".":
            continue
        node = tree.get(f"/{found}") if isinstance(found, str) else found
        if node is None:
            continue
        if isinstance(found, str):
            node = tree[f"/{found}"] = shared(node)
        add_parents(tree, path, node.mtime)
        tree[path] = node


def make_image(
    layers: Sequence[Layer],
    *,
    created: int,
    config: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
    parent: Image | None = None,
    comment: str = "",
    author: str = "",
    document: bytes = b"",
    docker_version: str = "",
) -> Image:
    """Create an image from layers.

    Args:
        layers: Tars with their digests, the oldest first.
        created: When, in nanoseconds since 1970.
        config: What its containers run.
        tags: Its names.
        parent: The image that it is made from.
        comment: Why.
        author: By whom.
        document: The configuration as it was loaded; its digest is the id.
        docker_version: The version of the engine that makes it.
    """
    kept = as_go(config, IMAGE_CONFIG, IMAGE_CONFIG_OPTIONAL)
    document = document or _document(layers, created, kept, author, docker_version)
    if parent is not None:
        tree = dict(parent.tree)
        for layer in layers[len(parent.layers) :]:
            apply(tree, layer.tar)
    else:
        tree = dict(EMPTY)
        for layer in layers:
            apply(tree, layer.tar)
    size = sum(len(node.data) for node in tree.values())
    return Image(
        digest(document), kept, list(layers), tree, created, size, list(tags), [], parent.id if parent else "",
        comment, author, created if tags else 0, document=document, docker_version=docker_version,
    )  # fmt: skip


def _document(layers: Sequence[Layer], created: int, config: Mapping[str, Any], author: str, version: str) -> bytes:
    value = {
        "architecture": "amd64",
        "author": author,
        "config": config,
        "created": rfc3339(created),
        **({"docker_version": version} if version else {}),
        "history": [
            {"created": rfc3339(layer.created), "created_by": layer.created_by, "comment": layer.comment}
            for layer in layers
        ],
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
    }
    return json.dumps(value, separators=(",", ":")).encode()
