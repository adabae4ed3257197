"""Configs of a swarm."""

from aiodockerpy.models._base import Model, wire
from aiodockerpy.models._time import Time
from aiodockerpy.models.swarm_common import Driver, ObjectVersion


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


class Config(Model):
    """A config of the swarm."""

    id: str | None = wire("ID")
    """Its id."""
    version: ObjectVersion | None = None
    """Version that an update has to name."""
    created_at: Time | None = None
    """When it was made."""
    updated_at: Time | None = None
    """When it was last changed."""
    spec: ConfigSpec | None = None
    """Its settings and data."""
