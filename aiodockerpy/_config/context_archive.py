"""The archives of ``docker context export``, and zip files, which the CLI reads too.

Archives are not trusted: no name in one becomes a path before it was checked, and the size is limited.
"""

from __future__ import annotations

import io
import posixpath
import tarfile
import zipfile
from collections.abc import Iterator

from aiodockerpy._config.context_store import META_FILE, ContextMetadata, TLSFiles
from aiodockerpy.errors import ContextException

ARCHIVE_LIMIT = 10 << 20
"""Bytes, of the archive and of what it holds; the docker CLI's limit."""
_ZIP_MAGIC = b"PK\x03\x04"


def pack(context: ContextMetadata, tls: TLSFiles) -> bytes:
    """Create the archive of a context, its keys included."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add_file(archive, META_FILE, context.dump(), 0o644)
        _add_directory(archive, "tls")
        for endpoint, files in tls.items():
            _add_directory(archive, f"tls/{endpoint}")
            for name, content in files.items():
                _add_file(archive, f"tls/{endpoint}/{name}", content, 0o600)
    return buffer.getvalue()


def unpack(content: bytes, name: str) -> tuple[ContextMetadata, TLSFiles]:
    """Read the archive of a context, tar or zip.

    Args:
        content: The whole archive.
        name: The name the context gets.

    Raises:
        ContextException: It is not such an archive, is too large, or contains something else.
    """
    if len(content) > ARCHIVE_LIMIT:
        raise _too_large()
    context: ContextMetadata | None = None
    tls: TLSFiles = {}
    try:
        for member, data in _zip_files(content) if content.startswith(_ZIP_MAGIC) else _tar_files(content):
            _check_path(member)
            if member == META_FILE:
                context = ContextMetadata.parse(data, META_FILE, name=name)
            else:
                _, endpoint, file = member.split("/")
                tls.setdefault(endpoint, {})[file] = data
    except ContextException:
        raise
    except Exception as error:  # what the readers of tar and zip raise for a damaged archive is not documented
        raise ContextException(f"the archive cannot be read: {error}") from error
    if context is None:
        raise ContextException(f"the archive holds no context: there is no {META_FILE}")
    return context, tls


def _tar_files(content: bytes) -> Iterator[tuple[str, bytes]]:
    total = 0
    # `docker context export` leaves out the padding of the last file and the end of the archive.
    padded = io.BytesIO(content + bytes(-len(content) % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
    with tarfile.open(fileobj=padded, mode="r:") as archive:
        for member in archive:
            if member.isreg():
                total += member.size
                if total > ARCHIVE_LIMIT:
                    raise _too_large()
                if member.offset_data + member.size > len(content):
                    raise tarfile.ReadError(f"it ends inside {member.name!r}")
                file = archive.extractfile(member)
                yield member.name, file.read() if file is not None else b""


def _zip_files(content: bytes) -> Iterator[tuple[str, bytes]]:
    total = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            with archive.open(member) as file:
                data = file.read(ARCHIVE_LIMIT - total + 1)
            total += len(data)
            if total > ARCHIVE_LIMIT:
                raise _too_large()
            yield member.filename, data


def _check_path(name: str) -> None:
    """Accept only ``meta.json`` and ``tls/<endpoint>/<file>``."""
    parts = name.split("/")
    belongs = name == META_FILE or (len(parts) == 3 and parts[0] == "tls")
    if not belongs or posixpath.normpath(name) != name or ".." in parts or "\\" in name or "\x00" in name:
        raise ContextException(f"the archive holds {name!r}, which does not belong into a context")


def _too_large() -> ContextException:
    return ContextException(f"the archive of a context can have {ARCHIVE_LIMIT >> 20} MiB at most")


def _add_file(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    archive.addfile(member, io.BytesIO(content))


def _add_directory(archive: tarfile.TarFile, name: str) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, 0o700
    archive.addfile(member)
