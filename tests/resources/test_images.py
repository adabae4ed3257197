"""Images as objects."""

from __future__ import annotations

import io

import pytest

from aiodockerpy import errors
from aiodockerpy.resources.registry_data import normalize_platform
from tests.classic import classic
from tests.resources.conftest import Script, not_found, query

ID = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture
def image(fake):
    fake.answers["ImageInspect"] = {"Id": ID, "RepoTags": ["a:1", "<none>:<none>", "b:2"], "Config": {"Labels": None}}


async def test_what_is_told_of_an_image(client, fake, image):
    found = await client.images.get("a:1")
    assert found.tags == ["a:1", "b:2"]
    assert found.labels == {}
    assert found.short_id == ID[:19]
    assert repr(found) == "<Image: 'a:1', 'b:2'>"
    fake.answers["ImageInspect"] = {"Id": ID, "RepoTags": []}
    assert repr(await client.images.get(ID)) == f"<Image: {ID[:19]}>"


async def test_a_list_looks_at_each_and_leaves_out_what_vanished(client, fake):
    fake.answers = {
        "ImageList": [{"Id": "1"}, {"Id": "2"}, {"Id": "3"}],
        "ImageInspect": lambda call: (
            not_found(operation="ImageInspect") if "/2/" in call.path else {"Id": call.path.split("/")[2]}
        ),
    }
    filters = {"dangling": True}
    assert [found.id for found in await client.images.list(name="x", filters=filters)] == ["1", "3"]
    assert filters == {"dangling": True}
    assert '"reference"' in query(fake.calls[0])["filters"]


async def test_saving_chooses_the_name(client, fake, image):
    fake.answers["ImageGet"] = b"archive" * 10
    found = await client.images.get("a:1")
    assert await found.save() == b"archive" * 10
    pieces = [piece async for piece in found.save(named=True, chunk_size=20)]
    assert max(map(len, pieces)) == 20
    assert b"".join(pieces) == b"archive" * 10
    await found.save(named="b:2")
    assert [call.path for call in fake.named("ImageGet")] == [f"/images/{name}/get" for name in (ID, "a:1", "b:2")]
    with pytest.raises(errors.InvalidArgument, match="c:3 is not a valid tag for this image"):
        found.save(named="c:3")


async def test_loading_gives_the_images_that_are_still_there(client, fake):
    fake.answers = {
        "ImageLoad": [
            {"stream": "Loaded image: a:1\n"},
            {"stream": "Loaded image ID: sha256:22\n"},
            {"stream": "Loaded image: gone:1\n"},
        ],
        "ImageInspect": lambda call: (
            not_found(operation="ImageInspect") if "gone" in call.path else {"Id": call.path.split("/")[2]}
        ),
    }
    assert [found.id for found in await client.images.load(io.BytesIO(b"tar"))] == ["a:1", "sha256:22"]
    assert fake.bodies == [b"tar"]


async def test_failures_inside_a_stream_are_raised(client, fake):
    """docker-py returns them as text, or not at all."""
    failure = [{"status": "Preparing"}, {"errorDetail": {"message": "denied"}, "error": "denied"}]
    fake.answers = {"ImagePush": failure, "ImageLoad": failure, "ImageCreate": failure}
    with pytest.raises(errors.PushError, match="denied") as caught:
        await client.images.push("host:5000/a", "1")
    assert caught.value.log == ("Preparing",)
    with pytest.raises(errors.ImageLoadError, match="denied"):
        await client.images.load(b"")
    with pytest.raises(errors.PullError, match="denied"):
        await client.images.pull("host:5000/a")


async def test_push_names_repository_and_tag_apart(client, fake):
    fake.answers = {
        "ImagePush": [{"status": "x"}, {"progressDetail": {}, "aux": {"Tag": "1", "Digest": "sha256:d", "Size": 7}}]
    }
    pushed = await client.images.push("host:5000/a:1")
    assert (pushed["Digest"], pushed.size) == ("sha256:d", 7)
    assert fake.calls[-1].path == "/images/host:5000%2Fa/push"
    assert query(fake.calls[-1]) == {"tag": "1"}
    await client.images.push("host:5000/a")
    assert query(fake.calls[-1]) == {}  # every tag


async def test_a_pull_of_a_digest(client, fake, image):
    fake.answers["ImageCreate"] = [{"status": "done"}]
    digest = "sha256:" + "a" * 64
    await client.images.pull(f"host:5000/a@{digest}")
    assert query(fake.named("ImageCreate")[0]) == {"fromImage": "host:5000/a", "tag": digest}
    assert fake.named("ImageInspect")[-1].path == f"/images/host:5000%2Fa@{digest}/json"
    await client.images.pull("a")
    assert query(fake.named("ImageCreate")[1]) == {"fromImage": "a", "tag": "latest"}


async def test_pruning_the_build_cache(client, fake):
    fake.answers = {"BuildPrune": {"CachesDeleted": None, "SpaceReclaimed": 0}}
    assert (await client.images.prune_builds(keep_storage=0, all=False))["SpaceReclaimed"] == 0
    assert query(fake.calls[0])["reserved-space"] == "0"


# ---- registries


@pytest.fixture
async def data(client, fake):
    fake.answers = {
        "DistributionInspect": {
            "Descriptor": {"digest": ID},
            "Platforms": [
                {"os": "linux", "architecture": "amd64"},
                {"os": "linux", "architecture": "arm64", "variant": "v8"},
                {"os": "linux", "architecture": "arm", "variant": "v7"},
            ],
        },
        "SystemVersion": {"Os": "linux", "Arch": "amd64"},
        "ImageCreate": [{"status": "done"}],
        "ImageInspect": {"Id": "x"},
    }
    return await client.images.get_registry_data("host:5000/a:1")


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", True),
        ("linux/amd64", True),
        ("linux/arm64", True),
        ("linux/arm/v7", True),
        ("linux/arm/v6", False),
        ("linux/arm", True),
        ("windows", False),
        ({"os": "linux"}, True),
        ({"architecture": "arm64"}, True),
        ({"os": "linux", "architecture": "s390x"}, False),
    ],
)
async def test_platforms(data, platform, expected):
    assert await data.has_platform(platform) is expected


async def test_a_platform_that_is_none(data):
    with pytest.raises(errors.InvalidArgument, match='"a/b/c/d" is not a valid platform descriptor'):
        await data.has_platform("a/b/c/d")


async def test_pulling_what_the_registry_told(data, fake):
    assert (data.id, data.short_id, data.image_name) == (ID, ID[:19], "host:5000/a:1")
    await data.pull(platform="linux/arm64")
    assert query(fake.named("ImageCreate")[0]) == {"fromImage": "host:5000/a", "tag": ID, "platform": "linux/arm64"}
    await data.reload()
    assert len(fake.named("DistributionInspect")) == 2


def test_a_platform_is_completed_without_changing_it():
    given = {"os": "linux"}
    assert normalize_platform(given, {"Os": "windows", "Arch": "arm64"}) == {"os": "linux", "architecture": "arm64"}
    assert given == {"os": "linux"}
    assert normalize_platform(None, {"Os": "windows", "Arch": "arm64"}) == {"os": "windows", "architecture": "arm64"}


# ---- builds


async def test_a_build_gives_image_and_log(client, fake, image):
    fake.answers["ImageBuild"] = [
        {"stream": "Step 1/1 : FROM x\n"},
        {"aux": {"ID": ID}},
        {"stream": "Successfully built 0123\n"},
    ]
    found, log = await classic(client, fileobj=io.BytesIO(b"FROM x"), tag=["a", "b:1"])
    assert found.id == ID
    assert [message.get("stream") for message in log] == ["Step 1/1 : FROM x\n", None, "Successfully built 0123\n"]
    assert query(fake.named("ImageBuild")[0]) == {"t": ["a", "b:1"], "rm": "true"}


@pytest.mark.parametrize("text", ["Successfully built 0123abc\n", "sha256:0123abc\n"])
async def test_the_image_is_found_in_the_text_too(client, fake, image, text):
    fake.answers["ImageBuild"] = [{"stream": text}]
    await classic(client, fileobj=io.BytesIO(b"FROM x"))
    assert "0123abc" in fake.named("ImageInspect")[0].path


async def test_a_build_without_an_image_is_an_error(client, fake):
    fake.answers["ImageBuild"] = [{"stream": "what\n"}]
    with pytest.raises(errors.BuildError, match="what"):
        await classic(client, fileobj=io.BytesIO(b"FROM x"))
    fake.answers["ImageBuild"] = []
    with pytest.raises(errors.BuildError, match="Unknown"):
        await classic(client, fileobj=io.BytesIO(b"FROM x"))


async def test_a_failed_build_keeps_its_whole_log(client, fake):
    lines = [{"stream": f"line {n}\n"} for n in range(50)]
    failure = {"errorDetail": {"code": 3, "message": "returned 3"}, "error": "returned 3"}
    fake.answers["ImageBuild"] = [{"stream": "Step 1/2 : FROM x\n"}, *lines, {"stream": "Step 2/2 : RUN x\n"}, failure]
    with pytest.raises(errors.BuildError) as caught:
        await classic(client, fileobj=io.BytesIO(b"FROM x"))
    error = caught.value
    assert (str(error), error.msg, error.step, error.exit_code) == ("returned 3", "returned 3", "Step 2/2 : RUN x", 3)
    assert [message.get("stream") for message in error.build_log if "stream" in message][1:51] == [
        line["stream"] for line in lines
    ]
    assert error.build_log[-1].to_dict() == failure
    assert "line 49" in error.__notes__[0]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({}, TypeError, "Either path or fileobj needs to be provided"),
        ({"path": ".", "custom_context": True}, TypeError, "must specify fileobj"),
        ({"path": ".", "nonsense": 1}, TypeError, r"build\(\) got an unexpected keyword argument 'nonsense'"),
        ({"path": ".", "gzip": True, "encoding": "gzip"}, errors.InvalidArgument, "custom encoding"),
        ({"path": ".", "container_limits": {"mem": 1}}, errors.InvalidArgument, "not 'mem'"),
        ({"path": ".", "tag": "UPPER"}, errors.InvalidRepository, "invalid tag 'UPPER': invalid reference format"),
    ],
)
async def test_what_cannot_be_is_refused_at_the_call(client, fake, options, error, text):
    with pytest.raises(error, match=text):
        classic(client, **options)
    assert fake.calls == []


async def test_arguments_stay_as_they_are(client, fake, image):
    fake.answers["ImageBuild"] = [{"aux": {"ID": ID}}]
    options = {
        "buildargs": {"A": "b"},
        "labels": {"l": "m"},
        "container_limits": {"memory": "1m"},
        "cache_from": ["x"],
        "extra_hosts": {"h": "1"},
    }
    before = repr(options)
    await classic(client, fileobj=io.BytesIO(b"FROM x"), **options)
    assert repr(options) == before
    sent = query(fake.named("ImageBuild")[0])
    assert (sent["memory"], sent["cachefrom"], sent["extrahosts"], sent["buildargs"]) == (
        "1048576",
        '["x"]',
        "h:1",
        '{"A":"b"}',
    )


# ---- credentials


async def test_a_login_is_used_from_then_on(client, fake):
    fake.answers = {
        "SystemAuth": Script({"Status": "Login Succeeded"}, {"Status": "x", "IdentityToken": "tok"}),
        "ImagePush": [{"status": "x"}],
    }
    assert (await client.login("me", "secret", registry="host:5000"))["Status"] == "Login Succeeded"
    assert "secret" not in repr(fake.calls[0])
    kept = client.credentials.remembered("host:5000")
    assert (kept.username, kept.password) == ("me", "secret")
    await client.images.push("host:5000/a", "1")
    assert "X-Registry-Auth" in fake.calls[-1].headers
    await client.login("me", "secret", registry="host:5000", reauth=True)
    kept = client.credentials.remembered("host:5000")
    assert (kept.password, kept.identity_token) == ("", "tok")
    await client.logout("host:5000")
    assert client.credentials.remembered("host:5000") is None


async def test_a_registry_is_asked_once_for_the_same_credentials(client, fake):
    fake.answers = {"SystemAuth": {"Status": "Login Succeeded"}}

    def asked():
        return [call.operation.id for call in fake.calls].count("SystemAuth")

    for _ in range(2):
        assert (await client.login("me", "secret", registry="host:5000"))["Status"] == "Login Succeeded"
        assert asked() == 1
    await client.login("me", "secret", registry="other:5000")
    assert asked() == 2
    await client.login("me", "other", registry="host:5000")  # never taken unasked
    assert asked() == 3
    assert client.credentials.remembered("host:5000").password == "other"
    await client.login("me", "other", registry="host:5000", reauth=True)
    assert asked() == 4
    await client.logout("host:5000")
    await client.login("me", "other", registry="host:5000")
    assert asked() == 5


async def test_a_login_that_is_refused_is_not_kept(client, fake):
    fake.answers = {
        "SystemAuth": errors.status_error(errors.EngineResponse(401, "Unauthorized", {}, "POST", "/auth"), "no")
    }
    with pytest.raises(errors.Unauthorized):
        await client.login("me", "wrong")
    assert client.credentials.remembered(None) is None


@pytest.mark.parametrize("name", ["", " "])
async def test_an_image_gets_no_empty_name(client, fake, name):
    image = client.images.prepare_model({"Id": "sha256:1"})
    with pytest.raises(errors.NullResource, match="repository must be the new name"):
        await image.tag(name)
    with pytest.raises(errors.NullResource, match="repo must be the new name"):
        await client.api.images.tag(image, name)
    assert fake.calls == []
