"""The models, and the versions of the fields of requests, against the specification."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import aiodockerpy.models as ours
from aiodockerpy._protocol.fields import FIELDS
from aiodockerpy._protocol.operations import Span
from aiodockerpy._protocol.timestamps import Timestamp
from aiodockerpy.models._base import Model, wire_names
from tests.spec.table import Field, facts, fields
from tests.together import together

# Models of the specification that bear another name here; a "Response" at the end is left out always.
NAMES = {
    "AuthResponse": "AuthStatus",
    "BuildInfo": "JSONMessage",
    "CreateImageInfo": "JSONMessage",
    "PushImageInfo": "JSONMessage",
    "ClusterVolumeSpecAccessMode": "ClusterVolumeAccessMode",
    "ClusterVolumeSpecAccessModeAccessibilityRequirements": "ClusterVolumeAccessibilityRequirements",
    "ClusterVolumeSpecAccessModeCapacityRange": "ClusterVolumeCapacityRange",
    "ClusterVolumeSpecAccessModeSecrets": "ClusterVolumeSecret",
    "EngineDescriptionPlugins": "EngineDescriptionPlugin",
    "ExecConfig": "ExecCreateRequest",
    "ExecStartConfig": "ExecStartRequest",
    "GenericResourceDiscreteResourceSpec": "DiscreteGenericResource",
    "GenericResourceNamedResourceSpec": "NamedGenericResource",
    "HostConfigLogConfig": "LogConfig",
    "ImageDeleteResponseItem": "ImageDeleteItem",
    "ImageHistoryResponseItem": "ImageHistoryItem",
    "ImageSearchResponseItem": "ImageSearchItem",
    "ServiceEndpointVirtualIPs": "EndpointVirtualIP",
    "ServiceServiceStatus": "ServiceStatus",
    "ServiceSpecMode": "ServiceMode",
    "ServiceSpecModeReplicated": "ReplicatedService",
    "ServiceSpecModeReplicatedJob": "ReplicatedJob",
    "ServiceSpecRollbackConfig": "UpdateConfig",
    "ServiceSpecUpdateConfig": "UpdateConfig",
    "SwarmSpecCAConfig": "CAConfig",
    "SwarmSpecCAConfigExternalCAs": "ExternalCA",
    "SwarmSpecDispatcher": "DispatcherConfig",
    "SwarmSpecEncryptionConfig": "EncryptionConfig",
    "SwarmSpecOrchestration": "OrchestrationConfig",
    "SwarmSpecRaft": "RaftConfig",
    "SwarmSpecTaskDefaults": "TaskDefaults",
    "SwarmSpecTaskDefaultsLogDriver": "Driver",
    "SystemInfoDefaultAddressPools": "SystemInfoDefaultAddressPool",
    "SystemVersionComponents": "SystemVersionComponent",
    "TaskSpecContainerSpec": "ContainerSpec",
    "TaskSpecContainerSpecConfigs": "ServiceConfigReference",
    "TaskSpecContainerSpecConfigsFile": "ReferenceFileTarget",
    "TaskSpecContainerSpecDNSConfig": "DNSConfig",
    "TaskSpecContainerSpecPrivileges": "Privileges",
    "TaskSpecContainerSpecPrivilegesAppArmor": "AppArmorOpts",
    "TaskSpecContainerSpecPrivilegesCredentialSpec": "CredentialSpec",
    "TaskSpecContainerSpecPrivilegesSELinuxContext": "SELinuxContext",
    "TaskSpecContainerSpecPrivilegesSeccomp": "SeccompOpts",
    "TaskSpecContainerSpecSecrets": "SecretReference",
    "TaskSpecContainerSpecSecretsFile": "ReferenceFileTarget",
    "TaskSpecLogDriver": "Driver",
    "TaskSpecNetworkAttachmentSpec": "NetworkAttachmentSpec",
    "TaskSpecPlacement": "Placement",
    "TaskSpecPlacementPreferences": "PlacementPreference",
    "TaskSpecPlacementPreferencesSpread": "SpreadOver",
    "TaskSpecPluginSpec": "PluginSpec",
    "TaskSpecResources": "ResourceRequirements",
    "TaskSpecRestartPolicy": "TaskRestartPolicy",
    "UnlockKeyResponse": "UnlockKey",
}

# Fields of the specification that no engine has, or has elsewhere.
WRONG = {
    ("ClusterVolumeSpecAccessMode", "AccessibilityRequirements"): "beside the access mode, not inside",
    ("ClusterVolumeSpecAccessMode", "Availability"): "beside the access mode, not inside",
    ("ClusterVolumeSpecAccessMode", "CapacityRange"): "beside the access mode, not inside",
    ("ClusterVolumeSpecAccessMode", "Secrets"): "beside the access mode, not inside",
    ("TaskSpecContainerSpec", "HealthCheck"): "the engine's key is Healthcheck",
    ("TaskSpecPluginSpec", "Name"): "the engine's key is name",
    ("TaskSpecPluginSpec", "Remote"): "the engine's key is remote",
    ("TaskSpecPluginSpec", "Disabled"): "the engine's key is disabled",
    ("TaskSpecPluginSpec", "PluginPrivilege"): "the engine's key is privileges",
}

# Fields of another type than the specification says.
TYPES = {
    ("BuildInfo", "aux"): "the id of the image is one of its forms",
    ("NetworkAttachment", "Network"): "the swarm's own kind of network, with a spec",
}

# Fields whose versions are others than the specification says.
VERSIONS = {
    ("AuthConfig", "email"): (Span(), "never had an effect: nothing is lost when it is ignored"),
    ("NetworkCreateRequest", "CheckDuplicate"): (Span(), "always in force from 1.44 on: nothing is lost"),
    ("NetworkCreateRequest", "EnableIPv4"): (Span.of("1.48"), "the daemon listens to it from 1.48 on"),
    ("EndpointSettings", "MacAddress"): (Span.of("1.44"), "in requests; answers have it always"),
    ("Mount", "ClusterOptions"): (Span.of("1.42"), "undocumented; came with the volumes of the cluster"),
    ("NetworkConnectRequest", "EndpointConfig.MacAddress"): (Span.of("1.54"), "the daemon drops it below"),
    **{
        ("ContainerUpdateRequest", name): (Span.of("1.55"), "the daemon drops it below")
        for name in (
            "BlkioDeviceReadBps",
            "BlkioDeviceReadIOps",
            "BlkioDeviceWriteBps",
            "BlkioDeviceWriteIOps",
            "BlkioWeightDevice",
        )
    },
}


def model(name: str) -> type[Model]:
    found = getattr(ours, NAMES.get(name, name), None) or getattr(ours, name.removesuffix("Response"))
    assert issubclass(found, Model)
    found.model_rebuild()
    return found


def annotation(kind: type[Model], wire_name: str) -> Any:
    names = {name: field for field, name in wire_names(kind).items()}
    return kind.model_fields[names[wire_name]].annotation


def parts(of: Any) -> list[Any]:
    """The members of a union, flat, without ``None``."""
    if get_origin(of) is Annotated:
        return parts(get_args(of)[0])
    if get_origin(of) in {Union, types.UnionType}:
        return [part for member in get_args(of) for part in parts(member)]
    return [] if of is type(None) else [of]


def plain(of: Any) -> set[Any]:
    """What the members of a union are: classes, origins of generics, classes of literals."""
    found: set[Any] = set()
    for part in parts(of):
        if get_origin(part) is Literal:
            found |= {type(value) for value in get_args(part)}
        else:
            found.add(get_origin(part) or part)
    return found


def fits(kind: str, of: Any) -> bool:
    """Whether an annotation is of the specification's type."""
    if kind.startswith("array<"):
        inner = [get_args(part)[0] for part in parts(of) if get_origin(part) is list]
        return bool(inner) and all(fits(kind[6:-1].removesuffix("?"), item) for item in inner)
    if kind.startswith("map<string,"):
        inner = [get_args(part)[1] for part in parts(of) if get_origin(part) is dict]
        return bool(inner) and all(fits(kind[11:-1].removesuffix("?"), item) for item in inner)
    simple = {
        "integer": {int},
        "number": {float, int},
        "boolean": {bool},
        "string": {str, Timestamp},
    }
    if kind in simple:
        return plain(of) <= simple[kind]
    if kind == "object":  # free form, or a model that knows more
        return True
    return any(part is model(kind) for part in parts(of))


def cases() -> list[tuple[str, str, Field]]:
    return [
        (name, field, specified)
        for name in facts()["models"]
        for field, specified in fields(name).items()
        if (name, field) not in WRONG
    ]


EVERY = together("name", facts()["models"])


class TestModel:
    @EVERY
    def test_every_field_under_its_wire_name(self, name: str) -> None:
        wanted = {field for field in fields(name) if (name, field) not in WRONG}
        wanted |= set(facts()["models"][name].get("undocumented", ()))
        assert wanted <= set(wire_names(model(name)).values())

    @EVERY
    def test_no_field_that_engines_do_not_have(self, name: str) -> None:
        assert not {field for of, field in WRONG if of == name} & set(wire_names(model(name)).values())

    @EVERY
    def test_types(self, name: str) -> None:
        kind = model(name)
        wrong = {
            field: annotation(kind, field)
            for field, specified in fields(name).items()
            if (name, field) not in WRONG | TYPES and not fits(specified.type, annotation(kind, field))
        }
        assert wrong == {}


@together(("name", "field", "specified"), [case for case in cases() if case[2].values])
def test_enumerations_know_their_values_and_are_open(name: str, field: str, specified: Field) -> None:
    members = parts(annotation(model(name), field))
    assert {str, int} & set(members), "a newer engine's value must fit"
    known = {value for part in members if get_origin(part) is Literal for value in get_args(part)}
    if known:
        assert set(specified.values) <= known


class TestVersionsOfRequestFields:
    def test_as_the_specification_has_them(self) -> None:
        wanted: dict[tuple[str, str], Span] = {}
        for name, row in facts()["models"].items():
            if row.get("request"):
                inherited = {field for base in row.get("extends", ()) for field in fields(base)}
                own = {field: specified for field, specified in fields(name).items() if field not in inherited}
                wanted |= {(model(name).__name__, field): specified.span for field, specified in own.items()}
        wanted |= {case: span for case, (span, _) in VERSIONS.items()}
        has = {(name, field): span for name, row in FIELDS.items() for field, span in row.items()}
        assert has == {case: span for case, span in wanted.items() if span != Span() and case not in WRONG}

    def test_rows_are_models(self) -> None:
        for name, row in FIELDS.items():
            names = set(wire_names(getattr(ours, name)).values())
            assert {field.partition(".")[0] for field in row} <= names

    def test_what_lies_in_newer_models_lies_in_newer_fields(self) -> None:
        """A model that came later needs no row of its own if every way to it came as late."""
        newer = {
            name: row["since"] for name, row in facts()["models"].items() if row.get("since") and row.get("request")
        }
        for name, row in facts()["models"].items():
            if not row.get("request"):
                continue
            since = row.get("since", "1.41")
            for specified in fields(name).values():
                for inner, inner_since in newer.items():
                    if specified.type in {inner, f"array<{inner}>"}:
                        assert max(since, str(specified.span.since or "1.41")) >= inner_since


def test_exceptions_are_exceptions() -> None:
    """An exception that is none any more must go."""
    for name, field in (*WRONG, *TYPES):
        assert field in fields(name)
    for name in NAMES:
        assert name in facts()["models"]
