"""Whether an image has no ``cat``, by what the engine says."""

from __future__ import annotations

from aiodockerpy.resources._processes.exec import ExecResult
from aiodockerpy.resources._readiness.attempts import _has_no_cat
from tests.together import together


@together(
    ("code", "output", "expected"),
    [
        (0, b"  sl  local_address\n", False),
        (1, b"  sl  local_address\ncat: can't open '/proc/net/tcp6': No such file or directory\n", False),
        (1, b"cat: can't open '/proc/net/tcp': No such file or directory\n", True),
        (126, b'OCI runtime exec failed: exec: "cat": executable file not found in $PATH: unknown\r\n', True),
        (127, b"executable file `cat` not found in $PATH: No such file or directory", True),
        (126, b"OCI runtime exec failed: cannot exec in a stopped container: unknown", False),
        (137, b"", False),
    ],
)
def test_an_ending_container_is_not_taken_for_one_without_cat(code, output, expected):
    assert _has_no_cat(ExecResult(code, output)) is expected
