"""The command line of ``python -m aiodockerpy``."""

from __future__ import annotations

import argparse
import asyncio
import os
import warnings
from collections.abc import Mapping, Sequence

from aiodockerpy._doctor.asking import ask
from aiodockerpy._doctor.machine import credentials, place, software, ssh
from aiodockerpy._doctor.report import Report

LIMIT = 3.5
"""Seconds that the engine has for all its answers, so that the report is printed within five."""


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Print the report; return 0, or 1 if no engine answers."""
    parser = argparse.ArgumentParser(
        prog="python -m aiodockerpy",
        description="Report the installation, the engine found and why, problems and remedies. Shows no secret.",
        epilog="The exit status is 1 if the engine does not answer.",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON object")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    loop = asyncio.new_event_loop()
    try:
        report = loop.run_until_complete(examine(os.environ if environment is None else environment))
    finally:
        loop.close()  # unlike asyncio.run, it waits for no thread
    print(report.to_json() if options.json else report.to_text())  # noqa: T201
    return 0 if report.engine else 1


async def examine(environment: Mapping[str, str], *, limit: float = LIMIT) -> Report:
    """Inspect this machine and query the engine.

    Args:
        environment: The environment variables to use; ``os.environ`` if not given.
        limit: Seconds that the engine has for all its answers.
    """
    found, wrong = await asyncio.to_thread(place, environment)
    helpers, missing = await asyncio.to_thread(credentials, environment)
    engine, failed = await ask(environment, limit) if found.host else (None, [])
    return Report(software(), found, helpers, ssh(environment), engine, (*wrong, *failed, *missing))
