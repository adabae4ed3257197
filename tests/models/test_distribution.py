from __future__ import annotations

from aiodockerpy.models.distribution import DistributionInspect
from tests.models.answers import nothing_unknown, read

ANSWER = {
    "Descriptor": {
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "digest": "sha256:4b7ce07002c69e8f3d704a9c5d6fd3053be500b7f1c69fc0d80990c2ad8dd412",
        "size": 9218,
        "urls": ["https://mirror.example/x"],
        "annotations": {"org.opencontainers.image.ref.name": "3.22"},
        "data": "e30=",
        "platform": {"architecture": "amd64", "os": "linux"},
        "artifactType": "application/x",
    },
    "Platforms": [
        {"architecture": "arm", "os": "linux", "variant": "v7"},
        {"architecture": "amd64", "os": "windows", "os.version": "10.0.19041.1165", "os.features": ["win32k"]},
    ],
}


def test_answer():
    answer = read(DistributionInspect, ANSWER)
    nothing_unknown(answer)
    assert answer.descriptor is not None
    assert answer.descriptor.artifact_type == "application/x"
    assert answer.platforms is not None
    assert answer.platforms[0].variant == "v7"
    assert answer.platforms[1].os_version == "10.0.19041.1165"
    assert answer.platforms[1].os_features == ["win32k"]


def test_no_platforms():
    assert read(DistributionInspect, {"Descriptor": {}, "Platforms": None}).platforms is None


def test_odd_platforms_keep_their_place():
    answer = read(DistributionInspect, {"Platforms": [None, {"os": "linux"}, 5]}, drift=("Platforms.0", "Platforms.2"))
    assert answer.platforms is not None
    assert answer.platforms[0] is None
    assert answer.platforms[1].os == "linux"
    assert answer.platforms[2] == 5
