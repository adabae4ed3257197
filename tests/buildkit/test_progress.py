"""What a build tells, added up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit.progress import BuildLog, BuildState, BuildStep, BuildTransfer, BuildWarning
from tests.together import together

START = 1_700_000_000


def vertex(digest: str = "a", started: float | None = None, completed: float | None = None, **more) -> pb.Vertex:
    def stamp(seconds: float | None) -> pb.Timestamp | None:
        return None if seconds is None else pb.Timestamp(START + int(seconds), int(seconds % 1 * 1e9))

    return pb.Vertex(digest=digest, name=f"step {digest}", started=stamp(started), completed=stamp(completed), **more)


def feed(state: BuildState, *vertexes: pb.Vertex) -> list:
    return state.feed(pb.StatusResponse(vertexes=list(vertexes)))


@together(
    ("told", "state"),
    [
        (vertex(), "waiting"),
        (vertex(started=0), "running"),
        (vertex(started=0, completed=1), "done"),
        (vertex(started=0, completed=0, cached=True), "cached"),
        (vertex(started=0, completed=1, error="exit code: 1"), "failed"),
        (vertex(started=0, completed=1, error="rpc error: context canceled"), "canceled"),
    ],
)
def test_states(told, state) -> None:
    [step] = feed(BuildState(), told)
    assert step.state == state


def test_a_step_that_is_opened_again_adds_its_times() -> None:
    state = BuildState()
    feed(state, vertex(started=0))
    feed(state, vertex(started=0, completed=1.5))
    assert feed(state, vertex(started=4))[0].state == "running"
    [step] = feed(state, vertex(started=4, completed=5))
    assert step.duration == timedelta(seconds=2.5)
    assert step.started == datetime.fromtimestamp(START + 4, UTC)
    assert step.number == 1


def test_numbers_follow_the_first_start() -> None:
    state = BuildState()
    feed(state, vertex("a"), vertex("b"))
    feed(state, vertex("b", 0), vertex("a", 1))
    feed(state, vertex("b", 3))
    assert {step.digest: step.number for step in state.steps.values()} == {"a": 2, "b": 1}


def test_the_step_that_failed_first_counts() -> None:
    state = BuildState()
    assert state.failed() is None
    feed(
        state,
        vertex("a", 0, 9, error="late"),
        vertex("b", 0, 3, error="context canceled"),
        vertex("c", 0, 5, error="cause"),
        vertex("d", 0),
    )
    assert state.failed().digest == "c"


@given(st.text(max_size=60), st.lists(st.integers(1, 7), min_size=1))
def test_text_survives_any_split(text: str, sizes: list[int]) -> None:
    data = (text + ".").encode("utf-8", "surrogatepass").decode("utf-8", "ignore").encode()
    state, got, at, turn = BuildState(), "", 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        [item] = state.feed(pb.StatusResponse(logs=[pb.VertexLog(vertex="a", stream=1, msg=data[at : at + size])]))
        got += item.text
        at, turn = at + size, turn + 1
    assert got == data.decode()


def test_the_tail_keeps_streams_and_steps_apart() -> None:
    state = BuildState()
    for step, stream, text in [("a", 1, "one\ntw"), ("a", 2, "err"), ("b", 1, "other\n"), ("a", 1, "o\nrest")]:
        state.feed(pb.StatusResponse(logs=[pb.VertexLog(vertex=step, stream=stream, msg=text.encode())]))
    assert state.tail("a") == ("one", "two", "rest", "err")
    assert state.tail("b") == ("other",)
    assert state.tail("c") == ()


def test_the_tail_is_bounded() -> None:
    state = BuildState()
    for _ in range(50):
        state.feed(pb.StatusResponse(logs=[pb.VertexLog(vertex="a", stream=1, msg=b"x" * 100_000)]))
        state.feed(pb.StatusResponse(logs=[pb.VertexLog(vertex="a", stream=1, msg=b"\n" * 1000)]))
    assert sum(map(len, state.tail("a"))) < 300_000


def test_every_kind_of_item() -> None:
    state = BuildState()
    found = state.feed(
        pb.StatusResponse(
            vertexes=[vertex("a", 0)],
            statuses=[pb.VertexStatus(id="layer", vertex="a", name="extracting", current=3, total=9)],
            logs=[pb.VertexLog(vertex="a", stream=2, msg=b"\xff")],
            warnings=[
                pb.VertexWarning(
                    vertex="a",
                    short=b"bad case",
                    detail=[b"long"],
                    url="https://x",
                    info=pb.SourceInfo("Dockerfile"),
                    ranges=[pb.Range(pb.Position(3))],
                ),
                pb.VertexWarning(vertex="unknown", short=b"plain"),
            ],
        )
    )
    step, transfer, log, warning, plain = found
    assert isinstance(step, BuildStep)
    assert isinstance(transfer, BuildTransfer)
    assert (transfer.step, transfer.id, transfer.name, transfer.current, transfer.total) == (
        step,
        "layer",
        "extracting",
        3,
        9,
    )
    assert isinstance(log, BuildLog)
    assert (log.stream, log.data, log.text) == ("stderr", b"\xff", "\N{REPLACEMENT CHARACTER}")
    assert isinstance(warning, BuildWarning)
    assert (warning.message, warning.detail, warning.source) == ("bad case", ("long",), "Dockerfile:3")
    assert plain.source == ""
