"""Platforms in the Engine API's two encodings: ``os[/arch[/variant]]`` for some operations, JSON for the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from aiodockerpy import errors


class PlatformFields(Protocol):
    """A platform by its parts, such as `aiodockerpy.models.OCIPlatform`."""

    @property
    def os(self) -> str | None:
        """Operating system in Go's terms, for example ``linux``."""

    @property
    def architecture(self) -> str | None:
        """CPU architecture in Go's terms, for example ``arm64``."""

    @property
    def variant(self) -> str | None:
        """Variant of the CPU, for example ``v7``."""

    @property
    def os_version(self) -> str | None:
        """Version of the operating system; Windows only."""

    @property
    def os_features(self) -> Sequence[str] | None:
        """Features of the operating system that are needed; Windows only."""


PlatformArgument: TypeAlias = str | PlatformFields
"""``"linux/arm64"`` or ``"linux/arm/v7"``, or the same by its parts."""

# What containerd makes of the architecture in a text. Engines do so themselves with a text, but not with JSON.
_ARCHITECTURES = {
    "aarch64": ("arm64", ""),
    "armel": ("arm", "v6"),
    "armhf": ("arm", "v7"),
    "i386": ("386", ""),
    "x86-64": ("amd64", ""),
    "x86_64": ("amd64", ""),
}
_DEFAULT_VARIANTS = {("arm64", "v8"), ("arm64", "8"), ("amd64", "v1")}


def platform_text(platform: PlatformArgument | None) -> str | None:
    """Encode a platform as text, for creating containers, pulling, importing and building."""
    if platform is None or isinstance(platform, str):
        return platform
    parts = [platform.os, platform.architecture, platform.variant]
    return "/".join(part for part in parts if part)


def platform_json(platform: PlatformArgument | None, name: str = "platform") -> dict[str, object] | None:
    """Encode a platform as the JSON object that every other operation takes; ``name`` is the parameter's.

    Raises:
        InvalidArgument: Operating system or architecture is missing; these operations need both.
    """
    if platform is None:
        return None
    if isinstance(platform, str):
        fields: dict[str, object] = _parsed(platform)
    else:
        fields = {
            "architecture": platform.architecture,
            "os": platform.os,
            "os.version": platform.os_version,
            "os.features": list(platform.os_features or ()),
            "variant": platform.variant,
        }
    found = {name: value for name, value in fields.items() if value}
    if "os" not in found or "architecture" not in found:
        raise errors.InvalidArgument(
            f"{name}: 'os/architecture' is needed here, for example 'linux/arm64', not {platform!r}"
        )
    return found


def platforms_json(platforms: PlatformArgument | Sequence[PlatformArgument] | None) -> list[dict[str, object]] | None:
    """Encode one platform or several as JSON objects.

    Raises:
        InvalidArgument: Operating system or architecture of one is missing.
    """
    if platforms is None:
        return None
    several = platforms if isinstance(platforms, Sequence) and not isinstance(platforms, str) else [platforms]
    return [found for platform in several if (found := platform_json(platform, "platforms")) is not None]


def fits(platform: str, os: str, architecture: str, variant: str) -> bool:
    """Return whether an image is of a platform, which may leave out the system, the architecture or the variant.

    The variant of an image, which need not be in its configuration, counts if it is there.
    """
    wanted, own = _parsed(platform), _parsed("/".join(filter(None, [os, architecture, variant])))
    if not wanted["architecture"]:
        alone = _parsed(f"{os}/{platform}")["architecture"]
        return wanted["os"] == own["os"] or alone == own["architecture"]
    if (wanted["os"], wanted["architecture"]) != (own["os"], own["architecture"]):
        return False
    return not wanted["variant"] or not variant or wanted["variant"] == own["variant"]


def _parsed(text: str) -> dict[str, object]:
    os, _, rest = text.strip().lower().partition("/")
    architecture, _, variant = rest.partition("/")
    architecture, implied = _ARCHITECTURES.get(architecture, (architecture, ""))
    if architecture == "arm" and not variant:
        implied = implied or "v7"
    variant = variant or implied
    if (architecture, variant) in _DEFAULT_VARIANTS:
        variant = ""
    if architecture == "arm" and variant.isdigit():
        variant = f"v{variant}"
    return {"architecture": architecture, "os": os, "variant": variant}
