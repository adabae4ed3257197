"""The values of the report; none of them is secret."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

_WIDTH = 16


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, and what to do about it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Software:
    """This library, the interpreter, and the versions of the packages used; ``None`` for one that is not installed."""

    aiodockerpy: str
    python: str
    platform: str
    packages: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the engine is, and why there.

    Attributes:
        host: Its address; ``None`` if the configuration leads to none.
        source: Why this address was chosen.
        context: The name of the docker CLI's context; ``None`` for the default one.
        config_file: The docker CLI's configuration file.
        config_exists: Whether that file is there.
        tls: Whether the connection uses TLS.
        variables: Names of the environment variables that have an effect.
        other_sockets: Sockets of engines on this machine that were not chosen.
    """

    host: str | None
    source: str | None
    context: str | None
    config_file: str
    config_exists: bool
    tls: bool
    variables: tuple[str, ...]
    other_sockets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where credentials for registries come from: names only.

    Attributes:
        store: The credential helper for all registries; ``None`` if there is none.
        helpers: The credential helper of each registry that has its own.
        missing: Helpers whose program is not on ``PATH``.
        in_file: Registries whose credentials are in the configuration file itself.
        in_environment: Whether ``DOCKER_AUTH_CONFIG`` is set.
    """

    store: str | None
    helpers: Mapping[str, str]
    missing: tuple[str, ...]
    in_file: tuple[str, ...]
    in_environment: bool


@dataclass(frozen=True, slots=True)
class Ssh:
    """How ``ssh://`` would be reached: the program, the version of the library, and which of them is used."""

    openssh: str | None
    asyncssh: str | None
    used: str | None


@dataclass(frozen=True, slots=True)
class Engine:
    """What the engine answered.

    Attributes:
        name: ``Docker Engine``, or what the engine calls itself.
        api_newest: The newest API version that it has.
        api_oldest: The oldest.
        api_used: The version that this library uses with it.
        image_store: ``containerd``, or ``graph driver`` for the engine's own store.
        buildkit: The version of BuildKit inside, ``"yes"`` if the engine does not report it; ``None`` without BuildKit.
        warnings: What the engine itself warns of.
    """

    name: str
    version: str | None
    api_newest: str | None
    api_oldest: str | None
    api_used: str
    system: str | None = None
    image_store: str | None = None
    storage_driver: str | None = None
    cgroups: str | None = None
    security: tuple[str, ...] = ()
    buildkit: str | None = None
    swarm: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. ``engine`` is ``None`` if none answered."""

    software: Software
    place: Place
    credentials: Credentials
    ssh: Ssh
    engine: Engine | None = None
    problems: tuple[Problem, ...] = field(default=())

    def to_json(self) -> str:
        """Return it as a JSON object."""
        return json.dumps(asdict(self), indent=2)

    def to_text(self) -> str:
        """Return it as a text to read, and to paste into an issue."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from _section(f"aiodockerpy {self.software.aiodockerpy}", _software(self.software))
        yield from _section("engine", _place(self.place))
        yield from _section("", _engine(self.engine) if self.engine else {"answer": "none"})
        yield from _section("credentials", _credentials(self.credentials))
        yield from _section("ssh", _ssh(self.ssh))
        yield "problems" if self.problems else "no problems found"
        for number, problem in enumerate(self.problems, 1):
            yield f"  {number}. {problem.what}"
            yield f"     -> {problem.remedy}"


def _section(title: str, rows: Mapping[str, str | None]) -> Iterator[str]:
    if title:
        yield title
    for name, value in rows.items():
        if value:
            yield f"  {name:{_WIDTH}}{value}"


def _software(found: Software) -> dict[str, str | None]:
    packages = ", ".join(f"{name} {version or 'not installed'}" for name, version in found.packages.items())
    return {"Python": found.python, "platform": found.platform, "packages": packages}


def _place(found: Place) -> dict[str, str | None]:
    return {
        "address": found.host or "none",
        "chosen by": found.source,
        "context": found.context or "default",
        "config file": found.config_file + ("" if found.config_exists else " (does not exist)"),
        "TLS": "yes" if found.tls else "no",
        "variables": ", ".join(found.variables),
        "other sockets": ", ".join(found.other_sockets),
    }


def _engine(found: Engine) -> dict[str, str | None]:
    return {
        "answer": f"{found.name} {found.version}",
        "API": f"{found.api_oldest} to {found.api_newest}, {found.api_used} used",
        "system": found.system,
        "images": found.image_store and f"{found.image_store}, {found.storage_driver}",
        "control groups": found.cgroups,
        "security": ", ".join(found.security),
        "BuildKit": found.buildkit or "no: images.build uses the classic builder",
        "swarm": found.swarm,
    }


def _credentials(found: Credentials) -> dict[str, str | None]:
    return {
        "store": found.store or "none",
        "helpers": ", ".join(f"{name} for {registry}" for registry, name in found.helpers.items()),
        "in the file": ", ".join(found.in_file),
        "environment": "DOCKER_AUTH_CONFIG" if found.in_environment else None,
    }


def _ssh(found: Ssh) -> dict[str, str | None]:
    return {
        "used": found.used or "nothing: neither the program ssh nor asyncssh is installed",
        "program": found.openssh,
        "asyncssh": found.asyncssh,
    }
