from __future__ import annotations

import pytest

from aiodockerpy import errors
from aiodockerpy._protocol.platforms import fits, platform_json, platform_text, platforms_json
from aiodockerpy.models import OCIPlatform
from tests.together import together

AMD64 = {"os": "linux", "architecture": "amd64"}


@together(
    ("platform", "expected"),
    [
        ("linux/amd64", AMD64),
        ("Linux/AMD64", AMD64),
        (" linux/amd64 ", AMD64),
        ("linux/x86_64", AMD64),
        ("linux/x86-64", AMD64),
        ("linux/amd64/v1", AMD64),
        ("linux/amd64/v3", {**AMD64, "variant": "v3"}),
        ("linux/i386", {"os": "linux", "architecture": "386"}),
        ("linux/aarch64", {"os": "linux", "architecture": "arm64"}),
        ("linux/arm64/v8", {"os": "linux", "architecture": "arm64"}),
        ("linux/arm64/v9", {"os": "linux", "architecture": "arm64", "variant": "v9"}),
        ("linux/arm", {"os": "linux", "architecture": "arm", "variant": "v7"}),
        ("linux/arm/v6", {"os": "linux", "architecture": "arm", "variant": "v6"}),
        ("linux/arm/6", {"os": "linux", "architecture": "arm", "variant": "v6"}),
        ("linux/armhf", {"os": "linux", "architecture": "arm", "variant": "v7"}),
        ("linux/armel", {"os": "linux", "architecture": "arm", "variant": "v6"}),
        ("linux/s390x", {"os": "linux", "architecture": "s390x"}),
        (OCIPlatform(os="linux", architecture="amd64"), AMD64),
        (
            OCIPlatform(os="windows", architecture="amd64", os_version="10.0.1", os_features=["win32k"]),
            {"os": "windows", "architecture": "amd64", "os.version": "10.0.1", "os.features": ["win32k"]},
        ),
    ],
)
def test_json(platform, expected):
    assert platform_json(platform) == expected


@pytest.mark.parametrize("platform", ["", "linux", "/amd64", "linux/", OCIPlatform(architecture="amd64")])
def test_json_needs_system_and_architecture(platform):
    with pytest.raises(errors.InvalidArgument, match="linux/arm64"):
        platform_json(platform)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux/arm/v7", "linux/arm/v7"),
        ("linux", "linux"),
        (OCIPlatform(os="linux", architecture="arm", variant="v7"), "linux/arm/v7"),
        (OCIPlatform(os="linux"), "linux"),
    ],
)
def test_text(platform, expected):
    assert platform_text(platform) == expected


def test_several():
    assert platforms_json("linux/amd64") == [AMD64]
    assert platforms_json(["linux/amd64", OCIPlatform(os="linux", architecture="amd64")]) == [AMD64, AMD64]
    assert platforms_json([]) == []


def test_nothing():
    assert platform_json(None) is platform_text(None) is platforms_json(None) is None


@together(
    ("platform", "image", "expected"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("Linux/x86_64", "linux/amd64", True),
        ("linux/amd64/v2", "linux/amd64", True),  # a variant that the image does not name
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm", "linux/arm/v7", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm64", "linux/amd64", False),
        ("windows/amd64", "linux/amd64", False),
        ("linux", "linux/amd64", True),
        ("windows", "linux/amd64", False),
        ("aarch64", "linux/arm64/v8", True),
        ("arm64", "linux/amd64", False),
        ("linux/amd64", "", False),
    ],
)
def test_an_image_fits(platform, image, expected):
    assert fits(platform, *[*image.split("/"), "", ""][:3]) is expected
