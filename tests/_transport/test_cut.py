"""Answers that are cut at each of their bytes: an error of the connection, never a success, and nothing is left open."""

from __future__ import annotations

import io
import tarfile

import pytest
import pytest_asyncio

import aiodockerpy
from aiodockerpy import errors
from tests.canned import Answer, canned


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo("f")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
    return file.getvalue()[:2048]


MESSAGES = b'{"status":"Pulling"}\r\n{"status":"sha256:77","stream":"Loaded image: a"}\r\n'
FRAMES = b"\1\0\0\0\0\0\0\4out\n\2\0\0\0\0\0\0\4err\n"
JSON = b'{"Id":"1"}\n'


async def iterated(stream):
    async with stream:
        async for _ in stream:
            pass


def saved(make):
    async def save(api, folder):
        try:
            await make(api).save(folder / "saved")
        finally:
            left = [path.name for path in folder.iterdir() if path.name != "docker.sock"]
            (folder / "saved").unlink(missing_ok=True)
        assert left == ["saved"]

    return save


STREAMS = {
    "save": (lambda api: api.images.get("a"), tar()),
    "export": (lambda api: api.containers.export("web"), tar()),
    "archive": (lambda api: api.containers.archive("web", path="/x"), tar()),
    "pull": (lambda api: api.images.pull("a"), MESSAGES),
    "push": (lambda api: api.images.push("a"), MESSAGES),
    "load": (lambda api: api.images.load(b"tar"), MESSAGES),
    "import": (lambda api: api.images.import_image(b"tar"), MESSAGES),
    "build": (lambda api: api.build.build(b"tar"), MESSAGES),
    "logs": (lambda api: api.containers.logs("web", tty=False), FRAMES),
    "chunks": (lambda api: api.containers.logs("web", tty=False).chunks(), FRAMES),
    "terminal": (lambda api: api.containers.logs("web", tty=True), b"out\n"),
    "events": (lambda api: api.system.events(until=1), b'{"Type":"image","Action":"pull"}\n'),
}
CALLS = {
    **{name: (lambda api, _, make=make: make(api), body) for name, (make, body) in STREAMS.items()},
    **{
        f"{name}, iterated": (lambda api, _, make=make: iterated(make(api)), body)
        for name, (make, body) in STREAMS.items()
    },
    **{f"{name}, to a file": (saved(STREAMS[name][0]), STREAMS[name][1]) for name in ("save", "export", "archive")},
    "inspect": (lambda api, _: api.containers.inspect("web"), JSON),
    "list": (lambda api, _: api.containers.list(), b"[" + JSON + b"]"),
    "commit": (lambda api, _: api.images.commit("web"), JSON),
    "upload": (lambda api, _: api.containers.put_archive("web", "/x", b"tar"), b"{}"),
}
FIRST = {
    "wait": (lambda api, _: api.containers.wait("web"), b'{"StatusCode":0}\n'),
    "stats": (lambda api, _: api.containers.stats("web", stream=False), b'{"read":"2026-12-01T00:00:00Z"}\n'),
}
"""Calls that return when the first message has come; the engine may say what it likes after that."""
ENDS = {
    "length": lambda body: b"Content-Length: %d\r\n\r\n%b" % (len(body), body),
    "chunks": lambda body: (
        b"Transfer-Encoding: chunked\r\n\r\n"
        + b"".join(
            b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[: len(body) // 2], body[len(body) // 2 :], b"")
        )
    ),
}


@pytest_asyncio.fixture
async def engine(tmp_path):
    async with canned(tmp_path) as made:
        yield made


def places(data: bytes, end: int) -> list[int]:
    """Return where an answer is cut before its end: everywhere, but for most of the zeros of an archive."""
    return [at for at in range(end) if at < 200 or at % 97 == 0 or at > end - 40]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", [*CALLS, *FIRST])
async def test_a_cut_answer_is_an_error_of_the_connection(engine, tmp_path, name, end):
    call, body = (CALLS | FIRST)[name]
    data = b"HTTP/1.1 200 OK\r\n" + ENDS[end](body)
    wrong = {}
    async with aiodockerpy.DockerClient(engine.url, environment={}, version="1.51") as docker:
        engine.default = Answer(data)
        await call(docker.api, tmp_path)
        for place in places(data, len(data) if name in CALLS else data.rindex(b"}")):
            engine.default = Answer(data[:place], end=True)
            try:
                await call(docker.api, tmp_path)
                wrong[place] = "a success"
            except (errors.StreamInterrupted, errors.RequestMaybeSent):
                pass
            except errors.DockerException as error:
                wrong[place] = ascii(error)
            assert not docker.diagnostics().streams
            assert not docker.diagnostics().pool_in_use
    assert not wrong
