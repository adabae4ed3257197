"""Ordinary calls over connections of our own, against an engine whose every byte is given."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from aiodockerpy import errors
from aiodockerpy._config.hosts import parse_host
from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy._transport.http.calls import Calls
from aiodockerpy._transport.http.deadlines import Deadlines
from aiodockerpy._transport.http.prepare import prepare
from aiodockerpy._transport.retries import send_again_if_safe
from aiodockerpy._transport.route import Route
from aiodockerpy._transport.sockets.connect import Target
from aiodockerpy._transport.sockets.dial import UnixAddress
from tests.canned import Answer, canned

BOTH_LOOPS = True
CHUNKED = b'HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"Id\r\n5\r\n":"a"\r\n1\r\n}\r\n0\r\n\r\n'
SIZED = b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"Id":"a"}'
TO_THE_END = b'HTTP/1.1 200 OK\r\n\r\n{"Id":"a"}'
BODY = b'{"Id":"a"}'
INSPECT = "GET /v1.51/containers/web/json"
KILL = "POST /v1.51/containers/web/kill"


def prepared(operation="ContainerInspect", parts=None, **options):
    return prepare(call(operation, {"id": "web"} if parts is None else parts, **options), ApiVersion(1, 51))


@asynccontextmanager
async def caller(url, *, read_timeout=5, max_size=1 << 22):
    host = parse_host(url)
    target = Target(UnixAddress(host.path, url), timeout=5)
    route = Route(host, target, {"Host": "docker", "User-Agent": "tests"})
    made = Calls(route, read_timeout=read_timeout, max_size=max_size)
    try:
        yield made
    finally:
        made.close()


async def asked(engine, count):
    """Wait until an engine has received so many requests."""
    while len(engine.requests) < count:
        await asyncio.sleep(0.001)


@pytest_asyncio.fixture
async def engine(tmp_path):
    async with canned(tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def calls(engine):
    async with caller(engine.url) as made:
        yield made


class TestAnswers:
    @pytest.mark.parametrize("size", [0, 1, 7])
    @pytest.mark.parametrize("data", [SIZED, CHUNKED], ids=["length", "chunks"])
    async def test_in_pieces_of_any_size_and_the_connection_is_kept(self, engine, calls, data, size):
        interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        engine.answer(INSPECT, Answer(data, size), Answer(interim + data, size))
        for _ in range(3):
            reply = await calls.exchange(prepared())
            assert (reply.status, reply.body, reply.operation) == (200, BODY, "ContainerInspect")
        assert engine.connections == 1
        assert engine.heads[0].startswith(
            "GET /v1.51/containers/web/json HTTP/1.1\r\nAccept: application/json\r\nHost: docker\r\n"
        )

    async def test_up_to_the_end_of_the_connection(self, engine, calls):
        engine.answer(INSPECT, Answer(TO_THE_END, end=True))
        assert (await calls.exchange(prepared())).body == (await calls.exchange(prepared())).body == BODY
        assert engine.connections == 2

    @pytest.mark.parametrize(
        ("operation", "method", "head"),
        [
            ("ContainerArchiveInfo", "HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
            ("ContainerArchiveInfo", "HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            ("ContainerKill", "POST", b"HTTP/1.1 204 No Content\r\n\r\n"),
            ("ContainerKill", "POST", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"),
        ],
    )
    async def test_without_a_body(self, engine, calls, operation, method, head):
        path = "archive" if method == "HEAD" else "kill"
        engine.answer(f"{method} /v1.51/containers/web/{path}", Answer(head))
        for _ in range(2):
            assert (await calls.exchange(prepared(operation))).body == b""
        assert engine.connections == 1

    async def test_what_is_sent(self, engine, calls):
        from aiodockerpy.models import ContainerUpdateRequest

        engine.default = Answer.of(200, payload={})
        await calls.exchange(prepared("ContainerUpdate", json=ContainerUpdateRequest(memory=5)))
        await calls.exchange(prepared("ContainerKill"))
        assert engine.bodies == [b'{"Memory":5}', b""]
        assert "Content-Type: application/json\r\n" in engine.heads[0]
        assert "Content-Length: 0\r\n" in engine.heads[1]

    async def test_a_large_answer(self, engine, calls):
        body = bytes(range(256)) * 8192
        engine.answer(INSPECT, Answer.of(200, body))
        assert (await calls.exchange(prepared())).body == body
        assert (await calls.exchange(prepared())).body == body
        assert engine.connections == 1

    @pytest.mark.parametrize(
        "data",
        [
            b"SSH-2.0-OpenSSH_9.9\r\n",
            b"HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n",
            b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"Idxxx',
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        ],
        ids=["no http", "switches", "chunks", "two lengths"],
    )
    async def test_that_make_no_sense(self, engine, calls, data):
        engine.answer(INSPECT, Answer(data), Answer(SIZED))
        with pytest.raises(
            errors.ProtocolError,
            match=r"^GET /v1\.51/containers/web/json: the engine at unix:///\S+ sent what cannot be read: the (answer|chunked)",
        ):
            await calls.exchange(prepared())
        assert (await calls.exchange(prepared())).body == BODY
        assert engine.connections == 2

    @pytest.mark.parametrize("status", [301, 307, 404, 500])
    async def test_refusals_keep_the_connection(self, engine, calls, status):
        engine.answer(INSPECT, Answer.of(status, b'{"message":"no"}', headers={"Location": "/elsewhere"}))
        for _ in range(2):
            with pytest.raises(errors.APIError, match=f"{status} .*no"):
                await calls.exchange(prepared())
        assert (await calls.exchange(prepared(), check=False)).status == status
        assert engine.connections == 1
        assert {path for _, path in engine.requests} == {"/v1.51/containers/web/json"}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[" * 100_000,
            b'{"message":' * 5000,
            b'{"message": 5}',
            b'{"message": NaN}',
            b'{"message": "\\ud800"}',
            b"\xff\0",
        ],
    )
    @pytest.mark.parametrize(
        ("status", "kind"), [(400, errors.BadRequest), (409, errors.Conflict), (500, errors.ServerError)]
    )
    async def test_a_refusal_is_known_by_its_status_whatever_its_body_is(self, engine, calls, status, kind, body):
        engine.answer(INSPECT, Answer.of(status, body))
        with pytest.raises(kind) as error:
            await calls.exchange(prepared())
        assert type(error.value) is kind
        str(error.value).encode()

    @pytest.mark.parametrize(
        "page",
        [
            b"Client sent an HTTP request to an HTTPS server.\n",  # Go
            b"<html>\n<body><center>The plain HTTP request was sent to HTTPS port</center></body>",  # nginx
        ],
    )
    async def test_a_port_for_tls_is_not_an_engine_that_refuses(self, engine, calls, page):
        engine.answer(INSPECT, Answer.of(400, page))
        with pytest.raises(
            errors.EngineUnreachable, match=r"^[^<\n]* HTTPS (server|port): this port uses TLS; pass tls="
        ):
            await calls.exchange(prepared())

    async def test_a_port_for_tls_that_the_engine_has_met_is_its_refusal(self, engine, calls):
        text = "login failed: Client sent an HTTP request to an HTTPS server."
        engine.answer(INSPECT, Answer.of(400, json.dumps({"message": text}).encode()))
        with pytest.raises(errors.BadRequest, match=text):
            await calls.exchange(prepared())

    @pytest.mark.parametrize(
        "rest",
        [
            b"Content-Length: 100\r\n\r\nno",
            b"Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\nzzz",
            b"Content-Length: 2\r\n\r\nnoand more",
        ],
    )
    async def test_a_refusal_whose_body_breaks_is_still_one(self, engine, calls, rest):
        engine.answer(INSPECT, Answer(b"HTTP/1.1 404 Not Found\r\n" + rest, end=True), Answer(SIZED))
        with pytest.raises(errors.NotFound) as error:
            await calls.exchange(prepared())
        assert error.value.explanation == "no"
        assert (await calls.exchange(prepared())).body == BODY


class TestLimits:
    @pytest.mark.parametrize("head", [b"Content-Length: 3000000", b"Transfer-Encoding: chunked", b"X: to the end"])
    async def test_a_body_is_collected_up_to_the_limit(self, engine, head):
        chunked = b"chunked" in head
        body = b"80000\r\n%b\r\n" % bytes(0x80000) * 6 if chunked else bytes(3_000_000)
        engine.answer(INSPECT, Answer(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n%b" % (head, body), end=True), Answer(SIZED))
        async with caller(engine.url, max_size=1_000_000) as calls:
            with pytest.raises(
                errors.ResponseTooLarge, match=r"longer than 1000000 bytes \(max_response_size raises"
            ) as error:
                await calls.exchange(prepared())
            assert error.value.limit == 1_000_000
            assert (await calls.exchange(prepared())).body == BODY

    async def test_a_body_of_just_that_size_is_read(self, engine):
        engine.answer(INSPECT, Answer.of(200, bytes(1000)))
        async with caller(engine.url, max_size=1000) as calls:
            assert len((await calls.exchange(prepared())).body) == 1000

    async def test_the_reason_of_a_refusal_is_cut(self, engine, calls):
        engine.answer(INSPECT, Answer.of(500, b"x" * (3 << 20)), Answer(SIZED))
        with pytest.raises(errors.ServerError) as error:
            await calls.exchange(prepared())
        assert len(error.value.explanation) < 2 << 20
        assert (await calls.exchange(prepared())).body == BODY

    async def test_interim_answers_are_skipped_up_to_the_limit_of_a_head(self, engine, calls):
        engine.answer(
            INSPECT,
            Answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 100 + SIZED),
            Answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000),
        )
        assert (await calls.exchange(prepared())).body == BODY
        with pytest.raises(errors.ProtocolError, match="head of the answer is longer than 65536 bytes"):
            await calls.exchange(prepared())


class TestConnections:
    async def test_not_kept_if_something_came_while_the_loop_was_busy(self, engine, calls):
        engine.answer(INSPECT, Answer(SIZED))
        await calls.exchange(prepared())
        (writer,) = engine.open
        # As by another process while this one was busy: it lies in the kernel's buffer, and the loop has not looked.
        os.write(writer.get_extra_info("socket").fileno(), b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
        assert (await calls.exchange(prepared())).body == BODY
        assert engine.connections == 2

    async def test_at_once_and_then_one_after_the_other(self, engine, calls):
        engine.answer(INSPECT, Answer(SIZED))
        await asyncio.gather(*(calls.exchange(prepared()) for _ in range(20)))
        opened = engine.connections
        assert opened == 20
        await asyncio.gather(*(calls.exchange(prepared()) for _ in range(20)))
        assert engine.connections == opened

    @pytest.mark.parametrize(
        "data",
        [
            b'HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 10\r\n\r\n{"Id":"a"}',
            b'HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\n{"Id":"a"}',
            SIZED + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong",
            CHUNKED + b"\0",
        ],
        ids=["said", "1.0", "an answer nobody asked for", "garbage"],
    )
    async def test_not_kept(self, engine, calls, data):
        engine.answer(INSPECT, Answer(data))
        for _ in range(3):
            assert (await calls.exchange(prepared())).body == BODY
        assert engine.connections == 3

    async def test_not_kept_if_something_comes_while_it_is_unused(self, engine, calls):
        engine.answer(INSPECT, Answer(SIZED))
        await calls.exchange(prepared())
        (writer,) = engine.open
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")
        await asyncio.sleep(0.02)
        assert (await calls.exchange(prepared())).body == BODY
        assert engine.connections == 2

    async def test_one_that_the_engine_closed_while_it_was_unused(self, engine, calls):
        engine.answer(KILL, Answer.of(204))
        await calls.exchange(prepared("ContainerKill"))
        for writer in engine.open:
            writer.close()
        await asyncio.sleep(0.02)
        await calls.exchange(prepared("ContainerKill"))
        assert engine.connections == 2

    async def test_kept_for_what_may_last_too(self, engine, calls):
        engine.answer("POST /v1.51/containers/web/stop", Answer.of(204))
        await calls.exchange(prepared("ContainerStop"))
        await calls.exchange(prepared("ContainerStop"))
        assert engine.connections == 1

    @pytest.mark.parametrize("data", [b"", SIZED[:20], SIZED[:-3], CHUNKED[:-3]])
    async def test_a_cancelled_call_never_leaves_its_answer_to_another(self, engine, calls, data):
        engine.answer(INSPECT, Answer(SIZED), Answer(data or b"H", stall=True), Answer(SIZED))
        await calls.exchange(prepared())
        task = asyncio.create_task(calls.exchange(prepared()))
        await asked(engine, 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await calls.exchange(prepared())).body == BODY
        assert engine.connections == 2


async def repeated(calls, call):
    """Exchange as the session does."""
    return await send_again_if_safe(lambda new: calls.exchange(call, new=new), method=call.method)


class TestCuts:
    @pytest.mark.parametrize("first", [True, False], ids=["new connection", "used connection"])
    @pytest.mark.parametrize("data", [b"", SIZED[:20]], ids=["nothing", "part of a head"])
    async def test_reading_is_repeated_once_on_a_new_connection(self, engine, calls, first, data):
        answers = [Answer(data or b"", end=True), Answer(SIZED)]
        engine.answer(INSPECT, *([] if first else [Answer(SIZED)]), *answers)
        for _ in range(1 if first else 2):
            assert (await repeated(calls, prepared())).body == BODY
        assert engine.connections == 2

    async def test_reading_is_not_repeated_for_ever(self, engine, calls):
        engine.answer(INSPECT, Answer(b"", end=True))
        with pytest.raises(
            errors.RequestMaybeSent, match=r"ended before the answer to GET /v1\.51/containers/web/json"
        ):
            await repeated(calls, prepared())
        assert len(engine.requests) == 2

    async def test_how_much_of_the_answer_came_is_told(self, engine, calls):
        engine.answer(KILL, Answer(SIZED[:20], end=True))
        with pytest.raises(errors.RequestMaybeSent, match="ended after 20 bytes of the head of the answer to POST"):
            await repeated(calls, prepared("ContainerKill"))

    async def test_nothing_else_is_repeated(self, engine, calls):
        engine.answer(KILL, Answer.of(204), Answer(b"", end=True))
        await repeated(calls, prepared("ContainerKill"))
        with pytest.raises(errors.RequestMaybeSent, match="it may have been carried out"):
            await repeated(calls, prepared("ContainerKill"))
        assert len(engine.requests) == 2

    @pytest.mark.parametrize("data", [SIZED[:-3], CHUNKED[:-1], CHUNKED[:-12]])
    async def test_an_answer_that_ends_early(self, engine, calls, data):
        engine.answer(INSPECT, Answer(data, end=True))
        with pytest.raises(errors.StreamInterrupted, match=r"GET /v1\.51/containers/web/json: .* not complete"):
            await calls.exchange(prepared())
        assert len(engine.requests) == 1


class TestDeadlines:
    @pytest.mark.parametrize("data", [b"H", SIZED[:-3], TO_THE_END], ids=["head", "body", "body without a length"])
    async def test_the_limit_is_named_and_the_connection_given_up(self, engine, data):
        engine.answer(INSPECT, Answer(data, stall=True))
        async with caller(engine.url, read_timeout=0.05) as calls:
            with pytest.raises(errors.DeadlineExceeded, match=r"did not answer GET /v1\.51/\S+ within 0\.05 s"):
                await calls.exchange(prepared())
            engine.answer(INSPECT, Answer(SIZED))
            engine._answers["GET", "/v1.51/containers/web/json"].popleft()
            calls._deadlines = Deadlines(5)  # what answers may take its time
            assert (await calls.exchange(prepared())).body == BODY
        assert engine.connections == 2

    async def test_each_call_has_its_own(self, engine):
        engine.answer(INSPECT, Answer(b"H", stall=True))
        engine.answer("GET /v1.51/containers/fast/json", Answer(SIZED))
        late = []

        async def ask(calls, after):
            await asyncio.sleep(after)
            begun = asyncio.get_running_loop().time()
            with pytest.raises(errors.DeadlineExceeded):
                await calls.exchange(prepared())
            late.append(asyncio.get_running_loop().time() - begun)

        async with caller(engine.url, read_timeout=0.1) as calls:
            asking = asyncio.gather(*(ask(calls, after) for after in (0, 0.03, 0.06)))
            while not asking.done():
                with contextlib.suppress(errors.DeadlineExceeded):  # on a machine that is busy
                    await calls.exchange(prepared(parts={"id": "fast"}))
                await asyncio.sleep(0.01)
            await asking
        assert min(late) >= 0.09  # uvloop counts in whole milliseconds

    async def test_what_may_last_has_none(self, engine):
        engine.answer("POST /v1.51/containers/web/stop", Answer(b"H", stall=True))
        async with caller(engine.url, read_timeout=0.01) as calls:
            with pytest.raises(TimeoutError) as ended:
                async with asyncio.timeout(0.1):
                    await calls.exchange(prepared("ContainerStop"))
        assert ended.type is TimeoutError


async def test_closing_is_never_the_end_of_a_body(engine):
    engine.answer(INSPECT, Answer(TO_THE_END, stall=True))
    async with caller(engine.url) as calls:
        waiting = asyncio.create_task(calls.exchange(prepared()))
        await asked(engine, 1)
        await asyncio.sleep(0.05)
        calls.close()
        with pytest.raises(errors.StreamInterrupted, match="closed here"):
            await waiting


async def test_closing_ends_what_is_waited_for(engine):
    engine.answer(INSPECT, Answer(b"H", stall=True))
    async with caller(engine.url) as calls:
        waiting = [asyncio.create_task(calls.exchange(prepared())) for _ in range(3)]
        await asked(engine, 3)
        calls.close()
        for result in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(result, errors.ConnectionFailed)
        assert len(engine.requests) == 3
        with pytest.raises(RuntimeError, match="closed"):
            await calls.exchange(prepared())
