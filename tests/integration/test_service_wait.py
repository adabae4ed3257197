"""Services that are waited for: each way in which they turn out, on swarms of one node."""

from __future__ import annotations

import asyncio

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.integration.conftest import GIVEN_HOST
from tests.lab.private import PrivateEngine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(GIVEN_HOST is not None, reason="needs engines that are a swarm of their own"),
]
IMAGE = "busybox:1"
SLEEP = ["sleep", "1000"]
FAIL = ["sh", "-c", "exit 3"]
SECOND = 10**9
NEVER = {"Condition": "none"}
NOWHERE = {"constraints": ["node.hostname == nowhere"]}
QUICK = {"stop_grace_period": SECOND // 10, "restart_policy": {"Condition": "any", "Delay": SECOND}}


def monitored(action="pause", seconds=2):
    return {"FailureAction": action, "Monitor": seconds * SECOND, "Parallelism": 0, "MaxFailureRatio": 0}


@pytest.mark.parametrize("role", ["old", "new"])
async def test_a_service_turns_out_in_one_of_five_ways(role):
    """One swarm for all of it: an engine takes some seconds to start."""
    async with PrivateEngine(role) as engine, aiodockerpy.DockerClient(engine.url) as client:
        await client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1:2377")
        async with asyncio.TaskGroup() as group:
            for check in (
                endings,
                no_outcomes,
                updates_that_fail,
                updated_and_rolled_back,
                created_and_waited_for,
                scoped,
            ):
                group.create_task(check(client))
        await nodes_and_tokens(client)
        for service in await client.services.list():
            await service.remove()


async def endings(client):
    """What the docker CLI reports, and where it hangs: a failed job, one-shot tasks, attempts that are used up."""
    cases = {
        "replicas": (
            SLEEP,
            {"mode": {"Replicated": {"Replicas": 2}}, "update_config": monitored()},
            ("converged", 2, 0),
        ),
        "global": (SLEEP, {"mode": "global", "update_config": monitored()}, ("converged", 1, 0)),
        "one-shot": (["true"], {"restart_policy": {"Condition": "on-failure"}}, ("completed", 0, 1)),
        "failed": (FAIL, {"restart_policy": NEVER}, ("failed", 0, 0)),
        "attempts": (
            FAIL,
            {"restart_policy": {"Condition": "any", "MaxAttempts": 1, "Delay": SECOND // 10}},
            ("failed", 0, 0),
        ),
        "job": (["true"], {"mode": {"ReplicatedJob": {"TotalCompletions": 2}}}, ("completed", 0, 2)),
        "failed-job": (FAIL, {"mode": "replicated-job", "restart_policy": NEVER}, ("failed", 0, 0)),
        "global-job": (["true"], {"mode": "global-job"}, ("completed", 0, 1)),
    }
    services = {
        name: await client.services.create(IMAGE, command, name=name, stop_grace_period=SECOND // 10, **more)
        for name, (command, more, _) in cases.items()
    }
    results = dict(
        zip(services, await asyncio.gather(*(service.wait(60, poll=0.2) for service in services.values())), strict=True)
    )
    found = {name: (result.outcome, result.running, result.completed) for name, result in results.items()}
    assert found == {name: expected for name, (_, _, expected) in cases.items()}
    assert results["failed"].error == results["failed-job"].error == "task: non-zero exit (3)"
    assert results["attempts"].failed == 2


async def no_outcomes(client):
    """What has no outcome is reported up to the deadline, with the reason."""
    lonely = await client.services.create(IMAGE, SLEEP, name="lonely", **NOWHERE)
    nowhere = await client.services.create(IMAGE, SLEEP, name="nowhere", mode="global", **NOWHERE)
    looping = await client.services.create(
        IMAGE, FAIL, name="looping", restart_policy={"Condition": "any", "Delay": SECOND // 10}
    )
    waits = await asyncio.gather(lonely.wait(3), nowhere.wait(3), looping.wait(3), return_exceptions=True)
    assert [type(error) for error in waits] == [errors.DeadlineExceeded] * 3
    assert "0 of 1 tasks run; pending: no suitable node" in str(waits[0])
    assert "0 of 0 tasks run; pending: no node has a task of it" in str(waits[1])
    assert "service looping: underway" in str(waits[2])
    failed = await looping.wait(60, max_failures=2)
    assert (failed.outcome, failed.error) == ("failed", "task: non-zero exit (3)")
    assert failed.failed >= 2


async def updates_that_fail(client):
    """An update that is rolled back or paused is no success."""
    services = {
        action: await client.services.create(
            IMAGE,
            SLEEP,
            name=action,
            update_config=monitored(action),
            rollback_config={"Monitor": SECOND // 2},
            wait=True,
            wait_timeout=60,
            **QUICK,
        )
        for action in ("rollback", "pause")
    }
    with pytest.raises(errors.ServiceFailed, match="rolled back") as caught:
        await services["rollback"].update(command=FAIL, wait=True, wait_timeout=60)
    assert caught.value.progress.outcome == "rolled_back"
    with pytest.raises(errors.ServiceFailed, match=r"paused .*update paused due to failure") as caught:
        await services["pause"].update(command=FAIL, wait=True, wait_timeout=60)
    assert caught.value.progress.update == "paused"


async def updated_and_rolled_back(client):
    service = await client.services.create(
        IMAGE, SLEEP, name="web", env=["A=1"], update_config=monitored(), wait=True, wait_timeout=60, **QUICK
    )
    updates = [progress.update async for progress in await updated(service, env=["A=2"])]
    assert updates[-1] == "completed"
    assert "updating" in updates
    await service.reload()
    assert service.attrs["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=2"]
    await service.rollback()
    result = await service.wait(60)
    assert (result.outcome, result.update, result.ok) == ("rolled_back", "rollback_completed", False)
    await service.reload()
    assert service.attrs["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=1"]


async def updated(service, **options):
    await service.update(**options)
    return service.wait(60, poll=0.1)


async def created_and_waited_for(client):
    with pytest.raises(errors.ServiceFailed, match=r"service broken: failed .*non-zero exit \(3\)"):
        await client.services.create(IMAGE, FAIL, name="broken", restart_policy=NEVER, wait=True)
    with pytest.raises(errors.DeadlineExceeded, match="no suitable node"):
        await client.services.create(IMAGE, SLEEP, name="late", wait=True, wait_timeout=1, **NOWHERE)
    late = await client.services.get("late")
    waiting = asyncio.create_task(late.wait())
    await asyncio.sleep(0.1)
    await late.remove()
    with pytest.raises(errors.NotFound):
        await waiting


async def scoped(client):
    """Services of a scope are removed with it, those of a dead one are reaped, and no other one is touched."""
    foreign = await client.services.create(IMAGE, SLEEP, name="foreign")
    async with client.scope("ci") as scope:
        service = await scope.services.create(IMAGE, SLEEP, name="mine", stop_grace_period=SECOND // 10)
        assert service.attrs["Spec"]["Labels"]["aiodockerpy.scope"] == "ci"
        assert [found.name for found in await scope.services.list()] == ["mine"]
        with pytest.raises(errors.InvalidArgument, match="does not belong to the scope"):
            await (await scope.services.get(foreign.id)).remove()
    with pytest.raises(errors.NotFound):
        await service.reload()
    expired = await client.scope("expired", lease=1).__aenter__()
    await expired.services.create(IMAGE, SLEEP, name="left", stop_grace_period=SECOND // 10)
    await asyncio.sleep(2.1)
    reaped = await client.reap("expired")
    assert [(item.kind, item.name, item.reason) for item in reaped.removed] == [
        ("service", "left", "its lease has expired")
    ]
    await foreign.reload()


async def nodes_and_tokens(client):
    """The parts of ``docker swarm`` and ``docker node`` that need one node only."""
    tokens = {role: await client.swarm.join_token(role) for role in ("worker", "manager")}
    assert len(set(tokens.values())) == 2
    assert tokens["worker"].startswith("SWMTKN-1-")
    assert await client.swarm.join_token(rotate=True) != tokens["worker"]
    assert await client.swarm.join_token("manager") == tokens["manager"]
    (node,) = await client.nodes.list()
    await asyncio.gather(node.set_availability("pause"), node.edit(lambda spec: setattr(spec, "labels", {"a": "b"})))
    await node.promote()
    await node.reload()
    spec = node.attrs["Spec"]
    assert (spec["Availability"], spec["Labels"], spec["Role"]) == ("pause", {"a": "b"}, "manager")
    with pytest.raises(errors.APIError, match="last manager"):
        await node.demote()
    await node.set_availability("active")


async def test_an_engine_that_manages_no_swarm_is_refused_at_once(client):
    with pytest.raises(errors.ServiceUnavailable, match="not a swarm manager"):
        await client.services.prepare_model({"ID": "abc"}).wait()
