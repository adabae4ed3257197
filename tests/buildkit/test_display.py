"""Progress as people see it."""

from __future__ import annotations

import io
import sys

import pytest

from aiodockerpy import errors
from aiodockerpy.buildkit import PlainLines, _messages as pb, show
from aiodockerpy.buildkit._rpc.framing import UNKNOWN, RpcError
from aiodockerpy.buildkit.display import _size
from aiodockerpy.buildkit.progress import BuildLog, BuildState, BuildStep
from tests.buildkit.engine import FakeEngine
from tests.buildkit.test_build import build

START = 1_700_000_000


def stamp(seconds: float) -> pb.Timestamp:
    return pb.Timestamp(START + int(seconds), int(seconds % 1 * 1e9))


TOLD = [
    pb.StatusResponse(vertexes=[pb.Vertex("a", name="[1/2] FROM x"), pb.Vertex("b", name="[2/2] RUN y")]),
    pb.StatusResponse(
        vertexes=[pb.Vertex("a", name="[1/2] FROM x", started=stamp(0), completed=stamp(0), cached=True)]
    ),
    pb.StatusResponse(vertexes=[pb.Vertex("b", name="[2/2] RUN y", started=stamp(1))]),
    pb.StatusResponse(
        statuses=[
            pb.VertexStatus(id="sha256:1", vertex="b", name="extracting", current=500, total=1000, started=stamp(1)),
            pb.VertexStatus(id="sha256:1", vertex="b", name="extracting", current=1000, total=1000, completed=stamp(2)),
        ],
        logs=[
            pb.VertexLog("b", timestamp=stamp(1.5), stream=1, msg=b"one\ntw"),
            pb.VertexLog("b", timestamp=stamp(1.75), stream=1, msg=b"o\nthree"),
        ],
        warnings=[pb.VertexWarning(vertex="b", short=b"watch out", info=pb.SourceInfo("Dockerfile"))],
    ),
    pb.StatusResponse(
        vertexes=[pb.Vertex("b", name="[2/2] RUN y", started=stamp(1), completed=stamp(3.5), error="exit code: 1")]
    ),
]

PLAIN = """\
#1 [1/2] FROM x
#1 CACHED
#2 [2/2] RUN y
#2 sha256:1 extracting 1.00kB / 1.00kB done
#2 0.500 one
#2 0.750 two
#2 WARNING: watch out (Dockerfile)
#2 three
#2 ERROR: exit code: 1
"""


def test_plain_lines() -> None:
    state, lines = BuildState(), PlainLines()
    found = [line for status in TOLD for item in state.feed(status) for line in lines.feed(item)]
    assert found == PLAIN.splitlines()


async def play(engine: FakeEngine, request) -> pb.SolveResponse:
    for status in TOLD:
        engine.statuses.put_nowait(status)
    return pb.SolveResponse({"containerimage.digest": "sha256:1"})


async def test_show_plain() -> None:
    out = io.StringIO()
    async with FakeEngine(play) as engine:
        result = await show(build(engine), file=out)
    assert out.getvalue() == PLAIN
    assert result.image_id == "sha256:1"


async def test_show_live() -> None:
    out = io.StringIO()
    async with FakeEngine(play) as engine:
        await show(build(engine), file=out, live=True)
    text = out.getvalue()
    for part in ("building: 1 of 2 steps", "✔ CACHED [1/2] FROM x", "✘ [2/2] RUN y  2.5s", "three", "watch out"):
        assert part in text


async def test_a_failure_is_raised_after_it_was_shown() -> None:
    async def fail(engine: FakeEngine, request) -> None:
        engine.statuses.put_nowait(TOLD[0])
        engine.statuses.put_nowait(TOLD[1])
        raise RpcError(UNKNOWN, "exit code: 1")

    for live in (False, True):
        out = io.StringIO()
        async with FakeEngine(fail) as engine:
            with pytest.raises(errors.BuildError):
                await show(build(engine), file=out, live=live)
        assert "FROM x" in out.getvalue()


async def test_without_the_extra(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    async with FakeEngine(play) as engine:
        handle = build(engine)
        with pytest.raises(ImportError, match=r"aiodockerpy\[progress\]"):
            await show(handle, live=True, file=io.StringIO())
        handle.close()


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0B"), (999, "999B"), (1000, "1.00kB"), (12_345_678, "12.35MB"), (10**16, "10000.00TB")]
)
def test_sizes(count, text) -> None:
    assert _size(count) == text


def test_a_line_without_an_end_is_broken() -> None:
    lines, step = PlainLines(), BuildStep("a", "RUN y", 1, "running")
    found = [line for _ in range(40) for line in lines.feed(BuildLog(step, "stdout", b"", "x" * 5000))]
    assert [len(line) for line in found] == [len("#1 RUN y"), 70_003, 70_003]
