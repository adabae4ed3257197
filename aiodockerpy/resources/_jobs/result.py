"""The result of a job: its ending, exit code and output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from aiodockerpy._jsonable import dumpable
from aiodockerpy.errors import JobFailed

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

Ending: TypeAlias = Literal[
    "exited",
    "oom",
    "signalled",
    "timed_out",
    "cancelled",
    "not_started",
    "unschedulable",
    "removed",
    "node_lost",
    "engine_lost",
]
"""How a job ended. The first five are certain; ``not_started`` and ``unschedulable`` mean that the command never ran;
after ``removed``, ``node_lost`` and ``engine_lost`` it may have run, and its exit code is unknown."""

CLOSED = "it is left behind: the client was closed inside the block of its jobs"
"""What became of the container or service of a job that could not be removed for that reason."""
_SHOWN = 10
"""Lines of output in the message of `JobFailed`."""


@dumpable("ok")
@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """The end of a job. A job that fails does not raise: `check` does."""

    key: Hashable
    """The key given to ``submit``; the number of the job in its pool, from 0, if none was given."""
    ending: Ending
    """How it ended."""
    exit_code: int | None = None
    """The exit code, if it is certain; never one that an engine made up after it was restarted."""
    oom_killed: bool = False
    """Whether the engine reports that a process of the job was killed for lack of memory."""
    stdout: bytes = b""
    """The last ``max_output`` bytes of its standard output; with ``tty=True`` of all its output."""
    stderr: bytes = b""
    """The last ``max_output`` bytes of its standard error."""
    output_complete: bool = True
    """Whether everything that it wrote was received; what ``truncated`` counts was received."""
    truncated: int = 0
    """Bytes that were received and not kept, because of ``max_output``."""
    error: str = ""
    """The engine's text if it reported an error, the reason why the ending is not certain, or what was left behind."""
    where: str = ""
    """The address of the engine, or the name of the node, that ran it."""
    container_id: str = ""
    """The container of the last attempt; empty if none was created."""
    queued: datetime
    """When it was submitted, by the clock of this machine."""
    started_at: datetime | None = None
    """When its command was started, by the clock of the engine."""
    finished_at: datetime | None = None
    """When its command ended, by the clock of the engine."""
    attempts: int = 1
    """How often it was tried."""
    may_still_run: bool = False
    """Whether its command may still be running, on an engine or a node that is out of reach or refuses to stop it."""

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with exit code 0."""
        return self.ending == "exited" and self.exit_code == 0

    def check(self) -> Self:
        """Return the result if it is `ok`.

        Raises:
            JobFailed: It is not; with the ending, the exit code and the last lines of output.
        """
        if not self.ok:
            raise JobFailed(self._text(), self)
        return self

    def _text(self) -> str:
        code = f" with exit code {self.exit_code}" if self.exit_code is not None else ""
        reason = f": {self.error}" if self.error else ""
        lines = (self.stderr or self.stdout).decode("utf-8", "replace").splitlines()[-_SHOWN:]
        output = "\n" + "\n".join(lines) if lines else ""
        return f"job {self.key!r}: {self.ending}{code}{reason}{output}"


def with_error(result: JobResult, error: str) -> JobResult:
    """Return a result with another error after its own."""
    return replace(result, error=f"{result.error}; {error}" if result.error else error)
