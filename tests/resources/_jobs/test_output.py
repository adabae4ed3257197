"""The output of a job."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from aiodockerpy._protocol.frames import Chunk
from aiodockerpy.resources._jobs.output import Output


class Stream:
    def __init__(self, *batches):
        self._batches = [*batches, []]

    async def batch(self):
        return self._batches.pop(0)


async def output(*batches, limit=4):
    made = Output(limit)
    await made.read(Stream(*batches))
    return made


JOB = SimpleNamespace(key="a", container_id="c", queued=None)
OUT, ERR = Chunk("stdout", b"abcdef"), Chunk("stderr", b"xy")


async def test_the_result_has_the_last_bytes_of_each_stream():
    found = (await output([OUT, ERR], [OUT])).result(JOB, "exited", where="here", exit_code=3)
    assert (found.stdout, found.stderr, found.truncated) == (b"cdef", b"xy", 8)
    assert (found.key, found.ending, found.exit_code, found.where, found.container_id) == (
        "a",
        "exited",
        3,
        "here",
        "c",
    )


@pytest.mark.parametrize(
    ("first", "second", "covered"), [([OUT], [OUT, ERR], False), ([OUT, ERR], [OUT], True), ([], [], True)]
)
async def test_an_output_covers_another_one_with_no_more_bytes_in_either_stream(first, second, covered):
    assert (await output(first)).covers(await output(second)) is covered
