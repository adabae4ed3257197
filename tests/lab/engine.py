"""An engine in a sandbox of its own: start, stop, kill, pause."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import network, packages, paths, rest
from tests.lab.sandbox import Sandbox
from tests.lab.shell import LabError, alive, run, stopped, tail, wait_for

if TYPE_CHECKING:
    from tests.lab.packages import Bundle

START_TIMEOUT = 60.0
START_GRACE = 2.0
INFO_TIMEOUT = 15.0
STACKS = "goroutine-stacks-*.log"
TCP_PORT = 2375
TLS_PORT = 2376
CGROUPS = Path("/sys/fs/cgroup")
INSECURE_REGISTRY_PORTS = (5000, 5001, 5003)


@dataclass(frozen=True, slots=True)
class Engine:
    """One dockerd: its role says which packages, its number which address."""

    name: str
    role: str
    number: int
    arguments: tuple[str, ...] = ()
    plain_tcp: bool = True
    live_restore: bool = False
    features: dict[str, bool] = field(default_factory=dict)

    @property
    def sandbox(self) -> Sandbox:
        """The namespaces it runs in."""
        return Sandbox(self.name, self.number)

    @property
    def bundle(self) -> Bundle:
        """The packages it runs from."""
        return packages.ENGINES[self.role]

    @property
    def folder(self) -> Path:
        """Where its socket and log are."""
        return paths.runtime(self.name)

    @property
    def socket(self) -> Path:
        """Its unix socket."""
        return self.folder / "docker.sock"

    @property
    def url(self) -> str:
        """Its address for a client on this machine."""
        return f"unix://{self.socket}"

    @property
    def tcp_url(self) -> str | None:
        """Its address over TCP without TLS; None if it has none."""
        return f"tcp://{self.sandbox.address}:{TCP_PORT}" if self.plain_tcp else None

    @property
    def config(self) -> Path:
        """The folder which is ``/etc/docker`` for it, with ``certs.d``."""
        return self.folder / "etc"

    @property
    def cgroup(self) -> str:
        """The parent of its containers' control groups, apart from those of a system's engine."""
        return f"{cgroup_root()}/{self.name}"

    @property
    def cli(self) -> Path:
        """The docker command line of the same version."""
        return self.bundle.path / "usr" / "bin" / "docker"

    @property
    def pid(self) -> int | None:
        """The machine's number of the dockerd process; None if it does not run."""
        return self.sandbox.find("dockerd")

    def running(self) -> bool:
        """Return whether it answers."""
        return self.socket.exists() and rest.answers(self.url)

    def start(self) -> None:
        """Start it unless it answers, and wait until it does."""
        packages.require(packages.TOOLS)
        packages.require(self.bundle)
        network.ensure()
        if self.sandbox.is_connected() and self.running():
            return
        if self.sandbox.ensure():
            shutil.rmtree(self.folder / "exec", ignore_errors=True)
        if self.pid is None:
            # A number of a process of the former life means nothing now.
            for stale in (self.folder / "docker.pid", self.folder / "exec" / "containerd" / "containerd.pid"):
                stale.unlink(missing_ok=True)
            self._launch()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until it answers; raise `LabError` with the end of its log if it ends instead."""
        began = time.monotonic()

        def settled() -> bool:
            ended = time.monotonic() - began > START_GRACE and self.pid is None
            return ended or self.running()

        wait_for(settled, timeout=START_TIMEOUT)
        if not self.running():
            raise LabError(f"engine {self.name} does not answer: {self.log_tail()}")

    def version(self) -> dict[str, object]:
        """Ask for its version."""
        answer: dict[str, object] = rest.ask(self.url, "GET", "/version")
        return answer

    def pause(self) -> None:
        """Freeze dockerd, and wait until none of its threads runs."""
        pid = self._require_pid()
        os.kill(pid, signal.SIGSTOP)
        if not wait_for(lambda: stopped(pid), timeout=10):
            raise LabError(f"engine {self.name} does not freeze")

    def resume(self) -> None:
        """Let a frozen dockerd go on."""
        os.kill(self._require_pid(), signal.SIGCONT)

    def _require_pid(self) -> int:
        pid = self.pid
        if pid is None:
            raise LabError(f"engine {self.name} does not run")
        return pid

    def stop(self, *, timeout: float = 30) -> None:
        """Stop dockerd gently; with live-restore its containers go on."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            if not wait_for(lambda: not alive(pid), timeout=timeout):
                raise LabError(f"engine {self.name} does not stop: {self.log_tail()}")

    def kill(self) -> None:
        """Kill dockerd with SIGKILL, and wait until it is gone."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            if not wait_for(lambda: not alive(pid), timeout=10):
                raise LabError(f"engine {self.name} does not end")

    def restart_if_hung(self, *, timeout: float = INFO_TIMEOUT) -> str:
        """Kill it and start it again if it does not answer; return what was found, nothing if it answers."""
        if rest.answers(self.url, path="/info", timeout=timeout):  # other calls may answer though networks hang
            return ""
        stacks = self._dump_stacks()
        self.kill()
        self.start()
        return f"engine {self.name} hung and was restarted; {stacks}"

    def _dump_stacks(self) -> str:
        """Have dockerd write the stacks of its goroutines, and keep them; return where they are."""
        folder = self.folder / "exec"
        known = set(folder.glob(STACKS))
        os.kill(self._require_pid(), signal.SIGUSR1)
        if not wait_for(lambda: set(folder.glob(STACKS)) > known, timeout=5):
            return "it wrote no stacks"
        (written,) = set(folder.glob(STACKS)) - known
        return f"its stacks are in {shutil.copy(written, paths.root())}"

    def destroy(self) -> None:
        """End the engine and all its containers at once, and remove its data."""
        self.sandbox.destroy()
        remove_cgroups(self.cgroup)
        shutil.rmtree(paths.data(self.name), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self) -> str:
        """Return the last lines of the log."""
        log = self.folder / "dockerd.log"
        return tail(log.read_text(encoding="utf-8", errors="replace")) if log.exists() else "no log"

    def _launch(self) -> None:
        # Its parent is the sandbox's first process: one outside would be stopped with it, and hold the namespaces by not reaping it.
        script = 'log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 &'
        log = self.folder / "dockerd.log"
        self._run_inside(["sh", "-c", script, "sh", str(log), *self._command()])

    def _run_inside(self, command: list[str]) -> None:
        run([*self.sandbox.enter(), *command], env=packages.environment(self.bundle))

    def _command(self) -> list[str]:
        # The BuildKit of 20.10 reads only entries with a scheme; newer engines accept none.
        scheme = "http://" if self.role == "old" else ""
        insecure = [f"--insecure-registry={scheme}{network.address(1)}:{port}" for port in INSECURE_REGISTRY_PORTS]
        listeners = [f"--host={self.url}"]
        if self.plain_tcp:
            listeners += [f"--host={self.tcp_url}", "--tls=false"]
        init = next(packages.TOOLS.path.glob("usr/bin/tini-static"), None)
        return [
            "dockerd",
            f"--data-root={paths.data(self.name)}",
            f"--exec-root={self.folder / 'exec'}",
            f"--pidfile={self.folder / 'docker.pid'}",
            f"--config-file={self._write_configuration()}",
            "--exec-opt=native.cgroupdriver=cgroupfs",
            f"--cgroup-parent=/{self.cgroup}",
            *([f"--init-path={init}"] if init else []),
            *listeners,
            *insecure,
            *self.arguments,
        ]

    def _write_configuration(self) -> Path:
        # Kept if it is there: a test may have changed it before a restart.
        file = self.config / "daemon.json"
        if not file.exists():
            self.config.mkdir(parents=True, exist_ok=True)
            settings: dict[str, object] = {"live-restore": self.live_restore}
            if self.features:
                settings["features"] = self.features
            file.write_text(json.dumps(settings), encoding="utf-8")
        return file


def remove_cgroups(parent: str) -> None:
    """Remove a tree of control groups, as far as nothing runs in it."""
    for hierarchy in (CGROUPS, *CGROUPS.glob("*/")):
        for folder, _, _ in os.walk(hierarchy / parent, topdown=False):
            with contextlib.suppress(OSError):  # in use, or gone
                Path(folder).rmdir()


def cgroup_root() -> str:
    """Return the parent of the control groups of all engines of this lab."""
    return f"aiodockerpy-{paths.tag()}"


def role_engine(role: str) -> Engine:
    """Return the shared engine of a role."""
    return Engine(role, role, {"old": 20, "middle": 26, "new": 28}[role])
