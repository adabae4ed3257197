"""Answer an ssh agent's protocol from private key files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import asyncssh

_IDENTITIES, _SIGN = 11, 13
_IDENTITIES_ANSWER, _SIGN_RESPONSE = b"\x0c", b"\x0e"
_FAILURE: Final = b"\0\0\0\x01\x05"
# Which signature of an RSA key the flags of a request ask for.
_RSA: Final = {0: b"ssh-rsa", 2: b"rsa-sha2-256", 4: b"rsa-sha2-512"}


def read_key(path: Path, what: str) -> asyncssh.SSHKey:
    """Read a private key without passphrase.

    Args:
        path: Its file, in any of the formats of OpenSSH and OpenSSL.
        what: The parameter, for the error.

    Raises:
        InvalidArgument: The file cannot be read or is not such a key, or asyncssh is not installed.
    """
    try:
        import asyncssh
    except ImportError:
        raise InvalidArgument(
            f"{what}: {path} is not a socket, and private keys need asyncssh: pip install 'aiodockerpy[ssh]'"
        ) from None
    try:
        return asyncssh.read_private_key(path)
    except OSError as error:
        raise InvalidArgument(f"{what}: {path} cannot be read: {error.strerror}") from None
    except asyncssh.KeyEncryptionError:
        reason = "is encrypted"
    except asyncssh.KeyImportError as error:
        reason = "is encrypted" if "assphrase" in str(error) else "is neither a socket nor a private key"
    raise InvalidArgument(f"{what}: {path} {reason}; an ssh agent can hold a key with a passphrase")


class KeyAgent:
    """Answer an agent's two requests: to list the keys, and to sign with one of them."""

    def __init__(self, keys: Sequence[asyncssh.SSHKey]) -> None:
        self._keys = {key.public_data: key for key in keys}

    def answer(self, requests: bytes) -> bytes:
        """Return the answers to whole requests, each with its length before it."""
        return b"".join(map(self._answer, _split(requests)))

    def _answer(self, request: bytes) -> bytes:
        if request[0] == _IDENTITIES:
            listed = [_text(blob) + _text(b"") for blob in self._keys]
            return _text(_IDENTITIES_ANSWER + len(listed).to_bytes(4, "big") + b"".join(listed))
        if request[0] != _SIGN:
            return _FAILURE
        blob, rest = _take(request[1:])
        data, flags = _take(rest)
        key = self._keys.get(blob)
        if key is None:
            return _FAILURE
        algorithm = key.algorithm
        if algorithm == b"ssh-rsa":
            algorithm = _RSA.get(int.from_bytes(flags[:4], "big") & 6, b"rsa-sha2-512")
        return _text(_SIGN_RESPONSE + _text(key.sign(data, algorithm)))


def _split(data: bytes) -> Iterator[bytes]:
    while data:
        item, data = _take(data)
        yield item


def _take(data: bytes) -> tuple[bytes, bytes]:
    """Return what has its length before it, and the rest."""
    end = 4 + int.from_bytes(data[:4], "big")
    return data[4:end], data[end:]


def _text(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
