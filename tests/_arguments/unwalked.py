"""The public functions that are not called with wrong shapes, and why."""

from __future__ import annotations

import importlib
import inspect

from aiodockerpy import models
from tests import signatures

MODULES = (*signatures.PUBLIC_MODULES, "aiodockerpy.testing")

_REASONS = {
    "an event loop calls it": "Stream.send Stream.throw",
    "the library alone calls it": (
        "BuildState.feed BuildState.take LogStream.read_through Ping.from_headers Span.of Span.parse"
    ),
    "the library calls it with what it knows of a call": (
        "LogCalls.begin LogCalls.end LogCalls.error OpenTelemetry.begin OpenTelemetry.end OpenTelemetry.error"
    ),
    "methods of the client make it, whose own arguments are checked": (
        "Api Attached AttachedProcess BytesStream EventStream ExecProcess JobPool LogStream StatsStream View"
    ),
    "methods of the fake engine make it": "ContainerView FakeContainer",
    "the fake engine calls it": "Process.kill Process.start Process.within",
    "a transport calls it with what the engine answered": "status_error",
    "it reads what engines answer, whatever that is": "PluginInterfaceType.parse",
    "as the method of a dict": "PathStat.get",
    "each kind of processes has its own": "ProcessHandle.hang_up ProcessHandle.resize",
    "it calls a function of the test's, which may raise anything": "FaultProxy.until",
    "its keywords are the constructor's": "FakeEngine.in_thread",
    "it calls the method of the client that the scope was made from": "Scope.reap Scope.scope",
    "it sleeps": "Process.sleep",
    "test_jobs_and_scopes.py walks it, inside the block of a pool": "JobPool.submit",
}

NOT_WALKED = {path: reason for reason, paths in _REASONS.items() for path in paths.split()}
"""Public functions that are not walked, and why."""


READERS = ("aiodockerpy.models._base", "aiodockerpy.models._lazy")
"""Where the methods are that all models have: they read what engines answer, see tests/models/test_every_model.py."""


def public_functions():
    """Yield every public function that takes an argument, by its path."""
    for module in map(importlib.import_module, MODULES):
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing):
                yield name, thing
            elif inspect.isclass(thing) and not getattr(thing, "_is_protocol", False):
                yield from _methods(thing)


def _methods(kind):
    """Yield the methods of a class, and its constructor if programs construct it: then its arguments are documented."""
    if "Args:" in (kind.__doc__ or "") and inspect.isfunction(kind.__init__) and not issubclass(kind, models.Model):
        yield kind.__name__, kind.__init__
    for name, method in inspect.getmembers(kind, lambda member: inspect.isfunction(member) or inspect.ismethod(member)):
        if not name.startswith("_"):
            yield f"{kind.__name__}.{name}", getattr(method, "__func__", method)


def _is_ours(function):
    parameters = [name for name in inspect.signature(function).parameters if name not in {"self", "cls"}]
    return bool(parameters) and function.__module__.startswith("aiodockerpy.") and function.__module__ not in READERS


def plain(function):
    """Return a function as it is written."""
    return inspect.unwrap(function.__init__ if inspect.isclass(function) else function)


def unwalked(walked):
    """Return the public functions that are not among those that are walked, by their definition."""
    known = {plain(function) for function in walked}
    found = {}
    for path, function in public_functions():
        if _is_ours(function) and plain(function) not in known:
            found.setdefault(plain(function), path)
    return found
