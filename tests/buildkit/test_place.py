"""Where a step is in its Dockerfile."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aiodockerpy.buildkit._place import line_of
from tests.together import together

DOCKERFILE = """\
# syntax=x

FROM busybox AS one
ARG WHO=me
run echo "$WHO" && \\
    # said
    exit 3
COPY a\tb /
FROM one
COPY a b /
RUN false
"""


@together(
    ("step", "line"),
    [
        ("[one 2/3] RUN echo me && exit 3", 5),
        ('[one 2/3] RUN echo "me" &&     exit 3', 5),
        ("[one 2/3] RUN echo me && exit 4", 0),
        ("[stage-1 3/3] RUN false", 11),
        ("[1/2] FROM busybox AS one", 3),
        ("[stage-1 2/3] COPY a b /", 0),  # it is there twice
        ("[internal] load metadata", 0),
        ("", 0),
    ],
)
def test_by_the_step_s_name(step, line) -> None:
    assert line_of(step, "", DOCKERFILE) == line


def test_another_escape() -> None:
    assert line_of("[2/2] RUN a b", "", "# escape=`\nFROM x\nRUN a `\n  b\n") == 3


@pytest.mark.parametrize("message", ["dockerfile parse error line 7: x", "Dockerfile parse error on line 7: x"])
def test_by_the_message(message) -> None:
    assert line_of("", message, "") == 7


@given(st.text(), st.text())
def test_any_text(step: str, dockerfile: str) -> None:
    assert 0 <= line_of(f"[1/1] {step}", "", dockerfile) <= dockerfile.count("\n") + len(dockerfile.splitlines())
