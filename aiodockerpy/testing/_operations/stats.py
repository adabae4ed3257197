"""``GET /containers/{id}/stats``: figures that move with the clock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Refusal, Reply, Request, Stream, answer_json
from aiodockerpy.testing._state.clock import rfc3339

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodockerpy.testing._state.objects import Container

_CPUS = 2
_MEMORY = 8 * 1024**3
_SHARE = 20  # one part in 20 of the time since the start is spent computing
_BLKIO = [
    "io_service_bytes_recursive",
    "io_serviced_recursive",
    "io_queue_recursive",
    "io_service_time_recursive",
    "io_wait_time_recursive",
    "io_merged_recursive",
    "io_time_recursive",
    "sectors_recursive",
]
_NO_THROTTLING = {"periods": 0, "throttled_periods": 0, "throttled_time": 0}


@operation("ContainerStats")
async def stats(core: Core, request: Request) -> Reply:
    """Send figures, once or once a second."""
    container = core.world.container(request.parts["id"])
    once = request.flag("one-shot")
    if not request.flag("stream", default=True):
        before = None
        if container.running and not once:
            before = _sample(core, container, None)
            await core.clock.sleep(1)
        sample = _sample(core, container, before)
        if once:
            del sample["name"], sample["id"]  # as the engine leaves them out
        return answer_json(sample)
    if once:
        raise Refusal(400, "cannot have stream=true and one-shot=true")

    async def samples() -> AsyncIterator[bytes]:
        before = None
        while container.id in core.world.containers:
            sample = _sample(core, container, before)
            before = sample if container.running else None
            yield json.dumps(sample, separators=(",", ":")).encode() + b"\n"
            await core.clock.sleep(1)

    return Stream(samples(), None)


def _sample(core: Core, container: Container, before: dict[str, Any] | None) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0},
        "throttling_data": _NO_THROTTLING,
    }
    value: dict[str, Any] = {
        "name": f"/{container.name}", "id": container.id, "read": rfc3339(0), "preread": rfc3339(0), "pids_stats": {},
        "blkio_stats": dict.fromkeys(_BLKIO), "num_procs": 0, "storage_stats": {}, "cpu_stats": nothing,
        "precpu_stats": nothing, "memory_stats": {},
    }  # fmt: skip
    if not container.running:
        return value
    now = core.clock.now()
    used = (now - container.started) // _SHARE
    count = 1 + sum(found.running for found in container.execs.values())
    limit = container.host["Memory"] or _MEMORY
    lines = container.output.end_of_log
    memory = min(limit, (1 + lines // 1000) * 512 * 1024)
    value |= {
        "read": rfc3339(now), "preread": before["read"] if before else rfc3339(0), "pids_stats": {"current": count},
        "blkio_stats": {name: [] for name in _BLKIO},
        "cpu_stats": {
            "cpu_usage": {
                "total_usage": used, "percpu_usage": [used - used // 2, used // 2],
                "usage_in_kernelmode": used // 3, "usage_in_usermode": used - used // 3,
            },
            "system_cpu_usage": now - container.created + 10**12, "online_cpus": _CPUS,
            "throttling_data": _NO_THROTTLING,
        },
        "precpu_stats": before["cpu_stats"] if before else nothing,
        "memory_stats": {"usage": memory, "max_usage": memory, "stats": _memory(memory, limit), "limit": limit},
    }  # fmt: skip
    networks = [point for point in container.endpoints.values() if point.id and point.mac]
    if networks:
        value["networks"] = {f"eth{number}": _traffic(used, lines) for number in range(len(networks))}
    return value


def _memory(used: int, limit: int) -> dict[str, int]:
    own = [
        "active_anon", "active_file", "cache", "dirty", "inactive_anon", "inactive_file", "mapped_file", "pgfault",
        "pgmajfault", "pgpgin", "pgpgout", "rss", "rss_huge", "unevictable", "writeback",
    ]  # fmt: skip
    value = dict.fromkeys([*own, *(f"total_{name}" for name in own)], 0)
    value |= {"rss": used, "total_rss": used, "hierarchical_memory_limit": limit, "hierarchical_memsw_limit": 2 * limit}
    return dict(sorted(value.items()))


def _traffic(used: int, lines: int) -> dict[str, int]:
    packets = used // 10**8
    return {
        "rx_bytes": 84 * packets, "rx_packets": packets, "rx_errors": 0, "rx_dropped": 0,
        "tx_bytes": 42 * packets + 80 * lines, "tx_packets": packets, "tx_errors": 0, "tx_dropped": 0,
    }  # fmt: skip
