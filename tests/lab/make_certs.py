"""``make_certs.py FOLDER NAME...``: an authority, a server's and a client's certificates, and each way in which they can be wrong."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


def _put(folder: Path, certificate: trustme.LeafCert, name: str, key: str) -> None:
    (folder / name).write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
    certificate.private_key_pem.write_to_path(str(folder / key))
    (folder / key).chmod(0o600)


def make(folder: Path, names: list[str]) -> None:
    """Write all certificates into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, other = trustme.CA(), trustme.CA()
    past = datetime.now(UTC) - timedelta(days=1)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    other.cert_pem.write_to_path(str(folder / "other-ca.pem"))
    _put(folder, authority.issue_cert(*names), "server.pem", "server-key.pem")
    _put(folder, authority.issue_cert("elsewhere.test"), "wrong-name.pem", "wrong-name-key.pem")
    _put(folder, authority.issue_cert(*names, not_after=past), "expired.pem", "expired-key.pem")
    _put(folder, authority.issue_cert("client@lab.test", common_name="client"), "cert.pem", "key.pem")
    _put(
        folder, authority.issue_cert("client@lab.test", not_after=past), "expired-client.pem", "expired-client-key.pem"
    )
    _put(folder, other.issue_cert("client@lab.test"), "bad.pem", "bad-key.pem")


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2:])
