"""What has keywords of its own that no annotation describes: jobs, scopes and views, with wrong shapes for each."""

from __future__ import annotations

import inspect

import pytest
import pytest_asyncio

from aiodockerpy import DockerClient, errors
from aiodockerpy._options.keywords import ContainerOptions
from aiodockerpy.testing import FakeEngine
from tests._arguments.test_every_signature import JUNK

KEYWORDS = ["image", "command", "key", "timeout", *ContainerOptions.__annotations__]


@pytest_asyncio.fixture
async def engine():
    async with FakeEngine(strict=False) as engine:
        yield engine
        engine.forgive()


@pytest_asyncio.fixture
async def client(engine):
    async with DockerClient(engine.url, environment={}, version="1.51") as client:
        yield client


async def problem(call):
    """Make a call with a wrong shape; return the error about it, if there is one."""
    try:
        result = call()
        if inspect.isawaitable(result):
            await result
    except (errors.APIError, RuntimeError):  # it fits; the engine has no such thing, or the view is not entered
        return ""
    except (TypeError, errors.InvalidArgument) as error:
        return str(error)
    return ""


async def unnamed(name, call):
    """Make a call with every wrong shape; return those whose errors do not name the parameter."""
    problems = {shape: await problem(lambda junk=junk: call(junk)) for shape, junk in JUNK.items()}
    return {shape: text for shape, text in problems.items() if text and name not in text.replace("_", "")}


async def test_jobs_refuse_wrong_shapes_by_name_before_anything_is_created(client, engine):
    async def submit(pool, keyword, junk):
        job = await pool.submit(**{"image": "busybox", "command": "true", keyword: junk})
        job.cancel()

    wrong = {}
    async with client.jobs(concurrency=100_000) as pool:
        for keyword in KEYWORDS:
            named = keyword.replace("_", "")
            wrong[keyword] = await unnamed(named, lambda junk, keyword=keyword: submit(pool, keyword, junk))
    assert {keyword: shapes for keyword, shapes in wrong.items() if shapes} == {}


@pytest.mark.parametrize("specs", [[5], ["x"], [{}], [()], [("a", "b", "c")], [{None: 1}], [{"image": "x", "nmae": 1}]])
async def test_specs_of_jobs_are_refused_with_what_is_needed(client, engine, specs):
    with pytest.raises((TypeError, errors.InvalidArgument), match=r"specs|nmae"):
        async with client.jobs() as pool:
            async for _ in pool.map(specs):
                pass
    assert [call for call in engine.calls if call.method == "POST"] == []


async def test_scopes_and_views_refuse_wrong_shapes_by_name(client):
    assert await unnamed("name", client.scope) == {}
    assert await unnamed("lease", lambda junk: client.scope("x", lease=junk)) == {}
    assert await unnamed("name", client.reap) == {}
    assert await unnamed("filters", lambda junk: client.containers.watch(filters=junk).close()) == {}
    view = client.containers.watch()
    assert await unnamed("predicate", view.until) == {}
    view.close()


async def test_what_is_made_in_a_scope_refuses_labels_of_wrong_shapes(client):
    async with client.scope("ci") as scope:
        calls = [
            lambda labels: scope.images.build(fileobj=b"FROM scratch", labels=labels).close(),
            lambda labels: scope.volumes.create(labels=labels),
            lambda labels: scope.networks.create("n", labels=labels),
            lambda labels: scope.containers.create("busybox", labels=labels),
        ]
        for call in calls:
            assert await unnamed("labels", call) == {}
