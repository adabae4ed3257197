from __future__ import annotations

from aiodockerpy._protocol.operations import Span
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.models import (
    ContainerCreateRequest,
    ContainerUpdateRequest,
    EndpointSettings,
    HealthConfig,
    HostConfig,
    Model,
    Mount,
    MountBindOptions,
    MountImageOptions,
    NetworkConnectRequest,
    NetworkCreateRequest,
    NetworkingConfig,
    ThrottleDevice,
)
from aiodockerpy.models._versions import unsupported
from tests.together import together


def lacking(model: object, version: str) -> dict[str, Span]:
    return dict(unsupported(model, ApiVersion.parse(version)))


@together(
    ("model", "path", "first"),
    [
        (HostConfig(annotations={"a": "b"}), "Annotations", "1.43"),
        (HostConfig(mounts=[Mount(), Mount(image_options=MountImageOptions())]), "Mounts.1.ImageOptions", "1.48"),
        (
            ContainerCreateRequest(
                host_config=HostConfig(mounts=[Mount(bind_options=MountBindOptions(create_mountpoint=False))])
            ),
            "HostConfig.Mounts.0.BindOptions.CreateMountpoint",
            "1.42",
        ),
        (ContainerCreateRequest(healthcheck=HealthConfig(start_interval=0)), "Healthcheck.StartInterval", "1.44"),
        (
            NetworkingConfig(endpoints_config={"web": EndpointSettings(mac_address="02:42:ac:11:00:02")}),
            "EndpointsConfig.web.MacAddress",
            "1.44",
        ),
        (
            NetworkConnectRequest(endpoint_config=EndpointSettings(mac_address="02:42:ac:11:00:02")),
            "EndpointConfig.MacAddress",
            "1.54",
        ),
        (NetworkCreateRequest(enable_ipv4=False), "EnableIPv4", "1.48"),
        (ContainerUpdateRequest(blkio_device_read_bps=[ThrottleDevice()]), "BlkioDeviceReadBps", "1.55"),
    ],
)
def test_newer_fields(model: Model, path: str, first: str) -> None:
    before = ApiVersion(1, ApiVersion.parse(first).minor - 1)
    assert lacking(model, str(before)) == {path: Span.of(first)}
    assert lacking(model, first) == {}
    assert lacking(model, "1.60") == {}


def test_removed_fields() -> None:
    config = HostConfig(kernel_memory=1024, kernel_memory_tcp=1024)
    assert lacking(config, "1.41") == {}
    assert lacking(config, "1.42") == {"KernelMemory": Span.of(until="1.41")}
    assert lacking(config, "1.52") == {"KernelMemory": Span.of(until="1.41"), "KernelMemoryTCP": Span.of(until="1.51")}


def test_inherited_fields() -> None:
    assert lacking(ContainerCreateRequest(mac_address="02:42:ac:11:00:02"), "1.52") == {
        "MacAddress": Span.of(until="1.51")
    }


def test_what_says_nothing_is_no_loss() -> None:
    assert lacking(HostConfig(annotations={}, kernel_memory=0), "1.42") == {}
    assert lacking(EndpointSettings(mac_address="", dns_names=[]), "1.41") == {}
    assert lacking(HostConfig(annotations=None), "1.41") == {}


def test_lists_and_plain_values() -> None:
    assert lacking([HostConfig(annotations={"a": "b"})], "1.41") == {"0.Annotations": Span.of("1.43")}
    assert lacking("text", "1.41") == {}
