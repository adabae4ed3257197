"""Serve OCI layouts of this machine as containerd's content store: local caches, and images that a Dockerfile names.

A layout is a directory with its blobs by digest and an ``index.json`` of what they make up.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import TYPE_CHECKING, BinaryIO, Final

from aiodockerpy._protocol.outside import read_json_object, read_object
from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._rpc import framing
from aiodockerpy.buildkit._rpc.framing import RpcError
from aiodockerpy.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from aiodockerpy.buildkit._rpc.calls import ServerCall

_DIGEST: Final = re.compile(r"(sha256|sha384|sha512):[0-9a-f]{64,128}")
_PIECE: Final = 1 << 20
_TAG: Final = "org.opencontainers.image.ref.name"
_STORE_ID: Final = "buildkit-attachable-store-id"


class _Store:
    """Read and write one layout."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.writing: dict[str, _Upload] = {}

    def blob(self, digest: str) -> Path:
        """Return the path of a blob.

        Raises:
            RpcError: The digest is malformed.
        """
        if not _DIGEST.fullmatch(digest):
            raise RpcError(framing.INVALID_ARGUMENT, f"invalid digest {digest!r}")
        algorithm, _, value = digest.partition(":")
        return self._directory / "blobs" / algorithm / value

    def info(self, digest: str) -> pb.ContentInfo:
        """Describe a blob.

        Raises:
            RpcError: It does not exist.
        """
        try:
            found = self.blob(digest).stat()
        except FileNotFoundError:
            raise RpcError(framing.NOT_FOUND, f"content {digest}: not found") from None
        return pb.ContentInfo(digest=digest, size=found.st_size, created_at=_stamp(found.st_mtime_ns))

    def all(self) -> list[pb.ContentInfo]:
        """Describe all blobs."""
        return [
            self.info(f"{algorithm.name}:{blob.name}")
            for algorithm in sorted((self._directory / "blobs").glob("*"))
            for blob in sorted(algorithm.iterdir())
            if _DIGEST.fullmatch(f"{algorithm.name}:{blob.name}")
        ]

    def begin(self, ref: str) -> _Upload:
        """Begin writing a blob, or resume."""
        upload = self.writing.get(ref)
        if upload is None:
            folder = self._directory / "ingest"
            folder.mkdir(parents=True, exist_ok=True)
            upload = self.writing[ref] = _Upload(folder / hashlib.sha256(ref.encode()).hexdigest())
        return upload

    def commit(self, ref: str, total: int, expected: str) -> str:
        """Complete a blob and return its digest.

        Raises:
            RpcError: It is not the announced one.
        """
        upload = self.writing.pop(ref)
        upload.close()
        digest = upload.digest
        if (total and total != upload.offset) or (expected and expected != digest):
            upload.path.unlink()
            raise RpcError(
                framing.FAILED_PRECONDITION, f"{ref}: {digest} of {upload.offset} bytes is not what was announced"
            )
        place = self.blob(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        upload.path.replace(place)
        return digest

    def abort(self, ref: str) -> None:
        """Drop a blob that is being written."""
        upload = self.writing.pop(ref, None)
        if upload is not None:
            upload.close()
            upload.path.unlink(missing_ok=True)


class _Upload:
    """Write a blob; its file is open only while a call writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()
        path.touch()

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def write(self, data: bytes) -> None:
        if self._file is None:
            self._file = self.path.open("ab" if self.offset else "wb")
        self._file.write(data)
        self._hash.update(data)
        self.offset += len(data)

    def restart(self) -> None:
        self.close()
        self._hash = hashlib.sha256()
        self.offset = 0

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class ContentService:
    """Serve the layouts of one build.

    Args:
        directories: Their directories, by the engine's name for each store.
    """

    def __init__(self, directories: Mapping[str, Path]) -> None:
        self._stores = {name: _Store(path) for name, path in directories.items()}

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """Return the handlers of its calls; none without stores."""
        if not self._stores:
            return {}
        service = "/containerd.services.content.v1.Content/"
        return {
            f"{service}Info": self._info,
            f"{service}Update": self._update,
            f"{service}List": self._list,
            f"{service}Delete": self._delete,
            f"{service}Read": self._read,
            f"{service}Status": self._status,
            f"{service}ListStatuses": self._list_statuses,
            f"{service}Write": self._write,
            f"{service}Abort": self._abort,
        }

    def _store(self, call: ServerCall) -> _Store:
        name = call.first(_STORE_ID)
        found = self._stores.get(name)
        if found is None:
            raise RpcError(framing.NOT_FOUND, f"unknown store {name}")
        return found

    async def _info(self, call: ServerCall) -> None:
        request = await call.request(pb.DigestRequest)
        info = await asyncio.to_thread(self._store(call).info, request.digest)
        await call.answer(pb.InfoContentResponse(info))

    async def _update(self, call: ServerCall) -> None:
        """Answer an update of labels without keeping them: a layout has no place for them."""
        request = await call.request(pb.UpdateContentRequest)
        digest = request.info.digest if request.info is not None else ""
        info = await asyncio.to_thread(self._store(call).info, digest)
        await call.answer(pb.InfoContentResponse(info))

    async def _list(self, call: ServerCall) -> None:
        await call.request(pb.Empty)
        await call.answer(pb.ListContentResponse(await asyncio.to_thread(self._store(call).all)))

    async def _delete(self, call: ServerCall) -> None:
        request = await call.request(pb.DigestRequest)
        await asyncio.to_thread(self._store(call).blob(request.digest).unlink, missing_ok=True)
        await call.answer(pb.Empty())

    async def _read(self, call: ServerCall) -> None:
        request = await call.request(pb.ReadContentRequest)
        store = self._store(call)
        left = (await asyncio.to_thread(store.info, request.digest)).size - request.offset
        if left < 0 or request.offset < 0:
            raise RpcError(framing.OUT_OF_RANGE, f"offset {request.offset} is outside of {request.digest}")
        left = min(left, request.size) if request.size > 0 else left
        call.begin()
        with await asyncio.to_thread(store.blob(request.digest).open, "rb") as file:
            file.seek(request.offset)
            offset = request.offset
            while left > 0 and (data := await asyncio.to_thread(file.read, min(_PIECE, left))):
                await call.answer(pb.ReadContentResponse(offset, data))
                offset += len(data)
                left -= len(data)

    async def _status(self, call: ServerCall) -> None:
        request = await call.request(pb.RefRequest)
        upload = self._store(call).writing.get(request.ref)
        if upload is None:
            raise RpcError(framing.NOT_FOUND, f"ingest {request.ref}: not found")
        await call.answer(pb.ContentStatusResponse(pb.ContentStatus(ref=request.ref, offset=upload.offset)))

    async def _list_statuses(self, call: ServerCall) -> None:
        await call.request(pb.Empty)
        writing = self._store(call).writing
        found = [pb.ContentStatus(ref=ref, offset=upload.offset) for ref, upload in writing.items()]
        await call.answer(pb.ListContentStatusesResponse(found))

    async def _abort(self, call: ServerCall) -> None:
        request = await call.request(pb.RefRequest)
        await asyncio.to_thread(self._store(call).abort, request.ref)
        await call.answer(pb.Empty())

    async def _write(self, call: ServerCall) -> None:
        store = self._store(call)
        written: set[str] = set()
        try:
            await self._write_to(store, call, written)
        finally:
            for ref in written & store.writing.keys():  # a later call may go on with it
                store.writing[ref].close()

    async def _write_to(self, store: _Store, call: ServerCall, written: set[str]) -> None:
        ref, total, expected = "", 0, ""
        while (data := await call.recv()) is not None:
            request = await call.decode(pb.WriteContentRequest, data)
            ref = request.ref or ref
            written.add(ref)
            total, expected = request.total or total, request.expected or expected
            if not ref:
                raise RpcError(framing.INVALID_ARGUMENT, "a write needs a ref")
            if expected and store.blob(expected).exists():
                await asyncio.to_thread(store.abort, ref)
                raise RpcError(framing.ALREADY_EXISTS, f"content {expected}: already exists")
            await call.answer(await asyncio.to_thread(_apply, store, ref, request, total, expected))
            if request.action == pb.WRITE_COMMIT:
                return


def _apply(
    store: _Store, ref: str, request: pb.WriteContentRequest, total: int, expected: str
) -> pb.WriteContentResponse:
    """Carry out one step of a write."""
    upload = store.begin(ref)
    answer = pb.WriteContentResponse(
        action=request.action, started_at=pb.Timestamp(1), updated_at=pb.Timestamp(1), total=total
    )
    if request.action != pb.WRITE_STAT:
        if request.offset == 0 and upload.offset:
            upload.restart()
        elif request.offset != upload.offset:
            raise RpcError(framing.OUT_OF_RANGE, f"write at {request.offset}, but {upload.offset} bytes are there")
        upload.write(request.data)
    answer.offset, answer.digest = upload.offset, upload.digest
    if request.action == pb.WRITE_COMMIT:
        answer.digest = store.commit(ref, total, expected)
    return answer


def _stamp(nanoseconds: int) -> pb.Timestamp:
    return pb.Timestamp(*divmod(nanoseconds, 1_000_000_000))


def record_cache(directories: list[Path], response: Mapping[str, str]) -> None:
    """Write the manifest of an exported cache into the index of its layout, where an import finds it.

    Raises:
        ProtocolError: The engine's answer names no valid manifest.
    """
    text = response.get("cache.manifest")
    if not text:
        return
    try:
        descriptor = read_json_object(text)
    except ValueError as error:
        raise ProtocolError(f"the engine's descriptor of the exported cache cannot be read: {error}") from None
    descriptor["annotations"] = {**read_object(descriptor.get("annotations")), _TAG: "latest"}
    for directory in directories:
        (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [descriptor]}
        part = directory / ".index.json.part"
        part.write_text(json.dumps(index))
        part.replace(directory / "index.json")
