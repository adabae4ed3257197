"""Plugins that do nothing: a managed one of one static program, and one of this process."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import subprocess
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest

from tests.lab import paths
from tests.lab.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.conftest import EngineUnderTest

__all__ = ["driver_of_no_kind", "plugin_archive"]

ACTIVATED = b'{"Implements": []}'

_PROGRAM = """
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(void) {
    signal(SIGTERM, _exit);  /* or the engine waits ten seconds before it kills it */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, "/run/docker/plugins/idle.sock");
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    unlink(address.sun_path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 8)) return 1;
    for (;;) { int peer = accept(listener, 0, 0); if (peer >= 0) close(peer); }
}
"""


def plugin_archive(folder: Path) -> bytes:
    """Build the program and pack it as ``docker plugin create`` does."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("a C compiler is needed to make a plugin")
    source, program = folder / "idle.c", folder / "idle"
    source.write_text(_PROGRAM)
    subprocess.run([compiler, "-static", "-Os", "-s", "-o", program, source], check=True, capture_output=True)
    config = {
        "description": "listens and does nothing",
        "documentation": "https://example.com",
        "entrypoint": ["/idle"],
        "interface": {"types": ["docker.idle/1.0"], "socket": "idle.sock"},
        "network": {"type": ""},
        "env": [{"name": "LEVEL", "description": "of nothing", "settable": ["value"], "value": "0"}],
        "linux": {"capabilities": [], "allowAllDevices": False, "devices": None},
        "mounts": [],
        "workdir": "/",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        _add(tar, "config.json", json.dumps(config).encode(), 0o644)
        for path in ("rootfs", "rootfs/run", "rootfs/run/docker", "rootfs/run/docker/plugins"):
            directory = tarfile.TarInfo(path)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(directory)
        _add(tar, "rootfs/idle", program.read_bytes(), 0o755)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), mode
    tar.addfile(info, io.BytesIO(data))


@pytest.fixture
def driver_of_no_kind(engine: EngineUnderTest) -> Iterator[None]:
    """A plugin ``nonsense`` that implements nothing, in an engine of the lab.

    It is refused at once, while engines look for a plugin that is not there for a quarter of a minute. It is served by a thread of
    its own: engines ask it also while the test's loop is blocked by docker-py.
    """
    if engine.role == "given":
        yield
        return
    place = paths.runtime(f"{engine.role}/run/docker/plugins") / "nonsense.sock"
    place.unlink(missing_ok=True)
    ready, stop = threading.Event(), asyncio.Event()
    with asyncio.Runner() as runner:
        serve = threading.Thread(target=lambda: runner.run(_serve(place, ready, stop)))
        serve.start()
        ready.wait()
        yield
        runner.get_loop().call_soon_threadsafe(stop.set)
        serve.join()
    place.unlink(missing_ok=True)


async def _serve(place: Path, ready: threading.Event, stop: asyncio.Event) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.plugins.v1.1+json\r\n"
            writer.write(head + b"Content-Length: %d\r\n\r\n" % len(ACTIVATED) + ACTIVATED)

    async with serving(answer, path=place):
        ready.set()
        await stop.wait()
