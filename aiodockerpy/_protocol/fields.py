"""Fields of request bodies that were added after API 1.41 or removed before 1.56, as data.

A row is a model of `aiodockerpy.models` with its fields by wire name; a field that is not here exists in every version
from 1.41 on. A path such as ``EndpointConfig.MacAddress`` is a field of a model inside, for this request only. Rows
count for the models derived from theirs, too. Operations and query parameters stand in
`aiodockerpy._protocol.operations`.

Source of the facts: the Engine API's specification, ``api/docs/v1.41.yaml`` to ``v1.56.yaml`` of moby, and the daemon's
router where it is stricter: a field that it silently ignores below a version counts as missing there.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiodockerpy._protocol.operations import Span


def _fields(text: str) -> Mapping[str, Span]:
    return dict(map(Span.parse, text.split()))


FIELDS: Mapping[str, Mapping[str, Span]] = {
    # ---- containers
    "ContainerConfig": _fields("MacAddress<=1.51"),
    "ContainerUpdateRequest": _fields(  # the daemon ignores them before
        "BlkioWeightDevice>=1.55 BlkioDeviceReadBps>=1.55 BlkioDeviceWriteBps>=1.55 "
        "BlkioDeviceReadIOps>=1.55 BlkioDeviceWriteIOps>=1.55"
    ),
    "ExecCreateRequest": _fields("ConsoleSize>=1.42"),
    "ExecStartRequest": _fields("ConsoleSize>=1.42"),
    "HealthConfig": _fields("StartInterval>=1.44"),
    "HostConfig": _fields("Annotations>=1.43"),
    "Resources": _fields("KernelMemory<=1.41 KernelMemoryTCP<=1.51"),
    # ---- mounts
    "Mount": _fields("ClusterOptions>=1.42 ImageOptions>=1.48"),
    "MountBindOptions": _fields("CreateMountpoint>=1.42 ReadOnlyForceRecursive>=1.44 ReadOnlyNonRecursive>=1.44"),
    "MountTmpfsOptions": _fields("Options>=1.46"),
    "MountVolumeOptions": _fields("Subpath>=1.45"),
    # ---- networks
    "EndpointSettings": _fields("DNSNames>=1.44 GwPriority>=1.48 MacAddress>=1.44"),
    "NetworkConnectRequest": _fields("EndpointConfig.MacAddress>=1.54"),  # the daemon ignores it before
    "NetworkCreateRequest": _fields("EnableIPv4>=1.48"),  # 1.47 in the specification; the daemon ignores it before 1.48
    # ---- volumes
    "VolumeCreateRequest": _fields("ClusterVolumeSpec>=1.42"),
    # ---- services
    "ContainerSpec": _fields("OomScoreAdj>=1.46"),
    "Privileges": _fields("AppArmor>=1.44 NoNewPrivileges>=1.44 Seccomp>=1.44"),
    "ResourceRequirements": _fields("MemorySwappiness>=1.52 SwapBytes>=1.52"),
}
