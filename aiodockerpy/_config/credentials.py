"""Resolver for the credentials of registries.

Order: the call's own ``auth_config`` > ``login()`` in this process > ``DOCKER_AUTH_CONFIG`` > ``credHelpers`` >
``credsStore`` > ``auths``. The last four follow the docker CLI: ``auths`` does not count where a helper is configured,
and without any of them the platform's helper is used if it is installed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from aiodockerpy._arguments import checks_arguments
from aiodockerpy._config.auth import (
    HUB,
    HUB_KEY,
    AuthConfig,
    convert_to_hostname,
    decode_auth,
    encode_auth,
    registry_key,
)
from aiodockerpy._config.config_file import (
    CONFIG_FILE_NAME,
    ConfigFile,
    JsonObject,
    edit_config_file,
    lookup,
    put,
    read_config_file,
    read_config_or_warn,
)
from aiodockerpy._config.credential_helper import DEFAULT_HELPER_TIMEOUT, CredentialHelper
from aiodockerpy._config.default_store import add_default_store
from aiodockerpy._protocol.outside import read_json
from aiodockerpy._protocol.units import Duration, as_seconds
from aiodockerpy._threads import in_own_thread
from aiodockerpy.errors import (
    APIError,
    CredentialsNotFound,
    DockerException,
    Forbidden,
    ImageNotFound,
    InvalidConfigFile,
    StoreError,
    Unauthorized,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

DEFAULT_CACHE_SECONDS = 30.0
_HELPERS_AT_ONCE = 4
# `docker login` by browser keeps these beside the Hub's entry; they are not credentials for a registry.
_HUB_RELICS = frozenset({f"{HUB_KEY}access-token", f"{HUB_KEY}refresh-token"})

_REFUSALS = ("unauthorized", "denied", "authentication", "authorization", "credentials", "forbidden", "401", "403")
R = TypeVar("R")
_log = logging.getLogger("aiodockerpy.credentials")


@checks_arguments
class CredentialResolver:
    """Finds credentials as the docker CLI does, and keeps those of ``login()``.

    The configuration file is read for each question, so that a ``docker login`` elsewhere counts at once. What a helper
    has is kept for a short time, and concurrent questions start it only once.

    Args:
        config_directory: Where ``config.json`` is.
        environment: For ``DOCKER_AUTH_CONFIG``, and for the helpers.
        helper_environment: Further variables for the helpers (docker-py's ``credstore_env``).
        helper_timeout: Seconds for one run of a helper.
        cache_seconds: Seconds for which a helper's answer is kept; ``0`` starts it every time.
        clock: A monotonic clock, in seconds.
    """

    def __init__(
        self,
        config_directory: str | PathLike[str],
        environment: Mapping[str, str],
        *,
        helper_environment: Mapping[str, str] | None = None,
        helper_timeout: Duration = DEFAULT_HELPER_TIMEOUT,
        cache_seconds: Duration = DEFAULT_CACHE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = Path(config_directory) / CONFIG_FILE_NAME
        self._environment = dict(environment)
        self._helper_environment = self._environment | dict(helper_environment or {})
        self._helper_timeout = as_seconds(helper_timeout)
        self._cache_seconds = as_seconds(cache_seconds)
        self._clock = clock
        self._logins: dict[str, AuthConfig] = {}
        self._problems: dict[str, DockerException] = {}
        self._cache: dict[tuple[str, str], tuple[AuthConfig, float]] = {}  # each with the time of its end
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    def reload(self, config_path: str | PathLike[str] | None = None) -> None:
        """Clear the cache of helpers; read another file from now on, if one is given (``dockercfg_path``)."""
        self._cache.clear()
        self._path = self._path if config_path is None else Path(config_path)

    def remember(self, credentials: AuthConfig) -> None:
        """Use these credentials from now on, in this process only; ``server_address`` names the registry."""
        self._logins[registry_key(credentials.server_address)] = credentials

    def forget(self, registry: str | None) -> None:
        """Drop the credentials that this process keeps or has cached for a registry (the Docker Hub if ``None``)."""
        key = registry_key(registry)
        self._logins.pop(key, None)
        for helper, server in [entry for entry in self._cache if entry[1] == key]:
            del self._cache[helper, server]

    def remembered(self, registry: str | None) -> AuthConfig | None:
        """Return the credentials of a ``login()`` in this process."""
        return self._logins.get(registry_key(registry))

    async def resolve(
        self, registry: str | None, auth_config: AuthConfig | Mapping[str, str | None] | None = None
    ) -> AuthConfig | None:
        """Find the credentials for a registry.

        Args:
            registry: ``host[:port]``, as in an image's name; ``None`` for the Docker Hub.
            auth_config: What the caller gave; it is taken as it is.

        Returns:
            ``None`` if there are none, or if the configuration file or the helper fails: that is logged, and `explain`
            adds it to the registry's refusal. The registry is then asked without credentials.

        Raises:
            InvalidArgument: ``auth_config`` is malformed.
        """
        key = registry_key(registry)
        self._problems.pop(key, None)
        if auth_config is not None:
            return AuthConfig.of(auth_config)
        found = self._logins.get(key) or self._from_environment().get(key)
        if found is None:
            found = await self._from_configuration(await in_own_thread(self._read), key)
        return found or None

    def explain(self, registry: str | None, error: APIError) -> None:
        """Add to a registry's refusal why no credentials were sent to it, if finding them has failed.

        Args:
            registry: As for `resolve`.
            error: What the engine reports; anything but a refusal of access is left as it is.
        """
        problem = self._problems.get(registry_key(registry))
        if problem is not None and _is_refusal(error):
            error.add_note(f"no credentials were sent to the registry: {problem}")
            error.__cause__ = error.__cause__ or problem

    async def get_all(self, given: Mapping[str, AuthConfig] | None = None) -> dict[str, AuthConfig]:
        """Return everything known, for ``X-Registry-Config`` of a build; what fails is logged.

        Args:
            given: Credentials that replace what is found.
        """
        config = await in_own_thread(self._read)
        found = await self._from_default_store(config)
        found |= self._from_environment()
        for registry in self._tried("", lambda: config.raw_cred_helpers) or {}:
            key = HUB_KEY if registry == HUB else registry
            if (credentials := await self._from_configuration(config, key)) is not None:
                found[registry] = credentials
        found |= self._logins | dict(given or {})
        return {registry: auth for registry, auth in found.items() if auth and registry not in _HUB_RELICS}

    async def store(self, credentials: AuthConfig) -> None:
        """Keep credentials as ``docker login`` does: in the registry's helper or, without one, in ``config.json``.

        Raises:
            StoreError: The helper failed.
            InvalidConfigFile: The configuration file is malformed; it is left as it is.
        """
        key = registry_key(credentials.server_address)
        config = await asyncio.to_thread(self._read_strictly)
        helper = _helper_for(config, key)
        entry: JsonObject = {}
        if helper:
            await self._helper(helper).store(key, credentials)
        else:
            entry = _for_file(credentials)

        def change(config: ConfigFile) -> bool:
            add_default_store(config, self._helper_environment)
            return _put_entry(config, key, entry)

        await asyncio.to_thread(edit_config_file, self._path, change)
        self.forget(key)

    async def erase(self, registry: str | None) -> None:
        """Drop the credentials of a registry as ``docker logout`` does, in the helper or ``config.json``, and here.

        Raises:
            StoreError: The helper failed.
            InvalidConfigFile: The configuration file is malformed; it is left as it is.
        """
        key = registry_key(registry)
        keys = [key] if key == HUB_KEY else [key, f"http://{key}", f"https://{key}"]
        config = await asyncio.to_thread(self._read_strictly)
        try:
            if helper := _helper_for(config, key):
                for name in keys:
                    with suppress(CredentialsNotFound):
                        await self._helper(helper).erase(name)
            await asyncio.to_thread(edit_config_file, self._path, lambda config: _drop_entries(config, keys))
        finally:
            self.forget(key)

    def _read(self) -> ConfigFile:
        config = read_config_or_warn(self._path)
        self._tried("", lambda: add_default_store(config, self._helper_environment))
        return config

    def _read_strictly(self) -> ConfigFile:
        config = read_config_file(self._path)
        add_default_store(config, self._helper_environment)
        return config

    def _note(self, key: str, problem: DockerException) -> None:
        """Log a problem, and keep it for `explain`."""
        _log.warning("the stored credentials%s are left out: %s", f" for {key}" if key else "", problem)
        self._problems[key] = problem

    def _tried(self, key: str, read: Callable[[], R]) -> R | None:
        """Read something of the configuration; ``None`` if it is malformed."""
        try:
            return read()
        except InvalidConfigFile as error:
            self._note(key, error)
            return None

    def _from_environment(self) -> dict[str, AuthConfig]:
        """Read ``DOCKER_AUTH_CONFIG``; if it is malformed it is ignored with a warning, as by the CLI."""
        text = self._environment.get("DOCKER_AUTH_CONFIG")
        if not text:
            return {}
        try:
            return _parse_auth_variable(text)
        except ValueError as error:
            _log.warning("DOCKER_AUTH_CONFIG is ignored: %s", error)
            return {}

    async def _from_configuration(self, config: ConfigFile, key: str) -> AuthConfig | None:
        if config.problem is not None:
            self._problems[key] = config.problem  # logged when it was read
            return None
        in_file = self._tried(key, lambda: _in_file(config, key))
        helper = self._tried(key, lambda: _helper_for(config, key))
        kept = await self._asked_or_noted(helper, key) if helper else None
        if kept is None or in_file is None:
            return in_file if kept is None else kept
        return replace(kept, registry_token=in_file.registry_token)

    async def _from_default_store(self, config: ConfigFile) -> dict[str, AuthConfig]:
        store = self._tried("", lambda: config.creds_store)
        if not store:
            return self._all_in_file(config)
        try:
            servers = await self._helper(store).list()
        except StoreError as error:
            self._note("", error)
            return self._all_in_file(config)
        slots = asyncio.Semaphore(_HELPERS_AT_ONCE)

        async def ask(server: str) -> AuthConfig | None:
            async with slots:
                return await self._asked_or_noted(store, server)

        async with asyncio.TaskGroup() as group:
            tasks = {server: group.create_task(ask(server)) for server in servers if server not in _HUB_RELICS}
        return {server: found for server, task in tasks.items() if (found := task.result()) is not None}

    def _all_in_file(self, config: ConfigFile) -> dict[str, AuthConfig]:
        entries = self._tried("", lambda: config.raw_auths) or {}
        found = {key: self._tried(key, partial(_in_file, config, key)) for key in entries}
        return {registry: auth for registry, auth in found.items() if auth is not None}

    async def _asked_or_noted(self, helper: str, server: str) -> AuthConfig | None:
        try:
            return await self._ask(helper, server)
        except StoreError as error:
            self._note(server, error)
            return None

    async def _ask(self, helper: str, server: str) -> AuthConfig:
        """Return what a helper stores for a registry, empty if nothing; concurrent questions run it once."""
        question = (helper, server)
        async with self._locks.setdefault(question, asyncio.Lock()):
            credentials, until = self._cache.get(question, (AuthConfig(), 0.0))
            if self._clock() < until:
                return credentials
            try:
                credentials = await self._helper(helper).get(server)
            except CredentialsNotFound:
                return AuthConfig()
            self._cache[question] = credentials, self._clock() + self._cache_seconds
            return credentials

    def _helper(self, suffix: str) -> CredentialHelper:
        return CredentialHelper(suffix, environment=self._helper_environment, timeout=self._helper_timeout)


def _helper_for(config: ConfigFile, key: str) -> str:
    """Return the helper for a registry; an empty one in ``credHelpers`` disables the store for it."""
    own = config.cred_helper(key)
    return config.creds_store if own is None else own


def _in_file(config: ConfigFile, key: str) -> AuthConfig | None:
    """Return the entry of the exact key, else of the first key whose host name it is."""
    names = config.raw_auths
    if key in names:
        return _entry(config, key, config.auth(key))
    return next((_entry(config, name, config.auth(name)) for name in names if convert_to_hostname(name) == key), None)


def _is_refusal(error: APIError) -> bool:
    """Return whether an error can mean that a registry requires (other) credentials."""
    if isinstance(error, Unauthorized | Forbidden | ImageNotFound):
        return True
    text = str(error.explanation).lower()
    return any(word in text for word in _REFUSALS)


def _entry(config: ConfigFile, registry: str, entry: JsonObject) -> AuthConfig:
    fields = {
        name: lookup(entry, name) or "" for name in ("username", "password", "identitytoken", "registrytoken", "auth")
    }
    if not all(isinstance(value, str) for value in fields.values()):
        raise InvalidConfigFile(f"{config.path}: the entry for {registry!r} in auths has a value that is not a string")
    username, password = fields["username"], fields["password"]
    if fields["auth"]:
        try:
            username, password = decode_auth(fields["auth"])
        except ValueError as error:
            raise InvalidConfigFile(f"{config.path}: auth of {registry!r} {error}") from None
    return AuthConfig(username, password, fields["identitytoken"], fields["registrytoken"], registry)


def _parse_auth_variable(text: str) -> dict[str, AuthConfig]:
    """Parse ``{"auths": {registry: {"auth": …}}}``; the message of an error quotes no content."""
    try:
        value: object = read_json(text)
    except ValueError:
        raise ValueError("it is not one JSON object") from None
    entries = _only_key(value, "auths")
    if entries is None:
        return {}
    if not isinstance(entries, dict):
        raise ValueError("auths is not an object")  # noqa: TRY004 - the text is wrong, not the call
    return {registry: _variable_entry(registry, entry) for registry, entry in cast("JsonObject", entries).items()}


def _variable_entry(registry: str, entry: object) -> AuthConfig:
    auth = _only_key(entry, "auth")
    if not auth or not isinstance(auth, str):
        raise ValueError(f"the entry for {registry!r} has no auth")
    username, password = decode_auth(auth)
    return AuthConfig(username, password, server_address=registry)


def _only_key(value: object, key: str) -> object:
    if not isinstance(value, dict):
        raise ValueError(f"an object with {key!r} is missing")  # noqa: TRY004 - the text is wrong, not the call
    given = cast("JsonObject", value)
    if any(name.casefold() != key for name in given):
        raise ValueError(f"it has a key beside {key!r}")
    return lookup(given, key)


def _for_file(credentials: AuthConfig) -> JsonObject:
    fields = {
        "auth": encode_auth(credentials.username, credentials.password),
        "identitytoken": credentials.identity_token,
        "registrytoken": credentials.registry_token,
    }
    return {name: text for name, text in fields.items() if text}


def _put_entry(config: ConfigFile, key: str, entry: JsonObject) -> bool:
    auths = config.auths
    if auths.get(key) == entry:
        return False
    put(config.data, "auths", auths | {key: entry})
    return True


def _drop_entries(config: ConfigFile, keys: list[str]) -> bool:
    auths = config.auths
    kept = {name: entry for name, entry in auths.items() if name not in keys}
    if len(kept) == len(auths):
        return False
    put(config.data, "auths", kept)
    return True
