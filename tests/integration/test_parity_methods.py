"""What containers can do: each method of docker-py's, with each of its keywords, has the same outcome here."""

from __future__ import annotations

import asyncio
import io
import tarfile
from datetime import UTC, datetime

import docker
import pytest

from aiodockerpy import errors
from tests.integration.parity import both, general, ours, plain, renamed, same, theirs, without

IMAGE = "busybox:1"


@pytest.fixture
def docker_py(engine):
    """A docker-py client of the engine under test."""
    made = docker.DockerClient(engine.url, timeout=60)
    yield made
    made.close()


@pytest.fixture
async def pair(client, docker_py, prefix):
    """The same running container twice: docker-py's object of one, ours of the other."""

    async def start(command=("sleep", "1000"), **options):
        made = docker_py.containers.run(IMAGE, list(command), name=f"{prefix}theirs", detach=True, **options)
        return made, await client.containers.run(IMAGE, list(command), name=f"{prefix}ours", detach=True, **options)

    return start


@pytest.fixture
async def one(client, docker_py, prefix):
    """One running container as docker-py's object and as ours."""
    made = docker_py.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}one", detach=True)
    made.reload()
    return made, await client.containers.get(made.id)


def seen(attrs):
    """What a step can have changed of a container."""
    state = without(attrs["State"], "Pid", "StartedAt", "FinishedAt", "OOMKilled")
    return {"Name": attrs["Name"], "State": state, "HostConfig": attrs["HostConfig"]}


LIFE = {
    "pause": [("pause", {}), ("pause", {})],
    "unpause": [("pause", {}), ("unpause", {}), ("unpause", {})],
    "kill": [("kill", {}), ("wait", {}), ("kill", {})],
    "a signal by name": [("kill", {"signal": "SIGKILL"}), ("wait", {})],
    "a signal by number": [("kill", {"signal": 9}), ("wait", {})],
    "a signal that is none": [("kill", {"signal": "SIGNOTHING"})],
    "stop": [("stop", {"timeout": 0}), ("stop", {"timeout": 0}), ("start", {}), ("start", {})],
    "restart": [("restart", {"timeout": 0})],
    "rename": [("rename", {"name": "{name}-new"}), ("rename", {"name": "a b"})],
    "remove": [("remove", {"force": True}), ("remove", {"force": True})],
    "remove while it runs": [("remove", {"v": True})],
    "remove with its volumes": [("kill", {}), ("wait", {}), ("remove", {"v": True})],
    "remove a link": [("remove", {"link": True})],
    "wait": [("kill", {}), ("wait", {"timeout": 30, "condition": "not-running"})],
    "resize": [("resize", {"height": 20, "width": 30})],
    "top": [("top", {"ps_args": "-eo comm"})],
    "update": [("update", {"cpu_shares": 200})],
}


@same("Container.pause")
@same("Container.unpause")
@same("Container.kill", "signal")
@same("Container.stop", "timeout")
@same("Container.start")
@same("Container.restart", "timeout")
@same("Container.rename", "name")
@same("Container.remove", "v", "link", "force")
@same("Container.resize", "height", "width")
@same("Container.top", "ps_args")
@same("Container.wait", "timeout", "condition")
@pytest.mark.parametrize("name", LIFE)
async def test_a_life_is_the_same(pair, prefix, name):
    other, mine = await pair(tty=True)
    for method, options in LIFE[name]:
        outcomes = await both(
            lambda method=method, options=options: getattr(other, method)(
                **{key: filled(value, f"{prefix}theirs") for key, value in options.items()}
            ),
            lambda method=method, options=options: getattr(mine, method)(
                **{key: filled(value, f"{prefix}ours") for key, value in options.items()}
            ),
        )
        expected, found = ours_name(outcomes[0], other, mine), outcomes[1]
        assert plain(found) == general(expected), (name, method)
    looked = await both(other.reload, mine.reload)
    if isinstance(looked[0], tuple):
        assert looked[1] == general(ours_name(looked[0], other, mine))
    else:
        assert seen(mine.attrs) == renamed(seen(other.attrs))


def filled(value, name):
    return value.replace("{name}", name) if isinstance(value, str) else value


def ours_name(outcome, other, mine):
    """docker-py's outcome, about our container."""
    return renamed(renamed(renamed(outcome), other.id, mine.id), other.short_id, mine.short_id)


UPDATES = {
    "blkio_weight": [300],
    "cpu_period": [50_000],
    "cpu_quota": [25_000],
    "cpu_shares": [300],
    "cpuset_cpus": ["0"],
    "cpuset_mems": ["0"],
    "kernel_memory": ["64m"],
    "mem_limit": ["128m", 1 << 27, "nonsense"],
    "mem_reservation": ["32m"],
    "memswap_limit": [-1],
    "restart_policy": [{"Name": "on-failure", "MaximumRetryCount": 3}, {"Name": "nonsense"}],
}


@same("Container.update", *UPDATES)
@pytest.mark.parametrize("keyword", UPDATES)
async def test_limits_are_changed_alike(client, docker_py, engine, prefix, keyword):
    other = docker_py.containers.create(IMAGE, ["sleep", "1000"], name=f"{prefix}theirs", mem_limit="64m")
    mine = await client.containers.create(IMAGE, ["sleep", "1000"], name=f"{prefix}ours", mem_limit="64m")
    for value in UPDATES[keyword]:
        expected, found = await both(
            lambda value=value: other.update(**{keyword: value}), lambda value=value: mine.update(**{keyword: value})
        )
        if keyword == "kernel_memory" and engine.api > (1, 41):
            assert found[0] == "UnsupportedByEngine"  # told, instead of ignored
            return
        if value == "nonsense":
            assert found[0] != "APIError"  # refused before it is sent, both
            assert expected[0] == "DockerException"
            continue
        assert plain(found) == general(ours_name(expected, other, mine))
    other.reload()
    await mine.reload()
    assert mine.attrs["HostConfig"] == other.attrs["HostConfig"]


EXECS = {
    "plain": ({"cmd": ["sh", "-c", "echo o; exit 4"]}, True),
    "text": ({"cmd": "echo 'a b' c"}, True),
    "errors only": ({"cmd": ["sh", "-c", "echo o; echo e >&2"], "stdout": False}, True),
    "output only": ({"cmd": ["sh", "-c", "echo o; echo e >&2"], "stderr": False}, True),
    "apart": ({"cmd": ["sh", "-c", "echo o; echo e >&2"], "demux": True}, True),
    "apart, nothing": ({"cmd": ["true"], "demux": True}, True),
    "a terminal": ({"cmd": ["sh", "-c", "test -t 1 && echo hi"], "tty": True}, True),
    "privileged": ({"cmd": ["grep", "CapEff", "/proc/self/status"], "privileged": True}, True),
    "a user": ({"cmd": ["id"], "user": "1:2"}, True),
    "variables": ({"cmd": ["env"], "environment": {"A": "b", "EMPTY": ""}}, False),
    "variables as texts": ({"cmd": ["env"], "environment": ["A=b"]}, False),
    "a folder": ({"cmd": ["pwd"], "workdir": "/tmp"}, True),
    "standard input": ({"cmd": ["true"], "stdin": True}, True),
    "no such command": ({"cmd": ["no-such-command"]}, True),
    "no such user": ({"cmd": ["id"], "user": "nobody-here"}, True),
    "no such folder": ({"cmd": ["pwd"], "workdir": "/no/such"}, True),
}


@same(
    *("Container.exec_run", "cmd", "stdout", "stderr", "stdin", "tty", "privileged", "user", "environment", "workdir"),
    "demux",
)
@pytest.mark.parametrize("name", EXECS)
async def test_commands_have_the_same_result(one, name):
    other, mine = one
    options, exact = EXECS[name]
    expected, found = await both(lambda: other.exec_run(**options), lambda: mine.exec_run(**options))
    if not exact:
        expected, found = ((outcome[0], sorted(outcome[1].splitlines())) for outcome in (expected, found))
    if name.startswith("no such"):  # the text may name the moment or the process
        assert found[0] == general(expected)[0]
        assert expected[0] != 0
        return
    assert found == expected
    if name == "plain":
        assert (found.exit_code, found.output) == (expected.exit_code, expected.output) == (4, b"o\n")


@same("Container.exec_run", "detach")
async def test_a_detached_command_can_be_found_again(one):
    """docker-py returns ``(None, '')``, a text, and its id is lost."""
    other, mine = one
    assert other.exec_run(["true"], detach=True).output == ""
    result = await mine.exec_run(["sleep", "1000"], detach=True)
    assert result == (None, b"")
    assert (await mine.client.api.exec.inspect(result.exec_id)).running is True


@same("Container.exec_run", "stdout", "stderr")
async def test_a_command_without_output_is_waited_for(one):
    """docker-py returns ``(None, b'')`` while the command still runs."""
    other, mine = one
    command = ["sh", "-c", "sleep 0.5; exit 5"]
    assert other.exec_run(command, stdout=False, stderr=False) == (None, b"")
    assert await mine.exec_run(command, stdout=False, stderr=False) == (5, b"")


LOGS = {
    "everything": {},
    "output": {"stderr": False},
    "errors": {"stdout": False},
    "with times": {"timestamps": True},
    "the last": {"tail": 2},
    "all": {"tail": "all"},
    "none": {"tail": 0},
    "followed": {"follow": True},
    "since a number": {"since": 1},
    "since a moment": {"since": datetime(2020, 1, 1, tzinfo=UTC)},
    "since later": {"since": 32503680000},
    "until": {"until": 32503680000},
    "until before": {"until": 1},
    "neither": {"stdout": False, "stderr": False},
}


@same("Container.logs", "stdout", "stderr", "timestamps", "tail", "since", "until", "follow")
@pytest.mark.parametrize("tty", [False, True])
async def test_logs_are_the_same(client, docker_py, prefix, tty):
    made = docker_py.containers.run(
        IMAGE, ["sh", "-c", "echo o1; echo e1 >&2; echo o2; echo e2 >&2"], name=f"{prefix}a", detach=True, tty=tty
    )
    made.wait()
    mine = await client.containers.get(made.id)
    for name, options in LOGS.items():
        expected, found = await both(
            lambda options=options: made.logs(**options), lambda options=options: mine.logs(**options)
        )
        assert _lines(found) == _lines(general(expected)), name
    joined = b"".join(made.logs(stream=True))
    assert b"".join([chunk.data async for chunk in mine.logs().chunks()]) == joined


def _lines(outcome):
    """The engine may tell two streams of one moment in any order."""
    return sorted(outcome.splitlines()) if isinstance(outcome, bytes) else outcome


@same("Container.attach", "stdout", "stderr", "logs")
@pytest.mark.parametrize("tty", [False, True])
async def test_attaching_gives_the_same(client, docker_py, prefix, tty):
    """docker-py's ``attach(stream=True)`` is what is awaited here; its ``attach()`` returns what was written before only.

    What comes together with the head of the answer, as logs do, docker-py loses.
    """
    script = "echo before; while ! test -e /go; do sleep 0.05; done; echo o; echo e >&2"
    made = docker_py.containers.run(IMAGE, ["sh", "-c", script], name=f"{prefix}a", detach=True, tty=tty)
    mine = await client.containers.get(made.id)
    while b"before" not in made.logs():
        await asyncio.sleep(0.05)
    ways = [{}, {"stderr": False}, {"stdout": False}, {"logs": True}]
    their_streams = [made.attach(stream=True, **way) for way in ways]
    our_calls = [asyncio.create_task(ours(lambda way=way: mine.attach(**way))) for way in ways]
    while len(client.diagnostics().streams) < len(ways):
        await asyncio.sleep(0.05)
    await mine.exec_run(["touch", "/go"])
    expected = await asyncio.to_thread(lambda: [b"".join(stream) for stream in their_streams])
    found = await asyncio.gather(*our_calls)
    assert [_lines(outcome) for outcome in found[:3]] == [_lines(outcome) for outcome in expected[:3]]
    assert set(_lines(found[3])) == {b"before", *_lines(expected[3])}
    for way in ({"logs": True}, {"logs": True, "stderr": False}):
        lines = {line for line in (b"before", b"o", b"e") if way.get("stderr", True) or tty or line != b"e"}
        assert set(_lines(await mine.attach(live=False, **way))) == lines
        assert set(_lines(made.attach(**way))) <= lines


@same("Container.get_archive", "path", "chunk_size", "encode_stream")
@same("Container.put_archive", "path", "data")
@same("Container.export", "chunk_size")
async def test_archives_are_the_same(one):
    other, mine = one
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo("file")
        info.size, info.mtime = 300_000, 10**9
        tar.addfile(info, io.BytesIO(b"x" * 300_000))
    assert other.put_archive("/tmp", out.getvalue()) is (await mine.put_archive("/tmp", out.getvalue())) is True
    for options in ({}, {"chunk_size": 1000}, {"chunk_size": None}, {"encode_stream": True}):
        bits, stat = other.get_archive("/tmp/file", **options)
        whole = b"".join(bits)  # first: an archive that is not read locks its container
        our_bits, our_stat = await mine.get_archive("/tmp/file", **options)
        assert await our_bits == whole
        assert dict(our_stat) == stat
    for path, data in (("/no/such", out.getvalue()), ("/etc/passwd", out.getvalue()), ("/tmp", b"nonsense")):
        expected, found = await both(
            lambda path=path, data=data: other.put_archive(path, data),
            lambda path=path, data=data: mine.put_archive(path, data),
        )
        assert found == general(expected)
    for path in ("/no/such", ""):
        expected, found = await both(
            lambda path=path: other.get_archive(path), lambda path=path: mine.get_archive(path)
        )
        assert found[0] == general(expected)[0] or path == ""
    assert len(await mine.export(chunk_size=1 << 16)) == len(b"".join(other.export(chunk_size=1 << 16)))


@same("Container.stats", "one_shot")
async def test_statistics_have_the_same_form(one):
    other, mine = one
    for options in ({}, {"one_shot": True}):
        expected = other.stats(stream=False, **options)
        found = await mine.stats(**options)
        assert found.to_dict().keys() == expected.keys()
        assert found.get("name") == expected.get("name")
        assert set(found["memory_stats"].keys()) == set(expected["memory_stats"].keys())
    sample = next(other.stats(decode=True))
    async with mine.stats() as samples:
        async for mine_sample in samples:
            assert mine_sample.to_dict().keys() == sample.keys()
            break


COMMITS = {
    "plain": {},
    "a name": {"repository": "{name}"},
    "a tag": {"repository": "{name}", "tag": "2"},
    "text": {"message": "why", "author": "me"},
    "without a pause": {"pause": False},
    "changes": {"changes": ["ENV A=b", "CMD sh"]},
    "changes as text": {"changes": "LABEL a=b"},
    "configuration": {"conf": {"Env": ["X=y"], "Cmd": ["true"]}},
    "a bad change": {"changes": ["NONSENSE x"]},
    "a bad name": {"repository": "UPPER case"},
}


@same("Container.commit", "repository", "tag", "message", "author", "pause", "changes", "conf")
@same("Container.diff")
@pytest.mark.parametrize("name", COMMITS)
async def test_commits_make_the_same_image(engine, one, prefix, name):
    other, mine = one
    options = COMMITS[name]
    expected, found = await both(
        lambda: other.commit(**{key: filled(value, f"{prefix}theirs") for key, value in options.items()}),
        lambda: mine.commit(**{key: filled(value, f"{prefix}ours") for key, value in options.items()}),
    )
    try:
        if isinstance(expected, tuple):
            assert found == general(expected)
            return
        same_parts = ["Config", "Author", "Comment", "Architecture", "Os"]
        if not engine.containerd_store:  # there it is the size of the compressed layer, with the times of its files
            same_parts.append("Size")
        assert {part: found.attrs[part] for part in same_parts} == {part: expected.attrs[part] for part in same_parts}
        assert found.tags == renamed(expected.tags)
        assert plain(await mine.diff()) == (other.diff() or [])
    finally:
        for image in (expected, found):
            if not isinstance(image, tuple) and not image.tags:
                other.client.images.remove(image.id, force=True)


# ---- the collection

RUNS = {
    "output": {"command": ["sh", "-c", "echo o; echo e >&2"]},
    "errors": {"command": ["sh", "-c", "echo o; echo e >&2"], "stdout": False, "stderr": True},
    "text": {"command": "echo 'a  b'"},
    "removed": {"command": ["true"], "remove": True},
    "no such command": {"command": ["no-such-command"]},
    "a failure": {"command": ["sh", "-c", "echo o; echo e >&2; exit 3"]},
    "a failure, removed": {"command": ["sh", "-c", "exit 3"], "remove": True},
    "a terminal": {"command": ["sh", "-c", "echo o"], "tty": True},
    "two networks": {"command": ["true"], "network": "bridge", "network_mode": "host"},
    "settings without a network": {"command": ["true"], "networking_config": {"a": None}},
    "nothing given": {"command": ["true"], "network": None, "networking_config": None, "network_mode": None},
    "an empty setting": {"command": ["true"], "networking_config": {}},
    "an unknown keyword": {"command": ["true"], "foo": 1},
}


@same("ContainerCollection.run", "image", "command", "stdout", "stderr", "remove")
@pytest.mark.parametrize("name", RUNS)
async def test_runs_have_the_same_outcome(client, docker_py, prefix, name):
    options = RUNS[name]

    async def run():
        return await client.containers.run(IMAGE, name=f"{prefix}ours", **options)

    expected, found = await both(lambda: docker_py.containers.run(IMAGE, name=f"{prefix}theirs", **options), run)
    assert _comparable(found) == _comparable(renamed(general(expected)))
    left = {name.removeprefix(prefix) for name in await _names(client, prefix)}
    if name == "no such command":
        assert left == {"theirs"}  # docker-py leaves the container behind
    else:
        assert sorted(left) in ([], ["ours", "theirs"])


def _comparable(outcome):
    return tuple(outcome) if isinstance(outcome, list) else outcome


async def _names(client, prefix):
    return [found.name for found in await client.containers.list(all=True, sparse=True, filters={"name": prefix})]


@same("ContainerCollection.run", "detach")
async def test_a_detached_container_is_the_same(client, docker_py, prefix):
    """But for its snapshot: docker-py's is from before the start."""
    other = docker_py.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}theirs", detach=True)
    mine = await client.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}ours", detach=True)
    assert (other.status, mine.status) == ("created", "running")
    other.reload()
    assert without(mine.attrs["Config"], "Hostname") == without(other.attrs["Config"], "Hostname")
    assert mine.attrs["HostConfig"] == other.attrs["HostConfig"]


@same("ContainerCollection.list", "all", "filters", "limit", "sparse", "ignore_removed")
@same("ContainerCollection.get", "container_id")
@same("ContainerCollection.prune", "filters")
async def test_the_collection_finds_the_same(client, docker_py, prefix):
    made = [docker_py.containers.create(IMAGE, name=f"{prefix}{n}", labels={prefix: str(n)}) for n in range(3)]
    running = docker_py.containers.run(IMAGE, ["sleep", "1000"], name=f"{prefix}r", labels=[prefix], detach=True)
    labelled = {"label": prefix}
    for options in (
        {"all": True, "filters": labelled},
        {"filters": labelled},
        {"all": True, "filters": labelled, "limit": 2},
        {"all": True, "filters": labelled, "sparse": True},
        {"all": True, "filters": labelled, "ignore_removed": True},
        {"all": True, "filters": {"status": ["created", "exited"], **labelled}},
    ):
        expected = [found.id for found in docker_py.containers.list(**options)]
        assert [found.id for found in await client.containers.list(**options)] == expected != []
    for key in (made[0].id, made[0].short_id, made[0].name):
        assert (await client.containers.get(key)).attrs == docker_py.containers.get(key).attrs
    for key in ("no-such", "a b"):
        expected, found = await both(
            lambda key=key: docker_py.containers.get(key), lambda key=key: client.containers.get(key)
        )
        assert found == general(expected)
    filters = {"label": [f"{prefix}=0", f"{prefix}=0"]}
    assert plain(await client.containers.prune(filters=filters))["ContainersDeleted"] == [made[0].id]
    assert docker_py.containers.prune(filters={"label": f"{prefix}=1"})["ContainersDeleted"] == [made[1].id]
    assert plain(await client.containers.prune(filters={"label": f"{prefix}=9"})) == docker_py.containers.prune(
        filters={"label": f"{prefix}=9"}
    )
    assert running.id in [found.id for found in await client.containers.list()]


MEMBERS = ("id", "short_id", "name", "labels", "status", "health", "ports")


@same("Container.id")
@same("Container.short_id")
@same("Container.name")
@same("Container.labels")
@same("Container.status")
@same("Container.health")
@same("Container.ports")
@same("Container.image")
@same("Container.reload")
async def test_properties_are_the_same(client, docker_py, prefix):
    other = docker_py.containers.run(
        IMAGE,
        ["sleep", "1000"],
        name=f"{prefix}one",
        detach=True,
        labels={"a": "b"},
        ports={"80/tcp": None, "81/udp": None},
        healthcheck={"test": "true", "interval": 10**9},
    )
    mine = await client.containers.get(other.id)
    await mine.wait_healthy(timeout=60)
    other.reload()
    assert {name: getattr(mine, name) for name in MEMBERS} == {name: getattr(other, name) for name in MEMBERS}
    assert repr(mine) == repr(other)
    assert (await mine.image).id == other.image.id
    assert mine == await client.containers.get(other.name)
    assert len({mine, await client.containers.get(other.name)}) == 1
    assert mine != other
    other.remove(force=True)
    assert await ours(mine.reload) == general(theirs(other.reload))


@same("DockerClient.df")
@same("DockerClient.info")
@same("DockerClient.ping")
@same("DockerClient.version", "api_version")
@same("DockerClient.close")
async def test_the_engine_tells_the_same_of_itself(client, docker_py):
    volatile = (
        "SystemTime",
        "NEventsListener",
        "NFd",
        "NGoroutines",
        "Containers",
        "ContainersRunning",
        "ContainersStopped",
    )
    assert without((await client.info()).to_dict(), *volatile, "Images") == without(
        docker_py.info(), *volatile, "Images"
    )
    assert (await client.version()).to_dict() == docker_py.version()
    assert await client.ping() is docker_py.ping() is True
    assert (await client.df()).to_dict().keys() == docker_py.df().keys()


@same("DockerClient.events", "since", "until", "filters")
async def test_events_are_the_same(client, docker_py, one):
    other, _ = one
    begin = int(docker_py.info()["SystemTime"] and datetime.now(UTC).timestamp()) - 60
    options = {
        "since": begin,
        "until": begin + 61,
        "filters": {"container": other.id, "event": ["create", "start"]},
    }
    expected = list(docker_py.events(decode=True, **options))
    assert [event.to_dict() for event in await client.events(**options)] == expected
    assert [event["Action"] for event in expected] == ["create", "start"]


@same("DockerClient.login", "username", "password", "email", "registry", "reauth", "dockercfg_path")
async def test_a_login_is_answered_alike(client, docker_py, lab_up, engine):
    if engine.role == "given":
        pytest.skip("needs the registries of the lab")
    registry = lab_up("registry-basic").registries["basic"]
    right = {
        "username": registry.username,
        "password": registry.password,
        "email": "a@example.com",
        "registry": registry.address,
        "reauth": True,
        "dockercfg_path": "/nonexistent",
    }
    for options in (right, {**right, "password": "wrong"}):
        expected, found = await both(
            lambda options=options: docker_py.login(**options), lambda options=options: client.login(**options)
        )
        assert plain(found) == general(expected)
    assert isinstance(found, tuple)
    assert issubclass(getattr(errors, found[0]), errors.DockerException)
