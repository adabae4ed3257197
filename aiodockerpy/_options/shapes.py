"""The forms that docker-py and the docker CLI take for the settings of a container, each as a kind of argument."""

# Arguments have any type until they are checked, so the types of their parts are unknown to pyright.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Any, Final, cast

from aiodockerpy import models
from aiodockerpy._arguments import kinds
from aiodockerpy._arguments.kinds import NULL, TEXT, TOLERANT_TEXT, Kind, either, items, mapping
from aiodockerpy._arguments.objects import instance, model
from aiodockerpy._docker_py import unknown_keyword
from aiodockerpy._protocol.comma_separated import fields
from aiodockerpy._protocol.json_paths import is_object
from aiodockerpy._protocol.scalars import MOST_ITEMS
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy._protocol.units import parse_bytes
from aiodockerpy._protocol.words import split_words
from aiodockerpy.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from aiodockerpy._options.keywords import KeyValues


def read(kind: Kind, value: object, name: str) -> Any:
    """Read the value of a keyword.

    Raises:
        WrongType: It has the wrong type.
        InvalidValue: It does not fit.
    """
    try:
        return kind.read(value)
    except Unfit as unfit:
        problem = unfit.error(name)
    raise problem


def check_names(options: Iterable[str], known: Collection[str], function: str, others: Iterable[str] = ()) -> None:
    """Refuse keywords that a function does not have.

    Args:
        options: The names of what was given.
        known: The keywords of the function.
        function: Its name, for the message.
        others: Its parameters that are not among these, for hints.

    Raises:
        TypeError: There is no such keyword.
    """
    for name in options:
        if name not in known:
            raise unknown_keyword(function, name, [*known, *others])


def key_values(values: KeyValues | None, name: str) -> dict[str, str] | None:
    """Convert options or labels, which may be a list of texts, to a mapping."""
    return None if values is None else cast("dict[str, str]", read(kinds.LABELS, values, name))


def _split(command: str) -> list[str]:
    try:
        return split_words(command)
    except ValueError as error:
        raise Unfit(command, f"text that a shell can split ({error})", is_type=False) from None


_COMMAND: Final = "text or a list of texts"
_ANY_COMMAND: Final = kinds.in_order(
    either(
        Kind(_COMMAND, TEXT.then(_split).read),
        instance(os.PathLike, _COMMAND).then(lambda path: [kinds.PATH.read(path)]),
        items(TOLERANT_TEXT, _COMMAND, single=False),
    )
)


def _command(value: Any) -> Any:
    """Read a command; most are lists of text, of which only the characters need a look."""
    texts = type(value) is list and len(value) <= MOST_ITEMS and {str}.issuperset(map(type, value))
    if texts and "".join(value).isascii():
        return value.copy()
    return _ANY_COMMAND.read(value)


COMMAND: Final = Kind(_COMMAND, _command)
"""Text that is split as a shell splits it, a path alone, or a list; numbers and paths stand for their text."""


def _some(words: list[str]) -> list[str]:
    if not words:
        raise Unfit(words, "the name of a program, alone or with arguments", is_type=False)
    return words


PROGRAM: Final = COMMAND.then(_some)
"""A command that no other stands in for, such as that of an image."""


# ---- names of hosts and containers

_HOSTS: Final = "a mapping of names to addresses, or a list of 'name:address' texts"


def _texts_of(form: str, wanted: str, *, optional: bool = False) -> Kind:
    """Make a kind of mappings that become texts, or of such texts; one text stands for a list of it."""
    value = either(NULL, TEXT) if optional else kinds.parsed("text", _address)

    def join(found: Mapping[str, str | None]) -> list[str]:
        return [form.format(name, given) if given else name for name, given in sorted(found.items())]

    return Kind(wanted, either(mapping(TEXT, value, wanted).then(join), items(TEXT, wanted)).read)


def _address(value: Any) -> str:
    if isinstance(value, str):
        return value
    if type(value).__module__ == "ipaddress":
        return str(value)
    raise TypeError


def _host(entry: str) -> str:
    """Return ``name:address`` of an entry that may have ``=`` between them, and brackets around the address."""
    name, _, address = entry.partition("=") if "=" in entry else entry.partition(":")
    if not name or not address:
        raise Unfit(entry, "'name:address'", is_type=False)
    return f"{name}:{address[1:-1] if address[0] == '[' and address[-1] == ']' else address}"


HOST_TEXTS: Final = _texts_of("{}:{}", _HOSTS).then(lambda entries: list(map(_host, entries)))


def _host_line(entry: str) -> str:
    """Return ``address name`` of an entry that may be ``name:address`` as well."""
    if entry.split(maxsplit=1)[1:]:
        return entry
    name, _, address = _host(entry).partition(":")
    return f"{address} {name}"


_LINES: Final = "a mapping of names to addresses, or a list of 'address name' or 'name:address' texts"
HOST_LINES: Final = _texts_of("{1} {0}", _LINES).then(lambda entries: list(map(_host_line, entries)))


def _link_pairs(pairs: Sequence[Any]) -> list[str]:
    return [link if isinstance(link, str) else ":".join(filter(None, link)) for link in pairs]


_LINKS: Final = "a mapping of containers to aliases, or a list of 'container:alias' texts or of pairs"
LINKS: Final = Kind(
    _LINKS,
    either(
        mapping(TEXT, either(NULL, TEXT), _LINKS).then(lambda found: _link_pairs(sorted(found.items()))),
        items(either(TEXT, kinds.pair((TEXT, either(NULL, TEXT)))), _LINKS).then(
            lambda found: _link_pairs(sorted(found, key=lambda link: link if isinstance(link, str) else link[0]))
        ),
    ).read,
)

VOLUMES_FROM: Final = either(TEXT.then(lambda text: text.split(",")), items(kinds.ID))
"""Containers; names in one text are separated by commas."""


# ---- file systems and devices


def _tmpfs(entries: Iterable[str]) -> dict[str, str]:
    return {path: options for path, _, options in (entry.partition(":") for entry in entries)}


_TMPFS: Final = "a mapping of paths to options, or a list of 'path[:options]' texts"
TMPFS: Final = either(
    mapping(TOLERANT_TEXT, either(NULL, TEXT).then(lambda options: options or ""), _TMPFS),
    items(TOLERANT_TEXT, _TMPFS).then(_tmpfs),
)


def _short(wanted: str, pattern: str, make: Callable[..., Any]) -> Kind:
    """Make the kind of texts in the docker CLI's short form."""
    compiled = re.compile(pattern)

    def parse(text: str) -> Any:
        found = compiled.fullmatch(text)
        if found is None:
            raise Unfit(text, wanted, is_type=False)
        try:
            return make(*found.groups())
        except (ValueError, InvalidArgument):
            raise Unfit(text, wanted, is_type=False) from None

    return Kind(wanted, TEXT.then(parse).read)


def _device(host: str, inside: str | None, permissions: str | None) -> models.DeviceMapping:
    if inside is not None and permissions is None and _PERMISSIONS.fullmatch(inside):
        inside, permissions = None, inside
    inside, permissions = inside or host, permissions or "rwm"
    if not _PERMISSIONS.fullmatch(permissions) or (inside != host and not inside.startswith("/")):
        raise ValueError("not a path, or no permissions")
    return models.DeviceMapping(path_on_host=host, path_in_container=inside, cgroup_permissions=permissions)


def _list_of(name: str, wanted: str, pattern: str, make: Callable[..., Any]) -> Kind:
    return items(either(model(name), _short(wanted, pattern, make)))


def _rate(path: str, rate: str) -> models.ThrottleDevice:
    return models.ThrottleDevice(path=path, rate=int(parse_bytes(rate)))


def _weight(path: str, weight: str) -> models.WeightDevice:
    return models.WeightDevice(path=path, weight=int(weight))


def _ulimit(name: str, soft: str, hard: str | None) -> models.Ulimit:
    lowest, highest = (math.inf if int(limit) == -1 else int(limit) for limit in (soft, hard or soft))
    if lowest > highest:
        raise ValueError("the soft limit is above the hard limit")
    return models.Ulimit(name=name, soft=int(soft), hard=int(hard or soft))


_PERMISSIONS: Final = re.compile("(?!.*(.).*\\1)[rwm]{1,3}")
DEVICE: Final = either(
    model("DeviceMapping"),
    _short("text such as '/dev/sda:/dev/xvda:rwm'", r"([^:]+)(?::([^:]+))?(?::([^:]*))?", _device),
)
DEVICES: Final = items(DEVICE)
RATES: Final = _list_of("ThrottleDevice", "text such as '/dev/sda:1mb'", r"([^:]+):([\w.]+)", _rate)
WEIGHTS: Final = _list_of("WeightDevice", "text such as '/dev/sda:500'", r"([^:]+):([0-9]{1,5})", _weight)
ULIMITS: Final = _list_of(
    "Ulimit", "text such as 'nofile=1024:2048'", r"(\w+)=(-?[0-9]{1,18})(?::(-?[0-9]{1,18}))?", _ulimit
)


def _gpu(count: int | None = None, **fields: Any) -> models.DeviceRequest:
    fields.setdefault("capabilities", [["gpu"]])
    return models.DeviceRequest(**fields) if count is None else models.DeviceRequest(count=count, **fields)


_GPU_KEYS: Final = frozenset({"device", "count", "driver", "capabilities", "options"})
_GPUS: Final = "'all', a number, a list of device ids, or text such as 'device=0,1'"


def _gpu_text(text: str) -> models.DeviceRequest:
    """Read the notation of ``docker run --gpus``; text that has no key is the id of one device."""
    if text == "all" or re.fullmatch(r"-?[0-9]{1,9}", text):
        return _gpu(-1 if text == "all" else int(text))
    if not text:
        raise Unfit(text, _GPUS, is_type=False)
    if "=" not in text:
        return _gpu(device_ids=[text])
    given: dict[str, list[str]] = {}
    values = given.setdefault("count", [])
    for part in _comma_separated(text):
        key, equals, value = part.partition("=")
        values = given.setdefault(key, []) if equals else values
        values += (value if equals else part).split(",")
    return _gpu(**_gpu_fields(text, given))


def _comma_separated(text: str) -> list[str]:
    try:
        return fields(text)
    except ValueError:
        raise Unfit(text, _GPUS, is_type=False) from None


def _gpu_fields(text: str, given: Mapping[str, list[str]]) -> dict[str, Any]:
    if not given.keys() <= _GPU_KEYS:
        raise Unfit(text, _GPUS, is_type=False)
    made: dict[str, Any] = {}
    if "device" in given:
        made["device_ids"] = given["device"]
    if "driver" in given:
        made["driver"] = given["driver"][0]
    if "capabilities" in given:
        made["capabilities"] = [["gpu", *(name for name in given["capabilities"] if name != "gpu")]]
    if "options" in given:
        made["options"] = kinds.KEY_VALUES.read(given["options"])
    if given["count"] or "device" not in given:
        count = (given["count"] or ["1"])[0]
        made["count"] = -1 if count == "all" else kinds.NUMBER.read(count)
    return made


GPUS: Final = Kind(
    _GPUS,
    either(
        TEXT.then(_gpu_text),
        kinds.NUMBER.then(_gpu),
        items(TOLERANT_TEXT, _GPUS, single=False).then(lambda ids: _gpu(device_ids=ids)),
    ).read,
)


# ---- health, restarts and logs

_TIMES: Final = frozenset({"interval", "timeout", "start_period", "start_interval", "delay", "monitor", "window"})


def timed(kind: Kind) -> Kind:
    """Make a kind of models from one: in a mapping of fields durations may be text or timedeltas."""
    return Kind(kind.wanted, lambda value: kind.read(_with_times(value) if is_object(value) else value))


def _with_times(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: kinds.NANOSECONDS.read_at(f"[{name!r}]", value) if _plain(name) in _TIMES and value is not None else value
        for name, value in fields.items()
    }


def _plain(name: object) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name)).lower()


def healthcheck_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the times of a health check to nanoseconds, and its test to a list."""
    found = _with_times(fields)
    for name, value in fields.items():
        if _plain(name) == "test" and isinstance(value, str):
            found[name] = ["CMD-SHELL", value]
    return found


_HEALTH: Final = model("HealthConfig")
HEALTHCHECK: Final = Kind(
    _HEALTH.wanted, lambda value: _HEALTH.read(healthcheck_fields(value) if is_object(value) else value)
)

_RESTART: Final = "'no', 'always', 'unless-stopped', 'on-failure[:times]', or a mapping with 'Name'"


def _restart(name: str, times: str | None) -> models.RestartPolicy:
    policy = models.RestartPolicy.made({"name": name})
    policy.maximum_retry_count = int(times) if times else None
    return policy


RESTART_POLICY: Final = Kind(
    _RESTART,
    either(
        model("RestartPolicy"), _short(_RESTART, r"(no|always|unless-stopped|on-failure)(?::([0-9]{0,9}))?", _restart)
    ).read,
)
LOG_CONFIG: Final = either(model("LogConfig"), TEXT.then(lambda driver: models.LogConfig(type=driver, config={})))
"""A log driver by its name, or with its options."""


# ---- networks

_ADDRESSES: Final = frozenset({"ipv4_address", "ipv6_address", "link_local_ips"})
_ENDPOINT: Final = model("EndpointSettings")


def _endpoint(value: Any) -> models.EndpointSettings:
    """Create the settings of one network; addresses may stand beside the rest, as in ``Network.connect``."""
    fields: Any = dict(value) if is_object(value) else value
    if is_object(value) and (found := _ADDRESSES & value.keys()):
        fields["ipam_config"] = model("EndpointIPAMConfig").read({name: fields.pop(name) for name in found})
    settings: models.EndpointSettings = _ENDPOINT.read({} if value is None else fields)
    return settings


_NETWORKS: Final = "a list of networks, or a mapping of networks to settings"
ENDPOINTS: Final = mapping(TEXT, Kind(_ENDPOINT.wanted, _endpoint), "a mapping of networks to settings")


NETWORKS: Final = Kind(
    _NETWORKS,
    either(
        mapping(TEXT, Kind(_ENDPOINT.wanted, _endpoint), _NETWORKS),
        items(kinds.ID, _NETWORKS, single=False).then(dict.fromkeys).then(ENDPOINTS.read),
    ).read,
)
