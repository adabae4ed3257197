"""Images as objects, and the collection of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack, overload

from aiodockerpy import errors, models, resources
from aiodockerpy._arguments import checks_arguments
from aiodockerpy._docker_py import ANY, Removed, refuses_keywords
from aiodockerpy._protocol.operations import check_filters
from aiodockerpy._protocol.reference import Reference
from aiodockerpy.api._results import finish, loaded_images, push_result
from aiodockerpy.resources._base import Collection, Resource, gather_present
from aiodockerpy.resources._credentials import explained, with_credentials
from aiodockerpy.resources._pulls import SharedPulls
from aiodockerpy.resources.registry_data import RegistryData, normalize_platform
from aiodockerpy.streams.progress import ProgressStream

if TYPE_CHECKING:
    import builtins
    import os
    from collections.abc import Mapping, Sequence

    from aiodockerpy import streams
    from aiodockerpy._config.auth import AuthConfig
    from aiodockerpy._options.keywords import PullPolicy
    from aiodockerpy._protocol.query import IdOrName
    from aiodockerpy._protocol.units import PositiveInt
    from aiodockerpy.buildkit import Output
    from aiodockerpy.streams.content import Content

__all__ = ["Image", "ImageCollection", "RegistryData", "normalize_platform"]


@checks_arguments
class Image(Resource["models.ImageInspect"]):
    """An image."""

    @property
    def short_id(self) -> str:
        """The first 12 digits of the id, after ``sha256:`` if the id begins with it."""
        return self.id[: 19 if self.id.startswith("sha256:") else 12]

    @property
    def tags(self) -> list[str]:
        """Its names with tags."""
        return [tag for tag in self.info.repo_tags or () if tag != "<none>:<none>"]

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        config = self.info.config
        return dict(config.labels or {}) if config is not None else {}

    async def reload(self) -> Self:
        """Request the image's data again and replace the snapshot.

        Raises:
            ImageNotFound: It has been removed.
        """
        self._replace(await self.client.api.images.inspect(self.id))
        return self

    async def history(self) -> list[models.ImageHistoryItem]:
        """List the steps that made the image, the last one first: ``step.created_by``, or ``step["CreatedBy"]``.

        Raises:
            ImageNotFound: It has been removed.
        """
        return await self.client.api.images.history(self.id)

    async def tag(self, repository: str, tag: str | None = None, force: bool = False) -> bool:
        """Tag the image with another name.

        Args:
            repository: The name, with or without a tag; it is moved if another image has it.
            tag: The tag; ``latest`` if the name has none.
            force: Accepted and ignored, for compatibility with docker-py: a name is always moved.

        Returns:
            ``True``.

        Raises:
            ImageNotFound: The image has been removed.
            BadRequest: The name or the tag is malformed.
            NullResource: The name is empty.
        """
        del force
        if not repository.strip():
            raise errors.NullResource(f"tag() repository must be the new name, not {repository!r}")
        await self.client.api.images.tag(self.id, repository, tag=tag)
        return True

    def save(self, chunk_size: PositiveInt | None = None, named: bool | str = False) -> streams.BytesStream:
        """Read the image as a tar archive that `ImageCollection.load` takes.

        Args:
            chunk_size: Bytes of a piece at most; as they come if not given.
            named: ``True`` keeps the image's first name in the archive, a text keeps that name; ``False`` keeps none.

        Returns:
            A handle: iterated it gives pieces, awaited all of it; ``save(path)`` writes it to a file.

        Raises:
            InvalidArgument: The image does not have that name.
            StreamInterrupted: The connection ended before the archive did.
        """
        name = self.id
        if isinstance(named, str):
            if named not in self.tags:
                raise errors.InvalidArgument(f"{named} is not a valid tag for this image")
            name = named
        elif named and self.tags:
            name = self.tags[0]
        handle = self.client.api.images.get(name)
        handle.chunk_size = chunk_size
        return handle

    async def remove(self, force: bool = False, noprune: bool = False) -> list[models.ImageDeleteItem]:
        """Remove the image with all its names.

        Args:
            force: Remove it even if it has several names, or a stopped container uses it.
            noprune: Keep parents without a name.

        Returns:
            What was untagged and deleted: ``item.untagged``, or ``item["Untagged"]``.

        Raises:
            Conflict: A container uses it, or it has several names.
        """
        return await self.client.api.images.remove(self.id, force=force, noprune=noprune)

    def __repr__(self) -> str:
        return f"<Image: {', '.join(map(repr, self.tags)) or self.short_id}>"


@checks_arguments
class ImageCollection(Collection):
    """The images of the engine."""

    def prepare_model(self, attrs: models.ImageInspect | Mapping[str, object]) -> Image:
        """Create an object from what an operation of the Engine API returned: a model, or its JSON.

        No request is sent.
        """
        return Image(
            self.client,
            attrs if isinstance(attrs, models.ImageInspect) else models.ImageInspect.from_value(dict(attrs)),
        )

    async def get(self, name: IdOrName) -> Image:
        """Return an image by its id, a unique prefix of one, or its name.

        Raises:
            ImageNotFound: No such image on the engine.
        """
        return Image(self.client, await self.client.api.images.inspect(name))

    def ensure(
        self,
        reference: str,
        policy: PullPolicy = "missing",
        *,
        platform: str | None = None,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
    ) -> ProgressStream[Image]:
        """Pull an image if the policy asks for it, sharing the pull with all callers that need the same one.

        Callers of this client that need the same reference and platform, with the same credentials, at the same time
        share one pull and its progress. It is cancelled when the last of them has left.

        Args:
            reference: Name with tag or digest; the tag ``latest`` if it has none.
            policy: ``"missing"`` pulls if the engine does not have the image (with ``platform``: in that platform),
                ``"always"`` pulls, ``"never"`` does not, ``"changed"`` pulls if the registry has another digest.
            platform: ``os[/arch[/variant]]``; the engine's own if not given.
            auth_config: Credentials for the registry; those of the docker CLI's configuration if not given.

        Returns:
            A handle: awaited it gives the image, iterated the progress (nothing if there is nothing to pull).

        Raises:
            ImageNotFound: The registry does not have the image; with ``"never"``, the engine does not. With
                ``platform``: not in that platform.
            PullError: Pulling failed after it had begun.
            InvalidArgument: There is no such policy, or the credentials do not fit.
        """
        return self._shared.ensure(reference, policy, platform, auth_config)

    @cached_property
    def _shared(self) -> SharedPulls:
        return SharedPulls(self)

    @overload
    def pull(
        self,
        repository: str,
        tag: str | None = None,
        all_tags: Literal[False] = False,
        *,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
        platform: str | None = None,
        stream: bool | None = None,
        decode: bool = True,
    ) -> ProgressStream[Image]: ...
    @overload
    def pull(
        self,
        repository: str,
        tag: str | None = None,
        *,
        all_tags: Literal[True],
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
        platform: str | None = None,
        stream: bool | None = None,
        decode: bool = True,
    ) -> ProgressStream[builtins.list[Image]]: ...
    @refuses_keywords(
        stream=Removed("'await' is the image, 'async for' the progress", harmless=(ANY,)),
        decode=Removed("messages are decoded", harmless=(True, False)),
    )
    def pull(  # noqa: D417 - docker-py's `stream` and the like are for type checkers
        self,
        repository: str,
        tag: str | None = None,
        all_tags: bool = False,
        *,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
        platform: str | None = None,
        stream: bool | None = None,  # noqa: ARG002
        decode: bool = True,  # noqa: ARG002
    ) -> ProgressStream[Image] | ProgressStream[builtins.list[Image]]:
        """Pull an image from its registry.

        Args:
            repository: Its name; a tag or digest may be part of it.
            tag: Tag or digest, instead of the name's; ``latest`` if neither is given.
            all_tags: Every tag of the repository.
            auth_config: Credentials for the registry; those of the docker CLI's configuration if not given.
            platform: ``os[/arch[/variant]]``, where the image has several; the engine's own if not given.

        Returns:
            A handle: awaited it gives the image (with ``all_tags`` the list of them), iterated the progress as it
            happens.

        Raises:
            ImageNotFound: The registry has no such image, or does not show it.
            PullError: Pulling failed after it had begun.
            StreamInterrupted: The connection ended before the pull did.
        """
        reference = Reference.parse(repository)
        version = tag or reference.version

        async def pull(auth: AuthConfig | None) -> streams.Source[models.JSONMessage]:
            api = self.client.api.images
            return await api.pull(repository, tag=version, all_tags=all_tags, platform=platform, auth=auth).__aenter__()

        async def one(source: streams.Source[models.JSONMessage]) -> Image:
            await finish(source)
            return await self.get(_name(reference.repository, version or "latest"))

        async def every(source: streams.Source[models.JSONMessage]) -> builtins.list[Image]:
            await finish(source)
            return await self.list(reference.repository)

        start = with_credentials(self.client.credentials, repository, auth_config, pull)
        if all_tags:
            return ProgressStream(start, every, name="images.pull")
        return ProgressStream(start, one, name="images.pull")

    @refuses_keywords(
        stream=Removed("'await' is the result, 'async for' the progress", harmless=(ANY,)),
        decode=Removed("messages are decoded", harmless=(True, False)),
    )
    def push(  # noqa: D417 - docker-py's `stream` and the like are for type checkers
        self,
        repository: str,
        tag: str | None = None,
        *,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
        platform: str | None = None,
        stream: bool | None = None,  # noqa: ARG002
        decode: bool = True,  # noqa: ARG002
    ) -> ProgressStream[models.PushResult]:
        """Push an image to the registry that its name begins with.

        Args:
            repository: Its name; a tag may be part of it.
            tag: Its tag; every tag of the name if neither is given.
            auth_config: Credentials for the registry; those of the docker CLI's configuration if not given.
            platform: Only this platform, where the image has several. API 1.46+.

        Returns:
            A handle: awaited it gives what is now in the registry (``result.digest``; of several tags the last),
            iterated the progress as it happens.

        Raises:
            ImageNotFound: No such image on the engine.
            PushError: The push failed, usually because the registry requires other credentials.
            StreamInterrupted: The connection ended before the push did.
        """
        reference = Reference.parse(repository)
        version = tag or reference.tag

        async def push(auth: AuthConfig | None) -> streams.Source[models.JSONMessage]:
            api = self.client.api.images
            return await api.push(reference.repository, tag=version, platform=platform, auth=auth).__aenter__()

        async def pushed(source: streams.Source[models.JSONMessage]) -> models.PushResult:
            return await push_result(source) or models.PushResult()

        start = with_credentials(self.client.credentials, repository, auth_config, push)
        return ProgressStream(start, pushed, name="images.push")

    def load(self, data: Content) -> ProgressStream[builtins.list[Image]]:
        """Load images from an archive as `Image.save` makes it.

        Args:
            data: The archive: bytes, a path, a file object or an (async) iterable of bytes; plain or compressed.

        Returns:
            A handle: awaited it gives the images, iterated the progress.

        Raises:
            ImageLoadError: The archive is refused.
            StreamInterrupted: The connection ended before the operation did.
        """

        async def loaded(source: streams.Source[models.JSONMessage]) -> builtins.list[Image]:
            return await gather_present(await loaded_images(source), self.get)

        api = self.client.api.images
        return ProgressStream(lambda: api.load(data).__aenter__(), loaded, name="images.load")

    @overload
    def build(
        self, *, outputs: None = None, **options: Unpack[resources.ImageBuildOptions]
    ) -> resources.ImageBuild[Image]: ...
    @overload
    def build(
        self,
        *,
        outputs: Output | str | os.PathLike[str] | Sequence[Output | str | os.PathLike[str]],
        **options: Unpack[resources.ImageBuildOptions],
    ) -> resources.ImageBuild[Image | None]: ...
    def build(
        self,
        *,
        outputs: Output | str | os.PathLike[str] | Sequence[Output | str | os.PathLike[str]] | None = None,
        **options: Unpack[resources.ImageBuildOptions],
    ) -> resources.ImageBuild[Any]:
        """Build an image: by BuildKit wherever the engine has it, by the classic builder where it has not.

        Example:
            .. code-block:: python

                image, log = await client.images.build(
                    path=".", tag="app:dev", target="runtime", secrets={"token": Path("~/.token").expanduser()}
                )

        Args:
            outputs: What the build writes: an `~aiodockerpy.buildkit.Output`, a directory, text in the docker CLI's
                notation, or several of them; an image in the engine if not given. BuildKit only.
            options: See `ImageBuildOptions`.

        Returns:
            A handle: awaited it gives ``(image, log)`` with the result's digests and metadata in ``result``, iterated
            its progress as it happens.

        Raises:
            BuildError: The build failed; the exception has the step, its exit code, the place in the Dockerfile and
                the log.
            BuildKitUnavailable: Something only BuildKit can do, and the engine has none.
            UnsupportedByEngine: Something this engine's BuildKit cannot do; nothing was built.
            TypeError: Neither a path nor a file was given, or the path is not a directory.
            OSError: A file of the context cannot be read.
            StreamInterrupted: The connection ended before the build did.
        """
        from aiodockerpy.resources._builds.build import image_build  # BuildKit loads with the first build

        return image_build(self.client, {**options, **({"outputs": outputs} if outputs is not None else {})})

    async def remove(
        self, image: IdOrName, force: bool = False, noprune: bool = False
    ) -> builtins.list[models.ImageDeleteItem]:
        """Remove a name from an image, and the image with its last name.

        Args:
            image: Name or id.
            force: Remove it even if it has several names, or a stopped container uses it.
            noprune: Keep parents without a name.

        Returns:
            What was untagged and deleted.

        Raises:
            ImageNotFound: No such image on the engine.
            Conflict: A container uses it, or it has several names.
        """
        return await self.client.api.images.remove(image, force=force, noprune=noprune)

    async def search(
        self,
        term: str,
        limit: int | None = None,
        *,
        filters: models.ImageSearchFilters | models.Filters | None = None,
        auth_config: AuthConfig | Mapping[str, str | None] | None = None,
    ) -> builtins.list[models.ImageSearchItem]:
        """Search the Docker Hub, or the registry that the term begins with.

        Args:
            term: What is searched.
            limit: Number of results, up to 100; 25 if not given.
            filters: Which of them.
            auth_config: Credentials for the registry; none are sent if not given.

        Returns:
            What was found: ``item.name``, or ``item["name"]``.

        Raises:
            InvalidArgument: An unknown filter.
        """
        auth = await self.client.credentials.resolve(None, auth_config) if auth_config is not None else None
        return await self.client.api.images.search(term, limit=limit, filters=filters, auth=auth)

    async def get_registry_data(
        self, name: str, auth_config: AuthConfig | Mapping[str, str | None] | None = None
    ) -> RegistryData:
        """Return the digest and the platforms of an image in its registry, without pulling it.

        Args:
            name: The image.
            auth_config: Credentials for the registry; those of the docker CLI's configuration if not given.

        Raises:
            ImageNotFound: The registry has no such image, or does not show it.
        """
        registry = Reference.parse(name).registry
        auth = await self.client.credentials.resolve(registry, auth_config)
        with explained(self.client.credentials, registry):
            info = await self.client.api.distribution.inspect(name, auth=auth)
        return RegistryData(self.client, info, name, auth_config)

    async def prune(self, filters: models.ImagePruneFilters | models.Filters | None = None) -> models.ImagePrune:
        """Remove images that are not used.

        Args:
            filters: Which of them; without ``{"dangling": False}`` only those without a name.

        Returns:
            What was removed and the disk space that was freed.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return await self.client.api.images.prune(filters=filters)

    async def prune_builds(
        self,
        filters: models.BuildPruneFilters | models.Filters | None = None,
        keep_storage: int | None = None,
        all: bool | None = None,
    ) -> models.BuildPrune:
        """Remove what the build cache does not need.

        Args:
            filters: Which records.
            keep_storage: Bytes that may stay.
            all: Also remove shared and internal records.

        Returns:
            What was removed and the disk space that was freed.

        Raises:
            InvalidArgument: An unknown filter.
        """
        return await self.client.api.build.prune(filters=filters, reserved_space=keep_storage, all=all)

    # `list` comes last: in a class body its name hides the type from what follows.
    async def list(
        self,
        name: str | None = None,
        all: bool = False,
        filters: models.ImageListFilters | models.Filters | None = None,
    ) -> list[Image]:
        """List images.

        Args:
            name: Only those of this name, with or without a tag.
            all: Also the intermediate layers.
            filters: Which images.

        Raises:
            InvalidArgument: An unknown filter.
        """
        wanted: Any = {**(filters or {})}
        if name is not None:
            wanted["reference"] = name
        found = await self.client.api.images.list(all=all, filters=wanted or None)
        return await gather_present([str(summary.id) for summary in found], self.get)

    def watch(
        self, filters: models.ImageListFilters | models.Filters | None = None, *, all: bool = False
    ) -> resources.View[Image]:
        """Keep a live view of images.

        Args:
            filters: Which images.
            all: Also the intermediate layers.

        Returns:
            A view: entered with ``async with`` it lists, watches, and stays correct across broken connections and
            restarts of the engine.

        Raises:
            InvalidArgument: An unknown filter.
        """
        check_filters("ImageList", filters)

        async def load(ids: Sequence[str] | None) -> builtins.list[Image]:
            del ids  # an image is known by several names
            return await self.list(all=all, filters=filters)

        return resources.View(self.client.api.system, "image", load)


def _name(repository: str, version: str) -> str:
    return f"{repository}@{version}" if ":" in version else f"{repository}:{version}"
