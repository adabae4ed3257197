"""The parts of the lab by name, and how they come up together."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.lab import certs, images, network, packages, paths, podman, sandbox, sshd, state, swarm
from tests.lab.engine import TLS_PORT, Engine, cgroup_root, remove_cgroups, role_engine
from tests.lab.registry import REGISTRIES, trust
from tests.lab.shell import LabError, read_pid, terminate

if TYPE_CHECKING:
    from collections.abc import Sequence

ROLES = ("old", "middle", "new")
DEFAULT = (*ROLES, "registry")
TLS_ROLES = {"tls-old": 40, "tls-middle": 41, "tls": 42}
_CONTAINERD_NUMBER = 29
NAMES = (*ROLES, *TLS_ROLES, "containerd", "podman", *REGISTRIES, "sshd", "swarm")


def up(names: Sequence[str]) -> None:
    """Bring these parts up, at once; those which are up stay as they are."""
    _check(names)
    network.check_machine()
    with paths.locked("up"), ThreadPoolExecutor() as pool:
        packages.require(packages.TOOLS)
        network.ensure()
        for done in [pool.submit(_start, name) for name in dict.fromkeys(names)]:
            done.result()


def _check(names: Sequence[str]) -> None:
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise LabError(f"no such part: {', '.join(unknown)}; there are {', '.join(NAMES)}")


def _start(name: str) -> None:
    if name in REGISTRIES:
        REGISTRIES[name].start()
        if name == "registry-tls":
            _trust_everywhere()
    elif name == "sshd":
        start_engine(role_engine("new"))
        sshd.start(role_engine("new"))
    elif name == "swarm":
        swarm.start(start_engine)
    elif name == "podman":
        start_engine(podman.ENGINE)
    else:
        start_engine(engine(name))


def engine(name: str) -> Engine:
    """Return the shared engine of this name."""
    if name in TLS_ROLES:
        role = name.partition("-")[2] or "new"
        return Engine(name, role, TLS_ROLES[name], plain_tcp=False)
    if name == "containerd":
        return Engine(name, "new", _CONTAINERD_NUMBER, features={"containerd-snapshotter": True})
    if name in swarm.NODES:
        return swarm.NODES[name]
    if name == podman.ENGINE.name:
        return podman.ENGINE
    return role_engine(name)


def start_engine(machine: Engine) -> None:
    """Start an engine, give it the busybox image, and note where it is."""
    with paths.locked(f"engine-{machine.name}"):
        tls_url = None
        if machine.name in TLS_ROLES:
            tls_url = f"tcp://{network.address(machine.number)}:{TLS_PORT}"
            machine = replace(machine, arguments=tls_arguments(machine))
        machine.start()
        images.import_busybox(machine)
        note(machine, tls_url)
        if machine.role == "new":
            packages.docker_config()
        if state.load().registries.get("tls"):
            trust(machine.config)


def tls_arguments(machine: Engine, *, certificate: str = "server") -> tuple[str, ...]:
    """Return dockerd's arguments for a listener with mutual TLS at the engine's address."""
    folder = certs.ensure()
    return (
        f"--host=tcp://{network.address(machine.number)}:{TLS_PORT}",
        "--tlsverify",
        f"--tlscacert={folder / 'ca.pem'}",
        f"--tlscert={folder / f'{certificate}.pem'}",
        f"--tlskey={folder / f'{certificate}-key.pem'}",
    )


def note(machine: Engine, tls_url: str | None = None) -> None:
    """Write down where an engine is."""
    version = machine.version()
    state.save(
        state.EngineState(
            name=machine.name,
            role=machine.role,
            url=machine.url,
            socket=str(machine.socket),
            address=machine.sandbox.address,
            tcp_url=machine.tcp_url,
            tls_url=tls_url,
            docker_cli=str(machine.cli),
            config=str(machine.config),
            version=str(version["Version"]),
            api_version=str(version["ApiVersion"]),
        )
    )


def _trust_everywhere() -> None:
    for known in state.load().engines.values():
        trust(engine(known.name).config)


def down(names: Sequence[str] = ()) -> None:
    """Stop these parts, or everything, private engines included; what they stored is removed, the unpacked packages are not."""
    if names:
        _check(names)
        for name in names:
            _stop(name)
    else:
        _stop_everything()


def _stop(name: str) -> None:
    if name in REGISTRIES:
        REGISTRIES[name].stop()
        state.forget(f"registry-{REGISTRIES[name].name}")
    elif name == "sshd":
        sshd.stop()
        state.forget("ssh")
    else:
        for machine in swarm.NODES.values() if name == "swarm" else [engine(name)]:
            machine.destroy()
            state.forget(f"engine-{machine.name}")


def _stop_everything() -> None:
    folder = paths.runtime()
    boxes = [path.parent.name for path in folder.glob("*/holder.pid")]
    others = [*folder.glob("registry-*/pid"), *folder.glob("registry-*/token.pid")]
    # All at once: what an engine has mounted takes its time to go.
    with ThreadPoolExecutor(max_workers=len(boxes) + len(others) + 1) as pool:
        ends = [pool.submit(_engine_by_folder(name).destroy) for name in boxes]
        ends += [pool.submit(terminate, read_pid(file), gently=False) for file in others]
        ends.append(pool.submit(sshd.stop))
        for done in ends:
            done.result()
    remove_cgroups(cgroup_root())
    network.remove()
    sandbox.remove_mount_point()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(paths.data(), ignore_errors=True)


def _engine_by_folder(name: str) -> Engine:
    number = int((paths.runtime(name) / "number").read_text(encoding="ascii"))
    return Engine(name, "new", number)


def _answers(machine: Engine, known: state.LabState) -> bool:
    return machine.name in known.engines and machine.sandbox.is_connected() and machine.running()


def is_up(names: Sequence[str] = DEFAULT) -> bool:
    """Return whether these parts are up and answer."""
    known = state.load()
    if not network.exists():
        return False
    for name in names:
        if name in REGISTRIES:
            if REGISTRIES[name].pid is None or REGISTRIES[name].name not in known.registries:
                return False
        elif name == "sshd":
            if not sshd.running():
                return False
        elif name == "swarm":
            if not all(_answers(swarm.NODES[node], known) for node in swarm.NODES):
                return False
        elif not _answers(engine(name), known):
            return False
    return True
