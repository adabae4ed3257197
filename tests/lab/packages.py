"""Debian packages, unpacked into the lab's folder: nothing is installed, and no system's service is started."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import paths
from tests.lab.shell import LabError, LabUnavailable, run

if TYPE_CHECKING:
    from collections.abc import Callable

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ATTEMPTS = 4
UNNEEDED = ("./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Packages unpacked together.

    Attributes:
        name: The name of their folder.
        packages: Their names; every name after a bar is an alternative.
        suites: The suites to take them from, alone; without any, the machine's own release, with the dependencies that it lacks.
        probe: A program of them that must run on this machine.
        root: Whether to take all their dependencies too, and make the folder a root to change into.
    """

    name: str
    packages: tuple[str, ...]
    suites: tuple[str, ...] = ()
    probe: str = ""
    root: bool = False

    @property
    def path(self) -> Path:
        """Where the packages are unpacked."""
        return paths.packages() / self.name

    @property
    def ingredients(self) -> list[str]:
        """What the folder is made of: other packages, or another release of the machine, make another folder."""
        return [*(self.suites or (release(),)), *self.packages]


# runc and the libraries must fit the machine's own libc, so that they come from its own release.
TOOLS = Bundle("tools", ("runc", "tini-static|tini", "busybox-static", "iptables", "iproute2", "libdevmapper1.02.1"))
REGISTRY = Bundle("registry", ("docker-registry",))
SSH = Bundle("ssh", ("openssh-server", "openssh-client"))
CHROMIUM = Bundle("chromium", ("chromium", "fonts-dejavu-core"))
PODMAN = Bundle("podman", ("podman", "runc", "nftables", "aardvark-dns", "procps"), ("forky", "sid"), root=True)
ENGINES = {
    "old": Bundle("engine-old", ("docker.io", "containerd"), ("bookworm",), "usr/sbin/dockerd"),
    "middle": Bundle("engine-middle", ("docker.io", "docker-cli", "containerd"), ("trixie",), "usr/sbin/dockerd"),
    "new": Bundle(
        "engine-new", ("docker.io", "docker-cli", "containerd", "docker-buildx"), ("forky", "sid"), "usr/sbin/dockerd"
    ),
}


def docker_config() -> Path:
    """Return a folder for DOCKER_CONFIG: no credentials, no contexts, and buildx as a plugin of the command line."""
    folder = paths.cache() / "docker-config"
    plugin = folder / "cli-plugins" / "docker-buildx"
    program = require(ENGINES["new"]) / "usr" / "libexec" / "docker" / "cli-plugins" / "docker-buildx"
    with paths.locked("docker-config"):
        plugin.parent.mkdir(parents=True, exist_ok=True)
        if not plugin.is_symlink() or plugin.readlink() != program:
            plugin.unlink(missing_ok=True)
            plugin.symlink_to(program)
    return folder


def program_path(bundle: Bundle) -> str:
    """Return a PATH on which the bundle's programs come first, then the tools, then the system's."""
    folders = [root / part for root in (bundle.path, TOOLS.path) for part in ("usr/sbin", "usr/bin", "sbin", "bin")]
    return ":".join([*map(str, folders), "/usr/sbin:/usr/bin:/sbin:/bin"])


def library_path(*bundles: Bundle) -> str:
    """Return the folders of libraries that the machine itself lacks."""
    places = ("usr/lib/*-linux-gnu*", "usr/lib/*-linux-gnu*/pulseaudio")
    triplets = [folder for bundle in bundles for place in places for folder in sorted(bundle.path.glob(place))]
    return ":".join(str(folder) for folder in triplets)


def environment(bundle: Bundle) -> dict[str, str]:
    """Return an environment in which the bundle's programs find theirs; nothing else of the caller's is passed on.

    A bundle that is a root of its own has its programs and libraries there.
    """
    modules = [str(folder) for folder in sorted(TOOLS.path.glob("usr/lib/*/xtables"))]
    return {
        "PATH": program_path(TOOLS if bundle.root else bundle),
        "LD_LIBRARY_PATH": library_path(TOOLS) if bundle.root else library_path(TOOLS, bundle),
        "HOME": os.environ.get("HOME", "/root"),
        "LANG": "C.UTF-8",
        **({"XTABLES_LIBDIR": ":".join(modules)} if modules else {}),
    }


def require(bundle: Bundle) -> Path:
    """Make sure that a bundle is unpacked and return its folder."""
    if not paths.is_made(bundle.path, bundle.ingredients):
        with paths.locked(f"packages-{bundle.name}"):
            if not paths.is_made(bundle.path, bundle.ingredients):
                _unpack(bundle)
                paths.note_made(bundle.path, bundle.ingredients)
    return bundle.path


def release() -> str:
    """Return the name of this machine's own release of Debian."""
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "")


def _unpack(bundle: Bundle) -> None:
    if not bundle.suites:
        _fetch_and_extract(bundle, None)
        return
    failure: LabError | None = None
    for suite in bundle.suites:
        try:
            _fetch_and_extract(bundle, suite)
        except LabUnavailable:
            raise
        except LabError as error:
            failure = error
        else:
            return
    raise LabError(f"{bundle.name}: no usable packages in {' or '.join(bundle.suites)}: {failure}")


def _fetch_and_extract(bundle: Bundle, suite: str | None) -> None:
    partial = bundle.path.with_name(f".{bundle.name}")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(bundle.path, ignore_errors=True)
    apt = _Apt(partial / ".apt", suite, with_dependencies=bundle.root)
    _with_retries(lambda: apt.fetch(bundle.packages))
    if bundle.root:
        _link_merged_folders(partial)
    for archive in apt.archives():
        _extract(archive, partial)
    shutil.rmtree(apt.folder)
    if bundle.probe:
        run([partial / bundle.probe, "--version"])
    _link_iptables(partial / "usr" / "sbin")
    if bundle.root:
        _finish_root(partial)
    partial.rename(bundle.path)


def _link_merged_folders(root: Path) -> None:
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")


def _finish_root(root: Path) -> None:
    # What the installation of the packages would do.
    for name in ("dev", "proc", "sys", "run", "tmp", "root", "var/tmp"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "usr/bin/sh").unlink(missing_ok=True)
    (root / "usr/bin/sh").symlink_to("dash")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", encoding="ascii")
    (root / "etc/group").write_text("root:x:0:\n", encoding="ascii")
    run(["chroot", root, "ldconfig"], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})


def _with_retries(step: Callable[[], None]) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            step()
        except (LabError, subprocess.TimeoutExpired) as error:
            if attempt == ATTEMPTS:
                raise LabUnavailable(f"Debian's packages cannot be fetched: {error}") from error
            time.sleep(2**attempt)
        else:
            return


def _extract(archive: Path, target: Path) -> None:
    excludes = [f"--exclude={pattern}" for pattern in UNNEEDED]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as unpacked:
        subprocess.run(
            ["tar", "-C", target, "-x", "--keep-directory-symlink", *excludes],
            stdin=unpacked.stdout,
            check=True,
            capture_output=True,
        )


def _link_iptables(folder: Path) -> None:
    # The package's own links are made by its installation.
    if not (folder / "xtables-nft-multi").exists():
        return
    for family in ("iptables", "ip6tables"):
        for action in ("", "-save", "-restore"):
            link = folder / f"{family}{action}"
            link.unlink(missing_ok=True)
            link.symlink_to("xtables-nft-multi")


class _Apt:
    """apt-get with lists, cache and locks of its own, so that the system's are neither changed nor waited for."""

    def __init__(self, folder: Path, suite: str | None, *, with_dependencies: bool = False) -> None:
        self.folder = folder
        self._suite = suite
        self._with_dependencies = with_dependencies or suite is None
        self._as_if_empty = with_dependencies
        for part in ("lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True)
        self._options = self._own_options()

    def _own_options(self) -> list[str]:
        settings = [
            f"Dir::State::lists={self.folder}/lists",
            f"Dir::Cache={self.folder}/cache",
            "APT::Sandbox::User=root",
            "APT::Install-Recommends=false",
            "Debug::NoLocking=1",
            "Acquire::Retries=3",
            "Acquire::Languages=none",
        ]
        if self._suite is not None:
            listed = self.folder / "sources.list"
            # A testing suite's release file may be past its date.
            listed.write_text(
                f"deb [signed-by={KEYRING} check-valid-until=no] {mirror()} {self._suite} main\n", encoding="utf-8"
            )
            settings += [f"Dir::Etc::sourcelist={listed}", "Dir::Etc::sourceparts=-"]
        if self._as_if_empty:
            settings.append("Dir::State::status=/dev/null")
        return [word for setting in settings for word in ("-o", setting)]

    def fetch(self, names: tuple[str, ...]) -> None:
        """Update the lists and download these packages; a broken source that has none of them does not matter."""
        update_error: LabError | None = None
        try:
            run(["apt-get", *self._options, "-o", "APT::Update::Error-Mode=any", "update", "-qq"], timeout=300)
        except LabError as error:
            update_error = error
        try:
            self._download([self._existing(name) for name in names])
        except LabError as error:
            raise update_error or error from None

    def _download(self, names: list[str]) -> None:
        if self._with_dependencies:
            if self._as_if_empty:
                names = [*names, *("base-files", "dash", "coreutils", "libc-bin")]
            run(
                [
                    "apt-get",
                    *self._options,
                    "install",
                    "-qq",
                    "-y",
                    "-d",
                    *([] if self._as_if_empty else ["--reinstall"]),
                    *names,
                ],
                timeout=600,
                env=_quiet(),
            )
        else:
            archives = self.folder / "cache" / "archives"
            run(["apt-get", *self._options, "download", "-qq", *names], timeout=600, cwd=archives)

    def archives(self) -> list[Path]:
        return sorted((self.folder / "cache" / "archives").glob("*.deb"))

    def _existing(self, name: str) -> str:
        for candidate in name.split("|"):
            if run(["apt-cache", *self._options, "search", "--names-only", f"^{candidate}$"]).strip():
                return candidate
        return name


def _quiet() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


def mirror() -> str:
    """Return the address of the Debian mirror which this machine uses."""
    sources = [
        *sorted(Path("/etc/apt/sources.list.d").glob("*.sources")),
        Path("/etc/apt/sources.list"),
        *sorted(Path("/etc/apt/sources.list.d").glob("*.list")),
    ]
    for source in sources:
        if source.exists():
            for address in _addresses(source.read_text(encoding="utf-8")):
                if "security" not in address and "debian" in address:
                    return address.rstrip("/")
    raise LabUnavailable("apt has no Debian mirror in /etc/apt/sources.list or sources.list.d")


def _addresses(text: str) -> list[str]:
    found: list[str] = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words and words[0] in {"URIs:", "deb"}:
            found += [word for word in words[1:] if word.startswith(("http://", "https://"))]
    return found
