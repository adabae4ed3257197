"""Traps of docker-py, shown with it where it falls in, that are none here."""

from __future__ import annotations

import asyncio

import docker
import pytest

import aiodockerpy
from aiodockerpy import errors

IMAGE = "busybox:1"


@pytest.fixture
def docker_py(engine):
    """A docker-py client of the engine under test."""
    made = docker.DockerClient(engine.url, timeout=60)
    yield made
    made.close()


@pytest.fixture
async def talker(client, prefix):
    """A container that has written six lines and ended."""
    made = await client.containers.run(IMAGE, ["seq", "6"], name=f"{prefix}talker", detach=True)
    await made.wait()
    return made


async def test_the_tail_of_logs_is_a_number_or_its_text(docker_py, talker):
    """docker-py takes ``tail="5"`` for all lines."""
    other = docker_py.containers.get(talker.id)
    assert len(other.logs(tail="5").splitlines()) == 6
    assert len((await talker.logs(tail="5")).splitlines()) == 5
    assert await talker.logs(tail=5) == other.logs(tail=5)


async def test_logs_since_the_beginning_of_time(docker_py, talker):
    """docker-py refuses 0."""
    with pytest.raises(docker.errors.InvalidArgument):
        docker_py.containers.get(talker.id).logs(since=0)
    assert len((await talker.logs(since=0)).splitlines()) == 6


async def test_logs_of_a_terminal_come_in_pieces_of_their_own(client, docker_py, prefix):
    """docker-py gives single bytes."""
    made = await client.containers.run(IMAGE, ["echo", "0123456789"], name=f"{prefix}a", tty=True, detach=True)
    await made.wait()
    assert max(len(piece) for piece in docker_py.containers.get(made.id).logs(stream=True)) == 1
    assert [chunk.data async for chunk in made.logs().chunks()] == [b"0123456789\r\n"]
    assert [line.text async for line in made.logs()] == ["0123456789"]


async def test_the_exit_code_is_known_when_the_output_has_been_read(client, prefix):
    """docker-py: ``exec_run(stream=True)`` has none."""
    box = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True)
    process = box.exec_run(["sh", "-c", "echo out; echo err >&2; exit 7"])
    pieces = [(chunk.stream, chunk.data) async for chunk in process]
    assert sorted(pieces) == [("stderr", b"err\n"), ("stdout", b"out\n")]
    assert process.exit_code == 7


async def test_restart_takes_the_containers_own_time(client, docker_py, prefix):
    """docker-py adds ``None`` to its own timeout."""
    box = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True, stop_timeout=0)
    with pytest.raises(TypeError):
        docker_py.containers.get(box.id).restart(timeout=None)
    before = box.attrs["State"]["StartedAt"]
    await box.restart(timeout=None)
    assert (await box.reload()).attrs["State"]["StartedAt"] != before


async def test_the_time_to_stop_is_an_option_of_run(client, docker_py, prefix):
    """docker-py: ``TypeError``."""
    with pytest.raises(TypeError, match="stop_timeout"):
        docker_py.containers.run(IMAGE, "true", stop_timeout=3)
    box = await client.containers.create(IMAGE, ["true"], name=f"{prefix}a", stop_timeout=3, stop_signal="SIGINT")
    assert (box.attrs["Config"]["StopTimeout"], box.attrs["Config"]["StopSignal"]) == (3, "SIGINT")


async def test_graphics_cards_are_asked_for_as_in_the_cli(client, prefix):
    for number, (given, request) in enumerate(
        (
            ("all", {"Count": -1, "DeviceIDs": None}),
            (2, {"Count": 2, "DeviceIDs": None}),
            (["0", "1"], {"Count": 0, "DeviceIDs": ["0", "1"]}),
        )
    ):
        box = await client.containers.create(IMAGE, ["true"], name=f"{prefix}{number}", gpus=given)
        [found] = box.attrs["HostConfig"]["DeviceRequests"]
        assert {key: found[key] for key in request} == request
        assert found["Capabilities"] == [["gpu"]]


async def test_a_missing_tag_is_a_missing_image(client, docker_py, registry):
    """docker-py: the plain NotFound, since the registry's text is another."""
    assert issubclass(errors.ImageNotFound, errors.NotFound)
    with pytest.raises(docker.errors.NotFound) as caught:
        docker_py.images.pull(f"{registry}/busybox", "no-such-tag")
    assert not isinstance(caught.value, docker.errors.ImageNotFound)
    with pytest.raises(errors.ImageNotFound):
        await client.images.pull(f"{registry}/busybox", "no-such-tag")


async def test_quiet_streams_outlast_the_limit_of_calls(engine, prefix):
    """docker-py: "Read timed out" in some of them; here the limit is for calls, and nothing that lasts has one."""
    async with aiodockerpy.DockerClient(engine.url, timeout=1) as client:
        box = await client.containers.run(IMAGE, ["sh", "-c", "sleep 3; echo late"], name=f"{prefix}a", detach=True)
        logs, late, waited = await asyncio.gather(box.logs(follow=True), box.exec_run(["sleep", "2"]), box.wait())
        assert logs.endswith(b"late\n")
        assert (late.exit_code, waited.status_code) == (0, 0)


async def test_followed_logs_end_with_a_container_however_short_its_life(client, prefix):
    for number, command in enumerate((["true"], ["echo", "x"], ["sh", "-c", "kill -9 $$"])):
        box = await client.containers.run(IMAGE, command, name=f"{prefix}{number}", detach=True)
        async with asyncio.timeout(30):
            assert b"".join([line.data async for line in box.logs(follow=True)]).strip() in {b"", b"x"}


async def test_lines_tell_their_stream_and_are_whole(client, prefix):
    command = ["sh", "-c", "printf one; sleep 0.2; echo ' line'; sleep 0.2; echo err >&2; sleep 0.2; echo last"]
    box = await client.containers.run(IMAGE, command, name=f"{prefix}a", detach=True)
    found = [(line.stream, line.text) async for line in box.logs(follow=True)]
    assert found == [("stdout", "one line"), ("stderr", "err"), ("stdout", "last")]


async def test_whoever_reads_can_be_stopped_from_another_task(client, prefix):
    box = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True)
    async with box.logs(follow=True) as lines:

        async def read():
            return [line async for line in lines]

        reading = asyncio.create_task(read())
        await asyncio.sleep(0.2)
        lines.close()
        assert await reading == []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await box.logs(follow=True)
    assert client.diagnostics().streams == ()


async def test_every_failure_is_of_one_tree(engine, prefix, tmp_path):
    """docker-py: requests' and urllib3's exceptions come out of some calls."""
    async with aiodockerpy.DockerClient(f"unix://{tmp_path}/nobody.sock") as nobody:
        with pytest.raises(errors.EngineUnreachable) as caught:
            await nobody.containers.list()
        assert isinstance(caught.value, errors.DockerException)
        assert isinstance(caught.value, ConnectionError)
    async with aiodockerpy.DockerClient(engine.url) as client:
        box = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True)
        with pytest.raises(errors.DeadlineExceeded) as late:
            await box.wait(timeout=0.2)
        assert isinstance(late.value, TimeoutError)
        with pytest.raises(errors.Conflict) as conflict:
            await client.containers.create(IMAGE, name=f"{prefix}a")
        assert conflict.value.status_code == conflict.value.response.status_code == 409
        assert conflict.value.is_client_error()
        assert not conflict.value.is_server_error()


async def test_a_dict_with_the_id_of_an_object_is_none_of_its_names(client, docker_py, prefix):
    """docker-py's low level takes both; here what names an object is text, and empty text is refused before it is sent."""
    for wrong in ("", None):
        with pytest.raises(docker.errors.NullResource):
            docker_py.containers.get(wrong)
        with pytest.raises((errors.NullResource, TypeError)):
            await client.containers.get(wrong)
    with pytest.raises(ValueError, match=r"empty|null|name"):
        await client.networks.get("")


async def test_drivers_without_readable_logs_give_their_output(client, docker_py, prefix):
    """docker-py's ``run`` returns None then."""
    options = {"log_config": {"type": "none"}, "remove": True}
    assert docker_py.containers.run(IMAGE, ["echo", "x"], **options) is None
    assert await client.containers.run(IMAGE, ["echo", "x"], name=f"{prefix}a", **options) == b"x\n"


async def test_a_snapshot_is_the_engines_own_json(client, prefix):
    box = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}a", detach=True)
    assert isinstance(box.attrs, dict)
    assert box.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    assert box.attrs["Config"]["Cmd"] == ["sleep", "1000"] == box.info.config.cmd
    assert box.short_id == box.id[:12]
    with pytest.raises(TypeError, match="not callable"):
        client.containers()
