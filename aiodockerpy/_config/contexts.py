"""Docker contexts, with docker-py's names: the docker CLI's own store, read and written without blocking the loop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from aiodockerpy._arguments import checks_arguments
from aiodockerpy._config.config_file import DEFAULT_CONTEXT_NAME, JsonObject
from aiodockerpy._config.context_store import DOCKER_ENDPOINT, ContextMetadata
from aiodockerpy._config.hosts import parse_host
from aiodockerpy._config.resolve import resolve_endpoint
from aiodockerpy._config.stored_contexts import Context, Contexts, docker_endpoint
from aiodockerpy.errors import ContextNotFound, MissingContextParameter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from aiodockerpy._config.tls import TLSConfig


class ClientArguments(TypedDict, total=False):
    """Arguments of ``DockerClient`` that lead to a context's engine."""

    base_url: str
    tls: TLSConfig


@checks_arguments
class ContextAPI:
    """Manages contexts as ``docker context`` does; every change is seen by the CLI, and the other way round.

    Each method takes the environment variables to use: ``os.environ`` if not given. ``DOCKER_CONFIG``, else ``HOME``,
    says where the store is.
    """

    @classmethod
    async def contexts(cls, *, environment: Mapping[str, str] | None = None) -> list[Context]:
        """Return every context, the default one included, in the order of ``docker context ls``.

        Raises:
            ContextException: A context cannot be read.
        """
        return await asyncio.to_thread(Contexts(environment).all)

    @classmethod
    async def get_context(
        cls, name: str | None = None, *, environment: Mapping[str, str] | None = None
    ) -> Context | None:
        """Return one context, or the current one.

        Returns:
            ``None`` if no context has that name.

        Raises:
            ContextException: It cannot be read.
        """
        try:
            return await asyncio.to_thread(Contexts(environment).get, name)
        except ContextNotFound:
            return None

    @classmethod
    async def get_current_context(cls, *, environment: Mapping[str, str] | None = None) -> Context:
        """Return the current context: by ``DOCKER_HOST`` (the default one), ``DOCKER_CONTEXT``, or the last ``use``.

        Raises:
            ContextNotFound: It does not exist.
        """
        return await asyncio.to_thread(Contexts(environment).get, None)

    @classmethod
    async def inspect_context(
        cls, name: str = DEFAULT_CONTEXT_NAME, *, environment: Mapping[str, str] | None = None
    ) -> JsonObject:
        """Return what ``docker context inspect`` prints.

        Raises:
            ContextNotFound: No context of that name.
        """
        return (await asyncio.to_thread(Contexts(environment).get, name)).inspect()

    @classmethod
    async def set_current_context(
        cls, name: str = DEFAULT_CONTEXT_NAME, *, environment: Mapping[str, str] | None = None
    ) -> None:
        """Set the context that clients use by default, as ``docker context use`` does.

        Raises:
            ContextNotFound: No context of that name.
        """
        await asyncio.to_thread(Contexts(environment).use, name)

    @classmethod
    async def create_context(
        cls,
        name: str,
        *,
        host: str | None = None,
        tls_cfg: TLSConfig | None = None,
        skip_tls_verify: bool = False,
        description: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> Context:
        """Store a new context.

        Args:
            name: Two or more letters, digits, and ``_ . + -``.
            host: The engine's address; the default socket if not given.
            tls_cfg: Its certificates and key are copied into the store.
            skip_tls_verify: Accept any certificate of the engine.
            description: Free text.
            environment: The environment variables to use; ``os.environ`` if not given.

        Raises:
            ContextAlreadyExists: The name is taken.
            ContextException: The name cannot be used.
            InvalidArgument: The host cannot be used.
            TLSParameterError: The certificates cannot be used.
        """
        files = Contexts(environment)
        endpoint = docker_endpoint(host or parse_host(None).url, tls_cfg, skip_tls_verify=skip_tls_verify)
        metadata = {"Description": description} if description else {}
        stored = ContextMetadata(name, metadata, {DOCKER_ENDPOINT: endpoint})
        return await asyncio.to_thread(files.create, stored, tls_cfg)

    @classmethod
    async def copy_context(
        cls, source: str, name: str, *, description: str = "", environment: Mapping[str, str] | None = None
    ) -> Context:
        """Store a context, or the default one, under a second name, as ``docker context create --from``.

        Raises:
            ContextNotFound: There is no such source.
            ContextAlreadyExists: The name is taken.
        """
        return await asyncio.to_thread(Contexts(environment).copy, source, name, description)

    @classmethod
    async def update_context(
        cls,
        name: str,
        *,
        host: str | None = None,
        tls_cfg: TLSConfig | None = None,
        skip_tls_verify: bool = False,
        description: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Context:
        """Change a stored context.

        Args:
            name: Which one.
            host: The new address. It replaces the whole endpoint: its certificates are those of ``tls_cfg`` or none.
            tls_cfg: As for :meth:`create_context`; needs ``host``.
            skip_tls_verify: As for :meth:`create_context`; needs ``host``.
            description: The new text; kept if not given.
            environment: The environment variables to use; ``os.environ`` if not given.

        Raises:
            ContextNotFound: No context of that name.
            MissingContextParameter: TLS without the host it is for.
        """
        if host is None and (tls_cfg is not None or skip_tls_verify):
            raise MissingContextParameter("host")
        files = Contexts(environment)
        endpoint = None if host is None else docker_endpoint(host, tls_cfg, skip_tls_verify=skip_tls_verify)
        return await asyncio.to_thread(files.update, name, description, endpoint, tls_cfg)

    @classmethod
    async def remove_context(cls, name: str, *, environment: Mapping[str, str] | None = None) -> None:
        """Remove a context and its certificates; if it was in use, the default one is from then on.

        Raises:
            ContextNotFound: No context of that name.
            ContextException: The default context cannot be removed.
        """
        await asyncio.to_thread(Contexts(environment).remove, name)

    @classmethod
    async def export_context(
        cls, name: str, destination: str | PathLike[str], *, environment: Mapping[str, str] | None = None
    ) -> Path:
        """Write a context, with its keys, to a new tar file that only its owner can read.

        Raises:
            ContextNotFound: No context of that name.
            FileExistsError: The file exists.
        """
        return await asyncio.to_thread(Contexts(environment).export, name, Path(destination))

    @classmethod
    async def import_context(
        cls, name: str, source: bytes | str | PathLike[str], *, environment: Mapping[str, str] | None = None
    ) -> Context:
        """Store a context from the archive, tar or zip, of an export.

        Args:
            name: The name it gets.
            source: The archive's content, or its path.
            environment: The environment variables to use; ``os.environ`` if not given.

        Raises:
            ContextAlreadyExists: The name is taken.
            ContextException: It is not such an archive, or contains something else.
        """
        return await asyncio.to_thread(Contexts(environment).load, name, source)

    @classmethod
    async def kwargs_from_context(
        cls, name: str | None = None, environment: Mapping[str, str] | None = None
    ) -> ClientArguments:
        """Return arguments for ``DockerClient``: ``base_url``, and ``tls`` if the context has it.

        Raises:
            ContextNotFound: No context of that name.
        """
        files = Contexts(environment)
        endpoint = await asyncio.to_thread(resolve_endpoint, environment=files.environment, context=name)
        arguments: ClientArguments = {"base_url": endpoint.host.url}
        if endpoint.tls is not None:
            arguments["tls"] = endpoint.tls
        return arguments
