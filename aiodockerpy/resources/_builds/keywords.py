"""The keywords of ``images.build``, checked and brought into one form each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypedDict, cast

from aiodockerpy import errors
from aiodockerpy._arguments import kinds
from aiodockerpy._arguments.annotations import kind_of
from aiodockerpy._arguments.kinds import Kind
from aiodockerpy._config.auth import AuthConfig
from aiodockerpy._docker_py import unknown_keyword
from aiodockerpy._protocol.reference import Reference
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.buildkit._kinds import KINDS

if TYPE_CHECKING:
    import os

    from aiodockerpy._options.keywords import Labels
    from aiodockerpy._protocol.platforms import PlatformArgument
    from aiodockerpy._protocol.units import Duration
    from aiodockerpy.buildkit import Cache, SecretSource
    from aiodockerpy.buildkit.options import SshSource
    from aiodockerpy.streams.content import Content

LIMITS: Final = ("memory", "memswap", "cpushares", "cpusetcpus")


class ClassicBuildOptions(TypedDict, total=False):
    """docker-py's keywords of ``images.build``."""

    path: str | os.PathLike[str] | None
    """The directory that is sent, or what the engine fetches by itself: a URL or a git repository."""
    fileobj: Content | None
    """A Dockerfile, in binary; with ``custom_context`` a tar archive as bytes, file, path or (async) iterable."""
    tag: str | Sequence[str] | None
    """The image's name, or several."""
    quiet: bool | None
    """Report only the id of the image."""
    nocache: bool | None
    """Run every step again."""
    rm: bool | None
    """Remove intermediate containers of a build that succeeds; on if not given, as in the CLI."""
    timeout: Duration | None
    """Seconds that the build may be silent."""
    custom_context: bool | None
    """``fileobj`` is a whole context."""
    encoding: str | None
    """Accepted and ignored, for compatibility with docker-py: the engine recognises how a context is compressed."""
    pull: bool | None
    """Look for newer base images."""
    forcerm: bool | None
    """Remove intermediate containers even if the build fails."""
    dockerfile: str | os.PathLike[str] | None
    """Path of the Dockerfile, relative to the context or absolute; it may be outside of the context. Without it, or if
    it is empty, ``Dockerfile`` or else ``dockerfile``."""
    container_limits: Mapping[str, int | str] | None
    """Limits of ``RUN``: ``memory``, ``memswap``, ``cpushares``, ``cpusetcpus``."""
    buildargs: Mapping[str, str | None] | Sequence[str] | None
    """Values of ``ARG`` by name, or ``"NAME=value"`` texts; without a value that of this process's variable."""
    gzip: bool | None
    """Compress the context on its way."""
    shmsize: int | str | None
    """Size of ``/dev/shm``: bytes, or text such as ``"64m"``."""
    labels: Labels | None
    """Labels of the image by name, or ``"name=value"`` texts."""
    cache_from: Cache | str | Sequence[Cache | str] | None
    """Images whose layers may be used; the classic builder's are pulled if they are missing. With BuildKit also caches
    as ``"type=local,src=path"``."""
    target: str | None
    """The stage to build; the last one if not given."""
    network_mode: str | None
    """Network of ``RUN``."""
    squash: bool | None
    """Make one layer of the build's; experimental engines only."""
    extra_hosts: Mapping[str, str | Sequence[str]] | Sequence[str] | None
    """Lines of ``/etc/hosts`` in ``RUN``: addresses by name, or ``"name:address"``."""
    platform: PlatformArgument | None
    """``os[/arch[/variant]]`` of the image."""
    isolation: str | None
    """Windows only."""
    use_config_proxy: bool | None
    """Pass the proxies of ``config.json`` as build arguments; on if not given."""
    auth_configs: Mapping[str, AuthConfig | Mapping[str, str | None]] | None
    """Credentials by registry, which are preferred to those of the docker CLI's configuration."""


class ImageBuildOptions(ClassicBuildOptions, total=False):
    """Keywords of ``images.build``: docker-py's, and those that only BuildKit has.

    One text stands for a list with it. Where the docker CLI writes ``name=value`` a list of such texts may be given.
    """

    builder: Literal["buildkit", "classic"]
    """Which builder; if not given, BuildKit on every engine that has it."""
    dockerfile_text: str | bytes | None
    """The Dockerfile itself, instead of a path. BuildKit only."""
    secrets: Mapping[str, SecretSource] | str | Sequence[str] | None
    """Secrets by the id that ``RUN --mount=type=secret,id=…`` names: bytes, a ``pathlib.Path``,
    `~aiodockerpy.buildkit.Env`, or a callable that may be async; or the CLI's ``"id=x,src=path"``. Read when the engine
    asks, never written to disk. BuildKit only."""
    ssh: Mapping[str, SshSource] | str | Sequence[str] | None
    """Agents by the id that ``RUN --mount=type=ssh`` names: a socket's path, private keys (with ``aiodockerpy[ssh]``),
    ``None`` for this process's agent; or the CLI's ``"default=path"``. BuildKit only."""
    platforms: PlatformArgument | Sequence[PlatformArgument] | None
    """Several platforms at once. BuildKit only."""
    cache_to: Cache | str | Sequence[Cache | str] | None
    """Where to export cached steps to. BuildKit only."""
    contexts: Mapping[str, str | os.PathLike[str]] | str | Sequence[str] | None
    """Further contexts by name: directories, URLs, ``docker-image://…``; or the CLI's ``"name=path"``.
    BuildKit only."""
    no_cache_filter: str | Sequence[str] | None
    """Stages to run again. BuildKit only."""
    ulimits: Mapping[str, int | tuple[int, int]] | str | Sequence[str] | None
    """``soft`` or ``(soft, hard)`` by name; or the CLI's ``"nofile=1024:2048"``. BuildKit only."""
    attest: Mapping[str, str | bool] | str | Sequence[str] | None
    """Attestations: ``{"provenance": "mode=max", "sbom": True}``. BuildKit only."""
    annotations: Mapping[str, str] | str | Sequence[str] | None
    """Annotations of the image's manifest, or as in the docker CLI of what stands before the name:
    ``"index,manifest[linux/amd64]:name=value"``, also ``index-descriptor`` and ``manifest-descriptor``.
    BuildKit only."""
    allow: str | Sequence[str] | None
    """Entitlements, such as ``security.insecure``. BuildKit only."""
    push: bool | None
    """Push the image under all its tags. BuildKit only."""


def _sorted(hosts: Any) -> Any:
    """Sort a mapping, as docker-py and the docker CLI do: another order would be another step for the cache."""
    if not isinstance(hosts, Mapping):
        return hosts
    return dict(sorted(cast("Mapping[object, object]", hosts).items(), key=lambda host: str(host[0])))


_PLAIN: Final = {"bool | None": kinds.FLAG, "Duration | None": kinds.SECONDS, "str | None": kinds.TEXT}
_HINTS: Final = {name: hint.__forward_arg__ for name, hint in ImageBuildOptions.__annotations__.items()}
_KINDS: Final[dict[str, Kind]] = {
    **{name: _PLAIN[hint] for name, hint in _HINTS.items() if hint in _PLAIN},
    **{name: kind for name, kind in KINDS.items() if name in {*_HINTS, "outputs"}},
    "auth_configs": kinds.mapping(kinds.TEXT, kind_of(AuthConfig | Mapping[str, str | None])),
    "buildargs": KINDS["build_args"],
    "builder": kinds.choice(("buildkit", "classic")),
    "container_limits": kinds.mapping(kinds.TEXT, kinds.either(kinds.NUMBER, kinds.TEXT)),
    "extra_hosts": Kind(KINDS["add_hosts"].wanted, lambda value: KINDS["add_hosts"].read(_sorted(value))),
    "fileobj": kinds.CONTENT,
    "no_cache_filter": KINDS["tags"],
    "path": kinds.PATH,
    "platform": kinds.PLATFORM,
    "shmsize": KINDS["shm_size"],
    "tag": KINDS["tags"],
}
ONLY_BUILDKIT: Final = (ImageBuildOptions.__annotations__.keys() | {"outputs"}) - {
    "builder",
    *ClassicBuildOptions.__annotations__,
}
ONLY_CLASSIC: Final = frozenset({"container_limits", "isolation", "squash"})


def read_keywords(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords that were given, each in one form; ``None`` counts as not given.

    Raises:
        TypeError: A keyword that does not exist, a value of the wrong type, or neither a path nor a file.
        InvalidArgument: A value is invalid, or no builder has these keywords together.
        InvalidRepository: A tag is invalid.
    """
    read = {name: _read(name, value) for name, value in given.items()}
    options = {name: value for name, value in read.items() if value is not None}
    _check_builder(options)
    if "dockerfile_text" not in options:
        _check_content(options)
    for tag in options.get("tag", ()):
        _check_tag(tag)
    return options


def _read(name: str, value: object) -> Any:
    kind = _KINDS.get(name)
    if kind is None:
        raise unknown_keyword("build", name, [*_KINDS, "outputs"])
    try:
        return None if value is None else kind.read(value)
    except Unfit as unfit:
        problem = unfit.error(name, "build")
    raise problem


def _check_builder(options: Mapping[str, Any]) -> None:
    new, old = sorted(ONLY_BUILDKIT.intersection(options)), sorted(ONLY_CLASSIC.intersection(options))
    if new and (old or options.get("builder") == "classic"):
        other = ", ".join(old) or "builder"
        raise errors.InvalidArgument(f"{', '.join(new)}: only BuildKit has that; {other}: only the classic builder")
    if old and options.get("builder") == "buildkit":
        raise errors.InvalidArgument(f"{', '.join(old)}: only the classic builder has that")


def _check_content(options: Mapping[str, Any]) -> None:
    if "path" not in options and "fileobj" not in options:
        raise TypeError("Either path or fileobj needs to be provided.")
    if options.get("custom_context") and "fileobj" not in options:
        raise TypeError("You must specify fileobj with custom_context")
    if options.get("gzip") and "encoding" in options:
        raise errors.InvalidArgument("Can not use custom encoding if gzip is enabled")
    for limit in options.get("container_limits", ()):
        if limit not in LIMITS:
            raise errors.InvalidArgument(f"container_limits: its keys are {', '.join(LIMITS)}, not {limit!r}")


def _check_tag(tag: str) -> None:
    try:
        Reference.parse(tag)
    except errors.DockerException:
        raise errors.InvalidRepository(f"invalid tag '{tag}': invalid reference format") from None
