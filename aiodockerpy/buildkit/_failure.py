"""Turn what the engine reports about a failed build into the exception."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from aiodockerpy._protocol.json_paths import is_list
from aiodockerpy._protocol.outside import read_int, read_json_object, read_object, read_text
from aiodockerpy.errors import BuildCanceled, BuildError, BuildSessionLost, ProtocolError, SecretNotFound, StageNotFound

from ._messages import Status
from ._place import excerpt_of, line_of
from ._rpc.framing import CANCELLED, RpcError

if TYPE_CHECKING:
    from .progress import BuildState, BuildStep, BuildWarning

_PREFIX: Final = "github.com/moby/buildkit/"
_SUFFIX: Final = "+json"
# Only the end of a message is the engine's own text; before it are commands and paths of the Dockerfile.
_EXIT_CODE: Final = re.compile(r"exit code: ([0-9]{1,10})\Z")
_LINT: Final = re.compile(r"(?:\A|: )lint violation found for rules: [^:]*\Z")
_KINDS: Final = (
    (re.compile(r"context canceled\Z"), BuildCanceled),
    (re.compile(r"(?:\A|: )target stage [^:]* (?:could not be found|not found)\Z"), StageNotFound),
    (
        re.compile(r"(?:\A|: )(?:no active session for [^: ]*(?:: context deadline exceeded)?|session lost)\Z"),
        BuildSessionLost,
    ),
    (re.compile(r"(?:\A|: )secret [^\":]+(?: not found)?: not found\Z"), SecretNotFound),
)


@dataclass(slots=True)
class Details:
    """What the engine's typed details report.

    Attributes:
        vertex: Digest of the step that failed; empty if it is not known.
        exit_code: Exit code of its command.
        filename: The Dockerfile's name.
        line: Where in it the step begins, from 1; 0 if it is not known.
        lines: The Dockerfile.
    """

    vertex: str = ""
    exit_code: int | None = None
    filename: str = ""
    line: int = 0
    lines: list[str] = field(default_factory=list[str])

    @property
    def source(self) -> str | None:
        """The place as ``Dockerfile:3``."""
        return f"{self.filename}:{self.line}" if self.filename and self.line else self.filename or None

    @property
    def excerpt(self) -> str:
        """The lines around the place, numbered, with a mark at the first of the step."""
        return excerpt_of(self.lines, self.line)


def read_details(data: bytes) -> Details:
    """Read the details of a status; malformed ones are left out, since the message alone is enough."""
    found = Details()
    try:
        status = Status.decode(data)
    except ProtocolError:
        return found
    for item in status.details:
        reader = _READERS.get(item.type_url.removeprefix(_PREFIX).removesuffix(_SUFFIX))
        if reader is not None:
            try:
                reader(found, read_json_object(item.value))
            except ValueError:
                continue
    return found


def _source(found: Details, value: dict[str, Any]) -> None:
    """Store the location; the last of several details is the innermost."""
    info = read_object(value.get("info"))
    ranges: object = value.get("ranges")
    start = read_object(read_object(ranges[0] if is_list(ranges) and ranges else None).get("start"))
    text = base64.b64decode(read_text(info.get("data")))
    found.filename = read_text(info.get("filename")) or "Dockerfile"
    found.lines = text.decode("utf-8", "replace").splitlines()
    found.line = read_int(start.get("line"), minimum=0) or 0


def _vertex(found: Details, value: dict[str, Any]) -> None:
    found.vertex = read_text(value.get("digest"))


def _exit(found: Details, value: dict[str, Any]) -> None:
    """Store the exit code; Go leaves out a 0."""
    found.exit_code = read_int(value.get("Code", value.get("code", 0)), minimum=0)


_READERS: Final = {"errdefs.Source": _source, "errdefs.Vertex": _vertex, "gatewayapi.ExitMessage": _exit}


def build_error(
    error: RpcError,
    state: BuildState,
    dockerfile: tuple[str, str] | None = None,
    lost: Exception | None = None,
) -> BuildError:
    """Create the exception for a build that ended with a status.

    Args:
        error: The status.
        state: The progress of the build until then.
        dockerfile: Name and text of the Dockerfile, for engines that do not report the place.
        lost: Why the session has ended before, which is what the engine could not get over unless a command failed.
    """
    details = read_details(error.details)
    step = state.steps.get(details.vertex) or state.failed()
    if dockerfile is not None and not details.filename:
        details.filename, text = dockerfile
        details.lines = text.splitlines()
        details.line = line_of(step.name if step is not None else "", error.message, text)
    if details.exit_code is None:
        details.exit_code = _exit_code(error.message)
    warnings = state.warnings if _LINT.search(error.message) else []
    is_lost = lost is not None and details.exit_code is None
    made = (BuildSessionLost if is_lost else _kind(error))(
        f"{lost}: {error}" if is_lost else str(error),
        state.tail(step.digest) if step is not None else (),
        step=step.name if step is not None else None,
        exit_code=details.exit_code,
        source=details.source or (warnings[0].source if warnings else None) or None,
        excerpt=details.excerpt or "\n\n".join(warning.excerpt for warning in warnings if warning.excerpt),
    )
    _annotate(made, step, warnings)
    return made


def _exit_code(message: str) -> int | None:
    """Read the exit code at the end of the message, which is all that engines before 23.0 give."""
    found = _EXIT_CODE.search(message)
    return int(found[1]) if found is not None else None


def _kind(error: RpcError) -> type[BuildError]:
    if error.code == CANCELLED:
        return BuildCanceled
    return next((kind for pattern, kind in _KINDS if pattern.search(error.message)), BuildError)


def _annotate(error: BuildError, step: BuildStep | None, warnings: list[BuildWarning]) -> None:
    """Add to a traceback what helps most: the step, its last output, the Dockerfile's lines, its warnings."""
    if step is not None:
        error.add_note(f"step: {step.name}")
    lines = cast("tuple[str, ...]", error.build_log)
    if lines:
        error.add_note("\n".join(("its last output:", *(f"  {line}" for line in lines[-10:]))))
    if error.excerpt:
        error.add_note(f"{error.source}:\n{error.excerpt}")
    for warning in warnings:
        error.add_note(str(warning))
