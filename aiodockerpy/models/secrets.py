"""Secrets of a swarm."""

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models.swarm_common import Driver, SwarmObject


class SecretSpec(Model):
    """Settings of a secret: read them, edit the labels, send them back."""

    name: str | None = None
    """Name of the secret."""
    labels: dict[str, str] | None = None
    """Its labels; the only thing an update can change."""
    data: str | None = wire("Data", repr=False)
    """The secret itself, base64, up to 500 kB before encoding. Never sent by the engine, not in the repr."""
    driver: Driver | None = None
    """The driver that provides the secret, if the swarm does not keep it."""
    templating: Driver | None = None
    """The driver that fills in the secret as a template, for example ``golang``."""


class SecretCreateRequest(SecretSpec):
    """Makes a secret."""


class SecretCreate(Model):
    """What making a secret did. The specification has ``Id`` here, engines send ``ID``."""

    id: str | None = wire("ID")
    """Id of the new secret."""


class Secret(SwarmObject):
    """A secret, without its data."""

    spec: SecretSpec | None = None
    """Its settings."""
