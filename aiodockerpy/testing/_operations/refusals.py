"""Refusals of new containers and of new limits: each row is a test and the engine's message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from aiodockerpy.testing._core import CPUS
from aiodockerpy.testing._http.messages import Refusal
from aiodockerpy.testing._programs.process import signal_number
from aiodockerpy.testing._state.normal import items, mapping

Json = dict[str, Any]
_MEGABYTE = 2**20
_SMALLEST_MEMORY = 6 * _MEGABYTE
_MILLISECOND = 10**6
_PORT = re.compile(r"\d{1,5}(-\d{1,5})?")
_HIGHEST_PORT = 65535
_POLICIES = frozenset({"", "no", "always", "unless-stopped", "on-failure"})
_LOG_DRIVERS = frozenset({
    "awslogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "none", "splunk", "syslog",
})  # fmt: skip
_LOG_OPTIONS = {
    "json-file": {
        "max-file", "max-size", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode",
        "max-buffer-size",
    },
    "local": {"max-file", "max-size", "compress", "mode", "max-buffer-size"},
}  # fmt: skip
_CAPABILITY_NAMES = """
ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER
FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE
NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE
SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM
"""
_CAPABILITIES = frozenset(_CAPABILITY_NAMES.split())
_MODES = [  # the field, its name in messages, and what it may be beside "container:<name>"
    ("IpcMode", "IPC", {"", "none", "host", "private", "shareable"}, True),
    ("PidMode", "PID", {"", "host"}, True),
    ("UTSMode", "UTS", {"", "host"}, False),
    ("CgroupnsMode", "cgroup namespace", {"", "host", "private"}, False),
]
_SHARED = [  # what a container that shares another's network cannot have
    ("Hostname", "hostname and the network mode"),
    ("Dns", "dns and the network mode"),
    ("ExtraHosts", "custom host-to-IP mapping and the network mode"),
    ("MacAddress", "mac-address and the network mode"),
    ("PortBindings", "port publishing and the container type network mode"),
    ("ExposedPorts", "port exposing and the container type network mode"),
]
PROPAGATIONS = frozenset({"shared", "rshared", "slave", "rslave", "private", "rprivate"})
_MODE_WORDS = [
    {"ro", "rw"},
    {"z", "Z"},
    {"nocopy"},
    PROPAGATIONS,
    {"consistent", "cached", "delegated"},
]

Row = tuple["Callable[[Json], object]", str]
_LIMITS: list[Row] = [
    (lambda host: host["Memory"] and host["Memory"] < _SMALLEST_MEMORY, "Minimum memory limit allowed is 6MB"),
    (
        lambda host: host["Memory"] > 0 and 0 < host["MemorySwap"] < host["Memory"],
        "Minimum memoryswap limit should be larger than memory limit, see usage",
    ),
    (
        lambda host: not host["Memory"] and host["MemorySwap"] > 0,
        "You should always set the Memory limit when using Memoryswap limit, see usage",
    ),
    (
        lambda host: not -1 <= (-1 if host["MemorySwappiness"] is None else host["MemorySwappiness"]) <= 100,
        "Invalid value: {MemorySwappiness}, valid memory swappiness range is 0-100",
    ),
    (
        lambda host: host["MemoryReservation"] and host["MemoryReservation"] < _SMALLEST_MEMORY,
        "Minimum memory reservation allowed is 6MB",
    ),
    (
        lambda host: 0 < host["Memory"] < host["MemoryReservation"],
        "Minimum memory limit can not be less than memory reservation limit, see usage",
    ),
    (
        lambda host: host["NanoCpus"] and host["CpuPeriod"],
        "Conflicting options: Nano CPUs and CPU Period cannot both be set",
    ),
    (
        lambda host: host["NanoCpus"] and host["CpuQuota"],
        "Conflicting options: Nano CPUs and CPU Quota cannot both be set",
    ),
    (
        lambda host: not 0 <= host["NanoCpus"] <= CPUS * 10**9,
        f"range of CPUs is from 0.01 to {CPUS:.2f}, as there are only {CPUS} CPUs available",
    ),
    (lambda host: host["CpuShares"] < 0, "invalid CPU shares ({CpuShares}): value must be a positive integer"),
    (
        lambda host: host["CpuPeriod"] and not 1000 <= host["CpuPeriod"] <= 10**6,
        "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
    ),
    (lambda host: 0 < host["CpuQuota"] < 1000, "CPU cfs quota can not be less than 1ms (i.e. 1000)"),
]
_OF_HOST: list[Row] = [
    (
        lambda host: not -1000 <= host["OomScoreAdj"] <= 1000,
        "Invalid value {OomScoreAdj}, range for oom score adj is [-1000, 1000]",
    ),
    (lambda host: host["ShmSize"] < 0, "SHM size can not be less than 0"),
    (
        lambda host: "" in mapping(host.get("Annotations")),
        "invalid Annotations: the empty string is not permitted as an annotation key",
    ),
    (
        lambda host: host["Isolation"] not in {"", "default"},
        "invalid isolation ({Isolation}): linux only supports 'default'",
    ),
    (
        lambda host: host["Runtime"] not in {"", "runc", "io.containerd.runc.v2"},
        "unknown or invalid runtime name: {Runtime}",
    ),
]


def _refuse(rows: list[Row], value: Json) -> None:
    for wrong, message in rows:
        if wrong(value):
            raise Refusal(400, message.format_map(value))


def check_limits(host: Json) -> None:
    """Refuse limits that the engine cannot set.

    Raises:
        Refusal: One is out of range, or two contradict.
    """
    _refuse(_LIMITS, host)
    _check_cpus(host["CpusetCpus"])


def _check_cpus(text: str) -> None:
    """Refuse CPUs in the form ``0-2,4`` that the machine does not have."""
    for part in text.split(",") if text else ():
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise Refusal(400, f"Invalid value {text} for cpuset cpus: invalid format: {part}")
        if int(last or first) >= CPUS:
            raise Refusal(400, f"Requested CPUs are not available - requested {text}, available: 0-{CPUS - 1}")


def check_policy(policy: Mapping[str, Any]) -> None:
    """Refuse a restart policy.

    Raises:
        Refusal: It has an unknown name, or retries that do not belong to it.
    """
    name, retries = policy.get("Name") or "no", policy.get("MaximumRetryCount") or 0
    if name not in _POLICIES:
        raise Refusal(
            400,
            f"invalid restart policy: unknown policy '{name}'; "
            "use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
        )
    if retries and name != "on-failure":
        raise Refusal(400, "invalid restart policy: maximum retry count can only be used with 'on-failure'")
    if retries < 0:
        raise Refusal(400, "invalid restart policy: maximum retry count cannot be negative")


def check_config(config: Json) -> None:
    """Refuse what a container itself cannot have.

    Raises:
        Refusal: A variable, the folder, the stop signal or the health check is invalid.
    """
    for line in items(config["Env"]):
        if not line or line.startswith("="):
            raise Refusal(400, f"invalid environment variable: {line}")
    workdir = config["WorkingDir"]
    if workdir and not workdir.startswith("/"):
        raise Refusal(400, f"the working directory '{workdir}' is invalid, it needs to be an absolute path")
    if config.get("StopSignal"):
        try:
            signal_number(config["StopSignal"])
        except ValueError:
            raise Refusal(400, f"invalid signal: {config['StopSignal']}") from None
    check = mapping(config.get("Healthcheck"))
    for name in ("Interval", "Timeout", "StartPeriod", "StartInterval"):
        if check.get(name) and check[name] < _MILLISECOND:
            raise Refusal(400, f"{name} in Healthcheck cannot be less than 1ms")
    if (check.get("Retries") or 0) < 0:
        raise Refusal(400, "Retries in Healthcheck cannot be negative")


def check_host(config: Json, host: Json, known: Callable[[str], object]) -> None:
    """Refuse what the engine cannot give a container.

    Args:
        config: The container's own settings.
        host: Its host configuration.
        known: Finds another container by its name; a refusal if there is none.

    Raises:
        Refusal: One of the settings is invalid, or two contradict.
    """
    check_policy(host["RestartPolicy"])
    if (host["RestartPolicy"].get("Name") or "no") != "no" and host["AutoRemove"]:
        raise Refusal(400, "can't create 'AutoRemove' container with restart policy")
    check_limits(host)
    _refuse(_OF_HOST, host)
    _check_modes(host, known)
    _check_network(config, host)
    for name in ("CapAdd", "CapDrop"):
        for word in items(host[name]):
            if word.upper().removeprefix("CAP_") not in _CAPABILITIES:
                raise Refusal(400, f'invalid {name}: unknown capability: "CAP_{word.upper().removeprefix("CAP_")}"')
    for line in items(host["ExtraHosts"]):
        if not re.fullmatch(r"[^:=]+[:=].+", line):
            raise Refusal(400, f'bad format for add-host: "{line}"')
    _check_links(items(host["Links"]), known)
    for key, bindings in mapping(host["PortBindings"]).items():
        for port in [key.partition("/")[0], *((mapping(one).get("HostPort") or "0") for one in items(bindings))]:
            if not _PORT.fullmatch(port) or any(int(part) > _HIGHEST_PORT for part in port.split("-")):
                raise Refusal(400, f'invalid port specification: "{port}"')
    _check_log(host["LogConfig"])


def _check_links(links: list[str], known: Callable[[str], object]) -> None:
    for link in links:
        name, _, alias = link.partition(":")
        if not name or ":" in alias:
            raise Refusal(500, f"bad format for links: {link}")
        try:
            known(name)
        except Refusal as refusal:
            raise Refusal(400, f"could not get container for {name}: {refusal.message}") from None


def _check_modes(host: Json, known: Callable[[str], object]) -> None:
    for name, shown, words, shared in _MODES:
        mode, colon, other = host[name].partition(":")
        if shared and mode == "container" and colon:
            try:
                known(other)
            except Refusal as refusal:
                raise Refusal(400, refusal.message) from None
        elif host[name] not in words:
            raise Refusal(400, f"invalid {shown} mode: {host[name]}")


def _check_network(config: Json, host: Json) -> None:
    kind = {"host": "host type networking", "container": "container type network"}.get(
        host["NetworkMode"].partition(":")[0]
    )
    if kind and host["Links"]:
        raise Refusal(
            400, f"conflicting options: {kind} can't be used with links. This would result in undefined behavior"
        )
    if not host["NetworkMode"].startswith("container:"):
        return
    both = {**config, **host}
    for name, what in _SHARED:
        if both.get(name):
            raise Refusal(400, f"conflicting options: {what}")


def _check_log(log: Json) -> None:
    driver = log.get("Type") or "json-file"
    if driver not in _LOG_DRIVERS:
        raise Refusal(400, f'error looking up logging plugin {driver}: plugin "{driver}" not found')
    for option in mapping(log.get("Config")) if driver in _LOG_OPTIONS else ():
        if option not in _LOG_OPTIONS[driver]:
            raise Refusal(400, f"unknown log opt '{option}' for {driver} log driver")


def mount_mode(mode: str) -> set[str]:
    """Read the options of a mount, such as ``ro,z``.

    Raises:
        Refusal: One is unknown, or two are of one kind.
    """
    words = mode.split(",") if mode else []
    kinds = [number for word in words for number, known in enumerate(_MODE_WORDS) if word in known]
    if len(kinds) != len(words) or len(set(kinds)) != len(kinds):
        raise Refusal(500, f"invalid mode: {mode}")
    return set(words)
