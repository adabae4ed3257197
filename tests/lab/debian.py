"""A minimal Debian with python3, made by debootstrap: what is called a slim image."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tests.lab import packages, paths
from tests.lab.shell import run

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["minimal"]

SUITE = "trixie"
INCLUDED = "python3"
_DEBOOTSTRAP = packages.Bundle("debootstrap", ("debootstrap",))
_SECONDS = 900
"""It downloads and configures some eighty packages."""


def minimal() -> Path:
    """Make sure that the root of the minimal Debian is there, and return its folder."""
    folder, ingredients = paths.packages() / "debian-minimal", [SUITE, INCLUDED]
    if not paths.is_made(folder, ingredients):
        with paths.locked("packages-debian-minimal"):
            if not paths.is_made(folder, ingredients):
                _make(folder)
                paths.note_made(folder, ingredients)
    return folder


def _make(folder: Path) -> None:
    script = packages.require(_DEBOOTSTRAP)
    partial = folder.with_name(f".{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    run(
        [
            script / "usr" / "sbin" / "debootstrap",
            "--variant=minbase",
            f"--include={INCLUDED}",
            f"--keyring={packages.KEYRING}",
            SUITE,
            partial,
            packages.mirror(),
        ],
        timeout=_SECONDS,
        env={**os.environ, "DEBOOTSTRAP_DIR": str(script / "usr" / "share" / "debootstrap")},
    )
    for downloaded in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(partial / downloaded)
    partial.rename(folder)
