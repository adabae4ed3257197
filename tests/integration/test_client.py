"""The client on real engines: how it finds them, speaks to them and lets go of them."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta

import pytest

import aiodockerpy
from aiodockerpy import errors
from tests.lab import state
from tests.lab.faults import FaultProxy, Faults, garbling

pytestmark = pytest.mark.every_version

IMAGE = "busybox:1"


def descriptors():
    return len(os.listdir("/proc/self/fd"))


async def test_making_a_client_does_no_io(engine):
    before = descriptors()
    client = aiodockerpy.DockerClient(engine.url)
    assert descriptors() == before
    await client.ping()
    assert descriptors() > before
    await client.aclose()


async def test_the_engine_is_asked_for_its_version_and_spoken_to_in_it(engine, client):
    assert await client.api_version() == engine.spoken
    version = await client.version()
    assert version.version == version["Version"] == engine.version
    assert (await client.api.system.ping()).api_version == engine.api_version
    assert (await client.api.system.ping_head()).os_type == "linux"


async def test_info_and_disk_usage(client):
    info = await client.info()
    assert info.os_type == info["OSType"] == "linux"
    usage = await client.df()
    assert usage["LayersSize"] > 0


@pytest.mark.parametrize("kind", ["url", "tcp_url"])
async def test_unix_and_tcp(engine, prefix, kind):
    host = getattr(engine, kind)
    if host is None:
        pytest.skip("this engine does not listen there")
    async with aiodockerpy.DockerClient(host) as client:
        assert await client.containers.run(IMAGE, ["cat", "/etc/passwd"], name=f"{prefix}a", remove=True)
        assert client.host.url == host
        assert client.host.source == "base_url"


async def test_the_environment_names_the_engine(engine):
    async with aiodockerpy.from_env(environment={"DOCKER_HOST": engine.url, "HOME": "/nowhere"}) as client:
        assert await client.ping() is True
        assert client.host.source == "DOCKER_HOST"
        assert engine.url in repr(client)


@pytest.mark.parametrize("given", ["argument", "environment"])
async def test_a_version_that_is_given_wins(engine, given):
    environment = {"DOCKER_HOST": engine.url, "HOME": "/nowhere"}
    if given == "environment":
        environment["DOCKER_API_VERSION"] = engine.oldest
    version = engine.oldest if given == "argument" else None
    async with aiodockerpy.from_env(version=version, environment=environment) as client:
        await client.info()
        assert await client.api_version() == client.diagnostics().api_version == engine.oldest


async def test_a_version_the_engine_does_not_know_is_refused_by_it(engine):
    async with aiodockerpy.DockerClient(engine.url, version="1.99") as client:
        with pytest.raises(errors.BadRequest, match="too new"):
            await client.info()


async def test_supports(engine, client):
    assert await client.supports("containers.stop") is True
    assert await client.supports("containers.stop.signal") is (engine.api >= (1, 42))
    assert await client.supports("images.attestations") is (engine.api >= (1, 55))
    with pytest.raises(errors.InvalidArgument):
        await client.supports("containers.stopp")


async def test_what_the_engine_lacks_is_refused_before_it_is_sent(engine, client, prefix):
    container = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True)
    if engine.api >= (1, 42):
        await container.stop(signal="SIGKILL")
        return
    with pytest.raises(errors.UnsupportedByEngine, match=r"signal needs API 1\.42.*1\.41"):
        await container.stop(signal="SIGKILL")
    await container.reload()
    assert container.status == "running"


async def test_another_engine_behind_the_same_socket_is_noticed(lab_up):
    """As after an upgrade or a downgrade: the next call speaks the version of the engine that answers now."""
    if os.environ.get("AIODOCKERPY_TEST_HOST"):
        pytest.skip("needs two engines of the lab")
    known = lab_up("new", "old")
    new, old = (known.engine(role).url for role in ("new", "old"))
    async with FaultProxy(new) as proxy, aiodockerpy.DockerClient(proxy.url) as client:
        first = await client.api_version()
        await client.info()
        proxy._target = old
        await proxy.cut_all()
        info = await client.info()
        assert info.server_version.startswith(state.load().engine("old").version.split("+")[0])
        assert await client.api_version() == "1.41" != first


async def test_a_silent_engine_runs_into_the_deadline_which_is_named(engine):
    async with FaultProxy(engine.url, Faults(stall_after=0)) as proxy:
        async with aiodockerpy.DockerClient(proxy.url, timeout=0.3) as client:
            with pytest.raises(errors.DeadlineExceeded, match=r"did not answer HEAD /_ping within 0\.3 s"):
                await client.info()
            assert client.diagnostics().pool_in_use == 0


@pytest.mark.parametrize(("method", "error"), [("get", None), ("post", errors.RequestMaybeSent)])
async def test_only_reading_is_tried_again(engine, prefix, method, error):
    """The proxy lets the engine carry the request out and cuts before the answer."""
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as client:
        await client.ping()
        container = await client.containers.create(IMAGE, ["sleep", "1000"], name=f"{prefix}a")
        proxy.faults.execute_then_cut = True
        if error is None:
            with pytest.raises(errors.ConnectionFailed):
                await container.reload()  # every try is cut: it does not try for ever
        else:
            with pytest.raises(error, match="may have been carried out"):
                await container.rename(f"{prefix}b")
        proxy.faults.execute_then_cut = False
        await container.reload()
        assert container.name == (f"{prefix}a" if error is None else f"{prefix}b")


async def test_events_tell_what_happened(client, prefix):
    begin = datetime.now(UTC)
    await client.containers.run(IMAGE, ["true"], name=f"{prefix}a", remove=True)
    events = await client.api.system.events(
        since=begin, until=datetime.now(UTC) + timedelta(seconds=1), filters={"container": f"{prefix}a"}
    )
    assert [event.action for event in events] == ["create", "attach", "start", "die", "destroy"]
    assert all(event.type == "container" for event in events)


async def test_diagnostics_show_streams_and_where_they_were_opened(client, prefix):
    container = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True)
    async with container.logs(follow=True):
        (stream,) = client.diagnostics().streams
        assert stream.operation == "containers.logs"
        assert stream.opened_at.startswith(__file__)
        assert container.id in stream.path
    assert client.diagnostics().streams == ()


async def test_closing_ends_streams_that_are_being_read(engine, prefix):
    client = aiodockerpy.DockerClient(engine.url)
    container = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True)

    async def follow():
        return [line async for line in container.logs(follow=True)]

    readers = [asyncio.create_task(follow()) for _ in range(20)]
    while len(client.diagnostics().streams) < 20:
        await asyncio.sleep(0.01)
    await client.aclose()
    assert await asyncio.gather(*readers) == [[]] * 20
    with pytest.raises(RuntimeError, match="closed"):
        await client.ping()


async def test_many_open_streams_do_not_delay_calls(client, prefix):
    container = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True)
    streams = [container.logs(follow=True) for _ in range(100)]
    for stream in streams:
        await stream.__aenter__()
    assert len(client.diagnostics().streams) == 100
    assert client.diagnostics().pool_in_use == 0
    assert await client.ping() is True
    for stream in streams:
        stream.close()


async def test_a_forgotten_client_warns(engine):
    client = aiodockerpy.DockerClient(engine.url)
    await client.ping()
    session = client._session
    with pytest.warns(ResourceWarning, match="was not closed"):
        del client
    await session.aclose()


ERRORS = {
    "gone": errors.EngineUnreachable,
    "refused": errors.EngineUnreachable,
    "cut": errors.ConnectionFailed,
    "garbled": errors.DockerException,
    "silent": errors.DeadlineExceeded,
}


@pytest.mark.parametrize("mode", ERRORS)
async def test_every_error_of_a_connection_names_the_engine_and_why_it_was_chosen(engine, tmp_path, mode):
    """Whatever went over it: calls, streams, uploads, hijacked connections, websockets."""
    faults = {"cut": Faults(cut_after=0), "silent": Faults(stall_after=0)}.get(mode)
    async with FaultProxy(engine.url, faults) as proxy, garbling(tmp_path / "garbled") as garbled:
        url = {"gone": f"unix://{tmp_path}/nobody", "refused": "tcp://127.0.0.1:9", "garbled": garbled}.get(
            mode, proxy.url
        )
        environment = {"DOCKER_HOST": url, "HOME": str(tmp_path)}
        async with aiodockerpy.from_env(environment=environment, version="1.41", timeout=0.2) as client:
            api = client.api.containers
            sent = [client.info]
            if mode != "silent":  # these have no deadline
                sent += [lambda: api.put_archive("x", "/", bytes(10240)), api.prune]
                sent += [lambda: api.logs("x"), lambda: api.attach("x"), lambda: api.attach_websocket("x")]
            for send in sent:
                with pytest.raises(ERRORS[mode]) as caught:
                    await send()
                assert f"{url} (DOCKER_HOST)" in str(caught.value)


async def test_a_cut_stream_names_the_engine_and_why_it_was_chosen(engine, tmp_path, prefix):
    async with FaultProxy(engine.url) as proxy:
        environment = {"DOCKER_HOST": proxy.url, "HOME": str(tmp_path)}
        async with aiodockerpy.from_env(environment=environment) as client:
            script = ["sh", "-c", "echo begun; sleep 600"]
            made = await client.containers.run(IMAGE, script, name=f"{prefix}a", detach=True)
            for stream in (made.logs(follow=True), made.exec_run(script)):
                async with stream:
                    await anext(stream)
                    await proxy.cut_all()
                    with pytest.raises(errors.StreamInterrupted) as caught:
                        [piece async for piece in stream]
                assert f"{proxy.url} (DOCKER_HOST)" in str(caught.value)
