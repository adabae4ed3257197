"""From options to BuildKit's terms, and what is refused for which engine."""

from __future__ import annotations

import io
import json
import socket
import sys
from dataclasses import fields, replace
from pathlib import Path

import asyncssh
import pytest

from aiodockerpy import errors
from aiodockerpy._protocol.versions import ApiVersion
from aiodockerpy.buildkit._capabilities import CAPABILITIES, EngineFeatures, refuse_unsupported
from aiodockerpy.buildkit._plan import make_plan
from aiodockerpy.buildkit.options import BuildOptions, Cache, Env, Output
from aiodockerpy.models import OCIPlatform
from aiodockerpy.types import Ulimit
from tests.together import together

OLD = EngineFeatures(ApiVersion(1, 41), containerd_store=False)
MIDDLE = EngineFeatures(ApiVersion(1, 45), containerd_store=False, host_gateway="172.17.0.1")
STORE = EngineFeatures(ApiVersion(1, 51), containerd_store=True, host_gateway="172.17.0.1")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return tmp_path


def plan(engine=STORE, **options):
    return make_plan(BuildOptions(**options), engine)


ATTRS = [
    ({"target": "t"}, {"target": "t"}),
    (
        {"build_args": {"A": "1", "B": None, "NOT_THERE": None}},
        {"build-arg:A": "1", "build-arg:B": "from the environment"},
    ),
    ({"labels": {"a": "b"}}, {"label:a": "b"}),
    ({"platforms": ["linux/amd64", "linux/arm64"]}, {"platform": "linux/amd64,linux/arm64"}),
    ({"no_cache": True}, {"no-cache": ""}),
    ({"no_cache": ["a", "b"]}, {"no-cache": "a,b"}),
    ({"pull": True}, {"image-resolve-mode": "pull"}),
    ({"network": "none"}, {"force-network-mode": "none"}),
    ({"add_hosts": {"a": "1.2.3.4", "h": "host-gateway"}}, {"add-hosts": "a=1.2.3.4,h=172.17.0.1"}),
    ({"shm_size": "64m"}, {"shm-size": "67108864"}),
    ({"ulimits": {"nofile": (1, 2), "core": 0}}, {"ulimit": "nofile=1:2,core=0"}),
    ({"cgroup_parent": "p", "hostname": "h"}, {"cgroup-parent": "p", "hostname": "h"}),
    (
        {"attest": {"provenance": "mode=max", "sbom": True, "other": False}},
        {"attest:provenance": "mode=max", "attest:sbom": ""},
    ),
    (
        {"contexts": {"i": "docker-image://alpine", "u": "https://x/y.git"}},
        {
            "context:i": "docker-image://alpine",
            "context:u": "https://x/y.git",
            "frontend.caps": "moby.buildkit.frontend.contexts+forward",
        },
    ),
    ({"frontend_attrs": {"x": "y"}}, {"x": "y"}),
]


@pytest.mark.parametrize(("options", "expected"), ATTRS)
def test_attributes(root, options, expected, monkeypatch) -> None:
    monkeypatch.setenv("B", "from the environment")
    attrs = plan(context=root, **options).request.frontend_attrs
    usual = {"image-resolve-mode": "local", "filename": "Dockerfile"}
    assert attrs == {**usual, **expected}


class TestContext:
    def test_a_directory(self, root) -> None:
        made = plan(context=str(root))
        assert made.directories == {"context": root.resolve(), "dockerfile": root.resolve()}
        assert made.shared_key.startswith(root.name + ":")
        assert made.shared_key == plan(context=root).shared_key
        assert plan(context=root, shared_key="mine").shared_key == "mine"

    @pytest.mark.parametrize(
        "url",
        ["https://example.com/x.tar.gz", "https://example.com/r.git#main:sub", "git@github.com:a/b.git", "git://x/y"],
    )
    def test_a_url(self, url) -> None:
        made = plan(context=url, dockerfile="D")
        assert (made.request.frontend_attrs["context"], made.request.frontend_attrs["filename"]) == (url, "D")
        assert not made.directories

    def test_a_stream(self) -> None:
        stream = io.BytesIO()
        made = plan(context=stream)
        ((id, content),) = made.uploads.items()
        assert content is stream
        assert made.request.frontend_attrs["context"] == f"http://buildkit-session/{id}"
        assert id not in plan(context=stream).uploads  # or the engine would take both for the same build

    def test_a_dockerfile_as_text(self, root) -> None:
        alone = plan(dockerfile_text="FROM a")
        assert alone.directories == {"dockerfile": {"Dockerfile": b"FROM a"}, "context": {}}
        beside = plan(context=root, dockerfile_text=b"FROM b")
        assert beside.directories == {"dockerfile": {"Dockerfile": b"FROM b"}, "context": root.resolve()}
        remote = plan(context="https://x/y.git", dockerfile_text="FROM c")
        assert remote.request.frontend_attrs["dockerfilekey"] == "dockerfile"

    def test_a_dockerfile_outside_of_it(self, root, tmp_path_factory) -> None:
        other = tmp_path_factory.mktemp("other") / "D"
        other.write_text("FROM x")
        made = plan(context=root, dockerfile=other)
        assert made.directories["dockerfile"] == other.parent
        assert made.request.frontend_attrs["filename"] == "D"

    def test_names_that_the_engine_uses_itself(self, root) -> None:
        made = plan(context=root, contexts={"context": root, "more": root})
        assert made.request.frontend_attrs["context:context"] == "local:context-context"
        assert made.request.frontend_attrs["context:more"] == "local:more"

    def test_an_oci_layout(self, root) -> None:
        (root / "index.json").write_text(json.dumps({"manifests": [{"digest": "sha256:1"}]}))
        made = plan(context=root, contexts={"base": f"oci-layout://{root}"})
        assert made.request.frontend_attrs["context:base"] == "oci-layout://oci-base@sha256:1"
        assert made.stores == {"oci:oci-base": root.resolve()}

    def test_an_oci_layout_by_tag_and_digest(self, root) -> None:
        names = {"latest": "sha256:1", "old": "sha256:2"}
        manifests = [
            {"digest": digest, "annotations": {"org.opencontainers.image.ref.name": name}}
            for name, digest in names.items()
        ]
        (root / "index.json").write_text(json.dumps({"manifests": manifests}))
        for suffix, digest in {"": "sha256:1", ":old": "sha256:2", "@sha256:3": "sha256:3"}.items():
            made = plan(context=root, contexts={"base": f"oci-layout://{root}{suffix}"})
            assert made.request.frontend_attrs["context:base"] == f"oci-layout://oci-base@{digest}"
        for wrong, text in {f"{root}:absent": "has no absent", "/surely/not/there": "is not an OCI layout"}.items():
            with pytest.raises(errors.InvalidArgument, match=text):
                plan(context=root, contexts={"base": f"oci-layout://{wrong}"})

    @pytest.mark.parametrize("options", [{"context": "/surely/not/there"}, {"context": ".", "dockerfile": "not-there"}])
    def test_what_is_not_there(self, options) -> None:
        with pytest.raises(errors.InvalidArgument, match="there is no"):
            plan(**options)


class TestOutputs:
    def exporters(self, engine=STORE, **options):
        return [(item.type, dict(item.attrs)) for item in plan(engine, dockerfile_text="", **options).request.exporters]

    def test_the_usual_one_is_an_image_with_the_tags(self) -> None:
        assert self.exporters(tags=["a:1", "b"]) == [("moby", {"name": "a:1,b"})]
        assert self.exporters() == [("moby", {})]

    def test_old_engines_find_the_first_one_in_their_fields(self) -> None:
        request = plan(OLD, dockerfile_text="", tags=["a"]).request
        assert (request.exporter_deprecated, request.exporter_attrs_deprecated) == ("moby", {"name": "a"})

    def test_targets_by_number(self, tmp_path) -> None:
        made = plan(
            dockerfile_text="",
            outputs=[Output.image("a"), Output.local(tmp_path), f"type=oci,dest={tmp_path}/o,tar=true"],
        )
        assert {number: output.type for number, output in made.outputs.items()} == {1: "local", 2: "oci"}
        assert made.request.exporters[2].attrs == {"tar": "true"}

    def test_none(self) -> None:
        made = plan(dockerfile_text="", tags=["a"], outputs=[Output.none()])
        assert made.request.exporters == []
        assert made.request.exporter_deprecated == ""

    def test_push(self) -> None:
        assert self.exporters(tags=["r/a"], outputs=[Output.image(push=True)]) == [
            ("moby", {"push": "true", "name": "r/a"})
        ]
        afterwards = plan(MIDDLE, dockerfile_text="", tags=["r/a", "r/b"], outputs=["type=registry"])
        assert afterwards.push == ["r/a", "r/b"]
        assert "push" not in afterwards.request.exporters[0].attrs
        with pytest.raises(errors.InvalidArgument, match="needs a name"):
            plan(dockerfile_text="", outputs=[Output.image(push=True)])

    def test_annotations(self) -> None:
        assert self.exporters(annotations={"a": "b"}) == [("moby", {"annotation.a": "b"})]

    @together(
        ("given", "attrs"),
        [
            ("a=b", ["annotation.a"]),
            ("manifest:a=b", ["annotation-manifest.a"]),
            ("index:a=b", ["annotation-index.a"]),
            ("index-descriptor:a=b", ["annotation-index-descriptor.a"]),
            ("manifest-descriptor[linux/arm64]:a=b", ["annotation-manifest-descriptor[linux/arm64].a"]),
            ("index,manifest[linux/arm/v7]:a=b", ["annotation-index.a", "annotation-manifest[linux/arm/v7].a"]),
            ("manifest:a:c=b", ["annotation-manifest.a:c"]),
        ],
    )
    def test_annotations_of_indexes_and_descriptors(self, given: str, attrs: list[str]) -> None:
        assert self.exporters(annotations=[given]) == [("moby", dict.fromkeys(attrs, "b"))]

    @together(
        "name",
        ["image:a", ":a", "index,:a", "index[linux]:a", "manifest[]:a", "manifest:", "", "manifest[a b]:a", "a b"],
    )
    def test_annotations_that_cannot_be(self, name: str) -> None:
        with pytest.raises(errors.InvalidArgument, match="annotations"):
            self.exporters(annotations={name: "b"})

    @pytest.mark.parametrize("text", ["type=nothing", "type=tar", "type=local", "type=local,dest=", "type=oci,x"])
    def test_texts_that_make_no_sense(self, text) -> None:
        with pytest.raises(errors.InvalidArgument):
            Output.parse(text)

    def test_an_empty_path_is_not_the_current_directory(self) -> None:
        for call in (Output.local, Output.tar, Cache.local):
            with pytest.raises(errors.InvalidValue, match="must be a path"):
                call("")
        for options in ({"context": ""}, {"contexts": {"a": ""}}):
            with pytest.raises(errors.InvalidValue, match="must be a path"):
                BuildOptions(**options)

    def test_texts(self) -> None:
        assert Output.parse("out").type == "local"
        assert Output.parse('type=image,"name=a,b",push=true') == Output("moby", {"name": "a,b", "push": "true"})
        assert Output.parse("type=docker") == Output("moby", {})
        assert Output.parse("type=cacheonly") == Output.none()


class TestCaches:
    def test_registry_and_inline(self) -> None:
        made = plan(dockerfile_text="", cache_from=["r/a", "type=registry,ref=r/b"], cache_to=[Cache.inline()])
        assert json.loads(made.request.frontend_attrs["cache-imports"]) == [
            {"Type": "registry", "Attrs": {"ref": "r/a"}},
            {"Type": "registry", "Attrs": {"ref": "r/b"}},
        ]
        assert [item.type for item in made.request.cache.exports] == ["inline"]

    def test_local(self, tmp_path) -> None:
        cache = Cache.local(tmp_path, mode="max")
        made = plan(dockerfile_text="", cache_from=[cache], cache_to=[f"type=local,dest={tmp_path}"])
        assert "cache-imports" not in made.request.frontend_attrs  # there is nothing in it yet
        assert made.cache_exports == [tmp_path.resolve()]
        (tmp_path / "index.json").write_text(json.dumps({"manifests": [{"digest": "sha256:1"}]}))
        [entry] = json.loads(plan(dockerfile_text="", cache_from=[cache]).request.frontend_attrs["cache-imports"])
        assert entry["Attrs"] == {"mode": "max", "src": str(tmp_path.resolve()), "digest": "sha256:1"}

    @pytest.mark.parametrize("text", ["ref=x", "type=local", "type=registry,x"])
    def test_texts_that_make_no_sense(self, text) -> None:
        with pytest.raises(errors.InvalidArgument):
            Cache.parse(text)


REFUSED = [
    ({"contexts": {"x": "docker-image://y"}}, OLD, "contexts needs API 1.42"),
    ({"context": "git://x/y.git#main:sub"}, OLD, "a part of a git repository as context needs API 1.42"),
    ({"context": "https://x/y.git#:sub"}, OLD, "a part of a git repository"),
    ({"shm_size": 1}, OLD, "shm_size needs API 1.42"),
    ({"ulimits": {"core": 0}}, OLD, "ulimits needs API 1.42"),
    ({"cgroup_parent": "x"}, OLD, "cgroup_parent needs API 1.42"),
    ({"outputs": ["a", "b"]}, OLD, "more than one output needs API 1.45"),
    ({"cache_to": [Cache.inline(), Cache.inline()]}, OLD, "more than one cache_to needs API 1.42"),
    ({"attest": {"sbom": True}}, OLD, "attest needs API 1.43"),
    ({"attest": {"sbom": True}}, MIDDLE, "attest needs the engine's containerd image store"),
    ({"annotations": {"a": "b"}}, MIDDLE, "annotations needs"),
    ({"platforms": ["linux/amd64", "linux/arm64"]}, MIDDLE, "several platforms needs"),
    ({"outputs": ["type=oci,dest=x"]}, MIDDLE, "output oci needs"),
    ({"outputs": ["type=docker,dest=x"]}, MIDDLE, "output docker needs"),
    ({"cache_to": ["type=registry,ref=x"]}, MIDDLE, "cache_to other than inline needs"),
    ({"cache_from": ["type=gha"]}, MIDDLE, "cache_from gha needs"),
    ({"tags": ["r/a"], "outputs": ["type=image,push=true,push-by-digest=true"]}, MIDDLE, "push-by-digest needs"),
]


@together(("options", "engine", "text"), REFUSED)
def test_refused_beforehand(options, engine, text) -> None:
    with pytest.raises(errors.UnsupportedByEngine, match=text):
        plan(engine, dockerfile_text="", **options)
    plan(STORE, dockerfile_text="", **options)


@pytest.mark.parametrize(
    "context", ["git://x/y.git#main", "git://x/y.git", "git@x:y.git", "https://x/y:z.tar#a:b", "https://x:80/y.git"]
)
def test_whole_repositories_are_for_all(context) -> None:
    assert plan(OLD, context=context).request.frontend_attrs["context"] == context


@together("name", CAPABILITIES)
def test_every_capability_tells_its_reason(name) -> None:
    assert CAPABILITIES[name].reason
    refuse_unsupported([name], STORE)
    with pytest.raises(errors.UnsupportedByEngine) as caught:
        refuse_unsupported([name], OLD)
    assert caught.value.what == CAPABILITIES[name].name


def test_host_gateway_needs_an_address() -> None:
    with pytest.raises(errors.InvalidArgument, match="host-gateway"):
        plan(OLD, dockerfile_text="", add_hosts={"h": "host-gateway"})


def test_entitlements() -> None:
    assert plan(dockerfile_text="", network="host", allow=["x"]).request.entitlements == ["x", "network.host"]


FORMS = [
    ("tags", "a:1", ["a:1"]),
    ("tags", None, []),
    ("platforms", "linux/amd64,linux/arm64", ["linux/amd64", "linux/arm64"]),
    ("platforms", OCIPlatform(os="linux", architecture="arm", variant="v7"), ["linux/arm/v7"]),
    ("allow", "network.host", ["network.host"]),
    ("no_cache", "builder", ["builder"]),
    ("outputs", "dist", [Output.local("dist")]),
    ("outputs", Path("dist"), [Output.local("dist")]),
    ("outputs", Output.none(), [Output.none()]),
    ("outputs", "type=cacheonly", [Output.none()]),
    ("outputs", "a=b", [Output.local("a=b")]),
    ("cache_from", "host/x", [Cache.registry("host/x")]),
    ("cache_from", "host/x,host/y:1", [Cache.registry("host/x"), Cache.registry("host/y:1")]),
    ("cache_to", "type=inline", [Cache.inline()]),
    ("cache_to", Cache.inline(), [Cache.inline()]),
    ("labels", {"a": 1, "b": None}, {"a": "1", "b": ""}),
    ("labels", "a=b", {"a": "b"}),
    ("labels", ["a=b=c", "d"], {"a": "b=c", "d": ""}),
    ("annotations", "a=b", {"a": "b"}),
    ("build_args", ["A=1", "B"], {"A": "1", "B": None}),
    ("build_args", {"A": 1, "B": Path("x"), "C": None}, {"A": "1", "B": "x", "C": None}),
    ("contexts", "a=../b", {"a": "../b"}),
    ("contexts", ["a=b", "c=https://d/e.git#f=g"], {"a": "b", "c": "https://d/e.git#f=g"}),
    ("ssh", "default", {"default": ()}),
    ("ssh", ["default=/a", "b=/c,/d"], {"default": ("/a",), "b": ("/c", "/d")}),
    ("ssh", {"a": None, "b": Path("/c"), "d": ["/e", "/f"]}, {"a": (), "b": ("/c",), "d": ("/e", "/f")}),
    ("secrets", "id=a,src=b", {"a": Path("b")}),
    ("secrets", ["type=file,id=a,source=b", "type=env,id=c,src=D"], {"a": Path("b"), "c": Env("D")}),
    ("secrets", ["id=a,env=B", "id=HERE", "id=file"], {"a": Env("B"), "HERE": Env("HERE"), "file": Path("file")}),
    ("secrets", {"a": bytearray(b"b")}, {"a": b"b"}),
    ("ulimits", "nofile=1:2", {"nofile": (1, 2)}),
    ("ulimits", [Ulimit(name="core", soft=0, hard=5), "nproc=3"], {"core": (0, 5), "nproc": 3}),
    ("attest", ["type=sbom", "type=provenance,mode=max"], {"sbom": True, "provenance": "mode=max"}),
    ("attest", "type=provenance,disabled=true", {"provenance": False}),
    ("add_hosts", ["a:1.2.3.4", "a=::1", "b:[::2]"], {"a": ["1.2.3.4", "::1"], "b": ["::2"]}),
    ("add_hosts", {"a": "1.2.3.4"}, {"a": ["1.2.3.4"]}),
    ("shm_size", "64m", 67108864),
    ("pull", 1, True),
    ("dockerfile", "", None),
    ("target", "", None),
]
WRONG = [3, 1.5, object(), b"x", [3], {"a": object()}, [[]], "\ud800", ["\ud800"], {"\ud800": "a"}]
TAKEN = {  # what of the above makes sense after all
    "build_args": [{"\ud800": "a"}],
    "context": [b"x", [3], [[]], ["\ud800"]],
    "dockerfile_text": [b"x"],
    "shm_size": [3],
}


def refusal(**options) -> str | None:
    """What the options are refused with; ``None`` if they are taken."""
    try:
        BuildOptions(**options)
    except (TypeError, errors.InvalidArgument) as error:
        return str(error)
    return None


class TestForms:
    @pytest.mark.parametrize(("name", "given", "kept"), FORMS)
    def test_what_callers_write_is_kept_in_one_form(self, name, given, kept, monkeypatch) -> None:
        monkeypatch.setenv("HERE", "x")
        text = {} if name == "dockerfile" else {"dockerfile_text": ""}
        options = BuildOptions(**{"context": ".", **text, name: given})
        assert getattr(options, name) == kept
        assert getattr(replace(options), name) == kept

    @together("value", WRONG, ids=repr)
    @together("name", [item.name for item in fields(BuildOptions)])
    def test_what_makes_no_sense_names_the_parameter(self, name, value) -> None:
        message = refusal(**{"context": ".", "dockerfile_text": "", name: value})
        if message is None:
            assert value in TAKEN.get(name, [])
        else:
            assert name in message
            assert len(message) < 400

    @together(
        "text",
        ["-", "type=tar,dest=-", "type=oci,dest=-", "type=local,dest=-", "", "type=x,dest=a", 'type=tar,"dest=a'],
    )
    def test_outputs_that_are_refused(self, text) -> None:
        with pytest.raises(errors.InvalidArgument, match="outputs"):
            BuildOptions(context=".", outputs=text)

    @pytest.mark.parametrize("text", ["hunter2", "src=hunter2", "id=a,x=hunter2", 'id=a,"hunter2', "type=hunter2,id=a"])
    def test_a_malformed_secret_is_not_shown(self, text) -> None:
        with pytest.raises((TypeError, errors.InvalidArgument), match="secrets") as caught:
            BuildOptions(context=".", secrets=text)
        assert "hunter2" not in str(caught.value)


class TestFiles:
    def test_a_secret_s_file_is_looked_at_before_the_build(self, root, tmp_path) -> None:
        (tmp_path / "large").write_bytes(bytes(500 * 1024 + 1))
        for path, text in {"absent": "No such file", ".": "is a directory", "large": "at most"}.items():
            with pytest.raises(errors.InvalidArgument, match=rf"secrets\['tok'\].*{text}") as caught:
                plan(context=root, secrets={"tok": tmp_path / path})
            assert str(tmp_path / path) in str(caught.value)

    def test_a_destination_is_looked_at_before_the_build(self, tmp_path) -> None:
        (tmp_path / "file").touch()
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(str(tmp_path / "socket"))
        for kind, place, text in [
            ("tar", "socket", "is a socket"),
            ("tar", "absent/x.tar", "there is no directory"),
            ("tar", ".", "is a directory"),
            ("local", "file", "is not a directory"),
        ]:
            with pytest.raises(errors.InvalidArgument, match=f"outputs: .*{text}"):
                plan(dockerfile_text="", outputs=[f"type={kind},dest={tmp_path / place}"])

    def test_an_agent_is_looked_at_before_the_build(self, tmp_path, monkeypatch) -> None:
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        (tmp_path / "noise").write_bytes(b"x")
        locked = asyncssh.generate_private_key("ssh-ed25519")
        locked.write_private_key(tmp_path / "locked", "pkcs8-pem", passphrase="p")
        with socket.socket(socket.AF_UNIX) as agent:
            agent.bind(str(tmp_path / "socket"))
            for paths, text in {
                (): "SSH_AUTH_SOCK",
                ("absent",): "neither a socket nor a private key",
                ("noise",): "neither a socket nor a private key",
                (".",): "cannot be read|neither",
                ("locked",): "is encrypted",
                ("socket", "noise"): "must be one socket, or private keys",
            }.items():
                with pytest.raises(errors.InvalidArgument, match=rf"ssh\['default'\].*({text})"):
                    plan(dockerfile_text="", ssh={"default": [tmp_path / path for path in paths]})
            assert plan(dockerfile_text="", ssh={"": tmp_path / "socket"}).agents == {"default": f"{tmp_path}/socket"}

    def test_keys_without_asyncssh(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setitem(sys.modules, "asyncssh", None)
        (tmp_path / "key").touch()
        with pytest.raises(errors.InvalidArgument, match=r"aiodockerpy\[ssh\]"):
            plan(dockerfile_text="", ssh={"default": tmp_path / "key"})

    def test_a_dockerfile_in_lower_case(self, tmp_path) -> None:
        (tmp_path / "dockerfile").touch()
        for given in (None, "", "Dockerfile"):
            assert plan(context=tmp_path, dockerfile=given).request.frontend_attrs["filename"] == "dockerfile"
        (tmp_path / "Dockerfile").touch()
        assert plan(context=tmp_path).request.frontend_attrs["filename"] == "Dockerfile"

    def test_a_local_dockerfile_beside_a_url(self, root) -> None:
        made = plan(context="https://x/y.git", dockerfile=root / "Dockerfile")
        assert made.directories == {"dockerfile": root}
        attrs = made.request.frontend_attrs
        assert (attrs["filename"], attrs["dockerfilekey"]) == ("Dockerfile", "dockerfile")

    @pytest.mark.parametrize("context", ["a\0b", "~nobody-of-this-name/x", "x" * 5000])
    def test_a_path_that_cannot_be(self, context) -> None:
        with pytest.raises(errors.InvalidArgument, match="context"):
            plan(context=context)

    def test_a_directory_s_name_cannot_break_a_header(self, tmp_path) -> None:
        odd = tmp_path / "a\nb ü"
        odd.mkdir()
        (odd / "Dockerfile").touch()
        assert plan(context=odd).shared_key.startswith("a-b--:")

    @pytest.mark.parametrize(
        "index", ["{}", "[]", '{"manifests": 3}', '{"manifests": [3, {}, {"digest": 3}]}', "[" * 9999, "\ud800"]
    )
    def test_an_index_that_makes_no_sense(self, tmp_path, index) -> None:
        (tmp_path / "index.json").write_text(index, errors="replace")
        with pytest.raises(errors.InvalidArgument, match="contexts"):
            plan(dockerfile_text="", contexts={"base": f"oci-layout://{tmp_path}"})
        assert not plan(dockerfile_text="", cache_from=[Cache.local(tmp_path)]).request.cache.imports


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "kind"),
        [
            ({}, errors.InvalidArgument),
            ({"context": ".", "secrets": {"a": "text"}}, TypeError),
            ({"context": ".", "network": "bridge"}, errors.InvalidArgument),
            ({"context": ".", "dockerfile": "a", "dockerfile_text": "b"}, errors.InvalidArgument),
        ],
    )
    def test_refused_when_made(self, options, kind) -> None:
        with pytest.raises(kind):
            BuildOptions(**options)

    def test_secrets_are_not_shown(self) -> None:
        options = BuildOptions(
            context=b"hunter2",
            secrets={"s": b"hunter2", "e": Env("X")},
            build_args={"T": "hunter2"},
            dockerfile_text="hunter2",
        )
        assert "hunter2" not in repr(options)
