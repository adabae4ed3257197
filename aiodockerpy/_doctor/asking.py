"""The engine's part of the report: one client, a few calls, and a time limit for all of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiodockerpy import errors
from aiodockerpy._doctor.remedies import problem_of
from aiodockerpy._doctor.report import Engine, Problem
from aiodockerpy.client import DockerClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy.models import SystemInfo, SystemVersion

_WARNED = "the engine's documentation says what to do"
_CONTAINERD = ["driver-type", "io.containerd.snapshotter.v1"]


async def ask(environment: Mapping[str, str], limit: float) -> tuple[Engine | None, list[Problem]]:
    """Ask the engine for its versions and its state, for at most ``limit`` seconds.

    Returns:
        What it answered, as far as it did within the limit; ``None`` if it did not answer at all.
    """
    asking = _Asking(environment)
    try:
        async with asyncio.timeout(limit):
            await asking.run()
    except TimeoutError:
        what = f"{asking.at}: no answer within {limit:g} s"
        asking.problems.append(Problem(what, problem_of(TimeoutError()).remedy))
    except (errors.DockerException, OSError) as error:
        asking.problems.append(problem_of(error))
    return asking.engine, asking.problems


@dataclass(slots=True)
class _Asking:
    """The calls, one after the other, and what came of them so far."""

    environment: Mapping[str, str]
    engine: Engine | None = None
    problems: list[Problem] = field(default_factory=list[Problem])
    at: str = ""

    async def run(self) -> None:
        """Make the calls."""
        async with DockerClient.from_env(environment=self.environment, timeout=None, connect_timeout=None) as client:
            self.at = f"the engine at {client.host}"
            engine = self.engine = _engine(await client.version(), await client.api_version())
            self.at = f"the engine at {client.host}, asked for its state"
            engine = self.engine = _with_state(engine, await client.info())
            self.problems += [Problem(f"the engine warns: {text}", _WARNED) for text in engine.warnings]
            self.at = f"the engine at {client.host}, asked for BuildKit"
            self.engine = replace(engine, buildkit=await _buildkit(client))


async def _buildkit(client: DockerClient) -> str | None:
    try:
        return (await client.buildkit.info()).version or "yes"
    except errors.UnsupportedByEngine:
        return "yes" if await client.buildkit.available() else None
    except errors.DockerException:
        return None


def _engine(version: SystemVersion, used: str) -> Engine:
    names = [part.name or "" for part in version.components or ()]
    return Engine(
        name=next((name for name in names if "Podman" in name), "Docker Engine"),
        version=version.version,
        api_newest=version.api_version,
        api_oldest=version.min_api_version,
        api_used=used,
    )


def _with_state(engine: Engine, info: SystemInfo) -> Engine:
    return replace(
        engine,
        system=f"{info.operating_system}, {info.kernel_version} {info.architecture}",
        image_store="containerd" if _CONTAINERD in (info.driver_status or ()) else "graph driver",
        storage_driver=info.driver,
        cgroups=f"version {info.cgroup_version}, {info.cgroup_driver}",
        security=tuple(info.security_options or ()),
        swarm=_swarm(info),
        warnings=tuple(" ".join(text.split()) for text in info.warnings or ()),
    )


def _swarm(info: SystemInfo) -> str:
    if info.swarm is None or not info.swarm.local_node_state:
        return "inactive"
    role = "manager" if info.swarm.control_available else "worker"
    active = info.swarm.local_node_state == "active"
    return f"active, {role}" if active else str(info.swarm.local_node_state)
