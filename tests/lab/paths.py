"""Where the lab keeps things: one folder, moved by ``AIODOCKERPY_LAB``."""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.shell import LabUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_ROOT = 48  # a unix socket's path ends at 107 bytes, and the lab adds up to 50


def root() -> Path:
    """Return the folder of the lab."""
    chosen = os.environ.get("AIODOCKERPY_LAB")
    path = Path(chosen).expanduser().absolute() if chosen else Path.home() / ".cache" / "aiodockerpy-lab"
    if len(str(path)) > LONGEST_ROOT:
        raise LabUnavailable(
            f"the lab's folder {path} is longer than {LONGEST_ROOT} characters; set AIODOCKERPY_LAB to a shorter one"
        )
    return path


def tag() -> str:
    """Return four characters that are different for each lab of the machine."""
    return hashlib.sha256(str(root()).encode()).hexdigest()[:4]


def packages() -> Path:
    """Return the folder of unpacked packages, which survives ``down``."""
    return _made("packages")


def cache() -> Path:
    """Return the folder of what every part shares, such as the configuration of the docker command line."""
    return _made("cache")


def runtime(name: str = "") -> Path:
    """Return the folder of sockets, logs and pid files, which ``down`` removes."""
    return _made("run", name)


def data(name: str = "") -> Path:
    """Return the folder of the engines' and registries' data, which ``down`` removes."""
    return _made("data", name)


def _made(*parts: str) -> Path:
    path = root().joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


def is_made(folder: Path, ingredients: Sequence[str]) -> bool:
    """Return whether what a folder holds was made of these ingredients, and not of others in an earlier life of the lab."""
    try:
        return (folder / ".done").read_text(encoding="utf-8").splitlines() == list(ingredients)
    except OSError:
        return False


def note_made(folder: Path, ingredients: Sequence[str]) -> None:
    """Write down of what the content of a folder was made."""
    (folder / ".done").write_text("\n".join(ingredients), encoding="utf-8")


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold a lock of the lab against other threads and processes."""
    folder = _made("locks")
    with (folder / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
