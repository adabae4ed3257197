"""The fake engine as this library sees it; what it answers is held by the real engines elsewhere."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import tarfile
from fnmatch import fnmatch

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.testing import FakeEngine, Process

SHELL = [
    ("echo a  b 'c  d'", "a b c  d\n"),
    ("for i in $(seq 3); do printf $i; done; echo", "123\n"),
    ("false || echo no; true && echo yes", "no\nyes\n"),
    ("x=5; while [ $x -gt 3 ]; do echo $x; x=$((x-1)); done", "5\n4\n"),
    ('if test -e /etc/passwd; then echo "$HOSTNAME" | wc -c; else echo missing; fi', "13\n"),
    ("echo hidden >/dev/null; echo kept > /f; echo more >> /f; cat /f", "kept\nmore\n"),
    ("cat < /etc/group | head -n 1", "root:x:0:\n"),
    ("echo ${NAME:-none} ${HOME} $(echo $((2 * 3 + 1)))", "none /root 7\n"),
    ("(cd /etc; pwd); pwd; sh -c 'cd /etc; pwd; sh -c pwd'; pwd", "/etc\n/\n/etc\n/etc\n/\n"),
    ("trap 'echo bye' EXIT; echo hi", "hi\nbye\n"),
    ("(exit 3); echo $?; (x=1; trap 'echo bye' EXIT); echo -$x-", "3\nbye\n--\n"),
    ("sh -ec '(false; echo no); echo no'; echo $?", "1\n"),
    ("env -u HOME A=b sh -c 'echo $A-$HOME'; env -i A=b; A=c env | grep ^A=", "b-\nA=b\nA=c\n"),
    (
        "grep -c 'r\\(oot\\|x\\):' /etc/passwd; grep -vic ROOT /etc/group; grep -qF 'o.t' /etc/passwd; echo $?",
        "1\n1\n1\n",
    ),
    ("printf 'a+b\nab\n' >f; grep a+b f; grep -E 'a+b' f; grep no no; echo $?", "a+b\nab\n2\n"),
    ("mkdir d; touch d/f f; rm d f; echo $?; rm -rf d no; ls -d d f; rm no; echo $?", "1\n1\n"),
    ("sh -c 'echo $1-$0' zero one", "one-zero\n"),
    ("while ! test -e /x; do echo no; touch /x; done", "no\n"),
    ("case abc in x|a*) echo a;; *) echo other;; esac", "a\n"),
    ("p=/proc/12; echo ${p#/proc/} ${p##*/} ${p%/*}; echo /etc/pass*", "12 12 /proc\n/etc/passwd\n"),
    ("echo 'a\nb' | while read x; do echo got $x; done", "got a\ngot b\n"),
    ("ls -l /etc/passwd", "-rw-r--r--    1 root     root            71 Jan  1  1970 /etc/passwd\n"),
    ("ls -lnh /etc/passwd", "-rw-r--r--    1 0        0             71 Jan  1  1970 /etc/passwd\n"),
    ("mkdir -p /q/d; touch /q/.h; ln -s / /q/l; ls /q; ls -A /q; ls -rF /q", "d\nl\n.h\nd\nl\nl@\nd/\n"),
    ("mkdir -p /q/d; touch /q/d/f; ls -R /q; ls -d /q", "/q:\nd\n\n/q/d:\nf\n/q\n"),
    ("echo a >f; ln f g; ln -s f l; echo b >>g; cat f; stat -c %h f l; test f -ef g; echo $?", "a\nb\n2\n1\n0\n"),
    ("echo a >f; cp f g; echo b >g; cat f; test f -ef g; echo $?; ln f g; echo $?; ln -f f g; cat g", "a\n1\n1\na\n"),
    ("mkdir d; echo a >d/f; cp d e; echo $?; cp -r d e; mv d e; find e | sort", "1\ne\ne/d\ne/d/f\ne/f\n"),
    ("echo a >f; ln f g; mv g h; echo b >f; cat h; ls -l h | cut -c1-15; mv f no/f; cat f", "b\n-rw-r--r--    2\nb\n"),
    (
        "echo a:b:c:d | cut -d: -f2,4-; echo abcdef | cut -c2-3,5; cut -d: -f1 /etc/group | head -n 1",
        "b:d\nbce\nroot\n",
    ),
    ("ls /no /etc/passwd; echo $?; ls -Z; echo $?", "/etc/passwd\n1\n1\n"),
]


@pytest.mark.parametrize(("script", "wanted"), SHELL)
async def test_the_small_shell_does_what_a_shell_does(client, script, wanted):
    assert (await client.containers.run("busybox", ["sh", "-c", script])).decode() == wanted


async def test_output_and_exit_codes_come_through(client):
    with pytest.raises(errors.ContainerError) as failed:
        await client.containers.run("busybox", ["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert failed.value.exit_status == 7
    assert failed.value.stderr == b"err\n"


async def test_a_program_gets_arguments_environment_input_and_signals(engine, client):
    async def serve(process: Process) -> int:
        process.stdout.write(f"{process.args[1:]} on {process.env['PORT']}\n")
        async for line in process.stdin:
            process.stderr.write(b"got " + line)
        await process.signal_event("SIGTERM").wait()
        return 3

    engine.program("busybox:*", serve)
    container = await client.containers.create(
        "busybox:1", ["serve", "-v"], environment={"PORT": 80}, stdin_open=True, name="one"
    )
    async with container.attach(stdin=True) as attached:
        await container.start()
        await attached.write(b"a\nb\n")
        await attached.write_eof()
        await asyncio.sleep(0.05)
        await container.stop()
    assert (await container.wait()).status_code == 3
    assert engine.container("one").output == "['-v'] on 80\ngot a\ngot b\n"


@pytest.mark.parametrize(
    ("arguments", "titles", "row"),
    [
        ("aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND", "root * 0.0 0.0 * * ? Ss * 0:00 sleep 1000"),
        ("ax", "PID TTY STAT TIME COMMAND", "* ? Ss 0:00 sleep 1000"),
        ("-e", "PID TTY TIME CMD", "* ? 00:00:00 sleep"),
        ("-eo user,pid -o args", "USER PID COMMAND", "root * sleep 1000"),
        ("axo pid,%cpu,cmd --sort=-%cpu", "PID %CPU CMD", "* 0.0 sleep 1000"),
    ],
)
async def test_top_has_the_columns_that_are_asked_for(client, arguments, titles, row):
    container = await client.containers.run("busybox", ["sleep", "1000"], detach=True)
    found = await container.top(ps_args=arguments)
    assert found.titles == titles.split()
    assert fnmatch(" ".join(found.processes[0]), row)
    assert len(found.processes[0]) == len(found.titles)


async def test_the_first_process_ignores_signals_that_it_does_not_handle(engine, client):
    container = await client.containers.run("busybox", ["sleep", "1000"], detach=True, name="deaf")
    stopping = asyncio.create_task(container.stop(timeout=20))
    await asyncio.sleep(0.05)
    assert engine.container("deaf").status == "running"
    await engine.clock.advance(21)
    await stopping
    assert engine.container("deaf").exit_code == 137


async def test_restart_policies_follow_the_clock(engine, client):
    await client.containers.run(
        "busybox", ["sh", "-c", "exit 1"], detach=True, name="loop",
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 3},
    )  # fmt: skip
    await engine.clock.advance(30)
    assert (engine.container("loop").restarts, engine.container("loop").status) == (3, "exited")


async def test_health_checks_follow_the_clock(engine, client):
    check = {"test": ["CMD-SHELL", "test -e /ok"], "interval": 10**9, "retries": 2}
    container = await client.containers.run("busybox", ["sleep", "1000"], detach=True, name="ill", healthcheck=check)
    await engine.clock.advance(3)
    assert engine.container("ill").health == "unhealthy"
    await container.exec_run(["touch", "/ok"])
    await engine.clock.advance(2)
    assert engine.container("ill").health == "healthy"
    engine.container("ill").set_health("unhealthy")
    await container.reload()
    assert container.health == "unhealthy"


async def test_the_kernel_kills_when_memory_runs_out(engine, client):
    container = await client.containers.run("busybox", ["sleep", "1000"], detach=True, name="big")
    engine.container("big").oom_kill()
    assert (await container.wait()).status_code == 137
    await container.reload()
    assert container.attrs["State"]["OOMKilled"]
    await container.start()
    engine.container("big").exit(139)
    assert (await container.wait()).status_code == 139


async def test_files_go_in_and_out(engine, client):
    container = await client.containers.create("busybox", ["true"], name="files", volumes=["data:/data"])
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("sub/file")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"text"))
    await container.put_archive("/data", buffer.getvalue())
    assert engine.container("files").read("/data/sub/file") == b"text"
    stream, stat = await container.get_archive("/data/sub")
    with tarfile.open(fileobj=io.BytesIO(b"".join([chunk async for chunk in stream]))) as tar:
        assert tar.getnames() == ["sub", "sub/file"]
    assert stat["name"] == "sub"
    other = await client.containers.run("busybox", ["cat", "/mnt/sub/file"], volumes=["data:/mnt"])
    assert other == b"text"


async def test_images_are_pulled_tagged_saved_loaded_committed_and_removed(engine, client):
    engine.registry.add("shop:1", layers=3, config={"Cmd": ["echo", "from the image"]})
    steps = [step async for step in client.images.pull("shop:1")]
    assert any(step.status == "Pull complete" for step in steps)
    image = await client.images.get("shop:1")
    await image.tag("other", tag="2")
    saved = b"".join([chunk async for chunk in image.save(named=True)])
    container = await client.containers.create("shop:1", ["sh", "-c", "echo x > /new"])
    await container.start()
    await container.wait()
    committed = await container.commit("made", tag="1")
    assert await client.containers.run("made:1", ["cat", "/new"]) == b"x\n"
    assert len(await committed.history()) == 4
    for one in await client.containers.list(all=True):
        await one.remove()
    for name in ("made:1", "other:2", "shop:1"):
        await client.images.remove(name)
    assert "shop:1" not in engine.images
    [loaded] = await client.images.load(saved)
    assert loaded.id == image.id
    assert await client.containers.run("shop:1") == b"from the image\n"
    with pytest.raises(errors.ImageNotFound):
        await client.images.pull("nowhere:1")


async def test_networks_have_addresses(engine, client):
    network = await client.networks.create("back", labels={"a": "b"})
    container = await client.containers.run("busybox", ["sleep", "1000"], detach=True, network="back", name="on")
    first = container.attrs["NetworkSettings"]["Networks"]["back"]["IPAddress"]
    assert first.startswith("172.18.0.")
    with pytest.raises(errors.Forbidden, match="active endpoints"):
        await network.remove()
    await network.disconnect(container)
    await network.remove()
    assert engine.networks == []


async def test_ports_are_published_and_refused_twice(client):
    await client.containers.run("busybox", ["sleep", "1000"], detach=True, ports={"80/tcp": 8080})
    with pytest.raises(errors.ServerError, match="port is already allocated"):
        await client.containers.run("busybox", ["sleep", "1000"], detach=True, ports={"80/tcp": 8080})


async def test_stats_move(engine, client):
    container = await client.containers.run("busybox", ["sleep", "1000"], detach=True)
    first = await client.api.containers.stats(container.id, stream=False, one_shot=True)
    await engine.clock.advance(10)
    second = await client.api.containers.stats(container.id, stream=False, one_shot=True)
    assert second.cpu_stats.cpu_usage.total_usage > first.cpu_stats.cpu_usage.total_usage


async def test_events_come_in_the_order_of_the_engine(client):
    async with client.events() as events:
        await client.containers.run("busybox", ["true"], remove=True, name="brief")
        seen = []
        async for event in events:
            seen.append((event.type, event.action))
            if event.action == "destroy":
                break
    assert seen == [
        ("container", "create"), ("container", "attach"), ("network", "connect"), ("container", "start"),
        ("network", "disconnect"), ("container", "die"), ("container", "destroy"),
    ]  # fmt: skip


async def test_an_exec_of_a_missing_program_says_so_in_its_output():
    async with FakeEngine(strict=False) as engine, aiodockerpy.DockerClient(engine.url) as client:
        container = await client.containers.run("busybox", ["sleep", "1000"], detach=True)
        result = await container.exec_run(["nosuch"])
        assert result.exit_code == 127
        assert b"executable file not found" in result.output
        with pytest.raises(errors.APIError, match="executable file not found"):
            await client.containers.run("busybox", ["nosuch"], remove=True)
        assert len(engine.containers) == 1


async def test_a_container_that_waits_for_its_restart_can_be_ended(engine, client):
    policy = {"Name": "always"}
    container = await client.containers.run("busybox", ["false"], detach=True, name="loop", restart_policy=policy)
    await asyncio.sleep(0.05)
    assert engine.container("loop").status == "restarting"
    with pytest.raises(errors.Conflict, match="is restarting, wait until the container is running"):
        await container.exec_run(["true"])
    await container.start()
    await container.kill()
    await engine.clock.advance(60)
    assert engine.container("loop").status == "exited"


async def test_a_stop_signal_resumes_a_paused_container(engine, client):
    container = await client.containers.run("busybox", ["sleep", "1000"], detach=True, name="still")
    await container.pause()
    await container.kill(signal="HUP")
    assert engine.container("still").status == "paused"
    await container.kill(signal="TERM")
    assert engine.container("still").status == "running"


async def test_an_exec_has_the_user_the_home_and_the_terminal_that_it_is_given(client):
    container = await client.containers.run(
        "busybox", ["sleep", "1000"], detach=True, user="1000:5", environment=["A=b"]
    )
    result = await container.exec_run(["env"], environment={"B": "c"})
    assert result.output.decode().splitlines()[2:] == ["A=b", "B=c", "HOME=/"]
    assert (await container.exec_run(["id"])).output == b"uid=1000 gid=5 groups=5\n"
    assert b"TERM=xterm" in (await container.exec_run(["env"], tty=True, user="root")).output
    made = await client.api.exec.create(container.id, {"Cmd": ["id"]})
    assert (await client.api.exec.inspect(made.id)).process_config.user == "1000:5"
    await container.stop(timeout=0)
    with pytest.raises(errors.NotFound, match="No such exec instance"):
        await client.api.exec.inspect(made.id)


async def test_the_last_lines_of_a_log_are_those_of_both_streams(client):
    script = "echo a; echo b >&2; echo c; echo d >&2"
    log = {"Type": "json-file", "Config": {"labels": "x", "env": "E", "tag": "{{.Name}}"}}
    settings = {"name": "talk", "log_config": log, "labels": {"x": "y z"}, "environment": {"E": "f"}}
    container = await client.containers.run("busybox", ["sh", "-c", script], detach=True, **settings)
    await container.wait()
    assert await container.logs(stderr=False, tail=3) == b"c\n"
    found = await client.api.containers.logs(container.id, stdout=True, stderr=False, details=True, tail=2)
    assert found == b"E=f,tag=talk,x=y+z c\n"


async def test_layers_that_another_image_has_stay(client):
    container = await client.containers.create("busybox", ["true"])
    first = await container.commit("first")
    base = await client.images.get("busybox:1")
    assert [step.id for step in await first.history()] == [first.id, base.id]
    removed = await client.images.remove("first")
    assert len([entry for entry in removed if entry.deleted]) <= 2


async def test_settings_come_back_as_they_were_given(client):
    options = {"type": "tmpfs", "device": "tmpfs"}
    assert (await client.volumes.create("data", driver_opts=options)).attrs["Options"] == options
    assert (await client.volumes.create("data", driver_opts={"type": "tmpfs"})).attrs["Options"] == options
    host = {
        "PortBindings": {"80/tcp": None},
        "Mounts": [{"Type": "bind", "Source": "/a", "Target": "/b", "BindOptions": {"Propagation": "rslave"}}],
    }
    made = await client.api.containers.create({"Image": "busybox", "HostConfig": host}, name="web")
    found = (await client.api.containers.inspect(made.id)).to_dict()
    assert found["HostConfig"]["PortBindings"] == {"80/tcp": None}
    assert found["Mounts"][0]["Propagation"] == "rslave"
    with pytest.raises(errors.APIError, match="lstat /etc/passwd/x: not a directory"):
        await client.api.containers.archive(made.id, "/etc/passwd/x")


async def test_a_list_without_all_has_running_containers_only(client):
    await client.containers.run("busybox", ["true"], name="done")
    for filters in ({"exited": 0}, {"label": []}):
        assert await client.containers.list(filters=filters) == []
    assert len(await client.containers.list(filters={"exited": 0}, all=True)) == 1
    assert await client.containers.list(filters={"name": "["}, all=True) == []


@pytest.mark.parametrize(
    ("pattern", "found"), [("*", ["busybox:1", "busybox:latest"]), ("*/*", ["me/x:2"]), ("me/?:2", ["me/x:2"])]
)
async def test_a_star_of_a_reference_ends_at_a_slash(client, pattern, found):
    await (await client.images.get("busybox:1")).tag("me/x:2")
    images = await client.api.images.list(filters={"reference": pattern})
    assert [tag for image in images for tag in image.repo_tags or []] == found


# ---- strictness


async def test_an_operation_that_is_not_there_answers_501_and_fails_the_test():
    with pytest.raises(AssertionError, match=r"swarm.inspect \(GET /swarm\) was called"):
        async with FakeEngine() as engine, aiodockerpy.DockerClient(engine.url) as client:
            with pytest.raises(errors.NotImplementedByEngine, match=r"does not have swarm\.inspect"):
                await client.api.swarm.inspect()


async def test_a_command_that_is_not_there_fails_the_test():
    with pytest.raises(AssertionError, match="ran 'pg_dump', which is neither"):
        async with FakeEngine() as engine, aiodockerpy.DockerClient(engine.url) as client:
            with pytest.raises(errors.ContainerError):
                await client.containers.run("busybox", ["sh", "-c", "pg_dump | cat; pg_dump"])


async def test_a_program_that_raises_fails_the_test():
    with pytest.raises(AssertionError, match="KeyError: 'PORT'"):
        async with FakeEngine() as engine, aiodockerpy.DockerClient(engine.url) as client:
            engine.program("busybox:*", lambda process: process.env["PORT"])
            with pytest.raises(errors.ContainerError, match="KeyError"):
                await client.containers.run("busybox")


class Own(BaseException):
    """An exception that is no ``Exception``."""


@pytest.mark.parametrize("error", [Own("mine"), pytest.fail.Exception("mine"), GeneratorExit("mine")], ids=repr)
async def test_a_program_that_raises_what_is_no_exception_ends_and_fails_the_test(error):
    def fail(_process):
        raise error

    with pytest.raises(AssertionError, match=f"{type(error).__name__}: mine"):
        async with FakeEngine() as engine, aiodockerpy.DockerClient(engine.url) as client, asyncio.timeout(5):
            engine.program("busybox:*", fail)
            with pytest.raises(errors.ContainerError, match="mine"):
                await client.containers.run("busybox")


async def test_a_program_that_returns_no_exit_code_fails_the_test():
    with pytest.raises(AssertionError, match="a program returns an exit code or None, not 'done'"):
        async with FakeEngine() as engine, aiodockerpy.DockerClient(engine.url) as client:
            engine.program("busybox:*", lambda process: process.args and "done")
            with pytest.raises(errors.ContainerError, match="exit code"):
                await client.containers.run("busybox", ["x", "y"])


async def test_pulls_and_imports_have_faults_of_their_own(engine, client):
    engine.registry.add("shop:1")
    engine.fail("images.pull", status=503, message="the registry is down", times=1)
    with pytest.raises(errors.APIError, match="the registry is down"):
        await client.images.pull("shop:1")
    await client.images.pull("shop:1")
    engine.assert_called("images.pull", times=2)
    engine.assert_called("images.create", times=2)
    with pytest.raises(
        errors.ImageNotFound, match=r"the fake registry does not have shop:2: add it with registry\.add"
    ):
        await client.images.pull("shop:2")


@pytest.mark.parametrize("name", ["container.start", "containers.strt", "pull", "image.*"])
async def test_a_misspelt_operation_is_refused_at_once(engine, name):
    for use in (engine.fail, engine.hang, engine.assert_called):
        with pytest.raises(errors.InvalidValue, match="operation must be a name in"):
            use(name)
    with pytest.raises(errors.InvalidValue, match=r"did you mean 'containers\.start'"):
        engine.delay("containers.strt", 1)
    with pytest.raises(errors.InvalidValue, match="status must be one of healthy, none, starting, unhealthy"):
        engine.container("web").set_health("well")


async def test_state_and_calls_are_asserted(engine, client):
    await client.containers.create("busybox", ["true"], name="web", labels={"app": "x"})
    await client.volumes.create("data")
    assert engine.container("web").labels == {"app": "x"}
    engine.assert_called("containers.create", times=1)
    with pytest.raises(AssertionError, match=r"images.pull was called 0 times.*containers.create"):
        engine.assert_called("images.pull")
    with pytest.raises(AssertionError, match="No such container: api; there are: web"):
        _ = engine.container("api").status
    assert engine.leftovers() == ["container web", "volume data"]


async def test_a_command_is_ended_when_its_time_is_over(client):
    box = await client.containers.run("busybox", ["sleep", "1000"], detach=True)
    result = await box.exec_run(["sh", "-c", "echo x; sleep 1000"], kill_after=0.1)
    assert (result.timed_out, result.output) == (True, b"x\n")


async def test_the_host_is_never_touched(tmp_path, client):
    (tmp_path / "secret").write_text("of the host")
    mounted = {str(tmp_path): {"bind": "/mnt"}}
    assert await client.containers.run("busybox", ["sh", "-c", "ls /mnt; touch /mnt/x"], volumes=mounted) == b""
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


# ---- other ways to run it


def test_the_module_runs_an_engine_for_a_command(tmp_path):
    script = (
        "import asyncio, aiodockerpy\n"
        "async def main():\n"
        "    async with aiodockerpy.from_env() as client:\n"
        "        print(await client.containers.run('shop', ['echo', 'hi']))\n"
        "asyncio.run(main())\n"
    )
    words = [sys.executable, "-m", "aiodockerpy.testing", "--image", "shop", "--", sys.executable, "-c", script]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "b'hi\\n'\n"), done.stderr


@pytest.mark.parametrize("api", ["1.41", "1.44", "1.51"])
async def test_an_engine_speaks_up_to_the_version_asked_for(api):
    async with FakeEngine(api=api) as engine, aiodockerpy.DockerClient(engine.url) as client:
        assert (await client.version()).api_version == api
        assert await client.containers.run("busybox", ["echo", "x"]) == b"x\n"
    with pytest.raises(ValueError, match=r"api must be a version that the fake engine has, 1\.41 to 1\.51, not '1.99'"):
        FakeEngine(api="1.99")


async def test_scopes_leave_nothing_behind():
    async with FakeEngine() as engine, aiodockerpy.DockerClient(engine.url) as client:
        async with client.scope("ci") as scope:
            await scope.volumes.create("data")
            await scope.containers.run("busybox", "sleep 100", detach=True)
        assert engine.leftovers() == []
        assert (await client.reap("ci")).removed == []
        with pytest.raises(errors.ServiceUnavailable, match="not a swarm manager"):
            await client.services.list()


async def test_a_process_that_ends_with_unread_input_ends_its_connection_without_a_reset(engine, client):
    """As the engine does, which half-closes: a reset would cost what the client has not read yet."""
    box = await client.containers.run("busybox:1", ["sleep", "1000"], detach=True)
    made = await client.api.exec.create(
        box.id, {"Cmd": ["head", "-c", "10"], "AttachStdin": True, "AttachStdout": True}
    )
    reader, writer = await asyncio.open_unix_connection(engine.url.removeprefix("unix://"))
    writer.write(
        f"POST /exec/{made.id}/start HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n{}".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"x" * 3_000_000)
    assert await reader.read() == b"\1\0\0\0\0\0\0\n" + b"x" * 10
    writer.close()


async def test_a_container_that_is_removed_in_the_turn_of_its_start_ends():
    async with FakeEngine() as engine, aiodockerpy.DockerClient(engine.url) as client:
        await asyncio.gather(client.ping(), client.ping())  # two connections
        for _ in range(20):
            container = await client.containers.create("busybox", ["sleep", "1000"])
            async with asyncio.timeout(10):
                await asyncio.gather(container.start(), container.remove(force=True))
        assert engine.containers == []
