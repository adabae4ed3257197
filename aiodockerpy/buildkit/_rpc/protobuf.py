"""Protocol Buffers, as far as BuildKit's messages need them.

A message is a dataclass whose fields are declared with the functions below (``path: str = text(1)``). Its encoder and
decoder are tables made from those declarations on first use. Supported is what occurs: proto3 scalars, strings, bytes,
nested messages, repeated fields and maps; no packed fields, no groups, no fixed-width numbers (they are skipped).
"""

from __future__ import annotations

from dataclasses import field, fields
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from aiodockerpy.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "Message",
    "boolean",
    "byte_map",
    "int32",
    "int64",
    "message",
    "messages",
    "octet_list",
    "octets",
    "raw_text",
    "read_varint",
    "text",
    "text_list",
    "text_map",
    "uint32",
    "varint",
]

M = TypeVar("M", bound="Message")

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MASK64 = (1 << 64) - 1
_SMALL = [bytes([number]) for number in range(128)]


# ---- varints


def varint(value: int) -> bytes:
    """Encode an integer; a negative one takes ten bytes, as proto3 prescribes for ``int32`` and ``int64``."""
    if 0 <= value < 128:
        return _SMALL[value]
    value &= _MASK64
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Decode an integer at a position; returns it as unsigned, and the position after it."""
    value = shift = 0
    try:
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value & _MASK64, position
            shift += 7
            if shift > 63:
                raise ProtocolError("a number of a BuildKit message is too long", offset=position)
    except IndexError:
        raise ProtocolError("a BuildKit message ends within a number", offset=position) from None


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _signed32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def _prefixed(data: bytes) -> bytes:
    return varint(len(data)) + data


# ---- kinds of values


class _Kind:
    """How one kind of value looks on the wire."""

    __slots__ = ("decode", "encode", "wire_type")

    def __init__(self, wire_type: int, encode: Callable[[Any], bytes], decode: Callable[[Any], Any]) -> None:
        self.wire_type = wire_type
        self.encode = encode
        self.decode = decode


def _encode_text(value: str) -> bytes:
    return _prefixed(value.encode("utf-8", "surrogateescape"))


_INT64 = _Kind(_VARINT, varint, _signed)
_INT32 = _Kind(_VARINT, varint, _signed32)
_UINT32 = _Kind(_VARINT, varint, lambda value: value & 0xFFFFFFFF)
_BOOL = _Kind(_VARINT, lambda value: _SMALL[bool(value)], bool)
_TEXT = _Kind(_BYTES, _encode_text, lambda data: data.decode("utf-8", "replace"))
_RAW_TEXT = _Kind(_BYTES, _encode_text, lambda data: data.decode("utf-8", "surrogateescape"))
_OCTETS = _Kind(_BYTES, _prefixed, lambda data: data)


def _message_kind(kind: type[Message]) -> _Kind:
    return _Kind(_BYTES, lambda value: _prefixed(value.encode()), kind.decode)


# ---- declarations of fields

_ONE, _MANY, _MAP = range(3)


class _Wire:
    """What a field's declaration says about the wire."""

    __slots__ = ("kind", "number", "shape")

    def __init__(self, number: int, kind: _Kind | type[Message], shape: int = _ONE) -> None:
        self.number = number
        self.kind = kind
        self.shape = shape


def _one(number: int, kind: _Kind, default: Any) -> Any:
    return field(default=default, metadata={"wire": _Wire(number, kind)})


def _many(number: int, kind: _Kind | type[Message]) -> Any:
    factory: Callable[[], Any] = list
    return cast("Any", field(default_factory=factory, metadata={"wire": _Wire(number, kind, _MANY)}))


def _map(number: int, kind: _Kind) -> Any:
    factory: Callable[[], Any] = dict
    metadata = {"wire": _Wire(number, kind, _MAP)}
    return cast("Any", field(default_factory=factory, repr=False, metadata=metadata))  # may hold secrets


def text(number: int) -> str:
    """A string; bytes that are no UTF-8 arrive as replacement characters."""
    value: str = _one(number, _TEXT, "")
    return value


def raw_text(number: int) -> str:
    """A string that must come back byte for byte, such as a file name (``surrogateescape``)."""
    value: str = _one(number, _RAW_TEXT, "")
    return value


def octets(number: int) -> bytes:
    """Bytes."""
    value: bytes = _one(number, _OCTETS, b"")
    return value


def int64(number: int) -> int:
    """A signed number of 64 bits."""
    value: int = _one(number, _INT64, 0)
    return value


def int32(number: int) -> int:
    """A signed number of 32 bits, also an enumeration."""
    value: int = _one(number, _INT32, 0)
    return value


def uint32(number: int) -> int:
    """An unsigned number of 32 bits."""
    value: int = _one(number, _UINT32, 0)
    return value


def boolean(number: int) -> bool:
    """A truth value."""
    value: bool = _one(number, _BOOL, default=False)
    return value


def message(number: int, kind: type[M]) -> M | None:
    """A nested message; ``None`` is not sent, an empty message is."""
    value: M | None = field(default=None, metadata={"wire": _Wire(number, kind)})
    return value


def text_list(number: int) -> list[str]:
    """Repeated strings."""
    value: list[str] = _many(number, _TEXT)
    return value


def octet_list(number: int) -> list[bytes]:
    """Repeated bytes."""
    value: list[bytes] = _many(number, _OCTETS)
    return value


def messages(number: int, kind: type[M]) -> list[M]:
    """Repeated messages."""
    value: list[M] = _many(number, kind)
    return value


def text_map(number: int) -> Mapping[str, str]:
    """A map of strings."""
    value: Mapping[str, str] = _map(number, _TEXT)
    return value


def byte_map(number: int) -> Mapping[str, bytes]:
    """A map of strings to bytes."""
    value: Mapping[str, bytes] = _map(number, _OCTETS)
    return value


# ---- messages


class Message:
    """The base of all messages."""

    __slots__ = ()

    def encode(self) -> bytes:
        """The message's bytes; fields at their default are left out."""
        out: list[bytes] = []
        for name, tag, shape, encode in _encoders(type(self)):
            value = getattr(self, name)
            if not value:  # a default; a nested message, even an empty one, is true
                continue
            if shape == _ONE:
                out += (tag, encode(value))
            elif shape == _MANY:
                for item in value:
                    out += (tag, encode(item))
            else:
                for key, item in value.items():
                    out += (tag, _prefixed(b"\x0a" + _encode_text(key) + b"\x12" + encode(item)))
        return b"".join(out)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a message; unknown fields and fields of an unexpected wire type are skipped.

        Raises:
            ProtocolError: The bytes are cut or are no message.
        """
        made = cls()
        table = _decoders(cls)
        position, end = 0, len(data)
        while position < end:
            tag, position = read_varint(data, position)
            wire_type = tag & 7
            value: int | bytes
            if wire_type == _VARINT:
                value, position = read_varint(data, position)
            else:
                start, position = _extent(data, position, wire_type)
                value = data[start:position]
            known = table.get(tag)
            if known is not None:
                _store(made, known, value)
        return made


def _extent(data: bytes, position: int, wire_type: int) -> tuple[int, int]:
    """Where a value that is no varint starts and ends."""
    if wire_type == _BYTES:
        size, position = read_varint(data, position)
    elif wire_type == _FIXED64:
        size = 8
    elif wire_type == _FIXED32:
        size = 4
    else:
        raise ProtocolError(f"a BuildKit message has a field of unknown wire type {wire_type}", offset=position)
    if position + size > len(data):
        raise ProtocolError("a BuildKit message ends within a field", offset=position)
    return position, position + size


def _store(made: Message, known: tuple[str, int, Callable[[Any], Any]], value: object) -> None:
    name, shape, decode = known
    if shape == _ONE:
        setattr(made, name, decode(value))
    elif shape == _MANY:
        getattr(made, name).append(decode(value))
    else:
        key, item = decode(value)
        getattr(made, name)[key] = item


def _map_entry(kind: _Kind) -> Callable[[bytes], tuple[str, Any]]:
    """A decoder of one entry of a map: key in field 1, value in field 2."""

    def decode(data: bytes) -> tuple[str, Any]:
        found = {1: b"", 2: b""}
        position = 0
        while position < len(data):
            tag, position = read_varint(data, position)
            if tag & 7 == _VARINT:
                _, position = read_varint(data, position)
                continue
            start, position = _extent(data, position, tag & 7)
            found[tag >> 3] = data[start:position]
        return found[1].decode("utf-8", "replace"), kind.decode(found[2])

    return decode


def _declared(cls: type[Message]) -> list[tuple[str, _Wire, _Kind]]:
    declared: list[tuple[str, _Wire, _Kind]] = []
    for item in fields(cls):  # type: ignore[arg-type]  # every subclass is a dataclass by @wire
        spec: _Wire = item.metadata["wire"]
        kind = spec.kind if isinstance(spec.kind, _Kind) else _message_kind(spec.kind)
        declared.append((item.name, spec, kind))
    return declared


_Encoders = list[tuple[str, bytes, int, "Callable[[Any], bytes]"]]
_Decoders = dict[int, tuple[str, int, "Callable[[Any], Any]"]]
_ENCODERS: dict[type[Message], _Encoders] = {}
_DECODERS: dict[type[Message], _Decoders] = {}


def _encoders(cls: type[Message]) -> _Encoders:
    table = _ENCODERS.get(cls)
    if table is None:
        table = _ENCODERS[cls] = [
            (name, varint(_tag(spec, kind)), spec.shape, kind.encode) for name, spec, kind in _declared(cls)
        ]
    return table


def _decoders(cls: type[Message]) -> _Decoders:
    table = _DECODERS.get(cls)
    if table is None:
        table = _DECODERS[cls] = {
            _tag(spec, kind): (name, spec.shape, _map_entry(kind) if spec.shape == _MAP else kind.decode)
            for name, spec, kind in _declared(cls)
        }
    return table


def _tag(spec: _Wire, kind: _Kind) -> int:
    return spec.number << 3 | (_BYTES if spec.shape == _MAP else kind.wire_type)
