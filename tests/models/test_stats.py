from __future__ import annotations

from pathlib import Path

import pytest

from aiodockerpy.models import ContainerStats
from tests.models.answers import nothing_unknown, read

SEEN = Path(__file__).parent / "seen"


@pytest.mark.parametrize("engine", ["20.10", "26.1", "28.5"])
def test_a_reading(engine: str) -> None:
    found = ContainerStats.from_wire((SEEN / engine / "ContainerStats.json").read_bytes())
    assert found.read is not None
    assert found.preread is not None
    assert 0 < found.read.unix_nano - found.preread.unix_nano < 3_000_000_000
    assert found.cpu_stats is not None
    assert found.cpu_stats.cpu_usage is not None
    assert found["cpu_stats"]["cpu_usage"]["total_usage"] == found.cpu_stats.cpu_usage.total_usage
    assert found.memory_stats is not None
    assert found.memory_stats.stats is not None
    assert found.memory_stats.stats["hierarchical_memory_limit"] == 9223372036854771712


def test_a_stopped_container() -> None:
    found = read(
        ContainerStats,
        {
            "read": "0001-01-01T00:00:00Z",
            "preread": "0001-01-01T00:00:00Z",
            "pids_stats": {},
            "blkio_stats": {"io_service_bytes_recursive": None, "sectors_recursive": None},
            "cpu_stats": {"cpu_usage": {"total_usage": 0}, "throttling_data": {"periods": 0}},
            "memory_stats": {},
        },
    )
    nothing_unknown(found)
    assert not found.read


def test_numbers_above_63_bits() -> None:
    found = read(ContainerStats, {"pids_stats": {"limit": 2**64 - 1}, "memory_stats": {"stats": {"x": 2**64 - 1}}})
    assert found.pids_stats is not None
    assert found.pids_stats.limit == 2**64 - 1
