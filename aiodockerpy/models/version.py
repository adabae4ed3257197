"""The versions of the engine and its parts."""

from aiodockerpy.models._base import JsonValue, wire
from aiodockerpy.models._lazy import LazyModel


class SystemVersionPlatform(LazyModel):
    """The product."""

    name: str | None = None
    """Its name."""


class SystemVersionComponent(LazyModel):
    """A part of the engine."""

    name: str | None = None
    """Its name, for example ``Engine`` or ``runc``."""
    version: str | None = None
    """Its version."""
    details: dict[str, JsonValue] | None = None
    """What else is known, usually as text."""


class SystemVersion(LazyModel):
    """Versions of the engine and its parts."""

    platform: SystemVersionPlatform | None = None
    """The product."""
    components: list[SystemVersionComponent] | None = None
    """The parts."""
    version: str | None = None
    """Version of the engine."""
    api_version: str | None = None
    """Newest version of the API that it has."""
    min_api_version: str | None = wire("MinAPIVersion")
    """Oldest version of the API it accepts."""
    git_commit: str | None = None
    """Commit it was built from."""
    go_version: str | None = None
    """Go it was built with."""
    os: str | None = None
    """Operating system."""
    arch: str | None = None
    """Architecture, as Go names it."""
    kernel_version: str | None = None
    """Version of the kernel."""
    experimental: bool | None = None
    """Whether experimental features are on."""
    build_time: str | None = None
    """When it was built."""
