"""What a build is told: values only, checked when they are made as far as they can be without an engine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, TypeAlias

from aiodockerpy.errors import InvalidArgument

__all__ = [
    "BuildContext",
    "BuildOptions",
    "Cache",
    "Credentials",
    "Env",
    "Output",
    "OutputTarget",
    "RegistryLogin",
    "SecretSource",
]

BuildContext: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | AsyncIterable[bytes]
"""A directory, a URL (git or HTTP), or a tar archive as bytes, file or async iterable; it may be compressed."""

OutputTarget: TypeAlias = str | os.PathLike[str] | BinaryIO | Callable[[bytes], Awaitable[object]]
"""Where an archive goes: a path, a file opened for writing, or an async callable that takes its pieces."""


@dataclass(frozen=True, slots=True)
class Env:
    """A secret that stands in an environment variable of this process, read when the engine asks for it."""

    name: str


SecretSource: TypeAlias = bytes | os.PathLike[str] | Env | Callable[[], "bytes | str | Awaitable[bytes | str]"]
"""The secret itself as bytes, the path of a file with it, an environment variable, or a callable (also async)."""


class RegistryLogin(Protocol):
    """What is needed of credentials for a registry."""

    @property
    def username(self) -> str:
        """Name of the user."""
        ...  # pyright wants a body

    @property
    def password(self) -> str:
        """Password or token of the user."""
        ...

    @property
    def identity_token(self) -> str:
        """Token that is used instead of both; empty if there is none."""
        ...


Credentials: TypeAlias = Callable[[str], Awaitable[RegistryLogin | None]]
"""Finds the credentials for a registry, by its host (``docker.io`` for Docker Hub)."""


OutputType = Literal["moby", "image", "local", "tar", "oci", "docker", "none"]
"""Where the result of a build goes."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a build leaves behind. Use one of the constructors, or `parse` for the docker CLI's notation.

    Attributes:
        type: BuildKit's exporter; ``moby`` is the engine's image store, ``none`` leaves nothing.
        attrs: Its attributes.
        target: Where it goes on this machine, for ``local``, ``tar``, ``oci`` and ``docker``.
    """

    type: OutputType
    attrs: Mapping[str, str] = field(default_factory=dict[str, str])
    target: OutputTarget | None = field(default=None, repr=False)

    @classmethod
    def image(cls, *names: str, push: bool = False, **attrs: str) -> Output:
        """Keep an image in the engine, and push it if wanted.

        Args:
            names: References; the build's tags if none are given.
            push: Whether to push all of them; credentials come from the client's resolver.
            attrs: BuildKit's, such as ``compression="zstd"``; containerd image store only.
        """
        found = dict(attrs)
        if names:
            found["name"] = ",".join(names)
        if push:
            found["push"] = "true"
        return cls("moby", found)

    @classmethod
    def local(cls, path: str | os.PathLike[str], **attrs: str) -> Output:
        """Write the files of the last stage into a directory; for several platforms, into one below it for each."""
        return cls("local", attrs, path)

    @classmethod
    def tar(cls, target: OutputTarget, **attrs: str) -> Output:
        """Write the files of the last stage as a tar archive."""
        return cls("tar", attrs, target)

    @classmethod
    def oci(cls, target: OutputTarget, **attrs: str) -> Output:
        """Write the image as a tar archive in OCI's layout; containerd image store only."""
        return cls("oci", attrs, target)

    @classmethod
    def docker(cls, target: OutputTarget, **attrs: str) -> Output:
        """Write the image as an archive for ``docker load``; containerd image store only, one platform."""
        return cls("docker", attrs, target)

    @classmethod
    def none(cls) -> Output:
        """Build only, for the cache."""
        return cls("none")

    @classmethod
    def parse(cls, text: str) -> Output:
        """Read the docker CLI's notation: ``type=tar,dest=out.tar``, or a directory.

        Raises:
            InvalidArgument: The type is unknown or the destination is missing.
        """
        if "=" not in text:
            return cls.local(text)
        attrs = _csv(text, "outputs")
        kind = attrs.pop("type", "")
        target = attrs.pop("dest", None)
        if kind == "registry":
            return cls("moby", {**attrs, "push": "true"})
        if kind == "cacheonly":
            return cls.none()
        if kind in {"image", "moby"}:
            return cls("moby", attrs)
        if kind not in {"local", "tar", "oci", "docker"}:
            raise InvalidArgument(f"outputs: {text!r} has an unknown type")
        if target is None and kind == "docker":
            return cls("moby", attrs)
        if target is None:
            raise InvalidArgument(f"outputs: {text!r} needs dest=, the path to write to")
        return cls(kind, attrs, Path(target))  # type: ignore[arg-type]  # checked above

    @property
    def is_archive(self) -> bool:
        """Whether it arrives as one stream of bytes."""
        return self.type in {"tar", "oci", "docker"}


@dataclass(frozen=True, slots=True)
class Cache:
    """A place to take cached steps from, or to leave them at. Use a constructor, or `parse` for the CLI's notation.

    Attributes:
        type: ``inline``, ``registry``, ``local``, ``gha`` or another that the engine knows.
        attrs: Its attributes.
        path: The directory on this machine, for ``local``.
    """

    type: str
    attrs: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    path: Path | None = None

    @classmethod
    def inline(cls) -> Cache:
        """Leave what is needed to reuse the steps in the image itself; it takes effect when that is pushed."""
        return cls("inline")

    @classmethod
    def registry(cls, ref: str, **attrs: str) -> Cache:
        """Take from, or leave at, a reference in a registry; ``mode="max"`` leaves the steps of all stages."""
        return cls("registry", {"ref": ref, **attrs})

    @classmethod
    def local(cls, path: str | os.PathLike[str], **attrs: str) -> Cache:
        """Take from, or leave in, a directory of this machine."""
        return cls("local", attrs, Path(path))

    @classmethod
    def parse(cls, text: str) -> Cache:
        """Read ``type=registry,ref=…`` or a plain reference, as the docker CLI does.

        Raises:
            InvalidArgument: The type or the directory is missing.
        """
        if "=" not in text:
            return cls.registry(text)
        attrs = _csv(text, "cache")
        kind = attrs.pop("type", "")
        if not kind:
            raise InvalidArgument(f"cache: {text!r} needs type=")
        if kind != "local":
            return cls(kind, attrs)
        path = attrs.pop("dest", None) or attrs.pop("src", None)
        if path is None:
            raise InvalidArgument(f"cache: {text!r} needs dest= or src=, the directory")
        return cls.local(path, **attrs)


def _csv(text: str, what: str) -> dict[str, str]:
    """Read ``key=value,key=value``; a field in double quotes may have commas."""
    import csv

    found: dict[str, str] = {}
    for part in next(csv.reader([text])):
        key, sign, value = part.partition("=")
        if not sign:
            raise InvalidArgument(f"{what}: {part!r} in {text!r} is not key=value")
        found[key.strip().lower()] = value
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """Everything about one build.

    Attributes:
        context: What the Dockerfile copies from: a directory (only what the engine asks for is sent), a URL, or a tar
            archive; ``None`` for none at all.
        dockerfile: The Dockerfile's path, relative to the context, or absolute.
        dockerfile_text: The Dockerfile itself, instead.
        tags: Names for the image.
        target: The stage to build; the last one if not given.
        build_args: Values for ``ARG``; ``None`` takes the variable of this process, if there is one.
        labels: Labels of the image.
        platforms: For example ``["linux/amd64", "linux/arm64"]``; the engine's own if empty.
        secrets: By the id that ``RUN --mount=type=secret,id=…`` names. They are read when the engine asks, sent over
            the session only, and neither written nor logged anywhere.
        ssh: Agents by the id that ``RUN --mount=type=ssh`` names (``default``); a path of a socket, or ``None`` for the
            agent of this process (``SSH_AUTH_SOCK``).
        outputs: What to leave behind; an image with the tags if empty.
        cache_from: Where to look for cached steps; plain references may be texts.
        cache_to: Where to leave them.
        contexts: Further contexts by the name that ``COPY --from=`` or ``FROM`` uses: a directory, a URL,
            ``docker-image://…``, or an OCI layout's directory as ``oci-layout://path@digest``.
        no_cache: ``True`` to run every step again, or the names of the stages to run again.
        pull: Whether to look for newer base images in the registry.
        network: Network of ``RUN`` steps: ``default``, ``none`` or ``host``.
        add_hosts: Further lines for ``/etc/hosts``: address (or ``host-gateway``) by name.
        shm_size: Size of ``/dev/shm``, in bytes or as ``"64m"``.
        ulimits: ``soft`` or ``(soft, hard)`` by name.
        cgroup_parent: Parent control group of the steps.
        hostname: Host name in the steps.
        attest: Attestations: ``{"provenance": "mode=max", "sbom": True}``.
        annotations: Annotations of the image's manifest.
        allow: Entitlements, such as ``security.insecure``.
        frontend_attrs: Further attributes for the Dockerfile frontend, as it names them.
        shared_key: What the engine finds its copy of the context by, to be sent only what changed since; made from the
            directory and this machine if not given.
    """

    context: BuildContext | None = field(default=None, repr=False)
    dockerfile: str | os.PathLike[str] | None = None
    dockerfile_text: str | bytes | None = field(default=None, repr=False)
    tags: Sequence[str] = ()
    target: str | None = None
    build_args: Mapping[str, str | None] = field(default_factory=dict[str, str | None], repr=False)
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    platforms: Sequence[str] = ()
    secrets: Mapping[str, SecretSource] = field(default_factory=dict[str, SecretSource], repr=False)
    ssh: Mapping[str, str | os.PathLike[str] | None] = field(default_factory=dict[str, str | os.PathLike[str] | None])
    outputs: Sequence[Output | str] = ()
    cache_from: Sequence[Cache | str] = ()
    cache_to: Sequence[Cache | str] = ()
    contexts: Mapping[str, str | os.PathLike[str]] = field(default_factory=dict[str, str | os.PathLike[str]])
    no_cache: bool | Sequence[str] = False
    pull: bool = False
    network: str | None = None
    add_hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    shm_size: int | str | None = None
    ulimits: Mapping[str, int | tuple[int, int]] = field(default_factory=dict[str, int | tuple[int, int]])
    cgroup_parent: str | None = None
    hostname: str | None = None
    attest: Mapping[str, str | bool] = field(default_factory=dict[str, str | bool])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    allow: Sequence[str] = ()
    frontend_attrs: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    shared_key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("tags", "platforms", "outputs", "cache_from", "cache_to", "allow"):
            if isinstance(getattr(self, name), str):
                raise TypeError(f"{name} is a sequence of texts, not one text")
        if self.context is None and self.dockerfile_text is None:
            raise InvalidArgument("a build needs a context or a Dockerfile given as text")
        if self.dockerfile is not None and self.dockerfile_text is not None:
            raise InvalidArgument("give either dockerfile, a path, or dockerfile_text, its content")
        if self.network not in {None, "", "default", "none", "host"}:
            raise InvalidArgument(f"network: BuildKit has default, none and host, not {self.network!r}")
        for id, source in self.secrets.items():
            if not isinstance(source, (bytes, os.PathLike, Env)) and not callable(source):
                raise TypeError(
                    f"secrets[{id!r}] is bytes, a pathlib.Path, Env(name) or a callable, not {type(source).__name__}"
                )
