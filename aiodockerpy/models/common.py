"""Types that several parts of the Engine API share."""

from typing import Literal

from aiodockerpy.models._base import LowerModel, Model, wire
from aiodockerpy.models._lazy import LazyModel, LowerLazyModel

__all__ = [
    "DiscreteGenericResource",
    "Driver",
    "DriverData",
    "ErrorResponse",
    "GenericResource",
    "IDResponse",
    "NamedGenericResource",
    "NodeAvailability",
    "OCIDescriptor",
    "OCIPlatform",
    "ObjectVersion",
    "Platform",
    "PortProtocol",
    "ResourceObject",
    "TLSInfo",
]

NodeAvailability = Literal["active", "pause", "drain"] | str
"""Whether a node takes tasks: new and old, no new ones, or none at all; open for newer values."""

PortProtocol = Literal["tcp", "udp", "sctp"] | str
"""A transport protocol of a port; open for newer values."""


class ErrorResponse(LowerModel):
    """The body of every refusal."""

    message: str | None = None
    """What the engine has to say."""


class IDResponse(Model):
    """The answer to what creates something that has nothing but an id: an exec, a commit."""

    id: str | None = None
    """Id of the new object."""


class ObjectVersion(Model):
    """The version of a swarm object; an update must name the one it was made from, or it is refused."""

    index: int | None = None
    """Goes up with every change; an unsigned 64-bit number."""


class Driver(Model):
    """A driver with its options, for example of logs, secrets or templates."""

    name: str | None = None
    """Name of the driver or plugin."""
    options: dict[str, str] | None = None
    """The driver's own options."""


class DriverData(LazyModel):
    """Where a storage driver keeps a container or an image."""

    name: str | None = None
    """Name of the storage driver, for example ``overlay2``."""
    data: dict[str, str] | None = None
    """The driver's own facts, such as ``MergedDir``; not stable between drivers."""


class Platform(Model):
    """Operating system and architecture as the swarm sees them."""

    architecture: str | None = None
    """Hardware architecture as the kernel or the image names it, for example ``x86_64`` or ``amd64``."""
    os: str | None = wire("OS")
    """Operating system, for example ``linux``."""


class OCIPlatform(LowerLazyModel):
    """A platform in the terms of OCI images, also what ``platform`` parameters want.

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


class NamedGenericResource(Model):
    """A resource of a node with a name of its own, such as one certain GPU."""

    kind: str | None = None
    """Kind of the resource, for example ``GPU``."""
    value: str | None = None
    """Which one, for example ``UUID1``."""


class DiscreteGenericResource(Model):
    """So many of a resource that can be counted."""

    kind: str | None = None
    """Kind of the resource, for example ``SSD``."""
    value: int | None = None
    """How many."""


class GenericResource(Model):
    """A user-defined resource of a node: exactly one of the two is set."""

    named_resource_spec: NamedGenericResource | None = None
    """A resource with a name."""
    discrete_resource_spec: DiscreteGenericResource | None = None
    """A resource that is counted."""


class ResourceObject(Model):
    """What a node has, or what a task reserves on one."""

    nano_cpus: int | None = wire("NanoCPUs")
    """CPU in billionths of a core: ``500_000_000`` is half a core."""
    memory_bytes: int | None = None
    """Memory in bytes."""
    generic_resources: list[GenericResource] | None = None
    """User-defined resources."""


class TLSInfo(Model):
    """The trust root of the swarm and who issued it."""

    trust_root: str | None = None
    """Certificates of the root CA, PEM."""
    cert_issuer_subject: str | None = None
    """Raw subject of the issuer, base64 of DER."""
    cert_issuer_public_key: str | None = None
    """Raw public key of the issuer, base64 of DER."""
