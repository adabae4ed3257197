"""List what not every engine's BuildKit can do, and refuse it beforehand: engines ignore unknown options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.errors import UnsupportedByEngine, UnsupportedByStore


@dataclass(frozen=True, slots=True)
class EngineFeatures:
    """The properties of an engine that decide about its capabilities.

    Attributes:
        version: The negotiated API version.
        containerd_store: Whether images are kept by containerd rather than by the engine's own graph driver.
        host_gateway: The address that ``host-gateway`` stands for; empty if the engine does not report it.
    """

    version: ApiVersion
    containerd_store: bool
    host_gateway: str = ""


@dataclass(frozen=True, slots=True)
class Capability:
    """A capability that not every engine has.

    Attributes:
        name: Its name in errors.
        since: The first API version that has it; empty for all.
        store: Whether it needs the containerd image store.
        reason: What an engine without it would do.
    """

    name: str
    since: str = ""
    store: bool = False
    reason: str = ""


_UNKNOWN_EXPORTER = "the engine's own image store has no such exporter"

CAPABILITIES: dict[str, Capability] = {
    "outputs": Capability("build: more than one output", "1.45", reason="only the first would be written"),
    "subdirectory": Capability(
        "build: a part of a git repository as context", "1.42", reason="only whole repositories are possible"
    ),
    "contexts": Capability("build: contexts", "1.42", reason="images of these names would be pulled instead"),
    "contexts oci-layout": Capability(
        "build: a context oci-layout", store=True, reason="the engine's own image store cannot read such layouts"
    ),
    "shm_size": Capability("build: shm_size", "1.42", reason="it would be ignored"),
    "ulimits": Capability("build: ulimits", "1.42", reason="they would be ignored"),
    "cgroup_parent": Capability("build: cgroup_parent", "1.42", reason="it would be ignored"),
    "attest": Capability("build: attest", "1.43", store=True, reason="no attestation would be made"),
    "annotations": Capability("build: annotations", "1.43", store=True, reason="they would be dropped"),
    "platforms": Capability(
        "build: an image for several platforms",
        store=True,
        reason="the engine's own image store keeps one platform; the files of several (local, tar) are possible",
    ),
    "oci": Capability("build: output oci", store=True, reason=_UNKNOWN_EXPORTER),
    "docker": Capability("build: output docker", store=True, reason=_UNKNOWN_EXPORTER),
    "image": Capability("build: output image", store=True, reason=_UNKNOWN_EXPORTER),
    "cache_to": Capability(
        "build: cache_to other than inline",
        store=True,
        reason="the engine's own image store exports inline caches only",
    ),
    "cache_to several": Capability("build: more than one cache_to", "1.42", reason="only one is allowed"),
    "cache_from gha": Capability("build: cache_from gha", store=True, reason="the importer is missing"),
}
"""Capabilities that not every engine has, by name."""


def refuse_unsupported(used: Iterable[str], engine: EngineFeatures) -> None:
    """Raise an error for the first capability that the engine lacks.

    Raises:
        UnsupportedByEngine: Its API version is too old.
        UnsupportedByStore: Its image store cannot do it.
    """
    for name in used:
        found = CAPABILITIES[name]
        if found.since and engine.version < ApiVersion.parse(found.since):
            raise UnsupportedByEngine(found.name, needed=found.since, present=str(engine.version))
        if found.store and not engine.containerd_store:
            raise UnsupportedByStore(found.name, found.reason)
