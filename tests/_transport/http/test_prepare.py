"""From the request value to what is sent."""

from __future__ import annotations

import pytest

from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy._transport.http.prepare import prepare
from aiodockerpy.errors import UnsupportedByEngine
from aiodockerpy.models import ContainerCreateRequest, HostConfig

NEW = ApiVersion(1, 51)
OLD = ApiVersion(1, 41)


@pytest.mark.parametrize(
    ("version", "prefix", "target"),
    [
        (NEW, "", "/v1.51/containers/web/stop?t=3"),
        (OLD, "/engine", "/engine/v1.41/containers/web/stop?t=3"),
        (None, "", "/containers/web/stop?t=3"),
    ],
)
def test_target(version, prefix, target):
    prepared = prepare(call("ContainerStop", {"id": "web"}, {"t": 3, "signal": None}), version, prefix=prefix)
    assert prepared.target == target
    assert prepared.method == "POST"
    assert prepared.body is None
    assert "Content-Type" not in prepared.headers


def test_a_model_becomes_json():
    request = ContainerCreateRequest(image="busybox", cmd=["true"], host_config=HostConfig(cpu_shares=0))
    prepared = prepare(call("ContainerCreate", json=request), NEW)
    assert prepared.body == b'{"Cmd":["true"],"Image":"busybox","HostConfig":{"CpuShares":0}}'
    assert prepared.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("request_value", "message"),
    [
        (call("ContainerStop", {"id": "web"}, {"signal": "SIGINT"}), r"containers.stop: signal needs API 1.42.* 1.41"),
        (call("VolumeUpdate", {"name": "v"}), r"volumes.update needs API 1.42.* 1.41"),
        (
            call("ContainerCreate", json=ContainerCreateRequest(host_config=HostConfig(annotations={"a": "b"}))),
            r"containers.create: .*Annotations needs API 1.43.* 1.41",
        ),
    ],
)
def test_what_the_version_lacks_is_refused(request_value, message):
    with pytest.raises(UnsupportedByEngine, match=message):
        prepare(request_value, OLD)
    prepare(request_value, NEW)


@pytest.mark.parametrize(
    "request_value",
    [
        call("BuildPrune", values={"keep-storage": 1}),
        call("ContainerCreate", json=ContainerCreateRequest(host_config=HostConfig(kernel_memory=1))),
    ],
)
def test_what_was_removed_is_refused_too(request_value):
    with pytest.raises(UnsupportedByEngine, match="exists up to API") as caught:
        prepare(request_value, ApiVersion(1, 55))
    assert caught.value.present == "1.55"
    prepare(request_value, OLD)
