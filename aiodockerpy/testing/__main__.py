"""Run a fake engine for the command line and for other languages: ``python -m aiodockerpy.testing``."""

from __future__ import annotations

import argparse
import asyncio
import signal
import subprocess
import sys

from aiodockerpy.testing._core import NEWEST_API
from aiodockerpy.testing.engine import FakeEngine


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m aiodockerpy.testing",
        description="Run a fake Docker engine until it is interrupted, or as long as a command runs.",
        epilog="With a command, DOCKER_HOST is set for it, and its exit status is returned.",
    )
    parser.add_argument("--socket", help="path of the unix socket; a temporary one by default")
    parser.add_argument("--port", type=int, help="listen on this TCP port of 127.0.0.1 instead; 0 chooses one")
    parser.add_argument("--image", action="append", metavar="NAME", help="an image that it has; may be repeated")
    parser.add_argument("--api", default=NEWEST_API, help="the newest API version that it has (default: %(default)s)")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if something was used that the fake lacks")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="-- command arguments ...")
    return parser


async def _serve(options: argparse.Namespace, command: list[str]) -> int:
    engine = FakeEngine(
        images=options.image or ["busybox:latest"], api=options.api, strict=options.strict, socket=options.socket,
        tcp=options.port is not None, port=options.port or 0,
    )  # fmt: skip
    async with engine:
        if command:
            return await asyncio.to_thread(_run, command, engine.env)
        print(f"DOCKER_HOST={engine.url}", flush=True)  # noqa: T201  # for the caller to export
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await stop.wait()
    return 0


def _run(command: list[str], env: dict[str, str]) -> int:
    import os

    return subprocess.run(command, env={**os.environ, **env}, check=False).returncode  # noqa: S603  # the user's own


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    options = _parser().parse_args(arguments)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    try:
        return asyncio.run(_serve(options, command))
    except (AssertionError, ValueError) as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main())
