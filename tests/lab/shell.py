"""Run programs, wait, and report what is missing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class LabError(RuntimeError):
    """A part of the lab did not start."""


class LabUnavailable(LabError):
    """This machine lacks something that the lab needs; the message says what, in one line."""


def run(
    command: Sequence[str | Path], *, timeout: float = 120, env: dict[str, str] | None = None, cwd: Path | None = None
) -> str:
    """Run a program and return its standard output; raise `LabError` with its last lines if it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=env,
        cwd=cwd,
    )
    if done.returncode:
        raise LabError(f"{command[0]} exited with {done.returncode}: {tail(done.stderr or done.stdout)}")
    return done.stdout


def succeeds(command: Sequence[str | Path]) -> bool:
    """Return whether a program can be run and exits with 0."""
    try:
        run(command)
    except (LabError, OSError, subprocess.TimeoutExpired):
        return False
    return True


def tail(text: str, lines: int = 3) -> str:
    """Return the last lines of a text in one line."""
    return " | ".join(line.strip() for line in text.strip().splitlines()[-lines:])


def detach(command: Sequence[str | Path], *, log: Path, env: dict[str, str] | None = None) -> int:
    """Start a program in a session of its own, so that it outlives this process, and return its number."""
    script = 'log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 & echo $!'
    return int(run(["sh", "-c", script, "sh", log, *command], env=env))


def wait_for(condition: Callable[[], bool], *, timeout: float, interval: float = 0.05) -> bool:
    """Poll until the condition holds; return whether it did."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True


def alive(pid: int | None) -> bool:
    """Return whether a process runs; a zombie, which kill(pid, 0) takes for alive, does not.

    The first thread can be a zombie while others still end: until the last of them, sockets are open and connections are taken.
    """
    return bool(pid) and any(_state(thread) not in {"", "Z", "X"} for thread in _threads(pid))


def stopped(pid: int) -> bool:
    """Return whether all threads of a process are stopped by a signal."""
    return all(_state(thread) == "T" for thread in _threads(pid))


def _threads(pid: int) -> list[Path]:
    try:
        return [Path(f"/proc/{pid}/task/{thread}/stat") for thread in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def _state(stat: Path) -> str:
    try:
        return stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return ""


def note_pid(path: Path, pid: int) -> None:
    """Write a pid file that `read_pid` understands."""
    path.write_text(f"{pid} {_identity(pid)}", encoding="ascii")


def read_pid(path: Path) -> int | None:
    """Read a pid file of `note_pid`; None if there is none, or if that process has ended, even if another has its number now."""
    try:
        number, _, identity = path.read_text(encoding="ascii").partition(" ")
        pid = int(number)
    except (OSError, ValueError):
        return None
    return pid if identity and identity == _identity(pid) else None


def _identity(pid: int) -> str:
    """Return what distinguishes a process from all others with its number; empty if there is none."""
    try:
        started = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
        return f"{started} {Path('/proc/sys/kernel/random/boot_id').read_text(encoding='ascii').strip()}"
    except OSError:
        return ""


def terminate(pid: int | None, *, gently: bool = True) -> None:
    """End a process and wait until it is gone."""
    for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 15)) if gently else ((signal.SIGKILL, 15),):
        if pid is None or not alive(pid):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        wait_for(lambda: not alive(pid), timeout=patience)
    if alive(pid):
        raise LabError(f"process {pid} does not end")
