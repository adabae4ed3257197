"""The output of a job: the last bytes of each of its streams, and the result that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiodockerpy.resources._jobs.result import Ending, JobResult
from aiodockerpy.resources._processes.tail import Tail

if TYPE_CHECKING:
    from aiodockerpy._protocol.frames import Chunk, StreamName
    from aiodockerpy.resources._jobs.pool import Job
    from aiodockerpy.streams import Stream


class Output:
    """The last bytes of both streams of a job.

    Args:
        limit: Bytes to keep of each.
    """

    def __init__(self, limit: int) -> None:
        self._streams: dict[StreamName, Tail] = {"stdout": Tail(limit), "stderr": Tail(limit)}

    async def read(self, stream: Stream[Chunk, Any]) -> None:
        """Add the chunks of a stream, up to its end."""
        while chunks := await stream.batch():
            for chunk in chunks:
                self._streams[chunk.stream].add(chunk.data)

    def covers(self, other: Output) -> bool:
        """Return whether each stream has at least as many bytes as in another output of the same job."""
        return all(tail.total >= other._streams[name].total for name, tail in self._streams.items())

    def result(self, job: Job, ending: Ending, *, where: str, **facts: Any) -> JobResult:
        """Return the result of a job with this output."""
        out, err = self._streams["stdout"], self._streams["stderr"]
        return JobResult(
            key=job.key,
            ending=ending,
            stdout=out.value(),
            stderr=err.value(),
            truncated=out.dropped + err.dropped,
            where=where,
            container_id=job.container_id,
            queued=job.queued,
            **facts,
        )
