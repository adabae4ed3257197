"""Prepare a request value for sending: check the version, complete the path, encode the body."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiodockerpy._protocol import query
from aiodockerpy._protocol.operations import ALWAYS
from aiodockerpy.errors import UnsupportedByEngine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodockerpy._protocol.operations import Call, Span
    from aiodockerpy._protocol.versions import ApiVersion


@dataclass(slots=True)
class Prepared:
    """A call as it goes over the wire, but for the connection's own headers."""

    method: str
    path: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    call: Call = field(repr=False)

    @property
    def what(self) -> str:
        """Method and path, for messages; the query may hold values that must not be shown."""
        return f"{self.method} {self.path}"


def prepare(call: Call, version: ApiVersion | None, *, prefix: str = "") -> Prepared:
    """Complete a call for an API version.

    Args:
        call: The request value.
        version: The version in use; ``None`` for an operation that is sent without one.
        prefix: The path in front of everything, of an engine behind a proxy.

    Raises:
        UnsupportedByEngine: The version lacks something of the call.
    """
    if version is not None:
        call = _renamed(call, version)
        check_version(call, version)
    path = f"{prefix}/v{version.major}.{version.minor}{call.path}" if version is not None else f"{prefix}{call.path}"
    body, headers = _encode(call)
    return Prepared(call.operation.method, path, query.target(path, call.query), headers, body, call)


def _renamed(call: Call, version: ApiVersion) -> Call:
    """Rename parameters to the names of the API version."""
    operation = call.operation
    if not operation.older:
        return call
    names = {new: old for new, old in operation.older.items() if not operation.parameters[new].covers(version)}
    return replace(call, query=tuple((names.get(name, name), value) for name, value in call.query))


def _encode(call: Call) -> tuple[bytes | None, dict[str, str]]:
    headers = dict(call.headers)
    if call.json is not None:
        from aiodockerpy.models._base import to_json  # the models load with the first body

        headers["Content-Type"] = "application/json"
        return to_json(call.json), headers
    if call.content is not None:
        headers["Content-Type"] = "application/x-tar"
    return None, headers


def check_version(call: Call, version: ApiVersion) -> None:
    """Refuse what the version lacks: the operation, a parameter, or a field of the body."""
    operation = call.operation
    _require(operation.name, operation.span, version)
    for name, _ in call.query:
        if (span := operation.parameters[name]) is not ALWAYS:
            _require(f"{operation.name}: {name}", span, version)
    if call.json is not None:
        from aiodockerpy.models._versions import unsupported

        for field_name, span in unsupported(call.json, version):
            _require(f"{operation.name}: {field_name}", span, version)


def _require(what: str, span: Span, version: ApiVersion) -> None:
    if span.covers(version):
        return
    removed = span.until is not None and version > span.until
    raise UnsupportedByEngine(
        what, needed=str(span.until if removed else span.since), present=str(version), removed=removed
    )
