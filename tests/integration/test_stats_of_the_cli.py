"""The numbers of ``docker stats``, by the command line of each engine from the very samples that this library reads.

Both ask an engine that gives one sample only: a real one of a machine with cgroup v1, and such as machines with cgroup v2
and with Windows send.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from pathlib import Path

import pytest

import aiodockerpy
from tests.lab.serving import serving

pytestmark = pytest.mark.every_version

SEEN = Path(__file__).parents[1] / "models" / "seen"
CPU = {
    "cpu_stats": {
        "cpu_usage": {"total_usage": 9_000_000_000},
        "system_cpu_usage": 71_000_000_000,
        "online_cpus": 4,
    },
    "precpu_stats": {
        "cpu_usage": {"total_usage": 8_432_100_000},
        "system_cpu_usage": 67_000_000_000,
        "online_cpus": 4,
    },
}
NETWORKS = {
    "eth0": {"rx_bytes": 1_234_567, "tx_bytes": 89_012},
    "eth1": {"rx_bytes": 999, "tx_bytes": 5_000_000_000},
}
CGROUP_V2 = {
    **CPU,
    "id": "a" * 64,
    "name": "/second",
    "read": "2026-11-25T13:31:25.722180008Z",
    "preread": "2026-11-25T13:31:24.718396060Z",
    "memory_stats": {
        "usage": 123_456_789,
        "limit": 536_870_912,
        "stats": {"anon": 1, "file": 50_000_000, "inactive_file": 23_456_789, "active_file": 7},
    },
    "networks": NETWORKS,
    "pids_stats": {"current": 17, "limit": 18446744073709551615},
    "blkio_stats": {
        "io_service_bytes_recursive": [
            {"major": 8, "minor": 0, "op": "read", "value": 4_096_000},
            {"major": 8, "minor": 0, "op": "write", "value": 12_288},
            {"major": 8, "minor": 16, "op": "read", "value": 512},
        ],
        "io_serviced_recursive": None,
    },
}
WINDOWS = {
    "id": "b" * 64,
    "name": "/third",
    "read": "2026-11-25T13:31:26.000000000Z",
    "preread": "2026-11-25T13:31:25.000000000Z",
    "num_procs": 4,
    "cpu_stats": {"cpu_usage": {"total_usage": 91_234_567}},
    "precpu_stats": {"cpu_usage": {"total_usage": 81_000_000}},
    "memory_stats": {"commitbytes": 90_000_000, "commitpeakbytes": 91_000_000, "privateworkingset": 45_678_901},
    "storage_stats": {"read_size_bytes": 7_000_000, "write_size_bytes": 1_500},
    "networks": NETWORKS,
}


def seen(version):
    return json.loads((SEEN / version / "ContainerStats.json").read_bytes())


SAMPLES = {
    "cgroup v1 of 20.10": ("linux", seen("20.10")),
    "cgroup v1 of 28.5": ("linux", seen("28.5")),
    "cgroup v2": ("linux", CGROUP_V2),
    "windows": ("windows", WINDOWS),
}


@contextlib.asynccontextmanager
async def engine_of_one_sample(system, sample):
    """Answer everything with the sample, as far as it is a question about statistics."""

    async def serve(reader, writer):
        while True:
            target = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)
            body = b"" if target[0] == b"HEAD" else json.dumps(sample).encode() if b"/stats" in target[1] else b"{}"
            head = f"Api-Version: 1.41\r\nOstype: {system}\r\nServer: Docker/28.5.2 ({system})\r\n"
            writer.write(f"HTTP/1.1 200 OK\r\n{head}Content-Type: application/json\r\n".encode())
            writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    with tempfile.TemporaryDirectory(prefix="adpstats") as folder:
        async with serving(serve, path=f"{folder}/docker.sock"):
            yield f"unix://{folder}/docker.sock"


def size(count, base, digits, names):
    """Write a number of bytes as the command line does."""
    step = 0
    while count >= base and step < len(names) - 1:
        count, step = count / base, step + 1
    return f"{count:.{digits}g}{names[step]}"


def binary(count):
    return size(count, 1024, 4, ["B", "KiB", "MiB", "GiB", "TiB"])


def decimal(count):
    return size(count, 1000, 3, ["B", "kB", "MB", "GB", "TB"])


@pytest.mark.parametrize("name", SAMPLES)
async def test_the_figures_are_those_of_the_command_line(docker_cli, name):
    system, sample = SAMPLES[name]
    async with engine_of_one_sample(system, sample) as url, aiodockerpy.DockerClient(url) as client:
        process = await asyncio.create_subprocess_exec(
            *(docker_cli.path, "--host", url, "stats", "--no-stream", "--format", "{{json .}}", "it"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        shown = json.loads(out)
        figures = (await client.api.containers.stats("it", stream=False)).figures
    memory = (
        binary(figures.memory) if system == "windows" else f"{binary(figures.memory)} / {binary(figures.memory_limit)}"
    )
    assert shown["CPUPerc"] == f"{figures.cpu_percent:.2f}%"
    assert shown["MemUsage"] == memory
    assert shown["NetIO"] == f"{decimal(figures.network_received)} / {decimal(figures.network_sent)}"
    assert shown["BlockIO"] == f"{decimal(figures.block_read)} / {decimal(figures.block_written)}"
    if system != "windows":
        assert shown["MemPerc"] == f"{figures.memory_percent:.2f}%"
        assert shown["PIDs"] == str(figures.pids)
