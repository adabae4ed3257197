"""The leak gate: after a test there are no more tasks, open files and threads than before, and no client holds a slot."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiodockerpy._transport.session import Session

SETTLE = 1.0
STEP = 0.02
# Threads of the loop's own executor end with the loop.
OWN_THREADS = ("asyncio_", "uvloop_", "ThreadPoolExecutor-", "pytest_timeout")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is open at one moment."""

    tasks: frozenset[asyncio.Task[Any]]
    files: dict[int, str] = field(default_factory=dict)
    threads: frozenset[threading.Thread] = frozenset()

    @classmethod
    def take(cls) -> Snapshot:
        """Look at this process; inside a running event loop."""
        return cls(
            tasks=frozenset(task for task in asyncio.all_tasks() if not task.done()),
            files=_open_files(),
            threads=frozenset(thread for thread in threading.enumerate() if not thread.name.startswith(OWN_THREADS)),
        )

    def leaks_since(self, before: Snapshot) -> list[str]:
        """Describe what is here and was not before."""
        current = asyncio.current_task()
        tasks = [f"task {task!r}" for task in self.tasks - before.tasks if task is not current]
        files = [f"file {number} -> {target}" for number, target in self._new_files(before)]
        threads = [f"thread {thread.name}" for thread in self.threads - before.threads]
        return [*sorted(tasks), *files, *sorted(threads)]

    def _new_files(self, before: Snapshot) -> list[tuple[int, str]]:
        new = [(number, target) for number, target in self.files.items() if before.files.get(number) != target]
        if not type(asyncio.get_running_loop()).__module__.startswith("uvloop"):
            return new
        # uvloop opens its own sockets anew each time it is run, in place of those that are gone, and keeps a /dev/null.
        gone = Counter(_kind(target) for number, target in before.files.items() if self.files.get(number) != target)
        left: list[tuple[int, str]] = []
        for number, target in new:
            if gone[_kind(target)] > 0:
                gone[_kind(target)] -= 1
            elif target != os.devnull:
                left.append((number, target))
        return left


def _kind(target: str) -> str:
    return target.partition("[")[0]


def held_by(client: Session) -> list[str]:
    """Describe what a client holds now: slots of its pool, places in the queue for one, and streams."""
    now = client.diagnostics()
    counts = {"slots in use": now.pool_in_use, "calls waiting for a slot": now.pool_waiting}
    return [
        *(f"{count} {name} of {now.host}" for name, count in counts.items() if count),
        *(f"stream {stream.operation} opened at {stream.opened_at}" for stream in now.streams),
    ]


def _open_files() -> dict[int, str]:
    found: dict[int, str] = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue  # the listing's own descriptor is closed by now
    return found


async def remaining(before: Snapshot, *, settle: float = SETTLE, clients: Iterable[Session] = ()) -> list[str]:
    """Wait until everything opened since ``before`` is closed, at most ``settle`` seconds; return what is not.

    Nor may one of the ``clients`` hold anything then, closed or not.

    Cyclic garbage is collected on the way: a transport or socket that only the collector closes reports itself by a ResourceWarning.
    """
    deadline = asyncio.get_running_loop().time() + settle
    while leaks := [*Snapshot.take().leaks_since(before), *chain.from_iterable(map(held_by, clients))]:
        if asyncio.get_running_loop().time() > deadline:
            return leaks
        gc.collect()
        await asyncio.sleep(STEP)
    return []
