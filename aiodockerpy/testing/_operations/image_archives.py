"""Save and load images, as archives of the fake's own."""

from __future__ import annotations

import io
import json
import stat
import tarfile
from typing import TYPE_CHECKING, Any

from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Reply, Request, Stream
from aiodockerpy.testing._operations.archives import _in_blocks
from aiodockerpy.testing._operations.images import image_event, line
from aiodockerpy.testing._state.images import digest, make_image, reference
from aiodockerpy.testing._state.normal import items
from aiodockerpy.testing._state.objects import Image, Layer
from aiodockerpy.testing._state.tree import Node, directory, pack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Json = dict[str, Any]
_TAR = "application/x-tar"
_OCI = "application/vnd.oci.image."


@operation("ImageGet")
async def get(core: Core, request: Request) -> Reply:
    """Save one image."""
    return _save(core, [request.parts["name"]])


@operation("ImageGetAll")
async def get_all(core: Core, request: Request) -> Reply:
    """Save several images."""
    return _save(core, [name for value in request.query.get("names", []) for name in value.split(",") if name])


def _save(core: Core, names: list[str]) -> Reply:
    wanted: dict[str, tuple[Image, list[str]]] = {}
    for name in names:
        image = core.world.image(name)
        is_id = image.id.removeprefix("sha256:").startswith(name.removeprefix("sha256:"))
        bare = ":" not in name.rpartition("/")[2] and "@" not in name
        tags = [tag for tag in image.tags if not is_id and (tag == name or (bare and tag.rpartition(":")[0] == name))]
        wanted.setdefault(image.id, (image, []))[1].extend(tags)
        image_event(core, image, "save", image.id)
    return Stream(_in_blocks(_archive(list(wanted.values()))), _TAR)


def _archive(wanted: list[tuple[Image, list[str]]]) -> bytes:
    """Write images with the names that they are asked for, in the form of OCI and in that of older engines."""
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}
    index: list[Json] = []
    manifest: list[Json] = []
    repositories: dict[str, dict[str, str]] = {}
    for image, tags in wanted:
        layers = [_described("layer.v1.tar", layer.tar) for layer in image.layers]
        document = {
            "schemaVersion": 2, "mediaType": f"{_OCI}manifest.v1+json",
            "config": _described("config.v1+json", image.document), "layers": layers,
        }  # fmt: skip
        blobs = [_json(document), image.document, *(layer.tar for layer in image.layers)]
        files |= {_path(digest(blob)): blob for blob in blobs}
        described = _described("manifest.v1+json", blobs[0])
        index += [{**described, "annotations": _annotations(tag)} for tag in tags] or [described]
        manifest.append({
            "Config": _path(image.id), "RepoTags": tags or None, "Layers": [_path(layer["digest"]) for layer in layers],
            "LayerSources": {layer["digest"]: layer for layer in layers},
        })  # fmt: skip
        for name, _, tag in (tag.rpartition(":") for tag in tags):
            repositories.setdefault(name, {})[tag] = image.layers[-1].diff_id.removeprefix("sha256:")
    files["index.json"] = _json({"schemaVersion": 2, "mediaType": f"{_OCI}index.v1+json", "manifests": index})
    files["manifest.json"] = _json(manifest) + b"\n"
    if repositories:
        files["repositories"] = _json(repositories) + b"\n"
    nodes = {name: Node(stat.S_IFREG | 0o644, data) for name, data in files.items()}
    return pack(sorted({"blobs/": directory(), "blobs/sha256/": directory(), **nodes}.items()))


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _described(kind: str, data: bytes) -> Json:
    return {"mediaType": f"{_OCI}{kind}", "digest": digest(data), "size": len(data)}


def _annotations(tag: str) -> Json:
    return {
        "io.containerd.image.name": str(reference(tag)), "org.opencontainers.image.ref.name": tag.rpartition(":")[2],
    }  # fmt: skip


def _path(id: str) -> str:
    return "blobs/" + id.replace(":", "/")


@operation("ImageLoad")
async def load(core: Core, request: Request) -> Reply:
    """Load what was saved."""
    return Stream(_load(core, await request.read()))


async def _load(core: Core, data: bytes) -> AsyncIterator[bytes]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as tar:
            files = {info.name: file.read() for info in tar if (file := tar.extractfile(info)) is not None}
        manifest = json.loads(files["manifest.json"])
    except (tarfile.TarError, KeyError, ValueError) as error:
        message = "unexpected EOF" if isinstance(error, tarfile.TarError) else f"open manifest.json: {error}"
        yield line({"errorDetail": {"message": message}, "error": message})
        return
    for entry in manifest:
        document = files[entry["Config"]]
        value: dict[str, Any] = json.loads(document)
        created = Timestamp.parse(value["created"]).unix_nano if value.get("created") else core.clock.now()
        past = [step for step in items(value.get("history")) if not step.get("empty_layer")]
        layers: list[Layer] = []
        for number, path in enumerate(entry["Layers"]):
            step: dict[str, Any] = past[number] if number < len(past) else {}
            when = Timestamp.parse(step["created"]).unix_nano if step.get("created") else created
            data = files[path]
            layers.append(Layer(data, digest(data), when, step.get("created_by", ""), step.get("comment", "")))
        image = make_image(
            layers, created=created, config=value.get("config") or {}, tags=entry.get("RepoTags") or [],
            author=value.get("author") or "", document=document, docker_version=value.get("docker_version") or "",
        )  # fmt: skip
        added = core.world.add_image(image)
        image_event(core, added, "load", added.id)
        for tag in items(entry.get("RepoTags")):
            yield line({"stream": f"Loaded image: {tag}\n"})
        if not entry.get("RepoTags"):
            yield line({"stream": f"Loaded image ID: {added.id}\n"})
