"""docker-py's flat keywords for the settings of a swarm, and the specification they make."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast

from aiodockerpy import models
from aiodockerpy._arguments.annotations import kinds_of
from aiodockerpy._arguments.kinds import TEXT, Kind, either, whole
from aiodockerpy._arguments.objects import model
from aiodockerpy._options.shapes import check_names, read
from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodockerpy._options.keywords import Labels, Nanoseconds
    from aiodockerpy.models._base import Model


class SwarmOptions(TypedDict, total=False):
    """The settings of a swarm; one that is not given, or is ``None``, stays as it is."""

    task_history_retention_limit: int | None
    """Ended tasks that are kept for each slot."""
    snapshot_interval: int | None
    """Entries of the managers' log between two snapshots."""
    keep_old_snapshots: int | None
    """Snapshots kept beside the present one."""
    log_entries_for_slow_followers: int | None
    """Entries kept for managers that lag behind a snapshot."""
    heartbeat_tick: int | None
    """Ticks between two heartbeats of the leader."""
    election_tick: int | None
    """Ticks without a leader until another is elected."""
    dispatcher_heartbeat_period: Nanoseconds | None
    """Time between two heartbeats of a node: nanoseconds, a timedelta, or text such as ``"5s"``."""
    node_cert_expiry: Nanoseconds | None
    """How long the certificate of a node is valid: nanoseconds, a timedelta, or text such as ``"720h"``."""
    external_ca: models.ExternalCA | Mapping[str, Any] | None
    """One outside authority that signs certificates."""
    external_cas: Sequence[models.ExternalCA | Mapping[str, Any]] | None
    """Outside authorities that sign certificates."""
    name: str | None
    """Name of the swarm."""
    labels: Labels | None
    """Labels of the swarm."""
    signing_ca_cert: str | None
    """Certificate that signs those of the nodes, as PEM."""
    signing_ca_key: str | None
    """Its key, as PEM."""
    ca_force_rotate: int | None
    """A number other than the one before makes a new root certificate."""
    autolock_managers: bool | None
    """Whether a restarted manager needs the unlock key."""
    log_driver: str | models.Driver | Mapping[str, Any] | None
    """Log driver of tasks whose service names none: its name, or with options."""


_SECTIONS: Final = {
    "orchestration": "OrchestrationConfig",
    "raft": "RaftConfig",
    "dispatcher": "DispatcherConfig",
    "ca_config": "CAConfig",
    "encryption_config": "EncryptionConfig",
    "task_defaults": "TaskDefaults",
}

# Where each keyword goes: the section (none for the specification itself) and the field.
_PLACES = {
    "task_history_retention_limit": ("orchestration", "task_history_retention_limit"),
    "snapshot_interval": ("raft", "snapshot_interval"),
    "keep_old_snapshots": ("raft", "keep_old_snapshots"),
    "log_entries_for_slow_followers": ("raft", "log_entries_for_slow_followers"),
    "heartbeat_tick": ("raft", "heartbeat_tick"),
    "election_tick": ("raft", "election_tick"),
    "dispatcher_heartbeat_period": ("dispatcher", "heartbeat_period"),
    "node_cert_expiry": ("ca_config", "node_cert_expiry"),
    "external_cas": ("ca_config", "external_cas"),
    "signing_ca_cert": ("ca_config", "signing_ca_cert"),
    "signing_ca_key": ("ca_config", "signing_ca_key"),
    "ca_force_rotate": ("ca_config", "force_rotate"),
    "autolock_managers": ("encryption_config", "auto_lock_managers"),
    "log_driver": ("task_defaults", "log_driver"),
    "name": ("", "name"),
    "labels": ("", "labels"),
}


def swarm_spec(options: SwarmOptions, base: models.SwarmSpec | None = None) -> models.SwarmSpec:
    """Create the specification that the keywords describe.

    Args:
        options: The keywords; left as they are.
        base: Settings to begin with; left as they are.

    Raises:
        TypeError: There is no such keyword.
        InvalidArgument: ``external_ca`` and ``external_cas`` together.
    """
    spec = base.model_copy(deep=True) if base is not None else models.SwarmSpec()
    for name, value in swarm_values(options).items():
        section, field = _PLACES[name]
        owner: Model = spec
        if section:
            owner = getattr(spec, section) or getattr(models, _SECTIONS[section])()
            setattr(spec, section, owner)
        setattr(owner, field, value)
    return spec


# Keywords whose kind is narrower than their annotation.
_SHAPES: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("heartbeat_tick", "election_tick"), whole(0, 2**32 - 1)),  # as wide as the engine keeps them
    "log_driver": either(TEXT.then(lambda name: models.Driver(name=name)), model("Driver")),
}


@cache
def _kinds() -> Mapping[str, Kind]:
    """Return the kind of every keyword."""
    return {**kinds_of(SwarmOptions.__annotations__, globals()), **_SHAPES}


def swarm_values(options: SwarmOptions) -> SwarmOptions:
    """Return the keywords as this library has them, which can be read again.

    Raises:
        TypeError: There is no such keyword.
        InvalidArgument: ``external_ca`` and ``external_cas`` together.
    """
    check_names(options, SwarmOptions.__annotations__, "swarm")
    kinds = _kinds()
    given: Any = {name: read(kinds[name], value, name) for name, value in options.items() if value is not None}
    if "external_ca" in given:
        if "external_cas" in given:
            raise InvalidArgument("external_ca and external_cas exclude each other")
        given["external_cas"] = [given.pop("external_ca")]
    return cast("SwarmOptions", given)
