"""Make the request of a build from its options, and find what its session has to serve.

The only I/O is looking at files and directories that the options name, so that a missing one is refused now.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aiodockerpy._archives.context import check_no_special_files
from aiodockerpy._arguments.paths import DIRECTORY, SOCKET, special
from aiodockerpy._protocol.json_paths import is_list
from aiodockerpy._protocol.outside import read_json_object, read_object
from aiodockerpy._protocol.units import parse_bytes
from aiodockerpy.errors import InvalidArgument, UnsupportedByStore

from ._annotations import annotation_attrs
from ._capabilities import EngineFeatures, refuse_unsupported
from ._messages import CacheOptions, CacheOptionsEntry, Exporter, SolveRequest
from ._services.secrets import check_secrets
from ._services.ssh import Agent, find_agents
from ._services.upload import upload_url
from ._session import new_id
from .options import BuildOptions, Cache, Output

if TYPE_CHECKING:
    from aiodockerpy.streams.content import Content

# The names by which BuildKit's Dockerfile frontend asks for directories.
_CONTEXT, _DOCKERFILE = "context", "dockerfile"
_GIT = re.compile(r"(git://|git@|ssh://|github\.com/)|.*\.git(#.*)?$")
_URL = re.compile(r"https?://")
_OCI_LAYOUT = "oci-layout://"
_REF_NAME = "org.opencontainers.image.ref.name"
_NOT_IN_HEADERS = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(slots=True)
class Plan:
    """A build that is ready to be sent.

    Attributes:
        request: The request, still without its session.
        directories: Directories, or files in memory, that the session serves by name.
        uploads: Contexts that are fetched as one stream, by the id under which the engine asks for each.
        outputs: Outputs that arrive on the session, by their place among the exporters.
        stores: OCI layouts on this machine, by the engine's name for each.
        agents: ssh agents by id.
        cache_exports: Directories whose index must name the cache's manifest at the end.
        push: References to push after the build, if the engine does not do it by itself.
        shared_key: The session's shared key.
    """

    request: SolveRequest
    directories: dict[str, Path | Mapping[str, bytes]] = field(default_factory=dict[str, Path | Mapping[str, bytes]])
    uploads: dict[str, Content] = field(default_factory=dict[str, "Content"])
    outputs: dict[int, Output] = field(default_factory=dict[int, Output])
    stores: dict[str, Path] = field(default_factory=dict[str, Path])
    agents: dict[str, Agent] = field(default_factory=dict[str, "Agent"])
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
    """Create the plan of a build.

    Raises:
        UnsupportedByEngine: The engine cannot do what is asked for.
        InvalidArgument: An option is invalid, or names a file that does not exist.
    """
    outputs = cast("Sequence[Output]", options.outputs) or [Output.image()]
    refuse_unsupported(_used(options, outputs), engine)
    plan = Plan(SolveRequest(ref=new_id(), frontend="dockerfile.v0", cache=CacheOptions()))
    attrs: dict[str, str] = {**_plain_attrs(options), **_step_attrs(options, engine)}
    _place_context(plan, attrs, options)
    _place_named_contexts(plan, attrs, options)
    _place_caches(plan, attrs, options)
    _place_outputs(plan, outputs, options, engine)
    check_secrets(options.secrets)
    plan.agents = find_agents(options.ssh)
    attrs.update(options.frontend_attrs)
    plan.request.frontend_attrs = attrs
    plan.request.entitlements = _entitlements(options)
    return plan


def _used(options: BuildOptions, outputs: Sequence[Output]) -> Iterator[str]:
    """Yield the capabilities that a build needs."""
    if len([output for output in outputs if output.type != "none"]) > 1:
        yield "outputs"
    if _is_part(options.context):
        yield "subdirectory"
    for name in ("contexts", "shm_size", "ulimits", "cgroup_parent", "attest", "annotations"):
        if getattr(options, name):
            yield name
    if any(os.fspath(value).startswith(_OCI_LAYOUT) for value in options.contexts.values()):
        yield "contexts oci-layout"
    for output in outputs:
        if output.type in {"oci", "docker", "image"}:
            yield output.type
        elif output.type == "moby" and len(options.platforms) > 1:
            yield "platforms"
    exports = _caches(options.cache_to)
    if any(item.type != "inline" for item in exports):
        yield "cache_to"
    if len(exports) > 1:
        yield "cache_to several"
    if any(item.type == "gha" for item in _caches(options.cache_from)):
        yield "cache_from gha"


def _is_part(context: object) -> bool:
    """Return whether it is ``repository#branch:subdirectory``."""
    return isinstance(context, str) and _GIT.match(context) is not None and ":" in context.partition("#")[2]


def _caches(items: Sequence[Cache | str]) -> Sequence[Cache]:
    """Return the caches of an option, whose texts `BuildOptions` has read."""
    return cast("Sequence[Cache]", items)


# ---- attributes


def _plain_attrs(options: BuildOptions) -> dict[str, str]:
    attrs: dict[str, str] = {}
    if options.target:
        attrs["target"] = options.target
    attrs.update({f"build-arg:{name}": value for name, value in _build_args(options.build_args).items()})
    attrs.update({f"label:{name}": value for name, value in options.labels.items()})
    if options.platforms:
        attrs["platform"] = ",".join(options.platforms)
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
    """Return the build arguments, with variables of this process where no value is given."""
    found: dict[str, str] = {}
    for name, value in given.items():
        known = os.environ.get(name) if value is None else str(value)
        if known is not None:
            found[name] = known
    return found


def _step_attrs(options: BuildOptions, engine: EngineFeatures) -> dict[str, str]:
    """Return the attributes of ``RUN`` steps."""
    attrs: dict[str, str] = {}
    if options.network in {"host", "none"}:
        attrs["force-network-mode"] = options.network
    if options.add_hosts:
        hosts = [(name, address) for name, addresses in options.add_hosts.items() for address in addresses]
        attrs["add-hosts"] = ",".join(f"{name}={_address(value, engine)}" for name, value in hosts)
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
            "add_hosts: the engine does not report the address of host-gateway; give the address itself"
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
        id = new_id()  # of its own: the engine takes builds that fetch the same URL for one build
        plan.uploads[id] = context
        attrs["context"] = upload_url(id)
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
        else:
            check_no_special_files(directory, directory / "Dockerfile")
        return
    path = Path(os.fspath(options.dockerfile) if options.dockerfile is not None else "Dockerfile")
    if directory is None and not (path.is_absolute() and isinstance(options.context, str)):  # it is in the context
        attrs["filename"] = path.as_posix()
        return
    path = _dockerfile_on_disk(directory / path if directory is not None else path)
    check_no_special_files(directory or path.parent, path)
    attrs["filename"] = path.name
    plan.directories[_DOCKERFILE] = path.parent
    if directory is None:
        attrs["dockerfilekey"] = _DOCKERFILE


def _dockerfile_on_disk(path: Path) -> Path:
    """Return the path of a Dockerfile, in lower case if only that exists.

    Raises:
        InvalidArgument: There is no such file.
    """
    lower = path.with_name("dockerfile")
    if path.name == "Dockerfile" and not os.path.lexists(path) and lower.is_file():
        return lower
    if not path.is_file():
        raise InvalidArgument(f"dockerfile: there is no file {path}")
    return path


def _directory(context: object, what: str) -> Path | None:
    """Return the directory that a context names; ``None`` if it is something else.

    Raises:
        InvalidArgument: It is a path, and there is no such directory.
    """
    if not isinstance(context, (str, os.PathLike)):
        return None
    place = os.fspath(cast("str | os.PathLike[str]", context))
    try:
        path = Path(place).expanduser().resolve()
        found = path.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # a link to itself, no home, a null character
        raise InvalidArgument(f"{what}: {place!r} is not a directory: {error}") from None
    if not found and (_GIT.match(place) or _URL.match(place)):
        return None
    if not found:
        raise InvalidArgument(f"{what}: there is no directory {path}")
    return path


def _shared_key(directory: Path) -> str:
    """Compute a key that is the same for the next build from this directory, and differs on another machine."""
    machine = hashlib.sha256(uuid.getnode().to_bytes(8, "big")).hexdigest()[:16]
    place = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return f"{_NOT_IN_HEADERS.sub('-', directory.name)}:{machine}{place}"


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
    """Serve ``path``, ``path:tag`` or ``path@digest``; without either the image tagged ``latest``, or the only one."""
    value, _, digest = value.partition("@")
    path, _, tag = value.partition(":") if not Path(value).is_dir() else (value, "", "")
    directory = Path(path).resolve()
    store = f"oci-{name}"
    plan.stores[f"oci:{store}"] = directory
    return f"{_OCI_LAYOUT}{store}@{digest or _digest_in(directory, tag)}"


def _digest_in(directory: Path, tag: str) -> str:
    try:
        manifests = _manifests(directory)
    except (OSError, ValueError) as error:
        raise InvalidArgument(f"contexts: {directory} is not an OCI layout: {error}") from None
    named = {name: digest for name, digest in manifests if name}
    found = named.get(tag or "latest") or (manifests[0][1] if len(manifests) == 1 and not tag else None)
    if found is None:
        raise InvalidArgument(f"contexts: {directory} has no {tag or 'latest'}; name it by ':tag' or '@digest'")
    return str(found)


def _manifests(directory: Path) -> list[tuple[str, str]]:
    """Return name and digest of the images in a layout.

    Raises:
        OSError: Its index cannot be read.
        ValueError: Its index is malformed.
    """
    found: object = read_json_object((directory / "index.json").read_bytes()).get("manifests")
    items = map(read_object, found if is_list(found) else ())
    return [
        (str(read_object(item.get("annotations")).get(_REF_NAME) or ""), item["digest"])
        for item in items
        if isinstance(item.get("digest"), str)
    ]


# ---- caches


def _place_caches(plan: Plan, attrs: dict[str, str], options: BuildOptions) -> None:
    cache = plan.request.cache = CacheOptions()
    for item in _caches(options.cache_to):
        cache.exports.append(_export(plan, item))
    for item in _caches(options.cache_from):
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
    """Return an import; ``None`` for a local one that is still empty, as an import that a registry does not have."""
    if item.path is None:
        return CacheOptionsEntry(item.type, dict(item.attrs))
    path = item.path.resolve()
    try:
        digest = item.attrs.get("digest") or _manifests(path)[-1][1]
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
        _check_target(output)
        if output.target is not None:
            plan.outputs[len(exporters)] = output
        exporters.append(Exporter(output.type, attrs))
    plan.request.exporters = exporters
    if exporters:  # engines before 26.0 have one output only, in these fields
        plan.request.exporter_deprecated = exporters[0].type
        plan.request.exporter_attrs_deprecated = exporters[0].attrs


def _check_target(output: Output) -> None:
    """Refuse a path that cannot be written."""
    if not isinstance(output.target, (str, os.PathLike)):
        return
    path = Path(os.fspath(output.target))  # pyright: ignore[reportUnknownMemberType]  # isinstance forgets the str
    if output.is_archive and (kind := special(path)) in {DIRECTORY, SOCKET}:
        raise InvalidArgument(f"outputs: {path}, the destination of type {output.type}, is {kind}")
    if output.is_archive and not path.parent.is_dir():
        raise InvalidArgument(f"outputs: there is no directory {path.parent}, where {path.name} is to be written")
    if not output.is_archive and path.exists() and not path.is_dir():
        raise InvalidArgument(f"outputs: {path}, the destination of type {output.type}, is not a directory")


def _output_attrs(plan: Plan, output: Output, options: BuildOptions, engine: EngineFeatures) -> dict[str, str]:
    attrs = dict(output.attrs)
    if output.type in {"moby", "image", "oci", "docker"}:
        if options.tags and "name" not in attrs:
            attrs["name"] = ",".join(options.tags)
        attrs.update({attr: value for name, value in options.annotations.items() for attr in annotation_attrs(name)})
    if output.type == "moby" and attrs.get("push") == "true":
        _place_push(plan, attrs, engine)
    return attrs


def _place_push(plan: Plan, attrs: dict[str, str], engine: EngineFeatures) -> None:
    """Request a push by the engine, or push afterwards on engines that would report a push without making it."""
    if not attrs.get("name"):
        raise InvalidArgument("outputs: an image to push needs a name (or the build a tag)")
    if engine.containerd_store:
        return
    if attrs.get("push-by-digest") == "true":
        raise UnsupportedByStore("build: push-by-digest", "the engine's own image store pushes by tag")
    del attrs["push"]
    plan.push = attrs["name"].split(",")
