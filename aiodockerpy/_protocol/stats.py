"""The numbers that ``docker stats`` shows, from the counters of a sample: Linux with cgroup v1 or v2, and Windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from aiodockerpy._jsonable import dumpable
from aiodockerpy._protocol.json_paths import is_object
from aiodockerpy._protocol.timestamps import Timestamp

_NOTHING: Final[Mapping[str, Any]] = {}


@dumpable()
class Figures(NamedTuple):
    """What a container used, as the docker command line shows it.

    Attributes:
        cpu_percent: Of one CPU, so that two busy CPUs are 200; ``None`` without a sample before it.
        memory: Bytes in use, without the page cache that could be freed at once.
        memory_limit: Bytes allowed; the machine's memory if there is no limit; 0 on Windows.
        memory_percent: ``memory`` of ``memory_limit``.
        network_received: Bytes received on all interfaces since the start.
        network_sent: Bytes sent.
        block_read: Bytes read from block devices.
        block_written: Bytes written.
        pids: Processes and threads (on Windows processes).
    """

    cpu_percent: float | None
    memory: int
    memory_limit: int
    memory_percent: float
    network_received: int
    network_sent: int
    block_read: int
    block_written: int
    pids: int


def figures(sample: Mapping[str, Any]) -> Figures:
    """Compute the numbers from a sample: the engine's own JSON."""
    windows = _is_windows(sample)
    memory = _part(sample, "memory_stats")
    used = _number(memory, "privateworkingset") if windows else _without_cache(memory)
    limit = 0 if windows else _number(memory, "limit")
    received, sent = _networks(sample)
    read, written = _storage(sample) if windows else _block_devices(sample)
    return Figures(
        cpu_percent=_windows_cpu(sample) if windows else _linux_cpu(sample),
        memory=used,
        memory_limit=limit,
        memory_percent=used / limit * 100 if limit else 0.0,
        network_received=received,
        network_sent=sent,
        block_read=read,
        block_written=written,
        pids=_number(sample, "num_procs") if windows else _number(_part(sample, "pids_stats"), "current"),
    )


def _part(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: dict[str, Any] | None = values.get(name)
    return found if isinstance(found, dict) else _NOTHING


def _number(values: Mapping[str, Any], name: str) -> int:
    found = values.get(name)
    return found if isinstance(found, int) else 0


def _parts(found: Iterable[object] | None) -> Sequence[Mapping[str, Any]]:
    """Return what can be read of a list."""
    return [part for part in found if is_object(part)] if found else ()


def _is_windows(sample: Mapping[str, Any]) -> bool:
    os_type = sample.get("os_type")
    return os_type == "windows" if os_type else bool(sample.get("num_procs") or _part(sample, "storage_stats"))


def _without_cache(memory: Mapping[str, Any]) -> int:
    """Subtract inactive file pages: ``total_inactive_file`` of v1, ``inactive_file`` of v2."""
    usage, counters = _number(memory, "usage"), _part(memory, "stats")
    for name in ("total_inactive_file", "inactive_file"):
        if name in counters and _number(counters, name) < usage:
            return usage - _number(counters, name)
    return usage


def _linux_cpu(sample: Mapping[str, Any]) -> float | None:
    now, before = _part(sample, "cpu_stats"), _part(sample, "precpu_stats")
    if not _number(before, "system_cpu_usage"):
        return None
    used = _number(_part(now, "cpu_usage"), "total_usage") - _number(_part(before, "cpu_usage"), "total_usage")
    whole = _number(now, "system_cpu_usage") - _number(before, "system_cpu_usage")
    cpus = _number(now, "online_cpus") or len(_part(now, "cpu_usage").get("percpu_usage") or ())
    return used / whole * cpus * 100 if used > 0 and whole > 0 else 0.0


def _windows_cpu(sample: Mapping[str, Any]) -> float | None:
    """Compare the intervals of 100 ns that were used with those that all processes could have had."""
    seconds = _seconds(sample)
    if seconds is None:
        return None
    now, before = _part(sample, "cpu_stats"), _part(sample, "precpu_stats")
    used = _number(_part(now, "cpu_usage"), "total_usage") - _number(_part(before, "cpu_usage"), "total_usage")
    possible = seconds * 10_000_000 * _number(sample, "num_procs")
    return used / possible * 100 if possible else 0.0


def _seconds(sample: Mapping[str, Any]) -> float | None:
    """Return the time between the previous sample and this one, if there is a previous one."""
    try:
        now, before = Timestamp.parse(sample["read"]), Timestamp.parse(sample["preread"])
    except (KeyError, TypeError, ValueError):
        return None
    seconds = (now - before).total_seconds()
    return seconds if before and seconds > 0 else None


def _networks(sample: Mapping[str, Any]) -> tuple[int, int]:
    networks = _parts(_part(sample, "networks").values())
    return sum(_number(one, "rx_bytes") for one in networks), sum(_number(one, "tx_bytes") for one in networks)


def _block_devices(sample: Mapping[str, Any]) -> tuple[int, int]:
    totals = {"r": 0, "w": 0}
    for entry in _parts(_part(sample, "blkio_stats").get("io_service_bytes_recursive")):
        kind = str(entry.get("op") or "")[:1].lower()
        if kind in totals:
            totals[kind] += _number(entry, "value")
    return totals["r"], totals["w"]


def _storage(sample: Mapping[str, Any]) -> tuple[int, int]:
    storage = _part(sample, "storage_stats")
    return _number(storage, "read_size_bytes"), _number(storage, "write_size_bytes")
