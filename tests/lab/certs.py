"""Certificates for the parts with TLS, made when first asked for by an interpreter that has trustme."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.lab import network, paths
from tests.lab.shell import LabUnavailable, run, succeeds

SERVER_NUMBERS = (1, *range(40, 50))
NAMES = ("localhost", "127.0.0.1", "lab.test")


def folder() -> Path:
    """Return the folder of certificates, with the docker command line's names: ``ca.pem``, ``cert.pem`` and ``key.pem``."""
    return paths.runtime("certs")


def ensure() -> Path:
    """Make the certificates unless those there are for the lab's present addresses, and return their folder."""
    names = [*NAMES, *(network.address(number) for number in (*SERVER_NUMBERS, *network.PRIVATE_ADDRESSES))]
    with paths.locked("certs"):
        if not paths.is_made(folder(), names):
            run([interpreter("trustme"), "-P", Path(__file__).with_name("make_certs.py"), folder(), *names])
            paths.note_made(folder(), names)
    return folder()


def interpreter(*modules: str) -> str:
    """Return an interpreter that can import these: this one, or that of the project's virtual environment."""
    project = Path(__file__).parents[2] / ".venv" / "bin" / "python"
    for candidate in (sys.executable, str(project)):
        if succeeds([candidate, "-c", f"import {', '.join(modules)}"]):
            return candidate
    raise LabUnavailable(f"this part of the lab needs {' and '.join(modules)} from PyPI: run `make setup` first")
