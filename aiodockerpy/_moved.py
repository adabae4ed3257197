"""Modules that had another documented name: importing the old name returns the module of today."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

MODULES: Final = {
    "aiodockerpy._transport.byteio": "aiodockerpy.streams.archives",
    "aiodockerpy._transport.content": "aiodockerpy.streams.content",
    "aiodockerpy._transport.credentials": "aiodockerpy.api._credentials",
    "aiodockerpy._transport.output": "aiodockerpy.streams.output",
    "aiodockerpy._transport.progress_stream": "aiodockerpy.streams.progress",
    "aiodockerpy._transport.registry": "aiodockerpy._transport.diagnostics",
    "aiodockerpy._transport.streams": "aiodockerpy.streams.stream",
    "aiodockerpy.resources.attach": "aiodockerpy.resources._processes.attach",
    "aiodockerpy.resources.build": "aiodockerpy.resources._builds.build",
    "aiodockerpy.resources.events": "aiodockerpy.resources._following.events",
    "aiodockerpy.resources.exec": "aiodockerpy.resources._processes.exec",
    "aiodockerpy.resources.logs": "aiodockerpy.resources._following.logs",
    "aiodockerpy.resources.options": "aiodockerpy._options.containers",
    "aiodockerpy.resources.process": "aiodockerpy.resources._processes.handle",
    "aiodockerpy.resources.stats": "aiodockerpy.resources._following.stats",
    "aiodockerpy.resources.wait": "aiodockerpy.resources._processes.wait",
    "aiodockerpy.resources.watch": "aiodockerpy.resources._following.view",
}
"""Old name to present name."""


class _MovedModules:
    """Finds the old names. It is last in ``sys.meta_path``, so it is asked only for names that no file has."""

    @staticmethod
    def find_spec(name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, _MovedModules) if name in MODULES else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        module = import_module(MODULES[spec.name])
        spec.loader_state = module.__spec__
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Restore the module's own spec, which the import system has replaced."""
        if module.__spec__ is not None:
            module.__spec__ = module.__spec__.loader_state


def install() -> None:
    """Register the old names as importable; calling it again does nothing."""
    if _MovedModules not in sys.meta_path:
        sys.meta_path.append(_MovedModules)
