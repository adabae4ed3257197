"""Use BuildKit natively: build with everything that the engine can do, and manage its build cache.

``client.images.build`` and ``client.buildkit`` are built on this. BuildKit is reached through the engine's own socket;
neither the docker command nor buildx is needed.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy.buildkit._capabilities import (
        CAPABILITIES as CAPABILITIES,
        Capability as Capability,
        EngineFeatures as EngineFeatures,
    )
    from aiodockerpy.buildkit.build import *
    from aiodockerpy.buildkit.control import *
    from aiodockerpy.buildkit.display import *
    from aiodockerpy.buildkit.options import *
    from aiodockerpy.buildkit.progress import *
else:
    from aiodockerpy._exports import exports

    __getattr__, __dir__, __all__ = exports(
        __name__,
        {
            "aiodockerpy.buildkit._capabilities": "CAPABILITIES Capability EngineFeatures",
            "aiodockerpy.buildkit.build": "Build BuildResult solve",
            "aiodockerpy.buildkit.control": "BuildKit BuildKitInfo CacheRecord PruneResult Worker",
            "aiodockerpy.buildkit.display": "PlainLines Showable show",
            "aiodockerpy.buildkit.options": (
                "BuildContext BuildOptions Cache Credentials Env Output OutputTarget OutputType RegistryLogin SecretSource "
                "SshSource"
            ),
            "aiodockerpy.buildkit.progress": (
                "BuildLog BuildProgress BuildState BuildStep BuildTransfer BuildWarning StepState"
            ),
        },
    )
