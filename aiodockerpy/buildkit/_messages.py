"""Declare the messages of BuildKit's Control API and of the services that it calls on a session.

Numbers and names are those of BuildKit's ``.proto`` files, names in Python's spelling; unused fields are left
out.
"""

from __future__ import annotations

from collections.abc import Mapping

from ._rpc.protobuf import (
    Message,
    boolean,
    byte_map,
    int32,
    int64,
    message,
    messages,
    octet_list,
    octets,
    raw_text,
    text,
    text_list,
    text_map,
    uint32,
)


class Empty(Message):
    """A message without fields."""


class Timestamp(Message):
    """google.protobuf.Timestamp."""

    seconds: int = int64(1)
    nanos: int = int32(2)


class Any(Message):
    """google.protobuf.Any; BuildKit puts JSON into the value where the type URL ends in ``+json``."""

    type_url: str = text(1)
    value: bytes = octets(2)


class Status(Message):
    """google.rpc.Status."""

    code: int = int32(1)
    message: str = text(2)
    details: list[Any] = messages(3, Any)


class BytesMessage(Message):
    """A slice of a stream of bytes; every package of BuildKit has its own, all alike."""

    data: bytes = octets(1)


# ---- moby.buildkit.v1.Control


class Exporter(Message):
    type: str = text(1)
    attrs: Mapping[str, str] = text_map(2)


class CacheOptionsEntry(Message):
    type: str = text(1)
    attrs: Mapping[str, str] = text_map(2)


class CacheOptions(Message):
    exports: list[CacheOptionsEntry] = messages(4, CacheOptionsEntry)
    imports: list[CacheOptionsEntry] = messages(5, CacheOptionsEntry)


class SolveRequest(Message):
    ref: str = text(1)
    exporter_deprecated: str = text(3)
    exporter_attrs_deprecated: Mapping[str, str] = text_map(4)
    session: str = text(5)
    frontend: str = text(6)
    frontend_attrs: Mapping[str, str] = text_map(7)
    cache: CacheOptions | None = message(8, CacheOptions)
    entitlements: list[str] = text_list(9)
    exporters: list[Exporter] = messages(13, Exporter)


class SolveResponse(Message):
    exporter_response: Mapping[str, str] = text_map(1)


class StatusRequest(Message):
    ref: str = text(1)


class Vertex(Message):
    digest: str = text(1)
    inputs: list[str] = text_list(2)
    name: str = text(3)
    cached: bool = boolean(4)
    started: Timestamp | None = message(5, Timestamp)
    completed: Timestamp | None = message(6, Timestamp)
    error: str = text(7)


class VertexStatus(Message):
    id: str = text(1)
    vertex: str = text(2)
    name: str = text(3)
    current: int = int64(4)
    total: int = int64(5)
    started: Timestamp | None = message(7, Timestamp)
    completed: Timestamp | None = message(8, Timestamp)


class VertexLog(Message):
    vertex: str = text(1)
    timestamp: Timestamp | None = message(2, Timestamp)
    stream: int = int64(3)
    msg: bytes = octets(4)


class Position(Message):
    line: int = int32(1)


class Range(Message):
    start: Position | None = message(1, Position)


class SourceInfo(Message):
    filename: str = text(1)
    data: bytes = octets(2)


class VertexWarning(Message):
    vertex: str = text(1)
    short: bytes = octets(3)
    detail: list[bytes] = octet_list(4)
    url: str = text(5)
    info: SourceInfo | None = message(6, SourceInfo)
    ranges: list[Range] = messages(7, Range)


class StatusResponse(Message):
    """What has changed in a build since the last message."""

    vertexes: list[Vertex] = messages(1, Vertex)
    statuses: list[VertexStatus] = messages(2, VertexStatus)
    logs: list[VertexLog] = messages(3, VertexLog)
    warnings: list[VertexWarning] = messages(4, VertexWarning)


class FilterRequest(Message):
    """ListWorkersRequest and DiskUsageRequest, which are alike."""

    filter: list[str] = text_list(1)


class Platform(Message):
    architecture: str = text(1)
    os: str = text(2)
    variant: str = text(3)


class BuildkitVersion(Message):
    package: str = text(1)
    version: str = text(2)
    revision: str = text(3)


class WorkerRecord(Message):
    id: str = text(1)
    labels: Mapping[str, str] = text_map(2)
    platforms: list[Platform] = messages(3, Platform)
    buildkit_version: BuildkitVersion | None = message(5, BuildkitVersion)


class ListWorkersResponse(Message):
    record: list[WorkerRecord] = messages(1, WorkerRecord)


class InfoResponse(Message):
    buildkit_version: BuildkitVersion | None = message(1, BuildkitVersion)


class UsageRecord(Message):
    id: str = text(1)
    mutable: bool = boolean(2)
    in_use: bool = boolean(3)
    size: int = int64(4)
    parent: str = text(5)
    created_at: Timestamp | None = message(6, Timestamp)
    last_used_at: Timestamp | None = message(7, Timestamp)
    usage_count: int = int64(8)
    description: str = text(9)
    record_type: str = text(10)
    shared: bool = boolean(11)
    parents: list[str] = text_list(12)


class DiskUsageResponse(Message):
    record: list[UsageRecord] = messages(1, UsageRecord)


class PruneRequest(Message):
    filter: list[str] = text_list(1)
    all: bool = boolean(2)
    keep_duration: int = int64(3)
    reserved_space: int = int64(4)
    max_used_space: int = int64(5)
    min_free_space: int = int64(6)


# ---- what the engine calls on a session


class HealthCheckResponse(Message):
    """grpc.health.v1: 1 is SERVING."""

    status: int = int32(1)


class GetSecretRequest(Message):
    id: str = text(1)


class GetSecretResponse(Message):
    data: bytes = octets(1)


class CheckAgentRequest(Message):
    id: str = text(1)


class CredentialsRequest(Message):
    host: str = text(1)


class CredentialsResponse(Message):
    username: str = text(1)
    secret: str = text(2)

    def __repr__(self) -> str:
        return "CredentialsResponse(...)"


# ---- fsutil


class Stat(Message):
    path: str = raw_text(1)
    mode: int = uint32(2)
    uid: int = uint32(3)
    gid: int = uint32(4)
    size: int = int64(5)
    mod_time: int = int64(6)
    linkname: str = raw_text(7)
    devmajor: int = int64(8)
    devminor: int = int64(9)
    xattrs: Mapping[str, bytes] = byte_map(10)


PACKET_STAT, PACKET_REQ, PACKET_DATA, PACKET_FIN, PACKET_ERR = range(5)


class Packet(Message):
    type: int = int32(1)
    stat: Stat | None = message(2, Stat)
    id: int = uint32(3)
    data: bytes = octets(4)


# ---- containerd.services.content.v1


class ContentInfo(Message):
    digest: str = text(1)
    size: int = int64(2)
    created_at: Timestamp | None = message(3, Timestamp)


class DigestRequest(Message):
    """InfoRequest and DeleteContentRequest, which are alike."""

    digest: str = text(1)


class InfoContentResponse(Message):
    info: ContentInfo | None = message(1, ContentInfo)


class UpdateContentRequest(Message):
    info: ContentInfo | None = message(1, ContentInfo)


class ListContentResponse(Message):
    info: list[ContentInfo] = messages(1, ContentInfo)


class ReadContentRequest(Message):
    digest: str = text(1)
    offset: int = int64(2)
    size: int = int64(3)


class ReadContentResponse(Message):
    offset: int = int64(1)
    data: bytes = octets(2)


class RefRequest(Message):
    """StatusRequest and AbortRequest of the content service, which are alike."""

    ref: str = text(1)


class ContentStatus(Message):
    ref: str = text(3)
    offset: int = int64(4)


class ContentStatusResponse(Message):
    status: ContentStatus | None = message(1, ContentStatus)


class ListContentStatusesResponse(Message):
    statuses: list[ContentStatus] = messages(1, ContentStatus)


WRITE_STAT, WRITE_WRITE, WRITE_COMMIT = range(3)


class WriteContentRequest(Message):
    action: int = int32(1)
    ref: str = text(2)
    total: int = int64(3)
    expected: str = text(4)
    offset: int = int64(5)
    data: bytes = octets(6)


class WriteContentResponse(Message):
    action: int = int32(1)
    started_at: Timestamp | None = message(2, Timestamp)
    updated_at: Timestamp | None = message(3, Timestamp)
    offset: int = int64(4)
    total: int = int64(5)
    digest: str = text(6)
