"""The command line: ``up [part ...]``, ``down [part ...]``, ``status``."""

from __future__ import annotations

import argparse
import sys

from tests.lab import parts, rest, state
from tests.lab.shell import LabError, LabUnavailable

FAILED = 1
DOWN = 2
UNAVAILABLE = 3


def main(arguments: list[str] | None = None) -> int:
    """Run a command; exit status 3 says that this machine cannot hold the lab, 2 (of ``status``) that it is down."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab", description="A lab of real Docker engines for the tests."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help=f"start parts and print their addresses; of {', '.join(parts.NAMES)}")
    up.add_argument("part", nargs="*", help=f"default: {' '.join(parts.DEFAULT)}")
    down = commands.add_parser("down", help="stop parts, or everything; unpacked packages are kept")
    down.add_argument("part", nargs="*")
    commands.add_parser("status", help="print what is up; exit status 2 if the default parts are not")
    options = parser.parse_args(arguments)
    try:
        if options.command == "up":
            parts.up(options.part or parts.DEFAULT)
            _print_state()
        elif options.command == "down":
            parts.down(options.part)
        else:
            _print_state()
            return 0 if parts.is_up() else DOWN
    except LabUnavailable as error:
        print(f"the test lab is not possible here: {error}", file=sys.stderr)
        return UNAVAILABLE
    except LabError as error:
        print(f"the test lab failed: {error}", file=sys.stderr)
        return FAILED
    return 0


def _print_state() -> None:
    known = state.load()
    for engine in known.engines.values():
        alive = "" if rest.answers(engine.url) else " (does not answer)"
        others = " ".join(url for url in (engine.tcp_url, engine.tls_url) if url)
        print(f"{engine.name}: {engine.version} (API {engine.api_version}) {engine.url} {others}{alive}".rstrip())
    for registry in known.registries.values():
        login = f" as {registry.username}:{registry.password}" if registry.username else ""
        print(f"registry {registry.name}: {registry.address}{login}")
    if known.engines:
        print(f"DOCKER_CONFIG with buildx: {known.docker_config}")
    if known.ssh:
        print(f"ssh: {known.ssh.user}@{known.ssh.host}:{known.ssh.port}, configuration {known.ssh.config}")
    if not known.engines and not known.registries:
        print("nothing is up")
