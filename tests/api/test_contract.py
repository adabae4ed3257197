"""Every operation of the table: it has its method, which says what it is and reaches all that the engine takes."""

from __future__ import annotations

import contextlib
import inspect
import re

import pytest

from aiodockerpy import errors
from aiodockerpy._protocol.operations import OPERATIONS, call
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy._transport.http.prepare import prepare
from tests.api.fakes import fake_api
from tests.api.sampling import arguments, methods
from tests.together import together

EVERY = together("operation", OPERATIONS.values(), ids=lambda operation: operation.name)

# Not sent to an engine of API 1.55 although it would read it.
UNREACHED = {
    ("ImageCreate", "fromSrc"): "with a pulled image it has no meaning; import_image sends it",
    ("BuildPrune", "keep-storage"): "sent as reserved-space; below API 1.48 under its own name",
}
# Ids that name no object of the engine.
NAMES_ARE_FREE = {"CheckpointDelete"}


async def perform(method, values):
    """Call a method and do with its result what sends the request."""
    positional = [
        values.pop(name)
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and name in values
    ]
    result = method(*positional, **values)
    if hasattr(result, "__aenter__") and not inspect.iscoroutine(result):
        async with result:
            return
    with contextlib.suppress(errors.ProtocolError):  # the canned answer does not matter here
        await result


@EVERY
def test_method_and_docstring(operation):
    api, _ = fake_api()
    for method in methods(api, operation):
        text = inspect.getdoc(method) or ""
        assert re.search(
            rf"^Operation: ``{operation.id}``, ``{operation.method} {re.escape(operation.path)}``", text, re.MULTILINE
        )


@EVERY
def test_arguments_are_documented_and_keyword_only(operation):
    api, _ = fake_api()
    for method in methods(api, operation):
        parameters = inspect.signature(method).parameters
        listed = re.search(r"^Args:\n((?:    .*\n?|\n)+)", inspect.getdoc(method) or "", re.MULTILINE)
        documented = set(re.findall(r"^    (\w+):", listed[1], re.MULTILINE)) if listed else set()
        alone = set(parameters) if len(parameters) == 1 and not listed else set()  # an id that explains itself
        names = {"rename": {"container", "name"}}.get(method.__name__, alone)
        assert documented | names == set(parameters)
        for parameter in parameters.values():
            assert parameter.kind is not parameter.VAR_KEYWORD
            if parameter.default is None or isinstance(parameter.default, bool):
                assert parameter.kind is parameter.KEYWORD_ONLY or parameter.name in {"content", "request"}


@EVERY
async def test_every_parameter_is_reachable(operation):
    reached = set()
    for at in range(len(methods(fake_api()[0], operation))):
        api, transport = fake_api([])
        method = methods(api, operation)[at]
        await perform(method, arguments(operation, method))
        assert transport.last.call.operation is operation
        reached |= {name for name, _ in transport.query}
    left_out = {name for id, name in UNREACHED if id == operation.id} if operation.id == "BuildPrune" else set()
    assert reached == set(operation.parameters) - left_out


@EVERY
async def test_without_options_every_version_takes_it(operation):
    for at in range(len(methods(fake_api()[0], operation))):
        api, transport = fake_api([], version=str(operation.span.since or "1.41"))
        method = methods(api, operation)[at]
        await perform(method, arguments(operation, method, only_required=True))
        assert transport.last.call.operation is operation


@together("bad", ["", " ", "a/../b", "a\nb"], ids=repr)
@together("operation", [one for one in OPERATIONS.values() if "{" in one.path], ids=lambda operation: operation.name)
async def test_a_bad_id_is_refused_before_anything_is_sent(operation, bad):
    for at in range(len(methods(fake_api()[0], operation))):
        api, transport = fake_api([])
        method = methods(api, operation)[at]
        values = arguments(operation, method)
        for name in [name for name, value in values.items() if value == "text"][:1]:
            with pytest.raises(errors.InvalidArgument):
                await perform(method, {**values, name: bad})
        assert not transport.sent


def _gates():
    for operation in OPERATIONS.values():
        if operation.span.since:
            yield operation, None, str(operation.span.since)
        for name, span in operation.parameters.items():
            if span.since and name not in operation.older:
                yield operation, name, str(span.since)


@together(("operation", "parameter", "since"), _gates(), ids=lambda case: f"{case[0].name}.{case[1]}")
def test_what_a_version_lacks_is_refused_with_both_versions_named(operation, parameter, since):
    parts = dict.fromkeys(re.findall(r"\{(\w+)\}", operation.path), "x")
    request = call(operation.id, parts, {parameter: "1"} if parameter else {})
    version = ApiVersion.parse(since)
    below = ApiVersion(version.major, version.minor - 1)
    with pytest.raises(errors.UnsupportedByEngine) as refused:
        prepare(request, below)
    assert {since, str(below), *([parameter] if parameter else [])} <= set(
        re.findall(r"[\w.-]*[\w]", str(refused.value))
    )
    assert isinstance(refused.value, errors.InvalidVersion)
    assert prepare(request, version).target


@pytest.mark.parametrize("operation", [one for one in OPERATIONS.values() if one.filters], ids=lambda one: one.name)
async def test_an_unknown_filter_is_refused_with_the_nearest(operation):
    api, transport = fake_api([])
    method = methods(api, operation)[0]
    near = min(operation.filters)
    values = {**arguments(operation, method, only_required=True), "filters": {f"{near}x": "1"}}
    with pytest.raises(errors.InvalidArgument, match=re.escape(f"{near!r}")):
        await perform(method, values)
    assert not transport.sent


def test_every_operation_has_a_case():
    """The tables of this folder leave none out."""
    import tests.api.test_build as build
    import tests.api.test_containers as containers
    import tests.api.test_images as images
    import tests.api.test_networks as networks
    import tests.api.test_plugins as plugins
    import tests.api.test_swarm as swarm
    import tests.api.test_system as system
    import tests.api.test_volumes as volumes

    tested = set()
    for module in (build, containers, images, networks, plugins, swarm, system, volumes):
        function = getattr(module, module.__name__.rpartition(".")[2])
        tested |= {case.operation for mark in function.pytestmark for case in mark.args[1]}
    assert tested == set(OPERATIONS)
