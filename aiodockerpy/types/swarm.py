"""docker-py's types for the swarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._options.swarm import SwarmOptions, swarm_spec
from aiodockerpy.types._base import Wire, arguments


@checks_arguments
class SwarmSpec(models.SwarmSpec, Wire):
    """Settings of a swarm, for ``client.api.swarm``.

    Args:
        version: Accepted and ignored, for compatibility with docker-py: the client's version is used.
        settings: See `SwarmOptions`.
    """

    def __init__(self, version: str | None = None, **settings: Unpack[SwarmOptions]) -> None:
        del version
        super().__init__(**swarm_spec(settings))


@checks_arguments
class SwarmExternalCA(models.ExternalCA, Wire):
    """A certificate authority outside the swarm.

    Args:
        url: Where requests to sign are sent.
        protocol: The protocol of the requests; ``cfssl`` if not given.
        options: Further options of the protocol.
        ca_cert: Its root certificate, PEM; the swarm's own root if not given.
    """

    def __init__(
        self,
        url: str,
        protocol: str | None = None,
        options: Mapping[str, str] | None = None,
        ca_cert: str | None = None,
    ) -> None:
        super().__init__(**arguments(locals()))
