from __future__ import annotations

from aiodockerpy.models import ClusterVolumeSpec, VolumeCreateRequest, VolumeUpdateRequest
from tests.api.cases import Case, table


@table(
    [
        Case(
            "VolumeList",
            lambda api: api.volumes.list(filters={"label": ["a", "b=c"]}),
            "GET /volumes",
            query=[("filters", '{"label":["a","b=c"]}')],
            answer={"Volumes": [{"Name": "v"}], "Warnings": None},
            result=lambda found: found.volumes[0].name == "v" and found.warnings is None,
        ),
        Case(
            "VolumeCreate",
            lambda api: api.volumes.create(VolumeCreateRequest(name="v", driver_opts={"type": "tmpfs"})),
            "POST /volumes/create",
            json={"Name": "v", "DriverOpts": {"type": "tmpfs"}},
            answer={"Name": "v", "Mountpoint": "/v"},
            result=lambda volume: volume.mountpoint == "/v",
        ),
        Case("VolumeCreate", lambda api: api.volumes.create(), "POST /volumes/create", json={}, version="1.41"),
        Case("VolumeInspect", lambda api: api.volumes.inspect("v"), "GET /volumes/v", answer={"Name": "v"}),
        Case(
            "VolumeUpdate",
            lambda api: api.volumes.update(
                "v", VolumeUpdateRequest(spec=ClusterVolumeSpec(availability="drain")), version=2**64 - 1
            ),
            "PUT /volumes/v",
            query=[("version", str(2**64 - 1))],
            json={"Spec": {"Availability": "drain"}},
            answer=b"",
            result=None,
        ),
        Case(
            "VolumeDelete",
            lambda api: api.volumes.remove("v", force=False),
            "DELETE /volumes/v",
            query=[("force", "false")],
            status=204,
            answer=b"",
            result=None,
        ),
        Case(
            "VolumePrune",
            lambda api: api.volumes.prune(filters={"all": True}),
            "POST /volumes/prune",
            query=[("filters", '{"all":["true"]}')],
            answer={"VolumesDeleted": None, "SpaceReclaimed": 0},
            result=lambda pruned: pruned.volumes_deleted is None,
        ),
    ]
)
async def test_volumes(case):
    await case.check()
