"""Types that several parts of a swarm share."""

from typing import Literal

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models._time import Time

NodeAvailability = Literal["active", "pause", "drain"] | str
"""Whether a node takes tasks: new and old, no new ones, or none at all; open for newer values."""


class ObjectVersion(Model):
    """The version of a swarm object; an update must name the one it was made from, or it is refused."""

    index: int | None = None
    """Goes up with every change; an unsigned 64-bit number."""


class SwarmObject(Model):
    """The fields of every object that the managers of a swarm keep."""

    id: str | None = wire("ID")
    """Its id."""
    version: ObjectVersion | None = None
    """Version that an update has to name."""
    created_at: Time | None = None
    """When it was made: a node joined, the swarm was set up."""
    updated_at: Time | None = None
    """When it was last changed."""


class Driver(Model):
    """A driver with its options, for example of logs, secrets or templates."""

    name: str | None = None
    """Name of the driver or plugin."""
    options: dict[str, str] | None = None
    """The driver's own options."""


class Platform(Model):
    """Operating system and architecture as the swarm sees them."""

    architecture: str | None = None
    """Hardware architecture as the kernel or the image names it, for example ``x86_64`` or ``amd64``."""
    os: str | None = wire("OS")
    """Operating system, for example ``linux``."""


class NamedGenericResource(Model):
    """A resource of a node with a name of its own, such as one certain GPU."""

    kind: str | None = None
    """Kind of the resource, for example ``GPU``."""
    value: str | None = None
    """Which one, for example ``UUID1``."""


class DiscreteGenericResource(Model):
    """An amount of a resource that can be counted."""

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
