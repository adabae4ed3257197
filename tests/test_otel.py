"""Spans and metrics, as an exporter of the SDK gets them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from pathlib import Path

import pytest
import pytest_asyncio
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv import _incubating, attributes
from opentelemetry.semconv.attributes import error_attributes, http_attributes, server_attributes, url_attributes
from opentelemetry.trace import SpanKind, StatusCode

import aiodockerpy
from aiodockerpy import errors, otel
from aiodockerpy.otel import OpenTelemetry
from aiodockerpy.testing import FakeEngine


class Exported:
    def __init__(self):
        self._spans = InMemorySpanExporter()
        self._metrics = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.meters = MeterProvider(metric_readers=[self._metrics])

    def hook(self, **options):
        return OpenTelemetry(self.tracers, self.meters, **options)

    @property
    def spans(self):
        return self._spans.get_finished_spans()

    def points(self, name):
        """Return the points of a metric, and its unit."""
        found = self._metrics.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
        (metric,) = [metric for metric in found if metric.name == name]
        return list(metric.data.data_points), metric.unit


@pytest.fixture
def exported():
    made = Exported()
    yield made
    made.tracers.shutdown()
    made.meters.shutdown()


@pytest_asyncio.fixture
async def engine():
    async with FakeEngine(api="1.44") as made:
        yield made


def client(engine, hook, **options):
    return aiodockerpy.DockerClient(engine.url, hooks=hook, environment={"HOME": "/nowhere"}, **options)


async def test_a_span_has_the_attributes_of_the_conventions(engine, exported):
    async with client(engine, exported.hook()) as docker:
        assert await docker.api.containers.list() == []
    (span,) = exported.spans
    assert (span.name, span.kind, span.status.status_code) == (
        "GET /containers/json",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert span.instrumentation_scope.name == "aiodockerpy"
    attributes = dict(span.attributes)
    assert attributes.pop(server_attributes.SERVER_ADDRESS) == engine.url.removeprefix("unix://")
    assert attributes == {
        http_attributes.HTTP_REQUEST_METHOD: "GET",
        http_attributes.HTTP_RESPONSE_STATUS_CODE: 200,
        url_attributes.URL_FULL: "http://docker/v1.44/containers/json",
        url_attributes.URL_PATH: "/containers/json",
        url_attributes.URL_SCHEME: "http",
        "url.template": "/containers/json",
        "network.protocol.version": "1.1",
        "network.transport": "unix",
        "http.request.body.size": 0,
        "http.response.body.size": len("[]\n"),
        "docker.operation": "containers.list",
        "docker.api.version": "1.44",
    }


async def test_a_span_is_named_by_the_template_and_is_a_child_of_the_program_s(engine, exported):
    with exported.tracers.get_tracer("program").start_as_current_span("handler") as outer:
        async with client(engine, exported.hook()) as docker:
            await docker.api.images.tag("busybox", repo="web")
    span = exported.spans[0]
    assert span.name == "POST /images/{name}/tag"
    assert span.parent.span_id == outer.get_span_context().span_id


async def test_a_refusal_and_a_repeated_call(engine, exported):
    engine.cut("system.version", after=0, times=1)
    async with client(engine, exported.hook()) as docker:
        with pytest.raises(errors.NotFound):
            await docker.api.containers.inspect("none")
        await docker.version()
    refused, repeated = exported.spans
    assert refused.attributes[error_attributes.ERROR_TYPE] == "404"
    assert refused.status.status_code is StatusCode.ERROR
    assert not refused.events
    assert repeated.attributes[http_attributes.HTTP_REQUEST_RESEND_COUNT] == 1


async def test_an_engine_that_is_away(exported, tmp_path):
    async with aiodockerpy.DockerClient(f"unix://{tmp_path}/none.sock", "1.44", hooks=exported.hook()) as docker:
        with pytest.raises(errors.EngineUnreachable):
            await docker.info()
    (span,) = exported.spans
    assert span.attributes[error_attributes.ERROR_TYPE] == "aiodockerpy.errors.EngineUnreachable"
    assert http_attributes.HTTP_RESPONSE_STATUS_CODE not in span.attributes


async def test_metrics(engine, exported):
    async with client(engine, exported.hook()) as docker:
        for _ in range(2):
            assert await docker.api.containers.list() == []
        async with docker.api.system.events():
            active, _ = exported.points("http.client.active_requests")
            assert sum(point.value for point in active) == 1
    active, unit = exported.points("http.client.active_requests")
    assert (sum(point.value for point in active), unit) == (0, "{request}")
    durations, unit = exported.points("http.client.request.duration")
    counts = {point.attributes["url.template"]: point.count for point in durations}
    assert counts == {"/containers/json": 2, "/events": 1}
    assert unit == "s"
    assert durations[0].explicit_bounds[0] == 0.005
    assert len(durations[0].explicit_bounds) == 14
    sizes, unit = exported.points("http.client.response.body.size")
    assert unit == "By"
    (listed,) = [point for point in sizes if point.attributes["url.template"] == "/containers/json"]
    assert listed.sum == 2 * len("[]\n")
    assert exported.points("http.client.request.body.size")[1] == "By"
    for point in durations:
        assert {"http.request.method", "server.address", "http.response.status_code"} <= set(point.attributes)
        assert not {"url.path", "url.full", "docker.operation"} & set(point.attributes)


def conventional_names():
    """The attributes of the semantic conventions, as the package of OpenTelemetry lists them."""
    for package in (attributes, _incubating.attributes):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            yield from (
                value for value in vars(importlib.import_module(module.name)).values() if isinstance(value, str)
            )


async def test_attributes_are_those_of_the_conventions(engine, exported):
    """What the conventions require of spans and of each metric, and no name of our own but for ``docker.``."""
    engine.cut("system.version", after=0, times=1)
    async with client(engine, exported.hook()) as docker:
        await docker.info()
        await docker.version()
        with pytest.raises(errors.NotFound):
            await docker.api.containers.inspect("none")
    names = {name for span in exported.spans for name in span.attributes}
    required = {"http.request.method", "url.template"}  # and the server, which is not known when the first call begins
    for metric, needed in {
        "active_requests": required,
        "request.duration": required | {"server.address"},
        "request.body.size": required | {"server.address"},
        "response.body.size": required | {"server.address"},
    }.items():
        points, _ = exported.points(f"http.client.{metric}")
        names |= {name for point in points for name in point.attributes}
        assert all(needed <= set(point.attributes) for point in points), metric
    assert {name for name in names if not name.startswith("docker.")} <= set(conventional_names())
    assert {"error.type", "http.request.resend_count", "url.full"} <= names


@pytest.mark.parametrize("propagate", [False, True])
async def test_the_context_is_sent_where_asked(engine, exported, propagate):
    async with client(engine, exported.hook(propagate=propagate)) as docker:
        await docker.info()
    (span,) = exported.spans
    context = f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-"
    assert engine.calls[-1].headers.get("traceparent", "").startswith(context) is propagate


async def test_the_extra_is_named_when_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "aiodockerpy.otel", raising=False)
    monkeypatch.delitem(vars(aiodockerpy), "otel", raising=False)
    with pytest.raises(ImportError, match=r"aiodockerpy.otel needs opentelemetry-api: install aiodockerpy\[otel\]"):
        _ = aiodockerpy.otel


def test_only_the_api_is_imported():
    tree = ast.parse(Path(otel.__file__).read_text())
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    found = {name for name in modules if name.startswith("opentelemetry")}
    assert found == {"opentelemetry", "opentelemetry.metrics", "opentelemetry.trace"}
