"""How lists are filtered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiodockerpy.testing._http.messages import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiodockerpy.testing._core import Core
    from aiodockerpy.testing._state.objects import Container

_STATES = ["created", "running", "paused", "restarting", "removing", "exited", "dead"]
_HEALTH = ["none", "starting", "healthy", "unhealthy"]
_TRUE, _FALSE = frozenset({"1", "true", "t", "TRUE", "True"}), frozenset({"0", "false", "f", "FALSE", "False"})


def boolean(filters: Mapping[str, list[str]], name: str, *, default: bool = False) -> bool:
    """Read a filter that is true or false.

    Raises:
        Refusal: It is neither, or both.
    """
    values = filters.get(name)
    if not values:
        return default
    if len(values) == 1 and values[0] in _TRUE | _FALSE:
        return values[0] in _TRUE
    raise Refusal(400, f"invalid filter '{name}=[{' '.join(values)}]'")


def has_labels(labels: Mapping[str, str] | None, filters: Mapping[str, list[str]], name: str = "label") -> bool:
    """Return whether an object has every label that is asked for."""
    for wanted in filters.get(name, ()):
        key, equals, value = wanted.partition("=")
        if key not in (labels or {}) or (equals and (labels or {})[key] != value):
            return False
    return True


def name_matches(name: str, patterns: Iterable[str]) -> bool:
    """Return whether a name has one of the regular expressions, with or without a leading slash.

    What is not a regular expression matches nothing.
    """
    return any(_found(pattern, name) or _found(pattern, f"/{name}") for pattern in patterns)


def _found(pattern: str, name: str) -> bool:
    try:
        return pattern == name or re.search(pattern, name) is not None
    except re.error:
        return False


def until(filters: Mapping[str, list[str]], now: int) -> int | None:
    """Read ``until``: a time in nanoseconds.

    Raises:
        Refusal: It is none, or there are several.
    """
    values = filters.get("until")
    if not values:
        return None
    if len(values) > 1:
        raise Refusal(400, "more than one until filter specified")
    return moment(values[0], now)


def timestamp(text: str) -> int:
    """Read seconds since 1970 with a fraction, in nanoseconds; nothing is 0.

    Raises:
        Refusal: It is not such a number.
    """
    whole, dot, fraction = text.partition(".")
    for part in [whole or "0", *([fraction] if dot else [])]:
        if not re.fullmatch(r"[+-]?\d+", part):
            raise Refusal(500, f'strconv.ParseInt: parsing "{part}": invalid syntax')  # 400 in newer engines
    return int(whole or 0) * 10**9 + int(fraction.ljust(9, "0")[:9] or "0")


_UNITS = {"h": 3600, "m": 60, "s": 1}


def moment(text: str, now: int) -> int:
    """Read seconds since 1970 with a fraction, a duration ago, or RFC 3339, in nanoseconds.

    Raises:
        Refusal: It is none of these.
    """
    if re.fullmatch(r"\d+(\.\d+)?", text):
        whole, _, fraction = text.partition(".")
        return int(whole) * 10**9 + int(fraction.ljust(9, "0")[:9] or "0")
    if re.fullmatch(r"(\d+(\.\d+)?[hms])+", text):
        parts = re.findall(r"(\d+(?:\.\d+)?)([hms])", text)
        return now - int(sum(float(number) * _UNITS[unit] for number, unit in parts) * 10**9)
    from aiodockerpy._protocol.timestamps import Timestamp

    try:
        return Timestamp.parse(text if "T" in text else f"{text}T00:00:00Z").unix_nano
    except ValueError:
        raise Refusal(400, f'failed to parse value as time or duration: "{text}"') from None


def check_container_filters(filters: Mapping[str, list[str]]) -> None:
    """Refuse values that the filters of a list of containers do not have.

    Raises:
        Refusal: A value is unknown.
    """
    for name, kind, known in (("status", "state", _STATES), ("health", "health", _HEALTH)):
        for value in filters.get(name, ()):
            if value not in known:
                reason = f"invalid value for {kind} ({value}): must be one of {', '.join(known)}"
                raise Refusal(400, f"invalid filter '{name}={value}': {reason}")
    boolean(filters, "is-task")
    for name in ("publish", "expose"):
        for value in filters.get(name, ()):
            _check_port(name, value)
    for value in filters.get("exited", ()):
        if not re.fullmatch(r"[+-]?\d+", value):
            reason = f'strconv.Atoi: parsing "{value}": invalid syntax'
            raise Refusal(400, f"invalid filter 'exited={value}': {reason}")


def container_matches(core: Core, container: Container, filters: Mapping[str, list[str]]) -> bool:
    """Return whether a container passes the filters of a list."""
    checks: dict[str, Callable[[list[str]], bool]] = {
        "id": lambda values: any(container.id.startswith(value) for value in values),
        "name": lambda values: name_matches(container.name, values),
        "status": lambda values: container.status in values,
        "exited": lambda values: (
            bool(container.finished) and not container.running and str(container.exit_code) in values
        ),
        "health": lambda values: (container.health or {"Status": "none"})["Status"] in values,
        "ancestor": lambda values: any(_descends(core, container, value) for value in values),
        "network": lambda values: any(_joined(core, container, value) for value in values),
        "volume": lambda values: any(
            value in {mount.name, mount.destination} for value in values for mount in container.mounts
        ),
        "publish": lambda values: any(_has_port(container, value, published=True) for value in values),
        "expose": lambda values: any(_has_port(container, value, published=False) for value in values),
        "is-task": lambda _: not boolean(filters, "is-task"),
        "isolation": lambda values: any(value in {container.host["Isolation"], "default"} for value in values),
        "before": lambda values: all(container.created < core.world.container(value).created for value in values),
        "since": lambda values: all(container.created > core.world.container(value).created for value in values),
    }
    if not has_labels(container.labels, filters):
        return False
    return all(check(filters[name]) for name, check in checks.items() if filters.get(name))


def _descends(core: Core, container: Container, wanted: str) -> bool:
    try:
        image = core.world.find_image(wanted)
    except Refusal:
        return False
    found = container.image
    while image is not None:
        if found is image:
            return True
        parent = core.world.images.get(found.parent)
        if parent is None:
            return False
        found = parent
    return False


def _joined(core: Core, container: Container, wanted: str) -> bool:
    network = core.world.find_network(wanted)
    return network is not None and any(
        point.network == network.name or point.network_id == network.id for point in container.endpoints.values()
    )


def _check_port(name: str, wanted: str) -> None:
    first = wanted.partition("/")[0].partition("-")[0]
    if not first.isdecimal():
        reason = f'strconv.ParseUint: parsing "{first}": invalid syntax'
        raise Refusal(500, f"error while looking up for {name} {wanted}: {reason}")


def port_number(text: str) -> int:
    """Read the port of a key such as ``80/tcp``; what is not one number is 0, as in the engine."""
    number = text.partition("/")[0]
    return int(number) if number.isdecimal() else 0


def _has_port(container: Container, wanted: str, *, published: bool) -> bool:
    port, _, protocol = wanted.partition("/")
    first, _, last = port.partition("-")
    for key, bindings in container.ports.items():
        number, _, kind = key.partition("/")
        numbers = [binding["HostPort"] for binding in bindings or []] if published else [str(port_number(number))]
        fits = any(int(first) <= int(one) <= int(last or first) for one in numbers)
        if fits and kind == (protocol or "tcp"):
            return True
    return False
