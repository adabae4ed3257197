"""Pid files name a process, not a number; a process lives as long as one of its threads."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.lab.shell import alive, note_pid, read_pid

FIRST_THREAD_ENDS = """
import ctypes, sys, threading
from pathlib import Path

def last():
    while Path("/proc/self/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        pass
    print("the first has ended", flush=True)
    sys.stdin.read()

threading.Thread(target=last).start()
ctypes.CDLL(None).pthread_exit(None)
"""


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


class TestAlive:
    def test_as_long_as_any_of_its_threads(self):
        process = subprocess.Popen(
            [sys.executable, "-c", FIRST_THREAD_ENDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            assert process.stdout.readline() == b"the first has ended\n"
            assert alive(process.pid)
        finally:
            process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not alive(process.pid)  # a zombie now
        process.communicate()
        assert not alive(process.pid)

    def test_nothing_is_not(self):
        assert not alive(None)
