"""Every exception of the library, sent to another process and copied."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.client import DockerClient
from aiodockerpy.models import ContainerInspect, HealthcheckResult
from aiodockerpy.resources import Container
from tests.together import together

if TYPE_CHECKING:
    from collections.abc import Iterator

RESPONSE = errors.EngineResponse(409, "Conflict", {"Api-Version": "1.51"}, "POST", "/containers/x/stop")
VALUES: dict[str, Any] = {
    "limit": 5,
    "message": "broken",
    "response": RESPONSE,
    "explanation": "it is paused",
    "operation": "ContainerStop",
    "code": 7,
    "log": ("one", "two"),
    "received": 9,
    "exit": 3,
    "offset": 4,
    "body": b"\xff",
    "partial": True,
    "container": "web",
    "exit_status": 3,
    "command": ["sh", "-c", "exit 3"],
    "image": "busybox",
    "stderr": b"no\n",
    "stdout": b"yes\n",
    "exit_code": 3,
    "health_log": (HealthcheckResult(exit_code=1, output="down"),),
    "reason": "the step failed",
    "build_log": ({"stream": "a"},),
    "step": "[2/3] RUN make",
    "source": "Dockerfile:7",
    "excerpt": "RUN make",
    "what": "images.push: platform",
    "needed": "1.46",
    "present": "1.41",
    "removed": False,
    "peer": "the engine at tcp://10.0.0.2:2375",
    "param": "host",
    "name": "prod",
    "msg": "cannot be used",
    "status": 13,
    "details": (),
    "result": {"ending": "exited"},
    "progress": {"outcome": "failed"},
    "last_lines": ("starting", "no database"),
}


def every_class() -> Iterator[type[errors.DockerException]]:
    for module in pkgutil.walk_packages(aiodockerpy.__path__, "aiodockerpy."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    waiting = [errors.DockerException]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting += kind.__subclasses__()


CLASSES = sorted(every_class(), key=lambda kind: kind.__qualname__)
COPIES = {"pickle": lambda error: pickle.loads(pickle.dumps(error)), "copy": copy.copy, "deepcopy": copy.deepcopy}


def made(kind: type[errors.DockerException]) -> errors.DockerException:
    """Make an exception with every argument of its constructor."""
    if inspect.isroutine(kind.__init__) and not inspect.isfunction(kind.__init__):  # Exception's own
        return kind("broken")
    parameters = inspect.signature(kind).parameters.values()
    positional = [VALUES[p.name] for p in parameters if p.kind is not p.KEYWORD_ONLY]
    return kind(*positional, **{p.name: VALUES[p.name] for p in parameters if p.kind is p.KEYWORD_ONLY})


@together("kind", CLASSES, ids=lambda kind: kind.__name__)
@together("how", COPIES)
def test_an_exception_keeps_its_text_and_all_it_holds(kind: type[errors.DockerException], how: str) -> None:
    error = made(kind)
    error.add_note("while it was stopped")
    again = COPIES[how](error)
    assert type(again) is kind
    assert again is not error
    assert str(again) == str(error)
    assert again.args == error.args
    assert vars(again) == vars(error)
    assert repr(again) == repr(error)


async def test_the_container_of_an_error_crosses_with_its_snapshot() -> None:
    client = DockerClient("unix:///nowhere.sock")
    container = Container(client, ContainerInspect.from_value({"Id": "f00", "Name": "/job"}))
    error = errors.ContainerError(container, 3, "false", "busybox", b"")
    here, there = copy.deepcopy(error), pickle.loads(pickle.dumps(error))
    assert here.container is container
    assert there.container == container
    assert there.container.name == "job"
    with pytest.raises(RuntimeError, match="has no client"):
        await there.container.stop()
    assert copy.copy(container).client is client
    assert copy.deepcopy(container).client is client
    await client.close()


@pytest.mark.parametrize("how", COPIES)
def test_what_cannot_be_pickled_is_named(how: str) -> None:
    error = errors.BuildError("failed", build_log=[lambda: None])
    again = COPIES[how](error)
    assert (str(again), again.msg) == ("failed", "failed")
    assert again.build_log == error.build_log or again.build_log == repr(error.build_log)


@pytest.mark.parametrize("kind", [errors.DockerException, errors.APIError, errors.InvalidArgument, errors.NotFound])
def test_messages_with_names_that_are_no_unicode_can_be_encoded(kind):
    for more in ((), (RESPONSE, "a\udcff")) if issubclass(kind, errors.APIError) else ((),):
        assert b"a\\udcff" in str(kind("a\udcff", *more)).encode()


@pytest.mark.parametrize(
    ("name", "hint"), [("json", "explanation"), ("text", "explanation"), ("content", "explanation"), ("url", "path")]
)
def test_what_a_response_of_requests_has_is_elsewhere(name, hint):
    with pytest.raises(AttributeError, match=rf"'EngineResponse' object has no attribute '{name}': error\..*{hint}"):
        getattr(RESPONSE, name)
