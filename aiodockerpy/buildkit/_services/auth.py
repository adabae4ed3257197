"""Serve credentials for registries; the engine itself talks to the registries' token servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy.buildkit._messages import CredentialsRequest, CredentialsResponse
from aiodockerpy.buildkit._rpc.framing import UNAVAILABLE, RpcError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiodockerpy.buildkit._rpc.calls import ServerCall
    from aiodockerpy.buildkit.options import Credentials, RegistryLogin

_HUB_HOSTS = frozenset({"registry-1.docker.io", "index.docker.io", "docker.io"})


class AuthService:
    """Serve the credentials of one build; each host is looked up once."""

    def __init__(self, credentials: Credentials | None) -> None:
        self._credentials = credentials
        self._known: dict[str, RegistryLogin | None] = {}

    def methods(self) -> dict[str, Callable[[ServerCall], Awaitable[None]]]:
        """Return the handlers of its calls."""
        service = "/moby.filesync.v1.Auth/"
        return {
            f"{service}Credentials": self._reply,
            f"{service}GetTokenAuthority": _refuse,
            f"{service}FetchToken": _refuse,
            f"{service}VerifyTokenAuthority": _refuse,
        }

    async def _reply(self, call: ServerCall) -> None:
        request = await call.request(CredentialsRequest)
        host = "docker.io" if request.host in _HUB_HOSTS else request.host
        if host not in self._known:
            self._known[host] = await self._credentials(host) if self._credentials is not None else None
        await call.answer(_answer(self._known[host]))


def _answer(login: RegistryLogin | None) -> CredentialsResponse:
    if login is None:
        return CredentialsResponse()
    if login.identity_token:  # marked by the missing name
        return CredentialsResponse("", login.identity_token)
    return CredentialsResponse(login.username, login.password)


async def _refuse(call: ServerCall) -> None:
    """Refuse to fetch tokens, so that the engine asks for the credentials."""
    raise RpcError(UNAVAILABLE, f"{call.path.rpartition('/')[2]} is left to the engine")
