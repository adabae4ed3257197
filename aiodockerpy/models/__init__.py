"""Models of the Engine API: every request and every answer, one file for each part of it.

Files are loaded when a name of theirs is first used, so that importing this package costs nothing. Filters stand in
`aiodockerpy.models.filters`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._protocol.timestamps import Timestamp as Timestamp
    from aiodockerpy.models._base import Model as Model
    from aiodockerpy.models._time import Time as Time
    from aiodockerpy.models._words import Isolation as Isolation, NetworkScope as NetworkScope
    from aiodockerpy.models.build import *
    from aiodockerpy.models.common import *
    from aiodockerpy.models.configs import *
    from aiodockerpy.models.container_changes import *
    from aiodockerpy.models.container_spec import *
    from aiodockerpy.models.containers import *
    from aiodockerpy.models.disk_usage import *
    from aiodockerpy.models.distribution import *
    from aiodockerpy.models.endpoints import *
    from aiodockerpy.models.events import *
    from aiodockerpy.models.exec import *
    from aiodockerpy.models.filters import *
    from aiodockerpy.models.host_config import *
    from aiodockerpy.models.images import *
    from aiodockerpy.models.mounts import *
    from aiodockerpy.models.networks import *
    from aiodockerpy.models.nodes import *
    from aiodockerpy.models.plugins import *
    from aiodockerpy.models.progress import *
    from aiodockerpy.models.secrets import *
    from aiodockerpy.models.services import *
    from aiodockerpy.models.stats import *
    from aiodockerpy.models.swarm import *
    from aiodockerpy.models.swarm_common import *
    from aiodockerpy.models.system import *
    from aiodockerpy.models.tasks import *
    from aiodockerpy.models.version import *
    from aiodockerpy.models.volumes import *
else:
    from aiodockerpy._exports import exports

    __getattr__, __dir__, __all__ = exports(
        __name__,
        {
            "aiodockerpy._protocol.timestamps": "Timestamp",
            "aiodockerpy.models._base": "Model",
            "aiodockerpy.models._time": "Time",
            "aiodockerpy.models._words": "Isolation NetworkScope",
            "aiodockerpy.models.build": "BuildCache BuildCacheType BuildPrune",
            "aiodockerpy.models.common": "DriverData ErrorResponse IDResponse OCIDescriptor OCIPlatform PortProtocol",
            "aiodockerpy.models.configs": "Config ConfigCreate ConfigCreateRequest ConfigSpec",
            "aiodockerpy.models.container_changes": (
                "ChangeKind Checkpoint CheckpointCreateRequest ContainerCreate ContainerCreateRequest ContainerPrune "
                "ContainerTop ContainerUpdate ContainerUpdateRequest ContainerWait ContainerWaitExitError FilesystemChange "
                "NetworkingConfig"
            ),
            "aiodockerpy.models.container_spec": (
                "AppArmorMode AppArmorOpts ConfigRuntimeTarget ContainerSpec CredentialSpec DNSConfig Privileges "
                "ReferenceFileTarget SELinuxContext SeccompMode SeccompOpts SecretReference ServiceConfigReference"
            ),
            "aiodockerpy.models.containers": (
                "Address ContainerConfig ContainerInspect ContainerState ContainerStateStatus ContainerSummary "
                "ContainerSummaryHealth ContainerSummaryHostConfig ContainerSummaryNetworkSettings Health HealthConfig "
                "HealthStatus HealthcheckResult NetworkSettings PortSummary RootFSStorage RootFSStorageSnapshot Storage"
            ),
            "aiodockerpy.models.disk_usage": (
                "BuildCacheDiskUsage ContainersDiskUsage DiskUsage ImagesDiskUsage SystemDataUsage VolumesDiskUsage"
            ),
            "aiodockerpy.models.distribution": "DistributionInspect",
            "aiodockerpy.models.endpoints": "EndpointIPAMConfig EndpointSettings",
            "aiodockerpy.models.events": "EventActor EventMessage EventScope EventType",
            "aiodockerpy.models.exec": "ExecCreateRequest ExecInspect ExecStartRequest ProcessConfig",
            "aiodockerpy.models.filters": (
                "BuildPruneFilters ConfigListFilters ContainerListFilters ContainerPruneFilters EventsFilters Filters "
                "ImageListFilters ImagePruneFilters ImageSearchFilters NetworkListFilters NetworkPruneFilters NodeListFilters "
                "PluginListFilters SecretListFilters ServiceListFilters TaskListFilters VolumeListFilters VolumePruneFilters"
            ),
            "aiodockerpy.models.host_config": (
                "CgroupnsMode DeviceMapping DeviceRequest HostConfig LogConfig PortBinding PortMap Resources "
                "RestartPolicy RestartPolicyName ThrottleDevice Ulimit WeightDevice"
            ),
            "aiodockerpy.models.images": (
                "AttestationStatement BuildIdentity Identity ImageConfig ImageDeleteItem ImageHistoryItem ImageInspect "
                "ImageInspectMetadata ImageInspectRootFS ImageManifestSummary ImageManifestSummaryAttestationData "
                "ImageManifestSummaryImageData ImageManifestSummaryImageDataSize ImageManifestSummarySize ImagePrune "
                "ImageSearchItem ImageSummary KnownSignerIdentity ManifestKind PullIdentity SignatureIdentity "
                "SignatureTimestamp SignatureTimestampType SignatureType SignerIdentity"
            ),
            "aiodockerpy.models.mounts": (
                "Mount MountBindOptions MountImageOptions MountPoint MountPropagation MountTmpfsOptions MountType "
                "MountVolumeOptions MountVolumeOptionsDriverConfig"
            ),
            "aiodockerpy.models.networks": (
                "ConfigReference EndpointResource IPAM IPAMConfig IPAMStatus Network NetworkAttributes "
                "NetworkConnectRequest NetworkCreate NetworkCreateRequest NetworkDisconnectRequest NetworkInspect "
                "NetworkPrune NetworkStatus NetworkSummary NetworkTaskInfo PeerInfo ServiceInfo SubnetStatus"
            ),
            "aiodockerpy.models.nodes": (
                "EngineDescription EngineDescriptionPlugin ManagerStatus Node NodeCSIInfo NodeDescription NodeRole NodeSpec "
                "NodeState NodeStatus Reachability"
            ),
            "aiodockerpy.models.plugins": (
                "Plugin PluginConfig PluginConfigArgs PluginConfigInterface PluginConfigLinux PluginConfigNetwork "
                "PluginConfigRootfs PluginConfigUser PluginDevice PluginEnv PluginInterfaceType PluginMount PluginOption "
                "PluginPrivilege PluginProtocolScheme PluginSettings"
            ),
            "aiodockerpy.models.progress": (
                "ContentMissing ErrorDetail ImageID JSONMessage ManifestPushedInsteadOfIndex ProgressDetail PushResult"
            ),
            "aiodockerpy.models.secrets": "Secret SecretCreate SecretCreateRequest SecretSpec",
            "aiodockerpy.models.services": (
                "EndpointMode EndpointSpec EndpointVirtualIP FailureAction GlobalJob GlobalService ReplicatedJob "
                "ReplicatedService Service ServiceCreate ServiceCreateRequest ServiceEndpoint ServiceJobStatus ServiceMode "
                "ServiceSpec ServiceStatus ServiceUpdate ServiceUpdateRequest ServiceUpdateStatus UpdateConfig UpdateOrder "
                "UpdateState"
            ),
            "aiodockerpy.models.stats": (
                "ContainerBlkioStatEntry ContainerBlkioStats ContainerCPUStats ContainerCPUUsage ContainerMemoryStats "
                "ContainerNetworkStats ContainerPidsStats ContainerStats ContainerStorageStats ContainerThrottlingData"
            ),
            "aiodockerpy.models.swarm": (
                "CAConfig ClusterInfo DispatcherConfig EncryptionConfig ExternalCA ExternalCAProtocol JoinTokens "
                "OrchestrationConfig RaftConfig Swarm SwarmInitRequest SwarmJoinRequest SwarmSpec SwarmUnlockRequest "
                "TaskDefaults UnlockKey"
            ),
            "aiodockerpy.models.swarm_common": (
                "DiscreteGenericResource Driver GenericResource NamedGenericResource NodeAvailability ObjectVersion Platform "
                "ResourceObject SwarmObject TLSInfo"
            ),
            "aiodockerpy.models.system": (
                "AuthConfig AuthStatus Commit ContainerdInfo ContainerdInfoNamespaces DeviceInfo FirewallInfo IndexInfo "
                "LocalNodeState NRIInfo PeerNode PluginsInfo RegistryServiceConfig Runtime SwarmInfo SystemInfo "
                "SystemInfoDefaultAddressPool"
            ),
            "aiodockerpy.models.tasks": (
                "ContainerStatus EndpointPortConfig Limit NetworkAttachment NetworkAttachmentConfig NetworkAttachmentSpec "
                "Placement PlacementPreference PluginSpec PluginSpecPrivilege PortStatus PublishMode ResourceRequirements "
                "RestartCondition SpreadOver SwarmIPAMConfig SwarmIPAMOptions SwarmNetwork SwarmNetworkSpec Task "
                "TaskRestartPolicy TaskRuntime TaskSpec TaskState TaskStatus VolumeAttachment"
            ),
            "aiodockerpy.models.version": "SystemVersion SystemVersionComponent SystemVersionPlatform",
            "aiodockerpy.models.volumes": (
                "ClusterVolume ClusterVolumeAccessMode ClusterVolumeAccessibilityRequirements ClusterVolumeCapacityRange "
                "ClusterVolumeInfo ClusterVolumePublishStatus ClusterVolumeSecret ClusterVolumeSpec PublishState Topology "
                "Volume VolumeCreateRequest VolumeList VolumePrune VolumeScope VolumeUpdateRequest VolumeUsageData"
            ),
        },
    )
