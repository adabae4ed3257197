"""A file that takes the place of another one once it is complete."""

from __future__ import annotations

import os
import secrets
from functools import partial
from typing import TYPE_CHECKING, Final

from aiodockerpy._arguments.paths import behind_links
from aiodockerpy._threads import UntilClosed

if TYPE_CHECKING:
    from io import BufferedWriter
    from pathlib import Path

PRIVATE: Final = 0o600
SHARED: Final = 0o666


class Replacement:
    """A file beside its target, which it replaces when it is complete.

    Its methods block, so they are called in threads.

    Args:
        path: The target; if that is a link, what it leads to is replaced.
        mode: Permissions of the file, less those that the process does not give.
    """

    def __init__(self, path: Path, mode: int) -> None:
        self._target = path
        self._mode = mode
        self._file: BufferedWriter | None = None
        self._part: Path | None = None
        self._turns = UntilClosed()

    def open(self) -> None:
        """Create the file."""
        self._turns.run(self._open)

    def _open(self) -> None:
        self._target = behind_links(self._target)
        part = self._target.with_name(f".aiodockerpy-{secrets.token_hex(8)}")
        try:
            self._file = open(part, "xb", opener=partial(os.open, mode=self._mode))  # noqa: SIM115
        except OSError as error:
            error.filename = str(self._target)  # as it was given
            raise
        self._part = part

    def write(self, data: bytes) -> None:
        """Add to the file."""
        if self._file is not None:
            self._turns.run(self._file.write, data)

    def complete(self) -> None:
        """Replace the target."""
        self._turns.run(self._complete)

    def _complete(self) -> None:
        if self._file is not None and self._part is not None:
            self._file.close()
            self._part.replace(self._target)
            self._part = None

    def discard(self) -> None:
        """Remove the file, unless it is complete."""
        self._turns.last(self._discard)

    def _discard(self) -> None:
        try:
            if self._file is not None:
                self._file.close()
        finally:
            if self._part is not None:
                self._part.unlink(missing_ok=True)
