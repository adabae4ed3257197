"""A tour in one minute: pull, run, follow logs, talk to a process, look at statistics and events, fan out.

It uses the engine that the docker CLI would use, and removes everything it makes.
"""

import asyncio
import os
import time

import aiodockerpy as docker

IMAGE = os.environ.get("AIODOCKERPY_DEMO_IMAGE", "busybox:latest")
LABEL = {"aiodockerpy.example": "quickstart"}


async def show_events(client: docker.DockerClient) -> None:
    """Print what the engine does with our containers, until cancelled."""
    filters = {"type": "container", "label": "aiodockerpy.example=quickstart"}
    async with client.events(filters=filters) as events:
        async for event in events:
            if not str(event.action).startswith("exec_"):
                print(f"   event: {event.action} {event.actor.attributes['name']}")


async def pull(client: docker.DockerClient) -> None:
    """Pull the image and show how far it is."""
    print(f"1. pull {IMAGE}")
    async for message in client.images.pull(IMAGE):
        done = message.progress_detail
        amount = f" {done.current}/{done.total} bytes" if done and done.current and done.total else ""
        print(f"   {message.id or ''} {message.status or ''}{amount}".rstrip())


async def run(client: docker.DockerClient) -> None:
    """Run a command to its end."""
    print("2. run")
    output = await client.containers.run(IMAGE, ["echo", "hello world"], remove=True, labels=LABEL)
    print(f"   {output.decode().strip()}")


async def work_with_one(client: docker.DockerClient) -> None:
    """Start a container in the background and look at it from all sides."""
    print("3. a container in the background")
    script = "for i in 1 2 3; do echo line $i; sleep 0.2; done; exec sleep 1000"
    container = await client.containers.run(
        IMAGE, ["sh", "-c", script], detach=True, labels=LABEL, stop_signal="SIGKILL"
    )
    try:
        print(f"   {container.name} is {container.status}")
        print("4. follow its logs")
        async with container.logs(follow=True) as lines:
            async for line in lines:
                print(f"   {line.stream}: {line.text}")
                if line.text == "line 3":
                    break
        print("5. talk to a process in it")
        async with container.exec_run(["tr", "a-z", "A-Z"], stdin=True) as process:
            answer = await process.communicate(b"is anybody there?\n")
            print(f"   {answer.decode().strip()} (exit code {await process.wait()})")
        print("6. one sample of its statistics")
        stats = await container.stats()
        print(f"   memory {stats.memory_stats.usage} bytes, {stats.pids_stats.current} processes")
    finally:
        await container.remove(force=True)


async def fan_out(client: docker.DockerClient, count: int) -> None:
    """Run many containers at once and gather what they say."""
    print(f"7. {count} containers at once")
    begin = time.monotonic()
    outputs = await asyncio.gather(*(client.containers.run(IMAGE, ["echo", str(n)], remove=True) for n in range(count)))
    assert [int(output) for output in outputs] == list(range(count))
    print(f"   all {count} answered, in {time.monotonic() - begin:.1f} s")


async def main() -> None:
    """Take the tour."""
    async with docker.from_env() as client:
        version = await client.version()
        print(f"Docker Engine {version.version} at {client.host}, API {await client.api_version()}")
        watching = asyncio.create_task(show_events(client))
        try:
            await pull(client)
            await run(client)
            await work_with_one(client)
            await fan_out(client, 50)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        left = await client.containers.list(all=True, filters={"label": "aiodockerpy.example=quickstart"})
        print(f"8. everything is removed: {len(left)} containers left")


if __name__ == "__main__":
    asyncio.run(main())
