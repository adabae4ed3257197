"""The proxies of the docker CLI's configuration, as variables of a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodockerpy.client import DockerClient
    from aiodockerpy.models import ContainerCreateRequest


async def with_proxies(client: DockerClient, request: ContainerCreateRequest) -> ContainerCreateRequest:
    """Return the request with the variables of the proxies added; its own take precedence."""
    given = request.env or []
    env = with_variables(given, await client.proxies())
    return request.model_copy(update={"env": env}) if len(env) > len(given) else request


def with_variables(given: Sequence[str], proxies: Mapping[str, str]) -> list[str]:
    """Return variables with others added, unless they are given."""
    names = {entry.partition("=")[0] for entry in given}
    added = [f"{name}={value}" for name, value in proxies.items() if name not in names]
    return [*added, *given]
