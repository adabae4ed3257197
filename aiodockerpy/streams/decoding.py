"""Decode bytes into items, for streams of JSON, output and progress."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Generic, TypeVar

from aiodockerpy import errors
from aiodockerpy._protocol.jsonstream import JsonStreamDecoder
from aiodockerpy._protocol.outside import read_int, read_json_object, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from aiodockerpy.models import JSONMessage
    from aiodockerpy.models._base import Model

M = TypeVar("M", bound="Model")

_STEP = 1 << 15
"""Bytes that are split into messages at once: millions of tiny messages must not hold the event loop."""
_REMEMBERED = 20
_LONGEST_REMEMBERED = 1 << 16  # characters of each
_TAIL = 4096
_MAY_BE_EMPTY = {"ImageLoad", "ImageBuild"}  # of an archive without images; without an image, a build has failed
_APPENDED = rb'(?s)\{"(?:errorDetail|error|message)":.*\}\s*\Z'


class JsonItems(Generic[M]):
    """Each JSON message as a model, made when its turn comes: many at once keep the garbage collector busy.

    Args:
        kind: The model.
        operation: The operationId, for errors.
        max_message: Bytes of the longest message accepted.
    """

    def __init__(self, kind: type[M], operation: str, max_message: int | None = None) -> None:
        self._kind = kind
        self._operation = operation
        self._messages = JsonStreamDecoder(max_message)

    @property
    def failure(self) -> Exception | None:
        """The error that the next call raises."""
        return self._messages.failure

    def feed(self, data: bytes) -> Iterator[M]:
        """Return the messages that are complete."""
        if len(data) <= _STEP:
            return self._read(self._messages.feed(data))
        steps = (data[start : start + _STEP] for start in range(0, len(data), _STEP))
        return self._read(chain.from_iterable(map(self._messages.feed, steps)))

    def flush(self) -> Iterator[M]:
        """Return a last message without a line end."""
        return self._read(self._messages.flush())

    def _read(self, messages: Iterable[bytes]) -> Iterator[M]:
        read, operation = self._kind.from_wire, self._operation
        return (read(message, operation=operation) for message in messages)

    def close(self) -> None:
        """Raise if the stream ended inside a message."""
        self._messages.close()


class ProgressItems:
    """Messages of progress, at least one; one that reports a failure is raised after the messages before it.

    Args:
        operation: The operationId.
        failure: Makes the exception from the message of failure, its code and the texts before it.
        max_message: Bytes of the longest message accepted.
    """

    def __init__(
        self, operation: str, failure: Callable[..., Exception] | None = None, max_message: int | None = None
    ) -> None:
        from aiodockerpy.models import JSONMessage

        self._items = JsonItems(JSONMessage, operation, max_message)
        self._operation = operation
        self._make_failure = failure or errors.OperationFailed
        self._log: list[str] = []
        self._may_be_empty = operation in _MAY_BE_EMPTY
        self._failed: Exception | None = None

    @property
    def failure(self) -> Exception | None:
        """The failure that was reported, or what cannot be read."""
        return self._failed or self._items.failure

    def feed(self, data: bytes) -> Iterator[JSONMessage]:
        """Return the messages that are complete, up to one that reports a failure."""
        return self._checked(self._items.feed(data))

    def flush(self) -> Iterator[JSONMessage]:
        """Return a last message without a line end."""
        return self._checked(self._items.flush())

    def close(self) -> None:
        """Raise the failure that was reported, or if the stream ended inside a message, or was empty."""
        if self._failed is not None:
            raise self._failed
        self._items.close()
        if not self._may_be_empty:
            raise errors.UnexpectedResponse(f"the answer of {self._operation} is empty")

    def _checked(self, messages: Iterable[JSONMessage]) -> Iterator[JSONMessage]:
        for message in messages:
            self._may_be_empty = True
            if (text := message.failure) is not None:
                self._failed = self._make(message, text)
                return
            self._remember(message)
            yield message

    def _remember(self, message: JSONMessage) -> None:
        text = read_text(message.stream) or read_text(message.status)
        if text.strip():
            self._log.append(text.strip()[-_LONGEST_REMEMBERED:])
            del self._log[:-_REMEMBERED]

    def _make(self, message: JSONMessage, text: str) -> Exception:
        code = read_int(getattr(message.error_detail, "code", None))
        return self._make_failure(text, code=code, log=self._log, operation=self._operation)


class RawBytes:
    """The bytes as they come, or in pieces of at most ``size``."""

    failure: Exception | None = None

    def __init__(self, size: int | None = None) -> None:
        self._size = size

    def feed(self, data: bytes) -> Sequence[bytes]:
        """Return the bytes unchanged."""
        size = self._size
        if size is None or len(data) <= size:
            return (data,)
        return [data[start : start + size] for start in range(0, len(data), size)]

    def flush(self) -> tuple[bytes, ...]:
        """Return nothing: nothing is held back."""
        return ()

    def close(self) -> None:
        """Accept any end; the connection reports a body that was cut."""


class ArchiveBytes(RawBytes):
    """A tar archive as it comes. An engine that fails half-way appends its error to it, after a status of 200.

    Args:
        operation: The operationId.
        size: Bytes that an item has at most.
    """

    def __init__(self, operation: str, size: int | None = None) -> None:
        super().__init__(size)
        self._operation = operation
        self._tail = b""

    def feed(self, data: bytes) -> Sequence[bytes]:
        """Return the bytes unchanged, and keep the last of them."""
        self._tail = data[-_TAIL:] if len(data) >= _TAIL else (self._tail + data)[-_TAIL:]
        return super().feed(data)

    def close(self) -> None:
        """Raise the error that comes in place of an archive's closing zeros; an archive has these at least."""
        if not self._tail:
            raise errors.UnexpectedResponse(f"the answer of {self._operation} is empty")
        if not self._tail.rstrip(b"\r\n").endswith(b"}"):
            return
        found = re.search(_APPENDED, self._tail)
        message = _message(found[0]) if found is not None else None
        if message is not None:
            raise errors.OperationFailed(message, operation=self._operation)


def _message(text: bytes) -> str | None:
    """Read an appended error: of a stream of progress, or of an answer that had begun."""
    try:
        error = read_json_object(text)
    except ValueError:
        return None
    message = error.get("error", error.get("message"))
    return message if isinstance(message, str) else None
