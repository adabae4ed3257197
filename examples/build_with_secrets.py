"""Build an image with a secret, only one of its stages, under two names, and watch it being built.

What ``docker build --secret id=token,src=... --target runtime --tag program:1.0.0 .`` does, in Python, without the
docker command: the engine's own BuildKit is spoken to natively.
"""

import asyncio
import os
import tempfile
from pathlib import Path

import aiodockerpy as docker
from aiodockerpy.buildkit.display import PlainLines

BASE = os.environ.get("AIODOCKERPY_DEMO_IMAGE", "busybox:latest")
DOCKERFILE = f"""
FROM {BASE} AS runtime
RUN --mount=type=secret,id=token wc -c < /run/secrets/token > /length-of-the-token
FROM runtime AS tests
RUN false
"""


async def build(client: docker.DockerClient, folder: Path) -> None:
    """Build, and show that the secret was there and is not in the image."""
    (folder / "Dockerfile").write_text(DOCKERFILE)
    handle = client.images.build(
        path=folder,
        target="runtime",
        tag=["program:1.0.0", "program:latest"],
        secrets={"token": b"a very secret token"},
    )
    lines = PlainLines()
    async with handle as progress:
        async for item in progress:
            for line in lines.feed(item):
                print(line)
    image, _ = await handle.built()
    print(image.tags)
    output = await client.containers.run(image, ["cat", "/length-of-the-token"], remove=True)
    print(f"the token had {int(output)} bytes")
    await client.images.remove(image.id, force=True)


async def main() -> None:
    """Build in a folder of its own."""
    async with docker.from_env() as client:
        with tempfile.TemporaryDirectory() as folder:
            await build(client, Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
