"""OpenTelemetry: a span and metrics for every call and stream (the extra ``aiodockerpy[otel]``).

Example:
    .. code-block:: python

        from aiodockerpy.otel import OpenTelemetry

        async with docker.from_env(hooks=OpenTelemetry()) as client:
            await client.containers.list()

It needs the API of OpenTelemetry alone: which SDK and exporter are used is the program's choice. Names and attributes
are those of the semantic conventions for HTTP clients; the attributes ``docker.operation`` (``containers.stop``) and
``docker.api.version`` are this library's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

try:
    from opentelemetry import metrics, propagate, trace
except ImportError as error:
    raise ImportError("aiodockerpy.otel needs opentelemetry-api: install aiodockerpy[otel]", name=error.name) from error

from aiodockerpy._arguments import checked
from aiodockerpy._version import __version__
from aiodockerpy.errors import APIError
from aiodockerpy.hooks import CallInfo, Hook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

    from aiodockerpy._config.hosts import Host

__all__ = ["OpenTelemetry"]

_SCHEMA: Final = "https://opentelemetry.io/schemas/1.37.0"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The bounds of the histogram of durations that the conventions recommend."""
_TRANSPORT: Final = {"unix": "unix", "npipe": "pipe", "tcp": "tcp", "ssh": "pipe"}

Attributes = dict[str, str | int]


class OpenTelemetry(Hook):
    """A hook that makes a client span of every call, and records the metrics of HTTP clients.

    A span is named after method and path template, ``POST /containers/{id}/stop``, is a child of the current span of
    the task that makes the call, and lasts until the answer is complete or the stream ends. The metrics are
    ``http.client.request.duration``, ``http.client.active_requests``, ``http.client.request.body.size`` and
    ``http.client.response.body.size``.

    Args:
        tracer_provider: Where spans go; the global provider if not given.
        meter_provider: Where metrics go; the global provider if not given.
        propagate: Send the context of the span in headers (``traceparent``), by the global propagator. An engine
            that records traces itself continues the trace; others ignore the headers.
    """

    @checked
    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        *,
        propagate: bool = False,
    ) -> None:
        self._propagate = propagate
        self._tracer = trace.get_tracer("aiodockerpy", __version__, tracer_provider, schema_url=_SCHEMA)
        meter = metrics.get_meter("aiodockerpy", __version__, meter_provider, schema_url=_SCHEMA)
        self._durations = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._active = meter.create_up_down_counter(
            "http.client.active_requests", "{request}", "Number of active HTTP requests."
        )
        self._sent = meter.create_histogram(
            "http.client.request.body.size", "By", "Size of HTTP client request bodies."
        )
        self._received = meter.create_histogram(
            "http.client.response.body.size", "By", "Size of HTTP client response bodies."
        )
        self._open: dict[CallInfo, tuple[Span, Attributes]] = {}

    def begin(self, call: CallInfo) -> None:
        """Start the span of a call."""
        counted = {"http.request.method": call.method, **_server(call.host), "url.template": call.template}
        span = self._tracer.start_span(
            f"{call.method} {call.template}",
            kind=trace.SpanKind.CLIENT,
            attributes={**counted, "docker.operation": call.operation},
        )
        self._open[call] = span, counted
        self._active.add(1, counted)
        if self._propagate:
            propagate.inject(call.headers, trace.set_span_in_context(span))

    def end(self, call: CallInfo) -> None:
        """End the span of a call that has its answer."""
        self._finish(call, {})

    def error(self, call: CallInfo, error: BaseException) -> None:
        """End the span of a call that has failed, with the status or the class of the error, never with its text."""
        kind = str(error.status_code) if isinstance(error, APIError) else _name(type(error))
        self._finish(call, {"error.type": kind})

    def _finish(self, call: CallInfo, failure: Mapping[str, str]) -> None:
        if (opened := self._open.pop(call, None)) is None:  # `begin` has failed for this call
            return
        span, counted = opened
        self._active.add(-1, counted)
        measured = {"http.request.method": call.method, **_server(call.host), **_protocol(call), **failure}
        if call.status is not None:
            measured["http.response.status_code"] = call.status
        measured["url.template"] = call.template
        self._durations.record(call.duration or 0, measured)
        self._sent.record(call.sent, measured)
        self._received.record(call.received, measured)
        span.set_attributes({**measured, **_details(call)})
        if failure:
            span.set_status(trace.StatusCode.ERROR)
        span.end()


def _server(host: Host | None) -> Attributes:
    """Return where the engine is; nothing while that is not known."""
    if host is None:
        return {}
    address: Attributes = {"server.address": host.name or host.path}
    if host.port is not None:
        address["server.port"] = host.port
    return address


def _protocol(call: CallInfo) -> Attributes:
    return {"url.scheme": _scheme(call), "network.protocol.version": "2" if call.kind == "dial" else "1.1"}


def _scheme(call: CallInfo) -> str:
    return "https" if call.host is not None and call.host.tls else "http"


def _details(call: CallInfo) -> Attributes:
    """Return the attributes of a span that metrics do not have, since they take many values."""
    details: Attributes = {
        "url.path": call.path,
        "http.request.body.size": call.sent,
        "http.response.body.size": call.received,
    }
    if call.host is not None:
        details["url.full"] = _url(call)
        details["network.transport"] = _TRANSPORT[call.host.scheme]
    if call.api_version is not None:
        details["docker.api.version"] = call.api_version
    if call.attempts > 1:
        details["http.request.resend_count"] = call.attempts - 1
    return details


def _url(call: CallInfo) -> str:
    """Return the URL without query, which may hold secrets."""
    version = f"/v{call.api_version}" if call.api_version is not None else ""
    if call.host is None or call.host.scheme != "tcp":
        return f"http://docker{version}{call.path}"
    return f"{_scheme(call)}://{call.host.authority}{call.host.prefix}{version}{call.path}"


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
