"""Pid files name a process, not a number."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.lab.shell import note_pid, read_pid


class TestPidFiles:
    def test_a_running_process_is_found(self, tmp_path):
        note_pid(tmp_path / "pid", os.getpid())
        assert read_pid(tmp_path / "pid") == os.getpid()

    def test_one_that_has_ended_is_not(self, tmp_path):
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        note_pid(tmp_path / "pid", process.pid)
        assert read_pid(tmp_path / "pid") == process.pid
        process.communicate(b"\n")
        assert read_pid(tmp_path / "pid") is None

    def test_another_with_its_number_is_not(self, tmp_path):
        note_pid(tmp_path / "pid", 1)
        _, _, identity = (tmp_path / "pid").read_text().partition(" ")
        (tmp_path / "pid").write_text(f"{os.getpid()} {identity}")
        assert read_pid(tmp_path / "pid") is None

    def test_a_bare_number_or_nothing_is_not(self, tmp_path):
        assert read_pid(tmp_path / "pid") is None
        (tmp_path / "pid").write_text(str(os.getpid()))
        assert read_pid(tmp_path / "pid") is None
