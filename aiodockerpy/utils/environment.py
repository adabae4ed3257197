"""Settings from the environment: of the engine, and variables for containers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy._arguments import checked
from aiodockerpy._config.resolve import resolve_endpoint
from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    from aiodockerpy._config.contexts import ClientArguments


@checked
def kwargs_from_env(environment: Mapping[str, str] | None = None) -> ClientArguments:
    """Read ``DOCKER_HOST``, ``DOCKER_TLS_VERIFY`` and ``DOCKER_CERT_PATH`` into arguments of `DockerClient`.

    `DockerClient.from_env` does this by itself. Blocks for the few small files that the docker CLI looks at, too.

    Args:
        environment: The variables; ``os.environ`` if not given.

    Raises:
        InvalidArgument: ``DOCKER_HOST`` is not an address.
    """
    environment = os.environ if environment is None else environment
    arguments: ClientArguments = {}
    if host := environment.get("DOCKER_HOST", "").strip():
        arguments["base_url"] = host
    endpoint = resolve_endpoint(environment=environment, use_context=False)
    if endpoint.tls is not None:
        arguments["tls"] = endpoint.tls
    return arguments


@checked
def parse_env_file(env_file: str | PathLike[str], *, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Read a file of variables as ``docker run --env-file`` does; blocks while it reads.

    A line is ``NAME=value`` with the value as it stands, quotes and all. A name alone takes the value of the
    environment, and is left out if there is none. Blank lines and those that begin with ``#`` do not count.

    Args:
        env_file: Path of the file.
        environment: The variables that a name alone takes its value from; ``os.environ`` if not given.

    Raises:
        InvalidArgument: A line that cannot be read; the message has its number, and does not quote its value.
        OSError: The file cannot be read.
    """
    known = os.environ if environment is None else environment
    return dict(_variables(Path(env_file), known))


def _variables(path: Path, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_bytes().decode().removeprefix("\ufeff").split("\n")
    except UnicodeDecodeError:
        raise InvalidArgument(f"{path} is not UTF-8") from None
    for number, line in enumerate(lines, 1):
        text = line.removesuffix("\r").lstrip()
        if not text or text.startswith("#"):
            continue
        name, has_value, value = text.partition("=")
        if not name or any(map(str.isspace, name)):
            raise InvalidArgument(f"{path}: line {number} does not begin with the name of a variable")
        if has_value:
            yield name, value
        elif name in known:
            yield name, known[name]
