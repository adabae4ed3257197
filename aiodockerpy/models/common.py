"""Types that several parts of the Engine API share."""

from typing import Literal

from aiodockerpy.models._base import LowerModel, Model, wire
from aiodockerpy.models._lazy import LazyModel, LowerLazyModel

PortProtocol = Literal["tcp", "udp", "sctp"] | str
"""A transport protocol of a port; open for newer values."""


class ErrorResponse(LowerModel):
    """The body of every refusal."""

    message: str | None = None
    """The engine's message."""


class IDResponse(Model):
    """The answer to what creates something that has nothing but an id: an exec, a commit."""

    id: str | None = None
    """Id of the new object."""


class DriverData(LazyModel):
    """Where a storage driver keeps a container or an image."""

    name: str | None = None
    """Name of the storage driver, for example ``overlay2``."""
    data: dict[str, str] | None = None
    """The driver's own facts, such as ``MergedDir``; not stable between drivers."""


class OCIPlatform(LowerLazyModel):
    """A platform in the terms of OCI images, also for ``platform`` parameters.

    Example:
        ``OCIPlatform(os="linux", architecture="arm64", variant="v8")``
    """

    architecture: str | None = None
    """CPU architecture in Go's terms, for example ``amd64`` or ``arm64``."""
    os: str | None = None
    """Operating system in Go's terms, for example ``linux``."""
    os_version: str | None = wire("os.version")
    """Version of the operating system, for example ``10.0.19041.1165``; set for Windows."""
    os_features: list[str] | None = wire("os.features")
    """Features of the operating system that are needed, for example ``win32k``."""
    variant: str | None = None
    """Variant of the CPU, for example ``v7`` of ``arm``."""


class OCIDescriptor(LowerLazyModel):
    """Points at content of a registry or of the image store by digest."""

    media_type: str | None = wire("mediaType")
    """Media type of the content, for example ``application/vnd.oci.image.index.v1+json``."""
    digest: str | None = None
    """Digest of the content, ``sha256:...``."""
    size: int | None = None
    """Size of the content in bytes."""
    urls: list[str] | None = None
    """Other addresses the content may be downloaded from. API 1.48+."""
    annotations: dict[str, str] | None = None
    """Free metadata. API 1.48+."""
    data: str | None = None
    """The content itself, base64, where it is embedded. API 1.48+."""
    platform: OCIPlatform | None = None
    """Platform that the content is for. API 1.48+."""
    artifact_type: str | None = wire("artifactType")
    """Media type of the artifact that a manifest describes. API 1.48+."""
