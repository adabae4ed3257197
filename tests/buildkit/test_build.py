"""One build against an engine in memory: what is sent, what is answered, and every way in which it can end."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import threading

import pytest

from aiodockerpy import buildkit, errors
from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._rpc.framing import UNKNOWN, RpcError
from aiodockerpy.buildkit._session import new_id
from aiodockerpy.streams.source import Source
from aiodockerpy.streams.stream import Stream
from tests.buildkit.engine import FakeEngine


class Given(Source[bytes]):
    """A source of given items."""

    def __init__(self, items: list[bytes]) -> None:
        self._items = [[item] for item in items]

    async def batch(self) -> list[bytes]:
        return self._items.pop(0) if self._items else []

    def close(self) -> None:
        self._items.clear()


class Own(BaseException):
    """An exception of the program that is no ``Exception``."""


STAMP = pb.Timestamp(1_700_000_000)


def build(engine: FakeEngine, *, push=None, **options) -> buildkit.Build:
    options.setdefault("dockerfile_text", "FROM scratch")
    kit = buildkit.BuildKit(engine)
    return buildkit.solve(engine, kit, buildkit.BuildOptions(**options), push=push)


async def succeed(engine: FakeEngine, request: pb.SolveRequest) -> pb.SolveResponse:
    engine.tell(vertexes=[pb.Vertex("a", name="step", started=STAMP)])
    engine.tell(logs=[pb.VertexLog("a", stream=1, msg=b"text\n")])
    return pb.SolveResponse({"containerimage.digest": "sha256:1", "image.name": "docker.io/library/x:1"})


async def forever(engine: FakeEngine, request: pb.SolveRequest) -> None:
    engine.tell(vertexes=[pb.Vertex("a", name="step", started=STAMP)])
    await asyncio.Event().wait()


@pytest.fixture(autouse=True)
async def _no_tasks_left():
    yield
    await asyncio.sleep(0)
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("aiodockerpy")]


async def test_awaited() -> None:
    async with FakeEngine(succeed) as engine:
        result = await build(engine, tags=["x:1"])
    assert (result.image_id, result.digest, result.names) == ("sha256:1", "sha256:1", ("docker.io/library/x:1",))
    assert [type(item).__name__ for item in result.log] == ["BuildStep", "BuildLog"]


async def test_metadata() -> None:
    descriptor = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:2"}
    encoded = base64.b64encode(json.dumps(descriptor).encode()).decode()

    async def answer(engine: FakeEngine, request: pb.SolveRequest) -> pb.SolveResponse:
        return pb.SolveResponse(
            {"containerimage.descriptor": encoded, "cache.manifest": json.dumps(descriptor), "other": "12", "bad": "{"}
        )

    async with FakeEngine(answer) as engine:
        result = await build(engine)
    assert result.descriptor == descriptor
    assert result.metadata == {
        "containerimage.descriptor": descriptor,
        "cache.manifest": descriptor,
        "other": "12",
        "bad": "{",
    }
    assert (result.image_id, result.names) == (None, ())


async def test_iterated() -> None:
    async with FakeEngine(succeed) as engine:
        handle = build(engine)
        assert [type(item).__name__ async for item in handle] == ["BuildStep", "BuildLog"]
        assert handle.result is not None
        assert handle.closed


async def test_what_is_sent() -> None:
    async with FakeEngine(succeed) as engine:
        await build(engine, tags=["x:1"], target="t")
        [request] = engine.requests
        [id] = engine.sessions
    assert (request.session, request.frontend) == (id, "dockerfile.v0")
    assert len(id) == len(request.ref) == 25
    assert request.frontend_attrs["target"] == "t"
    announced = engine.headers["x-docker-expose-session-grpc-method"]
    assert "/moby.filesync.v1.FileSync/DiffCopy" in announced
    assert "/grpc.health.v1.Health/Check" in announced
    assert len(announced) == len(set(announced)) > 8


async def test_nothing_is_sent_before_it_is_used() -> None:
    async with FakeEngine(succeed) as engine:
        build(engine).close()
        assert not engine.ends["Grpc"]


async def test_the_engine_asks_while_it_builds() -> None:
    async def ask(engine: FakeEngine, request: pb.SolveRequest) -> pb.SolveResponse:
        session = engine.session(request)
        health = await session.unary("/grpc.health.v1.Health/Check", pb.Empty(), pb.HealthCheckResponse)
        secret = await session.unary(
            "/moby.buildkit.secrets.v1.Secrets/GetSecret", pb.GetSecretRequest("s"), pb.GetSecretResponse
        )
        return pb.SolveResponse({"health": str(health.status), "secret": secret.data.decode()})

    async with FakeEngine(ask) as engine:
        result = await build(engine, secrets={"s": b"hunter2"})
    assert result.exporter_response == {"health": "1", "secret": "hunter2"}
    assert "hunter2" not in repr(result)


async def test_refused_before_anything_is_sent() -> None:
    async with FakeEngine(succeed, version="1.41") as engine:
        with pytest.raises(errors.UnsupportedByEngine):
            await build(engine, shm_size=1)
        assert not engine.requests


async def test_an_engine_without_buildkit() -> None:
    async with FakeEngine(has_buildkit=False) as engine:
        kit = buildkit.BuildKit(engine)
        assert not await kit.available()
        with pytest.raises(
            errors.BuildKitUnavailable, match=r"classic builder may do: 404 .* POST /grpc.*page not found"
        ):
            await build(engine)


async def test_the_store_is_read_from_the_worker_once() -> None:
    label = {"org.mobyproject.buildkit.worker.snapshotter": "overlayfs"}
    async with FakeEngine(succeed, labels=label) as engine:
        kit = buildkit.BuildKit(engine)
        assert (await kit.features()).containerd_store
        assert (await kit.features()).containerd_store
        assert len(engine.ends["Grpc"]) == 1


class TestFailures:
    async def test_an_error(self) -> None:
        async def fail(engine: FakeEngine, request: pb.SolveRequest) -> None:
            engine.tell(vertexes=[pb.Vertex("a", name="RUN x", started=STAMP, completed=STAMP, error="exit code: 2")])
            engine.tell(logs=[pb.VertexLog("a", stream=1, msg=b"last words\n")])
            raise RpcError(UNKNOWN, "process did not complete: exit code: 2")

        async with FakeEngine(fail) as engine:
            with pytest.raises(errors.BuildError) as caught:
                await build(engine)
        assert (caught.value.step, caught.value.exit_code) == ("RUN x", 2)
        assert caught.value.build_log == ("last words",)

    async def test_an_error_at_once(self) -> None:
        async def fail(engine: FakeEngine, request: pb.SolveRequest) -> None:
            raise RpcError(UNKNOWN, "target stage x could not be found")

        async with FakeEngine(fail) as engine:
            with pytest.raises(errors.StageNotFound):
                await build(engine)

    async def test_our_own_failure_is_the_cause(self) -> None:
        def fail() -> bytes:
            raise KeyError("vault")

        async def ask(engine: FakeEngine, request: pb.SolveRequest) -> None:
            method = "/moby.buildkit.secrets.v1.Secrets/GetSecret"
            await engine.session(request).unary(method, pb.GetSecretRequest("s"), pb.GetSecretResponse)

        async with FakeEngine(ask) as engine:
            with pytest.raises(errors.BuildError) as caught:
                await build(engine, secrets={"s": fail})
        assert isinstance(caught.value.__cause__, KeyError)
        assert "GetSecret" in str(caught.value.__cause__.__notes__)
        assert "vault" not in str(caught.value)

    async def test_an_error_too_large_to_be_sent_is_told_by_the_progress(self) -> None:
        async def fail(engine: FakeEngine, request: pb.SolveRequest) -> None:
            engine.tell(vertexes=[pb.Vertex("a", name="RUN x", started=STAMP, completed=STAMP, error="exit code: 9")])
            await asyncio.sleep(0.05)
            await engine.ends["Grpc"][-1].aclose()
            await asyncio.Event().wait()

        async with FakeEngine(fail) as engine:
            with pytest.raises(errors.BuildError) as caught:
                await build(engine)
        assert (caught.value.step, caught.value.exit_code) == ("RUN x", 9)

    async def test_a_cut_connection(self) -> None:
        async def cut(engine: FakeEngine, request: pb.SolveRequest) -> None:
            await engine.ends["Grpc"][-1].aclose()
            await asyncio.Event().wait()

        async with FakeEngine(cut) as engine:
            with pytest.raises(errors.BuildSessionLost):
                await build(engine)

    async def test_a_cut_session(self) -> None:
        async def cut(engine: FakeEngine, request: pb.SolveRequest) -> None:
            await engine.ends["Session"][-1].aclose()
            await asyncio.sleep(0.05)
            method = "/moby.buildkit.secrets.v1.Secrets/GetSecret"
            try:
                await engine.session(request).unary(method, pb.GetSecretRequest("s"), pb.GetSecretResponse)
            except errors.ConnectionFailed:
                raise RpcError(UNKNOWN, "no active session for x: context deadline exceeded") from None

        async with FakeEngine(cut) as engine:
            with pytest.raises(errors.BuildSessionLost):
                await build(engine)

    async def test_a_push_that_fails_keeps_its_own_error(self) -> None:
        async def push(reference: str) -> None:
            raise errors.PushError(f"no access to {reference}")

        async with FakeEngine(succeed) as engine:
            with pytest.raises(errors.PushError, match="r/x"):
                await build(engine, tags=["r/x"], outputs=[buildkit.Output.image(push=True)], push=push)


class TestTheCallersOwn:
    """What the caller's code and files raise comes out as it is."""

    async def _pull(self, engine: FakeEngine, request: pb.SolveRequest) -> None:
        session = engine.session(request)
        path = request.frontend_attrs["context"].rpartition("/")[2]
        async with session.call("/moby.upload.v1.Upload/Pull", {"urlpath": [f"/{path}"]}) as call:
            await call.end()
            while await call.recv() is not None:
                pass

    @pytest.mark.parametrize("kind", ["file", "iterable", "async iterable", "text"])
    async def test_a_context_given_as_content(self, kind) -> None:
        mine = ValueError("mine")

        class File:
            def read(self, size: int = -1) -> bytes:
                raise mine

        def pieces():
            yield b"x"
            raise mine

        async def arriving():
            yield b"x"
            raise mine

        content = {"file": File, "iterable": pieces, "async iterable": arriving, "text": lambda: io.StringIO("x")}[kind]
        async with FakeEngine(self._pull) as engine:
            with pytest.raises(TypeError if kind == "text" else ValueError) as caught:
                await build(engine, dockerfile_text=None, context=content())
        assert caught.value is mine or kind == "text"

    async def test_a_handle_is_content(self) -> None:
        async def start() -> Given:
            return Given([b"ab", b"c"])

        received: list[bytes] = []

        async def pull(engine: FakeEngine, request: pb.SolveRequest) -> None:
            path = request.frontend_attrs["context"].rpartition("/")[2]
            async with engine.session(request).call("/moby.upload.v1.Upload/Pull", {"urlpath": [path]}) as call:
                await call.end()
                while (item := await call.recv()) is not None:
                    received.append(pb.BytesMessage.decode(item).data)

        async with FakeEngine(pull) as engine:
            await build(engine, dockerfile_text=None, context=Stream(start, None, name="image.save"))
        assert b"".join(received) == b"abc"

    @pytest.mark.parametrize("kind", [Own, GeneratorExit, KeyboardInterrupt, SystemExit, asyncio.CancelledError])
    @pytest.mark.parametrize("given", ["context", "secret", "output"])
    async def test_what_is_no_exception(self, given: str, kind: type[BaseException]) -> None:
        mine = kind("mine")

        async def fail(*_: bytes) -> bytes:
            raise mine

        async def content():
            yield await fail()

        async def ask(engine: FakeEngine, request: pb.SolveRequest) -> None:
            session = engine.session(request)
            if given == "secret":
                method = "/moby.buildkit.secrets.v1.Secrets/GetSecret"
                await session.unary(method, pb.GetSecretRequest("s"), pb.GetSecretResponse)
            elif given == "context":
                await self._pull(engine, request)
            else:
                async with session.call("/moby.filesync.v1.FileSend/DiffCopy") as call:
                    await call.send(pb.BytesMessage(b"tar").encode())
                    await call.recv()

        options = {
            "context": {"dockerfile_text": None, "context": content()},
            "secret": {"secrets": {"s": fail}},
            "output": {"outputs": [buildkit.Output.tar(fail)]},
        }[given]
        async with FakeEngine(ask) as engine, asyncio.timeout(5):
            with pytest.raises(kind) as caught:
                await build(engine, **options)
        assert caught.value is mine

    async def test_an_outputs_target(self) -> None:
        async def fail(data: bytes) -> None:
            raise ValueError("mine")

        async def send(engine: FakeEngine, request: pb.SolveRequest) -> None:
            async with engine.session(request).call("/moby.filesync.v1.FileSend/DiffCopy") as call:
                await call.send(pb.BytesMessage(b"tar").encode())
                await call.end()
                await call.recv()

        async with FakeEngine(send) as engine:
            with pytest.raises(ValueError, match="mine"):
                await build(engine, outputs=[buildkit.Output.tar(fail)])

    @pytest.mark.parametrize("kind", [OSError, StopIteration, KeyboardInterrupt])
    async def test_an_outputs_file(self, kind: type[BaseException]) -> None:
        """It may block for ever, so that it is written to in a thread that nothing waits for."""
        daemons: list[bool] = []

        class File(io.BytesIO):
            def write(self, data: object) -> int:
                daemons.append(threading.current_thread().daemon)
                raise kind("mine")

        async def send(engine: FakeEngine, request: pb.SolveRequest) -> None:
            async with engine.session(request).call("/moby.filesync.v1.FileSend/DiffCopy") as call:
                await call.send(pb.BytesMessage(b"tar").encode())
                await call.recv()

        async with FakeEngine(send) as engine, asyncio.timeout(5):
            with pytest.raises((kind, RuntimeError)) as caught:
                await build(engine, outputs=[buildkit.Output.tar(File())])
        assert type(caught.value) is kind or type(caught.value.__cause__) is kind
        assert daemons == [True]

    async def test_a_file_that_cannot_be_read_is_named(self, tmp_path) -> None:
        secret = tmp_path / "secret"
        secret.touch()

        async def ask(engine: FakeEngine, request: pb.SolveRequest) -> None:
            secret.unlink()
            method = "/moby.buildkit.secrets.v1.Secrets/GetSecret"
            await engine.session(request).unary(method, pb.GetSecretRequest("s"), pb.GetSecretResponse)

        async with FakeEngine(ask) as engine:
            with pytest.raises(errors.BuildError, match=f"No such file or directory: {secret}") as caught:
                await build(engine, secrets={"s": secret})
        assert isinstance(caught.value.__cause__, FileNotFoundError)


async def test_one_connection_to_the_control_api_is_enough() -> None:
    async with FakeEngine(succeed) as engine:
        await build(engine)
        assert len(engine.ends["Grpc"]) == 1


async def test_warnings_are_part_of_the_result() -> None:
    async def warn(engine: FakeEngine, request: pb.SolveRequest) -> pb.SolveResponse:
        engine.tell(warnings=[pb.VertexWarning("a", short=b"Rule: no")])
        return await succeed(engine, request)

    async with FakeEngine(warn) as engine:
        result = await build(engine)
    assert [warning.message for warning in result.warnings] == ["Rule: no"]


async def test_an_answer_of_the_exporter_that_makes_no_sense_fails_no_build() -> None:
    async def answer(engine: FakeEngine, request: pb.SolveRequest) -> pb.SolveResponse:
        return pb.SolveResponse({"containerimage.digest": "sha256:1", "containerimage.descriptor": "[" * 100_000})

    async with FakeEngine(answer) as engine:
        result = await build(engine)
    assert (result.image_id, result.descriptor) == ("sha256:1", {})
    assert result.metadata["containerimage.descriptor"] == "[" * 100_000


class TestGivenUp:
    async def test_cancelled(self) -> None:
        async with FakeEngine(forever) as engine:
            task = asyncio.create_task(build(engine))
            while not engine.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            async with asyncio.timeout(5):
                await engine.solve_ended.wait()

    async def test_cancelled_while_it_starts(self) -> None:
        async with FakeEngine(forever) as engine:
            for turn in range(12):
                task = asyncio.create_task(build(engine))
                for _ in range(turn):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

    async def test_left_early(self) -> None:
        async with FakeEngine(forever) as engine:
            async with build(engine) as progress:
                await anext(progress)
            assert engine.solve_ended.is_set()

    async def test_closed_by_another_task(self) -> None:
        async with FakeEngine(forever) as engine:
            handle = build(engine)

            async def read() -> int:
                return len([item async for item in handle])

            reading = asyncio.create_task(read())
            while not engine.requests:
                await asyncio.sleep(0.01)
            await handle.aclose()
            async with asyncio.timeout(5):
                await reading
            assert handle.result is None

    async def test_a_timeout_around_one_item_keeps_the_rest(self) -> None:
        go = asyncio.Event()

        async def slow(engine: FakeEngine, request: pb.SolveRequest) -> pb.SolveResponse:
            await go.wait()
            return await succeed(engine, request)

        async with FakeEngine(slow) as engine:
            async with build(engine) as progress:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await anext(progress)
                go.set()
                assert [type(item).__name__ async for item in progress] == ["BuildStep", "BuildLog"]


@pytest.mark.parametrize("message", [b"\x0a\x20x", b"\x08" + b"\xff" * 20])
async def test_progress_that_cannot_be_read_fails_no_build_and_is_logged_once(message, caplog) -> None:
    async def status(call) -> None:
        for sent in (message, pb.StatusResponse([pb.Vertex("a", name="step", started=STAMP)]).encode(), message):
            await call.send(sent)

    async with FakeEngine(
        lambda *_: asyncio.sleep(0, pb.SolveResponse({"containerimage.digest": "sha256:1"}))
    ) as engine:
        engine.methods["/moby.buildkit.v1.Control/Status"] = status
        result = await build(engine)
    assert result.image_id == "sha256:1"
    assert [item.name for item in result.log] == ["step"]
    [record] = caplog.records
    assert (record.name, record.levelname) == ("aiodockerpy.buildkit", "WARNING")
    assert "progress of a build is not complete: /moby.buildkit.v1.Control/Status: the engine at" in record.message


@pytest.mark.parametrize("fails", [False, True])
async def test_progress_that_breaks_off_is_logged_unless_the_build_fails(fails, caplog) -> None:
    async def status(call) -> None:
        raise RpcError(UNKNOWN, "message larger than max")

    async def solve(engine: FakeEngine, request: pb.SolveRequest) -> pb.SolveResponse:
        if fails:
            raise RpcError(UNKNOWN, "no")
        return pb.SolveResponse({"containerimage.digest": "sha256:1"})

    async with FakeEngine(solve) as engine:
        engine.methods["/moby.buildkit.v1.Control/Status"] = status
        if fails:
            with pytest.raises(errors.BuildError, match="no"):
                await build(engine)
        else:
            assert (await build(engine)).image_id == "sha256:1"
    assert [record.message for record in caplog.records] == [
        "the progress of a build is not complete: message larger than max"
    ] * (not fails)


async def test_progress_that_does_not_end_is_not_waited_for(monkeypatch) -> None:
    from aiodockerpy.buildkit import build as module

    monkeypatch.setattr(module, "_LAST_PROGRESS", 60.0)
    monkeypatch.setattr(module, "_NO_PROGRESS", 0.1)

    class Hanging(FakeEngine):
        async def _status(self, call) -> None:
            call.begin()
            await asyncio.Event().wait()

    async with Hanging(succeed) as engine:
        async with asyncio.timeout(5):
            assert (await build(engine)).image_id == "sha256:1"

    class HangingAtTheEnd(FakeEngine):
        async def _status(self, call) -> None:
            await super()._status(call)
            await asyncio.Event().wait()

    monkeypatch.setattr(module, "_LAST_PROGRESS", 0.1)
    async with HangingAtTheEnd(succeed) as engine:
        async with asyncio.timeout(5):
            assert len((await build(engine)).log) == 2


async def test_a_session_inside_the_control_connection() -> None:
    """Engines without ``/grpc`` and ``/session``: everything goes over one connection of HTTP/2."""
    secret = os.urandom(200_000)

    async def play(engine: FakeEngine, request) -> pb.SolveResponse:
        session = engine.session(request)
        answer = await session.unary(
            "/moby.buildkit.secrets.v1.Secrets/GetSecret", pb.GetSecretRequest("s"), pb.GetSecretResponse
        )
        assert answer.data == secret
        return pb.SolveResponse({"containerimage.digest": "sha256:1"})

    async with FakeEngine(play, version="1.53", has_upgrade=False) as engine:
        result = await build(engine, secrets={"s": secret})
        assert result.image_id == "sha256:1"
        assert engine.headers["x-docker-expose-session-uuid"] == [engine.requests[0].session]
        assert "/grpc.health.v1.Health/Check" in engine.headers["x-docker-expose-session-grpc-method"]
        assert {name for name, ends in engine.ends.items() if ends} == {"Direct"}


@pytest.mark.parametrize("version", ["1.52", "1.53"])
async def test_neither_way_to_buildkit(version) -> None:
    async with FakeEngine(version=version, has_buildkit=False) as engine:
        with pytest.raises(errors.BuildKitUnavailable):
            await build(engine)


def test_ids() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(id) == 25 and id.isalnum() for id in ids)
