"""Paths that no system has are refused before they are sent: engines do not answer such calls, nor later ones."""

from __future__ import annotations

import pytest

from aiodockerpy import errors
from aiodockerpy.api._paths import LONGEST
from aiodockerpy.models import ContainerCreateRequest, ExecCreateRequest, HealthConfig, HostConfig, Mount
from tests.api.fakes import fake_api
from tests.together import together

LONG = "/" + "x" * LONGEST


@together(
    ("name", "create"),
    [
        ("cmd[0], the program,", lambda path: ExecCreateRequest(cmd=[path])),
        ("working_dir", lambda path: ExecCreateRequest(cmd=["ls"], working_dir=path)),
        ("working_dir", lambda path: ContainerCreateRequest(image="a", working_dir=path)),
        ("entrypoint[0], the program,", lambda path: ContainerCreateRequest(image="a", entrypoint=[path])),
        ("cmd[0], the program,", lambda path: ContainerCreateRequest(image="a", entrypoint=[""], cmd=[path])),
        (
            "healthcheck.test[1], the program,",
            lambda path: ContainerCreateRequest(image="a", healthcheck=HealthConfig(test=["CMD", path])),
        ),
        ("tmpfs", lambda path: ContainerCreateRequest(image="a", host_config=HostConfig(tmpfs={path: ""}))),
        ("binds", lambda path: ContainerCreateRequest(image="a", host_config=HostConfig(binds=[f"/a:{path}:ro"]))),
        (
            "mounts: target",
            lambda path: ContainerCreateRequest(image="a", host_config=HostConfig(mounts=[Mount(target=path)])),
        ),
    ],
    ids=lambda case: case[0],
)
async def test_a_path_that_is_longer_than_any_can_be_is_refused(name, create):
    api, transport = fake_api({"Id": "a"}, status=201)
    text = f"must be a path of up to {LONGEST} characters, not one of {len(LONG)}"
    with pytest.raises(errors.InvalidValue, match=text) as caught:
        await send(api, create(LONG))
    assert str(caught.value).startswith(f"{name} must be")
    assert not transport.sent
    await send(api, create(LONG[:-1]))
    assert transport.sent


async def send(api, request):
    if isinstance(request, ExecCreateRequest):
        await api.exec.create("web", request)
    else:
        await api.containers.create(request)


@together(
    "given",
    [
        ExecCreateRequest(cmd=["sh", "-c", LONG * 5], env=[f"A={LONG}"]),
        ContainerCreateRequest(image="a", cmd=[LONG]),  # an argument of the image's entrypoint, perhaps
        ContainerCreateRequest(image="a", healthcheck=HealthConfig(test=["CMD-SHELL", LONG])),
        ContainerCreateRequest(image="a", labels={"a": LONG}),
    ],
)
async def test_other_texts_may_be_as_long_as_they_are(given):
    api, transport = fake_api({"Id": "a"}, status=201)
    await send(api, given)
    assert transport.sent
