"""The line discipline of a terminal: echo, lines, end of input, interrupts."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy.testing._programs.process import Process
    from aiodockerpy.testing._state.output import Output

__all__ = ["Terminal"]

_END, _INTERRUPT, _ERASE = 4, 3, 127


class Terminal:
    """Takes what is typed, echoes it, and gives whole lines to a process."""

    def __init__(self, process: Process, output: Output) -> None:
        self._process = process
        self._output = output
        self._line = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what was typed."""
        for byte in data:
            self._key(10 if byte == 13 else byte)

    def _key(self, byte: int) -> None:
        if byte == _END:
            if self._line:
                self._pass_on()
            else:
                self._process.stdin.end()
        elif byte == _INTERRUPT:
            self._echo(b"^C")
            self._line.clear()
            self._process.kill(signal.SIGINT)
        elif byte == _ERASE:
            if self._line:
                self._line.pop()
                self._echo(b"\b \b")
        else:
            self._line.append(byte)
            self._echo(b"\r\n" if byte == 10 else bytes([byte]))
            if byte == 10:
                self._pass_on()

    def _echo(self, data: bytes) -> None:
        self._output.write("stdout", data)

    def _pass_on(self) -> None:
        self._process.stdin.feed(bytes(self._line))
        self._line.clear()
