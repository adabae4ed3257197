"""Every exception this library raises, in one tree.

The names are docker-py's wherever docker-py has one, so that ``except docker.errors.NotFound`` goes on working::

    DockerException                           whatever goes wrong in this library
    ├── APIError                              the engine refused: keeps its status and its text
    │   ├── BadRequest                        400
    │   ├── Unauthorized                      401
    │   ├── Forbidden                         403
    │   ├── NotFound                          404
    │   │   └── ImageNotFound                 404, and the thing missing is an image
    │   ├── Conflict                          409
    │   ├── ServerError                       5xx
    │   │   ├── NotImplementedByEngine        501
    │   │   └── ServiceUnavailable            502 to 504, for example "not a swarm manager"
    │   └── OperationFailed                   refused inside a stream that began with 200
    │       └── PullError · PushError · ImportFailed
    ├── ConnectionFailed                      the way to the engine (also a ConnectionError)
    │   ├── EngineUnreachable                 nothing listens there
    │   ├── RequestMaybeSent                  cut before the answer: it may have been carried out
    │   └── StreamInterrupted                 cut in the middle of an answer
    ├── DeadlineExceeded                      a limit of the client ran out (also a TimeoutError)
    │   ├── PoolTimeout                       no free connection slot in time
    │   └── StreamIdle                        a stream was silent for longer than allowed
    ├── ProtocolError                         what arrived is not what the Engine API sends
    │   ├── StreamParseError                  … inside a stream of JSON messages
    │   ├── ResponseTooLarge                  … longer than the client collects
    │   └── UnexpectedResponse                … as the body of an answer
    ├── StdinClosed                           writing to a process that no longer reads (also a BrokenPipeError)
    ├── ContainerError                        a container ended with a non-zero exit code
    ├── ContainerNotReady                     a container ended, or is unhealthy, before the condition held
    ├── JobFailed                             a job did not end with exit code 0
    ├── ServiceFailed                         a service failed, was rolled back or paused
    ├── BuildError                            a build failed
    │   ├── StageNotFound                     the Dockerfile has no such target
    │   ├── SecretNotFound                    a step requires a secret that was not given
    │   ├── BuildCanceled                     it was stopped
    │   └── BuildSessionLost                  the engine lost the connection it asks for files and secrets on
    ├── BuildKitUnavailable                   the engine has no BuildKit to talk to
    ├── ImageLoadError                        an image archive was refused
    ├── UnsafeArchive                         an archive tried to leave its target
    ├── InvalidArgument                       what the caller passed cannot be right (nothing was sent)
    │   ├── InvalidValue                      … a value that does not fit its parameter (also a ValueError)
    │   ├── NullResource                      … an empty id or name (also a ValueError)
    │   └── WrongType                         … a value of the wrong type (also a TypeError)
    ├── InvalidVersion                        the API version does not fit
    │   └── UnsupportedByEngine               the negotiated version lacks what is asked for (nothing was sent)
    │       └── UnsupportedByStore            … or the engine's image store does
    ├── InvalidRepository · DeprecatedMethod
    ├── InvalidConfigFile                     a configuration file that cannot be read
    ├── TLSParameterError                     certificates or keys that do not fit
    ├── MissingContextParameter · ContextAlreadyExists · ContextException · ContextNotFound
    └── StoreError                            a credential helper failed
        └── CredentialsNotFound · InitializationError

One warning: ``InsecureTLSWarning`` (a ``UserWarning``), when the check of the engine's certificate is switched off.

Misuse of an object (a closed client, a stream used twice, two readers) is a ``RuntimeError``, a wrong type of argument
or an unknown keyword a ``TypeError``, as everywhere in Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiodockerpy._errors.base import DockerException as DockerException, printable
from aiodockerpy._errors.misuse import *

# ---- what the engine refuses


@dataclass(frozen=True, slots=True)
class EngineResponse:
    """The part of a refused answer that an exception keeps: ``error.response.status_code``, as in docker-py."""

    status_code: int
    reason: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    method: str = ""
    path: str = ""

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            from aiodockerpy._docker_py import missing_attribute

            raise missing_attribute(self, name)


class APIError(DockerException):
    """The engine refused the operation.

    Attributes:
        explanation: The engine's own text, unchanged.
        response: Status, reason, method and path of the answer; ``None`` when there was none.
        operation: The operation's name in the Engine API, for example ``"ContainerStop"``.
    """

    def __init__(
        self,
        message: str,
        response: EngineResponse | None = None,
        explanation: str | None = None,
        *,
        operation: str = "",
    ) -> None:
        super().__init__(message)
        self.response = response
        self.explanation: str = explanation if explanation is not None else message
        self.operation = operation

    @property
    def status_code(self) -> int | None:
        """The HTTP status; ``None`` when there was no answer of its own."""
        return self.response.status_code if self.response is not None else None

    def is_error(self) -> bool:
        """Return whether the status is 400 or above."""
        return self.is_client_error() or self.is_server_error()

    def is_client_error(self) -> bool:
        """Return whether the status is 4xx."""
        return self.status_code is not None and 400 <= self.status_code < 500

    def is_server_error(self) -> bool:
        """Return whether the status is 5xx."""
        return self.status_code is not None and 500 <= self.status_code < 600

    def __str__(self) -> str:
        if self.response is None:
            return super().__str__()
        kind = "Server" if self.is_server_error() else "Client"
        where = f"{self.response.method} {self.response.path}".strip()
        text = f'{self.response.status_code} {kind} Error for {where}: {self.response.reason} ("{self.explanation}")'
        return printable(text)


class BadRequest(APIError):
    """400: the engine found a parameter wrong."""


class Unauthorized(APIError):
    """401: the registry or the engine requires (other) credentials."""


class Forbidden(APIError):
    """403: an authorization plugin or the engine's own rules forbid it."""


class NotFound(APIError):
    """404: no such object."""


class ImageNotFound(NotFound):
    """404: no such image, here or in the registry."""


class Conflict(APIError):
    """409: the object is in a state that does not allow it, or the name is taken."""


class ServerError(APIError):
    """5xx: the engine failed."""


class NotImplementedByEngine(ServerError):
    """501: this engine, or its configuration, does not have the operation."""


class ServiceUnavailable(ServerError):
    """502 to 504: not now or not here, for example a swarm operation on an engine that is not a swarm manager.

    502, 504 and often 503 come from a proxy that does not reach the engine.
    """


class OperationFailed(APIError):
    """The engine reported a failure inside a stream of progress that had begun with 200.

    Attributes:
        code: The number the engine gave with it; usually ``None``.
        log: The last messages before the failure, as text.
    """

    def __init__(self, message: str, *, code: int | None = None, log: Sequence[str] = (), operation: str = "") -> None:
        super().__init__(message, operation=operation)
        self.code = code
        self.log: tuple[str, ...] = tuple(log)


class PullError(OperationFailed):
    """Pulling an image failed after it had begun."""


class PushError(OperationFailed):
    """Pushing an image failed after it had begun."""


class ImportFailed(OperationFailed):
    """Importing a root file system failed after it had begun."""


_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    501: NotImplementedByEngine,
    502: ServiceUnavailable,
    503: ServiceUnavailable,
    504: ServiceUnavailable,
}

# A 404 of these operations can only mean the image.
_IMAGE_OPERATIONS = frozenset(
    {
        "DistributionInspect",
        "ImageAttestations",
        "ImageCreate",
        "ImageDelete",
        "ImageGet",
        "ImageHistory",
        "ImageInspect",
        "ImagePush",
        "ImageTag",
    }
)
# Creating a container also names networks, volumes and other containers: there the engine's text decides.
_IMAGE_TEXTS = (
    "no such image",
    "not found: does not exist or no pull access",
    "repository does not exist",
    "the specified platform",
)


def status_error(response: EngineResponse, explanation: str, *, operation: str = "") -> APIError:
    """Create the exception for an answer of the engine with a status of 400 or above."""
    kind = _BY_STATUS.get(response.status_code)
    if kind is None:
        kind = ServerError if response.status_code >= 500 else APIError
    if kind is NotFound and _is_about_an_image(operation, explanation):
        kind = ImageNotFound
    return kind(explanation or response.reason, response, explanation, operation=operation)


def _is_about_an_image(operation: str, explanation: str) -> bool:
    if operation in _IMAGE_OPERATIONS:
        return True
    text = explanation.lower()
    return any(part in text for part in _IMAGE_TEXTS)


# ---- what breaks on the way


class ConnectionFailed(DockerException, ConnectionError):
    """The connection to the engine failed; the message names the host and why that host was chosen."""


class EngineUnreachable(ConnectionFailed):
    """Nothing listens at the host: no socket, refused, no route, or no TLS session. Nothing was sent."""


class RequestMaybeSent(ConnectionFailed):
    """The connection broke before the head of the answer was there: the engine may have carried out the request or not.

    Only GET and HEAD are ever repeated by the client itself; whether to repeat anything else is the caller's decision.
    """


class StreamInterrupted(ConnectionFailed):
    """A stream or an answer ended before its end.

    Attributes:
        received: How many bytes had arrived; all of them were delivered.
        exit: The exit code of the process behind the stream, if the engine still has it.
    """

    def __init__(self, message: str, *, received: int = 0, exit: int | None = None) -> None:
        super().__init__(message)
        self.received = received
        self.exit = exit


class DeadlineExceeded(DockerException, TimeoutError):
    """A limit of the client ran out; the message names the limit."""


class PoolTimeout(DeadlineExceeded):
    """No connection slot became free in time; the message has the limit and how many were in use and waiting."""


class StreamIdle(DeadlineExceeded):
    """A stream with an ``idle_timeout`` was silent for longer; it is closed."""


class ProtocolError(DockerException):
    """What arrived is not what the Engine API sends.

    Attributes:
        message: What is wrong, without the offset.
        offset: The byte of the stream at which it stopped making sense; ``None`` if that has no meaning.
    """

    def __init__(self, message: str, *, offset: int | None = None) -> None:
        super().__init__(message if offset is None else f"{message} (at byte {offset})")
        self.message = message
        self.offset = offset


class StreamParseError(ProtocolError):
    """A message of a JSON stream cannot be read."""


class ResponseTooLarge(ProtocolError):
    """An answer, or what an awaited handle returns, is larger than the client collects.

    The client's option ``max_response_size`` raises the limit; what is iterated has none.

    Attributes:
        limit: The limit in bytes.
    """

    def __init__(self, message: str, *, limit: int = 0) -> None:
        super().__init__(message)
        self.limit = limit


class UnexpectedResponse(ProtocolError):
    """The body of an answer does not have the shape of its operation.

    Attributes:
        body: The body as it came. It is in no message, since it can hold anything.
    """

    def __init__(self, message: str, *, body: bytes = b"") -> None:
        super().__init__(message)
        self.body = body


class StdinClosed(DockerException, BrokenPipeError):
    """The process no longer reads its standard input, or the input was closed.

    Attributes:
        partial: Whether part of the data of a cancelled write has gone out, so that the input cannot be used any more.
    """

    def __init__(self, message: str, *, partial: bool = False) -> None:
        super().__init__(message)
        self.partial = partial


# ---- what was run and went wrong


class ContainerError(DockerException):
    """A container that was run to its end exited with a code other than 0.

    Attributes:
        container: The container's object (it may be removed already).
        exit_status: The exit code.
        command: What ran.
        image: Where it ran.
        stdout: What it wrote to standard output, the last 16 MiB.
        stderr: What it wrote to standard error, the last 16 MiB.
    """

    def __init__(
        self,
        container: object,
        exit_status: int,
        command: object,
        image: object,
        stderr: bytes | None,
        stdout: bytes | None = None,
    ) -> None:
        self.container = container
        self.exit_status = exit_status
        self.command = command
        self.image = image
        self.stderr = stderr
        self.stdout = stdout
        tail = f": {stderr!r}" if stderr is not None else ""
        super().__init__(f"Command '{command}' in image '{image}' returned non-zero exit status {exit_status}{tail}")


class ContainerNotReady(DockerException):
    """A container that was waited for has ended, or turned unhealthy.

    The message has the last output of its health check, and the last lines of the log of a container that has ended.

    Attributes:
        container: The container's object, with the snapshot that shows it.
        exit_code: Its exit code; ``None`` if it goes on running.
        health_log: The last runs of its health check, oldest first: ``run.exit_code``, ``run.output``.
        last_lines: The last lines of its log, oldest first; empty if it goes on running, or its log cannot be read.
    """

    def __init__(
        self,
        message: str,
        container: object,
        *,
        exit_code: int | None,
        health_log: Sequence[object] = (),
        last_lines: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.container = container
        self.exit_code = exit_code
        self.health_log = health_log
        self.last_lines: tuple[str, ...] = tuple(last_lines)


class JobFailed(DockerException):
    """A job did not end with exit code 0; raised by `JobResult.check <aiodockerpy.resources.JobResult.check>`.

    Attributes:
        result: How the job ended.
    """

    def __init__(self, message: str, result: Any) -> None:
        super().__init__(message)
        self.result = result


class ServiceFailed(DockerException):
    """A service neither converged nor completed: it failed, or its update was rolled back or paused.

    Attributes:
        progress: What was seen last, with the outcome: ``error.progress.outcome``, ``error.progress.error``.
    """

    def __init__(self, message: str, progress: Any) -> None:
        super().__init__(message)
        self.progress = progress


class BuildError(DockerException):
    """A build failed.

    Attributes:
        msg: The engine's text.
        build_log: The messages of the build until then, as a list.
        step: The step that failed, for example ``"[2/3] RUN make"``; ``None`` if it is not known.
        exit_code: Exit code of that step's command; ``None`` if it did not end by itself.
        source: The place in the Dockerfile, ``"Dockerfile:7"``; ``None`` if it is not known.
        excerpt: The lines of the Dockerfile around that place, as text; empty if they are not known.
    """

    def __init__(
        self,
        reason: str,
        build_log: Sequence[Any] = (),
        *,
        step: str | None = None,
        exit_code: int | None = None,
        source: str | None = None,
        excerpt: str = "",
    ) -> None:
        super().__init__(reason)
        self.msg = reason
        self.build_log = build_log
        self.step = step
        self.exit_code = exit_code
        self.source = source
        self.excerpt = excerpt


class StageNotFound(BuildError):
    """The Dockerfile has no stage of the name given as target."""


class SecretNotFound(BuildError):
    """A step requires a secret that the build was not given."""


class BuildCanceled(BuildError):
    """The build was stopped before its end."""


class BuildSessionLost(BuildError):
    """The engine lost the connection on which it asks for files, secrets and credentials."""


class BuildKitUnavailable(DockerException):
    """The engine offers no BuildKit; the message names the reason and the way out."""


class ImageLoadError(DockerException):
    """The engine could not load an image archive."""


class UnsafeArchive(DockerException):
    """A member of an archive would have been written outside its target, or is of a kind that is never extracted."""


if not TYPE_CHECKING:  # type checkers see what is defined here, or imported by ``*``
    __all__ = [
        name for name in sorted(globals()) if getattr(globals()[name], "__module__", "") == __name__ and name[0] != "_"
    ]
