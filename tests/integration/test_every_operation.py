"""Every operation of the Engine API, at least once on each engine.

Each engine is one of its own, since some operations clean up everything there is. What ran where is written to
``docs/reference/operations.json`` when AIODOCKERPY_RECORD is set.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import tarfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._protocol.operations import OPERATIONS
from aiodockerpy.api import Api
from aiodockerpy.models import (
    AuthConfig,
    ConfigCreateRequest,
    ContainerCreateRequest,
    ContainerSpec,
    ContainerUpdateRequest,
    DispatcherConfig,
    EndpointSettings,
    ExecCreateRequest,
    HostConfig,
    NetworkCreateRequest,
    RestartPolicy,
    SecretCreateRequest,
    ServiceCreateRequest,
    SwarmInitRequest,
    SwarmJoinRequest,
    SwarmSpec,
    TaskSpec,
    VolumeCreateRequest,
    VolumeUpdateRequest,
)
from tests.integration.plugin import plugin_archive
from tests.lab import parts
from tests.lab.private import PrivateEngine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aiodockerpy._protocol.operations import Call

pytestmark = [pytest.mark.timeout(300), pytest.mark.every_version]
RECORD = Path(__file__).parents[2] / "docs/reference/operations.json"
BUSYBOX = "busybox:1"
GRACE = 60


class Recorder:
    """The session manager, with a book of what was called and how it ended."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.outcomes: dict[str, str] = {}

    @property
    def max_response_size(self) -> int:
        return self._session.max_response_size

    async def version(self) -> Any:
        return await self._session.version()

    async def request(self, call: Call) -> Any:
        return await self._noted(call, self._session.request(call))

    async def open(self, call: Call) -> Any:
        return await self._noted(call, self._session.open(call))

    async def upgrade(self, call: Call) -> Any:
        return await self._noted(call, self._session.upgrade(call))

    async def dial(self, call: Call, protocol: str) -> Any:
        return await self._noted(call, self._session.dial(call, protocol))

    async def websocket(self, call: Call) -> Any:
        return await self._noted(call, self._session.websocket(call))

    async def _noted(self, call: Call, answer: Any) -> Any:
        id = call.operation.id
        try:
            reply = await answer
        except errors.UnsupportedByEngine as error:
            self.outcomes.setdefault(id, f"needs API {error.needed}")
            raise
        except errors.APIError as error:
            self.outcomes.setdefault(id, f"refused: {error.status_code}")
            raise
        if not self.outcomes.get(id, "").isdecimal():
            self.outcomes[id] = str(reply.status)
        return reply


@pytest_asyncio.fixture(params=[*parts.ROLES, "containerd"])
async def recorded(request, lab_up) -> AsyncIterator[tuple[Api, Recorder, PrivateEngine]]:
    """The operations on an engine of their own, what was called, and the engine."""
    lab_up("registry")
    containerd = request.param == "containerd"
    role = "new" if containerd else request.param
    features = {"containerd-snapshotter": containerd}
    async with PrivateEngine(role, extra_args=["--experimental"], features=features) as engine:
        async with aiodockerpy.DockerClient(engine.url) as client:
            recorder = Recorder(client.api.transport)
            yield Api(recorder), recorder, engine  # type: ignore[arg-type]
            version = await client.version()
    if os.environ.get("AIODOCKERPY_RECORD") and not containerd:
        book = json.loads(RECORD.read_text()) if RECORD.exists() else {}
        book[request.param] = {
            "version": version.version.partition("+")[0],
            "api": version.api_version,
            "operations": {id: recorder.outcomes[id] for id in OPERATIONS if id in recorder.outcomes},
        }
        RECORD.write_text(json.dumps(book, indent=1) + "\n")


@contextmanager
def refused(*statuses: int) -> Iterator[None]:
    """Accept that the engine refuses so; this machine or this engine cannot do better."""
    try:
        yield
    except errors.UnsupportedByEngine:
        pass
    except errors.APIError as error:
        if error.status_code not in statuses:
            raise


async def until(condition: Any, what: str) -> Any:
    """Ask again until it is so."""
    end = time.monotonic() + GRACE
    while not (found := await condition()):
        assert time.monotonic() < end, what
        await asyncio.sleep(0.2)
    return found


def archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def members(data: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return tar.getnames()


async def test_every_operation(recorded, registry, tmp_path, round_trip):
    api, recorder, engine = recorded
    await system(api, registry)
    await images(api, registry)
    await builds(api)
    await networks(api)
    await volumes(api)
    await containers(api)
    await processes(api)
    await plugins(api, registry, plugin_archive(tmp_path))
    await swarm(api, engine)
    assert set(OPERATIONS) - set(recorder.outcomes) == set()
    assert round_trip.seen > 100


async def system(api: Api, registry: str) -> None:
    assert (await api.system.ping()).api_version == (await api.system.ping_head()).api_version
    assert (await api.system.version()).version
    assert (await api.system.info()).containers == 0
    assert (await api.system.data_usage()).layers_size is not None
    login = await api.system.auth(AuthConfig(username="u", password="p", serveraddress=registry))
    assert login.status == "Login Succeeded"
    events = await api.system.events(since=0, until=int(time.time()))
    assert {event.type for event in events} <= {"image", "network", "daemon", "builder"}
    found = await api.distribution.inspect(f"{registry}/platforms:1")
    assert {platform.architecture for platform in found.platforms} == {"amd64", "arm64"}
    with pytest.raises(errors.APIError):
        await api.images.search(f"{registry}/busybox")  # only the hub can be searched


async def images(api: Api, registry: str) -> None:
    source, copy = f"{registry}/layers:1", f"{registry}/adp-every:1"
    messages = [message async for message in api.images.create(from_image=source)]
    assert any(message.status and "Digest" in message.status for message in messages)
    await api.images.pull(source)
    inspected = await api.images.inspect(source)
    assert source in [tag for image in await api.images.list(digests=True) for tag in image.repo_tags or []]
    assert len(await api.images.history(source)) >= 1
    await api.images.tag(source, f"{registry}/adp-every", tag="1")
    assert (await api.images.push(copy)).digest.startswith("sha256:")
    saved = await api.images.get(copy)
    assert members(saved)
    assert len(await api.images.get_all([copy, BUSYBOX])) > len(saved)
    assert [item.untagged for item in await api.images.remove(copy) if item.untagged]
    assert await api.images.load(saved) == [copy]
    assert (await api.images.inspect(copy)).id == inspected.id
    imported = await api.images.import_image(archive(file="content"), repo="adp-imported", changes=["CMD x"])
    assert (await api.images.inspect("adp-imported")).id == imported
    with refused(404, 501):
        await api.images.attestations(copy)
    await api.images.remove(copy, force=True)
    pruned = await api.images.prune(filters={"dangling": False, "label!": "keep"})
    assert pruned.space_reclaimed > 0
    assert not [tag for image in await api.images.list() for tag in image.repo_tags or [] if "adp" in tag]
    await api.images.pull(f"{registry}/busybox:1")
    await api.images.tag(f"{registry}/busybox:1", "busybox", tag="1")


async def builds(api: Api) -> None:
    context = archive(Dockerfile=f"FROM {BUSYBOX}\nCOPY Dockerfile /\nRUN echo built\n")
    image = await api.build.build(context, tags=["adp-built"], labels={"a": "b"})
    assert (await api.images.inspect(image)).config.labels == {"a": "b"}
    image = await api.build.build(context, tags=["adp-built:2"], version="2")
    assert (await api.images.inspect("adp-built:2")).id == image
    with pytest.raises(errors.BuildError) as failed:
        await api.build.build(archive(Dockerfile=f"FROM {BUSYBOX}\nRUN exit 7\n"), force_rm=True)
    assert failed.value.exit_code == 7
    await api.build.cancel("no-such-build")
    usage = await api.system.data_usage()
    assert usage.build_cache
    pruned = await api.build.prune(all=True, reserved_space=0)
    assert pruned.caches_deleted
    async with await api.build.grpc() as duplex:
        await duplex.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\4" + bytes(5))
        assert await duplex.read()
    async with await api.build.session({"X-Docker-Expose-Session-Uuid": "adp-session"}) as duplex:
        assert (await duplex.read()).startswith(b"PRI * HTTP/2.0")


async def networks(api: Api) -> None:
    created = await api.networks.create(NetworkCreateRequest(name="adp-net", labels={"a": "b"}, internal=True))
    assert (await api.networks.inspect("adp-net", verbose=True)).id == created.id
    assert [network.name for network in await api.networks.list(filters={"label": "a=b"})] == ["adp-net"]
    container = await api.containers.create(ContainerCreateRequest(image=BUSYBOX, cmd=["sleep", "600"]))
    await api.containers.start(container.id)
    await api.networks.connect("adp-net", container.id, endpoint_config=EndpointSettings(aliases=["db"]))
    assert container.id in (await api.networks.inspect("adp-net")).containers
    await api.networks.disconnect("adp-net", container.id, force=True)
    await api.containers.remove(container.id, force=True)
    await api.networks.remove("adp-net")
    await api.networks.create(NetworkCreateRequest(name="adp-net2"))
    assert (await api.networks.prune()).networks_deleted == ["adp-net2"]


async def volumes(api: Api) -> None:
    created = await api.volumes.create(VolumeCreateRequest(name="adp-vol", labels={"a": "b"}))
    assert created.mountpoint == (await api.volumes.inspect("adp-vol")).mountpoint
    anonymous = await api.volumes.create()
    assert [volume.name for volume in (await api.volumes.list(filters={"label": "a"})).volumes] == ["adp-vol"]
    with refused(404, 503):
        await api.volumes.update("adp-vol", VolumeUpdateRequest(), version=1)
    await api.volumes.remove("adp-vol", force=True)
    pruned = await api.volumes.prune()
    assert anonymous.name in (pruned.volumes_deleted or [anonymous.name])


async def containers(api: Api) -> None:
    request = ContainerCreateRequest(
        image=BUSYBOX,
        cmd=["sh", "-c", "trap 'exit 0' TERM; echo out; echo err >&2; echo x > /new; while :; do sleep 0.1; done"],
        host_config=HostConfig(restart_policy=RestartPolicy(name="no")),
        labels={"adp": "1"},
    )
    created = await api.containers.create(request, name="adp-one")
    one = created.id
    assert await api.containers.start(one)
    assert not await api.containers.start(one)
    assert [found.id for found in await api.containers.list(filters={"label": "adp"}, size=True)] == [one]
    assert (await api.containers.inspect("adp-one", size=True)).state.running
    await until(lambda: logs_of(api, one), "no output")
    changes = await api.containers.changes(one)
    assert [(change.path, change.kind) for change in changes] == [("/new", 1)]
    assert (await api.containers.top(one)).processes
    assert (await api.containers.stats(one, stream=False)).id in {one, None}
    async with api.containers.stats(one) as samples:
        assert (await anext(samples)).read
    assert (await api.containers.archive_info(one, "/new")).size == 2
    assert members(await api.containers.archive(one, "/new")) == ["new"]
    await api.containers.put_archive(one, "/tmp", archive(put="here"))
    assert (await api.containers.archive_info(one, "/tmp/put")).size == 4
    assert len(await api.containers.export(one)) > 1_000_000
    await api.containers.update(one, ContainerUpdateRequest(restart_policy=RestartPolicy(name="no")))
    await api.containers.rename(one, "adp-renamed")
    await api.containers.pause("adp-renamed")
    await api.containers.unpause("adp-renamed")
    assert (await api.images.commit(one, repo="adp-committed", comment="why")).id
    assert (await api.images.history("adp-committed"))[0].comment == "why"
    await checkpoints(api, one)
    await api.containers.restart(one, stop_timeout=5)
    assert await api.containers.stop(one, stop_timeout=5)
    assert not await api.containers.stop(one)
    assert (await api.containers.wait(one)).status_code == 0
    await api.containers.start(one)
    await api.containers.kill(one, signal="SIGKILL")
    assert (await api.containers.wait(one)).status_code == 137
    await api.containers.remove(one, v=True)
    second = await api.containers.create(ContainerCreateRequest(image=BUSYBOX))
    assert (await api.containers.prune()).containers_deleted == [second.id]


async def logs_of(api: Api, container: str) -> bool:
    return await api.containers.logs(container, timestamps=True, details=True) != b""


async def checkpoints(api: Api, container: str) -> None:
    """As far as the machine goes: CRIU is seldom there."""
    with refused(500, 501):
        assert await api.containers.checkpoints(container) == []
    with refused(400, 500, 501):
        await api.containers.create_checkpoint(container, "adp-checkpoint")
    with refused(404, 500, 501):
        await api.containers.remove_checkpoint(container, "adp-checkpoint")


async def processes(api: Api) -> None:
    request = ContainerCreateRequest(image=BUSYBOX, cmd=["cat"], open_stdin=True, tty=True)
    created = await api.containers.create(request)
    await api.containers.start(created.id)
    await api.containers.resize(created.id, height=24, width=80)
    async with api.containers.attach(created.id, tty=True, stdin=True) as attached:
        await attached.write(b"hello\n")
        await seen(attached, b"hello")
    async with await api.containers.attach_websocket(created.id) as duplex:
        await duplex.write(b"again\n")
        got = b""
        while b"again" not in got:
            got += await duplex.read()
    prepared = await api.exec.create(
        created.id, ExecCreateRequest(cmd=["cat"], attach_stdin=True, attach_stdout=True, tty=True)
    )
    async with api.exec.start(prepared.id, tty=True) as process:
        await process.write(b"x\n")
        await seen(process, b"x")
        await api.exec.resize(prepared.id, height=10, width=20)
        assert (await api.exec.inspect(prepared.id)).running
    quiet = await api.exec.create(created.id, ExecCreateRequest(cmd=["true"]))
    await api.exec.start_detached(quiet.id)
    await api.containers.remove(created.id, force=True)


async def seen(attached: Any, wanted: bytes) -> None:
    """Read until it has come; a terminal gives back what is written in pieces of any size."""
    got = b""
    async for chunk in attached:
        got += chunk.data
        if wanted in got:
            return
    pytest.fail(f"only {got!r} came")


async def plugins(api: Api, registry: str, content: bytes) -> None:
    name = f"{registry}/adp-plugin:{time.time_ns()}"
    await api.plugins.create(name, content)
    assert (await api.plugins.inspect(name)).settings.env == ["LEVEL=0"]
    await api.plugins.set(name, ["LEVEL=1"])
    await api.plugins.enable(name)
    assert [plugin.name for plugin in await api.plugins.list(filters={"enabled": True})] == [name]
    await api.plugins.disable(name, force=True)
    await api.plugins.push(name)
    wanted = await api.plugins.privileges(name)
    await api.plugins.upgrade(name, name, wanted)
    await api.plugins.remove(name, force=True)
    messages = [message async for message in api.plugins.pull(name, wanted)]
    assert messages
    await api.plugins.remove(name)
    assert await api.plugins.list() == []


async def swarm(api: Api, engine: PrivateEngine) -> None:
    async with PrivateEngine(engine.role, busybox=False) as other, aiodockerpy.DockerClient(other.url) as second:
        here, there = engine.engine.sandbox.address, other.engine.sandbox.address
        heartbeat = DispatcherConfig(heartbeat_period=10**9)  # so that a node that leaves is soon down
        node = await api.swarm.init(
            SwarmInitRequest(
                listen_addr=f"{here}:2377", advertise_addr=here, spec=SwarmSpec(dispatcher=heartbeat, name="default")
            )
        )
        state = await api.swarm.inspect()
        await second.api.swarm.join(joining(there, here, state.join_tokens.worker))
        await nodes(api, node, second.api)
        await api.swarm.update(state.spec, version=(await api.swarm.inspect()).version.index, rotate_worker_token=True)
        assert (await api.swarm.inspect()).join_tokens.worker != state.join_tokens.worker
        await secrets_and_configs(api)
        await services(api)
        await locked(api, engine)
        await api.swarm.leave(force=True)
        await second.api.swarm.init(SwarmInitRequest(listen_addr=f"{there}:2377", advertise_addr=there))
        token = (await second.api.swarm.inspect()).join_tokens.worker
        await api.swarm.join(joining(here, there, token))
        assert (await api.system.info()).swarm.local_node_state == "active"
        await api.swarm.leave()


def joining(address: str, manager: str, token: str) -> SwarmJoinRequest:
    return SwarmJoinRequest(
        listen_addr=f"{address}:2377", advertise_addr=address, remote_addrs=[f"{manager}:2377"], join_token=token
    )


async def nodes(api: Api, node: str, second: Api) -> None:
    assert [found.id for found in await api.nodes.list(filters={"role": "manager"})] == [node]
    inspected = await api.nodes.inspect(node)
    inspected.spec.labels = {"adp": "1"}
    await api.nodes.update(node, inspected.spec, version=inspected.version.index)
    assert (await api.nodes.inspect(node)).spec.labels == {"adp": "1"}
    [worker] = await api.nodes.list(filters={"role": "worker"})
    await second.swarm.leave()

    async def down() -> bool:
        return (await api.nodes.inspect(worker.id)).status.state == "down"

    await until(down, "the node that left is not down")
    await api.nodes.remove(worker.id)
    assert [found.id for found in await api.nodes.list()] == [node]


async def locked(api: Api, engine: PrivateEngine) -> None:
    """A manager that starts locked, and is unlocked with the key that it gave before."""
    state = await api.swarm.inspect()
    state.spec.encryption_config.auto_lock_managers = True
    await api.swarm.update(state.spec, version=state.version.index)
    key = (await api.swarm.unlock_key()).unlock_key
    await engine.restart()
    with pytest.raises(errors.ServiceUnavailable, match="needs to be unlocked"):
        await api.swarm.inspect()
    await api.swarm.unlock(key)
    await until(lambda: managed(api), "the swarm is not unlocked")


async def managed(api: Api) -> bool:
    try:
        await api.swarm.inspect()
    except errors.ServiceUnavailable:  # a manager elects itself first
        return False
    return True


async def secrets_and_configs(api: Api) -> None:
    secret = await api.secrets.create(SecretCreateRequest(name="adp-secret"), data=b"\xff\x00")
    found = await api.secrets.inspect("adp-secret")
    found.spec.labels = {"a": "b"}
    await api.secrets.update(secret.id, found.spec, version=found.version.index)
    assert [one.id for one in await api.secrets.list(filters={"label": "a"})] == [secret.id]
    await api.secrets.remove(secret.id)
    config = await api.configs.create(ConfigCreateRequest(name="adp-config"), data=b"\xff\x00")
    kept = await api.configs.inspect(config.id)
    assert kept.spec.data == "/wA="
    kept.spec.labels = {"a": "b"}
    await api.configs.update(config.id, kept.spec, version=kept.version.index)
    assert [one.id for one in await api.configs.list(filters={"name": "adp-config"})] == [config.id]
    await api.configs.remove(config.id)


async def services(api: Api) -> None:
    command = ["sh", "-c", "echo served; sleep 600"]
    task = TaskSpec(container_spec=ContainerSpec(image=BUSYBOX, command=command, stop_signal="SIGKILL"))
    created = await api.services.create(ServiceCreateRequest(name="adp-service", task_template=task))
    found = await until(lambda: running_tasks(api), "no task runs")
    assert (await api.tasks.inspect(found[0].id)).service_id == created.id
    await until(lambda: api.services.logs(created.id, details=True), "no output of the service")
    assert b"served" in await api.tasks.logs(found[0].id)
    assert (await api.services.list(status=True))[0].service_status.running_tasks == 1
    service = await api.services.inspect("adp-service", insert_defaults=True)
    service.spec.labels = {"a": "b"}
    await api.services.update(created.id, service.spec, version=service.version.index)
    assert (await api.services.inspect(created.id)).spec.labels == {"a": "b"}
    await api.services.remove("adp-service")


async def running_tasks(api: Api) -> Any:
    tasks = await api.tasks.list(filters={"service": "adp-service", "desired-state": "running"})
    return [task for task in tasks if task.status.state == "running"]
