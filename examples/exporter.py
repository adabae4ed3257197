"""Export what containers use, in Prometheus' text format.

usage: python examples/exporter.py [--host 127.0.0.1] [--port 9417] [--label app=web]

``/metrics`` has the figures of all running containers, and ``docker_up``: 0 while the engine is away. ``/healthz`` is
503 then. The server listens on 127.0.0.1 by default, since names, images and loads are private;
``--host`` changes that.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

import aiodockerpy as docker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from aiodockerpy.resources import MergedStats

GAUGES = {
    "cpu_percent": "CPU use, of one CPU: two busy CPUs are 200",
    "memory": "Bytes in use, without the page cache",
    "memory_limit": "Bytes allowed",
    "pids": "Processes and threads",
}
COUNTERS = {
    "network_received": "Bytes received on all interfaces",
    "network_sent": "Bytes sent",
    "block_read": "Bytes read from block devices",
    "block_written": "Bytes written",
}
LABELS = ("container", "id", "image")


class Containers(Collector):
    """Makes metrics of the latest samples, whenever Prometheus asks."""

    def __init__(self) -> None:
        self.stats: MergedStats | None = None

    @property
    def up(self) -> bool:
        """Whether the engine is connected."""
        return self.stats is not None and self.stats.state == "connected"

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of this moment."""
        yield GaugeMetricFamily("docker_up", "Whether the engine answers", value=float(self.up))
        usages = self.stats.latest() if self.stats is not None and self.up else []
        gauges = {name: GaugeMetricFamily(f"container_{name}", text, labels=LABELS) for name, text in GAUGES.items()}
        counters = {
            name: CounterMetricFamily(f"container_{name}_bytes", text, labels=LABELS) for name, text in COUNTERS.items()
        }
        for usage in usages:
            summary = usage.container.summary
            image = (summary.image if summary is not None else None) or ""
            labels = (usage.container.name, usage.container.short_id, image)
            for name, family in (gauges | counters).items():
                value = getattr(usage.figures, name)
                if value is not None:  # CPU use is unknown in the first second
                    family.add_metric(labels, value)
        yield from gauges.values()
        yield from counters.values()


async def keep(containers: Containers, filters: dict[str, str]) -> None:
    """Keep the statistics for as long as the program runs; they come back by themselves when the engine does."""
    async with docker.from_env() as client:
        while True:
            with contextlib.suppress(docker.errors.ConnectionFailed):  # the engine is away as we begin
                async with client.containers.stats(filters) as containers.stats:
                    await asyncio.Event().wait()
            await asyncio.sleep(1)


def application(filters: dict[str, str]) -> web.Application:
    """Make the server."""
    containers = Containers()
    registry = CollectorRegistry()
    registry.register(containers)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(status=200 if containers.up else 503, text="ok\n" if containers.up else "no engine\n")

    async def lifespan(_: web.Application):  # noqa: ANN202 - an async generator, as aiohttp wants it
        keeping = asyncio.create_task(keep(containers, filters))
        yield
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/healthz", healthz)])
    app.cleanup_ctx.append(lifespan)
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9417)
    parser.add_argument("--label", help="only containers with this label")
    given = parser.parse_args()
    wanted = {"label": given.label} if given.label else {}
    web.run_app(application(wanted), host=given.host, port=given.port, print=None)
