"""The credential store that the docker CLI uses if none is configured and nothing is stored."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping

from aiodockerpy._config.config_file import ConfigFile, put
from aiodockerpy._config.credential_helper import PROGRAM_PREFIX

_STORES = {"darwin": "osxkeychain", "win32": "wincred", "linux": "secretservice"}


def add_default_store(config: ConfigFile, environment: Mapping[str, str], platform: str = sys.platform) -> None:
    """Set ``credsStore`` to the platform's store in a configuration without credentials, if its helper is installed.

    As with the CLI, the next ``login`` writes the choice to the file.

    Args:
        config: Edited in place.
        environment: Its ``PATH`` is searched for the programs.
        platform: As ``sys.platform``.
    """
    if config.creds_store or config.raw_cred_helpers or config.raw_auths:
        return
    store = _STORES.get(platform, "")
    if platform == "linux" and _installed("pass", environment):
        store = "pass"
    if store and _installed(PROGRAM_PREFIX + store, environment):
        put(config.data, "credsStore", store)


def _installed(program: str, environment: Mapping[str, str]) -> bool:
    """Return whether a program is in ``PATH``; one in the current directory does not count."""
    found = shutil.which(program, path=environment.get("PATH", ""))
    return found is not None and os.path.isabs(found)  # noqa: PTH117 - a Path would be made for nothing else
