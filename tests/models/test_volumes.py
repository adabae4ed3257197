from __future__ import annotations

from aiodockerpy.models import (
    ClusterVolumeAccessMode,
    ClusterVolumeCapacityRange,
    ClusterVolumeSpec,
    Volume,
    VolumeCreateRequest,
)
from aiodockerpy.models._base import to_wire
from tests.models.answers import nothing_unknown, read


def test_a_volume_of_the_cluster() -> None:
    found = read(
        Volume,
        {
            "Name": "data",
            "CreatedAt": "2026-11-23T12:34:31+01:00",
            "Labels": None,
            "Status": {"free": 5, "parts": [1, {"x": None}]},
            "ClusterVolume": {
                "ID": "v1",
                "Version": {"Index": 2**64 - 1},
                "Spec": {
                    "Group": "g",
                    "AccessMode": {"Scope": "single", "Sharing": "none", "MountVolume": {"FsType": "ext4"}},
                    "AccessibilityRequirements": {"Requisite": [{"Segments": {"zone": "a"}}]},
                    "CapacityRange": {"RequiredBytes": 5},
                    "Secrets": [{"Key": "k", "Secret": "s"}],
                    "Availability": "active",
                },
                "Info": {"CapacityBytes": 5, "AccessibleTopology": [{"Segments": {"zone": "a"}}]},
                "PublishStatus": [{"NodeID": "n", "State": "published", "PublishContext": {"x": "y"}}],
            },
        },
    )
    nothing_unknown(found)
    assert found.cluster_volume is not None
    assert found.cluster_volume.spec is not None
    assert found.cluster_volume.spec.availability == "active"


def test_create() -> None:
    request = VolumeCreateRequest(
        name="",
        driver_opts={},
        cluster_volume_spec=ClusterVolumeSpec(
            access_mode=ClusterVolumeAccessMode(block_volume={}),
            capacity_range=ClusterVolumeCapacityRange(limit_bytes=0),
        ),
    )
    assert to_wire(request) == {
        "Name": "",
        "DriverOpts": {},
        "ClusterVolumeSpec": {"AccessMode": {"BlockVolume": {}}, "CapacityRange": {"LimitBytes": 0}},
    }
