"""Podman's service, with root's rights, in a root of its own packages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab import packages, paths
from tests.lab.engine import INSECURE_REGISTRY_PORTS, Engine
from tests.lab.network import address

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.packages import Bundle

# No systemd, no limits above those of this machine, registries without TLS.
CONTAINERS = """
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[containers]
log_driver = "k8s-file"
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
"""
# pivot_root and not chroot: a container takes the place of the root of the mount namespace, and a process that joins the
# namespace later (exec) starts there. With chroot that was the root of this machine.
SETUP = """
set -e
log=$1 root=$2 data=$3 folder=$4 socket=$5
mount --bind "$root" "$root"
cd "$root"
mkdir -p "./$folder" var/lib/containers "$data"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount --bind "$data" var/lib/containers
mount --bind "$folder" "./$folder"
mkdir -p outside
pivot_root . outside
cd /
exec env PATH=/usr/sbin:/usr/bin PODMAN_IGNORE_CGROUPSV1_WARNING=1 \\
    podman system service --time=0 "unix://$socket" </dev/null >>"$log" 2>&1
"""


@dataclass(frozen=True, slots=True)
class Podman(Engine):
    """One service of Podman, which answers as an engine does."""

    @property
    def bundle(self) -> Bundle:
        """The packages it runs from."""
        return packages.PODMAN

    @property
    def cli(self) -> Path:
        """The newest docker command line."""
        return packages.ENGINES["new"].path / "usr" / "bin" / "docker"

    @property
    def pid(self) -> int | None:
        """The machine's number of the service's process; None if it does not run."""
        return self.sandbox.find("podman")

    def _launch(self) -> None:
        self._configure()
        script = 'script=$1; shift; setsid unshare --mount --propagation private sh -c "$script" sh "$@" >>"$1" 2>&1 &'
        words = (self.folder / "dockerd.log", self.bundle.path, paths.data(self.name), self.folder, self.socket)
        self._run_inside(["sh", "-c", script, "sh", SETUP, *map(str, words)])

    def _configure(self) -> None:
        folder = self.bundle.path / "etc" / "containers"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "containers.conf").write_text(CONTAINERS, encoding="utf-8")
        (self.bundle.path / "etc" / "resolv.conf").write_text("nameserver 127.0.0.1\n", encoding="ascii")
        places = [f"{address(1)}:{port}" for port in INSECURE_REGISTRY_PORTS]
        text = "".join(f'[[registry]]\nlocation = "{place}"\ninsecure = true\n' for place in places)
        (folder / "registries.conf").write_text(
            f'unqualified-search-registries = ["docker.io"]\n{text}', encoding="utf-8"
        )
        (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}', encoding="utf-8")


ENGINE = Podman("podman", "podman", 70, plain_tcp=False)
