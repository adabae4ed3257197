"""A fake Docker engine for tests, and faults before real ones.

`FakeEngine` answers the Docker Engine API from memory. It is for tests of programs that use this library, docker-py,
aiodocker or the docker command line. Containers run Python functions, which get a `Process`. `FaultProxy` stands
between a client and any engine, a real one, too, and breaks connections.

With pytest, the fixture ``docker_engine`` gives each test an engine of its own.
"""

from aiodockerpy.testing._core import Call
from aiodockerpy.testing._images import FakeRegistry
from aiodockerpy.testing._programs.process import Input, Process, Program, Sink
from aiodockerpy.testing._state.clock import Done
from aiodockerpy.testing._state.files import Files, Mounted
from aiodockerpy.testing._state.tree import Node
from aiodockerpy.testing._views import ContainerView, FakeContainer
from aiodockerpy.testing.engine import FakeClock, FakeEngine
from aiodockerpy.testing.proxy import FaultProxy, Faults

__all__ = [
    "Call",
    "ContainerView",
    "Done",
    "FakeClock",
    "FakeContainer",
    "FakeEngine",
    "FakeRegistry",
    "FaultProxy",
    "Faults",
    "Files",
    "Input",
    "Mounted",
    "Node",
    "Process",
    "Program",
    "Sink",
]
