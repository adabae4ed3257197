"""Use BuildKit natively: build with everything that the engine can do, and manage its build cache.

``client.images.build`` and ``client.buildkit`` are built on this. BuildKit is reached through the engine's own socket;
neither the docker command nor buildx is needed.
"""

from aiodockerpy.buildkit._capabilities import CAPABILITIES, Capability, EngineFeatures
from aiodockerpy.buildkit.build import Build, BuildResult, solve
from aiodockerpy.buildkit.control import BuildKit, BuildKitInfo, CacheRecord, PruneResult, Worker
from aiodockerpy.buildkit.display import PlainLines, Showable, show
from aiodockerpy.buildkit.options import (
    BuildContext,
    BuildOptions,
    Cache,
    Credentials,
    Env,
    Output,
    OutputTarget,
    OutputType,
    RegistryLogin,
    SecretSource,
    SshSource,
)
from aiodockerpy.buildkit.progress import (
    BuildLog,
    BuildProgress,
    BuildState,
    BuildStep,
    BuildTransfer,
    BuildWarning,
    StepState,
)

__all__ = [
    "CAPABILITIES",
    "Build",
    "BuildContext",
    "BuildKit",
    "BuildKitInfo",
    "BuildLog",
    "BuildOptions",
    "BuildProgress",
    "BuildResult",
    "BuildState",
    "BuildStep",
    "BuildTransfer",
    "BuildWarning",
    "Cache",
    "CacheRecord",
    "Capability",
    "Credentials",
    "EngineFeatures",
    "Env",
    "Output",
    "OutputTarget",
    "OutputType",
    "PlainLines",
    "PruneResult",
    "RegistryLogin",
    "SecretSource",
    "Showable",
    "SshSource",
    "StepState",
    "Worker",
    "show",
    "solve",
]
