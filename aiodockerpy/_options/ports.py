"""Published ports and bound volumes: docker-py's shapes and the docker CLI's texts."""

# Arguments have any type until they are checked, so the types of their parts are unknown to pyright.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from aiodockerpy import models
from aiodockerpy._arguments.kinds import TEXT, TOLERANT_TEXT, Kind, either, is_sequence, items, mapping
from aiodockerpy._options.mounts import absolute
from aiodockerpy._protocol.json_paths import is_list, is_object
from aiodockerpy._protocol.unfit import Unfit

Published: TypeAlias = "str | tuple[str, str | None] | None"

_HIGHEST: Final = 65535
_PROPAGATION: Final = frozenset({"rshared", "shared", "rslave", "slave", "rprivate", "private"})

_PORT: Final = re.compile(
    r"(?:(?:(?P<address>\[[^\]]*\]|[^\[\]]*):)?(?P<out>[0-9]*)(?:-(?P<out_end>[0-9]+))?:)?"
    r"(?P<inside>[0-9]+)(?:-(?P<inside_end>[0-9]+))?(?P<protocol>/(?i:udp|tcp|sctp))?"
)
_LONG: Final = "target", "published", "protocol"

_PORT_FORM: Final = "'[[address:]published[-published]:]port[-port][/protocol]'"
SAME_LENGTH: Final = f"{_PORT_FORM} with ranges of the same length"
_INSIDE: Final = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?(?:/(?:tcp|udp|sctp))?")
_SINGLE: Final = re.compile(r"[0-9]{1,5}/[a-z]+")
_OUTSIDE: Final = re.compile(r"(?:(.*):)?([0-9]{1,5}(?:-[0-9]{1,5})?)?")


def split_port(port: str) -> tuple[list[str], list[Published] | None]:
    """Read a port, or a range of them, as the CLI writes them.

    Returns:
        The ports inside, and for each where it is published; nothing if it is not published.

    Raises:
        Unfit: It cannot be read, or the ranges have different lengths.
    """
    parts = _PORT.fullmatch(_short(port) if "=" in port else port)
    if parts is None:
        raise Unfit(port, _PORT_FORM, is_type=False)
    inside = [
        f"{number}{(parts['protocol'] or '').lower()}" for number in _range(port, parts["inside"], parts["inside_end"])
    ]
    outside = _outside(port, parts["out"], parts["out_end"], len(inside))
    if outside is not None and len(outside) != len(inside):
        raise Unfit(port, SAME_LENGTH, is_type=False)
    if parts["address"] is None:
        return inside, [*outside] if outside is not None else None
    address = _address(parts["address"])
    published: list[str] | list[None] = outside if outside is not None else [None] * len(inside)
    return inside, [(address, number) for number in published]


def _short(port: str) -> str:
    """Return the short form of ``published=8080,target=80,protocol=tcp``."""
    given = {name: value for name, _, value in (field.partition("=") for field in port.split(","))}
    if "target" not in given or not given.keys() <= {*_LONG}:
        raise Unfit(port, f"{_PORT_FORM} or 'published=…,target=…,protocol=…'", is_type=False)
    target, published, protocol = (given.get(key, "") for key in _LONG)
    return f"{published}:{target}/{protocol or 'tcp'}"


def _outside(port: str, first: str | None, last: str | None, needed: int) -> list[str] | None:
    if not first:
        return None
    if last and needed == 1:
        _range(port, first, last)
        return [f"{first}-{last}"]  # the engine takes a free one of them
    return _range(port, first, last)


def _range(port: str, first: str, last: str | None) -> list[str]:
    if max(len(first), len(last or "")) > len(str(_HIGHEST)) or not int(first) <= int(last or first) <= _HIGHEST:
        raise Unfit(port, f"a port or a range of ports up to {_HIGHEST}", is_type=False)
    return [str(number) for number in range(int(first), int(last or first) + 1)]


# ---- the host's side

_ADDRESS: Final = "an IP address"
_BINDING: Final = "a port, (address, port), a list of these, None for a free port, or text such as '127.0.0.1:8080'"


def _address(value: object) -> str:
    """Return an address of the host without brackets, empty for all; a name would publish the port on every address."""
    text = "" if value is None else str(value).strip()
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        found = ipaddress.ip_address(bare) if bare else ""
    except ValueError:
        raise Unfit(value, _ADDRESS, is_type=False) from None
    if isinstance(found, ipaddress.IPv6Address) and found.scope_id is not None:  # engines take it for no address
        raise Unfit(value, f"{_ADDRESS} without a zone", is_type=False)
    return str(found)


def _is_port(value: object) -> bool:
    if isinstance(value, str):
        return not value or re.fullmatch(r"[0-9]{1,5}(-[0-9]{1,5})?", value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    if not _is_port(value) or text.startswith("-") or any(int(part) > _HIGHEST for part in text.split("-") if part):
        raise Unfit(value, f"a port of the host, 0 to {_HIGHEST}", is_type=not isinstance(value, int | str))
    return text


def _bindings(value: Any) -> list[models.PortBinding]:
    """Read where one port is published."""
    if is_list(value):
        return [binding for place, item in enumerate(value) for binding in _BINDINGS.read_at(f"[{place}]", item)]
    if is_sequence(value):
        return _tuple(value)
    if isinstance(value, models.PortBinding | Mapping):
        found = (
            value
            if isinstance(value, models.PortBinding)
            else models.PortBinding.made(cast("Mapping[str, Any]", value))
        )
        address = {} if found.host_ip is None else {"host_ip": _address(found.host_ip)}
        return [models.PortBinding(**address, host_port=_number(found.host_port))]
    if isinstance(value, str) and not _is_port(value):
        address_and_port = _OUTSIDE.fullmatch(value)
        if address_and_port is None or address_and_port[1] is None:
            raise Unfit(value, _BINDING, is_type=False)
        return [models.PortBinding(host_ip=_address(address_and_port[1]), host_port=_number(address_and_port[2]))]
    if value is not None and not _is_port(value):
        raise Unfit(value, _BINDING)
    return [models.PortBinding(host_port=_number(value))]


_BINDINGS: Final = Kind(_BINDING, _bindings)


def _tuple(value: Sequence[Any]) -> list[models.PortBinding]:
    """Read ``(address, port)``, ``(address,)``, or ports alone, each of which is published."""
    if value and all(_is_port(item) and item != "" for item in value):
        return [models.PortBinding(host_port=_number(item)) for item in value]
    if len(value) not in {1, 2} or isinstance(value[0], Mapping | list | tuple):
        raise Unfit(value, _BINDING, is_type=False)
    return [models.PortBinding(host_ip=_address(value[0]), host_port=_number(value[1] if len(value) > 1 else None))]


# ---- the container's side


def _port_key(value: Any) -> str:
    text = "/".join(map(str, value)) if is_sequence(value) and not is_list(value) else str(value)
    found = _INSIDE.fullmatch(text)
    if found is None and isinstance(value, str) and "/" in value:
        return value  # in the engine's own notation, which is its to read
    if isinstance(value, bool) or found is None or not 0 < int(found[1]) <= int(found[2] or found[1]) <= _HIGHEST:
        wanted = "a port such as 80 or '53/udp'"
        raise Unfit(value, wanted, is_type=not isinstance(value, int | str | tuple))
    return text if "/" in text else f"{text}/tcp"


PORT_KEY: Final = Kind("a port such as 80 or '53/udp'", _port_key)


def _single_port(value: Any) -> str:
    key = _port_key(value)
    if not _SINGLE.fullmatch(key):
        raise Unfit(value, is_type=False)
    return key


SINGLE_PORT: Final = Kind("one port such as 80 or '53/udp'", _single_port)


PORT_TEXT: Final = Kind(_PORT_FORM, TOLERANT_TEXT.then(split_port).read)
"""A port with where it is published, in one text."""


def _from_texts(ports: list[tuple[list[str], list[Published] | None]]) -> dict[str, list[models.PortBinding]]:
    found: dict[str, list[models.PortBinding]] = {}
    for inside, outside in ports:
        for number, published in zip(inside, outside or [None] * len(inside), strict=True):
            found.setdefault(_port_key(number), []).extend(_bindings(published))
    return found


_PORTS: Final = f"a mapping of ports to where they are published, or a list of texts, each {_PORT_FORM}"
PORTS: Final = Kind(
    _PORTS,
    either(mapping(PORT_KEY, _BINDINGS, _PORTS), items(PORT_TEXT, _PORTS).then(_from_texts)).read,
)


# ---- volumes

_COLON: Final = re.compile(r":(?!\\)")  # a drive letter is part of its path
_BIND: Final = "a path in the container, or a mapping with 'bind' and 'mode'"


def _bind(value: Any) -> str:
    """Return ``target:mode`` of one volume."""
    if not is_object(value):
        target = TOLERANT_TEXT.read(value)
        return target if len(_COLON.split(target)) > 1 else f"{target}:rw"
    if "bind" not in value or not value.keys() <= {"bind", "mode", "ro", "propagation"}:
        raise Unfit(dict(value), _BIND, is_type=False)
    if "ro" in value and "mode" in value:
        raise Unfit(dict(value), "a mapping with 'ro' or 'mode', not both", is_type=False)
    mode = "ro" if value.get("ro") else str(value.get("mode", "rw"))
    propagation = value.get("propagation")
    if isinstance(propagation, str) and propagation in _PROPAGATION:
        mode = f"{mode},{propagation}" if mode else propagation
    return f"{TOLERANT_TEXT.read(value['bind'])}:{mode}"


def _with_absolute_source(bind: str) -> str:
    source, colon, rest = bind.partition(":")
    return f"{absolute(source)}:{rest}" if colon else bind


_BINDS: Final = "a mapping of sources to paths in the container, or a list of 'source:target[:mode]' texts"
BINDS: Final = Kind(
    _BINDS,
    either(
        mapping(TOLERANT_TEXT, Kind(_BIND, _bind), _BINDS).then(
            lambda found: [f"{source}:{target}" for source, target in found.items()]
        ),
        items(TEXT, _BINDS),
    )
    .then(lambda found: list(map(_with_absolute_source, found)))
    .read,
)


def bind_target(bind: str) -> str:
    """Return the path inside the container of ``[source:]target[:mode]``."""
    parts = _COLON.split(bind)
    return parts[0] if len(parts) == 1 else parts[1]
