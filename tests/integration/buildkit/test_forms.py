"""Options as the docker CLI writes them, and mistakes that are named before the build, beside buildx on the same input."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile

import pytest

from aiodockerpy import errors
from aiodockerpy.buildkit import Output
from tests.integration.buildkit.conftest import tree
from tests.integration.conftest import GIVEN_HOST

ENGINES = ["given"] if GIVEN_HOST else ["old", "new"]
pytestmark = pytest.mark.parametrize("engine", ENGINES, indirect=True)


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            head = tarfile.TarInfo(name)
            head.size = len(content)
            tar.addfile(head, io.BytesIO(content))
    return out.getvalue()


async def test_the_cli_s_texts_make_buildx_s_image(build, client, buildx, context, prefix, tmp_path) -> None:
    """Labels, arguments, a secret's file, a private key and a Dockerfile in lower case; lint warnings come along."""
    (tmp_path / "token").write_text("hunter2")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    root = context(
        f"FROM busybox AS one\nARG WHO\nARG NONE\nCOPY file /file\nMAINTAINER {prefix}\n"
        "RUN --mount=type=secret,id=token,required=true --mount=type=ssh,required=true "
        'test -S "$SSH_AUTH_SOCK" && wc -c < /run/secrets/token && echo $WHO $NONE > /made\n',
        {"file": prefix},
    )
    (root / "Dockerfile").rename(root / "dockerfile")
    built = await client.images.build(
        path=root,
        dockerfile="",
        tag=f"{prefix}ours",
        labels=["a=b", "c=d=e"],
        buildargs=["WHO=me"],
        secrets=f"id=token,src={tmp_path / 'token'}",
        ssh=f"default={tmp_path / 'key'}",
        platforms="linux/amd64",
        target="one",
    )
    text = await buildx(
        *("-t", f"{prefix}theirs", "--label=a=b", "--label=c=d=e", "--build-arg=WHO=me", "--platform=linux/amd64"),
        *(
            "--target=one",
            f"--secret=id=token,src={tmp_path / 'token'}",
            f"--ssh=default={tmp_path / 'key'}",
            str(root),
        ),
    )
    ours, theirs = build.image(f"{prefix}ours"), build.image(f"{prefix}theirs")
    for key in ("Config", "RootFS"):
        assert ours[key] == theirs[key], key
    cached = re.findall(r"^#(\d+) CACHED$", text, re.MULTILINE)
    assert set(re.findall(r"^#(\d+) \[(?:one )?\d/\d\] (?:COPY|RUN)", text, re.MULTILINE)) <= set(cached)
    lint = [warning for warning in built.result.warnings if "MaintainerDeprecated" in warning.message]
    assert bool(lint) == ("MaintainerDeprecated" in text)
    if build.engine.api >= (1, 47):
        [warning] = lint
        assert (warning.source, warning.url.startswith("https://")) == ("dockerfile:5", True)
        assert ">>>    5 | MAINTAINER" in warning.excerpt


async def test_one_directory_as_output(client, buildx, context, prefix, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = context("FROM scratch\nCOPY file /file\n", {"file": prefix})
    await client.images.build(path=root, outputs="ours", cache_from="busybox", no_cache_filter="stage")
    await buildx("-o", "theirs", str(root))
    assert tree(tmp_path / "ours") == tree(tmp_path / "theirs")
    assert not (tmp_path / "o").exists()


async def test_a_local_dockerfile_beside_a_repository(client, buildx, context, prefix, repository, tmp_path) -> None:
    url = repository(context("FROM scratch\nCOPY file /wrong\n", {"file": prefix}))
    (tmp_path / "mine").write_text("FROM scratch\nCOPY file /right\n")
    await client.images.build(path=url, dockerfile=tmp_path / "mine", outputs=[Output.local(tmp_path / "ours")])
    await buildx("-o", str(tmp_path / "theirs"), "-f", str(tmp_path / "mine"), url)
    assert [place.name for place in (tmp_path / "ours").iterdir()] == ["right"]
    assert [place.name for place in (tmp_path / "theirs").iterdir()] == ["right"]


async def test_texts_of_the_dockerfile_do_not_pose_as_the_engine_s(client) -> None:
    for text in ("exit code: ² x", "secret x not found", "exit code: 7"):
        with pytest.raises(errors.BuildError, match=re.escape(text)) as caught:
            await client.images.build(dockerfile_text=f'FROM busybox\nCOPY ["{text}","/"]\n')
        assert type(caught.value) is errors.BuildError
        assert (caught.value.exit_code, caught.value.source) == (None, "Dockerfile:2")
    with pytest.raises(errors.SecretNotFound):
        await client.images.build(dockerfile_text="FROM busybox\nRUN --mount=type=secret,id=a,required=true true\n")


async def test_a_check_that_fails_shows_the_lines(build, client) -> None:
    if build.engine.api < (1, 47):
        pytest.skip("no lint before 27.2")
    with pytest.raises(errors.BuildError, match="lint violation") as caught:
        await client.images.build(dockerfile_text="# check=error=true\nFROM busybox\nMAINTAINER x\n")
    assert caught.value.source == "Dockerfile:3"
    assert ">>>    3 | MAINTAINER x" in caught.value.excerpt


async def test_what_the_caller_did_wrong_is_said_before_the_build(client, docker_cli, context, tmp_path) -> None:
    root = context("FROM scratch\n")
    (tmp_path / "noise").write_bytes(b"x")
    wrong = {
        f"--secret=id=tok,src={tmp_path}/absent": (
            {"secrets": {"tok": tmp_path / "absent"}},
            f"'tok'.*{tmp_path}/absent",
        ),
        f"--output=type=tar,dest={tmp_path}/no/x.tar": (
            {"outputs": [f"type=tar,dest={tmp_path}/no/x.tar"]},
            f"outputs: .*{tmp_path}/no",
        ),
        f"--ssh=default={tmp_path}/noise": ({"ssh": {"default": tmp_path / "noise"}}, f"'default'.*{tmp_path}/noise"),
        f"--ssh=default={tmp_path}/gone": ({"ssh": {"default": tmp_path / "gone"}}, f"'default'.*{tmp_path}/gone"),
    }
    for words, (options, text) in wrong.items():
        with pytest.raises(errors.InvalidArgument, match=text):
            await client.images.build(path=root, **options)
        status, _, said = await docker_cli.run("buildx", "build", words, str(root), check=False)
        assert status, said
    with pytest.raises(errors.InvalidArgument, match="standard output"):
        client.images.build(path=root, outputs=["-"])
    for name, value in {"labels": 3, "ssh": 4, "secrets": {"a": "text"}, "push": "yes", "shmsize": "much"}.items():
        with pytest.raises((TypeError, errors.InvalidArgument), match=name):
            client.images.build(path=root, **{name: value})


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize(("name", "mtime"), [("file", 1.5), ("größe" * 20, 1)])
@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
async def test_archives_of_pythons_own_kinds(builder, name, mtime, kind, client, prefix) -> None:
    """Their first header is often an extended one, which engines do not recognize."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as tar:
        for path, content in ((name, b"content"), ("Dockerfile", f"FROM busybox\nCOPY . /{prefix}\n".encode())):
            member = tarfile.TarInfo(path)
            member.size, member.mtime = len(content), mtime
            tar.addfile(member, io.BytesIO(content))
    buffer.seek(0)
    image, _ = await client.images.build(fileobj=buffer, custom_context=True, builder=builder)
    shown = await client.containers.run(image, ["sh", "-c", f"cd /{prefix} && echo *"], remove=True)
    assert shown.decode() == f"Dockerfile {name}\n"


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
async def test_contexts_given_as_content(builder, client, prefix) -> None:
    """A handle is content; what the caller's own code raises comes out as it is."""
    files = {"Dockerfile": f"FROM busybox\nCOPY file /{prefix}\n".encode(), "file": b"content"}

    def failing():
        yield archive(files)[:600]
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await client.images.build(fileobj=failing(), custom_context=True, builder=builder)
    with pytest.raises(FileNotFoundError):
        await client.images.build(fileobj="/surely/not/there.tar", custom_context=True, builder=builder)
    container = await client.containers.create("busybox", ["true"])
    try:
        await container.put_archive("/tmp", archive(files))
        bits, _ = await container.get_archive("/tmp/.")
        image, _ = await client.images.build(fileobj=bits, custom_context=True, builder=builder)
    finally:
        await container.remove()
    assert await client.containers.run(image, ["cat", f"/{prefix}"], remove=True) == b"content"
