from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

if TYPE_CHECKING:
    from pathlib import Path


class Home:
    """A user's home with a ``.docker`` directory, and the environment that leads there."""

    def __init__(self, root: Path) -> None:
        self.path = root
        self.docker = root / ".docker"
        self.docker.mkdir(parents=True)
        self.environment = {"HOME": str(root), "USERPROFILE": str(root)}

    def write_config(self, content: object) -> Path:
        path = self.docker / "config.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def read_config(self) -> dict:
        return json.loads((self.docker / "config.json").read_text())


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture
def certificates(tmp_path, authority):
    """A directory with ca.pem, cert.pem and key.pem."""
    directory = tmp_path / "certificates"
    directory.mkdir()
    issued = authority.issue_cert("client")
    authority.cert_pem.write_to_path(directory / "ca.pem")
    issued.cert_chain_pems[0].write_to_path(directory / "cert.pem")
    issued.private_key_pem.write_to_path(directory / "key.pem")
    return directory


@pytest.fixture
def encrypted_key(certificates):
    """The same key, behind a password."""
    key = serialization.load_pem_private_key((certificates / "key.pem").read_bytes(), None)
    path = certificates / "encrypted.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"canary-password"),
        )
    )
    return path


@pytest.fixture
def unix_socket():
    """Make listening sockets at given paths."""
    opened = []

    def listen(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        server = socket.socket(socket.AF_UNIX)
        opened.append(server)
        server.bind(str(path))
        return path

    yield listen
    for server in opened:
        server.close()


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
def docker_cli(home):
    binary = shutil.which("docker")
    if binary is None:
        if os.environ.get("CI"):
            pytest.fail("the docker command is needed here")
        pytest.skip("no docker command on this machine")
    return DockerCLI(binary, home)
