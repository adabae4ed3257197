"""Documented module names of earlier versions still import."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import aiodockerpy  # noqa: F401 (installs the old names)
from aiodockerpy._moved import MODULES
from tests.together import together


@together("old", MODULES)
def test_an_old_module_name_is_the_present_module(old):
    present = import_module(MODULES[old])

    assert import_module(old) is present
    assert present.__name__ == present.__spec__.name == MODULES[old]


def test_an_old_name_is_importable_first_in_a_new_process():
    code = "from aiodockerpy.resources.events import Resync; import aiodockerpy; assert Resync is aiodockerpy.resources.Resync"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_missing_names_stay_missing():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        import_module("aiodockerpy.resources.no_such_module")


@pytest.mark.parametrize("name", ["Container", "ContainerCollection", "ExecResult"])
def test_names_that_one_module_had_together_still_import_from_it(name):
    from aiodockerpy import resources

    assert getattr(import_module("aiodockerpy.resources.containers"), name) is getattr(resources, name)
