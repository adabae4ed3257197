"""``client.images.build``: BuildKit wherever the engine has it, docker-py's keywords and result."""

from __future__ import annotations

import asyncio
import io
import os
import sys

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy.buildkit import BuildLog, BuildStep, Output

BASE = "FROM busybox:1\n"


@pytest.fixture
def context(tmp_path, prefix):
    (tmp_path / "Dockerfile").write_text(
        f"{BASE}ARG WHO=nobody\nCOPY file /file\nRUN echo hello $WHO > /hello # {prefix}\n"
    )
    (tmp_path / "file").write_text("content")
    return tmp_path


@pytest.mark.parametrize("builder", [None, "buildkit", "classic"])
async def test_docker_pys_pair_comes_back(client, prefix, context, builder):
    options = {"builder": builder} if builder else {}
    image, log = await client.images.build(
        path=str(context), tag=f"{prefix}a:1", buildargs={"WHO": "you"}, labels={"made": "here"}, **options
    )
    assert image.tags == [f"{prefix}a:1"]
    assert image.labels["made"] == "here"
    assert any("RUN echo hello" in entry.get("stream", "") for entry in log)
    assert await client.containers.run(f"{prefix}a:1", ["cat", "/file", "/hello"], remove=True) == b"contenthello you\n"


async def test_what_docker_py_cannot_do(engine, client, prefix, tmp_path):
    """``docker build --secret id=dotfile,src=… --target my-layer --tag program:1.0.0 .`` in Python."""
    secret = os.urandom(16).hex()
    (tmp_path / "dotfile").write_text(secret)
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "Dockerfile").write_text(
        f"{BASE.strip()} AS my-layer\n"
        "RUN --mount=type=secret,id=dotfile test $(wc -c < /run/secrets/dotfile) = 32 && echo had it > /seen\n"
        "FROM my-layer\nRUN false\n"
    )
    built = await client.images.build(
        path=tmp_path / "context",
        secrets={"dotfile": tmp_path / "dotfile"},
        target="my-layer",
        tag=f"{prefix}program:1.0.0",
    )
    assert built.image.tags == [f"{prefix}program:1.0.0"]
    assert built.result.digest == built.image.id
    assert await client.containers.run(built.image, ["cat", "/seen"], remove=True) == b"had it\n"
    assert secret not in "".join(str(entry.to_dict()) for entry in built.log)
    assert secret not in str(await built.image.history())
    async with built.image.save() as tar:
        async for piece in tar:
            assert secret.encode() not in piece


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
async def test_progress_is_typed(client, context, builder):
    steps, logs = {}, []
    async with client.images.build(path=context, nocache=True, builder=builder) as progress:
        async for item in progress:
            if isinstance(item, BuildStep):
                steps[item.digest] = item
            elif isinstance(item, BuildLog):
                logs.append(item.text)
    assert any("RUN echo hello" in step.name for step in steps.values())
    assert {step.state for step in steps.values()} <= {"done", "cached"}


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
async def test_a_failing_step_is_told(client, tmp_path, builder):
    (tmp_path / "Dockerfile").write_text(f"{BASE}RUN echo the reason && exit 7\n")
    with pytest.raises(errors.BuildError) as caught:
        await client.images.build(path=tmp_path, builder=builder)
    assert caught.value.exit_code == 7
    assert "RUN echo the reason" in caught.value.step
    assert any("the reason" in (entry.stream or "") for entry in caught.value.build_log)


async def test_a_dockerfile_alone(client, prefix):
    image, _ = await client.images.build(fileobj=io.BytesIO(f"{BASE}LABEL a={prefix}\n".encode()))
    assert image.labels["a"] == prefix
    image, _ = await client.images.build(dockerfile_text=f"{BASE}LABEL b={prefix}\n")
    assert image.labels["b"] == prefix


async def test_files_instead_of_an_image(client, context, tmp_path):
    target = tmp_path / "out"
    image, _ = await client.images.build(
        dockerfile_text=f"{BASE}RUN mkdir /out && echo made > /out/file\nFROM scratch\nCOPY --from=0 /out /\n",
        outputs=[Output.local(target)],
    )
    assert image is None
    assert (target / "file").read_text() == "made\n"


async def test_keywords_that_no_builder_has_together_are_refused_at_the_call(client, tmp_path):
    (tmp_path / "Dockerfile").write_text(BASE)
    with pytest.raises(errors.InvalidArgument, match="secrets"):
        client.images.build(path=tmp_path, secrets={"a": b"b"}, builder="classic")
    with pytest.raises(errors.InvalidArgument, match="squash"):
        client.images.build(path=tmp_path, squash=True, builder="buildkit")
    with pytest.raises(TypeError, match="no_such_keyword"):
        client.images.build(path=tmp_path, no_such_keyword=1)
    with pytest.raises(TypeError, match="path or fileobj"):
        client.images.build(tag="a")


async def test_the_builder_inside_the_engine(client):
    (worker,) = await client.buildkit.workers()
    assert any(platform.startswith("linux/") for platform in worker.platforms)
    assert isinstance(await client.buildkit.disk_usage(), list)


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize("wanted", [True, False])
async def test_proxies_of_the_configuration_reach_the_build(engine, prefix, tmp_path, builder, wanted):
    (tmp_path / "config.json").write_text('{"proxies": {"default": {"httpProxy": "http://proxy.test:3128"}}}')
    environment = {"DOCKER_CONFIG": str(tmp_path), "HOME": str(tmp_path)}
    dockerfile = f"{BASE}RUN echo -n $http_proxy > /seen # {prefix}{builder}{wanted}\n".encode()
    async with aiodockerpy.DockerClient(engine.url, environment=environment) as client:
        image, _ = await client.images.build(
            fileobj=io.BytesIO(dockerfile), builder=builder, use_config_proxy=wanted, tag=f"{prefix}a"
        )
        seen = await client.containers.run(image, ["cat", "/seen"], remove=True)
    assert seen == (b"http://proxy.test:3128" if wanted else b"")


FEW_DESCRIPTORS = """
import asyncio, os, resource, sys
import aiodockerpy

async def main(free):
    async with aiodockerpy.DockerClient(sys.argv[1], environment={}) as client:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        held = []
        try:
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            pass
        for _ in range(free):
            os.close(held.pop())
        try:
            await client.images.build(dockerfile_text="FROM busybox:1")
            outcome = "built"
        except BaseException as error:
            outcome = type(error).__name__
        for fd in held:
            os.close(fd)
    print(outcome, flush=True)

for free in range(6):
    if not (child := os.fork()):  # each build is the first of a process
        asyncio.run(main(free))
        os._exit(0)
    os.waitpid(child, 0)
"""


async def test_the_first_build_of_a_process_with_few_file_descriptors(engine):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-c", FEW_DESCRIPTORS, engine.url, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    outcomes = output.decode().split()
    assert len(outcomes) == 6
    assert set(outcomes) <= {"ConnectionFailed", "EngineUnreachable", "built"}
    assert (outcomes[0], outcomes[-1]) == ("ConnectionFailed", "built")
