"""From what the engine says about a failed build to the exception."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from aiodockerpy._protocol.outside import read_int, read_json_object
from aiodockerpy.errors import (
    BuildCanceled,
    BuildError,
    BuildSessionLost,
    ProtocolError,
    SecretNotFound,
    StageNotFound,
)

from ._messages import Status
from ._place import line_of
from ._rpc.framing import CANCELLED

if TYPE_CHECKING:
    from ._rpc.framing import RpcError
    from .progress import BuildState, BuildStep

__all__ = ["Details", "build_error", "read_details"]

_PREFIX: Final = "github.com/moby/buildkit/"
_SUFFIX: Final = "+json"
# Lines shown before and after the place of the error.
_AROUND: Final = 2


@dataclass(slots=True)
class Details:
    """What the engine's typed details say.

    Attributes:
        vertex: Digest of the step that failed; empty if it is not told.
        exit_code: Of its command.
        filename: The Dockerfile's name.
        line: Where in it the step begins, from 1; 0 if it is not told.
        lines: The Dockerfile.
    """

    vertex: str = ""
    exit_code: int | None = None
    filename: str = ""
    line: int = 0
    lines: list[str] = field(default_factory=list[str])

    @property
    def source(self) -> str | None:
        """The place as people write it."""
        return f"{self.filename}:{self.line}" if self.filename and self.line else self.filename or None

    @property
    def excerpt(self) -> str:
        """The lines around the place, numbered, with a mark at the first of the step."""
        first, last = max(1, self.line - _AROUND), min(len(self.lines), self.line + _AROUND)
        return "\n".join(
            f"{'>>>' if number == self.line else '   '} {number:4d} | {self.lines[number - 1]}"
            for number in range(first, last + 1)
            if self.line
        )


def read_details(data: bytes) -> Details:
    """Read the details of a status. What cannot be read is left out: the message counts, not they."""
    found = Details()
    try:
        status = Status.decode(data)
    except ProtocolError:
        return found
    for item in status.details:
        name = item.type_url.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        reader = _READERS.get(name)
        if reader is None:
            continue
        try:
            reader(found, read_json_object(item.value))
        except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
            continue
    return found


def _source(found: Details, value: dict[str, Any]) -> None:
    """Of several the last is the innermost."""
    info: dict[str, Any] = value.get("info") or {}
    ranges: list[dict[str, Any]] = value.get("ranges") or []
    found.filename = str(info.get("filename") or "Dockerfile")
    found.lines = base64.b64decode(info.get("data") or "").decode("utf-8", "replace").splitlines()
    found.line = (read_int(ranges[0]["start"]["line"]) or 0) if ranges else 0


def _vertex(found: Details, value: dict[str, Any]) -> None:
    found.vertex = str(value.get("digest") or "")


def _exit(found: Details, value: dict[str, Any]) -> None:
    found.exit_code = read_int(value.get("Code") or value.get("code") or 0)


_READERS: Final = {"errdefs.Source": _source, "errdefs.Vertex": _vertex, "gatewayapi.ExitMessage": _exit}


def build_error(error: RpcError, state: BuildState, dockerfile: tuple[str, str] | None = None) -> BuildError:
    """Make the exception for a build that ended with a status.

    Args:
        error: The status.
        state: What was told about the build.
        dockerfile: Name and text of the Dockerfile, for engines that do not tell the place.
    """
    details = read_details(error.details)
    step = state.steps.get(details.vertex) or state.failed()
    if dockerfile is not None and not details.filename:
        details.filename, text = dockerfile
        details.lines = text.splitlines()
        details.line = line_of(step.name if step is not None else "", error.message, text)
    if details.exit_code is None:
        details.exit_code = _exit_code(error.message)
    kind = _kind(error)
    made = kind(
        error.message,
        state.tail(step.digest) if step is not None else (),
        step=step.name if step is not None else None,
        exit_code=details.exit_code,
        source=details.source,
        excerpt=details.excerpt,
    )
    _annotate(made, step)
    return made


def _exit_code(message: str) -> int | None:
    """Read the exit code out of the message, which is all that engines before 23.0 give."""
    number = message.rpartition("exit code: ")[2].split(" ")[0].rstrip(".,;)")
    return read_int(number, minimum=0) if "exit code: " in message else None


def _kind(error: RpcError) -> type[BuildError]:
    text = error.message
    if error.code == CANCELLED or text.endswith("context canceled"):
        return BuildCanceled
    if "target stage" in text and ("not found" in text or "could not be found" in text):
        return StageNotFound
    if "no active session" in text or "session lost" in text:
        return BuildSessionLost
    if "secret " in text and "not found" in text:
        return SecretNotFound
    return BuildError


def _annotate(error: BuildError, step: BuildStep | None) -> None:
    """Show in a traceback what helps most."""
    if step is not None:
        error.add_note(f"step: {step.name}")
    lines = cast("tuple[str, ...]", error.build_log)
    if lines:
        error.add_note("\n".join(("its last output:", *(f"  {line}" for line in lines[-10:]))))
    if error.excerpt:
        error.add_note(f"{error.source}:\n{error.excerpt}")
