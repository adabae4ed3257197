from __future__ import annotations

import contextlib
import io
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from aiodockerpy._config import context_archive, resolve
from aiodockerpy._config.context_archive import pack, unpack
from aiodockerpy._config.context_store import ContextMetadata, natural_order
from aiodockerpy._config.contexts import ContextAPI
from aiodockerpy._config.resolve import resolve_endpoint
from aiodockerpy._config.tls import TLSConfig
from aiodockerpy.errors import (
    ContextAlreadyExists,
    ContextException,
    ContextNotFound,
    InsecureTLSWarning,
    InvalidArgument,
    MissingContextParameter,
    TLSParameterError,
)

META = b'{"Name": "x", "Metadata": {"Description": "d", "GODEBUG": "y"}, "Endpoints": {"docker": {"Host": "tcp://h:1", "Later": 1}}}'


@pytest.fixture(autouse=True)
def no_system_socket(monkeypatch, tmp_path):
    monkeypatch.setattr(resolve, "DEFAULT_UNIX_SOCKET", str(tmp_path / "system.sock"))


@pytest.fixture
def env(home):
    return {"environment": home.environment}


@pytest.fixture
def tls_cfg(certificates):
    return TLSConfig((certificates / "cert.pem", certificates / "key.pem"), certificates / "ca.pem")


def tar(entries, **types):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in entries.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.type = types.get("type", tarfile.REGTYPE)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zipped(entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class TestCreate:
    async def test_plain(self, home, env):
        context = await ContextAPI.create_context("prod", host="tcp://h", description="Production", **env)
        assert (context.Name, context.Host, context.Description) == ("prod", "tcp://h:2375", "Production")
        assert context.TLSConfig is None
        assert context.inspect() == context() == await ContextAPI.inspect_context("prod", **env)
        assert context.Metadata["Endpoints"] == {"docker": {"Host": "tcp://h:2375", "SkipTLSVerify": False}}
        assert repr(context) == "<Context: 'prod'>"

    async def test_no_host_is_the_default_socket(self, env):
        assert (await ContextAPI.create_context("prod", **env)).Host == "unix:///var/run/docker.sock"

    async def test_with_certificates(self, home, env, tls_cfg, certificates):
        context = await ContextAPI.create_context("prod", host="tcp://h:2376", tls_cfg=tls_cfg, **env)
        assert context.TLSMaterial == {"TLSMaterial": {"docker": ["ca.pem", "cert.pem", "key.pem"]}}
        directory = resolve_endpoint(context="prod", **env).tls.ca_cert.removesuffix("/ca.pem")
        assert directory.startswith(context.Storage["Storage"]["TLSPath"])
        for name in ("ca.pem", "cert.pem", "key.pem"):
            stored = home.docker / directory / name
            assert stored.read_bytes() == (certificates / name).read_bytes()
            assert stat.S_IMODE(stored.stat().st_mode) == 0o600
            assert stat.S_IMODE(stored.parent.stat().st_mode) == 0o700
        assert context.TLSConfig.cert == (f"{directory}/cert.pem", f"{directory}/key.pem")
        context.TLSConfig.ssl_context()

    async def test_https_stays_tls(self, env):
        await ContextAPI.create_context("prod", host="https://h/engine", **env)
        endpoint = resolve_endpoint(context="prod", **env)
        assert (endpoint.host.url, endpoint.host.tls) == ("tcp://h:443/engine", True)
        assert endpoint.tls.verify

    async def test_without_verification(self, env):
        await ContextAPI.create_context("prod", host="tcp://h", skip_tls_verify=True, **env)
        with pytest.warns(InsecureTLSWarning):
            assert not resolve_endpoint(context="prod", **env).tls.verify
        with pytest.warns(InsecureTLSWarning):
            loose = TLSConfig(verify=False)
        context = await ContextAPI.create_context("other", host="tcp://h", tls_cfg=loose, **env)
        assert context.Metadata["Endpoints"]["docker"]["SkipTLSVerify"] is True

    async def test_twice(self, env):
        await ContextAPI.create_context("prod", **env)
        with pytest.raises(ContextAlreadyExists, match="prod"):
            await ContextAPI.create_context("prod", **env)

    @pytest.mark.parametrize("name", ["default", "a", "-ab", ".ab", "a/b", "a b", "ab\n", "äb"])
    async def test_names_that_are_refused(self, env, name):
        with pytest.raises(ContextException):
            await ContextAPI.create_context(name, **env)

    async def test_no_name(self, env):
        with pytest.raises(MissingContextParameter):
            await ContextAPI.create_context("", **env)

    async def test_a_bad_host(self, home, env):
        with pytest.raises(InvalidArgument):
            await ContextAPI.create_context("prod", host="fd://", **env)
        assert list(home.docker.iterdir()) == []

    async def test_bad_certificates_store_nothing(self, home, env, certificates):
        broken = TLSConfig((certificates / "cert.pem", certificates / "missing.pem"))
        with pytest.raises(TLSParameterError):
            await ContextAPI.create_context("prod", host="tcp://h", tls_cfg=broken, **env)
        assert list(home.docker.iterdir()) == []

    async def test_an_ssl_context_cannot_be_stored(self, env):
        given = TLSConfig.from_ssl_context(TLSConfig().ssl_context())
        with pytest.raises(TLSParameterError, match="cannot be stored"):
            await ContextAPI.create_context("prod", host="tcp://h", tls_cfg=given, **env)


class TestReading:
    async def test_an_unknown_one(self, env):
        assert await ContextAPI.get_context("nope", **env) is None
        with pytest.raises(ContextNotFound):
            await ContextAPI.inspect_context("nope", **env)
        with pytest.raises(ContextNotFound):
            await ContextAPI.kwargs_from_context("nope", **env)

    async def test_the_default_one(self, env):
        assert await ContextAPI.inspect_context(**env) == {
            "Name": "default",
            "Metadata": {},
            "Endpoints": {"docker": {"Host": "unix:///var/run/docker.sock", "SkipTLSVerify": False}},
            "TLSMaterial": {},
            "Storage": {"MetadataPath": "<IN MEMORY>", "TLSPath": "<IN MEMORY>"},
        }

    async def test_the_current_one(self, home, env):
        await ContextAPI.create_context("prod", host="tcp://h", **env)
        assert (await ContextAPI.get_current_context(**env)).Name == "default"
        await ContextAPI.set_current_context("prod", **env)
        assert (await ContextAPI.get_current_context(**env)).Name == "prod"
        assert (await ContextAPI.get_context(**env)).Name == "prod"
        overridden = {"environment": home.environment | {"DOCKER_HOST": "tcp://x"}}
        assert (await ContextAPI.get_current_context(**overridden)).Host == "tcp://x:2375"

    async def test_a_current_one_that_is_gone(self, home, env):
        home.write_config({"currentContext": "gone"})
        with pytest.raises(ContextNotFound):
            await ContextAPI.get_current_context(**env)
        assert await ContextAPI.get_context(**env) is None

    async def test_all_in_natural_order(self, env):
        for name in ("engine-10", "engine-9", "zz", "aa"):
            await ContextAPI.create_context(name, **env)
        names = [context.Name for context in await ContextAPI.contexts(**env)]
        assert names == ["aa", "default", "engine-9", "engine-10", "zz"]

    async def test_a_broken_one_is_told(self, home, env):
        await ContextAPI.create_context("prod", **env)
        next(home.docker.rglob("meta.json")).write_text("{")
        with pytest.raises(ContextException, match=r"meta\.json"):
            await ContextAPI.contexts(**env)

    async def test_nested_directories_are_searched(self, home, env):
        nested = home.docker / "contexts" / "meta" / "a" / "b"
        nested.mkdir(parents=True)
        (nested / "meta.json").write_bytes(META)
        assert [context.Name for context in await ContextAPI.contexts(**env)] == ["default", "x"]

    async def test_one_of_another_kind(self, home, env):
        directory = home.docker / "contexts" / "meta" / "a"
        directory.mkdir(parents=True)
        (directory / "meta.json").write_text('{"Name": "k8s", "Endpoints": {"kubernetes": {"Host": "https://c"}}}')
        context = next(context for context in await ContextAPI.contexts(**env) if context.Name == "k8s")
        with pytest.raises(ContextException, match="no docker endpoint"):
            _ = context.Host

    async def test_arguments_for_a_client(self, env, tls_cfg):
        await ContextAPI.create_context("plain", host="tcp://h", **env)
        await ContextAPI.create_context("safe", host="tcp://h:2376", tls_cfg=tls_cfg, **env)
        assert await ContextAPI.kwargs_from_context("plain", **env) == {"base_url": "tcp://h:2375"}
        arguments = await ContextAPI.kwargs_from_context("safe", **env)
        assert arguments["base_url"] == "tcp://h:2376"
        assert arguments["tls"].verify


class TestUse:
    async def test_default_clears_the_choice(self, home, env):
        home.write_config({"CurrentContext": "prod", "psFormat": "x"})
        await ContextAPI.set_current_context(**env)
        assert home.read_config() == {"psFormat": "x"}

    async def test_default_writes_no_file(self, home, env):
        await ContextAPI.set_current_context(**env)
        assert list(home.docker.iterdir()) == []

    async def test_an_unknown_one(self, home, env):
        with pytest.raises(ContextNotFound):
            await ContextAPI.set_current_context("nope", **env)
        with pytest.raises(MissingContextParameter):
            await ContextAPI.set_current_context("", **env)
        assert list(home.docker.iterdir()) == []


class TestUpdate:
    async def test_the_description_keeps_the_rest(self, home, env):
        await ContextAPI.import_context("prod", tar({"meta.json": META}), **env)
        context = await ContextAPI.update_context("prod", description="new", **env)
        assert context.Metadata["Metadata"] == {"Description": "new", "GODEBUG": "y"}
        assert context.Metadata["Endpoints"] == {"docker": {"Host": "tcp://h:1", "Later": 1}}

    async def test_the_host_replaces_the_endpoint_with_its_certificates(self, env, tls_cfg):
        await ContextAPI.create_context("prod", host="tcp://h:2376", tls_cfg=tls_cfg, description="d", **env)
        context = await ContextAPI.update_context("prod", host="tcp://other:2375", **env)
        assert (context.Host, context.TLSConfig, context.Description) == ("tcp://other:2375", None, "d")
        assert context.TLSMaterial == {"TLSMaterial": {}}
        again = await ContextAPI.update_context("prod", host="tcp://h:2376", tls_cfg=tls_cfg, **env)
        assert again.TLSConfig.verify

    async def test_tls_needs_the_host_it_is_for(self, env, tls_cfg):
        await ContextAPI.create_context("prod", **env)
        with pytest.raises(MissingContextParameter, match="host"):
            await ContextAPI.update_context("prod", tls_cfg=tls_cfg, **env)

    async def test_an_unknown_one(self, env):
        with pytest.raises(ContextNotFound):
            await ContextAPI.update_context("nope", description="x", **env)
        with pytest.raises(ContextException, match="reserved"):
            await ContextAPI.update_context("default", description="x", **env)


class TestRemove:
    async def test_with_everything(self, home, env, tls_cfg):
        await ContextAPI.create_context("prod", host="tcp://h:2376", tls_cfg=tls_cfg, **env)
        await ContextAPI.set_current_context("prod", **env)
        await ContextAPI.remove_context("prod", **env)
        assert [path for path in home.docker.rglob("*") if path.is_file()] == [home.docker / "config.json"]
        assert home.read_config() == {}

    async def test_what_cannot_be_removed(self, env):
        with pytest.raises(ContextNotFound):
            await ContextAPI.remove_context("nope", **env)
        with pytest.raises(ContextException, match="default"):
            await ContextAPI.remove_context("default", **env)
        with pytest.raises(MissingContextParameter):
            await ContextAPI.remove_context("", **env)


class TestCopyExportImport:
    async def test_a_copy(self, env, tls_cfg):
        await ContextAPI.create_context("prod", host="tcp://h:2376", tls_cfg=tls_cfg, description="d", **env)
        copy = await ContextAPI.copy_context("prod", "copy", **env)
        assert (copy.Host, copy.Description) == ("tcp://h:2376", "d")
        assert copy.TLSConfig.cert != (await ContextAPI.get_context("prod", **env)).TLSConfig.cert
        other = await ContextAPI.copy_context("prod", "other", description="e", **env)
        assert other.Description == "e"
        with pytest.raises(ContextAlreadyExists):
            await ContextAPI.copy_context("prod", "copy", **env)
        with pytest.raises(ContextNotFound):
            await ContextAPI.copy_context("nope", "new", **env)

    async def test_a_copy_of_the_default_one(self, home, certificates):
        variables = {"DOCKER_HOST": "tcp://h:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(certificates)}
        env = {"environment": home.environment | variables}
        default = await ContextAPI.get_context("default", **env)
        assert default.TLSMaterial == {"TLSMaterial": {"docker": ["ca.pem", "cert.pem", "key.pem"]}}
        copy = await ContextAPI.copy_context("default", "copy", **env)
        assert copy.Host == "tcp://h:2376"
        assert copy.TLSConfig.verify
        copy.TLSConfig.ssl_context()

    async def test_there_and_back(self, env, tls_cfg, tmp_path):
        created = await ContextAPI.create_context("prod", host="tcp://h:2376", tls_cfg=tls_cfg, description="d", **env)
        path = await ContextAPI.export_context("prod", tmp_path / "prod.dockercontext", **env)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        back = await ContextAPI.import_context("back", path, **env)
        assert back.Metadata == created.Metadata | {"Name": "back"}
        assert back.TLSMaterial == created.TLSMaterial
        with pytest.raises(FileExistsError):
            await ContextAPI.export_context("prod", path, **env)
        with pytest.raises(ContextAlreadyExists):
            await ContextAPI.import_context("back", path, **env)

    @pytest.mark.parametrize("make", [tar, zipped])
    async def test_tar_and_zip(self, env, make):
        content = make({"meta.json": META, "tls/docker/ca.pem": b"ca", "tls/docker/later": b"x"})
        context = await ContextAPI.import_context("prod", content, **env)
        assert context.Metadata["Name"] == "prod"
        assert context.TLSMaterial == {"TLSMaterial": {"docker": ["ca.pem", "later"]}}

    async def test_a_refused_archive_stores_nothing(self, home, env):
        with pytest.raises(ContextException):
            await ContextAPI.import_context("prod", tar({"tls/docker/ca.pem": b"x", "../x": b"x"}), **env)
        assert list(home.docker.iterdir()) == []


class TestArchive:
    def test_round_trip(self):
        context = ContextMetadata("x", {"Description": "ü"}, {"docker": {"Host": "tcp://h:1"}})
        tls = {"docker": {"ca.pem": b"ca", "key.pem": b""}}
        assert unpack(pack(context, tls), "x") == (context, tls)

    @pytest.mark.parametrize("make", [tar, zipped])
    @pytest.mark.parametrize(
        "name",
        [
            "../meta.json",
            "/etc/passwd",
            "x",
            "tls/../../x/y",
            "tls/docker/../x",
            "tls/../x",
            "tls//x",
            "tls/docker/a/b",
            "tls/x",
            "tls/docker/..",
            "./meta.json",
            "tls/docker/a\\b",
        ],
    )
    def test_what_does_not_belong_there_is_refused(self, make, name):
        with pytest.raises(ContextException, match="does not belong"):
            unpack(make({"meta.json": META, name: b"x"}), "prod")

    @pytest.mark.parametrize(
        "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
    )
    def test_only_files_are_read(self, kind):
        with pytest.raises(ContextException, match=r"no meta\.json"):
            unpack(tar({"meta.json": b""}, type=kind), "prod")

    @pytest.mark.parametrize("content", [b"", b"junk" * 300, b"PK\x03\x04junk", tar({"meta.json": META})[:600]])
    def test_what_is_no_archive(self, content):
        with pytest.raises(ContextException):
            unpack(content, "prod")

    def test_the_end_may_be_missing_but_nothing_before_it(self):
        whole = pack(ContextMetadata("x"), {"docker": {"key.pem": b"k" * 700}})
        end = whole.rindex(b"k") + 1
        assert unpack(whole[:end], "x")[1] == {"docker": {"key.pem": b"k" * 700}}
        for missing in (1, 100, 699, 700):
            with pytest.raises(ContextException, match="ends inside"):
                unpack(whole[: end - missing], "x")

    @pytest.mark.parametrize("content", [b"{", b"[]", b'{"Endpoints": []}', b'{"Metadata": 1}'])
    def test_a_broken_description(self, content):
        with pytest.raises(ContextException):
            unpack(tar({"meta.json": content}), "prod")

    def test_too_large(self, monkeypatch):
        with pytest.raises(ContextException, match="10 MiB"):
            unpack(b"\x00" * (context_archive.ARCHIVE_LIMIT + 1), "prod")

    def test_a_zip_bomb(self):
        bomb = zipped({"meta.json": META, "tls/docker/a": bytes(6 << 20), "tls/docker/b": bytes(6 << 20)})
        assert len(bomb) < 100_000
        with pytest.raises(ContextException, match="10 MiB"):
            unpack(bomb, "prod")

    def test_a_tar_that_claims_more_than_it_has(self):
        member = tarfile.TarInfo("meta.json")
        member.size = 1 << 40
        with pytest.raises(ContextException, match="10 MiB"):
            unpack(member.tobuf() + bytes(1024), "prod")


WHOLE = {
    "tar": tar({"meta.json": META, "tls/docker/ca.pem": b"ca" * 300}),
    "zip": zipped({"meta.json": META, "tls/docker/ca.pem": b"ca" * 300}),
    "pax": pack(ContextMetadata("x", {"Description": "ü" * 200}), {"docker": {"n" * 150: b"k" * 700}}),
}


@pytest.mark.parametrize("kind", WHOLE)
@given(data=st.data())
def test_a_damaged_archive_is_a_documented_error(kind, data):
    content = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ContextException):
        unpack(bytes(content[: data.draw(st.integers(0, len(content)))]), "prod")


async def test_linked_folders_are_not_followed_by_listings(home, env):
    await ContextAPI.create_context("prod", **env)
    meta = home.docker / "contexts" / "meta"
    (meta / "loop").symlink_to(meta)
    (meta / "again").symlink_to(meta)
    (meta / "gone").symlink_to(meta / "nowhere")
    (meta / "self").symlink_to(meta / "self")
    assert [context.Name for context in await ContextAPI.contexts(**env)] == ["default", "prod"]


@pytest.mark.parametrize("what", ["folder", "file", "nothing", "itself"])
async def test_what_stands_in_the_place_of_a_context_is_a_documented_error(home, env, what):
    for place in ("meta", "tls"):
        context = await ContextAPI.create_context("prod", **env)
        path = Path(context.Storage["Storage"]["MetadataPath" if place == "meta" else "TLSPath"])
        shutil.rmtree(path, ignore_errors=True)
        path.parent.mkdir(exist_ok=True)
        if what == "folder":
            (path / "meta.json" / "ca.pem").mkdir(parents=True)
        elif what == "file":
            path.write_bytes(b"x")
        else:
            path.symlink_to(path if what == "itself" else path.parent / "nowhere")
        for call in (
            lambda: ContextAPI.contexts(**env),
            lambda: ContextAPI.inspect_context("prod", **env),
            lambda: ContextAPI.update_context("prod", host="tcp://h:1", **env),
            lambda: ContextAPI.kwargs_from_context("prod", **env),
            lambda: ContextAPI.remove_context("prod", **env),
        ):
            with contextlib.suppress(ContextException, ContextNotFound):
                await call()
        shutil.rmtree(home.docker / "contexts")


async def test_a_name_that_is_not_text_is_not_found(env):
    for name in ("\ud800", "\udcff", "x\0", "x" * 10_000):
        with pytest.raises((ContextNotFound, ContextException, InvalidArgument)):
            await ContextAPI.inspect_context(name, **env)


def test_natural_order():
    assert sorted(["b", "a10", "a9", "a", "a09b"], key=natural_order) == ["a", "a9", "a09b", "a10", "b"]


async def test_a_description_that_cannot_be_read(home, env):
    await ContextAPI.create_context("prod", **env)
    path = next(home.docker.rglob("meta.json"))
    path.unlink()
    path.mkdir()
    with pytest.raises(ContextException, match="cannot be read"):
        await ContextAPI.inspect_context("prod", **env)


async def test_a_linked_directory_is_only_unlinked(home, env, tmp_path):
    """What a symbolic link in the store points to belongs to somebody else."""
    await ContextAPI.create_context("prod", **env)
    directory = next(home.docker.rglob("meta.json")).parent
    target = tmp_path / "elsewhere"
    directory.rename(target)
    directory.symlink_to(target)
    await ContextAPI.remove_context("prod", **env)
    assert (target / "meta.json").exists()
    assert await ContextAPI.get_context("prod", **env) is None
