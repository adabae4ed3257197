"""Namespaces held open by one small process: whatever runs inside ends, with its mounts and network, when that process does.

An engine may be killed and started again inside, and finds its containers, mounts and interfaces as a real machine's would.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from tests.lab import network, packages, paths
from tests.lab.shell import LabError, alive, detach, note_pid, read_pid, run, tail, terminate, wait_for

# Mounted over the machine's own: /run (sockets, plugins and locks of engines), /etc/docker and the resolver, which must fail at once.
SETUP = """
set -e
hostname "$NAME"
mkdir -p "$STATE/run/lock" "$STATE/etc" "$STATE/cgroup"
mount --rbind /sys/fs/cgroup "$STATE/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$STATE/cgroup" /sys/fs/cgroup
mount --bind "$STATE/run" /run
mount --bind "$STATE/etc" /etc/docker
resolver=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$resolver")"
[ -e "$resolver" ] || touch "$resolver"
mount --bind "$STATE/resolv.conf" "$resolver"
touch "$STATE/ready"
exec sleep infinity
"""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One set of namespaces with an address on the lab's bridge."""

    name: str
    number: int

    @property
    def folder(self) -> Path:
        """Where sockets, logs and pid files are."""
        return paths.runtime(self.name)

    @property
    def pid(self) -> int | None:
        """The process that holds the namespaces, as the machine numbers it; None if there is none."""
        pid = read_pid(self.folder / "holder.pid")
        return pid if alive(pid) else None

    @property
    def address(self) -> str:
        """The address on the lab's bridge."""
        return network.address(self.number)

    def ensure(self) -> bool:
        """Make the namespaces if they are not there, or of another subnet; return whether they are new."""
        if self.pid is not None and self.is_connected():
            return False
        self.destroy()
        state = self.folder
        (state / "ready").unlink(missing_ok=True)
        (state / "number").write_text(str(self.number), encoding="ascii")
        (state / "resolv.conf").write_text("nameserver 127.0.0.1\n", encoding="ascii")
        _ensure_mount_point()
        outer = detach(self._command(), log=state / "sandbox.log", env=self._environment())
        note_pid(state / "outer.pid", outer)
        wait_for(lambda: (state / "ready").exists() or not alive(outer), timeout=20)
        if not alive(outer):
            raise LabError(f"{self.name}: no namespaces: {tail((state / 'sandbox.log').read_text(encoding='utf-8'))}")
        holder = _child_of(outer)
        note_pid(state / "holder.pid", holder)
        network.connect(self.number, holder)
        (state / "address").write_text(self.address, encoding="ascii")
        return True

    def is_connected(self) -> bool:
        """Return whether the link is there, with the address that the lab gives now."""
        noted = self.folder / "address"
        linked = Path("/sys/class/net", network.interface(self.number)).exists()
        return linked and noted.exists() and noted.read_text(encoding="ascii") == self.address

    def enter(self) -> list[str]:
        """Return the prefix of a command that runs it inside."""
        return ["nsenter", "--target", str(self.pid), "--mount", "--uts", "--net", "--pid", "--"]

    def processes(self) -> list[int]:
        """Return what runs inside, but for what is in containers."""
        pid = self.pid
        return [] if pid is None else _sharing_namespace(pid)

    def find(self, program: str) -> int | None:
        """Return the machine's number of the oldest process inside with this name."""
        for pid in self.processes():
            try:
                if Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == program and alive(pid):
                    return pid
            except OSError:
                continue
        return None

    def destroy(self) -> None:
        """End everything inside at once."""
        for file in (
            "holder.pid",
            "outer.pid",
        ):  # with the second ends the first, if its number is not written down yet
            terminate(read_pid(self.folder / file), gently=False)
        if Path("/sys/class/net", network.interface(self.number)).exists():
            with contextlib.suppress(LabError):  # it may go with its namespace meanwhile
                network.ip("link", "del", network.interface(self.number))
        (self.folder / "holder.pid").unlink(missing_ok=True)

    def _command(self) -> list[str]:
        return [
            *(
                "unshare",
                "--mount",
                "--uts",
                "--net",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "--propagation",
                "slave",
                "--",
            ),
            *("tini-static", "--", "sh", "-c", SETUP),
        ]

    def _environment(self) -> dict[str, str]:
        return {**packages.environment(packages.TOOLS), "NAME": self.name, "STATE": str(self.folder)}


def _ensure_mount_point() -> None:
    folder = Path("/etc/docker")
    with paths.locked("mount-point"):
        if not folder.exists():
            folder.mkdir()
            (paths.runtime() / "etc-docker-made").touch()


def remove_mount_point() -> None:
    """Remove the empty ``/etc/docker``, if the lab made it."""
    marker = paths.runtime() / "etc-docker-made"
    if marker.exists():
        marker.unlink()
        if _mounted_somewhere("/etc/docker"):
            return  # another lab's engines stand on it
        with contextlib.suppress(OSError):  # something else may use it since
            Path("/etc/docker").rmdir()


def _mounted_somewhere(place: str) -> bool:
    for table in Path("/proc").glob("[0-9]*/mountinfo"):
        with contextlib.suppress(OSError):
            if f" {place} " in table.read_text(encoding="utf-8", errors="replace"):
                return True
    return False


def _child_of(parent: int) -> int:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == parent:
                return int(entry.name)
    raise LabError(f"process {parent} has no child")


def _sharing_namespace(holder: int) -> list[int]:
    inner = _namespace(holder)
    numbers = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in numbers if inner is not None and _namespace(pid) == inner]


def _namespace(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:
        return None


def inside(box: Sandbox, *command: str, env: dict[str, str] | None = None) -> str:
    """Run a program inside and return its output."""
    return run([*box.enter(), *command], env=env or packages.environment(packages.TOOLS))
