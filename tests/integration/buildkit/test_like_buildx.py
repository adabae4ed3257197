"""The same builds by the docker command line's own builder, on the same engine."""

from __future__ import annotations

import hashlib
import os
import stat

import pytest

from aiodockerpy.buildkit import Output
from tests.integration.conftest import GIVEN_HOST

DOCKERFILE = """\
FROM busybox AS base
ARG WHO
RUN echo "$WHO" > /who
FROM base AS other
RUN echo other > /other
FROM base
COPY --chown=1000:1000 . /src
COPY --from=other /other /
RUN --mount=type=cache,target=/c date > /c/d; cp /who /again
ENV WHO=${WHO}
WORKDIR /src
HEALTHCHECK --interval=5s CMD true
EXPOSE 80/tcp
CMD ["sh", "-c", "true"]
"""


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def tree(root):
    found = {}
    for place in sorted(root.rglob("*")):
        info = place.lstat()
        content = os.readlink(place) if place.is_symlink() else digest(place) if place.is_file() else ""
        found[str(place.relative_to(root))] = (stat.filemode(info.st_mode), int(info.st_mtime), content)
    return found


@pytest.fixture
def root(context, prefix):
    made = context(DOCKERFILE, {"a.txt": prefix, "d/ä.txt": "x", "skip.log": "", "run.sh": "#!/bin/sh"})
    (made / "run.sh").chmod(0o755)
    (made / "link").symlink_to("d/ä.txt")
    (made / ".dockerignore").write_text("*.log\n")
    return made


@pytest.fixture
def buildx(docker_cli):
    if GIVEN_HOST:
        pytest.skip("the lab's docker command line has buildx, others may not")

    async def run(*words: str) -> str:
        _, out, err = await docker_cli.run("buildx", "build", "--progress=plain", *words)
        return (out + err).decode()

    return run


async def test_image_and_cache(build, buildx, root, prefix) -> None:
    labels = {"a": "b", "ä": "ö"}
    await build(context=root, tags=[f"{prefix}ours"], build_args={"WHO": prefix}, labels=labels)
    options = [word for name, value in labels.items() for word in ("--label", f"{name}={value}")]
    text = await buildx(
        "-t", f"{prefix}theirs", "--build-arg", f"WHO={prefix}", "--provenance=false", *options, str(root)
    )
    ours, theirs = build.image(f"{prefix}ours"), build.image(f"{prefix}theirs")
    assert ours["Config"] == theirs["Config"]
    assert ours["RootFS"] == theirs["RootFS"]
    assert (ours["Os"], ours["Architecture"]) == (theirs["Os"], theirs["Architecture"])
    # All of its steps were found in the cache that ours left, so the context had the same content.
    assert text.count("CACHED") >= 5


async def test_local_output(build, buildx, root, prefix, tmp_path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    await build(context=root, build_args={"WHO": prefix}, outputs=[Output.local(ours)])
    await buildx("--build-arg", f"WHO={prefix}", "--output", f"type=local,dest={theirs}", str(root))
    assert tree(ours) == tree(theirs)


async def test_tar_output(build, buildx, root, prefix, tmp_path) -> None:
    await build(context=root, build_args={"WHO": prefix}, outputs=[Output.tar(tmp_path / "ours")])
    await buildx("--build-arg", f"WHO={prefix}", "--output", f"type=tar,dest={tmp_path / 'theirs'}", str(root))
    assert digest(tmp_path / "ours") == digest(tmp_path / "theirs")
