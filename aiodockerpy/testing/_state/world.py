"""Everything an engine has, and how it is found by name and id."""

from __future__ import annotations

import random
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

from aiodockerpy.testing._http.messages import Refusal
from aiodockerpy.testing._state.events import Events
from aiodockerpy.testing._state.images import digest, familiar, reference
from aiodockerpy.testing._state.objects import Container, Exec, Image, Network, Volume
from aiodockerpy.testing._state.tree import EMPTY, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiodockerpy.testing._state.clock import Clock
    from aiodockerpy.testing._state.links import Link

_FIRST = [
    "bold",
    "calm",
    "eager",
    "fond",
    "gentle",
    "happy",
    "jolly",
    "keen",
    "lucid",
    "merry",
    "nifty",
    "sharp",
    "stoic",
]
_SECOND = [
    "bell",
    "curie",
    "darwin",
    "euler",
    "fermi",
    "gauss",
    "hopper",
    "kepler",
    "lamarr",
    "noether",
    "ritchie",
    "turing",
]


def new_id() -> str:
    """Generate an id of 64 hexadecimal digits."""
    return secrets.token_hex(32)


class World:
    """The state of an engine.

    Attributes:
        links: Links of the default network.
        bind_sources: Trees of bind mounts, by path on the host; the host itself is never touched.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.events: Events = Events(clock)
        self.containers: dict[str, Container] = {}
        self.images: dict[str, Image] = {}
        self.networks: dict[str, Network] = {}
        self.volumes: dict[str, Volume] = {}
        self.execs: dict[str, Exec] = {}
        self.links: list[Link] = []
        self.bind_sources: dict[str, Tree] = {}
        self._pid = 1000
        for name, driver in (("bridge", "bridge"), ("host", "host"), ("none", "null")):
            self._add_default_network(name, driver)

    def _add_default_network(self, name: str, driver: str) -> None:
        ipam: dict[str, Any] = {"Driver": "default", "Options": None, "Config": None}
        options: dict[str, str] = {}
        if driver == "bridge":
            ipam["Config"] = [{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]
            prefix = "com.docker.network"
            options = {
                f"{prefix}.bridge.default_bridge": "true",
                f"{prefix}.bridge.enable_icc": "true",
                f"{prefix}.bridge.enable_ip_masquerade": "true",
                f"{prefix}.bridge.host_binding_ipv4": "0.0.0.0",  # what the engine reports
                f"{prefix}.bridge.name": "docker0",
                f"{prefix}.driver.mtu": "1500",
            }
        network = Network(new_id(), name, self.clock.now(), driver, ipam, options=options)
        self.networks[network.id] = network

    def new_pid(self) -> int:
        """Number a process."""
        self._pid += 1
        return self._pid

    def new_name(self) -> str:
        """Generate a name that no container has."""
        while True:
            name = f"{random.choice(_FIRST)}_{random.choice(_SECOND)}{random.choice(['', secrets.token_hex(2)])}"
            if self.named(name) is None:
                return name

    # ---- containers

    def named(self, name: str) -> Container | None:
        """Find a container by its name."""
        return next((found for found in self.containers.values() if found.name == name), None)

    def container(self, wanted: str) -> Container:
        """Find a container by id, name or the beginning of an id.

        Raises:
            Refusal: There is none, or there are several.
        """
        found = self.containers.get(wanted) or self.named(wanted.removeprefix("/"))
        found = found or next((link.child for link in self.links if link.name == f"/{wanted}"), None)
        if found is not None and found.id in self.containers:
            return found
        matching = [container for id, container in self.containers.items() if wanted and id.startswith(wanted)]
        if len(matching) > 1:
            raise Refusal(400, f"Multiple IDs found with provided prefix: {wanted}")
        if not matching:
            raise Refusal(404, f"No such container: {wanted}")
        return matching[0]

    def names(self, container: Container) -> list[str]:
        """List the names of a container: its own, and those that links give it."""
        return sorted([f"/{container.name}", *(link.name for link in self.links if link.child is container)])

    def links_of(self, container: Container) -> list[Link]:
        """List the links that a container was given."""
        return [link for link in self.links if link.parent is container]

    def find_container(self, wanted: str) -> Container | None:
        """Find a container; ``None`` if there is none."""
        try:
            return self.container(wanted)
        except Refusal:
            return None

    # ---- images

    def find_image(self, wanted: str) -> Image | None:
        """Find an image by id, the beginning of an id, tag or digest."""
        hexadecimal = wanted.removeprefix("sha256:")
        if len(hexadecimal) == 64 and f"sha256:{hexadecimal}" in self.images:
            return self.images[f"sha256:{hexadecimal}"]
        if not wanted.startswith("sha256:") and len(hexadecimal) != 64:
            parsed = reference(wanted)
            name = familiar(wanted)
            for image in self.images.values():
                if name in image.tags or (parsed.digest and name in image.digests):
                    return image
        if hexadecimal and set(hexadecimal) <= set("0123456789abcdef"):
            return next((image for id, image in self.images.items() if id[7:].startswith(hexadecimal)), None)
        return None

    def image(self, wanted: str) -> Image:
        """Find an image.

        Raises:
            Refusal: There is none.
        """
        found = self.find_image(wanted)
        if found is None:
            wanted = f"sha256:{wanted}" if re.fullmatch("[0-9a-f]{64}", wanted) else wanted
            plain = "sha256:" in wanted or "@" in wanted
            raise Refusal(404, f"No such image: {wanted if plain else familiar(wanted)}")
        return found

    def add_image(self, image: Image) -> Image:
        """Add an image, and take its tags from others; one that is there already gets the tags."""
        kept = self.images.setdefault(image.id, image)
        for tag in image.tags:
            self.tag(kept, tag)
        return kept

    def tag(self, image: Image, name: str) -> None:
        """Move a tag to an image."""
        for other in self.images.values():
            if name in other.tags and other is not image:
                other.tags.remove(name)
        if name not in image.tags:
            image.tags = sorted([*image.tags, name], key=lambda tag: str(reference(tag)))
        image.tagged = self.clock.now()

    # ---- networks

    def network(self, wanted: str) -> Network:
        """Find a network by id, name or the beginning of an id.

        Raises:
            Refusal: There is none.
        """
        found = self.find_network(wanted)
        if found is None:
            raise Refusal(404, f"network {wanted} not found")
        return found

    def find_network(self, wanted: str) -> Network | None:
        """Find a network; ``None`` if there is none."""
        wanted = "bridge" if wanted == "default" else wanted
        exact = self.networks.get(wanted)
        named = exact or next((found for found in self.networks.values() if found.name == wanted), None)
        if named is not None or not wanted:
            return named
        matching = [network for id, network in self.networks.items() if id.startswith(wanted)]
        return matching[0] if len(matching) == 1 else None

    def on_network(self, network: Network) -> Iterator[Container]:
        """Iterate the running containers that have an endpoint on a network."""
        for container in self.containers.values():
            if any(point.network_id == network.id and point.id for point in container.endpoints.values()):
                yield container

    # ---- volumes

    def volume(self, name: str) -> Volume:
        """Find a volume.

        Raises:
            Refusal: There is none.
        """
        if name not in self.volumes:
            raise Refusal(404, f"get {name}: no such volume")
        return self.volumes[name]

    def make_volume(
        self, name: str = "", labels: dict[str, str] | None = None, options: dict[str, str] | None = None
    ) -> Volume:
        """Create a volume, or return the one of that name; without a name it is anonymous."""
        if name in self.volumes:
            return self.volumes[name]
        if not name:
            name = new_id()
            labels = {"com.docker.volume.anonymous": "", **(labels or {})}
        tree = {"/": EMPTY["/"]}
        volume = Volume(name, self.clock.now(), labels=labels, options=options, tree=tree)
        self.volumes[name] = volume
        self.events.emit("volume", "create", name, driver="local")
        return volume

    def users_of(self, volume: str) -> list[Container]:
        """List the containers that mount a volume."""
        return [
            container
            for container in self.containers.values()
            if any(mount.name == volume and mount.type == "volume" for mount in container.mounts)
        ]

    def bind_source(self, path: str) -> Tree:
        """Return the tree in place of a path of the host."""
        return self.bind_sources.setdefault(path, {"/": EMPTY["/"]})

    # ---- execs

    def exec(self, id: str) -> Exec:
        """Find an exec.

        Raises:
            Refusal: There is none.
        """
        found = self.execs.get(id)
        if found is None or found.container.id not in self.containers:
            raise Refusal(404, f"No such exec instance: {id}")
        return found

    def repo_digest(self, name: str, image: Image) -> str:
        """Compute the digest under which a registry has an image."""
        return f"{reference(name).repository}@{digest(b'manifest of ' + image.id.encode())}"


def seconds(nanoseconds: int) -> int:
    """Round down to seconds since 1970."""
    return nanoseconds // 10**9 if nanoseconds else int(time.time())
