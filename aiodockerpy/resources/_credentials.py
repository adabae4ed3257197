"""Calls to registries, with the credentials of the configuration, and with what went wrong in finding them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from aiodockerpy import errors
from aiodockerpy._protocol.reference import Reference
from aiodockerpy.streams.source import Source, SourceOver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence

    from aiodockerpy._config.auth import AuthConfig
    from aiodockerpy._config.credentials import CredentialResolver

T = TypeVar("T")


@contextmanager
def explained(resolver: CredentialResolver, registry: str | None) -> Generator[None]:
    """Add to a refusal of a registry why no credentials were sent, if finding them has failed."""
    try:
        yield
    except errors.APIError as error:
        resolver.explain(registry, error)
        raise


def with_credentials(
    resolver: CredentialResolver,
    name: str,
    auth_config: AuthConfig | Mapping[str, str | None] | None,
    call: Callable[[AuthConfig | None], Awaitable[Source[T]]],
) -> Callable[[], Awaitable[Source[T]]]:
    """Return a function that finds the credentials for a registry, and opens a call that streams with them.

    Args:
        resolver: Finds the credentials.
        name: The name that begins with the registry.
        auth_config: Credentials of the caller, which are used as they are.
        call: Opens the call with the credentials.
    """

    async def start() -> Source[T]:
        registry = Reference.parse(name).registry
        auth = await resolver.resolve(registry, auth_config)
        with explained(resolver, registry):
            return _Explained(await call(auth), resolver, registry)

    return start


class _Explained(SourceOver[T, T]):
    def __init__(self, source: Source[T], resolver: CredentialResolver, registry: str | None) -> None:
        super().__init__(source)
        self._resolver = resolver
        self._registry = registry

    async def batch(self) -> Sequence[T]:
        with explained(self._resolver, self._registry):
            return await self._source.batch()
