"""The owner of what a scope makes: labels that prove, later and from another process, whether the owner is dead."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from aiodockerpy._protocol.outside import JsonError, read_int, read_json_object

SCOPE = "aiodockerpy.scope"
"""The name of the scope."""
ID = "aiodockerpy.scope.id"
"""The block that was entered: several may have the same name."""
OWNER = "aiodockerpy.scope.owner"
"""The process that entered it, as JSON."""
KIND = "aiodockerpy.scope.kind"
"""The kind of the object: a container has the labels of its image too, and need not belong to that image's scope."""
EXPIRES = "aiodockerpy.scope.expires"
"""The end of its lease, in unix seconds."""

Life = Literal["alive", "dead", "unknown"]
_START_FIELD = 19
"""The index of a process' start time among the fields of ``/proc/PID/stat`` that follow its name."""
_MACHINE = re.compile(r"[0-9a-f]{32}")
"""The id of a machine; images of machines have the text ``uninitialized`` in its place."""
_CONTAINER = re.compile(r"containers/([0-9a-f]{64})/(?:userdata/)?(?:hostname|hosts|resolv\.conf) /(?:etc|run)/")
"""A file that the engine mounts into a container; on the engine's machine other files of containers are mounted."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, named so that another one on the same machine can find out whether it still runs.

    Attributes:
        machine: The id of the machine, or of the container's file system.
        boot: The id of the machine's current boot; the same inside and outside of containers.
        namespace: The pid namespace.
        pid: The process id in that namespace.
        started: When the process was started, in clock ticks since the boot.
        container: The container that it runs in; empty outside of containers.
    """

    machine: str = ""
    boot: str = ""
    namespace: str = ""
    pid: str = ""
    started: str = ""
    container: str = ""

    @classmethod
    def here(cls) -> Owner:
        """Return this process; what the system does not report stays empty."""
        pid = str(os.getpid())
        return cls(
            machine=_read("/etc/machine-id").strip(),
            boot=_read("/proc/sys/kernel/random/boot_id").strip(),
            namespace=_namespace(),
            pid=pid,
            started=_started(pid) or "",
            container=own_container(),
        )

    @classmethod
    def parse(cls, text: str | None) -> Owner:
        """Read the label; a malformed one gives an owner without any values."""
        try:
            values = read_json_object(text or "", max_size=4096)
        except JsonError:
            return cls()
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known and isinstance(value, str)})

    def label(self) -> str:
        """Return the text of the label."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def life(self, here: Owner) -> Life:
        """Return whether this owner still runs, as far as a process on the same machine can prove it."""
        if not self.boot or not here.boot:
            return "unknown"
        if self.boot != here.boot:
            same = _MACHINE.fullmatch(self.machine) and self.machine == here.machine
            return "dead" if same and not self.container else "unknown"
        if not self.namespace or self.namespace != here.namespace or not self.started:
            return "unknown"
        started = _started(self.pid)
        if started is None and _exists(self.pid):
            return "unknown"
        return "alive" if started == self.started else "dead"


def own_container() -> str:
    """Return the id of the container that this process runs in; empty outside of containers."""
    found = _CONTAINER.search(_read("/proc/self/mountinfo"))
    return found[1] if found is not None else ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: str) -> str | None:
    """Return the start time of a process; empty if it has ended and is not reaped yet, ``None`` if it is not seen."""
    if read_int(pid, minimum=1) is None:
        return ""
    stat = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if not stat:
        return None
    return stat[_START_FIELD] if len(stat) > _START_FIELD and stat[0] not in {"Z", "X"} else ""


def _exists(pid: str) -> bool:
    """Return whether there is a process: /proc may hide those of other users, and files may be short."""
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
