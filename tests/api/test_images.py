from __future__ import annotations

import base64
import json

import pytest

from aiodockerpy import errors, models
from aiodockerpy._config.auth import AuthConfig as ResolvedAuth
from aiodockerpy.models import AuthConfig, OCIPlatform
from tests.api.cases import Case, table
from tests.api.fakes import fake_api

DIGEST = "sha256:" + "0123456789abcdef" * 4
ARM = '{"architecture":"arm64","os":"linux"}'
AUTH = AuthConfig(username="ada", password="secret")
ENCODED = base64.urlsafe_b64encode(b'{"username":"ada","password":"secret"}').decode()


def lines(*messages):
    return b"".join(json.dumps(message).encode() + b"\r\n" for message in messages)


@table(
    [
        Case(
            "ImageList",
            lambda api: api.images.list(all=True, filters={"reference": "a*", "dangling": False}, shared_size=True),
            "GET /images/json",
            query=[
                ("all", "true"),
                ("filters", '{"reference":["a*"],"dangling":["false"]}'),
                ("shared-size", "true"),
            ],
            answer=[{"Id": "sha256:1", "RepoTags": None, "Created": 1704067200}],
            result=lambda found: found[0].id == "sha256:1" and found[0].repo_tags is None,
        ),
        Case("ImageList", lambda api: api.images.list(), "GET /images/json", answer=b"null", result=[]),
        Case(
            "ImageCreate",
            lambda api: api.images.create(from_image="a", tag="1", platform="linux/arm64", auth=AUTH),
            "POST /images/create",
            query=[("fromImage", "a"), ("tag", "1"), ("platform", "linux/arm64")],
            headers={"X-Registry-Auth": ENCODED},
            answer=lines({"status": "Pulling"}, {"status": "Done"}),
            result=lambda message: message.status == "Done",
        ),
        Case(
            "ImageCreate",
            lambda api: api.images.pull("busybox"),
            "POST /images/create",
            query=[("fromImage", "busybox"), ("tag", "latest")],
            headers={"X-Registry-Auth": None},
            answer=b'{"status":"Done"}\n',
        ),
        Case(
            "ImageCreate",
            lambda api: api.images.pull("localhost:5000/a/b:1.0"),
            "POST /images/create",
            query=[("fromImage", "localhost:5000/a/b"), ("tag", "1.0")],
            answer=b'{"status":"Done"}\n',
        ),
        Case(
            "ImageCreate",
            lambda api: api.images.pull(f"busybox:1@{DIGEST}"),
            "POST /images/create",
            query=[("fromImage", "busybox"), ("tag", DIGEST)],
            answer=b'{"status":"Done"}\n',
        ),
        Case(
            "ImageCreate",
            lambda api: api.images.pull(
                "busybox:1", tag="2", platform=OCIPlatform(os="linux", architecture="arm", variant="v7")
            ),
            "POST /images/create",
            query=[("fromImage", "busybox"), ("tag", "2"), ("platform", "linux/arm/v7")],
            answer=b'{"status":"Done"}\n',
        ),
        Case(
            "ImageCreate",
            lambda api: api.images.pull("busybox", all_tags=True),
            "POST /images/create",
            query=[("fromImage", "busybox")],
            answer=b'{"status":"Done"}\n',
        ),
        Case(
            "ImageCreate",
            lambda api: api.images.import_image(b"tar", repo="a", tag="1", changes=["CMD sh", "ENV A=1"]),
            "POST /images/create",
            query=[("fromSrc", "-"), ("repo", "a"), ("tag", "1"), ("changes", "CMD sh"), ("changes", "ENV A=1")],
            content=b"tar",
            answer=lines({"status": "Importing"}, {"status": "sha256:77"}),
            result="sha256:77",
        ),
        Case(
            "ImageCreate",
            lambda api: api.images.import_image("https://example.com/root.tar"),
            "POST /images/create",
            query=[("fromSrc", "https://example.com/root.tar")],
            answer=lines({"status": "sha256:77"}),
            result="sha256:77",
        ),
        Case(
            "ImageInspect",
            lambda api: api.images.inspect("team/app:1", platform="linux/aarch64"),
            "GET /images/team%2Fapp:1/json",
            query=[("platform", ARM)],
            answer={"Id": "sha256:1", "RootFS": {"Type": "layers", "Layers": ["sha256:2"]}},
            result=lambda image: image.root_fs.layers == ["sha256:2"],
        ),
        Case(
            "ImageHistory",
            lambda api: api.images.history("a", platform="linux/arm64"),
            "GET /images/a/history",
            query=[("platform", ARM)],
            answer=[{"Id": "<missing>", "CreatedBy": "CMD"}],
            result=lambda steps: steps[0].created_by == "CMD",
        ),
        Case(
            "ImageAttestations",
            lambda api: api.images.attestations("a", platform="linux/arm64", type=["x", "y"], statement=True),
            "GET /images/a/attestations",
            query=[("platform", ARM), ("type", "x"), ("type", "y"), ("statement", "true")],
            answer=[{"PredicateType": "x"}],
            result=lambda found: found[0].predicate_type == "x",
        ),
        Case(
            "ImagePush",
            lambda api: api.images.push("host:5000/a", tag="1", platform="linux/arm64"),
            "POST /images/host:5000%2Fa/push",
            query=[("tag", "1"), ("platform", ARM)],
            headers={"X-Registry-Auth": "e30="},
            answer=lines(
                {"status": "The push refers to"},
                {"progressDetail": {}, "aux": {"Tag": "1", "Digest": DIGEST, "Size": 527}},
            ),
            result=lambda pushed: (pushed.tag, pushed.digest, pushed.size) == ("1", DIGEST, 527),
        ),
        Case(
            "ImagePush",
            lambda api: api.images.push("a:1"),
            "POST /images/a:1/push",
            answer=lines({"status": f"1: digest: {DIGEST} size: 527"}),
            result=lambda pushed: (pushed.tag, pushed.digest, pushed.size) == ("1", DIGEST, 527),
        ),
        Case(
            "ImagePush",
            lambda api: api.images.push("a", auth=ResolvedAuth(identity_token="token")),
            "POST /images/a/push",
            headers={"X-Registry-Auth": base64.urlsafe_b64encode(b'{"identitytoken":"token"}').decode()},
            answer=b'{"status":"Done"}\n',
            result=None,
        ),
        Case(
            "ImageTag",
            lambda api: api.images.tag("a", "host/b", tag="1"),
            "POST /images/a/tag",
            query=[("repo", "host/b"), ("tag", "1")],
            status=201,
            answer=b"",
            result=None,
        ),
        Case(
            "ImageDelete",
            lambda api: api.images.remove("a", force=True, noprune=False, platforms=["linux/arm64", "linux/amd64"]),
            "DELETE /images/a",
            query=[
                ("force", "true"),
                ("noprune", "false"),
                ("platforms", ARM),
                ("platforms", '{"architecture":"amd64","os":"linux"}'),
            ],
            answer=[{"Untagged": "a:latest"}, {"Deleted": "sha256:1"}],
            result=lambda items: [item.untagged or item.deleted for item in items] == ["a:latest", "sha256:1"],
        ),
        Case(
            "ImageSearch",
            lambda api: api.images.search("web", limit=3, filters={"stars": 3}, auth=AUTH),
            "GET /images/search",
            query=[("term", "web"), ("limit", "3"), ("filters", '{"stars":["3"]}')],
            headers={"X-Registry-Auth": ENCODED},
            answer=[{"name": "web", "star_count": 5}],
            result=lambda found: found[0].star_count == 5,
        ),
        Case(
            "ImagePrune",
            lambda api: api.images.prune(filters={"dangling": False}),
            "POST /images/prune",
            query=[("filters", '{"dangling":["false"]}')],
            answer={"ImagesDeleted": None, "SpaceReclaimed": 7},
            result=lambda pruned: pruned.space_reclaimed == 7,
        ),
        Case(
            "ImageCommit",
            lambda api: api.images.commit("web", repo="a", tag="1", pause=False, changes=["CMD sh"]),
            "POST /commit",
            query=[("container", "web"), ("repo", "a"), ("tag", "1"), ("pause", "false"), ("changes", "CMD sh")],
            json={},
            answer={"Id": "sha256:1"},
            result=lambda created: created.id == "sha256:1",
        ),
        Case(
            "ImageCommit",
            lambda api: api.images.commit("web", config=models.ContainerConfig(cmd=["sh"])),
            "POST /commit",
            query=[("container", "web")],
            json={"Cmd": ["sh"]},
        ),
        Case(
            "ImageGet",
            lambda api: api.images.get("a", platform="linux/arm64"),
            "GET /images/a/get",
            query=[("platform", ARM)],
            answer=b"\0" * 1024,
            result=b"\0" * 1024,
        ),
        Case(
            "ImageGetAll",
            lambda api: api.images.get_all(["a", "b"]),
            "GET /images/get",
            query=[("names", "a"), ("names", "b")],
            answer=b"\0" * 1024,
            result=b"\0" * 1024,
        ),
        Case(
            "ImageLoad",
            lambda api: api.images.load(b"tar", quiet=False, platform=["linux/arm64"]),
            "POST /images/load",
            query=[("quiet", "false"), ("platform", ARM)],
            content=b"tar",
            answer=lines(
                {"status": "Loading layer"},
                {"stream": "Loaded image: a:1\n"},
                {"stream": "Loaded image ID: sha256:1\n"},
            ),
            result=["a:1", "sha256:1"],
        ),
    ]
)
async def test_images(case):
    await case.check()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda api: api.images.pull("a"), errors.PullError),
        (lambda api: api.images.create(from_image="a"), errors.PullError),
        (lambda api: api.images.create(from_src="-"), errors.ImportFailed),
        (lambda api: api.images.import_image(b""), errors.ImportFailed),
        (lambda api: api.images.push("a"), errors.PushError),
        (lambda api: api.images.load(b""), errors.ImageLoadError),
        (lambda api: api.plugins.pull("a"), errors.PullError),
        (lambda api: api.plugins.upgrade("a", "a"), errors.PullError),
        (lambda api: api.plugins.push("a"), errors.PushError),
        (lambda api: api.build.build(), errors.BuildError),
    ],
)
async def test_a_failure_in_the_stream_comes_after_the_messages_before_it(make, error):
    answer = lines({"status": "Working"}, {"errorDetail": {"code": 3, "message": "no"}, "error": "no"})
    api, transport = fake_api(answer)
    handle = make(api)
    assert (await anext(handle)).status == "Working"
    with pytest.raises(error, match=r"^no$"):
        await anext(handle)
    assert transport.streams[0].closed
    with pytest.raises(error):
        await make(fake_api(answer)[0])


async def test_what_was_said_before_a_failure_is_kept():
    api, _ = fake_api(lines({"status": "Pulling"}, {"errorDetail": {"code": 3, "message": "no"}}))
    with pytest.raises(errors.PullError) as failed:
        await api.images.pull("a")
    assert (failed.value.log, failed.value.code, failed.value.operation) == (("Pulling",), 3, "ImageCreate")


PROGRESS = {
    "pull": lambda api: api.images.pull("a"),
    "push": lambda api: api.images.push("a"),
    "create": lambda api: api.images.create(from_image="a"),
    "import": lambda api: api.images.import_image(b"tar"),
    "plugin pull": lambda api: api.plugins.pull("a"),
    "plugin push": lambda api: api.plugins.push("a"),
    "plugin upgrade": lambda api: api.plugins.upgrade("a", "b"),
}


@pytest.mark.parametrize("answer", [b"", b"\r\n"])
@pytest.mark.parametrize("call", PROGRESS)
async def test_progress_without_a_message_is_no_success(call, answer):
    with pytest.raises(errors.UnexpectedResponse, match="is empty"):
        await PROGRESS[call](fake_api(answer)[0])
    with pytest.raises(errors.UnexpectedResponse, match="is empty"):
        _ = [message async for message in PROGRESS[call](fake_api(answer)[0])]


async def test_an_archive_without_images_loads_none():
    assert await fake_api(b"")[0].images.load(b"tar") == []


@pytest.mark.parametrize("platform", ["linux", "", "arm64", OCIPlatform(os="linux")])
def test_json_needs_both_parts_of_a_platform(platform):
    api, transport = fake_api()
    with pytest.raises(errors.InvalidArgument, match="os/architecture"):
        api.images.push("a", platform=platform)
    assert not transport.sent


def test_no_secret_is_shown():
    api, _ = fake_api()
    handle = api.images.pull("a", auth=AUTH)
    assert "secret" not in repr(handle)
    handle.close()


def test_a_malformed_name_is_refused_at_the_call():
    api, _ = fake_api()
    with pytest.raises(errors.InvalidRepository):
        api.images.pull("A")


HALF = b"ustar" * 1000


@pytest.mark.parametrize(
    ("appended", "reason"),
    [
        (b'{"errorDetail":{"message":"no space"},"error":"no space"}\r\n', "no space"),
        (b'{"error":"no space","errorDetail":{"message":"no space"}}\r\n', "no space"),
        (b'{"message":"no space"}\n', "no space"),
    ],
)
@pytest.mark.parametrize("make", [lambda api: api.images.get("a"), lambda api: api.containers.export("c")])
async def test_an_error_at_the_end_of_an_archive_is_raised(make, appended, reason, tmp_path):
    with pytest.raises(errors.OperationFailed, match=reason) as failed:
        await make(fake_api(HALF + appended)[0])
    assert failed.value.operation in {"ImageGet", "ContainerExport"}
    with pytest.raises(errors.OperationFailed, match=reason):
        await make(fake_api(HALF + appended)[0]).save(tmp_path / "image.tar")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", [b"\0" * 1024, b"}", b'{"a":1}', b'{"error":1}', b'{"error":"x"}' + b"\0" * 1024, b""])
async def test_an_archive_of_braces_is_none(end):
    assert await fake_api(HALF + end)[0].images.get("a") == HALF + end
