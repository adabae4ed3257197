"""How containers start, end, and start again."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.testing._http.messages import Refusal
from aiodockerpy.testing._programs.host import CannotRun
from aiodockerpy.testing._programs.process import Process, signal_number
from aiodockerpy.testing._signals import Signals
from aiodockerpy.testing._state.addresses import mac_of, publish, take_address
from aiodockerpy.testing._state.normal import items, mapping
from aiodockerpy.testing._state.tree import add_parents, directory
from aiodockerpy.testing._state.world import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from aiodockerpy.testing._core import Core
    from aiodockerpy.testing._state.objects import Container, Endpoint

_FIRST_BACKOFF = 0.1
_LONGEST_BACKOFF = 60.0
_LONG_RUN = 10 * 10**9  # nanoseconds after which the waiting before a restart starts again from its shortest
_SECOND = 10**9
_SIGNALS = 65
_KILLED = 128 + Signals.SIGKILL


def emit(core: Core, container: Container, action: str, **attributes: str) -> None:
    """Record an event of a container."""
    about = {**container.labels, "image": container.config["Image"], "name": container.name, **attributes}
    core.world.events.emit_with("container", action, container.id, about)


# ---- networks


def _emit_network(core: Core, container: Container, endpoint: Endpoint, action: str) -> None:
    network = core.world.networks.get(endpoint.network_id)
    if network is not None:
        core.world.events.emit(
            "network", action, network.id, container=container.id, name=network.name, type=network.driver
        )


def connect(core: Core, container: Container, endpoint: Endpoint) -> None:
    """Assign addresses to an endpoint of a running container.

    Raises:
        Refusal: The network is gone, or has no address.
    """
    network = core.world.network(endpoint.network_id or endpoint.network)
    if network.config_only:
        raise Refusal(403, "cannot create endpoint on configuration-only network")
    wanted = (endpoint.ipam or {}).get("IPv4Address") or ""
    endpoint.address, endpoint.gateway, endpoint.prefix = take_address(network, wanted)
    if network.internal:
        endpoint.gateway = ""
    endpoint.network_id, endpoint.id, endpoint.named = network.id, new_id(), True
    endpoint.mac = endpoint.wanted_mac or (mac_of(endpoint.id) if network.driver not in {"host", "null"} else "")
    _emit_network(core, container, endpoint, "connect")


def disconnect(core: Core, container: Container, endpoint: Endpoint, *, quiet: bool = False) -> None:
    """Release the addresses of an endpoint."""
    network = core.world.networks.get(endpoint.network_id)
    if not endpoint.id:
        return
    if network is not None:
        network.taken.discard(endpoint.address)
    endpoint.id = endpoint.address = endpoint.gateway = endpoint.mac = ""
    endpoint.prefix = 0
    if not quiet:
        _emit_network(core, container, endpoint, "disconnect")


# ---- start


def start(core: Core, container: Container) -> None:
    """Start a container.

    Raises:
        Refusal: It cannot be started; a removed-when-done container is removed then.
    """
    host = core.host(container)
    try:
        program = host.prepare(container.argv, whole=True, files=container.files)
        _set_up(core, container)
    except CannotRun as problem:
        reason = (
            "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create "
            f"failed: unable to start container process: {problem.reason}"
        )
        _fail(core, container, problem.code, reason)
        raise Refusal(400, reason) from None
    except Refusal as refusal:
        _fail(core, container, container.exit_code or 128, refusal.message)
        raise
    _begin(core, container, program)


def _fail(core: Core, container: Container, code: int, reason: str) -> None:
    container.exit_code, container.error = code, reason
    container.restarting = False
    for endpoint in container.endpoints.values():
        disconnect(core, container, endpoint)
    container.ports = {}
    container.output.end()
    container.notify("not-running", "next-exit", code=code)
    if container.host["AutoRemove"]:
        remove(core, container, volumes=True)


def _set_up(core: Core, container: Container) -> None:
    for mount in container.mounts:
        _make_mountpoint(container, mount.destination)
        if mount.type == "volume":
            core.world.events.emit(
                "volume", "mount", mount.name, container=container.id, destination=mount.destination, driver="local",
                propagation="", **{"read/write": str(mount.writable).lower()},
            )  # fmt: skip
    _shared_network(core, container)
    for link in core.world.links_of(container):
        if not link.child.running:
            raise Refusal(500, f"Cannot link to a non running container: /{link.child.name} AS {link.name}")
    for endpoint in container.endpoints.values():
        try:
            connect(core, container, endpoint)
        except Refusal as refusal:
            raise Refusal(refusal.status, f"failed to set up container networking: {refusal.message}") from None
    container.sandbox = "" if container.host["NetworkMode"].startswith("container:") else new_id()
    error = (
        "failed to set up container networking: driver failed programming external connectivity on endpoint "
        f"{container.name} ({container.sandbox})"
    )
    if container.host["NetworkMode"] not in {"host", "none"}:
        container.ports = publish(container, core.world.containers.values(), error)


def _shared_network(core: Core, container: Container) -> None:
    mode, _, other = container.host["NetworkMode"].partition(":")
    if mode == "container" and not core.world.container(other).running:
        raise Refusal(409, f"cannot join network of a non running container: {core.world.container(other).id}")


def _make_mountpoint(container: Container, path: str) -> None:
    if path not in container.files.root:
        add_parents(container.files.root, path)
        container.files.root[path] = directory()


def _begin(core: Core, container: Container, program: Callable[[Process], Coroutine[Any, Any, int]]) -> None:
    config = container.config
    container.exit_code, container.error = 0, ""
    container.stopped_by_hand = container.oom_killed = container.restarting = container.paused = False
    process = core.host(container).process(
        container.argv, environment(core, container), container.output, user=config["User"],
        workdir=config["WorkingDir"], tty=container.tty, pid=1,
    )  # fmt: skip
    if not config["OpenStdin"]:
        process.stdin.end()
    container.process = process
    container.pid = core.world.new_pid()
    container.started = core.clock.now()
    emit(core, container, "start")
    container.notify("started", code=0)
    process.start(lambda: program(process), lambda code: _ended(core, container, code))
    _watch_health(core, container)


def environment(
    core: Core, container: Container, lines: Iterable[str] = (), *, user: str = "", tty: bool = False
) -> dict[str, str]:
    """Return the environment of one of a container's processes.

    Args:
        core: Its engine.
        container: The container.
        lines: What is added for this process; a name alone removes a variable.
        user: Who runs it; the container's own user if not given.
        tty: It has a terminal of its own.
    """
    values = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOSTNAME": container.config["Hostname"],
    }
    if container.tty or tty:
        values["TERM"] = "xterm"
    linked = [line for link in core.world.links_of(container) for line in link.variables]
    for line in [*linked, *items(container.config["Env"]), *lines]:
        name, equals, value = line.partition("=")
        if equals:
            values[name] = value
        else:
            values.pop(name, None)
    home = values.pop("HOME", "") or container.files.home(user or container.config["User"])
    return {**values, "HOME": home}


# ---- end


def _ended(core: Core, container: Container, code: int) -> None:
    """Handle the end of the container's main process."""
    for found in list(container.execs.values()):
        if found.process is not None and found.end is not None:
            found.process.kill(Signals.SIGKILL)
            found.end(_KILLED)
        else:
            core.world.execs.pop(found.id, None)
    container.execs.clear()
    stop_checks(container)
    ran = core.clock.now() - container.started
    container.process, container.pid, container.paused = None, 0, False
    container.exit_code, container.finished = code, core.clock.now()
    core.host(container).forget(1)
    container.output.end()
    for endpoint in container.endpoints.values():
        disconnect(core, container, endpoint)
    container.ports, container.sandbox = {}, ""
    for mount in container.mounts:
        if mount.type == "volume":
            core.world.events.emit("volume", "unmount", mount.name, container=container.id, driver="local")
    again = not core.down and _restarts(container, code)
    container.restarting = again
    if container.stopping:
        emit(core, container, "stop")
    emit(core, container, "die", exitCode=str(code), execDuration=str(ran // _SECOND))
    container.notify("not-running", "next-exit", code=code)
    if again:
        container.restart_task = core.background(_start_again(core, container, ran))
    elif container.host["AutoRemove"]:
        remove(core, container, volumes=True)


def _restarts(container: Container, code: int) -> bool:
    policy = container.host["RestartPolicy"]
    if container.stopped_by_hand or container.removing:
        return False
    if policy["Name"] == "on-failure":
        most = policy["MaximumRetryCount"]
        return code != 0 and (not most or container.restarts < most)
    return policy["Name"] in {"always", "unless-stopped"}


async def _start_again(core: Core, container: Container, ran: int) -> None:
    container.backoff = _FIRST_BACKOFF if ran > _LONG_RUN else min(_LONGEST_BACKOFF, container.backoff * 2)
    await core.clock.sleep(container.backoff)
    if not container.restarting:
        return
    container.restarts += 1
    with contextlib.suppress(Refusal):
        start(core, container)


async def ended(container: Container) -> None:
    """Wait until a container does not run."""
    waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    if container.running:
        container.waiting.append(("next-exit", waiter))
        await waiter


async def stop(core: Core, container: Container, seconds: int | None, signal_name: str = "") -> None:
    """Stop a container: its stop signal, then SIGKILL.

    Raises:
        Refusal: There is no such signal.
    """
    name = signal_name or container.config.get("StopSignal") or "SIGTERM"
    number = _number(name)
    limit = seconds if seconds is not None else container.config.get("StopTimeout")
    limit = 10 if limit is None else limit
    container.stopped_by_hand = True
    if container.restarting and not container.running:
        give_up(container)
        return
    container.stopping = True
    try:
        if 0 < number < _SIGNALS:
            kill(core, container, number)
        done = core.background(ended(container))
        timer = core.background(core.clock.sleep(limit if limit >= 0 else 10**8))
        await asyncio.wait([done, timer], return_when=asyncio.FIRST_COMPLETED)
        timer.cancel()
        if container.running and not done.done():
            kill(core, container, Signals.SIGKILL)
            await done
    finally:
        container.stopping = False


def kill(core: Core, container: Container, number: int) -> None:
    """Send a signal to a running container."""
    process = container.process
    if process is None:
        return
    ends = number in {Signals.SIGKILL, _number(container.config.get("StopSignal") or "SIGTERM")}
    container.stopped_by_hand = container.stopped_by_hand or ends
    emit(core, container, "kill", signal=str(number))
    if ends:
        process.unpause()
    process.kill(number)
    if ends and container.paused and number != Signals.SIGKILL:
        container.paused = False
        emit(core, container, "unpause")


def give_up(container: Container) -> None:
    """End the waiting of a container that would be started again."""
    container.stopped_by_hand, container.restarting = True, False


def check_running(container: Container) -> None:
    """Refuse a container without a process.

    Raises:
        Refusal: It waits for its restart, or it does not run.
    """
    if container.restarting:
        raise Refusal(409, f"Container {container.id} is restarting, wait until the container is running")
    if not container.running:
        raise Refusal(409, f"container {container.id} is not running")


def _number(name: str) -> int:
    try:
        number = signal_number(name)
    except ValueError:
        raise Refusal(400, f"invalid signal: {name}") from None
    return number


def remove(core: Core, container: Container, *, volumes: bool) -> None:
    """Remove a container that does not run, with its anonymous volumes if asked."""
    container.removing = True
    container.restarting = False
    core.world.containers.pop(container.id, None)
    core.world.links = [link for link in core.world.links if link.parent is not container]
    for id in container.execs:
        core.world.execs.pop(id, None)
    for mount in container.mounts:
        volume = core.world.volumes.get(mount.name)
        anonymous = volume is not None and "com.docker.volume.anonymous" in (volume.labels or {})
        if volumes and anonymous and not core.world.users_of(mount.name):
            del core.world.volumes[mount.name]
            core.world.events.emit("volume", "destroy", mount.name, driver="local")
    emit(core, container, "destroy")
    container.notify("removed", "not-running", "next-exit", code=container.exit_code)


# ---- health


def _watch_health(core: Core, container: Container) -> None:
    check = mapping(container.config.get("Healthcheck"))
    test = items(check.get("Test"))
    if not test or test[0] == "NONE":
        container.health = None
        return
    container.health = {"Status": "starting", "FailingStreak": 0, "Log": (container.health or {"Log": []})["Log"]}
    begin_checks(core, container)


def begin_checks(core: Core, container: Container) -> None:
    """Check the health of a container from now on, if it has a health check."""
    check = mapping(container.config.get("Healthcheck"))
    if container.health is not None and check.get("Test"):
        container.health_task = core.background(_check_health(core, container, check))


def stop_checks(container: Container) -> None:
    """Check the health of a container no more: it counts as unhealthy."""
    if container.health_task is not None and container.health is not None:
        container.health_task.cancel()
        container.health_task = None
        container.health["Status"] = "unhealthy"


async def _check_health(core: Core, container: Container, check: dict[str, Any]) -> None:
    from aiodockerpy.testing._execs import run_to_end

    test = check["Test"]
    argv = test[1:] if test[0] == "CMD" else ["/bin/sh", "-c", test[1]]
    interval = (check.get("Interval") or 30 * _SECOND) / _SECOND
    early = (check.get("StartInterval") or 5 * _SECOND) / _SECOND
    grace = check.get("StartPeriod") or 0
    limit = (check.get("Timeout") or 30 * _SECOND) / _SECOND
    while container.running:
        in_grace = core.clock.now() - container.started < grace
        starting = container.health is not None and container.health["Status"] == "starting"
        early = early if core.api >= ApiVersion.parse("1.44") else interval
        await core.clock.sleep(early if in_grace and starting else interval)
        if not _still_checked(container):
            return
        begun = core.clock.now()
        code, output = await run_to_end(core, container, argv, limit)
        if container.health is not None:
            _note_check(
                core, container, container.health, begun, code, output, in_grace=begun - container.started < grace
            )


def _note_check(
    core: Core, container: Container, health: dict[str, Any], begun: int, code: int, output: bytes, *, in_grace: bool
) -> None:
    log = {
        "Start": core.clock.text(begun), "End": core.clock.text(), "ExitCode": code,
        "Output": output.decode(errors="replace")[:4096],
    }  # fmt: skip
    health["Log"] = [*health["Log"][-4:], log]
    if code == 0:
        health["FailingStreak"] = 0
        set_health(core, container, "healthy")
    elif not (in_grace and health["Status"] == "starting"):
        health["FailingStreak"] += 1
        if health["FailingStreak"] >= (mapping(container.config["Healthcheck"]).get("Retries") or 3):
            set_health(core, container, "unhealthy")


def _still_checked(container: Container) -> bool:
    return container.running and container.health is not None and not container.health_set_by_hand


def set_health(core: Core, container: Container, status: str) -> None:
    """Change what the health check says."""
    if container.health is None:
        container.health = {"Status": "", "FailingStreak": 0, "Log": []}
    if container.health["Status"] != status:
        container.health["Status"] = status
        emit(core, container, f"health_status: {status}")
