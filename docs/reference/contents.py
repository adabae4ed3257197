"""Which page of the reference shows which public names, in which order; ``generate.py`` writes the pages."""

from __future__ import annotations

PARTS = {
    "system": "System",
    "containers": "Containers",
    "exec": "Exec",
    "images": "Images",
    "build": "Build",
    "distribution": "Distribution",
    "networks": "Networks",
    "volumes": "Volumes",
    "swarm": "Swarm",
    "nodes": "Nodes",
    "services": "Services",
    "tasks": "Tasks",
    "secrets": "Secrets",
    "configs": "Configs",
    "plugins": "Plugins",
}

OBJECTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "containers": (
        "Containers",
        "See [](../../howto/run.md). [](container-options.md) has the keywords of `run` and `create`.",
        {"Collection": "resources.ContainerCollection"},
    ),
    "container": (
        "The container",
        "Further methods: [](container-files.md), [](processes.md). For the waits see [](../../howto/readiness.md).",
        {"Object": "resources.Container", "Results": "resources.Endpoint"},
    ),
    "container-files": (
        "Files of containers",
        "Methods of {py:class}`~aiodockerpy.resources.Container` for files: see [](../../howto/files.md).",
        {
            "Methods": "resources.ContainerFiles",
            "Results": "resources.ArchiveHandle resources.ArchiveBits streams.PathStat resources.OutsideLinks "
            "resources.ContainerPath",
        },
    ),
    "container-options": (
        "Options of containers",
        "The keywords of `client.containers.run` and `create`, and of `container.update`.",
        {"Options": "resources.ContainerOptions resources.UpdateOptions resources.PortValue resources.VolumeValue"},
    ),
    "images": (
        "Images",
        "`client.images` and the image: see [](../../howto/images.md).",
        {
            "Collection": "resources.ImageCollection",
            "Object": "resources.Image",
            "Registry": "resources.RegistryData",
        },
    ),
    "build": (
        "Builds",
        "What `client.images.build` takes and returns: see [](../../howto/build.md) and [](../buildkit.md).",
        {
            "Options": "resources.ImageBuildOptions resources.ClassicBuildOptions",
            "Results": "resources.ImageBuild resources.BuiltImage resources.ClassicBuild",
        },
    ),
    "networks": (
        "Networks",
        "[](../../howto/networks-volumes.md) shows how they are used.",
        {"Collection": "resources.NetworkCollection", "Object": "resources.Network"},
    ),
    "volumes": (
        "Volumes",
        "[](../../howto/networks-volumes.md) shows how they are used.",
        {"Collection": "resources.VolumeCollection", "Object": "resources.Volume"},
    ),
    "swarm": (
        "Swarm",
        "[](../../howto/services.md) shows how it is used.",
        {"Object": "resources.Swarm", "Options": "resources.SwarmOptions"},
    ),
    "services": (
        "Services",
        "[](../../howto/services.md) shows how they are used.",
        {
            "Collection": "resources.ServiceCollection",
            "Object": "resources.Service",
            "Options": "resources.ServiceOptions",
            "Waiting": "resources.ServiceWait resources.ServiceProgress resources.ServiceOutcome",
        },
    ),
    "nodes": (
        "Nodes",
        "[](../../howto/services.md) shows how they are used.",
        {"Collection": "resources.NodeCollection", "Object": "resources.Node"},
    ),
    "secrets": (
        "Secrets",
        "[](../../howto/services.md) shows how they are used.",
        {"Collection": "resources.SecretCollection", "Object": "resources.Secret"},
    ),
    "configs": (
        "Configs",
        "[](../../howto/services.md) shows how they are used.",
        {"Collection": "resources.ConfigCollection", "Object": "resources.Config"},
    ),
    "plugins": (
        "Plugins",
        "`client.plugins`: drivers and the like that the engine manages.",
        {"Collection": "resources.PluginCollection", "Object": "resources.Plugin"},
    ),
    "processes": (
        "Processes",
        "Processes of a container: see [](../../howto/processes.md). [](process-handles.md) has what they return.",
        {"Methods": "resources.ContainerProcesses"},
    ),
    "process-handles": (
        "Handles of processes",
        "What `containers.run`, `container.exec_run` and `container.attach` return.",
        {
            "Run": "resources.RunStream",
            "Exec": "resources.ExecProcess resources.ExecResult resources.DetachedExec resources.DemuxedOutput",
            "Attach": "resources.AttachedProcess",
            "Input and output": "resources.ProcessHandle resources.ProcessInput resources.ProcessOutput "
            "resources.OutputName",
        },
    ),
    "terminals": (
        "Terminals in the browser",
        "A process connected to a websocket. [](../../howto/terminals.md) shows how it is used.",
        {"The bridge": "terminals.bridge terminals.TerminalEnd terminals.WebSocket"},
    ),
    "jobs": (
        "Jobs",
        "`client.jobs` and `client.swarm_jobs`. [](../../howto/fan-out.md) shows how they are used.",
        {
            "Pool": "resources.JobPool resources.Job resources.Retry resources.Keep resources.JobRunner",
            "Results": "resources.JobResult resources.Ending",
        },
    ),
    "scopes": (
        "Scopes",
        "`client.scope`, `client.reap` and `client.images.ensure`. [](../../howto/scopes.md) shows how they are used.",
        {"Scope": "Scope", "Reaping": "resources.Reaped resources.Leftover", "Pulling": "resources.PullPolicy"},
    ),
    "events-views": (
        "Events, views, followed logs and statistics",
        (
            "Streams that continue after a broken connection: see [](../../howto/events.md), "
            "[](../../howto/live-views.md), [](../../howto/logs.md) and [](../../howto/stats.md)."
        ),
        {
            "Events": "resources.EventStream resources.Event resources.EventsLost resources.Resync "
            "resources.SubscriptionState",
            "Views": "resources.View resources.Change resources.WatchedKind",
            "Logs": "resources.LogFollower resources.MergedLogs resources.ContainerLine resources.LinesLost",
            "Statistics": "resources.StatsStream resources.MergedStats resources.ContainerUsage streams.Figures",
        },
    ),
    "streams": (
        "Streams",
        "A call that can stream returns a handle: await it for the whole result, iterate it for the parts.",
        {
            "Handles": "streams.Stream streams.LogStream streams.Attached streams.ProgressStream streams.BytesStream "
            "streams.ArchiveStream",
            "Items": "streams.LogLine streams.Chunk streams.StreamName streams.Progress streams.Layer streams.Phase",
            "Drawing progress": "progress.show",
            "Content to send": "streams.Content streams.Readable",
            "Connections": "streams.Duplex streams.ByteStream streams.Source",
        },
    ),
    "arguments": (
        "Arguments and small values",
        "Types of arguments and results that belong to no single object.",
        {
            "Times and platforms": "types.TimeBound types.Timestamp types.PlatformArgument types.PlatformFields",
            "Ids": "types.IdOrName types.HasId",
            "Names with values, and commands": "types.Environment types.Labels types.KeyValues types.Command",
            "Durations and sizes": "types.Duration types.PositiveDuration types.Seconds types.Nanoseconds types.Size",
            "Numbers and ports": "types.Count types.PositiveInt types.FileMode types.ExposedPorts",
            "Limited numbers": "types.Cells types.Grace types.Owner",
            "Filters": "types.FilterValue",
            "Choices": "api.WaitCondition api.RegistryAuthFrom api.DataUsageType types.ServiceModeName",
            "Versions": "types.ApiVersion types.Span types.Ping",
            "Credentials": "AuthConfig types.Credentials types.CredentialResolver",
            "Connecting": "types.Host types.Scheme types.SshWay types.WarmPart types.ClientArguments types.JsonObject",
            "Diagnostics": "types.Diagnostics types.OpenStream",
        },
    ),
    "transport": (
        "The transport below the API",
        "What a replacement for the connections to the engine has to offer, for example in tests.",
        {"Transport": "api.Api api.Transport api.Call api.Operation api.Reply"},
    ),
    "../buildkit": (
        "BuildKit",
        "Options and results of builds by BuildKit. [](buildkit-progress.md) has the items that a build reports.",
        {
            "Options": "buildkit.BuildOptions buildkit.BuildContext buildkit.Cache buildkit.Env buildkit.Output "
            "buildkit.OutputTarget buildkit.OutputType buildkit.SecretSource buildkit.SshSource buildkit.RegistryLogin "
            "buildkit.Credentials",
            "Building": "buildkit.solve buildkit.Build buildkit.BuildResult",
        },
    ),
    "../buildkit-progress": (
        "BuildKit: progress",
        "The items that a build reports while it runs, and how to show them.",
        {
            "Progress": "buildkit.BuildState buildkit.BuildStep buildkit.BuildLog buildkit.BuildTransfer "
            "buildkit.BuildWarning buildkit.StepState buildkit.BuildProgress",
            "Showing progress": "buildkit.show buildkit.Showable buildkit.PlainLines",
        },
    ),
    "../tls-contexts": (
        "TLS and contexts",
        "[](../howto/tls.md) and [](../howto/contexts.md) show how they are used.",
        {"TLS": "TLSConfig", "Contexts": "ContextAPI Context"},
    ),
    "../builder": (
        "The builder",
        "`client.buildkit`: the build cache, and the features of the engine's builder.",
        {
            "The builder": "buildkit.BuildKit buildkit.BuildKitInfo buildkit.CacheRecord buildkit.PruneResult "
            "buildkit.Worker",
            "Features of the engine": "buildkit.EngineFeatures buildkit.Capability buildkit.CAPABILITIES",
        },
    ),
}
"""Page to title, introduction, and heading to the public names shown there, in order."""

TESTING = {
    "testing": (
        "Classes for tests",
        "The fake engine, its registry and clock, and a proxy for faults. [](fake-programs.md) has the programs.",
        "FakeEngine FakeContainer FakeRegistry FakeClock Node Call FaultProxy Faults",
    ),
    "fake-programs": (
        "Programs of fake containers",
        "What a function receives that runs as the process of a container.",
        "Program Process Input Sink Files Mounted ContainerView Done",
    ),
}
"""Page to title, introduction, and public names of `aiodockerpy.testing`, in order."""

OF_INSPECTION = (
    "ContainerInspect ContainerState ContainerStateStatus Health HealthStatus HealthcheckResult NetworkSettings "
    "Address Storage RootFSStorage RootFSStorageSnapshot"
)
"""Models of containers that have a page of their own."""
