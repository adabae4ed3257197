"""A pytest plugin for the gate: a fake engine for each process of pytest, and the outcome of each test in a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.lab import rest

OUTCOMES = "AIODOCKERPY_GATE_OUTCOMES"
IMAGES = ("busybox:1", "busybox:latest")


def _fake_engine() -> subprocess.Popen[str]:
    """Start an engine in a process of its own: the tests look for open files and threads in theirs."""
    words = [sys.executable, "-m", "aiodockerpy.testing", *(word for image in IMAGES for word in ("--image", image))]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def _url(engine: subprocess.Popen[str]) -> str:
    output: IO[str] | None = engine.stdout
    assert output is not None
    return output.readline().strip().removeprefix("DOCKER_HOST=")


_engines: list[subprocess.Popen[str]] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the engine before tests/integration/conftest.py is imported, which asks where it is."""
    engine = _fake_engine()
    _engines.append(engine)
    os.environ["AIODOCKERPY_TEST_HOST"] = _url(engine)


def pytest_runtest_setup() -> None:
    """Pull the images again: some tests remove them."""
    for image in IMAGES:
        rest.call(os.environ["AIODOCKERPY_TEST_HOST"], "POST", f"/images/create?fromImage={image}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what came of each phase of each test; where tests are spread over processes, each notes its own."""
    if getattr(report, "node", None) is None and (report.when == "call" or not report.passed):
        path = Path(f"{os.environ[OUTCOMES]}.{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
        with path.open("a") as file:
            file.write(json.dumps([report.nodeid, report.outcome]) + "\n")


def pytest_unconfigure() -> None:
    """End the engine."""
    for engine in _engines:
        engine.terminate()
        engine.wait(20)
        if engine.stdout is not None:
            engine.stdout.close()
