"""docker-py's collections and objects: behaviour built on the operations of `aiodockerpy.api`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._archives.policy import OutsideLinks as OutsideLinks
    from aiodockerpy._options.keywords import (
        ContainerOptions as ContainerOptions,
        PortValue as PortValue,
        PullPolicy as PullPolicy,
        UpdateOptions as UpdateOptions,
        VolumeValue as VolumeValue,
    )
    from aiodockerpy._options.services import ServiceOptions as ServiceOptions
    from aiodockerpy._options.swarm import SwarmOptions as SwarmOptions
    from aiodockerpy.resources._builds.build import BuiltImage as BuiltImage, ImageBuild as ImageBuild
    from aiodockerpy.resources._builds.classic import ClassicBuild as ClassicBuild
    from aiodockerpy.resources._builds.keywords import (
        ClassicBuildOptions as ClassicBuildOptions,
        ImageBuildOptions as ImageBuildOptions,
    )
    from aiodockerpy.resources._following.events import (
        EventStream as EventStream,
        SubscriptionState as SubscriptionState,
    )
    from aiodockerpy.resources._following.logs import LogFollower as LogFollower
    from aiodockerpy.resources._following.marks import Event as Event, EventsLost as EventsLost, Resync as Resync
    from aiodockerpy.resources._following.merged.lines import ContainerLine as ContainerLine, LinesLost as LinesLost
    from aiodockerpy.resources._following.merged.stream import MergedLogs as MergedLogs
    from aiodockerpy.resources._following.stats import StatsStream as StatsStream
    from aiodockerpy.resources._following.usage import ContainerUsage as ContainerUsage, MergedStats as MergedStats
    from aiodockerpy.resources._following.view import Change as Change, View as View, WatchedKind as WatchedKind
    from aiodockerpy.resources._jobs.local import Keep as Keep
    from aiodockerpy.resources._jobs.pool import Job as Job, JobPool as JobPool, JobRunner as JobRunner, Retry as Retry
    from aiodockerpy.resources._jobs.result import Ending as Ending, JobResult as JobResult
    from aiodockerpy.resources._processes.attach import AttachedProcess as AttachedProcess
    from aiodockerpy.resources._processes.exec import *
    from aiodockerpy.resources._processes.handle import *
    from aiodockerpy.resources._processes.run import RunStream as RunStream
    from aiodockerpy.resources._readiness.endpoint import Endpoint as Endpoint
    from aiodockerpy.resources._scopes.reap import Leftover as Leftover, Reaped as Reaped
    from aiodockerpy.resources._services.progress import (
        ServiceOutcome as ServiceOutcome,
        ServiceProgress as ServiceProgress,
    )
    from aiodockerpy.resources._services.wait import ServiceWait as ServiceWait
    from aiodockerpy.resources.configs import Config as Config, ConfigCollection as ConfigCollection
    from aiodockerpy.resources.container import Container as Container
    from aiodockerpy.resources.containers import ContainerCollection as ContainerCollection
    from aiodockerpy.resources.files import *
    from aiodockerpy.resources.images import Image as Image, ImageCollection as ImageCollection
    from aiodockerpy.resources.networks import Network as Network, NetworkCollection as NetworkCollection
    from aiodockerpy.resources.nodes import Node as Node, NodeCollection as NodeCollection
    from aiodockerpy.resources.plugins import Plugin as Plugin, PluginCollection as PluginCollection
    from aiodockerpy.resources.processes import ContainerProcesses as ContainerProcesses
    from aiodockerpy.resources.registry_data import RegistryData as RegistryData
    from aiodockerpy.resources.secrets import Secret as Secret, SecretCollection as SecretCollection
    from aiodockerpy.resources.services import Service as Service, ServiceCollection as ServiceCollection
    from aiodockerpy.resources.swarm import Swarm as Swarm
    from aiodockerpy.resources.volumes import Volume as Volume, VolumeCollection as VolumeCollection
else:
    from aiodockerpy._exports import exports

    __getattr__, __dir__, __all__ = exports(
        __name__,
        {
            "aiodockerpy._archives.policy": "OutsideLinks",
            "aiodockerpy._options.keywords": "ContainerOptions PortValue PullPolicy UpdateOptions VolumeValue",
            "aiodockerpy._options.services": "ServiceOptions",
            "aiodockerpy._options.swarm": "SwarmOptions",
            "aiodockerpy.resources._builds.build": "BuiltImage ImageBuild",
            "aiodockerpy.resources._builds.classic": "ClassicBuild",
            "aiodockerpy.resources._builds.keywords": "ClassicBuildOptions ImageBuildOptions",
            "aiodockerpy.resources._following.events": "EventStream SubscriptionState",
            "aiodockerpy.resources._following.marks": "Event EventsLost Resync",
            "aiodockerpy.resources._following.logs": "LogFollower",
            "aiodockerpy.resources._following.merged.lines": "ContainerLine LinesLost",
            "aiodockerpy.resources._following.merged.stream": "MergedLogs",
            "aiodockerpy.resources._following.stats": "StatsStream",
            "aiodockerpy.resources._following.usage": "ContainerUsage MergedStats",
            "aiodockerpy.resources._following.view": "Change View WatchedKind",
            "aiodockerpy.resources._jobs.local": "Keep",
            "aiodockerpy.resources._jobs.pool": "Job JobPool JobRunner Retry",
            "aiodockerpy.resources._jobs.result": "Ending JobResult",
            "aiodockerpy.resources._processes.attach": "AttachedProcess",
            "aiodockerpy.resources._processes.exec": "DetachedExec ExecProcess ExecResult",
            "aiodockerpy.resources._processes.handle": (
                "DemuxedOutput OutputName ProcessHandle ProcessInput ProcessOutput"
            ),
            "aiodockerpy.resources._processes.run": "RunStream",
            "aiodockerpy.resources._readiness.endpoint": "Endpoint",
            "aiodockerpy.resources._scopes.reap": "Leftover Reaped",
            "aiodockerpy.resources._services.progress": "ServiceOutcome ServiceProgress",
            "aiodockerpy.resources._services.wait": "ServiceWait",
            "aiodockerpy.resources.configs": "Config ConfigCollection",
            "aiodockerpy.resources.container": "Container",
            "aiodockerpy.resources.containers": "ContainerCollection",
            "aiodockerpy.resources.files": "ArchiveBits ArchiveHandle ContainerFiles ContainerPath",
            "aiodockerpy.resources.images": "Image ImageCollection",
            "aiodockerpy.resources.networks": "Network NetworkCollection",
            "aiodockerpy.resources.nodes": "Node NodeCollection",
            "aiodockerpy.resources.plugins": "Plugin PluginCollection",
            "aiodockerpy.resources.processes": "ContainerProcesses",
            "aiodockerpy.resources.registry_data": "RegistryData",
            "aiodockerpy.resources.secrets": "Secret SecretCollection",
            "aiodockerpy.resources.services": "Service ServiceCollection",
            "aiodockerpy.resources.swarm": "Swarm",
            "aiodockerpy.resources.volumes": "Volume VolumeCollection",
        },
    )
