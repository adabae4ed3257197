from __future__ import annotations

from aiodockerpy.models import AuthConfig, AuthStatus, SystemDataUsage, SystemInfo, SystemVersion
from aiodockerpy.models._base import to_wire
from tests.models.answers import nothing_unknown, read

IMAGE = {"Id": "sha256:44bc", "Size": 5}
CONTAINER = {"Id": "d82e", "SizeRw": 5}
VOLUME = {"Name": "data", "UsageData": {"Size": -1, "RefCount": 0}}
RECORD = {"ID": "u5f", "Size": 5}


class TestDataUsage:
    def test_the_older_form(self) -> None:
        usage = read(
            SystemDataUsage,
            {
                "LayersSize": 7,
                "Images": [IMAGE],
                "Containers": [CONTAINER],
                "Volumes": [VOLUME],
                "BuildCache": [RECORD],
            },
        )
        self.check(usage)

    def test_the_newer_form(self) -> None:
        usage = read(
            SystemDataUsage,
            {
                "ImageUsage": {"TotalSize": 7, "TotalCount": 1, "Items": [IMAGE]},
                "ContainerUsage": {"Items": [CONTAINER], "ActiveCount": 1},
                "VolumeUsage": {"Items": [VOLUME], "Reclaimable": 3},
                "BuildCacheUsage": {"Items": [RECORD]},
            },
        )
        self.check(usage)
        assert usage.image_usage is not None
        assert usage.image_usage.items_ == usage.images
        assert dict(usage.image_usage.items())["TotalSize"] == 7

    def check(self, usage: SystemDataUsage) -> None:
        nothing_unknown(usage)
        assert usage.layers_size == 7
        assert [image.id for image in usage.images] == ["sha256:44bc"]
        assert [container.id for container in usage.containers] == ["d82e"]
        assert [volume.name for volume in usage.volumes] == ["data"]
        assert [record.id for record in usage.build_cache] == ["u5f"]

    def test_what_was_not_asked_for(self) -> None:
        usage = read(SystemDataUsage, {"Images": None, "VolumeUsage": {}})
        assert usage.images == usage.containers == usage.volumes == usage.build_cache == []
        assert usage.layers_size is None
        assert read(SystemDataUsage, {"ImageUsage": {}}).layers_size == 0
        assert read(SystemDataUsage, {"LayersSize": 0, "ImageUsage": {"TotalSize": 7}}).layers_size == 0


class TestAuth:
    def test_credentials_are_in_no_repr(self) -> None:
        config = AuthConfig(
            username="s3cret-user",
            password="s3cret",
            auth="s3cret",
            email="s3cret",
            identitytoken="s3cret",
            registrytoken="s3cret",
            serveraddress="registry.example",
        )
        assert repr(config) == "AuthConfig(serveraddress='registry.example')"
        assert len(to_wire(config)) == 7  # type: ignore[arg-type]

    def test_the_answer(self) -> None:
        found = read(AuthStatus, {"Status": "Login Succeeded", "IdentityToken": "s3cret"})
        assert found["IdentityToken"] == "s3cret"
        assert "s3cret" not in repr(found)


def test_info() -> None:
    found = read(
        SystemInfo,
        {
            "NCPU": 2,
            "NFd": 30,
            "CPUShares": True,
            "DriverStatus": [["Backing Filesystem", "extfs"]],
            "Runtimes": {"runc": {"path": "runc", "runtimeArgs": None, "status": {"a": "b"}}},
            "Swarm": {"LocalNodeState": "active", "RemoteManagers": None, "Cluster": {"ID": "x", "SubnetSize": 24}},
            "GenericResources": [{"DiscreteResourceSpec": {"Kind": "SSD", "Value": 3}}],
            "SystemTime": "2026-11-23T11:14:47.123456789Z",
            "CDISpecDirs": [],
            "IPv4Forwarding": True,
        },
    )
    nothing_unknown(found)
    assert found.ncpu == 2
    assert found.n_fd == 30
    assert found.ipv4_forwarding is True
    assert found.swarm is not None
    assert found.swarm.cluster is not None
    assert found.swarm.cluster.id == "x"


def test_version() -> None:
    found = read(
        SystemVersion,
        {"ApiVersion": "1.51", "MinAPIVersion": "1.24", "Components": [{"Name": "runc", "Details": None}]},
    )
    assert (found.api_version, found.min_api_version) == ("1.51", "1.24")
