"""The headers of ``/_ping``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiodockerpy._jsonable import dumpable


@dumpable()
@dataclass(frozen=True, slots=True)
class Ping:
    """An engine that answers.

    Attributes:
        api_version: The newest API version it has; ``None`` if it does not report it.
        os_type: ``"linux"`` or ``"windows"``.
        experimental: Whether it offers experimental operations.
        builder_version: ``"2"`` if BuildKit is its preferred builder; ``None`` from engines before 23.0.
        server: Its name and version, for example ``"Docker/28.5.2 (linux)"``.
        swarm: ``"inactive"``, ``"pending"``, ``"error"``, ``"locked"``, ``"active/worker"`` or ``"active/manager"``;
            ``None`` from engines before 23.0.
    """

    api_version: str | None = None
    os_type: str | None = None
    experimental: bool = False
    builder_version: str | None = None
    server: str | None = None
    swarm: str | None = None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Ping:
        """Read the headers of the answer."""
        return cls(
            api_version=headers.get("Api-Version"),
            os_type=headers.get("Ostype"),
            experimental=headers.get("Docker-Experimental") == "true",
            builder_version=headers.get("Builder-Version"),
            server=headers.get("Server"),
            swarm=headers.get("Swarm"),
        )
