"""``token_server.py CERTIFICATE HOST:PORT USER:PASSWORD``: gives registry tokens, to anyone for pulling and to the user for everything."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

LIFETIME = 300


class TokenServer:
    """Signs tokens with a key of its own, whose certificate the registry is given."""

    def __init__(self, account: str) -> None:
        self._account = account.encode()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._certify()

    def _certify(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "token")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            issuer_name=name, subject_name=name, public_key=self._key.public_key(), serial_number=1
        )
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        return builder.sign(self._key, hashes.SHA256())

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            body, content = next((line for line in lines if line.lower().startswith("content-length:")), ""), b""
            if body:
                content = await reader.readexactly(int(body.partition(":")[2]))
            status, answer = self._answer(lines, content)
            payload = json.dumps(answer).encode()
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + payload)
            await writer.drain()
        finally:
            writer.close()

    def _answer(self, lines: Sequence[str], content: bytes) -> tuple[str, dict[str, object]]:
        query = parse_qs(urlsplit(lines[0].split()[1]).query)
        form = parse_qs(content.decode())
        given = [line.split(" ", 2)[2] for line in lines if line.lower().startswith("authorization: basic")]
        if form.get("grant_type") == ["password"]:
            given = [base64.b64encode(f"{form['username'][0]}:{form['password'][0]}".encode()).decode()]
        known = bool(given) and base64.b64decode(given[0]) == self._account
        if given and not known:
            return "401 Unauthorized", {"errors": [{"code": "UNAUTHORIZED", "message": "wrong user name or password"}]}
        asked = query | form
        token = self._token(known=known, service=asked["service"][0], scopes=" ".join(asked.get("scope", [])).split())
        return "200 OK", {"token": token, "access_token": token, "expires_in": LIFETIME}

    def _token(self, *, known: bool, service: str, scopes: Sequence[str]) -> str:
        now = int(time.time())
        claims = {
            "iss": "lab-issuer",
            "sub": self._account.partition(b":")[0].decode() if known else "",
            "aud": service,
            "exp": now + LIFETIME,
            "nbf": now - 5,
            "iat": now,
            "jti": os.urandom(8).hex(),
            "access": [_access(scope, known=known) for scope in scopes],
        }
        chain = [base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()]
        return jwt.encode(claims, self._key, "ES256", headers={"x5c": chain})


def _access(scope: str, *, known: bool) -> dict[str, object]:
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return {
        "type": kind,
        "name": name,
        "actions": [action for action in actions.split(",") if known or action == "pull"],
    }


async def serve(certificate: Path, address: str, account: str) -> None:
    """Listen, and then write the certificate."""
    server = TokenServer(account)
    host, _, port = address.rpartition(":")
    async with await asyncio.start_server(server.handle, host, int(port)) as listener:
        certificate.write_bytes(server.certificate.public_bytes(serialization.Encoding.PEM))
        await listener.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
