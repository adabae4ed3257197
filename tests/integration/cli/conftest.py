"""The real docker command, in a home of its own."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests._config.homes import Home, authority, certificates, encrypted_key, home, make_helper

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.state import LabState

__all__ = ["authority", "certificates", "encrypted_key", "home", "make_helper"]


class DockerCLI:
    """The real command, in a home of its own."""

    def __init__(self, binary: str, home: Home) -> None:
        self._binary = binary
        self._home = home

    def run(
        self, *arguments: str, input: bytes | None = None, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        variables = {"PATH": os.environ["PATH"], **self._home.environment, **environment}
        return subprocess.run(
            [self._binary, *arguments], env=variables, input=input, capture_output=True, check=False, timeout=60
        )

    def __call__(self, *arguments: str, input: bytes | None = None, **environment: str) -> str:
        done = self.run(*arguments, input=input, **environment)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()


@pytest.fixture
def docker_cli(lab_up: Callable[..., LabState], home: Home) -> DockerCLI:
    """The newest command of the lab."""
    if os.environ.get("AIODOCKERPY_TEST_HOST"):
        pytest.skip("the docker command of this machine may be of any age")
    return DockerCLI(lab_up("new").engine("new").docker_cli, home)
