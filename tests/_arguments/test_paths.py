from __future__ import annotations

from pathlib import Path

import pytest

from aiodockerpy._arguments.paths import refuse_device
from aiodockerpy.errors import InvalidArgument


def test_devices_are_refused_by_themselves_and_by_links(tmp_path):
    (tmp_path / "link").symlink_to("/dev/null")
    for path in (Path("/dev/null"), tmp_path / "link"):
        with pytest.raises(InvalidArgument, match=f"dst: {path} is a device: give the name of a file"):
            refuse_device(path, "dst")


def test_everything_else_is_left_to_the_attempt(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("file", "missing", "file/below", "loop", ".", "\0"):
        refuse_device(tmp_path / name, "dst")
