"""The line discipline of a terminal: echo, lines, end of input, interrupts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy.testing._signals import Signals

if TYPE_CHECKING:
    from aiodockerpy.testing._programs.process import Process
    from aiodockerpy.testing._state.output import Output

_END, _INTERRUPT, _ERASE = 4, 3, 127
_ECHOES = {byte: bytes([ord("^"), byte + 64]) for byte in range(32)} | {9: b"\t", 10: b"\r\n"}
"""How control characters are echoed."""


def _key_of(text: str) -> int:
    return ord(text[-1].upper()) & 31 if text.startswith("ctrl-") else ord(text[:1])


class Terminal:
    """Takes what is typed, echoes it, and gives whole lines to a process."""

    def __init__(self, process: Process, output: Output, keys: str) -> None:
        self._process = process
        self._output = output
        self._line = bytearray()
        self._echoed = bytearray()
        self._leave = bytes(_key_of(key) for key in (keys or "ctrl-p,ctrl-q").split(","))
        self._seen = 0

    def feed(self, data: bytes) -> bool:
        """Process input; return whether the detach keys were typed."""
        for byte in data:
            if byte == self._leave[self._seen]:
                self._seen += 1
                if self._seen == len(self._leave):
                    return True
                continue
            held, self._seen = self._leave[: self._seen], 0
            for one in (*held, byte):
                self._key(10 if one == 13 else one)
        self._flush()
        return False

    def _key(self, byte: int) -> None:
        if byte == _END:
            if self._line:
                self._pass_on()
            else:
                self._process.stdin.end()
        elif byte == _INTERRUPT:
            self._echo(b"^C")
            self._line.clear()
            self._process.kill(Signals.SIGINT)
        elif byte == _ERASE:
            if self._line:
                self._line.pop()
                self._echo(b"\b \b")
        else:
            self._line.append(byte)
            self._echo(_ECHOES.get(byte, bytes([byte])))
            if byte == 10:
                self._pass_on()

    def _echo(self, data: bytes) -> None:
        self._echoed += data

    def _flush(self) -> None:
        self._output.write("stdout", bytes(self._echoed))
        self._echoed.clear()

    def _pass_on(self) -> None:
        self._flush()
        self._process.stdin.feed(bytes(self._line))
        self._line.clear()
