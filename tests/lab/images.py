"""Images without a hub: made from busybox-static, imported into engines and pushed to registries."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import subprocess
import tarfile
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from tests.lab import packages, rest
from tests.lab.shell import LabError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.lab.engine import Engine

BUSYBOX = "busybox"
TAGS = ("1", "latest")
LAYERED = "layers"
LAYER_COUNT = 6
LAYER_SIZE = 3 * 1024 * 1024
PLATFORMS = ("amd64", "arm64")
_CONFIG = "application/vnd.docker.container.image.v1+json"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


@cache
def busybox_tar() -> bytes:
    """Return the root filesystem of the busybox image."""
    program = next(
        path
        for path in (packages.require(packages.TOOLS) / part for part in ("bin/busybox", "usr/bin/busybox"))
        if path.exists()
    )
    applets = subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout.split()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder, mode in (
            ("bin", 0o755),
            ("etc", 0o755),
            ("tmp", 0o1777),
            ("root", 0o700),
            ("usr", 0o755),
            ("var", 0o755),
        ):
            tar.addfile(_member(folder, tarfile.DIRTYPE, mode))
        _add_file(tar, "bin/busybox", program.read_bytes(), 0o755)
        for applet in applets:
            if applet != "busybox":
                link = _member(f"bin/{applet}", tarfile.SYMTYPE, 0o777)
                link.linkname = "busybox"
                tar.addfile(link)
        _add_file(tar, "etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
        _add_file(tar, "etc/group", b"root:x:0:\nnogroup:x:65534:\n")
    return buffer.getvalue()


def _member(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.mode = mode
    return member


def _add_file(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = _member(name, tarfile.REGTYPE, mode)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def import_busybox(engine: Engine) -> None:
    """Make sure that an engine has ``busybox:1`` and ``busybox:latest``."""
    if rest.call(engine.url, "GET", f"/images/{BUSYBOX}:{TAGS[-1]}/json")[0] == 200:
        return
    change = quote('CMD ["sh"]')
    path = f"/images/create?fromSrc=-&repo={BUSYBOX}&tag={TAGS[0]}&changes={change}"
    headers = {"Content-Type": "application/x-tar"}
    status, _, answer = rest.call(engine.url, "POST", path, body=busybox_tar(), headers=headers, timeout=60)
    if status != 200 or b'"error"' in answer:
        raise LabError(
            f"engine {engine.name} does not import the busybox image: {status} {answer.decode(errors='replace')}"
        )
    for tag in TAGS[1:]:
        rest.ask(engine.url, "POST", f"/images/{BUSYBOX}:{TAGS[0]}/tag?repo={BUSYBOX}&tag={tag}")


def fill(registry: str) -> None:
    """Push the lab's images to an open registry at ``http://host:port``: busybox, one of many layers, one of two platforms."""
    if rest.call(registry, "GET", f"/v2/{LAYERED}/manifests/1")[0] == 200:
        return
    base = busybox_tar()
    for tag in TAGS:
        push(registry, BUSYBOX, tag, [base])
    manifests = [push(registry, "platforms", f"1-{platform}", [base], architecture=platform) for platform in PLATFORMS]
    index = {"schemaVersion": 2, "mediaType": _LIST, "manifests": manifests}
    _put_manifest(registry, "platforms", "1", _LIST, index)
    push(registry, LAYERED, "1", [base, *(random_layer(number) for number in range(1, LAYER_COUNT))])


def layer_of(files: dict[str, str]) -> bytes:
    """Return a layer with these executable files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            _add_file(tar, name, content.encode(), 0o755)
    return buffer.getvalue()


def random_layer(number: int) -> bytes:
    """Return a layer which does not compress, so that its transfer can be seen."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        _add_file(tar, f"layer-{number}", random.Random(number).randbytes(LAYER_SIZE))
    return buffer.getvalue()


def push(
    registry: str,
    repository: str,
    tag: str,
    layers: list[bytes],
    *,
    architecture: str = "amd64",
    command: Sequence[str] = ("sh",),
) -> dict[str, Any]:
    """Push an image of these layers (uncompressed tars) and return its entry for a manifest list."""
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Cmd": [*command], "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
        "created": "2024-01-01T00:00:00Z",
        "history": [
            {"created": "2024-01-01T00:00:00Z", "created_by": f"layer {number}"} for number in range(len(layers))
        ],
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer) for layer in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _put_blob(registry, repository, _CONFIG, json.dumps(config).encode()),
        "layers": [_put_blob(registry, repository, _LAYER, gzip.compress(layer, 1, mtime=0)) for layer in layers],
    }
    entry = _put_manifest(registry, repository, tag, _MANIFEST, manifest)
    return {**entry, "platform": {"architecture": architecture, "os": "linux"}}


def _put_blob(registry: str, repository: str, kind: str, content: bytes) -> dict[str, Any]:
    digest = _digest(content)
    if rest.call(registry, "HEAD", f"/v2/{repository}/blobs/{digest}")[0] != 200:
        status, headers, _ = rest.call(registry, "POST", f"/v2/{repository}/blobs/uploads/")
        if status != 202:
            raise LabError(f"registry {registry} takes no upload: {status}")
        place = urlsplit(headers["location"])
        target = f"{place.path}?{place.query}&digest={quote(digest)}"
        status, _, answer = rest.call(
            registry, "PUT", target, body=content, headers={"Content-Type": "application/octet-stream"}, timeout=60
        )
        if status != 201:
            raise LabError(f"registry {registry} refused a layer: {status} {answer.decode(errors='replace')}")
    return {"mediaType": kind, "size": len(content), "digest": digest}


def _put_manifest(registry: str, repository: str, tag: str, kind: str, manifest: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps(manifest).encode()
    status, _, answer = rest.call(
        registry, "PUT", f"/v2/{repository}/manifests/{tag}", body=body, headers={"Content-Type": kind}
    )
    if status != 201:
        raise LabError(f"registry {registry} refused a manifest: {status} {answer.decode(errors='replace')}")
    return {"mediaType": kind, "size": len(body), "digest": _digest(body)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
