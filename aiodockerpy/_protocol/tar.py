"""Tar streams read piece by piece: whatever the size of the archive, only one head is ever held."""

from __future__ import annotations

import re
import tarfile
from typing import Final, TypeAlias

from aiodockerpy import errors

TarEvent: TypeAlias = tarfile.TarInfo | bytes | None
"""The head of a member, a piece of a regular file's content, or ``None`` after the last piece of it."""

_BLOCK: Final = tarfile.BLOCKSIZE
_LONGEST_EXTENSION: Final = 1 << 20
_ZEROS: Final = bytes(_BLOCK)
_PAX: Final = b"x"
_PAX_GLOBAL: Final = b"g"
_EXTENSIONS: Final = frozenset({_PAX, _PAX_GLOBAL, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK})
_REGULAR: Final = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE})
_BARE: Final = frozenset(
    {tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE}
)

_USED: Final = frozenset({b"path", b"linkpath", b"size", b"uid", b"gid", b"mtime"})
_WHOLE: Final = re.compile("-?[0-9]{1,18}")
_TIME: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{0,99})?")


class TarReader:
    """Splits a tar stream into heads and content, for any split of its bytes.

    Every regular file gives its head, its content in pieces, and ``None``; other members give their head only. What the
    stream holds is not checked here: names and links are as they came.
    """

    def __init__(self) -> None:
        self._block = bytearray()
        self._left = 0  # bytes of the present member that are still to come
        self._padding = 0
        self._inside = False  # whether they are the content of a regular file
        self._extension: bytearray | None = None
        self._extension_type = b""
        self._pending: dict[str, str] = {}
        self._defaults: dict[str, str] = {}
        self._offset = 0
        self._zeros = 0

    @property
    def ended(self) -> bool:
        """Whether the end mark has come."""
        return self._zeros >= 2

    def feed(self, data: bytes) -> list[TarEvent]:
        """Process the next bytes and return what they complete; bytes after the end mark are ignored.

        Raises:
            ProtocolError: It is not a tar stream, or one of a kind that engines do not make.
        """
        events: list[TarEvent] = []
        if data and self._inside and len(data) <= self._left:  # the usual case in a large file: it is not copied
            self._offset += self._take_content(data, events)
            return events
        view = memoryview(data)
        while view and not self.ended:
            taken = self._take(view, events)
            self._offset += taken
            view = view[taken:]
        return events

    def close(self) -> None:
        """Record the end of the bytes.

        Raises:
            ProtocolError: They ended before the archive did.
        """
        if not self.ended:
            raise errors.ProtocolError("the archive ended before its end mark", offset=self._offset)

    def _take(self, view: memoryview, events: list[TarEvent]) -> int:
        if self._left:
            return self._take_content(view[: self._left], events)
        if self._padding:
            taken = min(len(view), self._padding)
            self._padding -= taken
            return taken
        taken = min(len(view), _BLOCK - len(self._block))
        self._block += view[:taken]
        if len(self._block) == _BLOCK:
            block = bytes(self._block)
            self._block.clear()
            self._take_block(block, events)
        return taken

    def _take_content(self, piece: bytes | memoryview, events: list[TarEvent]) -> int:
        self._left -= len(piece)
        if self._inside:
            events.append(bytes(piece))
        elif self._extension is not None:
            self._extension += piece
        if not self._left:
            self._end_content(events)
        return len(piece)

    def _end_content(self, events: list[TarEvent]) -> None:
        if self._inside:
            self._inside = False
            events.append(None)
        elif self._extension is not None:
            content, self._extension = bytes(self._extension), None
            self._take_extension(content)

    def _take_block(self, block: bytes, events: list[TarEvent]) -> None:
        if block == _ZEROS:
            self._zeros += 1
            return
        if self._zeros:
            raise self._wrong("there is data after its end mark")
        head = self._head(block)
        if head.type in _EXTENSIONS:
            self._begin_extension(head)
            return
        self._complete(head)
        self._expect(0 if head.type in _BARE else head.size)
        self._inside = head.type in _REGULAR
        events.append(head)
        if self._inside and not head.size:
            self._end_content(events)

    def _head(self, block: bytes) -> tarfile.TarInfo:
        try:
            head = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.TarError, ValueError):
            raise self._wrong("this is not the head of a member") from None
        if head.size < 0:
            raise self._wrong("a member has a negative size")
        if head.type == tarfile.GNUTYPE_SPARSE:
            raise self._wrong("sparse members are not read")
        return head

    def _expect(self, size: int) -> None:
        self._left = size
        self._padding = -size % _BLOCK

    # ---- extensions: what does not fit a head comes before it as a member of its own

    def _begin_extension(self, head: tarfile.TarInfo) -> None:
        if not 0 < head.size <= _LONGEST_EXTENSION:
            raise self._wrong("a head has an extension of unlikely size")
        self._extension_type = head.type
        self._extension = bytearray()
        self._expect(head.size)

    def _take_extension(self, content: bytes) -> None:
        if self._extension_type == _PAX:
            self._pending |= self._records(content)
        elif self._extension_type == _PAX_GLOBAL:
            self._defaults |= self._records(content)
        else:
            name = "path" if self._extension_type == tarfile.GNUTYPE_LONGNAME else "linkpath"
            self._pending[name] = content.rstrip(b"\0").decode("utf-8", "surrogateescape")

    def _records(self, content: bytes) -> dict[str, str]:
        """Read ``length name=value`` lines; the length counts the whole line. Names that are not used are dropped."""
        records: dict[str, str] = {}
        at = 0
        while at < len(content):
            number, _, _ = content[at : at + 10].partition(b" ")
            end = at + (int(number) if number.isdigit() and len(number) < 10 else 0)
            name, equals, value = content[at + len(number) + 1 : end].partition(b"=")
            if not equals or not value.endswith(b"\n") or end > len(content):
                raise self._wrong("an extension of a head cannot be read")
            if name in _USED:
                records[name.decode()] = value[:-1].decode("utf-8", "surrogateescape")
            elif name.startswith(b"GNU.sparse."):
                raise self._wrong("sparse members are not read")
            at = end
        return records

    def _complete(self, head: tarfile.TarInfo) -> None:
        found = self._defaults | self._pending
        self._pending = {}
        head.name = found.get("path", head.name)
        head.linkname = found.get("linkpath", head.linkname)
        head.size = self._whole(found.get("size"), head.size)
        head.uid = self._whole(found.get("uid"), head.uid)
        head.gid = self._whole(found.get("gid"), head.gid)
        if (time := found.get("mtime")) is not None:
            if not _TIME.fullmatch(time):
                raise self._wrong("an extension of a head holds no number where it should")
            head.mtime = float(time)
        if head.size < 0:
            raise self._wrong("a member has a negative size")

    def _whole(self, text: str | None, otherwise: int) -> int:
        if text is None:
            return otherwise
        if not _WHOLE.fullmatch(text):
            raise self._wrong("an extension of a head holds no number where it should")
        return int(text)

    def _wrong(self, problem: str) -> errors.ProtocolError:
        return errors.ProtocolError(f"the archive cannot be read: {problem}", offset=self._offset)
