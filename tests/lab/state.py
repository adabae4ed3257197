"""What is up, and where: small JSON files that any process may read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.lab import paths


@dataclass(frozen=True, slots=True)
class EngineState:
    """A running engine."""

    name: str
    role: str
    url: str
    socket: str
    address: str
    tcp_url: str | None
    tls_url: str | None
    docker_cli: str
    config: str
    version: str
    api_version: str


@dataclass(frozen=True, slots=True)
class RegistryState:
    """A running registry; ``address`` is the ``host:port`` of image references."""

    name: str
    address: str
    pid: int
    username: str | None = None
    password: str | None = None
    ca: str | None = None


@dataclass(frozen=True, slots=True)
class SshState:
    """A running sshd whose sessions reach an engine.

    ``folder`` also has ``unknown-id``, a key that is not accepted, ``no-forwarding-id``, one that may run commands only, and ``wrong_known_hosts``, with another host's key. ``wrapper`` is a
    program ``ssh`` for the front of PATH, which reads ``config`` (of the host ``lab``).
    """

    host: str
    port: int
    user: str
    socket: str
    folder: str
    identity: str
    known_hosts: str
    config: str
    wrapper: str
    pid: int


@dataclass(frozen=True, slots=True)
class LabState:
    """Everything that is up.

    ``docker_config`` is a folder for DOCKER_CONFIG, with buildx as a plugin and nothing else. ``certs`` has the client's ``ca.pem``,
    ``cert.pem`` and ``key.pem``, and wrong ones: ``other-ca.pem``, ``bad.pem`` of that authority and ``expired-client.pem``, with keys.
    """

    engines: dict[str, EngineState] = field(default_factory=dict)
    registries: dict[str, RegistryState] = field(default_factory=dict)
    ssh: SshState | None = None
    docker_config: str = ""
    certs: str = ""

    def engine(self, name: str) -> EngineState:
        """Return an engine by its name, which for the shared ones is their role."""
        return self.engines[name]

    def swarm_nodes(self) -> list[EngineState]:
        """Return the nodes of the lab's swarm, the first manager first."""
        return [self.engines[name] for name in sorted(self.engines) if name.startswith("node")]


def load() -> LabState:
    """Read the state; parts that are not up are not in it."""
    folder = paths.runtime("state")
    engines = [EngineState(**_read(path)) for path in sorted(folder.glob("engine-*.json"))]
    registries = [RegistryState(**_read(path)) for path in sorted(folder.glob("registry-*.json"))]
    ssh = folder / "ssh.json"
    return LabState(
        engines={engine.name: engine for engine in engines},
        registries={registry.name: registry for registry in registries},
        ssh=SshState(**_read(ssh)) if ssh.exists() else None,
        docker_config=str(paths.cache() / "docker-config"),
        certs=str(paths.runtime("certs")),
    )


def save(part: EngineState | RegistryState | SshState) -> None:
    """Write the state of one part."""
    match part:
        case EngineState():
            name = f"engine-{part.name}"
        case RegistryState():
            name = f"registry-{part.name}"
        case SshState():
            name = "ssh"
    target = paths.runtime("state") / f"{name}.json"
    partial = target.with_suffix(".part")
    partial.write_text(json.dumps(asdict(part), indent=1), encoding="utf-8")
    partial.rename(target)


def forget(name: str) -> None:
    """Remove the state of one part: ``engine-NAME``, ``registry-NAME`` or ``ssh``."""
    (paths.runtime("state") / f"{name}.json").unlink(missing_ok=True)


def _read(path: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value
