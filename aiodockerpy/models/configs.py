"""Configs of a swarm."""

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models.swarm_common import Driver, SwarmObject


class ConfigSpec(Model):
    """Settings of a config: read them, edit the labels, send them back."""

    name: str | None = None
    """Name of the config."""
    labels: dict[str, str] | None = None
    """Its labels; the only thing an update can change."""
    data: str | None = wire("Data", repr=False)
    """The config itself, base64, up to 1000 kB before encoding. Not in the repr."""
    templating: Driver | None = None
    """The driver that fills in the config as a template, for example ``golang``."""


class ConfigCreateRequest(ConfigSpec):
    """Makes a config."""


class ConfigCreate(Model):
    """What making a config did. The specification has ``Id`` here, engines send ``ID``."""

    id: str | None = wire("ID")
    """Id of the new config."""


class Config(SwarmObject):
    """A config of the swarm."""

    spec: ConfigSpec | None = None
    """Its settings and data."""
