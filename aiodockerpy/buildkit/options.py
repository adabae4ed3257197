"""The options of a build, checked when they are made as far as that is possible without an engine."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, TypeAlias

from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.unfit import shown
from aiodockerpy.errors import InvalidArgument
from aiodockerpy.streams.content import Content

from ._fields import fields_of

BuildContext: TypeAlias = Content
"""A directory or a URL (git or HTTP) as text or path, or a tar archive as bytes, file or iterable, also compressed."""

OutputTarget: TypeAlias = str | os.PathLike[str] | BinaryIO | Callable[[bytes], Awaitable[object]]
"""Where an archive goes: a path, a file opened for writing, or an async callable that takes its pieces."""


@checks_arguments
@dataclass(frozen=True, slots=True)
class Env:
    """A secret in an environment variable of this process, read when the engine asks for it."""

    name: str


SecretSource: TypeAlias = bytes | os.PathLike[str] | Env | Callable[[], "bytes | str | Awaitable[bytes | str]"]
"""The secret itself as bytes, the path of its file, an environment variable, or a callable (also async)."""

SshSource: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
"""The path of an agent's socket, of a private key (with ``aiodockerpy[ssh]``) or of several; ``None`` for the agent of
this process (``SSH_AUTH_SOCK``)."""


class RegistryLogin(Protocol):
    """Credentials for a registry."""

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
"""A function that finds the credentials for a registry, by its host (``docker.io`` for Docker Hub)."""


OutputType = Literal["moby", "image", "local", "tar", "oci", "docker", "none"]
"""Where the result of a build goes."""


@checks_arguments
@dataclass(frozen=True, slots=True)
class Output:
    """An output of a build. Use one of the constructors, or `parse` for the docker CLI's notation.

    Attributes:
        type: BuildKit's exporter; ``moby`` is the engine's image store, ``none`` writes nothing.
        attrs: Its attributes.
        target: Where to write it on this machine, for ``local``, ``tar``, ``oci`` and ``docker``.
    """

    type: OutputType
    attrs: Mapping[str, str] = field(default_factory=dict[str, str])
    target: OutputTarget | None = field(default=None, repr=False)

    @classmethod
    def image(cls, *names: str, push: bool = False, **attrs: str) -> Output:
        """Keep an image in the engine, and with ``push`` also push it.

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
        """Write the files of the last stage into a directory; of several platforms, into a directory below it each."""
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
        """Write nothing: the build fills the cache only."""
        return cls("none")

    @classmethod
    def parse(cls, text: str) -> Output:
        """Read the docker CLI's notation: ``type=tar,dest=out.tar``, or a directory.

        Raises:
            InvalidArgument: The type is unknown, or the destination is missing or ``-``.
        """
        if not text:
            raise InvalidArgument(
                "outputs: an output must be a directory or text such as 'type=tar,dest=out.tar', not ''"
            )
        if "\0" in text:
            raise InvalidArgument(f"outputs: {shown(text)} has a null character")
        if "," not in text and not text.startswith("type="):
            return cls.local(_written(text, text))
        attrs = fields_of(text, "outputs")
        return cls._of(attrs.pop("type", ""), attrs.pop("dest", None), attrs, text)

    @classmethod
    def _of(cls, kind: str, target: str | None, attrs: dict[str, str], text: str) -> Output:
        if kind == "registry":
            return cls("moby", {**attrs, "push": "true"})
        if kind == "cacheonly":
            return cls.none()
        if kind in {"image", "moby"}:
            return cls("moby", attrs)
        if kind not in {"local", "tar", "oci", "docker"}:
            known = "image, registry, local, tar, oci, docker or cacheonly"
            raise InvalidArgument(f"outputs: the type in {shown(text)} must be {known}, not {shown(kind)}")
        if target is None and kind == "docker":
            return cls("moby", attrs)
        if not target:
            raise InvalidArgument(f"outputs: {shown(text)} needs dest=, the path to write to")
        return cls(kind, attrs, Path(_written(target, text)))  # type: ignore[arg-type]  # checked above

    @property
    def is_archive(self) -> bool:
        """Whether it arrives as one stream of bytes."""
        return self.type in {"tar", "oci", "docker"}


@checks_arguments
@dataclass(frozen=True, slots=True)
class Cache:
    """A place to import cached steps from, or to export them to. Use a constructor, or `parse` for the CLI's notation.

    Attributes:
        type: ``inline``, ``registry``, ``local``, ``gha`` or another that the engine supports.
        attrs: Its attributes.
        path: The directory on this machine, for ``local``.
    """

    type: str
    attrs: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    path: Path | None = None

    @classmethod
    def inline(cls) -> Cache:
        """Store the cache's metadata in the image itself; it takes effect when that is pushed."""
        return cls("inline")

    @classmethod
    def registry(cls, ref: str, **attrs: str) -> Cache:
        """Use a reference in a registry; ``mode="max"`` exports the steps of all stages."""
        return cls("registry", {"ref": ref, **attrs})

    @classmethod
    def local(cls, path: str | os.PathLike[str], **attrs: str) -> Cache:
        """Use a directory of this machine."""
        return cls("local", attrs, Path(path))

    @classmethod
    def parse(cls, text: str) -> Cache:
        """Read ``type=registry,ref=…`` or a plain reference, as the docker CLI does.

        Raises:
            InvalidArgument: The type or the directory is missing.
        """
        if text and "=" not in text:
            return cls.registry(text)
        attrs = fields_of(text, "cache", secret=True)
        kind = attrs.pop("type", "")
        if not kind:
            raise InvalidArgument("cache: the text needs type=, for example 'type=registry,ref=…'")
        if kind != "local":
            return cls(kind, attrs)
        path = attrs.pop("dest", None) or attrs.pop("src", None)
        if path is None:
            raise InvalidArgument("cache: type=local needs dest= or src=, the directory")
        return cls.local(path, **attrs)


def _written(path: str, text: str) -> str:
    """Refuse the CLI's name for its standard output."""
    if path == "-":
        raise InvalidArgument(
            f"outputs: {shown(text)} is the docker command's standard output, which a library does not write to; use "
            "Output.tar(target), whose target may be a binary file such as sys.stdout.buffer, or an async callable"
        )
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """All options of one build.

    They are kept in the forms below, and may be given in those of ``client.images.build`` too: one text for a list with
    it, lists of the docker CLI's texts (``"id=x,src=path"``, ``"NAME=value"``) for mappings, ``None`` for a default.

    Attributes:
        context: What the Dockerfile copies from: a directory (only what the engine asks for is sent), a URL, or a tar
            archive; ``None`` for an empty one.
        dockerfile: The Dockerfile's path, relative to the context, or absolute. If ``Dockerfile`` does not exist in a
            directory, ``dockerfile`` is used.
        dockerfile_text: The Dockerfile itself, instead of its path.
        tags: Names for the image.
        target: The stage to build; the last one if not given.
        build_args: Values for ``ARG``; ``None`` takes the variable of this process, if there is one.
        labels: Labels of the image.
        platforms: For example ``["linux/amd64", "linux/arm64"]``; the engine's own if empty.
        secrets: By the id that ``RUN --mount=type=secret,id=…`` names. They are read when the engine asks, sent over
            the session only, and neither written nor logged anywhere.
        ssh: Agents by the id that ``RUN --mount=type=ssh`` names (``default``): the path of a socket, of a private key
            without passphrase (with ``aiodockerpy[ssh]``) or several of them; ``None`` for the agent of this process
            (``SSH_AUTH_SOCK``).
        outputs: What to write; an image with the tags if empty.
        cache_from: Where to import cached steps from; texts may be plain references.
        cache_to: Where to export them to.
        contexts: Further contexts by the name that ``COPY --from=`` or ``FROM`` uses: a directory, a URL,
            ``docker-image://…``, or an OCI layout's directory as ``oci-layout://path@digest``.
        no_cache: ``True`` to run every step again, or the names of the stages to run again.
        pull: Whether to look for newer base images in the registry.
        network: Network of ``RUN`` steps: ``default``, ``none`` or ``host``.
        add_hosts: Further lines for ``/etc/hosts``: an address (or ``host-gateway``), or several, by name.
        shm_size: Size of ``/dev/shm``, in bytes or as ``"64m"``.
        ulimits: ``soft`` or ``(soft, hard)`` by name.
        cgroup_parent: Parent control group of the steps.
        hostname: Host name in the steps.
        attest: Attestations: ``{"provenance": "mode=max", "sbom": True}``.
        annotations: Annotations of the image's manifest, or of the part before the annotation's name as in the
            docker CLI: ``index:``, ``index-descriptor:``, ``manifest-descriptor:``, ``manifest[linux/amd64]:``, or
            several of these with commas between.
        allow: Entitlements, such as ``security.insecure``.
        frontend_attrs: Further attributes for the Dockerfile frontend, by its names for them.
        shared_key: The key by which the engine finds its copy of the context, so that only changes are sent; made from
            the directory and this machine if not given.

    Raises:
        TypeError: An option has the wrong type.
        InvalidArgument: An option is invalid.
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
    ssh: Mapping[str, SshSource] = field(default_factory=dict[str, SshSource])
    outputs: Sequence[Output | str] = ()
    cache_from: Sequence[Cache | str] = ()
    cache_to: Sequence[Cache | str] = ()
    contexts: Mapping[str, str | os.PathLike[str]] = field(default_factory=dict[str, str | os.PathLike[str]])
    no_cache: bool | Sequence[str] = False
    pull: bool = False
    network: str | None = None
    add_hosts: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, str | Sequence[str]])
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
        from ._kinds import read_option  # it reads the outputs and caches of this module

        for item in fields(self):
            given = getattr(self, item.name)
            empty = item.default if item.default is not MISSING else ()
            value = read_option(item.name, empty if given is None and item.default is not None else given)
            object.__setattr__(self, item.name, value)
        if self.context is None and self.dockerfile_text is None:
            raise InvalidArgument("a build needs a context or a Dockerfile given as text")
        if self.dockerfile is not None and self.dockerfile_text is not None:
            raise InvalidArgument("give either dockerfile, a path, or dockerfile_text, its content")
        if self.network not in {None, "default", "none", "host"}:
            raise InvalidArgument(
                "network (network_mode of images.build) must be default, none or host with BuildKit, "
                f"not {shown(self.network)}"
            )
