"""Public functions that are not called on a client: those of helpers for tests, hooks, terminals, streams and values."""

from __future__ import annotations

import asyncio
import inspect
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiodockerpy import buildkit, hooks, models, otel, terminals, testing, types, utils
from aiodockerpy._config.credentials import CredentialResolver
from aiodockerpy.resources import RegistryData
from aiodockerpy.resources._jobs.pool import Job
from aiodockerpy.resources._processes.handle import ProcessInput, ProcessOutput, _Split
from aiodockerpy.streams import Attached
from aiodockerpy.testing._programs.process import Input, Process, Writer
from aiodockerpy.testing._state.clock import Clock
from aiodockerpy.testing._state.output import Output
from aiodockerpy.testing._state.tree import directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiodockerpy import DockerClient

Function = tuple[str, Any, "Callable[[], Any]"]
"""The path of a function, the function as it is written, and what makes the function to call."""


def methods(make: Callable[[], Any], kind: type, *names: str) -> Iterator[Function]:
    """Yield methods of an object that is made for each call; all public ones that take arguments if none are named."""
    for name in names or [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")]:
        yield f"{kind.__name__}.{name}", getattr(kind, name), partial(lambda name: getattr(make(), name), name)


def alone(*functions: Any, prefix: str = "") -> Iterator[Function]:
    """Yield functions and classes by their own names."""
    for function in functions:
        yield prefix + function.__name__, function, partial(lambda function: function, function)


def elsewhere(client: DockerClient) -> Iterator[Function]:
    """Yield the functions of everything but the client and its objects."""
    yield from alone(terminals.bridge, hooks.LogCalls, otel.OpenTelemetry)
    yield from alone(utils.ports.build_port_bindings, utils.ports.split_port)
    yield from _testing()
    yield from _values()
    yield from methods(lambda: buildkit.BuildKit(client.api.transport), buildkit.BuildKit)
    registry_data = RegistryData(client, models.DistributionInspect(), "busybox", None)
    yield from methods(lambda: registry_data, RegistryData, "has_platform", "pull")
    yield from methods(_output, ProcessOutput, "read", "readexactly")
    yield from methods(_input, ProcessInput, "write", "writelines")
    yield from methods(_job, Job, "add_done_callback")
    yield from methods(lambda: client.api.containers.attach("web", stdin=True), Attached, "write")
    yield from methods(buildkit.PlainLines, buildkit.PlainLines, "feed")
    yield from methods(buildkit.BuildState, buildkit.BuildState, "note", "tail")


def _testing() -> Iterator[Function]:
    yield from alone(testing.FakeEngine, testing.FaultProxy, testing.Faults)
    engine = testing.FakeEngine()
    yield from methods(lambda: engine, testing.FakeEngine)
    yield from methods(lambda: engine.clock, testing.FakeClock)
    yield from methods(lambda: engine.registry, testing.FakeRegistry)
    yield from methods(lambda: engine.container("web"), testing.FakeContainer)
    yield from methods(lambda: testing.FaultProxy("tcp://127.0.0.1:1"), testing.FaultProxy, "cut_all")
    yield from methods(lambda: _process().files, testing.Files)
    yield from methods(_process, Process, "exit", "on_signal", "signal_event")
    yield from methods(_ended_input, Input, "feed", "read")
    yield from methods(lambda: _process().stdout, Writer, "write")


def _values() -> Iterator[Function]:
    yield from alone(CredentialResolver)
    resolver = CredentialResolver(Path("/nowhere"), {})
    yield from methods(lambda: resolver, CredentialResolver)
    yield from methods(types.LogConfig, types.LogConfig, "set_config_value", "unset_config")
    yield "Mount.parse_mount_string", types.Mount.parse_mount_string.__func__, lambda: types.Mount.parse_mount_string
    span = types.Span.of("1.41")
    yield from methods(lambda: span, types.Span, "covers")


def _process() -> Process:
    return Process(
        ["sh"],
        env={},
        output=Output(Clock(), logged=False),
        files=testing.Files({"/": directory()}),
        clock=Clock(),
        container="web",
    )


def _ended_input() -> Input:
    given = Input()
    given.end()
    return given


class _Nothing:
    """A process that writes nothing."""

    async def batch(self) -> list[Any]:
        return []


def _output() -> ProcessOutput:
    return ProcessOutput(_Split(_Nothing()), "stdout")


class _Sink:
    tty = False

    async def write(self, data: bytes) -> None:
        """Take it."""


def _input() -> ProcessInput:
    return ProcessInput(_Sink())


def _job() -> Job:
    done = asyncio.get_running_loop().create_future()
    return Job("key", 0, None, done, done.cancel)
