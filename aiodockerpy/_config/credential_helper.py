"""Client of the ``docker-credential-*`` programs, which does not block the event loop."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from aiodockerpy._cancelling import within
from aiodockerpy._config.auth import AuthConfig
from aiodockerpy._config.config_file import JsonObject, lookup
from aiodockerpy._config.process import communicate, end_process, start_process
from aiodockerpy._protocol.outside import read_json
from aiodockerpy.errors import CredentialsNotFound, InitializationError, StoreError

if TYPE_CHECKING:
    import asyncio

PROGRAM_PREFIX = "docker-credential-"
DEFAULT_HELPER_TIMEOUT = 30.0
_TOKEN_USERNAME = "<token>"  # noqa: S105 - the protocol's marker for an identity token
_NOT_FOUND = "credentials not found in native keychain"
_LONGEST_MESSAGE = 500
_MOST_OUTPUT = 4 << 20


class CredentialHelper:
    """One helper program: ``CredentialHelper("pass")`` runs ``docker-credential-pass``.

    Each call runs the program once; cancelling the call, or the time limit, ends the program and what it started.

    Args:
        suffix: As in ``credsStore`` and ``credHelpers``.
        environment: The program's whole environment; its ``PATH`` is searched for it.
        timeout: Seconds for one run.
    """

    def __init__(self, suffix: str, *, environment: Mapping[str, str], timeout: float = DEFAULT_HELPER_TIMEOUT) -> None:
        self.program = PROGRAM_PREFIX + suffix
        self._environment = dict(environment)
        self._timeout = timeout

    async def get(self, server: str) -> AuthConfig:
        """Ask for the credentials of a registry.

        Raises:
            CredentialsNotFound: The helper has none.
            StoreError: The helper failed.
            InitializationError: The helper cannot be started.
        """
        answer = self._parse(await self._run("get", server.encode()), "get")
        username, secret = lookup(answer, "Username") or "", lookup(answer, "Secret") or ""
        if not isinstance(username, str) or not isinstance(secret, str):
            raise self._misfit("get")
        if username == _TOKEN_USERNAME:
            return AuthConfig(identity_token=secret, server_address=server)
        return AuthConfig(username, secret, server_address=server)

    async def store(self, server: str, credentials: AuthConfig) -> None:
        """Keep credentials for a registry: an identity token, or user name and password."""
        token = credentials.identity_token
        username, secret = (_TOKEN_USERNAME, token) if token else (credentials.username, credentials.password)
        entry = {"ServerURL": server, "Username": username, "Secret": secret}
        await self._run("store", json.dumps(entry).encode(), secret=secret)

    async def erase(self, server: str) -> None:
        """Erase the credentials of a registry."""
        await self._run("erase", server.encode())

    async def list(self) -> dict[str, str]:
        """Return the user name for each registry that the helper stores."""
        answer = self._parse(await self._run("list", b"unused"), "list")
        if not all(isinstance(username, str) for username in answer.values()):
            raise self._misfit("list")
        return answer

    async def _run(self, action: str, data: bytes, *, secret: str = "") -> bytes:
        process = await self._start(action)
        late = f"{self.program} {action} did not end within {self._timeout:g} s"
        try:
            async with within(self._timeout, lambda: late, StoreError):
                output, errors = await communicate(process, data, most=_MOST_OUTPUT)
        finally:
            await end_process(process)
        if max(len(output), len(errors)) > _MOST_OUTPUT:
            raise StoreError(f"{self.program} {action} wrote more than {_MOST_OUTPUT} bytes, and was ended")
        if process.returncode != 0:
            raise self._failure(action, output, errors, process.returncode, secret)
        return output

    async def _start(self, action: str) -> asyncio.subprocess.Process:
        if "/" in self.program or os.sep in self.program or "\x00" in self.program:
            raise InitializationError(f"{self.program!r} is not a valid program name")
        try:
            return await start_process(self.program, action, environment=self._environment)
        except FileNotFoundError:
            raise InitializationError(
                f"{self.program} is not installed or not in PATH, or its interpreter is missing"
            ) from None
        except OSError as error:
            raise InitializationError(f"{self.program} cannot be started: {error.strerror}") from error

    def _failure(self, action: str, output: bytes, errors: bytes, code: int | None, secret: str) -> StoreError:
        """Create the error from the helper's standard output; a message that may contain a secret is withheld."""
        text = output.decode(errors="replace").strip()
        if text == _NOT_FOUND:
            return CredentialsNotFound(f"{self.program}: {text}")
        text = text or errors.decode(errors="replace").strip().rpartition("\n")[2]
        if "{" in text or (secret and secret in text):
            text = "(its message is withheld, since it may hold a secret)"
        end = f"was ended by signal {-code}" if code and code < 0 else f"failed with exit code {code}"
        return StoreError(f"{self.program} {action} {end}: {text[:_LONGEST_MESSAGE] or '(it wrote no reason)'}")

    def _parse(self, output: bytes, action: str) -> JsonObject:
        value: object = None
        with suppress(ValueError):  # which holds what it could not read
            value = read_json(output, alone=False)
        if not isinstance(value, dict):
            raise self._misfit(action)
        return cast("JsonObject", value)

    def _misfit(self, action: str) -> StoreError:
        return StoreError(f"{self.program} {action} returned something that is not a JSON object of texts")
