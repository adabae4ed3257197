"""The log of a build, of which the end is kept in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiodockerpy import models
from aiodockerpy._protocol.outside import read_text

LOG_SIZE: Final = 64 << 20
"""Bytes of memory that the log of a build takes at most, about."""

_OVERHEAD: Final = 512  # bytes that a message takes beside its text


class KeptLog:
    """Appends to a list of messages and drops the first ones of a log that is too long; one message says so.

    Args:
        messages: The list.
        limit: Bytes that it may take.
    """

    def __init__(self, messages: list[models.JSONMessage], limit: int = LOG_SIZE) -> None:
        self._messages = messages
        self._limit = limit
        self._size = 0
        self._dropped = 0

    def extend(self, messages: Iterable[models.JSONMessage]) -> None:
        """Append messages."""
        for message in messages:
            self._messages.append(message)
            self._size += _size(message)
        if self._size > self._limit:
            self._drop()

    def _drop(self) -> None:
        """Drop messages from the beginning until half of the limit is free."""
        count = 1 if self._dropped else 0  # the message about dropped ones comes first
        while self._size > self._limit // 2 and count < len(self._messages) - 1:
            self._size -= _size(self._messages[count])
            self._dropped += 1
            count += 1
        said = f"[{self._dropped} earlier messages were dropped: the log of a build keeps {self._limit >> 20} MiB]\n"
        self._messages[:count] = [models.JSONMessage(stream=said)]


def _size(message: models.JSONMessage) -> int:
    return len(read_text(message.stream)) + len(read_text(message.status)) + _OVERHEAD
