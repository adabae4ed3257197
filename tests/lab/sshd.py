"""An ssh server on this machine whose sessions reach the newest engine."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import network, packages, paths, state
from tests.lab.shell import LabError, alive, detach, note_pid, read_pid, run, tail, terminate, wait_for

if TYPE_CHECKING:
    from tests.lab.engine import Engine

PORT = 2222
HOST_ALIAS = "lab"


def folder() -> Path:
    """Return the folder of keys, configuration and log."""
    return paths.runtime("ssh")


def running() -> bool:
    """Return whether it runs, and listens at the lab's present address."""
    known = state.load().ssh
    return alive(read_pid(folder() / "pid")) and known is not None and known.host == network.address(1)


def start(engine: Engine) -> None:
    """Start it unless it runs."""
    packages.require(packages.SSH)
    with paths.locked("ssh"):
        if not running():
            terminate(read_pid(folder() / "pid"))
            _make_keys()
            _write_configuration(engine)
            _launch()
        _save(engine)


def stop() -> None:
    """Stop it."""
    terminate(read_pid(folder() / "pid"))
    shutil.rmtree(folder(), ignore_errors=True)


def _program(name: str) -> str:
    own = packages.SSH.path / "usr" / "bin" / name
    return str(own) if own.exists() else name


def _make_keys() -> None:
    folder().chmod(0o700)
    for name in ("host", "other-host", "id", "unknown-id", "no-forwarding-id"):
        if not (folder() / name).exists():
            run(
                [_program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder() / name],
                env=packages.environment(packages.SSH),
            )
    restricted = (folder() / "no-forwarding-id.pub").read_text(encoding="ascii")
    accepted = (folder() / "id.pub").read_text(encoding="ascii") + f"no-port-forwarding {restricted}"
    (folder() / "authorized_keys").write_text(accepted, encoding="ascii")
    place = f"[{network.address(1)}]:{PORT}"
    for file, key in (("known_hosts", "host"), ("wrong_known_hosts", "other-host")):
        words = (folder() / f"{key}.pub").read_text(encoding="ascii").split()[:2]
        (folder() / file).write_text(" ".join([place, *words]) + "\n", encoding="ascii")


def _write_configuration(engine: Engine) -> None:
    here = folder()
    search = f"{engine.bundle.path / 'usr' / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"
    server = [
        f"Port {PORT}",
        f"ListenAddress {network.address(1)}",
        f"HostKey {here / 'host'}",
        f"PidFile {here / 'sshd.pid'}",
        f"AuthorizedKeysFile {here / 'authorized_keys'}",
        *("StrictModes no", "UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no"),
        *(
            "PermitRootLogin prohibit-password",
            "MaxStartups 200",
            "MaxSessions 10",
            "AcceptEnv CANARY*",
            "Subsystem sftp internal-sftp",
        ),
        f"SetEnv DOCKER_HOST={engine.url} PATH={search}",
    ]
    client = [
        f"Host {HOST_ALIAS}",
        f"  HostName {network.address(1)}",
        f"  Port {PORT}",
        "  User root",
        f"  IdentityFile {here / 'id'}",
        "  IdentitiesOnly yes",
        f"  UserKnownHostsFile {here / 'known_hosts'}",
        "  GlobalKnownHostsFile none",
        "  StrictHostKeyChecking yes",
        "  BatchMode yes",
    ]
    (here / "sshd_config").write_text("\n".join(server) + "\n", encoding="utf-8")
    (here / "config").write_text("\n".join(client) + "\n", encoding="utf-8")
    # The docker command line takes no file of ssh's configuration, and ssh ignores $HOME: this program comes first on PATH.
    wrapper = here / "bin" / "ssh"
    wrapper.parent.mkdir(exist_ok=True)
    wrapper.write_text(f'#!/bin/sh\nexec {_program("ssh")} -F {here / "config"} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)


def _launch() -> None:
    here = folder()
    program = packages.SSH.path / "usr" / "sbin" / "sshd"
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    binds = " && ".join(f"mount --bind {copy} {original}" for original, copy in _account_files().items())
    script = f"{binds} && exec {program} -D -e -f {here / 'sshd_config'}"
    process = detach(
        ["unshare", "--mount", "--", "sh", "-c", script], log=here / "log", env=packages.environment(packages.SSH)
    )
    note_pid(here / "pid", process)
    if not wait_for(lambda: not alive(process) or (here / "sshd.pid").exists(), timeout=20) or not alive(process):
        raise LabError(f"sshd does not start: {tail((here / 'log').read_text(encoding='utf-8'))}")


def _account_files() -> dict[Path, Path]:
    # Copies that only sshd sees: the account that it gives up its rights to need not exist on this machine, and root's may be locked.
    users, passwords = Path("/etc/passwd"), Path("/etc/shadow")
    accounts = users.read_text(encoding="utf-8")
    if "\nsshd:" not in accounts:
        accounts += "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n"
    copies = {users: accounts}
    if passwords.exists():
        copies[passwords] = re.sub(r"^root:!+", "root:*", passwords.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for original, content in copies.items():
        copy = folder() / original.name
        copy.touch(mode=0o600)
        copy.chmod(0o600 if original is passwords else 0o644)
        copy.write_text(content, encoding="utf-8")
    return {original: folder() / original.name for original in copies}


def _save(engine: Engine) -> None:
    here = folder()
    state.save(
        state.SshState(
            host=network.address(1),
            port=PORT,
            user="root",
            socket=str(engine.socket),
            folder=str(here),
            identity=str(here / "id"),
            known_hosts=str(here / "known_hosts"),
            config=str(here / "config"),
            wrapper=str(here / "bin" / "ssh"),
            pid=read_pid(here / "pid") or 0,
        )
    )
