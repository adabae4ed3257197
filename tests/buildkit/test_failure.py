"""From the engine's words to the exception."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._failure import build_error, read_details
from aiodockerpy.buildkit._rpc.framing import CANCELLED, UNKNOWN, RpcError
from aiodockerpy.buildkit.progress import BuildState
from tests.together import together

DOCKERFILE = "FROM busybox\nRUN one\nRUN two\nRUN three\nRUN four\n"


def details(**items) -> bytes:
    return pb.Status(
        code=2,
        details=[
            pb.Any(f"github.com/moby/buildkit/{name.replace('_', '.')}+json", json.dumps(value).encode())
            for name, value in items.items()
        ],
    ).encode()


SOURCE = {
    "info": {"filename": "My.Dockerfile", "data": base64.b64encode(DOCKERFILE.encode()).decode()},
    "ranges": [{"start": {"line": 3}, "end": {"line": 3}}],
}


def state() -> BuildState:
    made = BuildState()
    stamp = pb.Timestamp(1_700_000_000)
    made.feed(
        pb.StatusResponse(
            vertexes=[pb.Vertex("d", name="[2/4] RUN two", started=stamp, completed=stamp, error="exit code: 7")],
            logs=[pb.VertexLog("d", stream=1, msg=b"one\ntwo\n")],
        )
    )
    return made


def test_everything_a_new_engine_tells() -> None:
    data = details(
        errdefs_Source=SOURCE, errdefs_Vertex={"digest": "d"}, gatewayapi_ExitMessage={"Code": 7}, stack_Stack={}
    )
    error = build_error(RpcError(UNKNOWN, "process did not complete", data), state())
    assert type(error) is errors.BuildError
    assert (error.msg, error.step, error.exit_code, error.source) == (
        "process did not complete",
        "[2/4] RUN two",
        7,
        "My.Dockerfile:3",
    )
    assert error.build_log == ("one", "two")
    assert error.excerpt.splitlines()[2] == ">>>    3 | RUN two"
    assert len(error.excerpt.splitlines()) == 5
    assert any("two" in note for note in error.__notes__)


def test_what_20_10_tells() -> None:
    error = build_error(RpcError(UNKNOWN, "executor failed running [x]: exit code: 7"), state())
    assert (error.exit_code, error.step, error.source, error.excerpt) == (7, "[2/4] RUN two", None, "")
    error = build_error(RpcError(UNKNOWN, "exit code: 7"), state(), ("D", "FROM x\nRUN two\n"))
    assert error.source == "D:2"
    assert ">>>    2 | RUN two" in error.excerpt


@together(
    ("code", "text", "kind"),
    [
        (UNKNOWN, "failed to solve: target stage nowhere could not be found", errors.StageNotFound),
        (UNKNOWN, 'target stage "nowhere" not found', errors.StageNotFound),
        (UNKNOWN, "secret x: not found", errors.SecretNotFound),
        (UNKNOWN, "no active session for abc: context deadline exceeded", errors.BuildSessionLost),
        (CANCELLED, "stopped", errors.BuildCanceled),
        (UNKNOWN, "failed to solve: Canceled: context canceled", errors.BuildCanceled),
        (UNKNOWN, "anything else", errors.BuildError),
    ],
)
def test_classes(code, text, kind) -> None:
    assert type(build_error(RpcError(code, text), BuildState())) is kind


def test_a_session_that_has_ended_is_the_reason_unless_a_command_failed() -> None:
    lost = errors.StreamInterrupted("the engine at x closed the BuildKit connection")
    error = build_error(RpcError(UNKNOWN, "context canceled"), BuildState(), lost=lost)
    assert type(error) is errors.BuildSessionLost
    assert str(error) == "the engine at x closed the BuildKit connection: context canceled"
    error = build_error(RpcError(UNKNOWN, "exit code: 7"), BuildState(), lost=lost)
    assert (type(error), error.exit_code) == (errors.BuildError, 7)


@together(
    "data",
    [
        b"",
        b"\xff",
        details(errdefs_Source={"info": None, "ranges": None}),
        details(errdefs_Source={"info": {"data": "?"}, "ranges": [{}]}),
        details(errdefs_Source=[1, 2]),
        details(gatewayapi_ExitMessage={"Code": "x"}),
        pb.Status(details=[pb.Any("github.com/moby/buildkit/errdefs.Source+json", b"{")]).encode(),
    ],
)
def test_details_that_make_no_sense_do_not_hide_the_message(data) -> None:
    error = build_error(RpcError(UNKNOWN, "the message", data), BuildState())
    assert error.msg == "the message"
    assert error.exit_code is None


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    read_details(data)


def test_lint_violations_show_their_lines() -> None:
    made = BuildState()
    info = pb.SourceInfo("Dockerfile", DOCKERFILE.encode())
    rule = pb.VertexWarning("d", short=b"Rule: no", info=info, ranges=[pb.Range(pb.Position(2))])
    made.feed(pb.StatusResponse(warnings=[rule, rule]))
    error = build_error(RpcError(UNKNOWN, "lint violation found for rules: Rule"), made)
    assert (error.source, error.excerpt.splitlines()[1]) == ("Dockerfile:2", ">>>    2 | RUN one")
    assert error.__notes__[-1] == "Dockerfile:2: Rule: no"
    assert build_error(RpcError(UNKNOWN, "something else"), made).source is None


@pytest.mark.parametrize(
    "text",
    [
        'failed to compute cache key: "/secret x: not found": not found',
        'failed to compute cache key: "/exit code: 7" not found: not found',
        'process "/bin/sh -c echo target stage x could not be found; exit" did not complete successfully: cannot start',
        'process "/bin/sh -c # context canceled" did not complete successfully: cannot start',
        'failed to compute cache key: "/no active session for x": not found',
    ],
)
def test_texts_of_the_dockerfile_are_not_taken_for_the_engines(text) -> None:
    error = build_error(RpcError(UNKNOWN, text), BuildState())
    assert type(error) is errors.BuildError
    assert error.exit_code is None
