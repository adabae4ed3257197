"""That every checked function has annotations whose kinds are known, though its modules import them for type checkers only."""

from __future__ import annotations

import gc
import inspect
import pkgutil
from importlib import import_module

import aiodockerpy
from aiodockerpy._arguments.annotations import kinds_of


def checked_functions():
    """Import the whole package and yield every function that is checked."""
    for module in pkgutil.walk_packages(aiodockerpy.__path__, "aiodockerpy."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    gc.unfreeze()  # conftest.py has frozen what was there when the tests were collected
    objects = gc.get_objects()
    gc.freeze()
    for found in objects:
        if (
            inspect.isfunction(found)
            and found.__code__.co_filename.endswith("_arguments/gate.py")
            and hasattr(found, "__wrapped__")
        ):
            yield found.__wrapped__


def test_every_annotation_has_a_kind():
    found = 0
    for function in checked_functions():
        annotations = {
            name: one.annotation
            for name, one in inspect.signature(function).parameters.items()
            if one.annotation is not one.empty
        }
        kinds_of(annotations, vars(import_module(function.__module__)))  # raises for a name that has no home
        found += 1
    assert found > 400
