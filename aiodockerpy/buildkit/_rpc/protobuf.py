"""Encode and decode Protocol Buffers: the subset that BuildKit's messages use.

A message is a dataclass whose fields are declared with the functions below (``path: str = text(1)``). Its encoder and
decoder are tables made from those declarations on first use. Supported are proto3 scalars, strings, bytes, nested
messages, repeated fields and maps; not packed fields and groups; fixed-width numbers are skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, fields
from typing import Any, Final, Self, TypeVar, cast

from aiodockerpy.errors import ProtocolError

M = TypeVar("M", bound="Message")

MAX_FIELDS: Final = 1_000_000
"""Fields that are decoded of one message and those in it; BuildKit's largest, of 16 MiB, have fewer."""
_NESTED: Final = 4
"""Fields that a nested message counts for; its object takes as much memory."""

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
    """Decode an integer at a position; return it as unsigned, and the position after it."""
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
    """How one kind of value is encoded.

    Attributes:
        wire_type: Its wire type.
        encode: Encodes a value.
        decode: Decodes a value that is not a message.
        message: The class of a nested message.
    """

    __slots__ = ("decode", "encode", "message", "wire_type")

    def __init__(
        self,
        wire_type: int,
        encode: Callable[[Any], bytes],
        decode: Callable[[Any], Any],
        message: type[Message] | None = None,
    ) -> None:
        self.wire_type = wire_type
        self.encode = encode
        self.decode = decode
        self.message = message


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
    return _Kind(_BYTES, lambda value: _prefixed(value.encode()), kind.decode, kind)


# ---- declarations of fields

_ONE, _MANY, _MAP = range(3)


class _Wire:
    """A field's declaration: number, kind, and whether it is repeated or a map."""

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
    """Declare a string, decoded as UTF-8 with invalid bytes replaced."""
    value: str = _one(number, _TEXT, "")
    return value


def raw_text(number: int) -> str:
    """Declare a string that must come back byte for byte, such as a file name (``surrogateescape``)."""
    value: str = _one(number, _RAW_TEXT, "")
    return value


def octets(number: int) -> bytes:
    """Declare bytes."""
    value: bytes = _one(number, _OCTETS, b"")
    return value


def int64(number: int) -> int:
    """Declare a signed number of 64 bits."""
    value: int = _one(number, _INT64, 0)
    return value


def int32(number: int) -> int:
    """Declare a signed number of 32 bits, or an enumeration."""
    value: int = _one(number, _INT32, 0)
    return value


def uint32(number: int) -> int:
    """Declare an unsigned number of 32 bits."""
    value: int = _one(number, _UINT32, 0)
    return value


def boolean(number: int) -> bool:
    """Declare a truth value."""
    value: bool = _one(number, _BOOL, default=False)
    return value


def message(number: int, kind: type[M]) -> M | None:
    """Declare a nested message; ``None`` is not sent, an empty message is."""
    value: M | None = field(default=None, metadata={"wire": _Wire(number, kind)})
    return value


def text_list(number: int) -> list[str]:
    """Declare repeated strings."""
    value: list[str] = _many(number, _TEXT)
    return value


def octet_list(number: int) -> list[bytes]:
    """Declare repeated bytes."""
    value: list[bytes] = _many(number, _OCTETS)
    return value


def messages(number: int, kind: type[M]) -> list[M]:
    """Declare repeated messages."""
    value: list[M] = _many(number, kind)
    return value


def text_map(number: int) -> Mapping[str, str]:
    """Declare a map of strings."""
    value: Mapping[str, str] = _map(number, _TEXT)
    return value


def byte_map(number: int) -> Mapping[str, bytes]:
    """Declare a map of strings to bytes."""
    value: Mapping[str, bytes] = _map(number, _OCTETS)
    return value


# ---- messages


class Message:
    """The base of all messages."""

    __slots__ = ()

    def encode(self) -> bytes:
        """Encode the message; fields at their default are left out."""
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
        """Decode a message; unknown fields and fields of an unexpected wire type are skipped.

        Raises:
            ProtocolError: The bytes are cut or not a message, or hold more than `MAX_FIELDS` fields.
        """
        return _decode(cls, data, [MAX_FIELDS])


def _decode(kind: type[M], data: bytes, left: list[int]) -> M:
    """Decode a message; ``left`` holds how many fields there may still be, here and in the messages around."""
    made = kind()
    table = _decoders(kind)
    position, end = 0, len(data)
    left[0] -= _NESTED
    while position < end:
        left[0] -= 1
        if left[0] < 0:
            raise ProtocolError(f"a BuildKit message has more than {MAX_FIELDS} fields", offset=position)
        tag, position = read_varint(data, position)
        wire_type = tag & 7
        value: Any
        if wire_type == _VARINT:
            value, position = read_varint(data, position)
        else:
            start, position = _extent(data, position, wire_type)
            value = data[start:position]
        known = table.get(tag)
        if known is None:
            continue
        name, shape, decode, nested = known
        item: Any = decode(value) if nested is None else _decode(nested, value, left)
        if shape == _ONE:
            setattr(made, name, item)
        elif shape == _MANY:
            getattr(made, name).append(item)
        else:
            key, entry = item
            getattr(made, name)[key] = entry
    return made


def _extent(data: bytes, position: int, wire_type: int) -> tuple[int, int]:
    """Return where a value that is not a varint starts and ends."""
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


def _map_entry(kind: _Kind) -> Callable[[bytes], tuple[str, Any]]:
    """Return a decoder of one entry of a map: key in field 1, value in field 2."""

    def decode(data: bytes) -> tuple[str, Any]:
        found = {1: b"", 2: b""}
        position = 0
        while position < len(data):
            tag, position = read_varint(data, position)
            if tag & 7 == _VARINT:
                _, position = read_varint(data, position)
                continue
            start, position = _extent(data, position, tag & 7)
            if tag >> 3 in found:
                found[tag >> 3] = data[start:position]
        return found[1].decode("utf-8", "replace"), kind.decode(found[2])

    return decode


def _declared(cls: type[Message]) -> list[tuple[str, _Wire, _Kind]]:
    declared: list[tuple[str, _Wire, _Kind]] = []
    for item in fields(cls):  # type: ignore[arg-type]  # every subclass is a dataclass
        spec: _Wire = item.metadata["wire"]
        kind = spec.kind if isinstance(spec.kind, _Kind) else _message_kind(spec.kind)
        declared.append((item.name, spec, kind))
    return declared


_Encoders = list[tuple[str, bytes, int, "Callable[[Any], bytes]"]]
_Decoders = dict[int, tuple[str, int, "Callable[[Any], Any]", "type[Message] | None"]]
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
            _tag(spec, kind): (name, spec.shape, _map_entry(kind) if spec.shape == _MAP else kind.decode, kind.message)
            for name, spec, kind in _declared(cls)
        }
    return table


def _tag(spec: _Wire, kind: _Kind) -> int:
    return spec.number << 3 | (_BYTES if spec.shape == _MAP else kind.wire_type)
