"""Jobs on one engine: every ending, bounds, and an end that leaves nothing."""

from __future__ import annotations

import asyncio

import pytest

from aiodockerpy import DockerClient, errors

IMAGE = "busybox:1"
SLEEP = ["sleep", "1000"]


def shell(text):
    return ["sh", "-c", text]


async def left_of(client, jobs_label="aiodockerpy.jobs"):
    return await client.containers.list(all=True, filters={"label": jobs_label}, sparse=True)


async def test_every_ending_is_known(client, prefix):
    async with client.jobs(concurrency=30, stop_grace=1, max_output=10) as jobs:

        async def submit(key, command, **options):
            return await jobs.submit(IMAGE, command, key=key, **options)

        handles = [
            await submit("well", shell("echo out; echo err >&2")),
            await submit("badly", shell("exit 7")),
            await submit("137", shell("exit 137")),
            await submit("255", shell("exit 255")),
            await submit("much", shell("seq 1 100000; echo the end")),
            await submit("tty", shell("echo out"), tty=True),
            await submit("out of memory", shell("x=$(head -c 50000000 /dev/zero | tail)"), mem_limit="8m"),
            await submit("a child out of memory", shell("x=$(head -c 50000000 /dev/zero | tail); :"), mem_limit="8m"),
            await submit("segmentation fault", shell("kill -SEGV $$"), init=True),
            await submit("no command", ["no-such-command"]),
            await submit("no port", ["true"], ports=["40123:80", "40123:81"]),
            await submit("no network", ["true"], network="no-such-network"),
            await submit("no user", ["true"], user="no-such-user"),
            await submit("no directory", ["true"], volumes=["relative:/x:bad-mode"]),
            await submit("deadline", shell("echo begun; exec sleep 1000"), timeout=1, init=True),
            await submit("no runtime", ["true"], runtime="no-such-runtime"),
            await submit("no memory", ["true"], mem_limit="1m"),
            await submit("no absolute directory", ["true"], working_dir="relative"),
            await submit("no log driver", ["true"], log_config="no-such-driver"),
            await submit("PID 1", SLEEP, timeout=1),
            await submit("deaf", shell("trap '' TERM; while :; do sleep 0.1; done"), timeout=1),
            from_host := await submit("killed from the host", SLEEP),
            killed := await submit("killed", SLEEP),
            removed := await submit("removed", SLEEP),
            cancelled := await submit("cancelled", SLEEP, init=True),
        ]
        handles.append(await jobs.submit(f"{prefix}missing:1", ["true"], key="no image"))
        running = [from_host, killed, removed, cancelled]
        while any(
            [
                (not job.container_id) or (await client.containers.get(job.container_id)).status != "running"
                for job in running
            ]
        ):
            await asyncio.sleep(0.1)
        pid = (await client.containers.get(from_host.container_id)).info.state.pid
        await client.containers.run(IMAGE, ["kill", "-9", str(pid)], pid_mode="host", remove=True)
        await client.api.containers.kill(killed.container_id)
        await client.api.containers.remove(removed.container_id, force=True)
        cancelled.cancel()
        results = {job.key: await job for job in handles}
    assert {key: (result.ending, result.exit_code) for key, result in results.items()} == {
        "well": ("exited", 0),
        "badly": ("exited", 7),
        "137": ("exited", 137),
        "255": ("exited", 255),
        "much": ("exited", 0),
        "tty": ("exited", 0),
        "out of memory": ("oom", 137),
        "a child out of memory": ("exited", 0),
        "segmentation fault": ("exited", 139),
        "no command": ("not_started", None),
        "no port": ("not_started", None),
        "no runtime": ("not_started", None),
        "no memory": ("not_started", None),
        "no absolute directory": ("not_started", None),
        "no log driver": ("not_started", None),
        "PID 1": ("timed_out", 137),
        "no network": ("not_started", None),
        "no user": ("not_started", None),
        "no directory": ("not_started", None),
        "no image": ("not_started", None),
        "deadline": ("timed_out", 143),
        "deaf": ("timed_out", 137),
        "killed from the host": ("exited", 137),
        "killed": ("signalled", 137),
        "removed": ("removed", None),
        "cancelled": ("cancelled", None),
    }
    well, much = results["well"], results["much"]
    assert (well.stdout, well.stderr, well.ok, well.truncated) == (b"out\n", b"err\n", True, 0)
    assert well.started_at is not None  # 20.10 may date the start after the end
    assert well.finished_at is not None
    assert (much.stdout, much.output_complete) == (b"0\nthe end\n", True)
    assert much.truncated == len("".join(f"{number}\n" for number in range(1, 100_001))) - 2
    assert results["deadline"].stdout == b"begun\n"
    assert results["out of memory"].oom_killed
    assert results["a child out of memory"].oom_killed
    assert "no-such-command" in results["no command"].error
    assert all(not result.may_still_run and result.where == client.host.url for result in results.values())
    with pytest.raises(errors.JobFailed, match="'badly': exited with exit code 7"):
        results["badly"].check()
    assert await left_of(client) == []


async def test_leaving_the_block_early_leaves_nothing(client):
    async def block():
        async with client.jobs(concurrency=6, starts=2, stop_grace=0) as jobs:
            async for _ in jobs.map(
                {"image": IMAGE, "command": SLEEP if number else ["true"]} for number in range(100)
            ):
                raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await block()
    assert await left_of(client) == []
    for delay in (0.02, 0.1, 0.2, 0.4, 0.8):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(delay):
                await block_of_sleepers(client)
    assert await left_of(client) == []


async def block_of_sleepers(client):
    async with client.jobs(concurrency=6, stop_grace=0) as jobs:
        async for _ in jobs.map((IMAGE, SLEEP) for _ in range(100)):
            pass


async def test_a_job_touches_nothing_of_others_that_has_its_name(client, prefix):
    name = f"{prefix}others"
    await client.containers.create(IMAGE, ["true"], name=name)
    async with client.jobs() as jobs:
        for delay in (None, 0, 0.02, 0.1, 1):
            job = await jobs.submit(IMAGE, ["true"], name=name)
            if delay is not None:
                await asyncio.sleep(delay)
                job.cancel()
            assert (await job).ending in {"cancelled", "not_started"}
    assert (await client.containers.get(name)).status == "created"


async def test_specs_that_raise_end_the_block_with_their_own_exception_and_leave_nothing(client):
    async def specs():
        for _ in range(3):
            yield IMAGE, SLEEP
        while len(await left_of(client)) < 3:
            await asyncio.sleep(0.05)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        async with client.jobs(stop_grace=0) as jobs:
            async for _ in jobs.map(specs()):
                pass
    assert await left_of(client) == []


async def test_containers_are_kept_as_asked(client, prefix):
    commands = {"well": ["true"], "badly": ["false"]}
    for keep, expected in (
        ("never", set()),
        ("failed", {f"{prefix}badly"}),
        ("always", {f"{prefix}badly", f"{prefix}well"}),
    ):
        specs = [{"image": IMAGE, "command": command, "name": prefix + name} for name, command in commands.items()]
        async with client.jobs(keep=keep) as jobs:
            async for _ in jobs.map(specs):
                pass
        kept = await client.containers.list(all=True, filters={"name": prefix}, sparse=True)
        assert {container.name for container in kept} == expected
        for container in kept:
            await container.remove(force=True)


@pytest.mark.parametrize("name", [None, "named"])
async def test_of_the_attempts_of_a_job_the_last_container_is_kept(client, prefix, name):
    for keep, code, expected in (
        ("never", 3, 0),
        ("failed", 3, 1),
        ("always", 3, 1),
        ("failed", 0, 0),
        ("always", 0, 1),
    ):
        async with client.jobs(keep=keep, retry=lambda result: result.attempts < 2) as jobs:
            command = shell(f"test -e /shared/tried && exit {code}; touch /shared/tried; exit 9")
            volume = await client.volumes.create(f"{prefix}tried")
            options = {"name": name and prefix + name, "volumes": {volume.name: "/shared"}}
            result = await (await jobs.submit(IMAGE, command, **options))
        assert (result.ending, result.exit_code, result.attempts, result.error) == ("exited", code, 2, "")
        kept = await client.containers.list(all=True, filters={"volume": volume.name}, sparse=True)
        assert [container.id for container in kept] == [result.container_id] * expected, (keep, code)
        for container in kept:
            await container.remove(force=True)
        await volume.remove()


async def test_a_named_job_that_others_have_removed_can_be_tried_again(client, prefix):
    name = f"{prefix}removed"
    async with client.jobs(retry=lambda result: result.attempts < 2) as jobs:
        job = await jobs.submit(IMAGE, shell(f"trap 'exit 0' TERM; {' '.join(SLEEP)} & wait"), name=name)
        first = await running(client, name, after="")
        await first.remove(force=True)
        second = await running(client, name, after=first.id)
        await second.stop()
        result = await job
    assert (result.attempts, result.container_id) == (2, second.id), result


async def running(client, name, after):
    """Return the container of a name once it is another one, and runs."""
    while True:
        await asyncio.sleep(0.05)
        for container in await client.containers.list(filters={"name": name}):
            if container.id != after:
                return container


class EventsProxy:
    """Passes everything to an engine; only connections with events of all jobs are cut, those with any events refused when
    `refuses` is set.
    """

    def __init__(self, target):
        self._target = target.removeprefix("unix://")
        self._events = set()
        self.refuses = False

    async def serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        has_events = b"/events" in head.partition(b"\r\n")[0]
        if not (has_events and self.refuses):
            there, engine = await asyncio.open_unix_connection(self._target)
            if b"/events" in head and b"label" in head:
                self._events |= {writer, engine}
            engine.write(head)
            await asyncio.gather(self._pass(reader, engine), self._pass(there, writer))
            engine.close()
        writer.close()

    async def _pass(self, reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            writer.close()

    def cut(self):
        for writer in self._events:
            writer.transport.abort()
        self._events.clear()


@pytest.mark.parametrize("refuses", [False, True])
async def test_jobs_end_as_they_do_although_no_events_come(engine, tmp_path, monkeypatch, refuses):
    """Those that were killed are found among the engine's past events; where it refuses these, too, it is said."""
    monkeypatch.setattr("aiodockerpy.resources._jobs.ends.REPLAY_SECONDS", 0.2 if refuses else 2)
    proxy = EventsProxy(engine.url)
    server = await asyncio.start_unix_server(proxy.serve, tmp_path / "proxy")

    async def cut():
        while True:
            proxy.cut()
            await asyncio.sleep(0.1)

    async with server, DockerClient(f"unix://{tmp_path / 'proxy'}") as client:
        async with client.jobs(stop_grace=0) as jobs:
            proxy.refuses = refuses
            cutting = asyncio.create_task(cut())
            codes = (0, 7, 137, 143, 255)
            specs = [{"image": IMAGE, "command": shell(f"exit {code}"), "key": code} for code in codes]
            specs.append({"image": IMAGE, "command": SLEEP, "key": "late", "timeout": 0.5})
            killed = await jobs.submit(IMAGE, SLEEP, key="killed")
            await running(client, f"aiodockerpy-job.*-{killed.number}-", after="")
            await client.api.containers.kill(killed.container_id)
            results = {result.key: result async for result in jobs.map(specs)}
            cutting.cancel()
        assert results.pop("late").ending == "timed_out"
        assert ((await killed).ending, (await killed).exit_code) == ("exited" if refuses else "signalled", 137)
        for key, result in results.items():
            assert (result.ending, result.exit_code) == ("exited", key)
            assert ("events were missed" in result.error) == (refuses and key in {137, 143})
        assert await left_of(client) == []


async def test_a_missing_image_is_pulled_once_for_all_jobs(client, registry, prefix):
    name = f"{registry}/layers:1"
    await client.images.ensure(name)
    await client.images.remove(name)
    async with client.events(filters={"type": "image", "event": "pull"}) as events, client.jobs(concurrency=5) as jobs:
        results = [result async for result in jobs.map((name, ["true"]) for _ in range(5))]
        assert {result.ending for result in results} <= {"exited", "not_started"}
        assert not any("No such image" in result.error for result in results)
        pulls = 0
        with pytest.raises(TimeoutError):
            while True:
                async with asyncio.timeout(1):
                    await anext(events)
                pulls += 1
    assert pulls == 1
    await client.images.remove(name)
