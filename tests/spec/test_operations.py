"""The table of operations against the specification."""

from __future__ import annotations

from aiodockerpy._protocol.operations import OPERATIONS, Span
from aiodockerpy.models import filters
from tests.spec.table import facts, query
from tests.together import together

# What the daemon reads and we leave out on purpose.
LEFT_OUT = {
    (
        "BuildPrune",
        "keep-storage",
    ): "still read from 1.52 on, but gone from the specification: the newer three replace it",
    ("ContainerLogs", "format"): "experimental: logs come as frames, which every engine has",
}
# Operations the daemon has, the specification has not, and nobody needs.
NOT_OURS = {
    "GET /networks/": "the same as GET /networks",
    "OPTIONS /{any}": "for browsers",
    "GET /debug/vars": "the daemon's own diagnosis",
    "GET /debug/pprof/": "the daemon's own diagnosis",
    "GET /debug/pprof/{name}": "the daemon's own diagnosis",
    "GET /debug/pprof/cmdline|profile|symbol|trace": "the daemon's own diagnosis",
}


EVERY = together("operation", facts()["operations"])


class TestOperation:
    @EVERY
    def test_method_and_path(self, operation: str) -> None:
        ours = OPERATIONS[operation]
        assert f"{ours.method} {ours.path}" == facts()["operations"][operation]["request"]

    @EVERY
    def test_versions(self, operation: str) -> None:
        assert OPERATIONS[operation].span == Span.of(facts()["operations"][operation].get("since", ""))

    @EVERY
    def test_every_parameter_with_its_versions(self, operation: str) -> None:
        ours = dict(OPERATIONS[operation].parameters)
        for name, span in query(operation).items():
            assert ours.pop(name) == span, name
        extra = query(operation, "undocumented")
        for name in extra.keys() - {name for of, name in LEFT_OUT if of == operation}:
            assert ours.pop(name) == extra[name], name
        assert not ours, "known neither to the specification nor to the daemon"


def test_what_the_specification_leaves_out() -> None:
    daemon = {f"{row['method']} {row['path']}" for row in facts()["undocumented_operations"]}
    assert daemon >= NOT_OURS.keys()
    ours = {f"{row.method} {row.path}" for row in OPERATIONS.values() if row.id not in facts()["operations"]}
    assert ours == daemon - NOT_OURS.keys()


def test_ids_are_unique() -> None:
    names = [row.name for row in OPERATIONS.values()]
    assert len(set(names)) == len(names)


@together("operation", [row.id for row in OPERATIONS.values() if row.filters])
def test_filters_are_typed(operation: str) -> None:
    typed = filters.EventsFilters if operation == "SystemEvents" else getattr(filters, f"{operation}Filters")
    assert set(typed.__annotations__) == OPERATIONS[operation].filters
    assert not typed.__required_keys__


def test_no_filters_without_an_operation() -> None:
    assert len(set(filters.__all__) - {"Filters"}) == sum(bool(row.filters) for row in OPERATIONS.values())


def test_a_parameter_named_filters_has_its_names() -> None:
    assert {row.id for row in OPERATIONS.values() if "filters" in row.parameters} == {
        row.id for row in OPERATIONS.values() if row.filters
    }
