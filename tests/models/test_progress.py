from __future__ import annotations

import pytest

from aiodockerpy.models.progress import (
    ContentMissing,
    JSONMessage,
    ManifestPushedInsteadOfIndex,
    ProgressDetail,
    PushResult,
)
from tests.models.answers import nothing_unknown, read
from tests.together import together

INDEX = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:aa", "size": 1609}
MANIFEST = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:bb", "size": 481}


@together(
    "message",
    [
        {"status": "Pulling from library/alpine", "id": "3.22"},
        {
            "status": "Downloading",
            "progressDetail": {"current": 32768, "total": 3802452},
            "progress": "[>        ]  32.77kB/3.802MB",
            "id": "2d35ebdb57d9",
        },
        {"status": "Waiting", "progressDetail": {}, "id": "2d35ebdb57d9"},
        {"status": "Extracting", "progressDetail": {"current": 1, "units": "s"}, "id": "2d35ebdb57d9"},
        {"status": "x", "progressDetail": {"current": 1, "total": 2, "start": 1700000000, "hidecounts": True}},
        {"stream": "Step 1/2 : FROM busybox\n"},
        {"stream": "Loaded image: busybox:latest\n"},
        {"id": "moby.buildkit.trace", "aux": "Cm8KR3NoYTI1Njo="},
        {"errorDetail": {"code": 7, "message": "The command '/bin/sh -c exit 7' returned 7"}, "error": "The command"},
        {"progressDetail": {}, "aux": {"Tag": "1", "Digest": "sha256:cc", "Size": 527}},
    ],
    ids=str,
)
def test_messages_keep_every_field(message):
    nothing_unknown(read(JSONMessage, message))


def test_progress_has_numbers():
    message = read(JSONMessage, {"progressDetail": {"current": 5, "total": 10, "units": "MB", "hidecounts": True}})
    assert message.progress_detail == ProgressDetail(current=5, total=10, units="MB", hide_counts=True)


@together(
    ("message", "failure"),
    [
        ({"status": "Pulling"}, None),
        ({"errorDetail": {"message": "no space left"}, "error": "no space left on device"}, "no space left"),
        ({"error": "denied"}, "denied"),
        ({"errorDetail": {"code": 3}, "error": "denied"}, "denied"),
        ({"errorDetail": {"code": 3}}, "the engine gave no reason"),
        ({"errorDetail": None, "error": ""}, None),
    ],
)
def test_failure(message, failure):
    assert read(JSONMessage, message).failure == failure


@pytest.mark.parametrize(
    ("message", "failure", "drift"),
    [
        ({"errorDetail": {"message": 5}}, "5", ("errorDetail.message",)),
        ({"errorDetail": "odd"}, "odd", ("errorDetail",)),
        ({"error": ["odd"]}, "['odd']", ("error",)),
    ],
)
def test_failure_of_another_shape_is_still_a_failure(message, failure, drift):
    assert read(JSONMessage, message, drift=drift).failure == failure


@together(
    ("aux", "image"),
    [
        ({"ID": "sha256:dd"}, "sha256:dd"),
        ({"ID": 5}, None),
        ({"Tag": "1"}, None),
        ("Cm8KR3NoYTI1Njo=", None),
        (None, None),
        ([1], None),
    ],
)
def test_image_id(aux, image):
    assert read(JSONMessage, {"aux": aux}).image_id == image


def test_pushed():
    assert read(JSONMessage, {"aux": {"Tag": "1", "Digest": "sha256:cc", "Size": 527}}).pushed == PushResult(
        tag="1", digest="sha256:cc", size=527
    )
    assert read(JSONMessage, {"aux": {"ID": "sha256:dd"}}).pushed is None
    assert JSONMessage().pushed is None


def test_notes_of_a_push():
    chosen = read(
        JSONMessage,
        {"aux": {"manifestPushedInsteadOfIndex": True, "originalIndex": INDEX, "selectedManifest": MANIFEST}},
    ).note
    assert isinstance(chosen, ManifestPushedInsteadOfIndex)
    assert chosen.original_index is not None
    assert chosen.original_index.digest == "sha256:aa"
    assert chosen.selected_manifest is not None
    assert chosen.selected_manifest.size == 481

    missing = read(JSONMessage, {"aux": {"contentMissing": True, "desc": INDEX}}).note
    assert isinstance(missing, ContentMissing)
    assert missing.desc is not None
    assert missing.desc.media_type == INDEX["mediaType"]

    assert read(JSONMessage, {"aux": {"Tag": "1"}}).note is None
    assert read(JSONMessage, {"status": "Pushed"}).note is None
