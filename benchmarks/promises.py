"""The same faults for aiodockerpy, aiodocker and docker-py: ``python -m benchmarks.promises``, on the test lab.

Every client meets every fault in a process of its own (`benchmarks.probes`), with a deadline, so that one that hangs is
a result. It prints a row of Markdown for each fault; ``--json`` keeps them for the documentation.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import aiodockerpy
from benchmarks.__main__ import about, engine
from benchmarks.faults import row
from benchmarks.probes import CLIENTS
from tests.lab import certs
from tests.lab.faults import FaultProxy, Faults
from tests.lab.private import PrivateEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiodockerpy.resources.container import Container

DEADLINE = 30
OTHER_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""With these in the environment docker-py looks at no certificate authority that it is given."""
TAGS = 3200
"""Events for somebody who does not read: more than the engine and the socket hold."""
Seen: TypeAlias = dict[str, Any]
Verdict: TypeAlias = tuple[bool | None, str]


class Probe:
    """One client in its process."""

    def __init__(self, client: str, name: str, given: dict[str, Any]) -> None:
        self._words = [client, name, json.dumps(given)]
        self.seen: Seen | None = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "benchmarks.probes", *self._words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=1 << 20,
            env={name: value for name, value in os.environ.items() if name not in OTHER_AUTHORITIES},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def until(self, word: str) -> None:
        """Wait for a word of the process, or its end."""
        assert self._process.stdout is not None
        while self.seen is None and (line := await self._process.stdout.readline()):
            if line.startswith(b"seen "):
                self.seen = json.loads(line[5:])
            if line.strip() == word.encode():
                return

    def go(self) -> None:
        """Let it go on."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")

    async def result(self, deadline: float = DEADLINE) -> Seen:
        """Wait until it has seen what there is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline):
                await self.until("")
        return self.seen or {"hangs": True}


@dataclass(frozen=True, slots=True)
class Scene:
    """Where everything is.

    Attributes:
        url: The engine.
        client: Of that engine, to prepare things.
        private: An engine that may be killed, with TLS.
        prefix: Of names.
    """

    url: str
    client: aiodockerpy.DockerClient
    private: PrivateEngine
    prefix: str

    @contextlib.asynccontextmanager
    async def container(
        self, command: list[str], client: aiodockerpy.DockerClient | None = None, **options: Any
    ) -> AsyncIterator[Container]:
        """Have a container for a while."""
        name = f"{self.prefix}{uuid.uuid4().hex[:8]}"
        made: Container = await (client or self.client).containers.run(
            "busybox:1", command, name=name, detach=True, init=True, network_mode="none", **options
        )
        try:
            yield made
        finally:
            with contextlib.suppress(aiodockerpy.errors.DockerException):
                await made.remove(force=True)

    @contextlib.asynccontextmanager
    async def box(self) -> AsyncIterator[Container]:
        """Have a container in which processes are started."""
        async with self.container(["sleep", "1000"]) as made:
            yield made


async def simple(who: str, name: str, given: dict[str, Any], deadline: float = DEADLINE) -> Seen:
    """Run a probe that no fault is made for at a certain moment."""
    async with Probe(who, name, given) as probe:
        probe.go()
        return await probe.result(deadline)


async def through(
    scene: Scene, who: str, name: str, given: dict[str, Any], faults: Faults, *, tcp: bool = False
) -> Seen:
    """Run a probe behind a proxy whose fault begins when the probe is ready."""
    async with FaultProxy(scene.url, tcp=tcp) as proxy, Probe(who, name, {**given, "url": proxy.url}) as probe:
        await probe.until("ready")
        proxy.faults = faults
        probe.go()
        return {**await probe.result(), "accepted": proxy.accepted, "sent": proxy.bytes_to_engine}


def failed(seen: Seen) -> str:
    """Tell of an exception."""
    return f"`{seen['raised']}`"


def told(seen: Seen, holds: Callable[[Any], bool], text: Callable[[Any], str], *, raises: bool = False) -> Verdict:
    """Judge what was seen."""
    if seen.get("hangs"):
        return False, "hangs"
    if "no_way" in seen:
        return seen["kept"], seen["no_way"]
    if "raised" in seen:
        return raises, failed(seen)
    return holds(seen["returned"]), text(seen["returned"])


# ---- the promises


async def left_early(scene: Scene, who: str) -> Verdict:
    async with scene.container(["sh", "-c", "while :; do echo line; sleep 0.01; done"]) as talks:
        seen = await simple(who, "leave", {"url": scene.url, "container": talks.id})
    return told(seen, lambda files: files <= 1, lambda files: f"{files:+d} files")


async def cancelled_read(scene: Scene, who: str) -> Verdict:
    count = 200_000
    size = sum(len(f"{n}\n") for n in range(1, count + 1))
    async with scene.box() as box:
        given = {"url": scene.url, "container": box.id, "command": ["seq", str(count)]}
        seen = await simple(who, "timeouts", given)
    return told(seen, lambda got: got == size, lambda got: f"{size - got:,} of {size:,} bytes lost")


async def end_of_input(scene: Scene, who: str) -> Verdict:
    async with scene.box() as box:
        return await _echoed(who, {"url": scene.url, "container": box.id})


async def end_of_input_tls(scene: Scene, who: str) -> Verdict:
    await _until_reachable(scene.private)
    async with _private_client(scene) as client, scene.container(["sleep", "1000"], client) as box:
        return await _echoed(who, {"url": scene.private.tls_url, "certs": str(certs.folder()), "container": box.id})


async def _until_reachable(private: PrivateEngine) -> None:
    """Wait until the network knows an engine that was just started."""
    folder = certs.folder()
    tls = aiodockerpy.TLSConfig(client_cert=(folder / "cert.pem", folder / "key.pem"), ca_cert=folder / "ca.pem")
    async with aiodockerpy.DockerClient(private.tls_url, tls=tls, connect_timeout=60) as client:
        await client.ping()


async def _echoed(who: str, given: dict[str, Any]) -> Verdict:
    size = 2_000_000
    given = {**given, "command": ["cat"], "size": size, "must_end": True}
    seen = await simple(who, "input", given, 15)
    return told(seen, lambda got: got == size, lambda got: f"{got:,} of {size:,} bytes come back")


async def unread_input(scene: Scene, who: str) -> Verdict:
    async with scene.box() as box:
        given = {"url": scene.url, "container": box.id, "command": ["true"], "size": 26_000_000}
        seen = await simple(who, "input", given, 15)
    return told(seen, lambda _: True, lambda _: "ends")


async def reset(scene: Scene, who: str) -> Verdict:
    whole = 150_000
    async with scene.box() as box:
        command = ["sh", "-c", f"head -c {whole} /dev/zero; sleep 1000"]
        given = {"container": box.id, "command": command, "unread": 1_000_000}
        async with FaultProxy(scene.url, tcp=True) as proxy, Probe(who, "output", {**given, "url": proxy.url}) as probe:
            await probe.until("ready")
            probe.go()
            await probe.until("reading")
            await proxy.until(lambda it: it.bytes_to_client > whole)
            await asyncio.sleep(0.3)
            await proxy.cut_all(reset=True)
            seen = await probe.result()
    text = f"{seen.get('size', 0):,} of {whole:,} bytes, then {_end(seen)}"
    return "raised" in seen and seen["size"] == whole, text


def _end(seen: Seen) -> str:
    return "hangs" if seen.get("hangs") else failed(seen) if "raised" in seen else "a normal end"


async def killed(scene: Scene, who: str) -> Verdict:
    private = scene.private
    async with _private_client(scene) as client, scene.container(["sleep", "1000"], client) as box:
        given = {
            "url": private.url,
            "container": box.id,
            "command": ["sh", "-c", "while :; do echo line; sleep 0.01; done"],
        }
        async with Probe(who, "output", given) as probe:
            await probe.until("ready")
            probe.go()
            await probe.until("reading")
            await private.kill()
            seen = await probe.result()
            await private.start()
    return "raised" in seen, _end(seen)


async def cut_logs(scene: Scene, who: str) -> Verdict:
    async with scene.container(["seq", "100000"]) as done:
        await done.wait()
        seen = await through(scene, who, "logs", {"container": done.id}, Faults(cut_after=200_000))
    return told(seen, lambda _: False, lambda size: f"{size:,} bytes, as if it were all", raises=True)


async def cut_archive(scene: Scene, who: str) -> Verdict:
    async with scene.box() as box:
        seen = await through(scene, who, "archive", {"container": box.id}, Faults(cut_after=200_000))
    return told(seen, lambda _: False, lambda size: f"{size:,} bytes, as if it were all", raises=True)


async def slow_reader(scene: Scene, who: str) -> Verdict:
    async with scene.box() as box:
        seen = await simple(who, "sleeper", {"url": scene.url, "container": box.id, "command": ["yes"]})
    return told(seen, lambda size: size < 4 << 20, lambda size: f"{size / 2**20:+.1f} MiB")


async def long_line(scene: Scene, who: str) -> Verdict:
    script = "head -c 3000000 /dev/zero | tr '\\0' x; echo"
    async with scene.container(["sh", "-c", script], tty=True) as done:
        await done.wait()
        seen = await simple(who, "lines", {"url": scene.url, "container": done.id})
    return told(
        seen, lambda got: got[0] == got[2] + 1, lambda got: f"{got[0]:,} pieces, {got[2]:,} of them say that they go on"
    )


async def failed_push(scene: Scene, who: str) -> Verdict:
    image = "127.0.0.1:1/nobody"
    await scene.client.api.images.tag("busybox:1", repo=image, tag="latest")
    try:
        seen = await simple(who, "push", {"url": scene.url, "image": image})
    finally:
        await scene.client.api.images.remove(f"{image}:latest", noprune=True)
    return told(seen, lambda _: False, lambda _: "returns, the error is in the text", raises=True)


async def many_streams(scene: Scene, who: str) -> Verdict:
    async with scene.container(["sh", "-c", "while :; do echo line; sleep 1; done"]) as talks:
        given = {"url": scene.url, "container": talks.id, "count": 120}
        seen = await simple(who, "followers", given)
    return told(seen, lambda _: True, lambda seconds: f"answered in {seconds * 1000:.0f} ms")


async def crowded(scene: Scene, who: str) -> Verdict:
    count = 4 if who == "aiodockerpy" else 100
    seen = await through(scene, who, "crowded", {"count": count, "impatient": True}, Faults(stall_after=0))
    if "raised" not in seen:
        return told(seen, lambda _: False, lambda _: "")
    return f"{count} slots" in seen["text"], f"{failed(seen)}: {seen['text'] or 'without a text'}"


async def silent_repeat(scene: Scene, who: str) -> Verdict:
    async with (
        scene.box() as box,
        FaultProxy(scene.url) as proxy,
        Probe(who, "remove", {"container": box.id, "url": proxy.url}) as probe,
    ):
        await probe.until("ready")
        proxy.faults = Faults(execute_then_cut=True)
        probe.go()
        seen = await probe.result()
    count = proxy.requests["DELETE"]
    return "raised" in seen and count == 1, f"sent {count} times, {_end(seen)}" if count != 1 else _end(seen)


async def after_restart(scene: Scene, who: str) -> Verdict:
    async with Probe(who, "ping", {"url": scene.private.url}) as probe:
        await probe.until("ready")
        await scene.private.restart()
        probe.go()
        return told(await probe.result(), lambda _: True, lambda _: "the next call works")


async def refused_upload(scene: Scene, who: str) -> Verdict:
    async with scene.box() as box:
        seen = await through(scene, who, "upload", {"container": box.id, "size": 64_000_000}, Faults())
    if "raised" not in seen:
        return told(seen, lambda _: False, str)
    known = "no such" in seen["text"].lower() or "could not find" in seen["text"].lower()
    return known, f"{failed(seen)}{'' if known else ' without the reason'}, {seen['sent'] / 1e6:.0f} MB sent"


async def unread_events(scene: Scene, who: str) -> Verdict:
    async with Probe(who, "events", {"url": scene.url}) as probe:
        await probe.until("ready")
        seconds = await _tag(scene, TAGS)
        probe.go()
        seen = await probe.result()
    rate = f"; {TAGS / seconds:,.0f} events a second"
    return told(
        seen,
        lambda got: sum(got) == TAGS,
        lambda got: f"{got[0]:,} of {TAGS:,} read, {got[1]:,} reported as lost{rate}",
    )


async def cut_events(scene: Scene, who: str) -> Verdict:
    async with FaultProxy(scene.url) as proxy, Probe(who, "events", {"url": proxy.url}) as probe:
        await probe.until("ready")
        await _tag(scene, 1)
        await asyncio.sleep(0.5)
        await proxy.cut_all()
        await _tag(scene, 10)
        probe.go()
        seen = await probe.result()
    return told(seen, lambda got: got[0] == 11, lambda got: f"{got[0]} of 11 come", raises=True)


async def _tag(scene: Scene, count: int) -> float:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for _ in range(count):
        await scene.client.api.images.tag("busybox:1", repo=f"{scene.prefix}tagged", tag="latest")
    return loop.time() - begin


async def cut_wait(scene: Scene, who: str) -> Verdict:
    async with (
        scene.container(["sh", "-c", "sleep 8; exit 7"]) as runs,
        FaultProxy(scene.url) as proxy,
        Probe(who, "wait", {"url": proxy.url, "container": runs.id}) as probe,
    ):
        await probe.until("ready")
        await proxy.until(lambda it: it.requests["POST"] > 0)
        await asyncio.sleep(0.3)
        await proxy.cut_all()
        probe.go()
        seen = await probe.result()
    return told(seen, lambda code: code == 7, lambda code: f"exit code {code}", raises=False)


async def empty_id(scene: Scene, who: str) -> Verdict:
    return await _inspected(scene, who, "")


async def newline_in_id(scene: Scene, who: str) -> Verdict:
    return await _inspected(scene, who, "x/json HTTP/1.1\r\nX-Injected: yes\r\n\r\n")


async def _inspected(scene: Scene, who: str, name: str) -> Verdict:
    seen = await through(scene, who, "inspect", {"name": name}, Faults())
    return told(seen, lambda _: False, lambda found: f"returns {found}", raises=True)


PROMISES: dict[str, Callable[[Scene, str], Awaitable[Verdict]]] = {
    "3. 20 followers of logs left with `break`": left_early,
    "5. Output read under timeouts of 0 to 3 ms": cancelled_read,
    "9. `cat` with 2 MB of input that ends": end_of_input,
    "9. The same over TLS": end_of_input_tls,
    "10. `true` with 26 MB of input": unread_input,
    "11. A reset after 150,000 bytes, with input that is not read": reset,
    "12. The engine is killed during an exec": killed,
    "14. Logs cut at 200,000 bytes": cut_logs,
    "14. An archive cut at 200,000 bytes": cut_archive,
    "17. The reader of `yes` sleeps for 8 s": slow_reader,
    "18. A line of 3 MB of a container with a terminal": long_line,
    "22. A push that fails after the status 200": failed_push,
    "23. A call beside 120 followers of logs": many_streams,
    "24. All connections are busy": crowded,
    "25. The connection dies before the answer to a DELETE": silent_repeat,
    "26. The engine is restarted between two calls": after_restart,
    "27. An upload of 64 MB that is refused at once": refused_upload,
    f"32. {TAGS:,} events while none is read": unread_events,
    "33. 10 events while the connection is cut": cut_events,
    "36. A wait whose connection is cut": cut_wait,
    "42. An empty id": empty_id,
    "42. An id with newlines": newline_in_id,
}


@contextlib.asynccontextmanager
async def _private_client(scene: Scene) -> AsyncIterator[aiodockerpy.DockerClient]:
    async with aiodockerpy.DockerClient(scene.private.url) as client:
        yield client


async def compare(url: str, names: list[str]) -> AsyncIterator[tuple[str, dict[str, Verdict]]]:
    """Run the promises whose names begin with one of these, with all clients; yield what each of them saw."""
    prefix = f"promises{uuid.uuid4().hex[:8]}-"
    async with aiodockerpy.DockerClient(url) as client, PrivateEngine("new", tls_certificate="server") as private:
        scene = Scene(url, client, private, prefix)
        try:
            for name, promise in PROMISES.items():
                if not names or any(name.startswith(given) for given in names):
                    yield name, {who: await promise(scene, who) for who in CLIENTS}
        finally:
            with contextlib.suppress(aiodockerpy.errors.ImageNotFound):
                await client.api.images.remove(f"{prefix}tagged:latest", noprune=True)


async def main() -> None:
    """Compare, print each row as it comes, and keep what was seen."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="the beginning of a promise, such as 12")
    parser.add_argument("--json", type=Path, metavar="PATH", help="keep the verdicts in this file")
    options = parser.parse_args()
    url = engine()
    seen: dict[str, dict[str, Verdict]] = {}
    async with contextlib.aclosing(compare(url, options.names)) as rows:
        async for name, verdicts in rows:
            seen[name] = verdicts
            print(row(name, verdicts), flush=True)
    if options.json:
        kept = json.loads(options.json.read_text())["seen"] if options.json.exists() else {}
        found = {name: (kept | seen)[name] for name in PROMISES if name in kept | seen}
        record = {"about": await about(url), "seen": found}
        options.json.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
