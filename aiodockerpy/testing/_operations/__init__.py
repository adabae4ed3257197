"""What answers each operation of the Engine API; importing this registers all of it."""

from aiodockerpy.testing._operations import (
    archives,
    attach,
    containers,
    create,
    events,
    execs,
    image_archives,
    images,
    listing,
    logs,
    networks,
    prune,
    stats,
    system,
    volumes,
    websocket,
)

__all__ = [
    "archives",
    "attach",
    "containers",
    "create",
    "events",
    "execs",
    "image_archives",
    "images",
    "listing",
    "logs",
    "networks",
    "prune",
    "stats",
    "system",
    "volumes",
    "websocket",
]
