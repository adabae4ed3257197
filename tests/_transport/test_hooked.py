"""Hooks: what they see of calls and streams, what they cannot break, and that nothing is done without them."""

from __future__ import annotations

import asyncio
import gc
import logging
from array import array

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._transport.session import Session
from aiodockerpy.hooks import CallInfo, Hook, LogCalls
from aiodockerpy.testing import FakeEngine, FaultProxy
from tests.together import together

ENVIRONMENT = {"HOME": "/nowhere"}
CANARY = "hunter2"


class Notes(Hook):
    """Notes what happened, in order."""

    def __init__(self):
        self.seen = []
        self.calls = []

    def begin(self, call):
        self.seen.append(("begin", call.operation))
        self.calls.append(call)

    def end(self, call):
        self.seen.append(("end", call.operation))

    def error(self, call, error):
        self.seen.append(("error", call.operation, type(error)))

    def only(self, operation):
        (call,) = [call for call in self.calls if call.operation == operation]
        return call

    def ends(self, operation):
        return [entry[0] for entry in self.seen if entry[1] == operation]


def client(url, hooks, **options):
    return aiodockerpy.DockerClient(url, environment=ENVIRONMENT, hooks=hooks, **options)


@pytest_asyncio.fixture
async def engine():
    async with FakeEngine(api="1.44") as made:
        yield made


async def test_a_call_is_seen_from_its_begin_to_its_end(engine):
    hook = Notes()
    async with client(engine.url, hook) as docker:
        await docker.api.images.tag("busybox", repo="web", tag="1")
    assert hook.seen == [("begin", "images.tag"), ("end", "images.tag")]
    call = hook.calls[0]
    assert (call.operation_id, call.kind, call.method) == ("ImageTag", "call", "POST")
    assert (call.path, call.template) == ("/images/busybox/tag", "/images/{name}/tag")
    assert (call.status, call.attempts, call.sent, call.received) == (201, 1, 0, 0)
    assert (call.api_version, call.host.url) == ("1.44", engine.url)
    assert 0 < call.duration < 60
    assert call.answered is None


async def test_bytes_of_both_bodies_are_counted(engine):
    hook = Notes()
    async with client(engine.url, hook) as docker:
        network = await docker.api.networks.create({"Name": "n"})
    call = hook.only("networks.create")
    assert call.sent == len(engine.calls[-1].body) > 0
    assert call.received == len(f'{{"Id":"{network.id}","Warning":""}}\n')


async def test_a_refusal_is_an_error_with_its_status(engine):
    hook = Notes()
    async with client(engine.url, hook) as docker:
        with pytest.raises(errors.NotFound):
            await docker.api.containers.inspect("none")
    assert hook.seen[-1] == ("error", "containers.inspect", errors.NotFound)
    assert hook.calls[0].status == 404


async def test_a_call_that_is_sent_again_is_one_call_of_two_attempts(engine):
    engine.cut("system.info", after=0, times=1)
    hook = Notes()
    async with client(engine.url, hook) as docker:
        await docker.info()
    assert [(call.operation, call.attempts, call.status) for call in hook.calls] == [("system.info", 2, 200)]


async def test_an_engine_that_is_away_is_an_error_without_a_status(tmp_path):
    hook = Notes()
    async with client(f"unix://{tmp_path}/none.sock", hook, version="1.44") as docker:
        with pytest.raises(errors.EngineUnreachable):
            await docker.info()
    assert hook.seen[-1] == ("error", "system.info", errors.EngineUnreachable)
    assert (hook.calls[0].status, hook.calls[0].attempts) == (None, 1)


async def test_a_cancelled_call_is_an_error(engine):
    engine.hang("system.info")
    hook = Notes()
    async with client(engine.url, hook) as docker:
        asking = asyncio.create_task(docker.info())
        while not any(call.operation == "system.info" for call in engine.calls):
            await asyncio.sleep(0.001)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert hook.seen[-1] == ("error", "system.info", asyncio.CancelledError)


async def test_a_stream_ends_with_its_last_byte(engine):
    hook = Notes()
    async with client(engine.url, hook) as docker:
        container = await docker.containers.run("busybox", ["echo", "hello"], detach=True)
        await container.wait()
        async for _ in container.logs():
            pass
    call = hook.only("containers.logs")
    assert hook.ends("containers.logs") == ["begin", "end"]
    assert (call.kind, call.status, call.closed_early) == ("stream", 200, False)
    assert call.received == len("hello\n") + 8
    assert 0 < call.answered <= call.duration


async def test_the_logs_of_many_containers_are_read_as_without_hooks(engine):
    hook = Notes()
    async with client(engine.url, hook) as docker:
        await docker.containers.run("busybox", ["sh", "-c", "echo hi; sleep 60"], detach=True, name="one")
        async with docker.containers.logs() as lines, asyncio.timeout(10):
            assert (await anext(lines)).text == "hi"
    assert hook.ends("containers.logs") == ["begin", "end"]
    assert hook.only("containers.logs").received > 0


async def test_a_stream_that_is_left_early_ends_when_it_is_closed(engine):
    hook = Notes()
    async with client(engine.url, hook) as docker:
        events = docker.api.system.events()
        async with events:
            assert hook.ends("system.events") == ["begin"]
        assert hook.ends("system.events") == ["begin", "end"]
    assert hook.only("system.events").closed_early


async def test_streams_end_with_their_client(engine):
    hook = Notes()
    docker = client(engine.url, hook)
    events = await docker.api.system.events().open()
    await docker.aclose()
    assert hook.ends("system.events") == ["begin", "end"]
    events.close()
    assert hook.ends("system.events") == ["begin", "end"]


async def test_a_stream_that_is_abandoned_ends_when_it_is_collected(engine):
    hook = Notes()
    async with client(engine.url, hook) as docker:
        events = await docker.api.system.events().open()
        with pytest.warns(ResourceWarning):
            del events
            gc.collect()
        assert hook.ends("system.events") == ["begin", "end"]


async def test_a_stream_that_is_cut_is_an_error(engine):
    hook = Notes()
    async with FaultProxy(engine.url) as proxy, client(proxy.url, hook) as docker:
        async with docker.events(resume=False) as events:
            await proxy.cut_all(reset=True)
            with pytest.raises(errors.StreamInterrupted):
                await anext(events)
    assert hook.seen[-1] == ("error", "system.events", errors.StreamInterrupted)


async def test_both_directions_of_a_hijacked_connection_are_counted(engine):
    hook = Notes()
    async with client(engine.url, hook) as docker:
        container = await docker.containers.run("busybox", ["sleep", "60"], detach=True)
        process = container.exec_run(["cat"], stdin=True)
        async with process:
            await process.communicate(memoryview(array("I", range(250))))  # each item is four bytes
        await container.remove(force=True)
    call = hook.only("exec.start")
    assert (call.kind, call.status) == ("upgrade", 101)
    assert hook.ends("exec.start") == ["begin", "end"]
    assert call.sent >= 1000
    assert call.received == 1008


async def test_an_upload_counts_what_was_sent(engine):
    hook = Notes()
    content = b"x" * (3 << 20)
    async with client(engine.url, hook) as docker:
        container = await docker.containers.create("busybox", ["true"])
        await container.write_bytes("/tmp/file", content)
        await container.remove()
    call = hook.only("containers.put_archive")
    assert (call.status, hook.ends("containers.put_archive")) == (200, ["begin", "end"])
    assert call.sent > len(content)


async def test_an_upload_whose_source_fails_is_an_error(engine):
    hook = Notes()

    async def content():
        yield b"x" * 10_000
        raise ZeroDivisionError

    async with client(engine.url, hook) as docker:
        container = await docker.containers.create("busybox", ["true"])
        with pytest.raises(ZeroDivisionError):
            await docker.api.containers.put_archive(container.id, "/", content())
        await container.remove()
    assert hook.seen[-3][0] == "error"


class Broken(Hook):
    def begin(self, call):
        raise ZeroDivisionError

    def end(self, call):
        raise ZeroDivisionError

    def error(self, call, error):
        raise ZeroDivisionError


async def test_a_hook_that_raises_breaks_neither_the_call_nor_the_other_hooks(engine, caplog):
    hook = Notes()
    async with client(engine.url, [Broken(), hook]) as docker:
        for _ in range(3):
            await docker.version()
        with pytest.raises(errors.NotFound):
            await docker.containers.get("none")
        async with docker.api.system.events():
            pass
        assert docker.diagnostics().streams == ()
        assert docker.diagnostics().pool_in_use == 0
    assert [entry[0] for entry in hook.seen] == ["begin", "end"] * 3 + ["begin", "error", "begin", "end"]
    records = [record for record in caplog.records if record.name == "aiodockerpy.hooks"]
    assert len(records) == 10
    assert "Broken.begin" in records[0].getMessage()


class Interrupting(Hook):
    """Raises what ends a program, as a signal does that comes while a hook runs."""

    def __init__(self, kind, where):
        self._kind = kind
        self._where = where

    def begin(self, call):
        self._raise("begin", call)

    def end(self, call):
        self._raise("end", call)

    def error(self, call, error):
        self._raise("error", call)

    def _raise(self, where, call):
        if self._where == where:
            raise self._kind


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
@pytest.mark.parametrize("ask", ["request", "stream", "upload"])
async def test_what_interrupts_the_begin_of_a_hook_ends_the_call_for_those_that_have_begun(engine, kind, ask):
    before, after = Notes(), Notes()
    calls = {
        "request": lambda docker: docker.api.system.info(),
        "stream": lambda docker: docker.api.system.events().__aenter__(),
        "upload": lambda docker: docker.images.load(b"x"),
    }
    async with client(engine.url, [before, Interrupting(kind, "begin"), after]) as docker:
        with pytest.raises(kind):
            await calls[ask](docker)
        assert docker.diagnostics().streams == ()
        assert docker.diagnostics().pool_in_use == 0
    assert [entry[0] for entry in before.seen] == ["begin", "error"]
    assert before.seen[1][2] is kind
    assert before.calls[0].attempts == 0
    assert after.seen == []


async def test_what_interrupts_the_end_of_a_hook_ends_the_call_for_the_others(engine):
    before, after = Notes(), Notes()
    async with client(engine.url, [before, Interrupting(KeyboardInterrupt, "end"), after]) as docker:
        with pytest.raises(KeyboardInterrupt):
            await docker.api.system.info()
        stream = await docker.api.system.events().__aenter__()
        with pytest.raises(KeyboardInterrupt):
            await stream.aclose()
        assert docker.diagnostics().streams == ()
    assert [entry[0] for entry in before.seen] == ["begin", "end"] * 2
    assert after.seen == before.seen


async def test_what_interrupts_the_error_of_a_hook_ends_the_call_for_the_others(engine):
    before, after = Notes(), Notes()
    async with client(engine.url, [before, Interrupting(KeyboardInterrupt, "error"), after]) as docker:
        with pytest.raises(KeyboardInterrupt):
            await docker.containers.get("none")
    assert [entry[0] for entry in before.seen] == ["begin", "error"]
    assert after.seen == before.seen


class Adding(Hook):
    def __init__(self, **headers):
        self._headers = headers

    def begin(self, call):
        call.headers.update(self._headers)


async def test_headers_of_hooks_go_with_calls_streams_and_uploads(engine):
    hook = Adding(traceparent="00-aa-bb-01", tracestate="a=b")
    async with client(engine.url, hook, headers={"Traceparent": "of the client", "X-Team": "blue"}) as docker:
        await docker.info()
        await docker.api.system.events(until=1)
        with pytest.raises(errors.NotFound):
            await docker.api.containers.put_archive("web", "/", b"x")
    calls = engine.calls[1:]  # the first asks for the version
    assert [call.operation for call in calls] == ["system.info", "system.events", "containers.put_archive"]
    for call in calls:
        assert (call.headers["traceparent"], call.headers["tracestate"]) == ("00-aa-bb-01", "a=b")
        assert call.headers["x-team"] == "blue"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", CANARY),
        ("content-length", CANARY),
        ("X-Registry-Auth", CANARY),
        ("A\r\nB", CANARY),
        ("A", f"{CANARY}\r\nB: c"),
        ("A", 5),
    ],
)
async def test_headers_of_hooks_that_cannot_be_sent_are_left_out(engine, name, value, caplog):
    async with client(engine.url, Adding(**{name: value})) as docker:
        await docker.info()
    assert CANARY not in str(engine.calls[-1].headers)
    assert "left out" in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize("headers", [None, [("a", CANARY)], CANARY, 5])
async def test_what_a_hook_sets_instead_of_headers_is_left_out(engine, headers, caplog):
    class Setting(Hook):
        def begin(self, call):
            call.headers = headers

    async with client(engine.url, Setting()) as docker:
        await docker.info()
    assert "a dict is needed" in caplog.text
    assert CANARY not in caplog.text


async def test_hooks_see_no_secret(engine, caplog):
    caplog.set_level(logging.DEBUG)
    engine.registry.add("a:b")
    engine.fail("build.build", status=404)
    hook = Notes()
    async with client(engine.url, [hook, LogCalls(logging.INFO)], headers={"Authorization": CANARY}) as docker:
        await docker.api.images.create(from_image="a", tag="b", auth={"username": "u", "password": CANARY})
        with pytest.raises(errors.NotFound):
            await docker.api.build.build(b"", build_args={"TOKEN": CANARY}, remote=f"https://u:{CANARY}@host/x.git")
    assert len(hook.calls) == 2
    for call in hook.calls:
        text = f"{call!r} {[getattr(call, name) for name in CallInfo.__slots__]}"
        assert CANARY not in text
    assert CANARY not in caplog.text
    assert "POST /images/create: 200 in" in caplog.text


async def test_calls_are_logged_by_their_outcome(engine, caplog):
    caplog.set_level(logging.DEBUG, "aiodockerpy.calls")
    engine.cut("system.info", after=0, times=1)
    async with client(engine.url, LogCalls()) as docker:
        await docker.info()
        with pytest.raises(errors.NotFound):
            await docker.api.containers.inspect("none")
    first, second = [record for record in caplog.records if record.name == "aiodockerpy.calls"]
    assert (first.levelno, second.levelno) == (logging.DEBUG, logging.WARNING)
    assert "sent 2 times" in first.getMessage()
    assert second.getMessage().startswith("GET /containers/none/json: 404 NotFound in")
    assert first.docker_operation == "system.info"


async def _coroutine(*_):
    pass


class AsyncHook(Hook):
    end = _coroutine


@together("hooks", [5, print, Hook, [5], [Notes(), None], AsyncHook(), {"begin": print}])
def test_what_is_no_hook_is_refused(hooks):
    with pytest.raises(errors.WrongType, match="hooks"):
        client("unix:///nowhere.sock", hooks)


@pytest.mark.parametrize("hooks", [(), [], None])
def test_without_hooks_the_session_is_the_transport(hooks):
    """Nothing stands between the operations and the session, and a call is sent by the same steps."""
    docker = client("unix:///nowhere.sock", hooks)
    assert type(docker.api.transport) is Session
    hooked = client("unix:///nowhere.sock", Notes())
    assert type(hooked.api.transport) is not Session
