"""Whether the owner of a scope still runs."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import replace

import pytest

from aiodockerpy.resources._scopes.owner import Owner

MACHINE = "0123456789abcdef" * 2


def ended_process():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return str(process.pid)


@pytest.fixture
def here():
    return replace(Owner.here(), machine=MACHINE, container="")


def without_files(function):
    """Call a function that can open no file."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        return function()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.parametrize(
    ("differs", "life"),
    [
        ({}, "alive"),
        ({"started": "1"}, "dead"),
        ({"pid": ended_process()}, "dead"),
        ({"pid": "9" * 30}, "dead"),
        ({"pid": "-1"}, "dead"),
        ({"namespace": "pid:[1]"}, "unknown"),
        ({"boot": "another"}, "dead"),
        ({"boot": "another", "container": "c" * 64}, "unknown"),
        ({"boot": "another", "machine": "another"}, "unknown"),
        ({"boot": ""}, "unknown"),
        ({"started": ""}, "unknown"),
    ],
)
def test_an_owner_is_dead_only_if_that_is_proven(here, differs, life):
    assert replace(here, **differs).life(here) == life


@pytest.mark.parametrize("machine", ["", "uninitialized"])
def test_machines_whose_id_is_none_need_not_be_the_same(here, machine):
    here = replace(here, machine=machine)
    assert replace(here, boot="another").life(here) == "unknown"


def test_a_process_that_cannot_be_looked_at_may_run(here):
    ended = replace(here, pid=ended_process())
    assert without_files(lambda: (here.life(here), ended.life(here))) == ("unknown", "dead")


def test_a_process_that_has_ended_and_is_not_reaped_is_dead(here):
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert replace(here, pid=str(process.pid)).life(here) == "dead"
    process.wait()
