from __future__ import annotations

import pytest

from aiodockerpy._protocol.fields import FIELDS
from aiodockerpy._protocol.operations import OPERATIONS, Span
from aiodockerpy.api._supports import lookup
from aiodockerpy.errors import InvalidArgument
from tests.together import together


@together(
    ("what", "since", "until"),
    [
        ("images.push", "", ""),
        ("ImagePush", "", ""),
        ("images.attestations", "1.55", ""),
        ("images.attestations.platform", "1.55", ""),
        ("images.push.platform", "1.46", ""),
        ("ImagePush.platform", "1.46", ""),
        ("images.pull.platform", "", ""),
        ("images.list.shared-size", "1.42", ""),
        ("images.list.shared_size", "1.42", ""),
        ("images.list.filters.until", "", ""),
        ("containers.stop.stop_timeout", "", ""),
        ("containers.stop.signal", "1.42", ""),
        ("build.build.tags", "", ""),
        ("build.prune.keep-storage", "", "1.51"),
        ("build.prune.reserved_space", "1.48", ""),
        ("containers.create.HostConfig.Annotations", "1.43", ""),
        ("containers.create.host_config.annotations", "1.43", ""),
        ("containers.create.HostConfig.Memory", "", ""),
        ("containers.create.HostConfig.Mounts.ImageOptions", "1.48", ""),
        ("HostConfig.Annotations", "1.43", ""),
        ("Mount.BindOptions.ReadOnlyForceRecursive", "1.44", ""),
        ("EndpointSettings.MacAddress", "1.44", ""),
        ("networks.connect.EndpointConfig.MacAddress", "1.54", ""),
        ("networks.connect.EndpointConfig.GwPriority", "1.48", ""),
        ("volumes.create.ClusterVolumeSpec.Group", "1.42", ""),
        ("volumes.update", "1.42", ""),
    ],
)
def test_known(what, since, until):
    assert lookup(what) == Span.of(since, until)


@together(
    ("what", "hint"),
    [
        ("images.pussh", "'images.push'"),
        ("images.push.platfrom", "'platform'"),
        ("images.list.filters.danglin", "'filters.dangling'"),
        ("HostConfig.Anotations", "'Annotations'"),
        ("HostConfg.Annotations", "'HostConfig'"),
        ("HostConfig", "such as 'HostConfig.CpuShares'"),
        ("containers.create.HostConfig.Memory.Size", "'Memory'"),
        ("", "known are"),
        ("...", "known are"),
    ],
)
def test_unknown_names_the_nearest(what, hint):
    with pytest.raises(InvalidArgument, match=hint):
        lookup(what)


@together("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_everything_of_the_table_is_found(operation):
    assert lookup(operation.name) == lookup(operation.id) == operation.span
    for name, span in operation.parameters.items():
        found = lookup(f"{operation.name}.{name}")
        assert (found.since, found.until) == (span.since or operation.span.since, span.until)


@together(
    ("model", "path", "span"),
    [(model, path, span) for model, fields in FIELDS.items() for path, span in fields.items()],
)
def test_every_field_of_the_table_is_a_field_of_its_model(model, path, span):
    assert lookup(f"{model}.{path}") == span
