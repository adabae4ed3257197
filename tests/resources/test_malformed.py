"""Answers of odd shapes against what the objects do with several calls: nothing but documented errors."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import suppress

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings, strategies as st

import aiodockerpy
from aiodockerpy import errors, models
from tests.canned import Answer, canned
from tests.models.test_every_model import shaped

ANSWERS = {
    "nothing": b"",
    "null": b"null",
    "a number": b"5",
    "a list of null": b"[null]",
    "empty items": b"[{}]",
    "items of nulls": b'[{"Id":null,"ID":null,"Names":null,"Labels":null,"Version":null}]',
    "items of odd types": b'[{"Id":5,"ID":[],"Name":{},"Names":5,"RepoTags":{"a":1},"Labels":[1],"State":7,"Ports":"x","Spec":5}]',
    "names that are none": b'[{"Id":"abc","Names":[null],"State":"running"}]',
    "odd tasks": b'[{"ID":5,"Status":[],"Slot":"x","DesiredState":7,"ServiceID":{}}]',
    "nothing inside": b'{"Id":"abc","ID":"abc"}',
    "odd parts": b'{"Id":"abc","State":5,"Config":7,"HostConfig":[],"NetworkSettings":"x","Volumes":[{},5],"Spec":[],"Version":"x","Containers":{"a":5},"Image":{}}',
    "odd parts of parts": b'{"Id":"abc","State":{"Status":5,"Running":"x","Health":[],"ExitCode":"q","FinishedAt":5},"Config":{"Tty":"x","Labels":5,"Env":5,"Healthcheck":[1]},"HostConfig":{"LogConfig":5},"NetworkSettings":{"Ports":[],"Networks":[]},"Volumes":5,"ExitCode":"x","Running":"maybe","Pid":{}}',
    "odd times": b'{"Id":"abc","Created":5,"State":{"Status":"running","StartedAt":"2026-01-31T12:00:00Z","FinishedAt":"9999-99-99T99:99:99Z"},"Config":{"Tty":false}}',
    "odd times, the other way": b'{"Id":"abc","Created":5,"State":{"Status":"running","StartedAt":"soon","FinishedAt":"2026-01-31T12:00:00Z"},"Config":{"Tty":false}}',
    "tasks of mixed types": b'[{"ID":"a","Version":{"Index":1},"CreatedAt":5,"Slot":1},{"ID":5,"Version":{"Index":"x"},"CreatedAt":"x","Slot":"x"},{"ID":[],"Version":5,"Slot":[]}]',
    "an odd health log": b'{"Id":"abc","State":{"Running":true,"Health":{"Status":"unhealthy","Log":[5,{"Output":7}]}},"Config":{"Healthcheck":{"Test":["CMD","x"]}}}',
    "an odd specification": b'{"ID":"x","Version":{"Index":"x"},"Spec":{"Mode":5,"TaskTemplate":7},"StatusCode":0,"ExitCode":0}',
    "an odd task template": b'{"ID":"x","Version":{"Index":1},"Spec":{"TaskTemplate":{"ContainerSpec":[],"ForceUpdate":{}},"Mode":{"Replicated":5}}}',
    "an odd list of volumes": b'{"Volumes":[{"Name":5},null,7],"Titles":7,"Processes":8}',
    "an odd exit code": b'{"Id":"x","StatusCode":1e400,"Error":{"Message":5}}',
    "an odd event": b'{"Type":5,"Action":[],"Actor":{"ID":5,"Attributes":[]},"timeNano":"x"}',
    "progress of odd types": b'{"status":5,"progressDetail":7,"aux":[],"errorDetail":"x","id":{}}',
}  # fmt: skip
ACTIONS = {
    "containers": [
        "attach",
        "exec_run",
        "follow_logs",
        "logs",
        "read_bytes",
        "write_bytes",
        "exists",
        "stat",
        "wait",
        "wait_healthy",
        "wait_ports",
        "wait_log",
        "wait_exec",
        "wait_listening",
        "endpoint",
        "top",
        "diff",
        "commit",
        "stats",
        "reload",
        "stop",
        "update",
    ],
    "images": ["reload", "history", "save", "tag"],
    "networks": ["reload", "connect", "disconnect"],
    "volumes": ["reload", "remove"],
    "services": ["reload", "update", "scale", "rollback", "force_update", "tasks", "logs", "wait"],
    "nodes": ["reload", "promote", "set_availability"],
    "secrets": ["reload", "remove"],
    "configs": ["reload", "remove"],
    "plugins": ["reload", "upgrade", "push", "enable"],
}
ARGUMENTS = {
    "exec_run": ["x"], "read_bytes": ["/x"], "write_bytes": ["/x", b"x"], "exists": ["/x"], "stat": ["/x"], "wait_ports": [80],
    "wait_log": ["x"], "wait_exec": ["x"], "wait_listening": [80], "endpoint": [80], "connect": ["x"], "disconnect": ["x"],
    "set_availability": ["drain"], "scale": [3], "tag": ["x"],
}  # fmt: skip


async def used(result):
    """Await or iterate what a call returned, for a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            if inspect.isawaitable(result):
                result = await result
            elif hasattr(result, "__aiter__"):
                async for _ in result:
                    pass
    return result


async def each(stream):
    """Iterate what could be awaited, too."""
    async for _ in stream:
        pass


def read_all(thing):
    """Read every property of an object."""
    for name, _ in inspect.getmembers(type(thing), lambda member: isinstance(member, property)):
        if not name.startswith("_"):
            with suppress(errors.DockerException):
                value = getattr(thing, name)
                if inspect.iscoroutine(value):
                    value.close()
    return repr(thing), str(thing)


async def collections(docker):
    """List, find and watch the objects of each kind."""
    for name in ACTIONS:
        collection = getattr(docker, name)
        for call in (collection.list, lambda collection=collection: collection.get("abc")):
            with suppress(errors.DockerException):
                found = await call()
                for thing in found if isinstance(found, list) else [found]:
                    read_all(thing)
        if hasattr(collection, "watch"):
            with suppress(errors.DockerException):
                async with collection.watch() as view:
                    for thing in view.items.values():
                        read_all(thing)


async def actions(docker):
    """Call the methods of each kind of objects."""
    for name, methods in ACTIONS.items():
        made = getattr(docker, name).prepare_model({"Id": "abc", "ID": "abc", "Name": "abc", "Version": {"Index": 1}})
        for method in methods:
            with suppress(errors.DockerException):
                await used(getattr(made, method)(*ARGUMENTS.get(method, [])))


async def several(docker):
    """Use what makes several calls."""
    calls = [
        lambda: docker.containers.run("busybox", "x"),
        lambda: docker.containers.run("busybox", "x", detach=True),
        lambda: docker.containers.create("x", networks={"a": {}, "b": {}}),
        lambda: docker.containers.stats(),
        lambda: each(docker.containers.logs()),
        lambda: docker.images.ensure("busybox"),
        lambda: docker.images.build(fileobj=b"FROM x"),
        lambda: docker.images.build(fileobj=b"FROM x", builder="classic"),
        lambda: docker.images.get_registry_data("x"),
        lambda: docker.reap("x"),
        docker.df,
        docker.version,
        docker.swarm.reload,
        docker.swarm.update,
        lambda: docker.swarm.join_token("worker"),
    ]
    for call in calls:
        with suppress(errors.DockerException):
            await used(call())
    with suppress(errors.DockerException):
        async with docker.scope("x") as scope:
            await scope.volumes.create("v")
    with suppress(errors.DockerException):
        async with docker.jobs() as pool:
            await used(await pool.submit("busybox", "x"))


SNAPSHOTS = [
    ("containers", models.ContainerInspect),
    ("containers", models.ContainerSummary),
    ("images", models.ImageInspect),
    ("images", models.ImageSummary),
    ("networks", models.NetworkInspect),
    ("networks", models.NetworkSummary),
    ("volumes", models.Volume),
    ("services", models.Service),
    ("nodes", models.Node),
    ("secrets", models.Secret),
    ("configs", models.Config),
    ("plugins", models.Plugin),
]


@pytest.mark.parametrize(("kind", "model"), SNAPSHOTS)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_properties_of_any_snapshot_raise_only_what_is_documented(kind, model, data):
    collection = getattr(aiodockerpy.DockerClient("unix:///nowhere.sock", environment={}), kind)
    read_all(collection.prepare_model(data.draw(shaped(model))))


def test_a_version_that_is_no_number_is_an_unexpected_response():
    collection = aiodockerpy.DockerClient("unix:///nowhere.sock", environment={}).services
    for index in (float("inf"), float("nan"), "x", None, [], {}):
        with pytest.raises(errors.UnexpectedResponse):
            _ = collection.prepare_model({"ID": "a", "Version": {"Index": index}}).version


@pytest_asyncio.fixture
async def engine(tmp_path):
    async with canned(tmp_path) as made:
        yield made


@pytest.mark.parametrize("use", [collections, actions, several], ids=lambda use: use.__name__)
@pytest.mark.parametrize("answer", ANSWERS)
async def test_nothing_but_documented_errors(engine, answer, use):
    body = ANSWERS[answer]
    engine.default = Answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body), end=True)
    async with aiodockerpy.DockerClient(engine.url, environment={}, version="1.51", timeout=2) as docker:
        await use(docker)
