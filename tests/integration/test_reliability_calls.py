"""Ordinary calls: cancelled, cut, refused, queued, and with names that are no names."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import threading
from urllib.parse import unquote

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._protocol.operations import OPERATIONS, call as make_call
from aiodockerpy.models import ContainerCreateRequest, HostConfig
from tests.lab.clock import DrivenLoop, passes, until
from tests.lab.faults import FaultProxy, Faults

IMAGE = "busybox:1"
MB = 1 << 20


async def create(client, name, command=("sleep", "1000")):
    return await client.containers.create(IMAGE, [*command], name=name, network_mode="none")


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


# ---- 1, 2: cancelled calls


READS = {
    "ping": lambda client, box: client.ping(),
    "info": lambda client, box: client.info(),
    "version": lambda client, box: client.version(),
    "events": lambda client, box: client.events(since=1, until=2),
    "list": lambda client, box: client.containers.list(all=True, sparse=True, limit=5),
    "get": lambda client, box: client.containers.get(box.id),
    "reload": lambda client, box: box.reload(),
    "logs": lambda client, box: box.logs(),
    "diff": lambda client, box: box.diff(),
    "stats": lambda client, box: box.stats(one_shot=True),
    "stat": lambda client, box: box.stat("/bin/sh"),
    "read_bytes": lambda client, box: box.read_bytes("/etc/passwd"),
    "archive": lambda client, box: client.api.containers.archive(box.id, "/etc/group"),
    "update": lambda client, box: box.update(cpu_shares=512),
    "images": lambda client, box: client.images.list(),
    "image": lambda client, box: client.images.get(IMAGE),
    "history": lambda client, box: client.api.images.history(IMAGE),
    "networks": lambda client, box: client.networks.list(),
    "network": lambda client, box: client.networks.get("bridge"),
    "volumes": lambda client, box: client.volumes.list(),
}


async def called_and_cancelled(client, boxes, chance) -> bool:
    """Make a call, cancel it at a random moment, look at another container; tell whether the call was still going."""
    one, other = chance.sample(boxes, 2)
    task = asyncio.create_task(_awaited(READS[chance.choice([*READS])](client, one)))
    await asyncio.sleep(chance.uniform(0, 0.12))
    task.cancel()
    cancelled = False
    try:
        await task
    except asyncio.CancelledError:
        cancelled = True
    found = await client.api.containers.inspect(other.id)
    assert (found.id, found.name) == (other.id, other.info.name)
    return cancelled


async def _awaited(call):
    return await call


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_promise_01_a_cancelled_call_spoils_no_other(engine, client, prefix):
    boxes = [await create(client, f"{prefix}{n}") for n in range(5)]
    cancelled = 0
    assert len(READS) == 20
    async with FaultProxy(engine.url, Faults(delay=0.05, delay_request=0.05)) as proxy:
        async with aiodockerpy.DockerClient(proxy.url) as cut:
            boxes = [await cut.containers.get(box.id) for box in boxes]
            before = open_files()

            async def work(number):
                nonlocal cancelled
                chance = random.Random(number)
                while cancelled < 1000:
                    was_going = await called_and_cancelled(cut, boxes, chance)
                    cancelled += was_going

            async with asyncio.TaskGroup() as group:
                for number in range(24):
                    group.create_task(work(number))
            now = cut.diagnostics()
            assert (now.pool_in_use, now.pool_waiting, now.streams) == (0, 0, ())
            await proxy.until(lambda proxy: proxy.open_connections <= now.pool_limit)
            assert open_files() <= before + 3 * now.pool_limit  # a connection here, and both sides of the proxy
    assert cancelled >= 1000


async def test_promise_02_who_is_cancelled_while_waiting_gives_the_slot_back(engine):
    cancelled = 0
    async with FaultProxy(engine.url, Faults(delay=0.01)) as proxy:
        async with aiodockerpy.DockerClient(proxy.url, max_pool_size=4) as client:
            await client.ping()

            async def churn(number):
                nonlocal cancelled
                chance = random.Random(number)
                while cancelled < 200:
                    try:
                        async with asyncio.timeout(chance.uniform(0, 0.04)):
                            await client.ping()
                    except TimeoutError:
                        cancelled += 1

            await asyncio.gather(*(churn(number) for number in range(16)))
            proxy.faults.delay = 0
            assert await asyncio.wait_for(asyncio.gather(*(client.ping() for _ in range(4))), 20) == [True] * 4
            now = client.diagnostics()
            assert (now.pool_limit, now.pool_in_use, now.pool_waiting) == (4, 0, 0)


async def test_promise_02_who_is_cancelled_while_connecting_gives_the_slot_back(engine):
    async with FaultProxy(engine.url, backlog=1, accepts=False) as proxy:
        async with aiodockerpy.DockerClient(proxy.url, version=engine.oldest, max_pool_size=4) as client:
            chance = random.Random(2)
            for _ in range(20):
                calls = [asyncio.create_task(client.info()) for _ in range(8)]
                while client.diagnostics().pool_in_use < 4:
                    await asyncio.sleep(0.001)
                await asyncio.sleep(chance.uniform(0, 0.02))
                for call in calls:
                    call.cancel()
                await asyncio.wait(calls)
                assert client.diagnostics().pool_in_use == 0
            await proxy.accept()
            infos = await asyncio.wait_for(asyncio.gather(*(client.info() for _ in range(4))), 20)
            assert len({info.id for info in infos}) == 1


# ---- 8: misuse


def uses(client, box, image):
    """One use of every kind of call and stream."""

    async def entered(stream):
        async with stream:
            raise AssertionError("not reached")

    async def iterated(stream):
        async for _ in stream:
            raise AssertionError("not reached")

    return {
        "ping": client.ping,
        "run": lambda: client.containers.run(IMAGE, ["true"]),
        "exec": lambda: box.exec_run(["true"]),
        "exec, entered": lambda: entered(box.exec_run(["true"])),
        "attach": lambda: entered(box.attach()),
        "attach by websocket": lambda: entered(box.attach(ws=True)),
        "logs": lambda: iterated(box.logs()),
        "follow_logs": lambda: entered(box.follow_logs()),
        "stats": lambda: iterated(box.stats()),
        "wait": box.wait,
        "events": lambda: entered(client.events()),
        "watch": lambda: entered(client.containers.watch()),
        "pull": lambda: client.images.pull("localhost:1/nothing:1"),
        "push": lambda: client.images.push("localhost:1/nothing", tag="1"),
        "load": lambda: client.images.load(b""),
        "save": lambda: iterated(image.save()),
        "export": lambda: iterated(box.export()),
        "get_archive": lambda: box.get_archive("/bin/sh"),
        "put_archive": lambda: box.put_archive("/", b""),
        "copy_out": lambda: box.copy_out("/bin/sh", "/tmp/never"),
    }


async def test_promise_08_a_closed_client_says_so(engine, client, prefix):
    box = await create(client, f"{prefix}a")
    closed = aiodockerpy.DockerClient(engine.url)
    box, image = await closed.containers.get(box.id), await closed.images.get(IMAGE)
    await closed.close()
    for name, use in uses(closed, box, image).items():
        with pytest.raises(RuntimeError, match="the client is closed"):
            await asyncio.wait_for(_awaited(use()), 20)
        assert closed.diagnostics().streams == (), name


async def test_promise_08_another_loop_is_refused(client, prefix):
    box, image = await create(client, f"{prefix}a"), await client.images.get(IMAGE)
    await box.start()
    open_here = box.exec_run(["sh", "-c", "echo x; sleep 100"])

    async def elsewhere():
        for use in uses(client, box, image).values():
            with pytest.raises(RuntimeError, match="another event loop"):
                await asyncio.wait_for(_awaited(use()), 20)
        with pytest.raises(RuntimeError, match="another event loop"):
            await asyncio.wait_for(anext(open_here), 20)

    async with open_here:
        await asyncio.to_thread(asyncio.run, elsewhere())
        assert (await anext(open_here)).data == b"x\n"
    assert threading.active_count() < 40


async def test_promise_08_before_it_is_open_it_opens_itself(engine):
    client = aiodockerpy.DockerClient(engine.url)
    assert client.diagnostics().streams == ()
    assert not client._session.connected
    await client.events(since=1, until=2)
    assert client._session.connected
    await client.close()


# ---- 24: too many calls


@pytest.mark.parametrize("asked", [0.5, 1, 5.2, 30])
def test_promise_24_waiting_too_long_says_for_what(engine, asked):
    """On a clock that is driven: neither earlier nor later than asked."""

    async def main():
        async with FaultProxy(engine.url, Faults(stall_after=0)) as proxy:
            client = aiodockerpy.DockerClient(proxy.url, version=engine.oldest, max_pool_size=2, pool_timeout=asked)
            async with client:
                held = [asyncio.create_task(client.info()) for _ in range(2)]
                await until(lambda: proxy.bytes_to_engine > 100)
                waiting = [asyncio.create_task(client.info()) for _ in range(3)]
                await until(lambda: client.diagnostics().pool_waiting == 3)
                await passes(asked - 0.05)
                assert not any(task.done() for task in waiting)
                await passes(0.1)
                texts = [str(error) for error in await asyncio.gather(*waiting, return_exceptions=True)]
                assert len(texts) == 3
                for text in texts:
                    assert f"within {asked:g} s: all 2 slots are in use" in text
                    assert "calls are waiting" in text
                assert {type(task.exception()) for task in waiting} == {errors.PoolTimeout}
                for task in held:
                    task.cancel()
                await asyncio.wait(held)

    with asyncio.Runner(loop_factory=DrivenLoop) as runner:
        runner.run(main())


@pytest.mark.parametrize("asked", [0.5, 5.2, 30])
def test_promise_24_an_answer_that_does_not_come_is_told_in_time(engine, asked):
    async def main():
        async with FaultProxy(engine.url, Faults(stall_after=0)) as proxy:
            async with aiodockerpy.DockerClient(proxy.url, version=engine.oldest, timeout=asked) as client:
                call = asyncio.create_task(client.info())
                await until(lambda: proxy.bytes_to_engine > 50)
                await passes(asked - 0.05)
                assert not call.done()
                await passes(0.1)
                with pytest.raises(errors.DeadlineExceeded, match=rf"GET /v1\.41/info within {asked:g} s"):
                    await call

    with asyncio.Runner(loop_factory=DrivenLoop) as runner:
        runner.run(main())


# ---- 25: connections that die


async def test_promise_25_what_may_have_been_done_is_never_done_again(engine, client, prefix):
    """200 requests that the engine carries out, and whose answer is cut."""
    request = ContainerCreateRequest(image=IMAGE, cmd=["true"], host_config=HostConfig(network_mode="none"))
    created: list[str] = []
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        await cut.version()
        made: list[bytes] = []
        proxy.faults = Faults(execute_then_cut=True, watch=made.append)
        for number in range(100):
            name = f"{prefix}{number}"
            with pytest.raises(errors.RequestMaybeSent, match="may have been carried out"):
                await cut.api.containers.create(request, name=name)
            created.append(name)
        assert sum(block.startswith(b"POST ") for block in made) == 100
        listed = await client.containers.list(all=True, filters={"name": [prefix]}, sparse=True)
        assert sorted(container.name for container in listed) == sorted(created)
        made.clear()
        for name in created:  # repeated, it would be "no such container"
            with pytest.raises(errors.RequestMaybeSent):
                await cut.api.containers.remove(name)
        assert sum(block.startswith(b"DELETE ") for block in made) == 100
    assert await client.containers.list(all=True, filters={"name": [prefix]}, sparse=True) == []


async def test_promise_25_a_read_is_tried_once_more(engine, client, prefix):
    box = await create(client, f"{prefix}a", ["echo", "x"])
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        box = await cut.containers.get(box.id)
        for read in (box.reload, box.logs, lambda: box.stat("/bin/sh")):
            seen: list[bytes] = []

            def once(block, seen=seen):
                seen.append(block)
                proxy.faults.execute_then_cut = len(seen) == 1

            proxy.faults.watch = once
            await read()
            assert len(seen) >= 2
            assert seen[0].split(b"\r\n")[0] == seen[1].split(b"\r\n")[0]
        seen = []
        proxy.faults = Faults(execute_then_cut=True, watch=seen.append)
        for read in (box.reload, box.logs):
            seen.clear()
            with pytest.raises(errors.ConnectionFailed):
                await read()
            assert len(seen) == 2


async def test_promise_25_idle_connections_that_were_dropped_cost_nothing(engine):
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as client:
        for _ in range(10):
            assert await asyncio.gather(*(client.ping() for _ in range(8))) == [True] * 8
            proxy.faults.drop_idle = 0.01
            await proxy.until(lambda proxy: proxy.open_connections == 0)
            proxy.faults.drop_idle = None


# ---- 27: uploads that are refused


async def test_promise_27_an_upload_that_is_refused_says_why(engine, client, prefix):
    box = await create(client, f"{prefix}a")

    class Upload:
        sent = 0

        async def __aiter__(self):
            for _ in range(128):
                yield bytes(MB)
                self.sent += MB

    sent = []
    for number in range(30):
        upload = Upload()
        with pytest.raises(errors.NotFound, match=f"missing{number}|[Nn]o such"):
            await box.put_archive(f"/missing{number}", upload)
        sent.append(upload.sent)
    assert max(sent) <= 8 * MB


# ---- 28, 29: answers


@pytest.mark.slow
async def test_promise_28_a_thousand_objects_in_one_answer(client, prefix):
    names = [f"{prefix}{number}" for number in range(1000)]
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(client.volumes.create(name))
    found = await client.volumes.list(filters={"name": [prefix]})
    assert sorted(volume.name for volume in found) == sorted(names)


def replaced(*pairs):
    """Make a function that replaces texts by others of the same length."""

    def tamper(block):
        for old, new in pairs:
            assert len(old) == len(new)
            block = block.replace(old, new)
        return block

    return tamper


async def test_promise_29_no_field_fails_an_answer(engine, client, prefix, round_trip):
    box = await create(client, f"{prefix}a")
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        await cut.ping()
        proxy.faults.tamper = replaced(
            (b'"Status":"created"', b'"Status":"dancing"'),  # an unknown value
            (b'"Driver":', b'"Dr1ver":'),  # an unknown field, and a missing one
            (b'"Running":false', b'"Running":"yes"'),  # another type
            (b'"OOMKilled":false', b'"OOMKilled": null'),
        )
        found = await cut.api.containers.inspect(box.id)
        assert found.state.status == "dancing"
        assert found.driver is None
        assert found["Dr1ver"]
        assert found.drift == ("State.Running",)
        assert found.state.running == "yes"
        assert found.state.oom_killed is None
    assert round_trip.found == ["ContainerInspect as ContainerInspect: State.Running does not fit its type"]
    round_trip.found.clear()


async def test_promise_29_what_cannot_be_read_is_named_without_its_value(engine, client, prefix):
    box = await create(client, f"{prefix}canary")
    async with FaultProxy(engine.url) as proxy, aiodockerpy.DockerClient(proxy.url) as cut:
        await cut.ping()
        proxy.faults.tamper = replaced((b'{"Id":', b'["Id":'))
        with pytest.raises(errors.UnexpectedResponse) as caught:
            await cut.api.containers.inspect(box.id)
        assert "ContainerInspect" in str(caught.value)
        assert "canary" not in str(caught.value)
        assert "canary" not in repr(caught.value)


# ---- 30: a listener that is busy


async def test_promise_30_a_full_backlog_is_waited_for(engine, client, prefix):
    box = await create(client, f"{prefix}a", ["echo", "x"])
    await box.start()
    await box.wait()
    async with FaultProxy(engine.url, backlog=1, accepts=False) as proxy:
        async with aiodockerpy.DockerClient(proxy.url, version=engine.oldest, max_pool_size=50) as busy:
            calls = [busy.info() for _ in range(25)]
            streams = [busy.api.containers.logs(box.id, stdout=True) for _ in range(25)]
            uploads = [busy.api.containers.put_archive(box.id, "/", bytes(1024)) for _ in range(25)]
            websockets = [_opened(busy.api.containers.attach_websocket(box.id)) for _ in range(25)]
            tasks = [asyncio.create_task(_awaited(each)) for each in (*calls, *streams, *uploads, *websockets)]
            await asyncio.sleep(0.3)
            assert not any(task.done() for task in tasks)
            await proxy.accept()
            results = await asyncio.wait_for(asyncio.gather(*tasks), 60)
            assert results[25:50] == [b"x\n"] * 25
            assert len(results) == 100


async def _opened(opening):
    async with await opening as duplex:
        return duplex.status


async def test_promise_30_a_backlog_that_stays_full_is_told_in_time(engine):
    async with FaultProxy(engine.url, backlog=1, accepts=False) as proxy:
        async with aiodockerpy.DockerClient(proxy.url, version=engine.oldest, connect_timeout=0.3) as busy:
            fillers = [asyncio.create_task(_awaited(busy.info())) for _ in range(4)]
            await asyncio.sleep(0.05)
            with pytest.raises(errors.EngineUnreachable, match=r"within 0\.3 s"):
                async with busy.events():
                    raise AssertionError("not reached")
            for filler in fillers:
                filler.cancel()
            await asyncio.wait(fillers)


# ---- 42: names, headers, redirects, cookies, proxies


NAMES = ["../../info", "..", ".", "%2e%2e/info", "a?all=1#b", "x/../y?", "a\r\nX-Bad: 1", "nö such %zz", "//", "a&b=c"]


@pytest_asyncio.fixture
async def watched(engine):
    """A client whose requests are kept."""
    seen: list[bytes] = []
    async with FaultProxy(engine.url, Faults(watch=seen.append)) as proxy:
        async with aiodockerpy.DockerClient(proxy.url) as client:
            await client.version()
            seen.clear()
            yield client, proxy, seen


def with_names():
    return [operation for operation in OPERATIONS.values() if "{" in operation.path]


@pytest.mark.slow
async def test_promise_42_a_name_never_becomes_another_path(watched, engine):
    client, _, seen = watched
    version = await client.api_version()
    operations = [operation for operation in with_names() if await client.supports(operation.name)]
    assert len(operations) > 60
    refused: set[str] = set()
    for operation in operations:
        parts = [part[1:-1].rstrip(":*") for part in operation.path.split("/") if part.startswith("{")]
        for name in NAMES:
            seen.clear()
            expected = operation.path
            for part in parts:
                expected = expected.replace(f"{{{part}}}", name)
            try:
                request = make_call(operation.id, dict.fromkeys(parts, name))
            except errors.InvalidArgument:
                refused.add(name)
                continue
            with contextlib.suppress(errors.DockerException, asyncio.TimeoutError):
                answer = await asyncio.wait_for(client._session.request(request), 10)
                assert not answer.body, (operation.id, name)
            lines = [block.split(b"\r\n") for block in seen if block.startswith(operation.method.encode())]
            assert lines, (operation.id, name)
            target = lines[0][0].split(b" ")[1].decode()
            prefix = f"/v{version}" if operation.versioned else ""
            assert unquote(target) == prefix + expected
            assert target.count("/") == prefix.count("/") + operation.path.count("/")
            assert "?" not in target
    assert refused == {"../../info", "..", ".", "x/../y?", "a\r\nX-Bad: 1", "//"}


@pytest.mark.parametrize("operation", [operation.id for operation in with_names()])
async def test_promise_42_an_empty_name_is_refused(operation):
    parts = [part[1:-1].rstrip(":*") for part in OPERATIONS[operation].path.split("/") if part.startswith("{")]
    with pytest.raises(errors.NullResource):
        make_call(operation, dict.fromkeys(parts, ""))


async def test_promise_42_no_header_brings_another(watched):
    client, proxy, seen = watched
    bad = "a\r\nX-Bad: 1"

    async def presented():
        async with aiodockerpy.DockerClient(proxy.url, user_agent=bad) as other:
            await other.ping()

    for make in (
        presented,
        lambda: client._session.request(make_call("SystemInfo", headers={"X-Registry-Auth": bad})),
        lambda: client._session.open(make_call("SystemEvents", headers={"X-Registry-Auth": bad})),
    ):
        with pytest.raises((ValueError, errors.DockerException)):
            await make()
    assert seen == []


async def test_promise_42_no_redirect_is_followed_and_no_cookie_kept(watched, engine):
    client, proxy, seen = watched
    head = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /info\r\nSet-Cookie: a=b; Path=/\r\n"
    proxy.faults.tamper = lambda block: block.replace(b"HTTP/1.1 200 OK\r\n", head)
    for call in (client.version, lambda: _awaited(client.events(since=1, until=2))):
        seen.clear()
        with pytest.raises(errors.APIError) as caught:
            await call()
        assert caught.value.status_code == 307
        assert len(seen) == 1
    proxy.faults.tamper = None
    seen.clear()
    await client.version()
    assert not any(b"cookie" in block.lower() for block in seen)


async def test_promise_42_nothing_comes_from_the_environment(engine, tmp_path, monkeypatch):
    asked: list[bytes] = []
    netrc = tmp_path / "netrc"
    netrc.write_text("default login canary password canary\n")
    async with FaultProxy(engine.url, Faults(watch=asked.append), tcp=True) as other:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, other.url.replace("tcp", "http"))
            monkeypatch.setenv(name.lower(), other.url.replace("tcp", "http"))
        monkeypatch.setenv("NETRC", str(netrc))
        seen: list[bytes] = []
        for tcp in (False, True):
            async with FaultProxy(engine.url, Faults(watch=seen.append), tcp=tcp) as proxy:
                async with aiodockerpy.DockerClient(proxy.url) as client:
                    await client.version()
                    await client.events(since=1, until=2)
        assert len(seen) >= 6
        assert not any(b"authorization" in block.lower() for block in seen)
        assert asked == []
