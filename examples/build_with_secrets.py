"""Build one stage of a Dockerfile with a secret, under two names, and print the progress.

This does what ``docker build --secret id=token,src=... --target runtime --tag program:1.0.0 .`` does, in Python and
without the docker command: it uses the engine's own BuildKit natively.
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
    """Build an image, and print its tags and the length of the secret that its step has seen."""
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
    """Build in a temporary folder."""
    async with docker.from_env() as client:
        with tempfile.TemporaryDirectory() as folder:
            await build(client, Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
