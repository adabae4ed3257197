"""The lab's bridge, its addresses, and what the machine must allow."""

from __future__ import annotations

import ipaddress
import os
import shutil
from pathlib import Path

from tests.lab import packages, paths
from tests.lab.shell import LabError, LabUnavailable, run, succeeds

PRIVATE_ADDRESSES = range(150, 250)


def check_machine() -> None:
    """Raise `LabUnavailable` if this machine cannot hold the lab."""
    if os.name != "posix" or not Path("/proc/self/ns/net").exists():
        raise LabUnavailable("the lab needs Linux with namespaces")
    if os.geteuid() != 0:
        raise LabUnavailable("the lab needs root, for namespaces and mounts")
    if shutil.which("apt-get") is None or not packages.KEYRING.exists():
        raise LabUnavailable("the lab needs Debian (apt-get and its keyring), whose packages it unpacks")
    for program in ("unshare", "nsenter", "mount"):
        if shutil.which(program) is None:
            raise LabUnavailable(f"the lab needs {program} (packages util-linux and mount)")
    if not succeeds(["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "true"]):
        raise LabUnavailable("the lab needs the right to make namespaces (CAP_SYS_ADMIN)")


def bridge() -> str:
    """Return the name of the lab's bridge."""
    return f"al{paths.tag()}-br"


def interface(number: int) -> str:
    """Return the name of the machine's end of an engine's link."""
    return f"al{paths.tag()}-{number}"


def subnet() -> str:
    """Return the first three numbers of the lab's addresses, chosen when its bridge was made."""
    return (paths.runtime() / "subnet").read_text(encoding="ascii").strip()


def address(number: int) -> str:
    """Return an address of the lab; number 1 is the machine itself."""
    return f"{subnet()}.{number}"


def hardware_address(number: int) -> str:
    """Return the MAC address that goes with an address, always the same: others remember it for half a minute."""
    tag = paths.tag()
    return f"02:{tag[:2]}:{tag[2:]}:00:00:{number:02x}"


def ip(*words: str) -> str:
    """Run ``ip``."""
    return run(["ip", *words], env=packages.environment(packages.TOOLS))


def exists() -> bool:
    """Return whether the lab has its bridge and addresses."""
    return Path("/sys/class/net", bridge()).exists() and (paths.runtime() / "subnet").exists()


def ensure() -> None:
    """Make the bridge if it is not there."""
    with paths.locked("network"):
        if exists():
            return
        chosen = _free_subnet()
        try:
            ip("link", "add", bridge(), "address", hardware_address(1), "type", "bridge")
        except LabError as error:
            if "exists" not in str(error):
                raise LabUnavailable(
                    f"the lab needs the right to make network interfaces (CAP_NET_ADMIN): {error}"
                ) from error
        ip("addr", "replace", f"{chosen}.1/24", "dev", bridge())
        ip("link", "set", bridge(), "up")
        _accept_forwarding("-I")
        (paths.runtime() / "subnet").write_text(chosen, encoding="ascii")


def remove() -> None:
    """Remove the bridge."""
    with paths.locked("network"):
        if Path("/sys/class/net", bridge()).exists():
            ip("link", "del", bridge())
            _accept_forwarding("-D")
        (paths.runtime() / "subnet").unlink(missing_ok=True)


def connect(number: int, pid: int) -> None:
    """Link the network namespace of a process to the bridge."""
    outside = interface(number)
    if Path("/sys/class/net", outside).exists():
        ip("link", "del", outside)
    peer = ("peer", "name", "eth0", "address", hardware_address(number), "netns", str(pid))
    ip("link", "add", outside, "type", "veth", *peer)
    ip("link", "set", outside, "master", bridge(), "up")
    inside = ("nsenter", "--net", "--target", str(pid), "ip")
    environment = packages.environment(packages.TOOLS)
    for words in (
        ("link", "set", "lo", "up"),
        ("addr", "add", f"{address(number)}/24", "dev", "eth0"),
        ("link", "set", "eth0", "up"),
        ("route", "add", "default", "via", address(1)),
    ):
        run([*inside, *words], env=environment)


def reserve() -> int:
    """Take an address for a private engine."""
    folder = paths.runtime(".addresses")
    for number in PRIVATE_ADDRESSES:
        try:
            (folder / str(number)).touch(exist_ok=False)
        except FileExistsError:
            continue
        return number
    raise LabError("all addresses for private engines are taken; `python -m tests.lab down` frees them")


def release(number: int) -> None:
    """Give back an address taken with `reserve`."""
    (paths.runtime(".addresses") / str(number)).unlink(missing_ok=True)


def _accept_forwarding(action: str) -> None:
    # Where the kernel passes bridged frames through iptables, a system's own engine has set the policy of FORWARD to DROP.
    switch = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
    if switch.exists() and switch.read_text(encoding="ascii").strip() == "1":
        rule = ["iptables", "-w", action, "FORWARD", "-i", bridge(), "-o", bridge(), "-j", "ACCEPT"]
        try:
            run(rule, env=packages.environment(packages.TOOLS))
        except LabError:
            if action == "-I":
                raise


def _free_subnet() -> str:
    taken = [
        ipaddress.ip_interface(word).network
        for word in ip("-4", "-o", "addr").split()
        if "/" in word and word[0].isdigit()
    ]
    taken += [
        ipaddress.ip_network(line.split()[0]) for line in ip("-4", "route").splitlines() if "/" in line.split()[0]
    ]
    first = int(paths.tag(), 16) % 256
    for step in range(256):
        candidate = f"10.213.{(first + step) % 256}"
        if not any(ipaddress.ip_network(f"{candidate}.0/24").overlaps(network) for network in taken):
            return candidate
    raise LabUnavailable("no free network in 10.213.0.0/16")
