"""Real engines for the tests of this folder; every test here also passes the leak gate."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import pytest_asyncio
import uvloop
from xdist.scheduler import LoadScopeScheduling

import aiodockerpy
from aiodockerpy._protocol.versions import NEWEST_KNOWN, OLDEST_SUPPORTED, ApiVersion
from aiodockerpy._transport.session import Session
from tests.integration.plugin import driver_of_no_kind
from tests.integration.roundtrip import round_trip
from tests.lab import packages, parts, rest, state
from tests.lab.leaks import Snapshot, remaining
from tests.lab.shell import LabUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

    from xdist.remote import Producer

__all__ = ["driver_of_no_kind", "round_trip"]

GIVEN_HOST = os.environ.get("AIODOCKERPY_TEST_HOST")
ROLES = ("given",) if GIVEN_HOST else parts.ROLES
MIDDLE = {"middle", "tls-middle"}
OF_THE_LAB = {*parts.ROLES, *parts.TLS_ROLES, "containerd", "podman"}
EVERY_VERSION = "AIODOCKERPY_EVERY_VERSION"
CLI_TIMEOUT = 60
HERE = Path(__file__).parent

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as _first:  # opens a pipe that the process keeps
    _first.run(asyncio.sleep(0))


@pytest.hookimpl
def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run what is marked ``both_loops`` on uvloop too."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if item.get_closest_marker("both_loops"):
        factories["uvloop"] = uvloop.new_event_loop
    return factories


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and drop those whose engine this run leaves out.

    A test that fails is run again, and shown as a rerun: several engines on two cores can run into limits of their own.
    """
    ours = [item for item in items if HERE in item.path.parents]
    dropped = [item for item in ours if not _runs(item)]
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=dropped)
    for item in ours:
        if item not in dropped:
            item.add_marker(pytest.mark.engine)
            if not os.environ.get("AIODOCKERPY_NO_RERUNS"):
                item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=2))
            if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
                item.obj = _in_time(item.obj, _timeout(item) - 5)


@pytest.hookimpl
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Restart a shared engine that a failed test leaves hung, before the test is cleaned up and run again.

    libnetwork of 20.10 has a deadlock between the end of one container and the start of another: what touches a network
    hangs from then on, so that every further test would fail after a minute.
    """
    if call.excinfo is None or call.when == "teardown":
        return
    for role in _parameters(item) & {*parts.ROLES, "containerd"} & state.load().engines.keys():
        if found := parts.engine(role).restart_if_hung():
            capture = item.config.pluginmanager.getplugin("capturemanager")
            with capture.global_and_fixture_disabled():
                print(f"\n{item.nodeid}: {found}", file=sys.stderr)


def _runs(item: pytest.Item) -> bool:
    """Return whether the engine of a test belongs to this run.

    The oldest and the newest engine run everything, the one between them what is marked ``every_version``, because a version of the
    API may change it. With an engine of AIODOCKERPY_TEST_HOST, none of the lab is started.
    """
    engines = OF_THE_LAB & _parameters(item)
    if GIVEN_HOST:
        return not engines
    return not engines & MIDDLE or bool(item.get_closest_marker("every_version") or os.environ.get(EVERY_VERSION))


def _parameters(item: pytest.Item) -> set[str]:
    """Return the parameters of a test that are text; an engine is one of them."""
    found = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    return {value for value in found if isinstance(value, str)}


def _timeout(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0] if marker is not None else item.config.getini("timeout"))


def _in_time(test: Callable[..., Awaitable[None]], seconds: float) -> Callable[..., Awaitable[None]]:
    """End a test that hangs, with a traceback of where: pytest-timeout's signal is lost in uvloop."""

    @functools.wraps(test)
    async def limited(*values: object, **fixtures: object) -> None:
        async with asyncio.timeout(seconds):
            await test(*values, **fixtures)

    return limited


class EngineScheduling(LoadScopeScheduling):
    """Gives the tests of one engine to one worker: some of them prune, or count events.

    xdist's own groups would do, but up to 3.8 they write into the items' ids, which pytest 9.2 computes elsewhere.
    """

    def _split_scope(self, nodeid: str) -> str:
        parameters = nodeid.partition("[")[2].removesuffix("]").split("-")
        return next((role for role in (*ROLES, "containerd", "podman") if role in parameters), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> EngineScheduling | None:
    """Let ``--dist loadgroup`` group tests by engine."""
    return EngineScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


@dataclass(frozen=True, slots=True)
class EngineUnderTest:
    """A shared engine: do not stop or restart it, and name what you make in it with ``prefix``.

    Attributes:
        role: ``old``, ``middle`` or ``new``; ``given`` for the one of AIODOCKERPY_TEST_HOST.
        url: Its address, ``unix://`` for those of the lab.
        tcp_url: Its address by plain TCP, if it has one.
        docker_cli: The docker command line of its version.
        api_version: The newest API version it speaks, such as ``1.41``, from its own answer.
        oldest: The oldest API version that both it and this library speak.
        version: Its own version, from its own answer.
        containerd_store: Whether it keeps images in containerd's store.
    """

    role: str
    url: str
    tcp_url: str | None
    docker_cli: str
    api_version: str
    oldest: str
    version: str
    containerd_store: bool

    @classmethod
    def found_at(cls, role: str, url: str, tcp_url: str | None, docker_cli: str) -> EngineUnderTest:
        """Describe a running engine, from what it answers."""
        version, info = rest.ask(url, "GET", "/version"), rest.ask(url, "GET", "/info")
        store = ["driver-type", "io.containerd.snapshotter.v1"] in (info["DriverStatus"] or [])
        oldest = str(max(ApiVersion.parse(version["MinAPIVersion"]), OLDEST_SUPPORTED))
        return cls(role, url, tcp_url, docker_cli, version["ApiVersion"], oldest, version["Version"], store)

    @property
    def spoken(self) -> str:
        """The API version that this library speaks with it: the newest that both know."""
        return str(min(ApiVersion.parse(self.api_version), NEWEST_KNOWN))

    @property
    def socket(self) -> str:
        """The path of its unix socket."""
        return self.url.removeprefix("unix://")

    @property
    def api(self) -> tuple[int, int]:
        """Its API version, to compare: ``engine.api >= (1, 44)``."""
        major, _, minor = self.api_version.partition(".")
        return int(major), int(minor)


@dataclass(frozen=True, slots=True)
class DockerCli:
    """The docker command line of the engine's version, pointed at it; those of the lab have buildx and no credentials."""

    path: str
    url: str
    config: str | None

    async def run(self, *words: str, stdin: bytes | None = None, check: bool = True) -> tuple[int, bytes, bytes]:
        """Run a command; return its exit status, output and errors. With ``check``, fail the test for a status but 0."""
        process = await asyncio.create_subprocess_exec(
            self.path,
            "--host",
            self.url,
            *words,
            stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **({"DOCKER_CONFIG": self.config} if self.config else {})},
        )
        async with asyncio.timeout(CLI_TIMEOUT):
            out, err = await process.communicate(stdin)
        status = process.returncode
        assert status is not None
        assert status == 0 or not check, (
            f"docker {' '.join(words)} exited with {status}: {err.decode(errors='replace')}"
        )
        return status, out, err


@pytest.fixture(scope="session")
def lab_up() -> Callable[..., state.LabState]:
    """Bring parts of the lab up: ``lab_up("registry-basic", "tls")`` returns where everything is.

    With an engine of AIODOCKERPY_TEST_HOST, a test that needs a part of the lab is skipped.
    """

    def bring_up(*names: str) -> state.LabState:
        if GIVEN_HOST:
            pytest.skip(f"AIODOCKERPY_TEST_HOST is set, and this test needs the lab's {' and '.join(names)}")
        if not parts.is_up(names):
            try:
                parts.up(names)
            except LabUnavailable as missing:
                if os.environ.get("CI") == "true":
                    pytest.fail(f"the test lab is not possible here: {missing}", pytrace=False)
                pytest.skip(f"the test lab is not possible here, and AIODOCKERPY_TEST_HOST is not set: {missing}")
        return state.load()

    return bring_up


@pytest.fixture(scope="session")
def chromium_packages() -> Path:
    """The folder of Debian's Chromium, fetched before the time of the test begins."""
    return packages.require(packages.CHROMIUM)


@pytest.fixture(scope="session", params=ROLES)
def engine(request: pytest.FixtureRequest) -> EngineUnderTest:
    """Each of the shared engines in turn."""
    if GIVEN_HOST:
        return given_engine(GIVEN_HOST)
    return lab_engine(request)


def lab_engine(request: pytest.FixtureRequest) -> EngineUnderTest:
    """Bring up the engine of the lab that a parametrised fixture names."""
    bring_up: Callable[..., state.LabState] = request.getfixturevalue("lab_up")
    known = bring_up(request.param).engine(request.param)
    return EngineUnderTest.found_at(known.name, known.url, known.tcp_url, known.docker_cli)


def given_engine(url: str) -> EngineUnderTest:
    """Describe the engine of AIODOCKERPY_TEST_HOST, and make sure that it has the image of the tests."""
    for tag in ("1", "latest"):
        if rest.call(url, "GET", f"/images/busybox:{tag}/json")[0] != 200:
            rest.ask(url, "POST", f"/images/create?fromImage=busybox&tag={tag}", timeout=300)
    return EngineUnderTest.found_at("given", url, url if url.startswith("tcp://") else None, "docker")


@pytest.fixture(scope="session")
def registry(lab_up: Callable[..., state.LabState]) -> str:
    """The ``host:port`` of an open registry with ``busybox:1``, ``layers:1`` (six layers) and ``platforms:1`` (two platforms)."""
    if GIVEN_HOST:
        pytest.skip("the engine of AIODOCKERPY_TEST_HOST does not know the lab's registry")
    return lab_up("registry").registries["open"].address


@pytest.fixture
def docker_cli(engine: EngineUnderTest) -> DockerCli:
    """The docker command line for the engine under test."""
    return DockerCli(engine.docker_cli, engine.url, None if GIVEN_HOST else state.load().docker_config)


@pytest.fixture
def prefix(engine: EngineUnderTest) -> Iterator[str]:
    """A lower-case prefix for names; objects with such a name are removed after the test."""
    unique = f"adp{uuid.uuid4().hex[:10]}-"
    yield unique
    _remove_all(engine.url, unique)


def _remove_all(url: str, prefix: str) -> None:
    named = quote(f'{{"name":["{prefix}"]}}')
    for container in rest.ask(url, "GET", f"/containers/json?all=1&filters={named}"):
        rest.call(url, "DELETE", f"/containers/{container['Id']}?force=1&v=1")
    for network in rest.ask(url, "GET", f"/networks?filters={named}"):
        rest.call(url, "DELETE", f"/networks/{network['Id']}")
    for volume in rest.ask(url, "GET", f"/volumes?filters={named}")["Volumes"] or []:
        rest.call(url, "DELETE", f"/volumes/{volume['Name']}?force=1")
    for image in rest.ask(url, "GET", "/images/json"):
        for reference in image["RepoTags"] or []:
            if reference.rpartition("/")[2].startswith(prefix):
                rest.call(url, "DELETE", f"/images/{quote(reference)}?force=1")


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[Session]:
    """The sessions of all clients that the test makes."""
    made: list[Session] = []
    make = Session.__init__

    def noted(self: Session, *arguments: object, **options: object) -> None:
        make(self, *arguments, **options)
        made.append(self)

    monkeypatch.setattr(Session, "__init__", noted)
    return made


@pytest_asyncio.fixture(autouse=True)
async def no_leaks(sessions: list[Session]) -> AsyncIterator[None]:
    """Fail a test that leaves a task, an open file, a thread, a slot of a pool or a stream behind."""
    before = Snapshot.take()
    yield
    left = await remaining(before, clients=sessions)
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


@pytest_asyncio.fixture
async def client(engine: EngineUnderTest) -> AsyncIterator[aiodockerpy.DockerClient]:
    """A client of the engine under test."""
    async with aiodockerpy.DockerClient(engine.url) as opened:
        yield opened
