"""A home with configuration files, certificates and credential helpers, as fixtures for those who ask for them."""

from __future__ import annotations

import json
import os
import sys
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


HELPER = """#!{python} -SE
import json, os, pathlib, sys, time
directory = pathlib.Path({directory!r})
action, text = sys.argv[1], sys.stdin.read()
with (directory / "calls").open("a") as calls:
    calls.write(json.dumps([action, text, os.environ.get("HELPER_NOTE", "")]) + "\\n")
mode = (directory / "mode").read_text() if (directory / "mode").exists() else ""
if mode.startswith("print:"):
    sys.stdout.write(mode[6:]); sys.exit(0)
if mode.startswith("fail:"):
    sys.stdout.write(mode[5:]); sys.exit(1)
if mode.startswith("stderr:"):
    sys.stderr.write(mode[7:]); sys.exit(3)
if mode == "killed":
    os.kill(os.getpid(), 9)
if mode == "hang":
    child = os.fork()  # the child keeps the pipes open, as a helper's own helper would
    (directory / ("child" if child == 0 else "parent")).write_text(str(os.getpid()))
    time.sleep(600)
kept = json.loads((directory / "kept").read_text())
if action == "get":
    if text not in kept:
        print("credentials not found in native keychain"); sys.exit(1)
    print(json.dumps(dict(ServerURL=text, Username=kept[text][0], Secret=kept[text][1])))
elif action == "list":
    print(json.dumps({{server: entry[0] for server, entry in kept.items()}}))
elif action == "erase":
    if kept.pop(text, None) is None:
        print("credentials not found in native keychain"); sys.exit(1)
elif action == "store":
    entry = json.loads(text)
    kept[entry["ServerURL"]] = [entry["Username"], entry["Secret"]]
if action in ("erase", "store"):  # several may read at once
    (directory / "kept").write_text(json.dumps(kept))
"""


class FakeHelper:
    """A credential helper that keeps entries in a file and records how it was run."""

    def __init__(self, suffix: str, root: Path) -> None:
        self.directory = root / f"{suffix}.data"
        self.directory.mkdir(parents=True)
        self.keep({})
        program = root / f"docker-credential-{suffix}"
        program.write_text(HELPER.format(python=sys.executable, directory=str(self.directory)))
        program.chmod(0o755)

    def keep(self, entries: dict[str, list[str]]) -> None:
        (self.directory / "kept").write_text(json.dumps(entries))

    @property
    def kept(self) -> dict[str, list[str]]:
        return json.loads((self.directory / "kept").read_text())

    def behave(self, mode: str) -> None:
        (self.directory / "mode").write_text(mode)

    @property
    def calls(self) -> list[list[str]]:
        path = self.directory / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def actions(self) -> list[str]:
        return [action for action, *_ in self.calls]

    def pid(self, which: str) -> int | None:
        path = self.directory / which
        text = path.read_text() if path.exists() else ""
        return int(text) if text else None


@pytest.fixture
def make_helper(home, tmp_path):
    """Put a fake ``docker-credential-<suffix>`` into the environment's PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    home.environment["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return lambda suffix: FakeHelper(suffix, programs)
