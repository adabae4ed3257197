"""Operations of the builders: classic builds, the build cache, and the connections that BuildKit uses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.platforms import PlatformArgument, platform_text
from aiodockerpy.api._credentials import Credentials, config_header
from aiodockerpy.api._part import Part
from aiodockerpy.api._results import build_failed, built_image

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aiodockerpy._transport.base import Duplex
    from aiodockerpy.streams.content import Content
    from aiodockerpy.streams.stream import Stream

_H2C = {"Upgrade": "h2c"}


@checks_arguments
class BuildApi(Part):
    """The builders of the engine.

    ``client.images.build`` builds with all that BuildKit can do; here are the operations it is made of.

    Example:
        .. code-block:: python

            async for message in client.api.build.build("context.tar", tags=["app:dev"]):
                print(message.stream, end="")
    """

    def build(
        self,
        content: Content | None = None,
        *,
        remote: str | None = None,
        dockerfile: str | None = None,
        tags: Sequence[str] | None = None,
        target: str | None = None,
        platform: PlatformArgument | None = None,
        build_args: Mapping[str, str | None] | None = None,
        labels: Mapping[str, str] | None = None,
        cache_from: Sequence[str] | None = None,
        no_cache: bool | None = None,
        pull: bool | None = None,
        q: bool | None = None,
        rm: bool | None = None,
        force_rm: bool | None = None,
        squash: bool | None = None,
        network_mode: str | None = None,
        extra_hosts: Sequence[str] | None = None,
        memory: int | None = None,
        memswap: int | None = None,
        shm_size: int | None = None,
        cpu_shares: int | None = None,
        cpu_period: int | None = None,
        cpu_quota: int | None = None,
        cpuset_cpus: str | None = None,
        cpuset_mems: str | None = None,
        cgroup_parent: str | None = None,
        ulimits: Sequence[models.Ulimit] | None = None,
        isolation: models.Isolation | None = None,
        security_opt: Sequence[str] | None = None,
        outputs: Sequence[Mapping[str, str | Mapping[str, str]]] | None = None,
        version: Literal["1", "2"] | None = None,
        session: str | None = None,
        build_id: str | None = None,
        auth: Mapping[str, Credentials] | None = None,
    ) -> Stream[models.JSONMessage, str | None]:
        """Build an image.

        Operation: ``ImageBuild``, ``POST /build``.

        Args:
            content: The build context as a tar archive, plain or compressed: bytes, a path, a file object or an (async)
                iterable of bytes. Not with ``remote``.
            remote: Where the engine gets the context from: a git repository, a URL, or ``"client-session"``.
            dockerfile: Path of the Dockerfile in the context; ``Dockerfile`` if not given.
            tags: Names of the image.
            target: The stage to build; the last one if not given.
            platform: ``os[/arch[/variant]]`` of the image.
            build_args: Values of ``ARG``; ``None`` declares one without a value.
            labels: Labels of the image.
            cache_from: Images whose layers may be used.
            no_cache: Use no cache.
            pull: Look for newer base images.
            q: Report only the id of the image.
            rm: ``False`` keeps intermediate containers of a build that succeeds.
            force_rm: Remove intermediate containers even if the build fails.
            squash: Make one layer of the build's; experimental engines and the classic builder only.
            network_mode: Network of ``RUN``: ``"bridge"``, ``"host"``, ``"none"``, ``"container:<name>"`` or a network.
            extra_hosts: Lines of ``/etc/hosts`` in ``RUN``, as ``"name:address"``.
            memory: Bytes of memory for ``RUN``.
            memswap: Bytes of memory and swap together; ``-1`` for no limit on swap.
            shm_size: Bytes of ``/dev/shm``.
            cpu_shares: Weight among others, 1024 by default.
            cpu_period: Microseconds of the CPU scheduler's period.
            cpu_quota: Microseconds of CPU in each period.
            cpuset_cpus: CPUs that may be used, for example ``"0-2,4"``.
            cpuset_mems: Memory nodes that may be used.
            cgroup_parent: Parent cgroup of the containers.
            ulimits: Limits of processes.
            isolation: Windows only.
            security_opt: Windows only.
            outputs: BuildKit only: one exporter, for example ``[{"Type": "local", "Attrs": {"dest": "out"}}]``.
            version: ``"1"`` for the classic builder (the default), ``"2"`` for BuildKit.
            session: BuildKit only: the id of a session opened with `session`.
            build_id: BuildKit only: a name of the build that `cancel` takes.
            auth: Credentials by registry; the Docker Hub's key is ``https://index.docker.io/v1/``.

        Returns:
            A handle: iterated it gives the progress, awaited the id of the image.

        Raises:
            BuildError: The build failed after it had begun.
            BadRequest: No Dockerfile, or a malformed one.
            StreamInterrupted: The connection ended before the build did.
        """
        values = {
            "remote": remote,
            "dockerfile": dockerfile,
            "t": tags,
            "target": target,
            "platform": platform_text(platform),
            "buildargs": build_args,
            "labels": labels,
            "cachefrom": json.dumps(list(cache_from)) if cache_from is not None else None,
            "nocache": no_cache,
            "pull": pull,
            "q": q,
            "rm": rm,
            "forcerm": force_rm,
            "squash": squash,
            "networkmode": network_mode,
            "extrahosts": extra_hosts,
            "memory": memory,
            "memswap": memswap,
            "shmsize": shm_size,
            "cpushares": cpu_shares,
            "cpuperiod": cpu_period,
            "cpuquota": cpu_quota,
            "cpusetcpus": cpuset_cpus,
            "cpusetmems": cpuset_mems,
            "cgroupparent": cgroup_parent,
            "ulimits": _json_text(ulimits),
            "isolation": isolation,
            "securityopt": security_opt,
            "outputs": _json_text(outputs),
            "version": version,
            "session": session,
            "buildid": build_id,
        }
        request = call("ImageBuild", values=values, headers=config_header(auth), content=content)
        return self._progress_stream(request, built_image, build_failed)

    async def prune(
        self,
        *,
        all: bool | None = None,
        filters: models.BuildPruneFilters | models.Filters | None = None,
        reserved_space: int | None = None,
        max_used_space: int | None = None,
        min_free_space: int | None = None,
    ) -> models.BuildPrune:
        """Remove what the build cache does not need.

        Operation: ``BuildPrune``, ``POST /build/prune``.

        Args:
            all: Also remove shared and internal records; without it only dangling ones.
            filters: Which records.
            reserved_space: Bytes that may stay whatever their age; called ``keep-storage`` before API 1.48.
            max_used_space: Bytes that may stay at most. API 1.48+.
            min_free_space: Bytes that should be free on the disk afterwards. API 1.48+.

        Returns:
            What was removed and the disk space that was freed.

        Raises:
            InvalidArgument: An unknown filter.
        """
        values = {
            "all": all,
            "filters": filters,
            "reserved-space": reserved_space,
            "max-used-space": max_used_space,
            "min-free-space": min_free_space,
        }
        return await self._fetch(call("BuildPrune", values=values), lambda: models.BuildPrune)

    async def cancel(self, build_id: str) -> None:
        """Cancel a BuildKit build.

        Operation: ``BuildCancel``, ``POST /build/cancel``.

        Args:
            build_id: As `BuildApi.build` was given it.
        """
        await self._transport.request(call("BuildCancel", values={"id": build_id}))

    async def session(self, headers: Mapping[str, str]) -> Duplex:
        """Open a connection over which the engine asks for files, secrets and credentials during a BuildKit build.

        The engine is the HTTP/2 client of it; the caller serves BuildKit's gRPC services.

        Operation: ``Session``, ``POST /session``.

        Args:
            headers: ``X-Docker-Expose-Session-Uuid``, ``-Name``, ``-Sharedkey`` and, one for each service that is
                served, ``-Grpc-Method``.

        Raises:
            APIError: The engine has no BuildKit.
        """
        return await self._transport.upgrade(call("Session", headers={**headers, **_H2C}))

    async def grpc(self) -> Duplex:
        """Open a connection to the engine's BuildKit. The engine is the HTTP/2 server of it.

        Operation: ``Grpc``, ``POST /grpc``.

        Raises:
            APIError: The engine has no BuildKit.
        """
        return await self._transport.upgrade(call("Grpc", headers=_H2C))


def _json_text(values: Iterable[object] | None) -> str | None:
    if values is None:
        return None
    from aiodockerpy.models._base import to_json

    return to_json(list(values)).decode()
