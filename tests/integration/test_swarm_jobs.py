"""Jobs on a swarm of three managers and a worker: endings, and nodes and leaders that go away under them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import NamedTuple

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.types import ConfigReference, Mount, SecretReference
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
SECOND = 1_000_000_000
SMALL = {"Limits": {"MemoryBytes": 8 << 20}}


class Member(NamedTuple):
    """A node of the swarm: its engine, a client of it, and its id."""

    engine: PrivateEngine
    client: aiodockerpy.DockerClient
    node: str

    @property
    def here(self):
        """The constraint for tasks of this node."""
        return [f"node.id=={self.node}"]

    @property
    def elsewhere(self):
        return [f"node.id!={self.node}"]


@asynccontextmanager
async def swarm():
    """Three managers, the leader first, and a worker."""
    async with AsyncExitStack() as stack:
        engines = [PrivateEngine("new") for _ in range(4)]
        async with asyncio.TaskGroup() as group:
            for engine in engines:
                group.create_task(stack.enter_async_context(engine))
        clients = [await stack.enter_async_context(aiodockerpy.DockerClient(engine.url)) for engine in engines]
        first, *others = clients
        address = engines[0].engine.sandbox.address
        await first.swarm.init(advertise_addr=address, dispatcher_heartbeat_period=SECOND)
        for client, role in zip(others, ("manager", "manager", "worker"), strict=True):
            await client.swarm.join([f"{address}:2377"], await first.swarm.join_token(role))
        nodes = [(await client.info()).swarm.node_id for client in clients]
        yield [Member(*member) for member in zip(engines, clients, nodes, strict=True)]


async def until(seconds, condition):
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.1)


async def has_container(job):
    await until(20, lambda: _has_container(job))


async def _has_container(job):
    return bool(job.container_id)


async def runs_on(member, *jobs):
    for job in jobs:
        await has_container(job)
        container = await member.client.containers.get(job.container_id)
        await container.wait_until(lambda found: found.status == "running", timeout=20)


def pool(client, **options):
    limits = {"concurrency": 30, "stop_grace": 1, "pending_timeout": 4, "node_lost_after": 5, "poll": 0.3}
    return client.swarm_jobs(**{**limits, **options})


async def test_jobs_on_a_swarm_whose_nodes_and_leaders_go_away():
    """One swarm for all of it: its engines take a quarter of a minute."""
    async with swarm() as (*managers, worker):
        first = managers[0].client
        async with asyncio.TaskGroup() as group:
            for check in (check_endings, check_secrets_configs_and_mounts, check_leaving):
                group.create_task(check(first))
            group.create_task(check_example(managers[0].engine))
        await check_drained(first, worker)
        await check_lost_and_returned(first, worker)
        leader = await check_leaders(managers, worker)
        assert await leader.client.services.list() == []
        for member in (*managers, worker):
            assert await member.client.containers.list(all=True, filters={"label": "aiodockerpy.jobs"}) == []
        await check_membership(leader, worker)


async def check_endings(client):
    async with pool(client) as jobs:

        async def submit(key, command, **options):
            return await jobs.submit(IMAGE, command, key=key, **options)

        handles = [
            await submit("well", ["sh", "-c", "echo out; echo err >&2"]),
            await submit("badly", ["sh", "-c", "exit 3"]),
            await submit("127", "sh -c 'exit 127'"),
            await submit("much", ["seq", "1", "2000"]),
            await submit("out of memory", ["dd", "if=/dev/zero", "of=/dev/null", "bs=50M"], resources=SMALL),
            await submit("no command", ["no-such-command"]),
            await submit("no mount", ["true"], mounts=["/no/such/place:/x:ro"]),
            await submit("no node", ["true"], constraints=["node.hostname==nowhere"]),
            await submit("deadline", ["sh", "-c", "echo begun; sleep 1000"], timeout=1),
            cancelled := await submit("cancelled", SLEEP),
            await jobs.submit("no-such-image:1", ["true"], key="no image"),
        ]
        await has_container(cancelled)
        cancelled.cancel()
        results = {job.key: await job for job in handles}
    assert {key: (result.ending, result.exit_code) for key, result in results.items()} == {
        "well": ("exited", 0),
        "badly": ("exited", 3),
        "127": ("exited", 127),
        "much": ("exited", 0),
        "out of memory": ("exited", 137),  # a task does not say that it was out of memory
        "no command": ("not_started", None),
        "no mount": ("not_started", None),
        "no node": ("unschedulable", None),
        "deadline": ("timed_out", None),
        "cancelled": ("cancelled", None),
        "no image": ("not_started", None),
    }
    well = results["well"]
    assert (well.stdout, well.stderr, well.output_complete, well.attempts) == (b"out\n", b"err\n", True, 1)
    assert (results["much"].stdout.count(b"\n"), results["much"].truncated) == (2000, 0)
    assert results["deadline"].stdout == b"begun\n"
    assert "no suitable node" in results["no node"].error


async def check_secrets_configs_and_mounts(client):
    secret = await client.secrets.create(name="token", data=b"s3cret")
    config = await client.configs.create(name="settings", data=b"a=1")
    command = ["sh", "-c", "cat /run/secrets/token /etc/settings; echo x > /data/x; df /scratch | tail -1"]
    async with pool(client) as jobs:
        job = await jobs.submit(
            IMAGE,
            command,
            secrets=[SecretReference(secret.id, "token")],
            configs=[ConfigReference(config.id, "settings", filename="/etc/settings")],
            mounts=["data:/data:rw", Mount("/scratch", None, type="tmpfs")],
        )
        result = (await job).check()
    assert result.stdout.startswith(b"s3creta=1tmpfs")
    assert await secret.remove()
    assert await config.remove()


async def check_example(engine):
    status, out, err = await run(EXAMPLES / "fan_out.py", engine, ["--swarm", "--jobs", "18", "--concurrency", "9"])
    assert status == 0, err
    assert "18 exited" in out
    assert "job 17: exited, exit code 3" in out


async def check_leaving(client):
    async def block():
        async with pool(client) as jobs:
            handles = [await jobs.submit(IMAGE, SLEEP, labels={"check": "leaving"}) for _ in range(4)]
            await has_container(handles[-1])
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await block()
    assert await client.services.list({"label": "check=leaving"}) == []


async def check_drained(client, worker):
    """A job of a drained node is lost; a global service has converged without that node."""
    node = await client.nodes.get(worker.node)
    service = await client.services.create(
        IMAGE,
        SLEEP,
        mode="global",
        update_config={"Monitor": SECOND},
        stop_grace_period=1,
        wait=True,
        wait_timeout=60,
    )
    async with pool(client) as jobs:
        job = await jobs.submit(IMAGE, SLEEP, constraints=worker.here)
        await runs_on(worker, job)
        assert (await service.wait(60)).running == 4
        await node.set_availability("drain")
        result = await job
    assert (result.ending, result.exit_code, result.attempts, result.may_still_run) == ("node_lost", None, 1, False)
    await until(30, lambda: _runs_on(service, 3))
    progress = await service.wait(60)
    assert (progress.outcome, progress.running, progress.desired) == ("converged", 3, 3)
    await node.set_availability("active")
    await service.remove()


async def _runs_on(service, number):
    return len(await service.tasks({"desired-state": "running"})) == number


async def check_lost_and_returned(client, worker):
    """A node's engine is killed: its job is lost, the others are not, and none runs twice.

    The exit code that the engine makes up when it is back is not taken for the job's.
    """
    async with pool(client) as jobs, pool(client, node_lost_after=60) as patient:
        lost = await jobs.submit(IMAGE, SLEEP, constraints=worker.here, key="lost")
        returned = await patient.submit(IMAGE, SLEEP, constraints=worker.here)
        others = [
            await jobs.submit(IMAGE, ["sh", "-c", f"sleep 3; echo {n}"], constraints=worker.elsewhere, key=n)
            for n in range(6)
        ]
        await runs_on(worker, lost, returned)
        await worker.engine.kill()
        results = [await job for job in (lost, *others)]
        assert not returned.done()
        await worker.engine.start()
        result = await returned
    assert (results[0].ending, results[0].exit_code, results[0].may_still_run) == ("node_lost", None, True)
    assert [(result.ending, result.exit_code, result.stdout, result.attempts) for result in results[1:]] == [
        ("exited", 0, f"{number}\n".encode(), 1) for number in range(6)
    ]
    assert result.ending in {"engine_lost", "node_lost"}
    assert (result.exit_code, result.attempts) == (None, 1)


async def check_leaders(managers, worker):
    """The leader's engine is stopped, twice: each job has run once and has its own ending. Returns the last leader."""
    moved = asyncio.Event()

    def specs():
        for number in count():
            if moved.is_set():
                return
            command = ["sh", "-c", f"sleep 1; echo {number}; exit {number % 3}"]
            yield {"image": IMAGE, "command": command, "key": number, "constraints": worker.here}

    async with pool(managers[1].client, concurrency=8, pending_timeout=60, node_lost_after=60) as jobs:
        running = asyncio.create_task(_all(jobs.map(specs())))
        leaders = [await find_leader(managers)]
        for _ in range(2):
            for manager in managers:
                await takes_part(leaders[-1].client, manager.node)
            await leaders[-1].engine.stop()
            leaders.append(await find_leader(managers, after=leaders[-1]))
            await leaders[-2].engine.start()
        moved.set()
        results = await running
    assert leaders[0] is not leaders[1] is not leaders[2]
    assert sorted(result.key for result in results) == list(range(len(results)))
    for result in results:
        assert (result.ending, result.exit_code, result.attempts) == ("exited", result.key % 3, 1)
        assert result.stdout == f"{result.key}\n".encode()
    return leaders[-1]


async def _all(results):
    return [result async for result in results]


async def find_leader(managers, *, after=None):
    """Wait for the leader that the managers have now, or for another one than the last."""
    by_node = {manager.node: manager for manager in managers if manager is not after}
    async with asyncio.timeout(60):
        while True:
            for manager in by_node.values():
                if (found := await _leader_seen_by(manager)) in by_node:
                    return by_node[found]
            await asyncio.sleep(0.2)


async def _leader_seen_by(manager):
    try:
        async with asyncio.timeout(3):
            nodes = await manager.client.nodes.list()
    except (errors.DockerException, TimeoutError):  # the manager has no leader
        return None
    return next((node.id for node in nodes if (node.attrs.get("ManagerStatus") or {}).get("Leader")), None)


async def check_membership(manager, worker):
    """What ``docker node promote``, ``demote``, ``rm`` and ``docker swarm leave``, ``join`` do."""
    node = await manager.client.nodes.get(worker.node)
    await node.promote()
    await takes_part(manager.client, worker.node)
    await node.demote()
    await takes_part(manager.client, worker.node, as_manager=False)
    with pytest.raises(errors.APIError, match="is not down"):
        await node.remove()
    async with pool(manager.client) as jobs:
        orphaned = await jobs.submit(IMAGE, SLEEP, constraints=worker.here)
        await runs_on(worker, orphaned)
        assert await node.remove(force=True) is True
        assert ((await orphaned).ending, (await orphaned).attempts) == ("node_lost", 1)
    with pytest.raises(errors.NotFound):
        await node.reload()
    await worker.client.swarm.leave(force=True)
    address = manager.engine.engine.sandbox.address
    assert await worker.client.swarm.join([f"{address}:2377"], await manager.client.swarm.join_token("worker"))
    node = await manager.client.nodes.get((await worker.client.info()).swarm.node_id)
    assert await worker.client.swarm.leave() is True
    await until(30, lambda: _is_down(node))
    assert await node.remove() is True


async def takes_part(client, node_id, *, as_manager=True):
    """Wait until a node is a manager that the others reach, or is none."""

    async def does():
        try:
            node = await client.nodes.get(node_id)
        except errors.ServerError:  # there is no leader
            return False
        return ((node.attrs.get("ManagerStatus") or {}).get("Reachability") == "reachable") is as_manager

    await until(60, does)


async def _is_down(node):
    await node.reload()
    return node.attrs["Status"]["State"] == "down"


async def test_an_engine_that_manages_no_swarm_is_refused(client):
    with pytest.raises(errors.ServiceUnavailable, match="not a swarm manager"):
        async with client.swarm_jobs():
            pass
