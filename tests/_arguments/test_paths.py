from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from aiodockerpy._arguments.paths import DEVICE, behind_links, refuse_special
from aiodockerpy.errors import InvalidArgument


def test_devices_are_refused_by_themselves_and_by_links(tmp_path):
    (tmp_path / "link").symlink_to("/dev/null")
    for path in (Path("/dev/null"), tmp_path / "link"):
        for only in ("", DEVICE):
            with pytest.raises(InvalidArgument, match=f"dst: {path} is a device: give the name of a file"):
                refuse_special(path, "dst", only=only)


def test_what_is_not_a_file_is_refused_where_only_a_file_can_be(tmp_path):
    os.mkfifo(tmp_path / "a FIFO")
    (tmp_path / "a directory").mkdir()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "a socket"))
    for what in ("a FIFO", "a directory", "a socket"):
        refuse_special(tmp_path / what, "dst", only=DEVICE)
        with pytest.raises(InvalidArgument, match=f"path: .*{what} is {what}: give the name of a file"):
            refuse_special(tmp_path / what, "path")


def test_everything_else_is_left_to_the_attempt(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("file", "missing", "file/below", "loop", "\0"):
        refuse_special(tmp_path / name, "dst", only=DEVICE)
        refuse_special(tmp_path / name, "dst")


def test_links_lead_to_what_is_replaced(tmp_path):
    (tmp_path / "link").symlink_to("file")
    assert behind_links(tmp_path / "file") == tmp_path / "file"
    assert behind_links(tmp_path / "link") == (tmp_path / "file").resolve()
