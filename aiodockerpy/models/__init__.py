"""Models of the Engine API: every request and every answer, one file for each part of it.

Files are loaded when a name of theirs is first used, so that importing this package costs nothing. Filters stand in
`aiodockerpy.models.filters`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._protocol.timestamps import Timestamp
    from aiodockerpy.models._base import Model, Time
    from aiodockerpy.models.build import BuildCache, BuildCacheType, BuildPrune
    from aiodockerpy.models.common import (
        DiscreteGenericResource,
        Driver,
        DriverData,
        ErrorResponse,
        GenericResource,
        IDResponse,
        NamedGenericResource,
        NodeAvailability,
        ObjectVersion,
        OCIDescriptor,
        OCIPlatform,
        Platform,
        PortProtocol,
        ResourceObject,
        TLSInfo,
    )
    from aiodockerpy.models.configs import Config, ConfigCreateRequest, ConfigSpec
    from aiodockerpy.models.distribution import DistributionInspect
    from aiodockerpy.models.images import (
        AttestationStatement,
        BuildIdentity,
        Identity,
        ImageConfig,
        ImageDeleteItem,
        ImageHistoryItem,
        ImageInspect,
        ImageInspectMetadata,
        ImageInspectRootFS,
        ImageManifestSummary,
        ImageManifestSummaryAttestationData,
        ImageManifestSummaryImageData,
        ImageManifestSummaryImageDataSize,
        ImageManifestSummarySize,
        ImagePrune,
        ImageSearchItem,
        ImageSummary,
        KnownSignerIdentity,
        ManifestKind,
        PullIdentity,
        SignatureIdentity,
        SignatureTimestamp,
        SignatureTimestampType,
        SignatureType,
        SignerIdentity,
    )
    from aiodockerpy.models.nodes import (
        EngineDescription,
        EngineDescriptionPlugin,
        ManagerStatus,
        Node,
        NodeCSIInfo,
        NodeDescription,
        NodeRole,
        NodeSpec,
        NodeState,
        NodeStatus,
        Reachability,
    )
    from aiodockerpy.models.plugins import (
        Plugin,
        PluginConfig,
        PluginConfigArgs,
        PluginConfigInterface,
        PluginConfigLinux,
        PluginConfigNetwork,
        PluginConfigRootfs,
        PluginConfigUser,
        PluginDevice,
        PluginEnv,
        PluginInterfaceType,
        PluginMount,
        PluginPrivilege,
        PluginProtocolScheme,
        PluginSettings,
    )
    from aiodockerpy.models.progress import (
        ContentMissing,
        ErrorDetail,
        ImageID,
        JSONMessage,
        ManifestPushedInsteadOfIndex,
        ProgressDetail,
        PushResult,
    )
    from aiodockerpy.models.secrets import Secret, SecretCreateRequest, SecretSpec
    from aiodockerpy.models.swarm import (
        CAConfig,
        ClusterInfo,
        DispatcherConfig,
        EncryptionConfig,
        ExternalCA,
        ExternalCAProtocol,
        JoinTokens,
        OrchestrationConfig,
        RaftConfig,
        Swarm,
        SwarmInitRequest,
        SwarmJoinRequest,
        SwarmSpec,
        SwarmUnlockRequest,
        TaskDefaults,
        UnlockKey,
    )

__all__ = [
    "AttestationStatement",
    "BuildCache",
    "BuildCacheType",
    "BuildIdentity",
    "BuildPrune",
    "CAConfig",
    "ClusterInfo",
    "Config",
    "ConfigCreateRequest",
    "ConfigSpec",
    "ContentMissing",
    "DiscreteGenericResource",
    "DispatcherConfig",
    "DistributionInspect",
    "Driver",
    "DriverData",
    "EncryptionConfig",
    "EngineDescription",
    "EngineDescriptionPlugin",
    "ErrorDetail",
    "ErrorResponse",
    "ExternalCA",
    "ExternalCAProtocol",
    "GenericResource",
    "IDResponse",
    "Identity",
    "ImageConfig",
    "ImageDeleteItem",
    "ImageHistoryItem",
    "ImageID",
    "ImageInspect",
    "ImageInspectMetadata",
    "ImageInspectRootFS",
    "ImageManifestSummary",
    "ImageManifestSummaryAttestationData",
    "ImageManifestSummaryImageData",
    "ImageManifestSummaryImageDataSize",
    "ImageManifestSummarySize",
    "ImagePrune",
    "ImageSearchItem",
    "ImageSummary",
    "JSONMessage",
    "JoinTokens",
    "KnownSignerIdentity",
    "ManagerStatus",
    "ManifestKind",
    "ManifestPushedInsteadOfIndex",
    "Model",
    "NamedGenericResource",
    "Node",
    "NodeAvailability",
    "NodeCSIInfo",
    "NodeDescription",
    "NodeRole",
    "NodeSpec",
    "NodeState",
    "NodeStatus",
    "OCIDescriptor",
    "OCIPlatform",
    "ObjectVersion",
    "OrchestrationConfig",
    "Platform",
    "Plugin",
    "PluginConfig",
    "PluginConfigArgs",
    "PluginConfigInterface",
    "PluginConfigLinux",
    "PluginConfigNetwork",
    "PluginConfigRootfs",
    "PluginConfigUser",
    "PluginDevice",
    "PluginEnv",
    "PluginInterfaceType",
    "PluginMount",
    "PluginPrivilege",
    "PluginProtocolScheme",
    "PluginSettings",
    "PortProtocol",
    "ProgressDetail",
    "PullIdentity",
    "PushResult",
    "RaftConfig",
    "Reachability",
    "ResourceObject",
    "Secret",
    "SecretCreateRequest",
    "SecretSpec",
    "SignatureIdentity",
    "SignatureTimestamp",
    "SignatureTimestampType",
    "SignatureType",
    "SignerIdentity",
    "Swarm",
    "SwarmInitRequest",
    "SwarmJoinRequest",
    "SwarmSpec",
    "SwarmUnlockRequest",
    "TLSInfo",
    "TaskDefaults",
    "Time",
    "Timestamp",
    "UnlockKey",
]

_FILES = {
    "aiodockerpy._protocol.timestamps": "Timestamp",
    "aiodockerpy.models._base": "Model Time",
    "aiodockerpy.models.build": "BuildCache BuildCacheType BuildPrune",
    "aiodockerpy.models.common": (
        "DiscreteGenericResource Driver DriverData ErrorResponse GenericResource IDResponse NamedGenericResource "
        "NodeAvailability OCIDescriptor OCIPlatform ObjectVersion Platform PortProtocol ResourceObject TLSInfo"
    ),
    "aiodockerpy.models.configs": "Config ConfigCreateRequest ConfigSpec",
    "aiodockerpy.models.distribution": "DistributionInspect",
    "aiodockerpy.models.images": (
        "AttestationStatement BuildIdentity Identity ImageConfig ImageDeleteItem ImageHistoryItem ImageInspect "
        "ImageInspectMetadata ImageInspectRootFS ImageManifestSummary ImageManifestSummaryAttestationData "
        "ImageManifestSummaryImageData ImageManifestSummaryImageDataSize ImageManifestSummarySize ImagePrune "
        "ImageSearchItem ImageSummary KnownSignerIdentity ManifestKind PullIdentity SignatureIdentity "
        "SignatureTimestamp SignatureTimestampType SignatureType SignerIdentity"
    ),
    "aiodockerpy.models.nodes": (
        "EngineDescription EngineDescriptionPlugin ManagerStatus Node NodeCSIInfo NodeDescription NodeRole NodeSpec "
        "NodeState NodeStatus Reachability"
    ),
    "aiodockerpy.models.plugins": (
        "Plugin PluginConfig PluginConfigArgs PluginConfigInterface PluginConfigLinux PluginConfigNetwork "
        "PluginConfigRootfs PluginConfigUser PluginDevice PluginEnv PluginInterfaceType PluginMount PluginPrivilege "
        "PluginProtocolScheme PluginSettings"
    ),
    "aiodockerpy.models.progress": (
        "ContentMissing ErrorDetail ImageID JSONMessage ManifestPushedInsteadOfIndex ProgressDetail PushResult"
    ),
    "aiodockerpy.models.secrets": "Secret SecretCreateRequest SecretSpec",
    "aiodockerpy.models.swarm": (
        "CAConfig ClusterInfo DispatcherConfig EncryptionConfig ExternalCA ExternalCAProtocol JoinTokens "
        "OrchestrationConfig RaftConfig Swarm SwarmInitRequest SwarmJoinRequest SwarmSpec SwarmUnlockRequest "
        "TaskDefaults UnlockKey"
    ),
}
_FILE_OF = {name: file for file, names in _FILES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    file = _FILE_OF.get(name)
    if file is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(file), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
