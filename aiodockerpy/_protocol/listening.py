"""The TCP sockets that are listened on, from the kernel's tables ``/proc/net/tcp`` and ``/proc/net/tcp6``."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple

_HEADER: Final = b"local_address"
# Number, local address and port, remote address and port, state: 0A is LISTEN.
_LISTENS: Final = re.compile(
    rb"^ *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A ", re.MULTILINE
)


class Listener(NamedTuple):
    """A socket that accepts connections."""

    address: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only programs in the same network namespace can connect."""
        address = ipaddress.ip_address(self.address)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return (mapped or address).is_loopback

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def listening(tables: bytes) -> list[Listener] | None:
    """Return the listeners of the tables; ``None`` if the text is not such a table.

    The addresses are read as little-endian machines write them; on others a loopback address is not recognized.
    """
    if _HEADER not in tables:
        return None
    return [Listener(_address(found[1]), int(found[2], 16)) for found in _LISTENS.finditer(tables)]


def _address(digits: bytes) -> str:
    """Return an address of words of four bytes, each with its last byte first."""
    words = [bytes.fromhex(digits[at : at + 8].decode())[::-1] for at in range(0, len(digits), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
