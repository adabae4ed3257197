"""Lines of a Dockerfile that change an image's configuration, as ``commit`` and ``import`` take them."""

from __future__ import annotations

import json
import shlex
from typing import Any, cast

from aiodockerpy.testing._http.messages import Refusal
from aiodockerpy.testing._state.normal import items


def apply_changes(config: dict[str, Any], lines: list[str]) -> None:
    """Change a configuration.

    Raises:
        Refusal: A line is not one of these instructions.
    """
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        _apply(config, word.upper(), rest.strip())


def _apply(config: dict[str, Any], word: str, rest: str) -> None:
    if word in {"CMD", "ENTRYPOINT"}:
        config["Cmd" if word == "CMD" else "Entrypoint"] = _words(rest)
    elif word in {"ENV", "LABEL"}:
        for name, value in _pairs(word, rest):
            if word == "LABEL":
                config["Labels"] = {**(config.get("Labels") or {}), name: value}
            else:
                kept = [entry for entry in items(config.get("Env")) if entry.partition("=")[0] != name]
                config["Env"] = [*kept, f"{name}={value}"]
    elif word in {"WORKDIR", "USER", "STOPSIGNAL"}:
        config[{"WORKDIR": "WorkingDir", "USER": "User", "STOPSIGNAL": "StopSignal"}[word]] = rest
    elif word == "EXPOSE":
        ports: dict[str, Any] = {port if "/" in port else f"{port}/tcp": {} for port in rest.split()}
        config["ExposedPorts"] = {**(config.get("ExposedPorts") or {}), **ports}
    elif word == "VOLUME":
        paths = json.loads(rest) if rest.startswith("[") else rest.split()
        config["Volumes"] = {**(config.get("Volumes") or {}), **{path: {} for path in paths}}
    elif word == "ONBUILD":
        config["OnBuild"] = [*(config.get("OnBuild") or []), rest]
    else:
        raise Refusal(400, f"{word} is not a valid change command")


def _words(rest: str) -> list[str]:
    try:
        words = json.loads(rest)
    except ValueError:
        words = None
    return cast("list[str]", words) if isinstance(words, list) else ["/bin/sh", "-c", rest]


def _pairs(word: str, rest: str) -> list[tuple[str, str]]:
    words = shlex.split(rest)
    if len(words) == 1 and "=" not in words[0]:
        raise Refusal(400, f"{word} must have two arguments")
    if words and "=" not in words[0]:
        return [(words[0], " ".join(words[1:]))]
    return [(name, value) for name, _, value in (word.partition("=") for word in words)]
