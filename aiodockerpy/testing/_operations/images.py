"""Images: list, look at, pull, tag, remove, commit."""

from __future__ import annotations

import json
import re
import tarfile
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from aiodockerpy.models import ContainerConfig
from aiodockerpy.testing._changes import apply_changes
from aiodockerpy.testing._core import Core, operation
from aiodockerpy.testing._http.messages import Answer, Refusal, Reply, Request, Stream, answer_json
from aiodockerpy.testing._lifecycle import emit
from aiodockerpy.testing._operations import shapes
from aiodockerpy.testing._operations.filters import boolean, has_labels, until
from aiodockerpy.testing._state.clock import rfc3339
from aiodockerpy.testing._state.images import apply, digest, familiar, layer_of, make_image, reference
from aiodockerpy.testing._state.normal import body, items
from aiodockerpy.testing._state.objects import Container, Image, Layer
from aiodockerpy.testing._state.tree import EMPTY, Node, changes, problem_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiodockerpy.testing._registry import Listed

_SECOND = 10**9
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)


def line(value: dict[str, Any]) -> bytes:
    """Write one message of progress."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\r\n"


def image_event(core: Core, image: Image, action: str, name: str) -> None:
    """Record an event of an image."""
    core.world.events.emit_with("image", action, image.id, {**(image.config["Labels"] or {}), "name": name})


@operation("ImageList")
async def images(core: Core, request: Request) -> Reply:
    """List images, the newest first."""
    filters = request.filters()
    newest = sorted(core.world.images.values(), key=lambda image: image.created, reverse=True)
    parents = {image.parent for image in newest}
    found: list[dict[str, Any]] = []
    for image in newest:
        dangling = not image.tags and not image.digests
        if "dangling" in filters:
            if boolean(filters, "dangling") != dangling:
                continue
        elif dangling and image.id in parents and not request.flag("all"):
            continue
        if not has_labels(image.config["Labels"], filters):
            continue
        if any(image.created >= core.world.image(name).created for name in filters.get("before", ())):
            continue
        if any(image.created <= core.world.image(name).created for name in filters.get("since", ())):
            continue
        limit = until(filters, core.clock.now())
        if limit is not None and image.created > limit:
            continue
        value = shapes.image_summary(core, image, count=request.at_least("1.51"))
        patterns = filters.get("reference")
        if patterns:
            value["RepoTags"] = [tag for tag in image.tags if any(_refers(tag, pattern) for pattern in patterns)]
            value["RepoDigests"] = [
                name for name in image.digests if any(_refers(name, pattern) for pattern in patterns)
            ]
            if not value["RepoTags"] and not value["RepoDigests"]:
                continue
        found.append(value)
    return answer_json(found)


def _refers(name: str, pattern: str) -> bool:
    bare = name.rpartition("@")[0] or name.rpartition(":")[0]
    names = {name, bare, str(reference(name)), reference(name).name}
    return any(_fits(one, pattern) for one in names)


def _fits(name: str, pattern: str) -> bool:
    """Return whether a name has a pattern, in which ``*`` and ``?`` stand for anything but a slash."""
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


@operation("ImageInspect")
async def inspect(core: Core, request: Request) -> Reply:
    """Show an image."""
    image = core.world.image(request.parts["name"])
    return answer_json({
        "Id": image.id, "RepoTags": image.tags, "RepoDigests": image.digests, "Parent": image.parent,
        "Comment": image.comment, "Created": rfc3339(image.created), "DockerVersion": image.docker_version,
        "Author": image.author, "Architecture": image.architecture, "Os": image.os, "Size": image.size,
        "GraphDriver": shapes.graph_driver(image.id),
        "RootFS": {"Type": "layers", "Layers": [layer.diff_id for layer in image.layers]},
        "Metadata": {"LastTagTime": rfc3339(image.tagged)}, "Config": image.config,
    })  # fmt: skip


@operation("ImageHistory")
async def history(core: Core, request: Request) -> Reply:
    """Return the history of an image, the newest layer first."""
    image = core.world.image(request.parts["name"])
    ancestors: dict[int, Image] = {}
    above: Image | None = image
    while above is not None:
        ancestors[len(above.layers)] = above
        above = core.world.images.get(above.parent)
    found: list[dict[str, Any]] = []
    for number, layer in reversed(list(enumerate(image.layers, 1))):
        local = ancestors.get(number)
        tree = dict(EMPTY)
        apply(tree, layer.tar)
        found.append({
            "Comment": layer.comment, "Created": layer.created // _SECOND, "CreatedBy": layer.created_by,
            "Id": local.id if local is not None else "<missing>", "Size": sum(len(node.data) for node in tree.values()),
            "Tags": (local.tags or None) if local is not None else None,
        })  # fmt: skip
    return answer_json(found)


@operation("ImageTag")
async def tag(core: Core, request: Request) -> Reply:
    """Tag an image with another name."""
    image = core.world.image(request.parts["name"])
    full = _named(request)
    if not full:
        return Answer(200)
    core.world.tag(image, full)
    image_event(core, image, "tag", full)
    return Answer(201)


def _named(request: Request) -> str:
    """Read the name that an image shall have; empty if none is given.

    Raises:
        Refusal: It is invalid.
    """
    repo, name = request.text("repo"), request.text("tag")
    if not repo:
        return ""
    if "@" in repo:
        raise Refusal(400, "cannot import digest reference")
    if re.fullmatch("[0-9a-f]{64}", repo):
        raise Refusal(400, f"invalid repository name ({repo}), cannot specify 64-byte hexadecimal strings")
    parsed = reference(repo)
    if name and not _TAG.fullmatch(name):
        raise Refusal(400, "invalid tag format")
    if parsed.repository == "sha256":
        raise Refusal(400, "refusing to create an ambiguous tag using digest algorithm as name")
    return f"{parsed.repository}:{name or parsed.tag or 'latest'}"


@operation("ImageDelete")
async def delete(core: Core, request: Request) -> Reply:
    """Remove a name, and the image with the last one."""
    wanted = request.parts["name"]
    image = core.world.image(wanted)
    by_id = image.id.removeprefix("sha256:").startswith(wanted.removeprefix("sha256:")) and not any(
        familiar_or_none(wanted) == name for name in [*image.tags, *image.digests]
    )
    found = delete_image(
        core, image, None if by_id else familiar(wanted), force=request.flag("force"),
        prune=not request.flag("noprune"), shown=wanted,
    )  # fmt: skip
    return answer_json(found)


def familiar_or_none(text: str) -> str | None:
    """Write a reference as the engine shows it; ``None`` if the text is not one."""
    try:
        return familiar(text)
    except Refusal:
        return None


def delete_image(
    core: Core, image: Image, name: str | None, *, force: bool, prune: bool, shown: str
) -> list[dict[str, str]]:
    """Remove a name of an image, or all of it.

    Raises:
        Refusal: It is used.
    """
    if name is not None and len(image.tags) + len(image.digests) > 1:
        return _untag(core, image, name)
    users = [container for container in core.world.containers.values() if container.image is image]
    if name is None:
        _check_removable(image, users, force=force)
    elif users and not force:
        user = next((container for container in users if container.running), users[0])
        raise Refusal(
            409,
            f'conflict: unable to remove repository reference "{shown}" (must force) - container {user.id[:12]} '
            f"is using its referenced image {image.id[7:19]}",
        )
    if _has_children(core, image):
        if name is not None:
            return _untag(core, image, name)
        raise _undeletable(image, "cannot be forced", "image has dependent child images")
    found = [entry for one in [*image.tags, *image.digests] for entry in _untag(core, image, one)]
    return found if users else found + _delete(core, image, prune=prune)


def _check_removable(image: Image, users: list[Container], *, force: bool) -> None:
    """Refuse to remove an image by its id while it is used, or has several names."""
    if len({tag.rpartition(":")[0] for tag in image.tags}) > 1 and not force:
        raise _undeletable(image, "must be forced", "image is referenced in multiple repositories")
    for container in users:
        if container.running:
            what = f"image is being used by running container {container.id[:12]}"
            raise _undeletable(image, "cannot be forced", what)
    if users and not force:
        what = f"image is being used by stopped container {users[0].id[:12]}"
        raise _undeletable(image, "must be forced", what)


def _undeletable(image: Image, remedy: str, reason: str) -> Refusal:
    return Refusal(409, f"conflict: unable to delete {image.id[7:19]} ({remedy}) - {reason}")


def _has_children(core: Core, image: Image) -> bool:
    return any(other.parent == image.id for other in core.world.images.values())


def _delete(core: Core, image: Image, *, prune: bool) -> list[dict[str, str]]:
    """Delete an image, and with ``prune`` those of its parents that nothing else needs."""
    del core.world.images[image.id]
    image_event(core, image, "delete", image.id)
    chains = {_chain(other, number) for other in core.world.images.values() for number in range(len(other.layers) + 1)}
    mine = [number for number in range(len(image.layers), 0, -1) if _chain(image, number) not in chains]
    found = [{"Deleted": image.id}, *({"Deleted": image.layers[number - 1].diff_id} for number in mine)]
    parent = core.world.images.get(image.parent)
    if prune and parent is not None and not parent.tags and not parent.digests:
        used = any(container.image is parent for container in core.world.containers.values())
        if not used and not _has_children(core, parent):
            found += _delete(core, parent, prune=True)
    return found


def _chain(image: Image, number: int) -> tuple[str, ...]:
    return tuple(layer.diff_id for layer in image.layers[:number])


def _untag(core: Core, image: Image, name: str) -> list[dict[str, str]]:
    names = image.tags if name in image.tags else image.digests
    names.remove(name)
    image_event(core, image, "untag", image.id)
    return [{"Untagged": name}]


# ---- pull and import


@operation("ImageCreate")
async def create(core: Core, request: Request) -> Reply:
    """Pull an image from the fake's registry, or import a tar."""
    if request.text("fromSrc"):
        return _import(core, request)
    name, version = request.text("fromImage"), request.text("tag")
    if not name:
        raise Refusal(400, "invalid reference format")
    if version and ":" not in version and not _TAG.fullmatch(version):
        raise Refusal(400, "invalid tag format")
    if version:
        name = f"{name}@{version}" if ":" in version else f"{name}:{version}"
    wanted = familiar(name)
    listed = core.registry.images.get(wanted)
    if listed is None:
        repository = reference(name).repository
        raise Refusal(
            404, f"pull access denied for {repository}, repository does not exist or may require 'docker login': "
            "denied: requested access to the resource is denied (the fake registry does not have "
            f"{wanted}: add it with registry.add, or with images= of the engine or of the marker)"
        )  # fmt: skip
    return Stream(_pull(core, wanted, listed))


async def _pull(core: Core, name: str, listed: Listed) -> AsyncIterator[bytes]:
    parsed = reference(name)
    image = listed.image
    yield line({"status": f"Pulling from {parsed.path}", "id": parsed.tag or "latest"})
    fresh = image.id not in core.world.images
    if fresh:
        ids = [layer.diff_id[7:19] for layer in image.layers]
        for id in ids:
            yield line({"status": "Pulling fs layer", "progressDetail": {}, "id": id})
        steps = 4
        for step in range(1, steps + 1):
            await core.clock.sleep(listed.seconds / steps)
            for id, layer in zip(ids, image.layers, strict=True):
                size = len(layer.tar)
                detail = {"current": size * step // steps, "total": size}
                yield line({"status": "Downloading", "progressDetail": detail, "progress": _bar(detail), "id": id})
        for id, layer in zip(ids, image.layers, strict=True):
            detail = {"current": len(layer.tar), "total": len(layer.tar)}
            yield line({"status": "Download complete", "progressDetail": {}, "id": id})
            yield line({"status": "Extracting", "progressDetail": detail, "progress": _bar(detail), "id": id})
            yield line({"status": "Pull complete", "progressDetail": {}, "id": id})
    added = core.world.add_image(image)
    core.world.tag(added, name)
    repo_digest = core.world.repo_digest(name, image)
    if repo_digest not in added.digests:
        added.digests.append(repo_digest)
    image_event(core, added, "pull", name)
    yield line({"status": f"Digest: {repo_digest.rpartition('@')[2]}"})
    what = "Downloaded newer image" if fresh else "Image is up to date"
    yield line({"status": f"Status: {what} for {name}"})


def _bar(detail: dict[str, int]) -> str:
    filled = 50 * detail["current"] // max(1, detail["total"])
    return f"[{'=' * filled}{'>' if filled < 50 else ''}{' ' * (49 - filled)}]  {detail['current']}B/{detail['total']}B"


def _import(core: Core, request: Request) -> Reply:
    if request.text("fromSrc") != "-":
        raise Refusal(501, "the fake engine imports only what is sent with the request (fromSrc=-)")
    config: dict[str, Any] = {}
    apply_changes(config, [change for change in request.query.get("changes", []) if change])
    now = core.clock.now()
    comment = request.text("message") or "Imported from -"
    layer = Layer(request.body, digest(request.body), now, comment=comment)
    tags = [name for name in [_named(request)] if name]
    try:
        made = make_image([layer], created=now, config=config, tags=tags, comment=comment, docker_version=core.version)
    except tarfile.TarError as error:
        raise Refusal(500, problem_of(error)) from None
    image = core.world.add_image(made)
    core.world.events.emit_with("image", "import", image.id, {"name": image.id})

    async def progress() -> AsyncIterator[bytes]:
        yield line({"status": image.id})

    return Stream(progress())


# ---- commit


@operation("ImageCommit")
async def commit(core: Core, request: Request) -> Reply:
    """Create an image from a container, which is paused meanwhile."""
    if not request.text("container"):
        raise Refusal(400, 'invalid name or ID supplied: ""')
    container = core.world.container(request.text("container"))
    if not container.running or container.paused or not request.flag("pause", default=True):
        return answer_json({"Id": _commit(core, container, request).id}, 201)
    emit(core, container, "pause")
    try:
        return answer_json({"Id": _commit(core, container, request).id}, 201)
    finally:
        emit(core, container, "unpause")


def _commit(core: Core, container: Container, request: Request) -> Image:
    tags = [name for name in [_named(request)] if name]
    given = body(ContainerConfig, request.body).to_dict() if request.body.strip() not in {b"", b"null"} else {}
    config = _committed(container, given)
    apply_changes(config, [line for change in request.query.get("changes", []) for line in change.splitlines() if line])
    now = core.clock.now()
    comment = request.text("comment")
    layer = layer_of(_written(container), now, " ".join(container.argv), comment)
    image = make_image(
        [*container.image.layers, layer], created=now, config=config, tags=tags, parent=container.image,
        comment=comment, author=request.text("author"), docker_version=core.version,
    )  # fmt: skip
    core.world.add_image(image)
    emit(core, container, "commit", comment=comment, imageID=image.id, imageRef=tags[0] if tags else "")
    if tags:
        image_event(core, image, "tag", tags[0])
    return image


def _committed(container: Container, given: dict[str, Any]) -> dict[str, Any]:
    config = {**container.config, "Labels": container.labels or None}
    for name, value in given.items():
        if value and name in {"Labels", "ExposedPorts", "Volumes"}:
            config[name] = {**(config.get(name) or {}), **value}
        elif value and name == "Env":
            names = {entry.partition("=")[0] for entry in value}
            config[name] = [*value, *(entry for entry in items(config[name]) if entry.partition("=")[0] not in names)]
        elif value:
            config[name] = value
    return config


def _written(container: Container) -> list[tuple[str, Node]]:
    members: list[tuple[str, Node]] = []
    for path, kind in changes(container.image.tree, container.files.root):
        if kind == 2:
            above, _, name = path.rpartition("/")
            members.append((f"{above}/.wh.{name}"[1:], Node(0o100644)))
        else:
            members.append((path[1:], container.files.root[path]))
    return members
