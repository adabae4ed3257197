"""Bodies as Go keeps them: what is absent, null or zero is the same, and comes back as the field's own zero."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar, cast

from aiodockerpy.models import Model
from aiodockerpy.testing._http.messages import Refusal

Json = dict[str, Any]
M = TypeVar("M", bound=Model)

CONFIG: Final[Json] = json.loads(
    '{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,'
    '"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,"Image":"","Volumes":null,"WorkingDir":"",'
    '"Entrypoint":null,"OnBuild":null,"Labels":{}}'
)
CONFIG_OPTIONAL: Final = [
    "ExposedPorts", "Healthcheck", "ArgsEscaped", "NetworkDisabled", "MacAddress", "StopSignal", "StopTimeout", "Shell",
]  # fmt: skip
IMAGE_CONFIG: Final[Json] = json.loads(
    '{"Cmd":null,"Entrypoint":null,"Env":null,"Labels":null,"OnBuild":null,"User":"","Volumes":null,"WorkingDir":""}'
)
IMAGE_CONFIG_OPTIONAL: Final = ["ExposedPorts", "Healthcheck", "ArgsEscaped", "StopSignal", "Shell"]
HOST_CONFIG: Final[Json] = json.loads(
    '{"Binds":null,"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{}},"NetworkMode":"bridge",'
    '"PortBindings":null,"RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":false,"VolumeDriver":"",'
    '"VolumesFrom":null,"ConsoleSize":[0,0],"CapAdd":null,"CapDrop":null,"CgroupnsMode":"host","Dns":null,'
    '"DnsOptions":null,"DnsSearch":null,"ExtraHosts":null,"GroupAdd":null,"IpcMode":"private","Cgroup":"",'
    '"Links":null,"OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,'
    '"SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":67108864,"Runtime":"runc","Isolation":"",'
    '"CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":null,'
    '"BlkioDeviceReadBps":null,"BlkioDeviceWriteBps":null,"BlkioDeviceReadIOps":null,"BlkioDeviceWriteIOps":null,'
    '"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"",'
    '"Devices":null,"DeviceCgroupRules":null,"DeviceRequests":null,"MemoryReservation":0,"MemorySwap":0,'
    '"MemorySwappiness":null,"OomKillDisable":false,"PidsLimit":null,"Ulimits":null,"CpuCount":0,"CpuPercent":0,'
    '"IOMaximumIOps":0,"IOMaximumBandwidth":0,"MaskedPaths":["/proc/asound","/proc/acpi","/proc/interrupts",'
    '"/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug",'
    '"/proc/scsi","/sys/firmware","/sys/devices/virtual/powercap"],"ReadonlyPaths":["/proc/bus","/proc/fs",'
    '"/proc/irq","/proc/sys","/proc/sysrq-trigger"]}'
)
HOST_CONFIG_OPTIONAL: Final = ["Annotations", "Mounts", "Tmpfs", "Init", "StorageOpt", "Sysctls"]
_LISTS_THAT_CLEAR: Final = frozenset({"MaskedPaths", "ReadonlyPaths", "Entrypoint", "Cmd"})
_POINTERS: Final = frozenset({"Init", "StopTimeout", "OomKillDisable", "MemorySwappiness", "PidsLimit"})


def as_go(given: Mapping[str, Any] | None, fields: Mapping[str, Any], optional: list[str]) -> Json:
    """Reduce a JSON object to the fields that a Go struct keeps.

    Args:
        given: The object.
        fields: The struct's fields with what they are when nothing was given.
        optional: Fields that are left out when they are empty.
    """
    given = given or {}
    value = copy.deepcopy(dict(fields))
    for name, default in fields.items():
        found = given.get(name)
        empty_list = found == [] and name in _LISTS_THAT_CLEAR
        if found or empty_list or (found is not None and (name in _POINTERS or default is None)):
            value[name] = found
    for name in optional:
        found = given.get(name)
        if found or (found is not None and name in _POINTERS):
            value[name] = found
    return value


def mapping(value: object) -> Json:
    """Copy a JSON object; anything else, such as null, is an empty one."""
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:
    """Return a JSON array; null is an empty one."""
    found: list[Any] = value or []
    return found


def variables(lines: Any) -> dict[str, str]:
    """Read environment variables from a JSON array of ``NAME=value``; null has none, and a name alone sets nothing."""
    return {name: value for name, equals, value in (line.partition("=") for line in items(lines)) if equals}


def body(model: type[M], data: bytes, *, words: Collection[str] = ()) -> M:
    """Read the JSON body of a request.

    Args:
        model: What it is read as.
        data: The body.
        words: Lists for which Go takes a text, too.

    Raises:
        Refusal: It is not a JSON object, or a field has a type that Go refuses.
    """
    if not data.strip():
        return model()
    try:
        value = json.loads(data)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            raise Refusal(400, "unexpected content after JSON") from None
        raise Refusal(400, f"invalid JSON: {error}") from None
    if value is None:
        return model()
    if not isinstance(value, dict):
        raise Refusal(
            400, f"invalid JSON: json: cannot unmarshal {type(value).__name__} into Go value of type {model.__name__}"
        )
    given = cast("Json", value)
    given |= {name: [given[name]] for name in words if isinstance(given.get(name), str)}
    read = model.from_value(given)
    if read.drift:
        raise Refusal(400, f"invalid JSON: json: cannot unmarshal Go struct field {model.__name__}.{read.drift[0]}")
    return read
