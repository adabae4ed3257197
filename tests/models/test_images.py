from __future__ import annotations

import pytest

from aiodockerpy.models._lists import list_from_wire
from aiodockerpy.models.images import (
    AttestationStatement,
    ImageDeleteItem,
    ImageHistoryItem,
    ImageInspect,
    ImageManifestSummary,
    ImagePrune,
    ImageSearchItem,
    ImageSummary,
)
from tests.models.answers import nothing_unknown, read
from tests.together import together

DIGEST = "sha256:27941809078cc9b2802deb2b0bb6feed6c236cde01e487f200e24653533701ee"
DESCRIPTOR = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": DIGEST, "size": 424}

IDENTITY = {
    "Signature": [
        {
            "Name": "Docker Hardened Images",
            "Timestamps": [{"Type": "Tlog", "URI": "https://rekor.example", "Timestamp": "2026-01-02T03:04:05Z"}],
            "KnownSigner": "DHI",
            "DockerReference": "docker.io/library/x",
            "Signer": {
                "CertificateIssuer": "CN=sigstore-intermediate",
                "SubjectAlternativeName": "https://ci.example/x",
                "Issuer": "https://token.example",
                "BuildSignerURI": "https://ci.example/sign.yml",
                "BuildSignerDigest": "aa",
                "RunnerEnvironment": "github-hosted",
                "SourceRepositoryURI": "https://git.example/x",
                "SourceRepositoryDigest": "bb",
                "SourceRepositoryRef": "refs/heads/main",
                "SourceRepositoryIdentifier": "1",
                "SourceRepositoryOwnerURI": "https://git.example",
                "SourceRepositoryOwnerIdentifier": "2",
                "BuildConfigURI": "https://ci.example/build.yml",
                "BuildConfigDigest": "cc",
                "BuildTrigger": "push",
                "RunInvocationURI": "https://ci.example/runs/1",
                "SourceRepositoryVisibilityAtSigning": "private",
            },
            "SignatureType": "bundle-v0.3",
            "Error": "expired",
            "Warnings": ["no transparency log"],
        }
    ],
    "Pull": [{"Repository": "docker.io/library/x"}],
    "Build": [{"Ref": "kxyz", "CreatedAt": "2026-01-02T03:04:05.6Z"}],
}

IMAGE_MANIFEST = {
    "ID": DIGEST,
    "Descriptor": DESCRIPTOR | {"platform": {"architecture": "amd64", "os": "linux"}},
    "Available": True,
    "Size": {"Total": 8213251, "Content": 3987144},
    "Kind": "image",
    "ImageData": {
        "Platform": {"architecture": "amd64", "os": "linux"},
        "Identity": IDENTITY,
        "Containers": ["ede54ee1fda366ab42f824e8a5ffd195155d853ceaec74a927f249ea270c7430"],
        "Size": {"Unpacked": 4226107},
    },
}
ATTESTATION_MANIFEST = {
    "ID": DIGEST,
    "Descriptor": DESCRIPTOR,
    "Available": False,
    "Size": {"Total": 1, "Content": 1},
    "Kind": "attestation",
    "AttestationData": {"For": DIGEST},
}

SUMMARY_OLD = {
    "Containers": -1,
    "Created": 1644009612,
    "Id": DIGEST,
    "Labels": None,
    "ParentId": "",
    "RepoDigests": None,
    "RepoTags": ["<none>:<none>"],
    "SharedSize": -1,
    "Size": 172064416,
    "VirtualSize": 172064416,
}
SUMMARY_NEW = {
    "Containers": 2,
    "Created": 1744009612,
    "Descriptor": DESCRIPTOR,
    "Id": DIGEST,
    "Labels": {"a": "b"},
    "Manifests": [IMAGE_MANIFEST, ATTESTATION_MANIFEST],
    "ParentId": "",
    "RepoDigests": ["busybox@" + DIGEST],
    "RepoTags": ["busybox:latest"],
    "SharedSize": 0,
    "Size": 4421246,
}

CONFIG_NEW = {
    "User": "web:web",
    "ExposedPorts": {"80/tcp": {}},
    "Env": ["PATH=/bin"],
    "Cmd": ["sh"],
    "Healthcheck": {"Test": ["CMD", "true"], "Interval": 30000000000, "StartInterval": 1000000},
    "ArgsEscaped": True,
    "Volumes": {"/data": {}},
    "WorkingDir": "/",
    "Entrypoint": [],
    "OnBuild": None,
    "Labels": {"a": "b"},
    "StopSignal": "SIGTERM",
    "Shell": ["/bin/sh", "-c"],
}
CONFIG_OLD = CONFIG_NEW | {
    "Hostname": "",
    "Domainname": "",
    "AttachStdin": False,
    "AttachStdout": False,
    "AttachStderr": False,
    "Tty": False,
    "OpenStdin": False,
    "StdinOnce": False,
    "Image": DIGEST,
    "NetworkDisabled": False,
    "MacAddress": "",
    "StopTimeout": 10,
}

INSPECT_OLD = {
    "Id": DIGEST,
    "RepoTags": ["busybox:latest"],
    "RepoDigests": None,
    "Parent": "",
    "Comment": "",
    "Created": "2024-05-18T21:06:10.123456789Z",
    "Container": "65974bc86f1770ae4bff79f651ebdbce166ae9aada632ee3fa9af3a264911735",
    "ContainerConfig": CONFIG_OLD | {"Hostname": "65974bc86f17", "Image": "busybox"},
    "DockerVersion": "20.10.24+dfsg1",
    "Author": "",
    "Config": CONFIG_OLD,
    "Architecture": "amd64",
    "Variant": "v8",
    "Os": "linux",
    "OsVersion": "",
    "Size": 4421246,
    "VirtualSize": 4421246,
    "GraphDriver": {"Data": {"MergedDir": "/m"}, "Name": "overlay2"},
    "RootFS": {"Type": "layers", "Layers": [DIGEST]},
    "Metadata": {"LastTagTime": "0001-01-01T00:00:00Z"},
}
INSPECT_NEW = {
    "Id": DIGEST,
    "Descriptor": DESCRIPTOR,
    "Manifests": [IMAGE_MANIFEST],
    "Identity": IDENTITY,
    "RepoTags": [],
    "RepoDigests": ["busybox@" + DIGEST],
    "Config": CONFIG_NEW,
    "Architecture": "amd64",
    "Os": "linux",
    "Size": 4421246,
    "RootFS": {"Type": "layers", "Layers": [DIGEST]},
    "Metadata": {"LastTagTime": "2026-11-23T08:00:00.5Z"},
}


@together(
    ("model", "value"),
    [
        (ImageSummary, SUMMARY_OLD),
        (ImageSummary, SUMMARY_NEW),
        (ImageInspect, INSPECT_OLD),
        (ImageInspect, INSPECT_NEW),
        (
            ImageHistoryItem,
            {"Id": "<missing>", "Created": 1, "CreatedBy": "CMD", "Tags": None, "Size": 0, "Comment": "buildkit"},
        ),
        (ImageDeleteItem, {"Untagged": "a:1"}),
        (ImageDeleteItem, {"Deleted": DIGEST}),
        (ImagePrune, {"ImagesDeleted": None, "SpaceReclaimed": 0}),
        (ImagePrune, {"ImagesDeleted": [{"Untagged": "a:1"}, {"Deleted": DIGEST}], "SpaceReclaimed": 1092588}),
        (
            ImageSearchItem,
            {"description": "", "is_official": True, "is_automated": False, "name": "busybox", "star_count": 99},
        ),
        (
            AttestationStatement,
            {"Descriptor": DESCRIPTOR, "PredicateType": "https://slsa.dev/provenance/v1", "Statement": {"_type": [1]}},
        ),
    ],
    ids=lambda case: case[0].__name__,
)
def test_answers_come_back_as_they_came(model, value):
    nothing_unknown(read(model, value))


def test_what_newer_engines_lack_reads_as_none():
    image = read(ImageInspect, INSPECT_NEW)
    assert [
        image.parent, image.comment, image.author, image.docker_version, image.container, image.container_config,
        image.virtual_size, image.graph_driver, image.created,
    ] == [None] * 9  # fmt: skip
    assert image.config is not None
    assert image.config.hostname is None
    assert "Parent" not in image


def test_what_older_engines_lack_reads_as_none():
    image = read(ImageInspect, INSPECT_OLD)
    assert [image.descriptor, image.manifests, image.identity] == [None] * 3
    assert image.container_config is not None
    assert image.container_config.hostname == "65974bc86f17"
    assert image.created is not None
    assert image.created.nanosecond == 123456789
    assert image.metadata is not None
    assert not image.metadata.last_tag_time
    assert image.root_fs is not None
    assert image.root_fs.layers == [DIGEST]


@pytest.mark.parametrize("created", ["", "yesterday", 1644009612])
def test_a_creation_time_that_is_none(created):
    assert read(ImageInspect, {"Created": created}, drift=("Created",)).created == created


def test_manifests():
    found = read(ImageSummary, SUMMARY_NEW).manifests
    assert found is not None
    image, attestation = found
    assert image.image_data is not None
    assert image.image_data.platform is not None
    assert image.image_data.platform.architecture == "amd64"
    assert attestation.attestation_data is not None
    assert attestation.attestation_data.for_ == DIGEST


def test_a_kind_of_manifest_newer_than_this_library():
    assert read(ImageManifestSummary, {"Kind": "sbom"}).kind == "sbom"


def test_a_list_with_an_odd_image():
    first, second = list_from_wire(ImageSummary, b'[{"Id":"a","RepoTags":[null],"Size":"big"},{"Id":"b"}]')
    assert first.to_dict() == {"Id": "a", "RepoTags": [None], "Size": "big"}
    assert set(first.drift) == {"RepoTags.0", "Size"}
    assert second.id == "b"
    assert second.drift == ()
