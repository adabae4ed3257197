"""Waiting until a container is ready, by its log, by what it listens on, and by a command; and where it is reached."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.resources._readiness.endpoint import Place, choose
from tests.integration.conftest import GIVEN_HOST
from tests.lab.faults import FaultProxy
from tests.lab.sandbox import Sandbox

IMAGE = "busybox:1"
SERVE = "exec httpd -f -p 80 -h /etc"


async def shell(client, name, script, **options):
    return await client.containers.run(IMAGE, ["sh", "-c", script], name=name, detach=True, **options)


# ---- logs


async def test_a_line_of_the_log_is_waited_for(client, prefix):
    """Before the start, and after the line was written; of one stream, and the second one of them."""
    script = "echo ready on port 1; sleep 0.3; echo ready on port 2; echo ready on port 3 >&2; exec sleep 1000"
    box = await client.containers.create(IMAGE, ["sh", "-c", script], name=f"{prefix}a")
    async with asyncio.TaskGroup() as group:
        first = group.create_task(box.wait_log(r"port (\d)", timeout=60))
        second = group.create_task(box.wait_log(re.compile(r"PORT (\d)", re.IGNORECASE), times=2, timeout=60))
        third = group.create_task(box.wait_log(r"port (\d)", stream="stderr", timeout=60))
        await asyncio.sleep(0.2)
        assert not any(task.done() for task in (first, second, third))
        await box.start()
    found = [first.result(), *await asyncio.gather(second, third)]
    assert [match[1] for match in found] == ["1", "2" if found[1][1] == "2" else "3", "3"]
    assert (await box.wait_log("port 2")).string == "ready on port 2"
    assert client.diagnostics().streams == ()


async def test_each_run_counts_from_its_beginning(client, prefix):
    box = await shell(client, f"{prefix}a", "test -e /again || echo ready; touch /again; exec sleep 1000")
    await box.wait_log("ready", timeout=60)
    await box.restart(timeout=0)
    with pytest.raises(errors.DeadlineExceeded, match=r"it is running; 0 of 1 lines were found$"):
        await box.wait_log("ready", timeout=0.7)


async def test_a_container_that_the_engine_restarts_is_waited_for(client, prefix):
    script = "echo x >> /runs; if [ $(wc -l < /runs) -ge 3 ]; then echo ready; exec sleep 1000; fi; echo failed; exit 1"
    box = await shell(client, f"{prefix}a", script, restart_policy="always")
    await box.wait_log("ready", timeout=60)
    with pytest.raises(errors.DeadlineExceeded):
        await box.wait_log("failed", timeout=0.5)


async def test_the_end_of_the_container_ends_every_wait_with_its_last_lines(client, prefix):
    options = {"restart_policy": "no", "ports": {80: None}}
    box = await shell(client, f"{prefix}a", "echo starting; sleep 1.5; echo no database >&2; exit 7", **options)
    results = await asyncio.gather(
        box.wait_log("ready"),
        box.wait_log("starting", times=2),
        box.wait_listening(80),
        box.wait_exec(["false"], interval=100),
        box.wait_until(lambda seen: seen.status == "paused"),
        return_exceptions=True,
    )
    for error in results:
        assert isinstance(error, errors.ContainerNotReady), error
        assert error.exit_code == 7
        assert sorted(error.last_lines) == ["no database", "starting"]
        assert "no database" in str(error)
    assert "ready: 2 lines that match 'starting'" in str(results[1])
    with pytest.raises(errors.ContainerNotReady, match="it does not run with exit code 7"):
        await box.endpoint(80)
    assert await box.wait_log("no database") is not None  # it was written
    for wait in (box.wait_listening(80), box.wait_exec("true")):
        with pytest.raises(errors.ContainerNotReady, match="exit code 7"):
            await wait


async def test_what_cannot_be_waited_for_is_refused(client, prefix):
    box = await shell(client, f"{prefix}a", "exec sleep 1000", tty=True)
    with pytest.raises(errors.InvalidArgument, match="stream: a container with a terminal"):
        await box.wait_log("x", stream="stderr")
    with pytest.raises(errors.InvalidValue, match="times"):
        await box.wait_log("x", times=0)
    with pytest.raises(errors.InvalidValue, match=r"pattern.*regular expression"):
        await box.wait_log("(")
    with pytest.raises(errors.InvalidValue, match="ports must be TCP ports, not '53/udp'"):
        await box.wait_listening("53/udp")
    for wait in (box.wait_listening, box.wait_ports, box.endpoint):
        for port in ("80-82", "80-82/tcp", "80/", "/tcp", "http/tcp"):
            with pytest.raises(
                errors.InvalidValue, match=f"ports? must be one port such as 80 or '53/udp', not '{port}'"
            ):
                await wait(port)
    with pytest.raises(errors.InvalidArgument, match="at least one port"):
        await box.wait_listening()
    with pytest.raises(errors.InvalidArgument, match=r"80/tcp .* is not published"):
        await box.endpoint(80)


async def test_a_removed_container_is_waited_for_no_longer(client, prefix):
    box = await shell(client, f"{prefix}a", "echo begun; exec sleep 1000")
    waits = [asyncio.create_task(wait) for wait in (box.wait_log("x"), box.wait_exec("false"), box.wait_listening(80))]
    await box.wait_log("begun")
    await (await client.containers.get(box.id)).remove(force=True)
    for wait in waits:
        with pytest.raises((errors.NotFound, errors.ContainerNotReady)):
            await wait


async def test_a_cut_connection_loses_no_line(engine, client, prefix):
    box = await shell(
        client, f"{prefix}a", "echo ready; while ! test -e /go; do sleep 0.1; done; echo ready; sleep 1000"
    )
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        seen = await cut.containers.get(box.id)
        waiting = asyncio.create_task(seen.wait_log("ready", times=2, timeout=60))
        await seen.wait_log("ready")
        await proxy.cut_all()
        await box.exec_run(["touch", "/go"])
        await waiting


# ---- commands and ports


async def test_a_command_is_run_until_it_succeeds(client, prefix):
    box = await client.containers.create(IMAGE, ["sh", "-c", "sleep 0.7; touch /ready; sleep 1000"], name=f"{prefix}a")
    waiting = asyncio.create_task(
        box.wait_exec("sh -c 'test -e /ready && echo $X'", environment={"X": "yes"}, interval=0.1, timeout=60)
    )
    await asyncio.sleep(0.2)
    await box.start()
    result = await waiting
    assert (result.exit_code, result.output) == (0, b"yes\n")
    late = r"within 1 s \(timeout\): it is running; the command exited with 3: soon"
    with pytest.raises(errors.DeadlineExceeded, match=late):
        await box.wait_exec(["sh", "-c", "echo soon; exit 3"], interval=0.1, timeout=1)
    with pytest.raises(errors.DeadlineExceeded, match="the command was not run to its end"):
        await box.wait_exec(["sleep", "777"], timeout=0.5)
    stubborn = "trap 'touch /asked' TERM; touch /begun; while :; do sleep 0.1; done; : 777"
    with pytest.raises(errors.DeadlineExceeded):
        await box.wait_exec(["sh", "-c", stubborn], timeout=1)
    _, processes = await box.exec_run(["ps"])
    assert b"777" not in processes
    assert not await box.exists("/asked")  # it is killed at once: there is no time to ask it


async def answers(host, port):
    """Whether the server in the container answers."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"GET /hostname HTTP/1.0\r\n\r\n")
        async with asyncio.timeout(10):
            return (await reader.read(4)) == b"HTTP"
    finally:
        writer.close()


async def test_a_loopback_address_is_not_reached_and_does_not_count(client, prefix):
    box = await shell(client, f"{prefix}a", f"httpd -p 127.0.0.1:81; {SERVE}")
    other = await shell(client, f"{prefix}b", "exec sleep 1000", network_mode=f"container:{box.id}")
    await other.wait_listening(80, 81, timeout=60)
    with pytest.raises(errors.DeadlineExceeded, match=r"it listens on 127\.0\.0\.1:81, .*:80 \(a loopback address"):
        await box.wait_listening(80, 81, timeout=0.7)


@pytest.mark.skipif(GIVEN_HOST is not None, reason="needs an engine whose ports are reached by TCP")
async def test_without_cat_the_port_is_connected_to(engine, client, prefix):
    async with aiodockerpy.DockerClient(engine.tcp_url) as remote:
        script = f"rm /bin/cat; while ! test -e /go; do sleep 0.1; done; {SERVE}"
        box = await shell(remote, f"{prefix}a", script, ports={80: None})
        await box.wait_exec(["sh", "-c", "! test -e /bin/cat"], timeout=60)
        with pytest.raises(errors.DeadlineExceeded, match="its image has no cat"):
            await box.wait_listening(80, timeout=0.7)
        await box.exec_run(["touch", "/go"])
        await box.wait_listening(80, timeout=60)
        with pytest.raises(errors.InvalidArgument, match=r"81/tcp .* is not published"):
            await box.wait_listening(81, timeout=60)


# ---- endpoints


async def test_a_port_is_reached_from_another_machine(engine, prefix):
    """By the name of the engine's machine; the new port after a restart; not what is published at a loopback address."""
    if not engine.tcp_url:
        pytest.skip("needs an engine by TCP")
    async with aiodockerpy.DockerClient(engine.tcp_url) as client:
        ports = {80: None, 81: ("127.0.0.1", None), 82: [("127.0.0.1", 28082), 28083]}
        box = await shell(client, f"{prefix}a", SERVE, ports=ports)
        await box.wait_listening(80, timeout=60)
        before = await box.endpoint(80)
        assert before.host == client.host.name
        assert await answers(*before)
        assert str(before) == f"{before.host}:{before.port}"
        with pytest.raises(
            errors.InvalidArgument, match=r"at 127\.0\.0\.1:\d+, which cannot be reached from another mac"
        ):
            await box.endpoint(81)
        assert await box.endpoint(82) == (client.host.name, 28083)
        with pytest.raises(errors.InvalidArgument, match="cannot be reached by IPv6"):
            await box.endpoint(80, family=6)
        await box.restart(timeout=0)
        await box.wait_listening(80, timeout=60)
        assert await answers(*await box.endpoint(80))
        host = await shell(client, f"{prefix}b", "exec sleep 1000", network_mode="host")
        assert await host.endpoint(7000) == (client.host.name, 7000)
        sharing = await shell(client, f"{prefix}c", "exec sleep 1000", network_mode=f"container:{box.id}")
        assert await sharing.endpoint(80) == await box.endpoint(80)


PROGRAM = """
import asyncio, json, sys
import aiodockerpy
from aiodockerpy._transport.sockets.dial import stays_open

async def main():
    found = []
    async with aiodockerpy.from_env() as client:
        box = await client.containers.get(sys.argv[1])
        host, port = await box.endpoint(80)
        reader, writer = await asyncio.open_connection(host, port)
        writer.close()
        found.append(await stays_open(host, port, seconds=0.05, timeout=5))
        await box.exec_run(["touch", "/go"])
        await box.wait_listening(80, "80/tcp", timeout=60)
        for family in (None, 4, 6):
            host, port = await box.endpoint(80, family)
            found.append([host, await stays_open(host, port, seconds=0.05, timeout=5)])
    print(json.dumps(found))

asyncio.run(main())
"""


@pytest.mark.skipif(GIVEN_HOST is not None, reason="enters the network of the lab's engine")
async def test_on_the_engines_machine_a_published_port_accepts_before_the_program_listens(engine, client, prefix):
    """What `wait_ports` does not show. The program runs in the engine's network namespace, with its unix socket."""
    box = await shell(client, f"{prefix}a", f"while ! test -e /go; do sleep 0.1; done; {SERVE}", ports={80: None})
    await box.wait_ports(80, timeout=60)
    waiting = asyncio.create_task(box.wait_listening(80, timeout=60))
    command = ["nsenter", "--net", "--target", str(Sandbox(engine.role, 0).pid), "--", sys.executable, "-c", PROGRAM]
    process = await asyncio.create_subprocess_exec(
        *command, box.id, env={**os.environ, "DOCKER_HOST": engine.url}, stdout=-1, stderr=-1
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert json.loads(out) == [False, ["127.0.0.1", True], ["127.0.0.1", True], ["::1", True]]
    await waiting


async def test_a_port_is_reached_from_a_container_of_the_same_engine(client, prefix):
    """By the container's address in a network that both are in, otherwise by the gateway."""
    shared, other = [await client.networks.create(f"{prefix}{name}") for name in "ab"]
    box = await shell(client, f"{prefix}a", SERVE, ports={80: None}, network=shared.name)
    await box.wait_listening(80, timeout=60)
    published = int(box.ports["80/tcp"][0]["HostPort"])
    for network, port in ((shared, 80), (other, published)):
        program = await shell(client, f"{prefix}{network.name[-1]}p", "exec sleep 1000", network=network.name)
        found, must_be = choose(box.info, "80/tcp", None, Place(own=program.info))
        assert (found.port, must_be) == (port, None)
        code, output = await program.exec_run(f"timeout 5 wget -qO- http://{found}/hostname")
        assert (code, output.strip().decode()) == (0, box.short_id)
