"""Registries: open, with basic authentication, with TLS of an own authority, and with tokens."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.lab import certs, images, network, packages, paths, rest, state
from tests.lab.shell import LabError, alive, detach, note_pid, read_pid, tail, terminate, wait_for

USERNAME = "alice"
PASSWORD = "secret"
TOKEN_PORT = 5010
# The bcrypt hash of PASSWORD: registries know no other, and the standard library lacks it.
HTPASSWD = f"{USERNAME}:$2a$05$kYDDx8DApV9RfBJM4LtHEuj2qeZWSI7F/mP1kddIHJ3s1DiS9Y9mq\n"


@dataclass(frozen=True, slots=True)
class Registry:
    """One registry on the machine's own address of the lab's bridge."""

    name: str
    port: int

    @property
    def folder(self) -> Path:
        """Where its configuration and log are."""
        return paths.runtime(f"registry-{self.name}")

    @property
    def address(self) -> str:
        """The ``host:port`` of image references."""
        return f"{network.address(1)}:{self.port}"

    @property
    def pid(self) -> int | None:
        """Its process; None if it does not run."""
        pid = read_pid(self.folder / "pid")
        return pid if alive(pid) else None

    def start(self) -> None:
        """Start it unless it runs."""
        packages.require(packages.REGISTRY)
        network.ensure()
        with paths.locked(f"registry-{self.name}"):
            if self.pid is None or not _listens(self.address):
                terminate(read_pid(self.folder / "pid"))
                terminate(read_pid(self.folder / "token.pid"))
                _serve(self, self._authentication(), self._tls())
            if self.name == "open":
                images.fill(f"http://{self.address}")
        self._save()

    def stop(self) -> None:
        """Stop it and remove what it stored."""
        for file in ("pid", "token.pid"):
            terminate(read_pid(self.folder / file))
        for folder in (self.folder, paths.data(f"registry-{self.name}")):
            shutil.rmtree(folder, ignore_errors=True)

    def _save(self) -> None:
        known = self.name in {"basic", "token"}
        state.save(
            state.RegistryState(
                name=self.name,
                address=self.address,
                pid=self.pid or 0,
                username=USERNAME if known else None,
                password=PASSWORD if known else None,
                ca=str(certs.folder() / "ca.pem") if self.name.startswith("tls") else None,
            )
        )

    def _authentication(self) -> str:
        if self.name == "basic":
            (self.folder / "htpasswd").write_text(HTPASSWD, encoding="ascii")
            return f"auth: {{htpasswd: {{realm: lab, path: {self.folder / 'htpasswd'}}}}}\n"
        if self.name == "token":
            bundle = _start_token_server(self.folder)
            realm = f"http://{network.address(1)}:{TOKEN_PORT}/token"
            return (
                f"auth: {{token: {{realm: '{realm}', service: lab, issuer: lab-issuer, rootcertbundle: {bundle}}}}}\n"
            )
        return ""

    def _tls(self) -> str:
        if not self.name.startswith("tls"):
            return ""
        folder = certs.ensure()
        return f"  tls: {{certificate: {folder / 'server.pem'}, key: {folder / 'server-key.pem'}}}\n"


REGISTRIES = {
    "registry": Registry("open", 5000),
    "registry-basic": Registry("basic", 5001),
    "registry-tls": Registry("tls", 5002),
    "registry-token": Registry("token", 5003),
    "registry-tls-untrusted": Registry("tls-untrusted", 5004),
}


def trust(config: Path) -> None:
    """Make an engine trust the authority of the registry with TLS; of the two, only that named `registry-tls`."""
    folder = config / "certs.d" / REGISTRIES["registry-tls"].address
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(certs.ensure() / "ca.pem", folder / "ca.crt")


def serve(folder: Path, data: Path, address: str, *, settings: str = "", tls: str = "") -> int:
    """Start a registry and return its process, once it answers."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yml").write_text(
        f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {data}}}, delete: {{enabled: true}}}}\nhttp:\n  addr: {address}\n{tls}{settings}",
        encoding="utf-8",
    )
    environment = {**packages.environment(packages.REGISTRY), "OTEL_TRACES_EXPORTER": "none"}
    program = packages.REGISTRY.path / "usr" / "bin" / "docker-registry"
    process = detach([program, "serve", folder / "config.yml"], log=folder / "log", env=environment)
    note_pid(folder / "pid", process)
    if not wait_for(lambda: not alive(process) or _listens(address), timeout=20) or not alive(process):
        raise LabError(
            f"the registry at {address} does not start: {tail((folder / 'log').read_text(encoding='utf-8'))}"
        )
    return process


def _serve(registry: Registry, settings: str, tls: str) -> None:
    serve(registry.folder, paths.data(f"registry-{registry.name}"), registry.address, settings=settings, tls=tls)


def _listens(address: str) -> bool:
    try:
        link = rest.connection(f"http://{address}", timeout=2)
        link.connect()
    except OSError:
        return False
    link.close()
    return True


def _start_token_server(folder: Path) -> Path:
    certificate = folder / "token.crt"
    certificate.unlink(missing_ok=True)
    program = Path(__file__).with_name("token_server.py")
    command = [
        certs.interpreter("jwt", "cryptography"),
        str(program),
        str(certificate),
        f"{network.address(1)}:{TOKEN_PORT}",
        f"{USERNAME}:{PASSWORD}",
    ]
    process = detach(command, log=folder / "token.log")
    note_pid(folder / "token.pid", process)
    if not wait_for(lambda: not alive(process) or certificate.exists(), timeout=20) or not alive(process):
        raise LabError(f"the token server does not start: {tail((folder / 'token.log').read_text(encoding='utf-8'))}")
    return certificate
