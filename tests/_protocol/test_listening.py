"""The kernel's tables of sockets."""

from __future__ import annotations

import pytest

from aiodockerpy._protocol.listening import Listener, listening
from tests.together import together

HEADER = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
REST = b" 00000000:00000000 00:00000000 00000000     0        0 2239408 1 00000000c6576428 100 0 0 10 0\n"
NOBODY, NOBODY_V6 = b"00000000:0000", b"0" * 32 + b":0000"


def line(local, state=b"0A", remote=NOBODY):
    return b"   0: %b %b %b%b" % (local, remote, state, REST)


@together(
    ("local", "remote", "address", "loopback"),
    [
        (b"0100007F:1F90", NOBODY, "127.0.0.1", True),
        (b"00000000:1F90", NOBODY, "0.0.0.0", False),
        (b"090011AC:1F90", NOBODY, "172.17.0.9", False),
        (b"0" * 32 + b":1F90", NOBODY_V6, "::", False),
        (b"00000000000000000000000001000000:1F90", NOBODY_V6, "::1", True),
        (b"0000000000000000FFFF00000100007F:1F90", NOBODY_V6, "::ffff:127.0.0.1", True),
        (b"B80D0120000000000000000007000000:1F90", NOBODY_V6, "2001:db8::7", False),
    ],
)
def test_addresses(local, remote, address, loopback):
    (found,) = listening(HEADER + line(local, remote=remote))
    assert found.port == 8080
    assert found.is_loopback is loopback
    assert str(found) in {f"{address}:8080", f"[{address}]:8080"} or address.startswith("::ffff")


def test_only_what_listens_is_returned():
    established = line(b"0100007F:0050", b"01", b"0100007F:C350")
    assert listening(HEADER + established + line(b"00000000:0051") + HEADER) == [Listener("0.0.0.0", 81)]


@pytest.mark.parametrize("output", [b"", b"cat: can't open '/proc/net/tcp': No such file or directory\n", b"\xff"])
def test_what_is_no_table(output):
    assert listening(output) is None
    assert listening(HEADER + output) == []
