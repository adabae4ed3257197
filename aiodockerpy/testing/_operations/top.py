"""The processes of a container, in the columns of ``ps``."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiodockerpy.testing import _lifecycle as lifecycle
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Refusal, Reply, Request, answer_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiodockerpy.testing._state.objects import Container


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    argv: list[str]
    started: float

    @property
    def moment(self) -> str:
        seconds = int(self.started) % 86400
        return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


_Column = tuple[str, "Callable[[_Process], str]"]


def _same(text: str) -> Callable[[_Process], str]:
    return lambda _: text


def _words(process: _Process) -> str:
    return " ".join(process.argv)


def _hour(process: _Process) -> str:
    return process.moment[:5]


_COLUMNS: Final[Mapping[str, _Column]] = {
    "pid": ("PID", lambda process: str(process.pid)), "ppid": ("PPID", _same("1")), "uid": ("UID", _same("0")),
    "user": ("USER", _same("root")), "euser": ("EUSER", _same("root")), "ruser": ("RUSER", _same("root")),
    "c": ("C", _same("0")), "%cpu": ("%CPU", _same("0.0")), "pcpu": ("%CPU", _same("0.0")),
    "%mem": ("%MEM", _same("0.0")), "pmem": ("%MEM", _same("0.0")), "vsz": ("VSZ", _same("2268")),
    "rss": ("RSS", _same("1368")), "tty": ("TT", _same("?")), "tt": ("TT", _same("?")), "state": ("S", _same("S")),
    "stat": ("STAT", _same("Ss")), "stime": ("STIME", _hour),
    "start": ("STARTED", lambda process: process.moment), "time": ("TIME", _same("00:00:00")),
    "etime": ("ELAPSED", _same("00:00")), "comm": ("COMMAND", lambda process: posixpath.basename(process.argv[0])),
    "args": ("COMMAND", _words), "command": ("COMMAND", _words), "cmd": ("CMD", _words),
}  # fmt: skip
"""The columns of ``ps -o``: a title, and what is below it."""
_TTY: Final[_Column] = ("TTY", _same("?"))
_SHORT_TIME: Final[_Column] = ("TIME", _same("0:00"))
_FULL: Final[list[_Column]] = [
    ("UID", _same("root")), _COLUMNS["pid"], _COLUMNS["ppid"], _COLUMNS["c"], _COLUMNS["stime"], _TTY, _COLUMNS["time"],
    _COLUMNS["cmd"],
]  # fmt: skip
_BRIEF: Final[list[_Column]] = [_COLUMNS["pid"], _TTY, _COLUMNS["time"], ("CMD", _COLUMNS["comm"][1])]
_BSD: Final[list[_Column]] = [_COLUMNS["pid"], _TTY, _COLUMNS["stat"], _SHORT_TIME, _COLUMNS["args"]]
_BSD_USER: Final[list[_Column]] = [
    *(_COLUMNS[name] for name in ("user", "pid", "%cpu", "%mem", "vsz", "rss")), _TTY, _COLUMNS["stat"],
    ("START", _hour), _SHORT_TIME, _COLUMNS["args"],
]  # fmt: skip


@operation("ContainerTop")
async def top(core: Core, request: Request) -> Reply:
    """List processes."""
    container = core.world.container(request.parts["id"])
    if not container.running:
        raise Refusal(409, f"container {container.id} is not running")
    if container.restarting:
        raise Refusal(409, f"container {container.id} is restarting")
    columns = _columns(request.text("ps_args").split() or ["-ef"])
    titles = [title for title, _ in columns]
    if "PID" not in titles:
        raise Refusal(500, "Couldn't find PID field in ps output")
    lines = [" ".join(value(process) for _, value in columns) for process in _processes(container)]
    lifecycle.emit(core, container, "top")
    # An engine takes the lines of ps apart at blanks: only the last column can have some.
    return answer_json({"Processes": [line.split(None, len(titles) - 1) for line in lines], "Titles": titles})


def _processes(container: Container) -> list[_Process]:
    started = container.started / 10**9
    beside = [found for found in container.execs.values() if found.running]
    return [
        _Process(container.pid, container.argv, started),
        *(_Process(found.pid, found.config["Cmd"], started) for found in beside),
    ]


def _columns(words: list[str]) -> list[_Column]:
    """Choose the columns by the options of ``ps``."""
    names: list[str] = []
    letters = ""
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            continue
        options, asked, following = word.partition("o")
        letters += options
        if asked:
            names += (following or (words.pop(0) if words else "")).split(",")
    if names:
        return [_named(name) for name in names]
    if letters.startswith("-"):
        return _FULL if "f" in letters else _BRIEF
    return _BSD_USER if "u" in letters else _BSD


def _named(name: str) -> _Column:
    if name not in _COLUMNS:
        raise Refusal(500, f'ps: error: unknown user-defined format specifier "{name}"')
    return _COLUMNS[name]
