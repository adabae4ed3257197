"""The credentials of a client, and what it takes from the docker CLI's ``config.json``."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aiodockerpy._arguments import checks_methods
from aiodockerpy._exhausted import importing_property, reports_exhaustion
from aiodockerpy._threads import in_own_thread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from aiodockerpy._config.auth import AuthConfig as Credentials
    from aiodockerpy._config.config_file import ConfigFile
    from aiodockerpy._config.credentials import CredentialResolver
    from aiodockerpy._config.finder import EngineFinder
    from aiodockerpy.api import Api
    from aiodockerpy.models import AuthStatus


@checks_methods
class Logins:
    """Logins with registries, and the settings of ``config.json``."""

    api: Api
    _finder: EngineFinder
    _credstore_env: Mapping[str, str] | None
    _accepted: dict[str, tuple[Credentials, AuthStatus]]

    @importing_property
    def credentials(self) -> CredentialResolver:
        """Find credentials for registries: `login`, then the docker CLI's configuration and helpers."""
        from aiodockerpy._config.config_file import config_directory
        from aiodockerpy._config.credentials import CredentialResolver

        environment = self._finder.environment
        directory = config_directory(environment)
        return CredentialResolver(directory, environment, helper_environment=self._credstore_env)

    @reports_exhaustion
    async def proxies(self) -> dict[str, str]:
        """Return the environment variables for the proxies in the docker CLI's ``config.json``.

        What is malformed there is left out with a warning, as by the CLI.
        """
        endpoint = await self._finder.load()
        return (await self._cli_config()).proxies_for(endpoint.host.url)

    @reports_exhaustion
    async def detach_keys(self) -> str | None:
        """Return the keys of the docker CLI's ``config.json`` that detach from a terminal, if it has any.

        Something that is not text is left out with a warning, as by the CLI.
        """
        return (await self._cli_config()).detach_keys or None

    async def _cli_config(self) -> ConfigFile:
        from aiodockerpy._config import config_file

        directory = config_file.config_directory(self._finder.environment)
        return await in_own_thread(config_file.read_config_or_warn, directory / config_file.CONFIG_FILE_NAME)

    @reports_exhaustion
    async def login(
        self,
        username: str,
        password: str | None = None,
        email: str | None = None,
        registry: str | None = None,
        reauth: bool = False,
        dockercfg_path: str | PathLike[str] | None = None,
        *,
        store: bool = False,
    ) -> AuthStatus:
        """Check credentials with a registry, and use them from now on in this client.

        Args:
            username: Name of the user.
            password: Password or token.
            email: Obsolete; sent if given.
            registry: The registry; the Docker Hub if not given.
            reauth: Ask the registry again even if it has accepted just these credentials in this client before. (Unlike
                docker-py, another password for the same user is always checked.)
            dockercfg_path: The ``config.json`` that this client reads credentials from, from now on, if there is one.
            store: Also keep them as ``docker login`` does, in the credential helper or in ``config.json``.

        Returns:
            The registry's answer: ``result.status``, or ``result["Status"]``.

        Raises:
            APIError: The registry refuses.
        """
        from aiodockerpy._config.auth import AuthConfig as Credentials, registry_key

        if dockercfg_path is not None and await asyncio.to_thread(os.path.exists, dockercfg_path):
            self.credentials.reload(Path(dockercfg_path))
        address = registry_key(registry)
        given = Credentials(username, password or "", server_address=address, email=email or "")
        asked, answer = self._accepted.get(address, (None, None))
        if answer is None or asked != given or reauth:
            answer = await self._check(given)
        token = answer.identity_token or ""
        found = replace(given, password="" if token else given.password, identity_token=token)
        if store:
            await self.credentials.store(found)
        self.credentials.remember(found)
        return answer

    async def _check(self, given: Credentials) -> AuthStatus:
        """Verify credentials with a registry."""
        from aiodockerpy.models import AuthConfig

        answer = await self.api.system.auth(AuthConfig.model_validate(given.to_wire()))
        self._accepted[given.server_address] = given, answer
        return answer

    @reports_exhaustion
    async def logout(self, registry: str | None = None, *, store: bool = False) -> None:
        """Discard the credentials for a registry.

        Args:
            registry: The registry; the Docker Hub if not given.
            store: Also remove those that ``docker login`` or ``login(store=True)`` has stored.
        """
        from aiodockerpy._config.auth import registry_key

        self._accepted.pop(registry_key(registry), None)
        if store:
            await self.credentials.erase(registry)
        self.credentials.forget(registry)
