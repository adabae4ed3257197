"""Encode and decode Protocol Buffers: the subset that BuildKit's messages use.

The fields of a message are declared with the functions below (``path: str = text(1)``). Its encoder and
decoder are tables made from those declarations on first use. Supported are proto3 scalars, strings, bytes, nested
messages, repeated fields and maps; not packed fields and groups; fixed-width numbers are skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, Self, TypeVar, cast, dataclass_transform

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
    """A field's declaration: number, kind, default, and whether it is repeated or a map."""

    __slots__ = ("default", "kind", "number", "shape")

    def __init__(self, number: int, kind: _Kind | type[Message], shape: int = _ONE, default: object = None) -> None:
        self.number = number
        self.kind = kind
        self.shape = shape
        self.default = default


def _declares(kind: _Kind, default: object = None, shape: int = _ONE) -> Callable[[int], Any]:
    return lambda number: _Wire(number, kind, shape, default)


text: Callable[[int], str] = _declares(_TEXT, "")
"""Declare a string, decoded as UTF-8 with invalid bytes replaced."""
raw_text: Callable[[int], str] = _declares(_RAW_TEXT, "")
"""Declare a string that must come back byte for byte, such as a file name (``surrogateescape``)."""
octets: Callable[[int], bytes] = _declares(_OCTETS, b"")
"""Declare bytes."""
int64: Callable[[int], int] = _declares(_INT64, 0)
"""Declare a signed number of 64 bits."""
int32: Callable[[int], int] = _declares(_INT32, 0)
"""Declare a signed number of 32 bits, or an enumeration."""
uint32: Callable[[int], int] = _declares(_UINT32, 0)
"""Declare an unsigned number of 32 bits."""
boolean: Callable[[int], bool] = _declares(_BOOL, default=False)
"""Declare a truth value."""
text_list: Callable[[int], list[str]] = _declares(_TEXT, shape=_MANY)
"""Declare repeated strings."""
octet_list: Callable[[int], list[bytes]] = _declares(_OCTETS, shape=_MANY)
"""Declare repeated bytes."""
text_map: Callable[[int], Mapping[str, str]] = _declares(_TEXT, shape=_MAP)
"""Declare a map of strings."""
byte_map: Callable[[int], Mapping[str, bytes]] = _declares(_OCTETS, shape=_MAP)
"""Declare a map of strings to bytes."""


def message(number: int, kind: type[M]) -> M | None:
    """Declare a nested message; ``None`` is not sent, an empty message is."""
    return cast("M | None", _Wire(number, kind))


def messages(number: int, kind: type[M]) -> list[M]:
    """Declare repeated messages."""
    return cast("list[M]", _Wire(number, kind, _MANY))


# ---- messages


@dataclass_transform()
class Message:  # noqa: PLW1641 - it has no hash, since it can be changed
    """The base of all messages: takes its fields in their order, or by name.

    As a dataclass each of them would take longer to make than all of the others to import.
    """

    _wires: ClassVar[Mapping[str, _Wire]] = {}
    _filled: ClassVar[Sequence[tuple[str, type]]] = ()

    def __init_subclass__(cls) -> None:
        cls._wires = {name: found for name, found in vars(cls).items() if isinstance(found, _Wire)}
        cls._filled = [(name, list if wire.shape == _MANY else dict) for name, wire in cls._wires.items() if wire.shape]
        for name, wire in cls._wires.items():
            setattr(cls, name, wire.default)

    def __init__(self, *values: Any, **named: Any) -> None:
        given = self.__dict__
        for name, kind in self._filled:
            given[name] = kind()
        if values:
            given.update(zip(self._wires, values, strict=False))
        given.update(named)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and all(getattr(other, name) == getattr(self, name) for name in self._wires)

    def __repr__(self) -> str:
        shown = [name for name, wire in self._wires.items() if wire.shape != _MAP]  # maps may hold secrets
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

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
    return [
        (name, wire, wire.kind if isinstance(wire.kind, _Kind) else _message_kind(wire.kind))
        for name, wire in cls._wires.items()
    ]


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
