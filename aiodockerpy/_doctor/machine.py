"""This machine's part of the report: versions, configuration, helpers. The engine is not asked."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from aiodockerpy import errors
from aiodockerpy._config.config_file import CONFIG_FILE_NAME, ConfigFile, config_directory, read_config_file
from aiodockerpy._config.credential_helper import PROGRAM_PREFIX
from aiodockerpy._config.resolve import Endpoint, choose_context, default_sockets, resolve_endpoint
from aiodockerpy._doctor.remedies import problem_of
from aiodockerpy._doctor.report import Credentials, Place, Problem, Software, Ssh
from aiodockerpy._version import __version__

_PACKAGES = ("aiohttp", "h2", "pydantic", "yarl", "asyncssh", "rich", "uvloop")
_VARIABLES = (
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_API_VERSION",
    "DOCKER_CUSTOM_HEADERS",
    "DOCKER_AUTH_CONFIG",
)


def software() -> Software:
    """Return the versions of what runs here."""
    return Software(
        aiodockerpy=__version__,
        python=f"{platform.python_version()} ({platform.python_implementation()})",
        platform=platform.platform(),
        packages={name: _installed(name) for name in _PACKAGES},
    )


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def place(environment: Mapping[str, str]) -> tuple[Place, list[Problem]]:
    """Find out which engine the environment and the docker CLI's configuration lead to (blocking)."""
    problems: list[Problem] = []
    endpoint: Endpoint | None = None
    config = ConfigFile(config_directory(environment) / CONFIG_FILE_NAME)
    try:
        config = read_config_file(config.path)
        endpoint = resolve_endpoint(environment=environment)
    except errors.DockerException as error:
        problems.append(problem_of(error))
    host = endpoint.host if endpoint else None
    sockets = [f"unix://{path}" for path, _ in default_sockets(environment) if path.is_socket()]
    found = Place(
        host=host.url if host else None,
        source=host.source if host else None,
        context=endpoint.context if endpoint else None,
        config_file=str(config.path),
        config_exists=config.path.exists(),
        tls=bool(host and host.tls),
        variables=tuple(name for name in _VARIABLES if environment.get(name)),
        other_sockets=tuple(socket for socket in sockets if host is None or socket != host.url),
    )
    return found, problems + _hidden_context(environment, config)


def _hidden_context(environment: Mapping[str, str], config: ConfigFile) -> list[Problem]:
    try:
        name, source = choose_context({**environment, "DOCKER_HOST": ""}, config)
    except errors.InvalidConfigFile:
        return []
    if not environment.get("DOCKER_HOST") or name in {"", "default"}:
        return []
    return [Problem(f"DOCKER_HOST is set, so context {name!r} ({source}) is not used", "unset DOCKER_HOST to use it")]


def credentials(environment: Mapping[str, str]) -> tuple[Credentials, list[Problem]]:
    """Find out where credentials for registries come from (blocking); no credential is read."""
    problems: list[Problem] = []
    store, helpers, in_file = "", dict[str, str](), list[str]()
    path = config_directory(environment) / CONFIG_FILE_NAME
    try:
        config = read_config_file(path)
    except errors.InvalidConfigFile:
        config = ConfigFile(path)  # reported with the place of the engine
    try:
        store = config.creds_store
        helpers = {registry: config.cred_helper(registry) or "" for registry in config.raw_cred_helpers}
        in_file = list(config.auths)
    except errors.InvalidConfigFile as error:
        problems.append(problem_of(error))
    names = sorted({name for name in (store, *helpers.values()) if name})
    missing = tuple(name for name in names if not _program(PROGRAM_PREFIX + name, environment))
    for name in missing:
        what = f"the credential helper {PROGRAM_PREFIX}{name} is not on PATH"
        remedy = "install it, or remove it from credsStore and credHelpers in config.json and log in again"
        problems.append(Problem(what, remedy))
    found = Credentials(
        store=store or None,
        helpers={_without_login(registry): name for registry, name in helpers.items()},
        missing=missing,
        in_file=tuple(_without_login(registry) for registry in in_file),
        in_environment=bool(environment.get("DOCKER_AUTH_CONFIG")),
    )
    return found, problems


def _program(name: str, environment: Mapping[str, str]) -> str | None:
    return shutil.which(name, path=environment.get("PATH"))


def _without_login(registry: str) -> str:
    return registry.rpartition("@")[2]


def ssh(environment: Mapping[str, str]) -> Ssh:
    """Find out how ``ssh://`` would be reached."""
    program, library = _program("ssh", environment), _installed("asyncssh")
    return Ssh(program, library, "openssh" if program else "asyncssh" if library else None)
