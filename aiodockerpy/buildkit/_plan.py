"""From a build's options to what is sent: the request, and what the session must be able to answer.

No I/O but looking at which directories there are.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from aiodockerpy._protocol.outside import read_json_object
from aiodockerpy._protocol.platforms import platform_text
from aiodockerpy._protocol.units import parse_bytes
from aiodockerpy.errors import InvalidArgument, UnsupportedByStore

from ._capabilities import refuse_unsupported
from ._messages import CacheOptions, CacheOptionsEntry, Exporter, SolveRequest
from ._services.upload import upload_url
from ._session import new_id
from .options import Cache, Output

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterator, Sequence

    from ._capabilities import EngineFeatures
    from .options import BuildOptions

__all__ = ["Plan", "make_plan"]

# Where a build from another machine's point of view finds what; see BuildKit's dockerfile frontend.
_CONTEXT, _DOCKERFILE = "context", "dockerfile"
_GIT = re.compile(r"(git://|git@|ssh://|github\.com/)|.*\.git(#.*)?$")
_URL = re.compile(r"https?://")
_OCI_LAYOUT = "oci-layout://"
_REF_NAME = "org.opencontainers.image.ref.name"


@dataclass(slots=True)
class Plan:
    """A build ready to be sent.

    Attributes:
        request: The request, still without its session.
        directories: What the session serves by name: directories, or files in memory.
        upload: A context that is fetched as one stream.
        upload_id: What the engine fetches it by.
        outputs: What arrives on the session, by its place among the exporters.
        stores: OCI layouts on this machine, by the engine's name for each.
        cache_exports: Directories whose index must name the cache's manifest at the end.
        push: References to push when the build is done, where the engine does not do it by itself.
        shared_key: For the session.
    """

    request: SolveRequest
    directories: dict[str, Path | Mapping[str, bytes]] = field(default_factory=dict[str, Path | Mapping[str, bytes]])
    upload: bytes | BinaryIO | AsyncIterable[bytes] | None = None
    upload_id: str = ""
    outputs: dict[int, Output] = field(default_factory=dict[int, Output])
    stores: dict[str, Path] = field(default_factory=dict[str, Path])
    cache_exports: list[Path] = field(default_factory=list[Path])
    push: list[str] = field(default_factory=list[str])
    shared_key: str = ""

    def dockerfile(self) -> tuple[str, str] | None:
        """Read name and text of the Dockerfile; ``None`` if it is not on this machine."""
        source = self.directories.get(_DOCKERFILE)
        name = self.request.frontend_attrs.get("filename", "")
        try:
            content = (source / name).read_bytes() if isinstance(source, Path) else (source or {}).get(name)
        except OSError:
            return None
        return (name, content.decode("utf-8", "replace")) if content is not None else None


def make_plan(options: BuildOptions, engine: EngineFeatures) -> Plan:
    """Map the options to BuildKit's terms.

    Raises:
        UnsupportedByEngine: The engine cannot do what is asked for.
        InvalidArgument: An option cannot be right.
    """
    outputs = [Output.parse(item) if isinstance(item, str) else item for item in options.outputs]
    if not outputs:
        outputs = [Output.image()]
    refuse_unsupported(_used(options, outputs), engine)
    plan = Plan(SolveRequest(ref=new_id(), frontend="dockerfile.v0", cache=CacheOptions()))
    attrs: dict[str, str] = {**_plain_attrs(options), **_step_attrs(options, engine)}
    _place_context(plan, attrs, options)
    _place_named_contexts(plan, attrs, options)
    _place_caches(plan, attrs, options)
    _place_outputs(plan, outputs, options, engine)
    attrs.update(options.frontend_attrs)
    plan.request.frontend_attrs = attrs
    plan.request.entitlements = _entitlements(options)
    return plan


def _used(options: BuildOptions, outputs: Sequence[Output]) -> Iterator[str]:
    """The capabilities that a build needs."""
    if len([output for output in outputs if output.type != "none"]) > 1:
        yield "outputs"
    if _is_part(options.context):
        yield "subdirectory"
    for name in ("contexts", "shm_size", "ulimits", "cgroup_parent", "attest", "annotations"):
        if getattr(options, name):
            yield name
    if any(str(value).startswith(_OCI_LAYOUT) for value in options.contexts.values()):
        yield "contexts oci-layout"
    for output in outputs:
        if output.type in {"oci", "docker", "image"}:
            yield output.type
        elif output.type == "moby" and len(options.platforms) > 1:
            yield "platforms"
    exports = [_cache(item) for item in options.cache_to]
    if any(item.type != "inline" for item in exports):
        yield "cache_to"
    if len(exports) > 1:
        yield "cache_to several"
    if any(_cache(item).type == "gha" for item in options.cache_from):
        yield "cache_from gha"


def _is_part(context: object) -> bool:
    """Whether it is ``repository#branch:subdirectory``."""
    return isinstance(context, str) and _GIT.match(context) is not None and ":" in context.partition("#")[2]


def _cache(item: Cache | str) -> Cache:
    return Cache.parse(item) if isinstance(item, str) else item


# ---- attributes


def _plain_attrs(options: BuildOptions) -> dict[str, str]:
    attrs: dict[str, str] = {}
    if options.target:
        attrs["target"] = options.target
    attrs.update({f"build-arg:{name}": value for name, value in _build_args(options.build_args).items()})
    attrs.update({f"label:{name}": value for name, value in options.labels.items()})
    if options.platforms:
        attrs["platform"] = ",".join(platform_text(item) or "" for item in options.platforms)
    if options.no_cache is True:
        attrs["no-cache"] = ""
    elif options.no_cache:
        attrs["no-cache"] = ",".join(options.no_cache)
    attrs["image-resolve-mode"] = "pull" if options.pull else "local"
    for name, value in options.attest.items():
        if value is not False:
            attrs[f"attest:{name}"] = "" if value is True else str(value)
    return attrs


def _build_args(given: Mapping[str, str | None]) -> dict[str, str]:
    """The build arguments, with the variables of this process where no value is given."""
    found: dict[str, str] = {}
    for name, value in given.items():
        known = os.environ.get(name) if value is None else str(value)
        if known is not None:
            found[name] = known
    return found


def _step_attrs(options: BuildOptions, engine: EngineFeatures) -> dict[str, str]:
    """What ``RUN`` steps get."""
    attrs: dict[str, str] = {}
    if options.network in {"host", "none"}:
        attrs["force-network-mode"] = options.network
    if options.add_hosts:
        attrs["add-hosts"] = ",".join(f"{name}={_address(value, engine)}" for name, value in options.add_hosts.items())
    if options.shm_size:
        attrs["shm-size"] = str(parse_bytes(options.shm_size))
    if options.ulimits:
        attrs["ulimit"] = ",".join(f"{name}={_limit(value)}" for name, value in options.ulimits.items())
    if options.cgroup_parent:
        attrs["cgroup-parent"] = options.cgroup_parent
    if options.hostname:
        attrs["hostname"] = options.hostname
    return attrs


def _address(value: str, engine: EngineFeatures) -> str:
    if value != "host-gateway":
        return value
    if not engine.host_gateway:
        raise InvalidArgument(
            "add_hosts: the engine does not tell the address of host-gateway; give the address itself"
        )
    return engine.host_gateway


def _limit(value: int | tuple[int, int]) -> str:
    return f"{value[0]}:{value[1]}" if isinstance(value, tuple) else str(value)


def _entitlements(options: BuildOptions) -> list[str]:
    found = list(options.allow)
    if options.network == "host" and "network.host" not in found:
        found.append("network.host")
    return found


# ---- contexts


def _place_context(plan: Plan, attrs: dict[str, str], options: BuildOptions) -> None:
    context = options.context
    directory = _directory(context, "context")
    if directory is not None:
        plan.directories[_CONTEXT] = directory
        plan.shared_key = options.shared_key or _shared_key(directory)
    elif isinstance(context, str):
        attrs["context"] = context
    elif context is not None:
        plan.upload = cast("bytes | BinaryIO | AsyncIterable[bytes]", context)
        # A name of its own: the engine takes builds that fetch the same URL for one and the same.
        plan.upload_id = new_id()
        attrs["context"] = upload_url(plan.upload_id)
    _place_dockerfile(plan, attrs, options, directory)


def _place_dockerfile(plan: Plan, attrs: dict[str, str], options: BuildOptions, directory: Path | None) -> None:
    if options.dockerfile_text is not None:
        text = options.dockerfile_text
        files = {"Dockerfile": text.encode() if isinstance(text, str) else text}
        attrs["filename"] = "Dockerfile"
        plan.directories[_DOCKERFILE] = files
        if options.context is None:
            plan.directories[_CONTEXT] = {}
        elif directory is None:
            attrs["dockerfilekey"] = _DOCKERFILE
        return
    name = os.fspath(options.dockerfile) if options.dockerfile is not None else "Dockerfile"
    if directory is None:  # it lies in the remote context
        attrs["filename"] = name
        return
    path = directory / name
    if not path.is_file():
        raise InvalidArgument(f"dockerfile: there is no {path}")
    attrs["filename"] = path.name
    plan.directories[_DOCKERFILE] = path.parent


def _directory(context: object, what: str) -> Path | None:
    """The directory that a context names; ``None`` if it is something else.

    Raises:
        InvalidArgument: It looks like a directory, and there is none.
    """
    if isinstance(context, str) and (_GIT.match(context) or _URL.match(context)) and not Path(context).is_dir():
        return None
    if not isinstance(context, (str, os.PathLike)):
        return None
    path = Path(os.fspath(cast("str | os.PathLike[str]", context))).expanduser().resolve()
    if not path.is_dir():
        raise InvalidArgument(f"{what}: there is no directory {path}")
    return path


def _shared_key(directory: Path) -> str:
    """A key that is the same for the next build from here, and another on another machine."""
    machine = hashlib.sha256(uuid.getnode().to_bytes(8, "big")).hexdigest()[:16]
    place = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return f"{directory.name}:{machine}{place}"


def _place_named_contexts(plan: Plan, attrs: dict[str, str], options: BuildOptions) -> None:
    for name, value in options.contexts.items():
        attrs[f"context:{name}"] = _named_context(plan, name, value)
    if options.contexts:
        attrs["frontend.caps"] = "moby.buildkit.frontend.contexts+forward"


def _named_context(plan: Plan, name: str, value: str | os.PathLike[str]) -> str:
    if isinstance(value, str) and value.startswith("docker-image://"):
        return value
    if isinstance(value, str) and value.startswith(_OCI_LAYOUT):
        return _oci_layout(plan, name, value.removeprefix(_OCI_LAYOUT))
    directory = _directory(value, f"contexts[{name!r}]")
    if directory is None:
        return str(value)
    local = f"context-{name}" if name in {_CONTEXT, _DOCKERFILE} else name
    plan.directories[local] = directory
    return f"local:{local}"


def _oci_layout(plan: Plan, name: str, value: str) -> str:
    """``path``, ``path:tag`` or ``path@digest``; without either what is tagged ``latest``, or the only image."""
    value, _, digest = value.partition("@")
    path, _, tag = value.partition(":") if not Path(value).is_dir() else (value, "", "")
    directory = Path(path).resolve()
    store = f"oci-{name}"
    plan.stores[f"oci:{store}"] = directory
    return f"{_OCI_LAYOUT}{store}@{digest or _digest_in(directory, tag)}"


def _digest_in(directory: Path, tag: str) -> str:
    try:
        manifests = read_json_object((directory / "index.json").read_bytes())["manifests"]
    except (OSError, ValueError, LookupError) as error:
        raise InvalidArgument(f"contexts: {directory} is no OCI layout: {error}") from None
    named = {item.get("annotations", {}).get(_REF_NAME): item["digest"] for item in manifests}
    found = named.get(tag or "latest") or (manifests[0]["digest"] if len(manifests) == 1 and not tag else None)
    if found is None:
        raise InvalidArgument(f"contexts: {directory} has no {tag or 'latest'}; name it by ':tag' or '@digest'")
    return str(found)


# ---- caches


def _place_caches(plan: Plan, attrs: dict[str, str], options: BuildOptions) -> None:
    cache = plan.request.cache = CacheOptions()
    for item in map(_cache, options.cache_to):
        cache.exports.append(_export(plan, item))
    for item in map(_cache, options.cache_from):
        entry = _import(plan, item)
        if entry is not None:
            cache.imports.append(entry)
    if cache.imports:
        attrs["cache-imports"] = json.dumps([{"Type": item.type, "Attrs": dict(item.attrs)} for item in cache.imports])


def _export(plan: Plan, item: Cache) -> CacheOptionsEntry:
    attrs = dict(item.attrs)
    if item.path is not None:
        path = item.path.resolve()
        plan.stores[f"local:{path}"] = path
        plan.cache_exports.append(path)
        attrs["dest"] = str(path)
    return CacheOptionsEntry(item.type, attrs)


def _import(plan: Plan, item: Cache) -> CacheOptionsEntry | None:
    """An import; a local one without anything in it yet is left out, as a registry's would be."""
    if item.path is None:
        return CacheOptionsEntry(item.type, dict(item.attrs))
    path = item.path.resolve()
    try:
        manifests = read_json_object((path / "index.json").read_bytes())["manifests"]
        digest = item.attrs.get("digest") or manifests[-1]["digest"]
    except (OSError, ValueError, LookupError):
        return None
    plan.stores[f"local:{path}"] = path
    return CacheOptionsEntry("local", {**item.attrs, "src": str(path), "digest": digest})


# ---- outputs


def _place_outputs(plan: Plan, outputs: Sequence[Output], options: BuildOptions, engine: EngineFeatures) -> None:
    exporters: list[Exporter] = []
    for output in outputs:
        if output.type == "none":
            continue
        attrs = _output_attrs(plan, output, options, engine)
        if output.target is not None:
            plan.outputs[len(exporters)] = output
        exporters.append(Exporter(output.type, attrs))
    plan.request.exporters = exporters
    if exporters:  # engines before 26.0 know one output only, in these fields
        plan.request.exporter_deprecated = exporters[0].type
        plan.request.exporter_attrs_deprecated = exporters[0].attrs


def _output_attrs(plan: Plan, output: Output, options: BuildOptions, engine: EngineFeatures) -> dict[str, str]:
    attrs = dict(output.attrs)
    if output.type in {"moby", "image", "oci", "docker"}:
        if options.tags and "name" not in attrs:
            attrs["name"] = ",".join(options.tags)
        attrs.update({f"annotation.{name}": value for name, value in options.annotations.items()})
    if output.type == "moby" and attrs.get("push") == "true":
        _place_push(plan, attrs, engine)
    return attrs


def _place_push(plan: Plan, attrs: dict[str, str], engine: EngineFeatures) -> None:
    """Have the engine push, or do it afterwards where the engine would say it had and had not."""
    if not attrs.get("name"):
        raise InvalidArgument("outputs: an image to push needs a name (or the build a tag)")
    if engine.containerd_store:
        return
    if attrs.get("push-by-digest") == "true":
        raise UnsupportedByStore("build: push-by-digest", "the engine's own image store pushes by tag")
    del attrs["push"]
    plan.push = attrs["name"].split(",")
