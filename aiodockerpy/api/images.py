"""Operations on images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodockerpy import models
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._protocol.operations import call
from aiodockerpy._protocol.platforms import PlatformArgument, platform_json, platform_text, platforms_json
from aiodockerpy._protocol.query import IdOrName, id_of
from aiodockerpy._protocol.reference import Reference
from aiodockerpy.api._credentials import NOBODY, Credentials, auth_header
from aiodockerpy.api._part import Part
from aiodockerpy.api._results import imported_image, last, load_failed, loaded_images, push_result
from aiodockerpy.errors import ImportFailed, NullResource, PullError, PushError
from aiodockerpy.streams.archives import BytesStream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodockerpy.streams.content import Content
    from aiodockerpy.streams.stream import Stream


@checks_arguments
class ImagesApi(Part):
    """Images, and their way from and to registries and archives.

    Every ``image`` is an id, a unique prefix of one, or a name with or without tag or digest. A ``platform`` is
    ``os/arch[/variant]`` text or an `OCIPlatform`.

    Example:
        .. code-block:: python

            await client.api.images.pull("busybox:1.37")
            print((await client.api.images.inspect("busybox:1.37")).repo_digests)
    """

    def create(
        self,
        *,
        from_image: str | None = None,
        from_src: str | None = None,
        repo: str | None = None,
        tag: str | None = None,
        message: str | None = None,
        changes: Sequence[str] | None = None,
        platform: PlatformArgument | None = None,
        content: Content | None = None,
        auth: Credentials | None = None,
    ) -> Stream[models.JSONMessage, models.JSONMessage | None]:
        """Pull an image or import a root file system, with the parameters as the engine takes them.

        `pull` and `import_image` are the two uses of this operation.

        Operation: ``ImageCreate``, ``POST /images/create``.

        Args:
            from_image: What is pulled.
            from_src: What is imported: a URL that the engine reads, or ``"-"`` for ``content``.
            repo: Name of an imported image.
            tag: Tag or digest of a pulled image (every tag if empty), or tag of an imported one.
            message: Text kept with an imported image.
            changes: Dockerfile instructions for an imported image, for example ``"CMD sh"``.
            platform: Which platform, where an image has several; or that of the imported files.
            content: The archive that is imported.
            auth: Credentials for the registry.

        Returns:
            A handle: iterated it gives the progress, awaited the last message.

        Raises:
            ImageNotFound: The registry has no such image, or does not show it.
            PullError: Pulling failed after it had begun.
            ImportFailed: Importing failed after it had begun.
            StreamInterrupted: The connection ended before the operation did.
        """
        values = {
            "fromImage": from_image,
            "fromSrc": from_src,
            "repo": repo,
            "tag": tag,
            "message": message,
            "changes": changes,
            "platform": platform_text(platform),
        }
        request = call("ImageCreate", values=values, headers=auth_header(auth), content=content)
        return self._progress_stream(request, last, PullError if from_src is None else ImportFailed)

    def pull(
        self,
        image: str,
        *,
        tag: str | None = None,
        all_tags: bool = False,
        platform: PlatformArgument | None = None,
        auth: Credentials | None = None,
    ) -> Stream[models.JSONMessage, models.JSONMessage | None]:
        """Pull an image from a registry.

        Operation: ``ImageCreate``, ``POST /images/create`` with ``fromImage``.

        Args:
            image: Its name; a tag or digest may be part of it.
            tag: Tag or digest, instead of the name's; ``latest`` if neither is given.
            all_tags: Every tag of the repository.
            platform: Which platform, where the image has several; the engine's own if not given.
            auth: Credentials for the registry.

        Returns:
            A handle: iterated it gives the progress, awaited the last message, which says whether the image was new.

        Raises:
            InvalidRepository: The name is malformed.
            ImageNotFound: The registry has no such image, or does not show it.
            PullError: Pulling failed after it had begun.
            StreamInterrupted: The connection ended before the pull did.
        """
        reference = Reference.parse(image)
        wanted = None if all_tags else (tag or reference.version or "latest")
        values = {"fromImage": reference.repository, "tag": wanted, "platform": platform_text(platform)}
        request = call("ImageCreate", values=values, headers=auth_header(auth))
        return self._progress_stream(request, last, PullError)

    def import_image(
        self,
        source: Content,
        *,
        repo: str | None = None,
        tag: str | None = None,
        message: str | None = None,
        changes: Sequence[str] | None = None,
        platform: PlatformArgument | None = None,
    ) -> Stream[models.JSONMessage, str | None]:
        """Create an image from an archive of a root file system.

        Operation: ``ImageCreate``, ``POST /images/create`` with ``fromSrc``.

        Args:
            source: The archive: bytes, a path, a file object or an (async) iterable of bytes, plain or compressed; or
                an ``http://`` or ``https://`` URL that the engine reads.
            repo: Name of the image; none if not given.
            tag: Its tag; ``latest`` if not given.
            message: Text kept with the image.
            changes: Dockerfile instructions, for example ``"CMD sh"``.
            platform: What platform the files are for; the engine's own if not given.

        Returns:
            A handle: iterated it gives the progress, awaited the id of the image.

        Raises:
            ImportFailed: Importing failed after it had begun.
            StreamInterrupted: The connection ended before the import did.
        """
        url = source if isinstance(source, str) and source.startswith(("http://", "https://")) else None
        values = {
            "fromSrc": url or "-",
            "repo": repo,
            "tag": tag,
            "message": message,
            "changes": changes,
            "platform": platform_text(platform),
        }
        request = call("ImageCreate", values=values, content=source if url is None else None)
        return self._progress_stream(request, imported_image, ImportFailed)

    async def inspect(
        self, image: IdOrName, *, manifests: bool | None = None, platform: PlatformArgument | None = None
    ) -> models.ImageInspect:
        """Return all details of an image.

        Operation: ``ImageInspect``, ``GET /images/{name}/json``.

        Args:
            image: Name or id.
            manifests: With the manifests of its platforms. API 1.48+.
            platform: Of this platform, where the image has several; not together with ``manifests``. API 1.49+.

        Raises:
            ImageNotFound: No such image on the engine, or not for this platform.
        """
        values = {"manifests": manifests, "platform": platform_json(platform)}
        return await self._fetch(call("ImageInspect", {"name": image}, values), lambda: models.ImageInspect)

    async def history(
        self, image: IdOrName, *, platform: PlatformArgument | None = None
    ) -> list[models.ImageHistoryItem]:
        """List the steps an image was made in, the last one first.

        Operation: ``ImageHistory``, ``GET /images/{name}/history``.

        Args:
            image: Name or id.
            platform: Of this platform, where the image has several. API 1.48+.

        Raises:
            ImageNotFound: No such image on the engine.
        """
        request = call("ImageHistory", {"name": image}, {"platform": platform_json(platform)})
        return await self._fetch_list(request, lambda: models.ImageHistoryItem)

    async def attestations(
        self,
        image: IdOrName,
        *,
        platform: PlatformArgument | None = None,
        type: Sequence[str] | None = None,
        statement: bool | None = None,
    ) -> list[models.AttestationStatement]:
        """List the attestations of an image, such as its provenance or its bill of materials. API 1.55+.

        Operation: ``ImageAttestations``, ``GET /images/{name}/attestations``.

        Args:
            image: Name or id.
            platform: Of this platform; the engine's own if not given.
            type: Only these predicate types, for example ``"https://slsa.dev/provenance/v1"``.
            statement: With the statements themselves.

        Raises:
            ImageNotFound: No such image on the engine.
            NotImplementedByEngine: The engine does not use the containerd image store.
        """
        values = {"platform": platform_json(platform), "type": type, "statement": statement}
        request = call("ImageAttestations", {"name": image}, values)
        return await self._fetch_list(request, lambda: models.AttestationStatement)

    def push(
        self,
        image: IdOrName,
        *,
        tag: str | None = None,
        platform: PlatformArgument | None = None,
        auth: Credentials | None = None,
    ) -> Stream[models.JSONMessage, models.PushResult | None]:
        """Push an image to the registry that its name begins with.

        Operation: ``ImagePush``, ``POST /images/{name}/push``.

        Args:
            image: Name, with or without tag.
            tag: Its tag; every tag of the name if neither is given.
            platform: Only this platform, where the image has several. API 1.46+.
            auth: Credentials for the registry.

        Returns:
            A handle: iterated it gives the progress, awaited the digest and size of what is now in the registry.

        Raises:
            ImageNotFound: No such image on the engine.
            PushError: The push failed after it had begun, usually because the registry requires other credentials.
            StreamInterrupted: The connection ended before the push did.
        """
        values = {"tag": tag, "platform": platform_json(platform)}
        request = call("ImagePush", {"name": image}, values, headers=auth_header(auth or NOBODY))
        return self._progress_stream(request, push_result, PushError)

    async def tag(self, image: IdOrName, repo: str, *, tag: str | None = None) -> None:
        """Tag an image with another name.

        Operation: ``ImageTag``, ``POST /images/{name}/tag``.

        Args:
            image: Name or id.
            repo: The new name; it is moved if another image has it.
            tag: Its tag; ``latest`` if not given.

        Raises:
            ImageNotFound: No such image on the engine.
            BadRequest: The new name is malformed.
            NullResource: The new name is empty.
        """
        if not repo.strip():  # engines answer that it was done, and do nothing
            raise NullResource(f"tag() repo must be the new name, not {repo!r}")
        await self._transport.request(call("ImageTag", {"name": image}, {"repo": repo, "tag": tag}))

    async def remove(
        self,
        image: IdOrName,
        *,
        force: bool | None = None,
        noprune: bool | None = None,
        platforms: Sequence[PlatformArgument] | None = None,
    ) -> list[models.ImageDeleteItem]:
        """Remove a name from an image, and the image with its last name.

        Operation: ``ImageDelete``, ``DELETE /images/{name}``.

        Args:
            image: Name or id.
            force: Remove it even if it has several names, or a stopped container uses it.
            noprune: Keep parents without a name.
            platforms: Only these platforms, where the image has several. API 1.50+.

        Returns:
            What was untagged and deleted.

        Raises:
            ImageNotFound: No such image on the engine.
            Conflict: A container uses it, or it has several names.
        """
        values = {"force": force, "noprune": noprune, "platforms": platforms_json(platforms)}
        return await self._fetch_list(call("ImageDelete", {"name": image}, values), lambda: models.ImageDeleteItem)

    async def search(
        self,
        term: str,
        *,
        limit: int | None = None,
        filters: models.ImageSearchFilters | models.Filters | None = None,
        auth: Credentials | None = None,
    ) -> list[models.ImageSearchItem]:
        """Search Docker Hub, or the registry that the term begins with.

        Operation: ``ImageSearch``, ``GET /images/search``.

        Args:
            term: What is searched.
            limit: Number of results, up to 100; 25 if not given.
            filters: Which of them.
            auth: Credentials for the registry.

        Raises:
            InvalidArgument: An unknown filter.
        """
        values = {"term": term, "limit": limit, "filters": filters}
        request = call("ImageSearch", values=values, headers=auth_header(auth))
        return await self._fetch_list(request, lambda: models.ImageSearchItem)

    async def prune(self, *, filters: models.ImagePruneFilters | models.Filters | None = None) -> models.ImagePrune:
        """Remove images that are not used.

        Operation: ``ImagePrune``, ``POST /images/prune``.

        Args:
            filters: Which of them; without ``{"dangling": False}`` only those without a name.

        Returns:
            What was removed and the disk space that was freed.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return await self._fetch(call("ImagePrune", values={"filters": filters}), lambda: models.ImagePrune)

    async def commit(
        self,
        container: IdOrName,
        *,
        repo: str | None = None,
        tag: str | None = None,
        comment: str | None = None,
        author: str | None = None,
        pause: bool | None = None,
        changes: Sequence[str] | None = None,
        config: models.ContainerConfig | None = None,
    ) -> models.IDResponse:
        """Create an image from a container's file system and configuration.

        Operation: ``ImageCommit``, ``POST /commit``.

        Args:
            container: ID or name.
            repo: Name of the image; none if not given.
            tag: Its tag; ``latest`` if not given.
            comment: Text kept with the image.
            author: Who made it, for example ``"Ada <ada@example.com>"``.
            pause: ``False`` lets the container go on meanwhile; otherwise it is paused.
            changes: Dockerfile instructions, for example ``"CMD sh"``.
            config: What replaces the container's own configuration.

        Returns:
            The id of the image.

        Raises:
            NotFound: No such container.
        """
        values = {
            "container": id_of(container),
            "repo": repo,
            "tag": tag,
            "comment": comment,
            "author": author,
            "pause": pause,
            "changes": changes,
        }
        # Engines refuse a call without a body.
        request = call("ImageCommit", values=values, json=config if config is not None else models.ContainerConfig())
        return await self._fetch(request, lambda: models.IDResponse)

    def get(
        self, image: IdOrName, *, platform: PlatformArgument | Sequence[PlatformArgument] | None = None
    ) -> BytesStream:
        """Read an image as a tar archive that `ImagesApi.load` takes.

        Operation: ``ImageGet``, ``GET /images/{name}/get``.

        Args:
            image: Name or id; of a name without tag every tag.
            platform: Only this platform, where the image has several (API 1.48+), or only these (API 1.52+).

        Returns:
            A handle: iterated it gives the bytes as they come, awaited all of them.

        Raises:
            ImageNotFound: No such image on the engine.
            StreamInterrupted: The connection ended before the archive did.
            OperationFailed: The engine failed after the archive had begun.
        """
        return BytesStream(self._transport, call("ImageGet", {"name": image}, {"platform": platforms_json(platform)}))

    def get_all(
        self, images: Sequence[str], *, platform: PlatformArgument | Sequence[PlatformArgument] | None = None
    ) -> BytesStream:
        """Read several images as one tar archive that `ImagesApi.load` takes; layers they share are in it once.

        Operation: ``ImageGetAll``, ``GET /images/get``.

        Args:
            images: Names or ids.
            platform: As for `ImagesApi.get`.

        Returns:
            A handle: iterated it gives the bytes as they come, awaited all of them.

        Raises:
            ImageNotFound: One of them is not on the engine.
            StreamInterrupted: The connection ended before the archive did.
            OperationFailed: The engine failed after the archive had begun.
        """
        values = {"names": list(images), "platform": platforms_json(platform)}
        return BytesStream(self._transport, call("ImageGetAll", values=values))

    def load(
        self,
        content: Content,
        *,
        quiet: bool | None = None,
        platform: PlatformArgument | Sequence[PlatformArgument] | None = None,
    ) -> Stream[models.JSONMessage, list[str]]:
        """Load images from a tar archive as `ImagesApi.get` makes it.

        Operation: ``ImageLoad``, ``POST /images/load``.

        Args:
            content: The archive: bytes, a path, a file object or an (async) iterable of bytes; plain or compressed.
            quiet: ``False`` for messages about the progress; otherwise only about the result.
            platform: Only this platform (API 1.48+), or only these (API 1.52+).

        Returns:
            A handle: iterated it gives the progress, awaited the names (or, without names, the ids) that were loaded.

        Raises:
            ImageLoadError: The archive is refused; the engine reports that only after it has begun to answer.
            StreamInterrupted: The connection ended before the operation did.
        """
        values = {"quiet": quiet, "platform": platforms_json(platform)}
        request = call("ImageLoad", values=values, content=content)
        return self._progress_stream(request, loaded_images, load_failed)

    # `list` comes last: in a class body its name hides the type from what follows.
    async def list(
        self,
        *,
        all: bool | None = None,
        filters: models.ImageListFilters | models.Filters | None = None,
        digests: bool | None = None,
        shared_size: bool | None = None,
        manifests: bool | None = None,
        identity: bool | None = None,
    ) -> list[models.ImageSummary]:
        """List images.

        Operation: ``ImageList``, ``GET /images/json``.

        Args:
            all: Also those without a name that others are built on.
            filters: Which images.
            digests: With their digests.
            shared_size: Compute ``shared_size``, which takes long. API 1.42+.
            manifests: With the manifests of their platforms. API 1.47+.
            identity: With where they come from; needs ``manifests``. API 1.54+.

        Raises:
            InvalidArgument: An unknown filter.
        """
        values = {
            "all": all,
            "filters": filters,
            "digests": digests,
            "shared-size": shared_size,
            "manifests": manifests,
            "identity": identity,
        }
        return await self._fetch_list(call("ImageList", values=values), lambda: models.ImageSummary)
