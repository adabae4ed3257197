"""Jobs on a swarm of three manager nodes: endings, and nodes and leaders that go away under them."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.integration.conftest import GIVEN_HOST
from tests.integration.test_examples import EXAMPLES, run
from tests.lab.private import PrivateEngine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(GIVEN_HOST is not None, reason="needs engines that may be killed"),
]
IMAGE = "busybox:1"
SLEEP = ["sleep", "1000"]


@asynccontextmanager
async def swarm():
    """Three manager nodes, the leader first, each with a client."""
    async with AsyncExitStack() as stack:
        engines = [PrivateEngine("new") for _ in range(3)]
        async with asyncio.TaskGroup() as group:
            for engine in engines:
                group.create_task(stack.enter_async_context(engine))
        clients = [await stack.enter_async_context(aiodockerpy.DockerClient(engine.url)) for engine in engines]
        addresses = [engine.engine.sandbox.address for engine in engines]
        first, *others = clients
        await first.swarm.init(advertise_addr=addresses[0], dispatcher_heartbeat_period=1_000_000_000)
        token = await first.swarm.join_token("manager")
        for client, address in zip(others, addresses[1:], strict=True):
            await client.swarm.join([f"{addresses[0]}:2377"], token, advertise_addr=address, listen_addr=address)
        yield list(zip(engines, clients, strict=True))


async def until(seconds, condition):
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.2)


def pool(client, **options):
    limits = {"concurrency": 30, "stop_grace": 1, "pending_timeout": 4, "node_lost_after": 5, "poll": 0.3}
    return client.swarm_jobs(**{**limits, **options})


async def test_jobs_on_a_swarm_whose_nodes_and_leaders_go_away():
    """One swarm for all of it: three engines take a quarter of a minute."""
    async with swarm() as nodes:
        (first_engine, first), (_, second), (third_engine, third) = nodes
        await check_endings(first)
        await check_example(first_engine)
        await check_leaving(first)
        await check_drained(first, third)
        await check_global_service(first, third)
        await check_lost_node(first, third_engine, third)
        await check_leaders(nodes)
        for client in (first, second):
            assert await client.containers.list(all=True, filters={"label": "aiodockerpy.jobs"}, sparse=True) == []
        await check_returned_node(first, third_engine, third)


async def check_endings(client):
    async with pool(client) as jobs:

        async def submit(key, command, **options):
            return await jobs.submit(IMAGE, command, key=key, **options)

        handles = [
            await submit("well", ["sh", "-c", "echo out; echo err >&2"]),
            await submit("badly", ["sh", "-c", "exit 3"]),
            await submit("127", "sh -c 'exit 127'"),
            await submit("no command", ["no-such-command"]),
            await submit("no mount", ["true"], mounts=["/no/such/place:/x:ro"]),
            await submit("no node", ["true"], constraints=["node.hostname==nowhere"]),
            await submit("deadline", ["sh", "-c", "echo begun; sleep 1000"], timeout=1),
            cancelled := await submit("cancelled", SLEEP),
            await jobs.submit("no-such-image:1", ["true"], key="no image"),
        ]
        await until(20, lambda: _has_container(cancelled))
        cancelled.cancel()
        results = {job.key: await job for job in handles}
        for wrong, error in (({"mode": "global"}, errors.InvalidArgument), ({"nmae": "x"}, TypeError)):
            with pytest.raises(error, match=next(iter(wrong))):
                await jobs.submit(IMAGE, ["true"], **wrong)
    assert {key: (result.ending, result.exit_code) for key, result in results.items()} == {
        "well": ("exited", 0),
        "badly": ("exited", 3),
        "127": ("exited", 127),
        "no command": ("not_started", None),
        "no mount": ("not_started", None),
        "no node": ("unschedulable", None),
        "deadline": ("timed_out", None),
        "cancelled": ("cancelled", None),
        "no image": ("not_started", None),
    }
    well = results["well"]
    assert (well.stdout, well.stderr, well.output_complete, well.attempts) == (b"out\n", b"err\n", True, 1)
    assert results["deadline"].stdout == b"begun\n"
    assert "no suitable node" in results["no node"].error
    assert await client.services.list() == []


async def check_example(engine):
    status, out, err = await run(EXAMPLES / "fan_out.py", engine, ["--swarm", "--jobs", "18", "--concurrency", "18"])
    assert status == 0, err
    assert "18 exited" in out
    assert "job 17: exited, exit code 3" in out


async def check_leaving(client):
    async def block():
        async with pool(client) as jobs:
            handles = [await jobs.submit(IMAGE, SLEEP) for _ in range(4)]
            await until(20, lambda: _has_container(handles[-1]))
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await block()
    assert await client.services.list() == []


async def _has_container(job):
    return bool(job.container_id)


async def check_drained(client, node_client):
    node = await client.nodes.get((await node_client.info()).swarm.node_id)
    async with pool(client) as jobs:
        job = await jobs.submit(IMAGE, SLEEP, constraints=[f"node.id=={node.id}"])
        await until(20, lambda: _has_container(job))
        await node.set_availability("drain")
        result = await job
    assert (result.ending, result.exit_code, result.attempts, result.may_still_run) == ("node_lost", None, 1, False)
    await node.set_availability("active")


async def check_global_service(client, node_client):
    """One task on each node that takes tasks; a node is demoted and promoted meanwhile."""
    node = await client.nodes.get((await node_client.info()).swarm.node_id)
    await node.demote()
    config = {"Monitor": 1_000_000_000}
    service = await client.services.create(
        IMAGE, SLEEP, mode="global", update_config=config, stop_grace_period=1, wait=True, wait_timeout=60
    )
    assert (await service.wait(60)).running == 3
    await node.promote()
    await until(30, lambda: _is_manager(node))
    await node.set_availability("drain")
    await until(30, lambda: _runs_on(service, 2))
    result = await service.wait(60)
    assert (result.outcome, result.running, result.desired) == ("converged", 2, 2)
    await node.set_availability("active")
    await service.remove()


async def _is_manager(node):
    await node.reload()
    return (node.attrs.get("ManagerStatus") or {}).get("Reachability") == "reachable"


async def _runs_on(service, number):
    return len(await service.tasks({"desired-state": "running"})) == number


async def check_lost_node(client, engine, node_client):
    """The node's engine is killed: its job is lost, the others are not, and none runs twice."""
    node = (await node_client.info()).swarm.node_id
    async with pool(client) as jobs:
        lost = await jobs.submit(IMAGE, SLEEP, constraints=[f"node.id=={node}"], key="lost")
        others = [
            await jobs.submit(IMAGE, ["sh", "-c", f"sleep 3; echo {n}"], constraints=[f"node.id!={node}"], key=n)
            for n in range(6)
        ]
        await until(20, lambda: _has_container(lost))
        await engine.kill()
        results = [await job for job in (lost, *others)]
        await engine.start()
    assert (results[0].ending, results[0].exit_code, results[0].may_still_run) == ("node_lost", None, True)
    assert [(result.ending, result.exit_code, result.stdout, result.attempts) for result in results[1:]] == [
        ("exited", 0, f"{number}\n".encode(), 1) for number in range(6)
    ]


async def check_returned_node(client, engine, node_client):
    """The node's engine is killed and started again at once: the exit code that it makes up is not the job's."""
    node = (await node_client.info()).swarm.node_id
    async with pool(client, node_lost_after=60) as jobs:
        job = await jobs.submit(IMAGE, SLEEP, constraints=[f"node.id=={node}"])
        await until(20, lambda: _has_container(job))
        await engine.kill()
        await engine.start()
        result = await job
    assert result.ending in {"engine_lost", "node_lost"}
    assert result.exit_code is None


async def leader(client):
    for node in await client.nodes.list():
        status = node.attrs.get("ManagerStatus") or {}
        if status.get("Leader"):
            return node.id
    return None


async def check_leaders(nodes):
    """Leadership moves while jobs run, twice unless the node of the jobs gets it; each job has run once and has its own ending."""
    ids = {(await client.info()).swarm.node_id: number for number, (_, client) in enumerate(nodes)}
    present = ids[await leader(nodes[0][1])]
    watcher = nodes[(present + 1) % 3][1]
    async with pool(watcher, concurrency=12, pending_timeout=60, node_lost_after=30) as jobs:
        specs = [
            {"image": IMAGE, "command": ["sh", "-c", f"sleep 1; echo {n}; exit {n % 3}"], "key": n} for n in range(36)
        ]
        watcher_id = (await watcher.info()).swarm.node_id
        for spec in specs:  # nothing runs on the nodes whose engines are stopped
            spec["constraints"] = [f"node.id=={watcher_id}"]
        running = asyncio.create_task(_all(jobs.map(specs)))
        for _ in range(2):
            await asyncio.sleep(1)
            old = await leader(watcher)
            engine, client = nodes[ids[old]]
            if client is watcher:
                break  # its own engine leads now
            await engine.stop()
            await until(30, lambda old=old: _other_leader(watcher, old))
            await engine.start()
        results = await running
    assert Counter(result.key for result in results) == Counter(range(36))
    for result in results:
        assert (result.ending, result.exit_code, result.attempts) == ("exited", result.key % 3, 1)
        assert result.stdout == f"{result.key}\n".encode()


async def _all(results):
    return [result async for result in results]


async def _other_leader(client, old):
    try:
        async with asyncio.timeout(3):
            return await leader(client) not in {None, old}
    except (errors.DockerException, TimeoutError):
        return False


async def test_an_engine_that_manages_no_swarm_is_refused(client):
    with pytest.raises(errors.ServiceUnavailable, match="not a swarm manager"):
        async with client.swarm_jobs():
            pass
