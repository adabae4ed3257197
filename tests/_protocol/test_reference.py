from __future__ import annotations

import docker.utils
import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.reference import Reference, parse_repository_tag
from tests.together import together

SHA = "sha256:" + "0123456789abcdef" * 4


@together(
    ("text", "full", "familiar"),
    [
        ("busybox", "docker.io/library/busybox", "busybox"),
        ("busybox:1.37", "docker.io/library/busybox:1.37", "busybox:1.37"),
        (f"busybox@{SHA}", f"docker.io/library/busybox@{SHA}", f"busybox@{SHA}"),
        (f"busybox:1@{SHA}", f"docker.io/library/busybox:1@{SHA}", f"busybox:1@{SHA}"),
        ("library/busybox", "docker.io/library/busybox", "busybox"),
        ("docker.io/busybox", "docker.io/library/busybox", "busybox"),
        ("docker.io/library/busybox", "docker.io/library/busybox", "busybox"),
        ("index.docker.io/busybox", "docker.io/library/busybox", "busybox"),
        ("docker.io/library/a/b", "docker.io/library/a/b", "library/a/b"),
        ("user/app", "docker.io/user/app", "user/app"),
        ("a/b/c", "docker.io/a/b/c", "a/b/c"),
        ("localhost", "docker.io/library/localhost", "localhost"),
        ("localhost/app", "localhost/app", "localhost/app"),
        ("localhost:5000/app:x", "localhost:5000/app:x", "localhost:5000/app:x"),
        ("host:5000", "docker.io/library/host:5000", "host:5000"),
        ("host:5000/app", "host:5000/app", "host:5000/app"),
        ("registry.example.com/team/app:1.0", "registry.example.com/team/app:1.0", "registry.example.com/team/app:1.0"),
        ("127.0.0.1:5000/app", "127.0.0.1:5000/app", "127.0.0.1:5000/app"),
        ("[::1]:5000/app", "[::1]:5000/app", "[::1]:5000/app"),
        ("[fc00:1::2]/app:t", "[fc00:1::2]/app:t", "[fc00:1::2]/app:t"),
        ("Registry/app", "Registry/app", "Registry/app"),
        ("a--b__c_d/e.f", "docker.io/a--b__c_d/e.f", "a--b__c_d/e.f"),
        ("app:_T.a-g_", "docker.io/library/app:_T.a-g_", "app:_T.a-g_"),
        ("xn--n3h.com/app", "xn--n3h.com/app", "xn--n3h.com/app"),
        ("a:" + "t" * 128, "docker.io/library/a:" + "t" * 128, "a:" + "t" * 128),
        ("0" * 63, "docker.io/library/" + "0" * 63, "0" * 63),
        (f"a@sha512:{'0' * 128}", f"docker.io/library/a@sha512:{'0' * 128}", f"a@sha512:{'0' * 128}"),
    ],
)
def test_parse(text, full, familiar):
    found = Reference.parse(text)
    assert str(found) == full
    assert Reference.parse(full) == Reference.parse(familiar) == found
    assert hash(Reference.parse(full)) == hash(found)


@together(
    ("text", "message"),
    [
        (":1", "not an image reference"),
        ("@" + SHA, "not an image reference"),
        ("Busybox", "lower case"),
        ("user/App", "lower case"),
        ("docker.io/App", "lower case"),
        ("a b", "not an image reference"),
        ("a//b", "not an image reference"),
        ("/a", "not an image reference"),
        ("a/", "not an image reference"),
        ("-a", "not an image reference"),
        ("a-", "not an image reference"),
        ("a..b", "not an image reference"),
        ("a___b", "not an image reference"),
        ("a._b", "not an image reference"),
        ("../a", "not the host"),
        ("a:", "'' is not a tag"),
        ("a:-t", "not a tag"),
        ("a:b:c", "not a tag"),
        ("a:" + "t" * 129, "not a tag"),
        ("a:ü", "not a tag"),
        ("a@", "'' is not a digest"),
        ("a@sha256:abc", "not a digest"),
        ("a@sha256:" + "g" * 64, "not a digest"),
        ("a@sha256:" + "A" * 64, "not a digest"),
        ("a@md5:" + "0" * 32, "not a digest"),
        (f"a@{SHA}@{SHA}", "not a digest"),
        ("-host.com/a", "not the host"),
        ("host-.com/a", "not the host"),
        ("ho_st.com/a", "not the host"),
        ("host:/a", "not the host"),
        ("host:x/a", "not the host"),
        ("[::1%eth0]/a", "not the host"),
        ("0" * 64, "ID of an image"),
        ("https://example.com/a", "no scheme"),
        ("a" * 256, "at most 255"),
        ("a" * 2000, "not that long"),
        ("a\n", "not an image reference"),
        ("a:1\n", "not a tag"),
        ("\uff41", "not an image reference"),
    ],
)
def test_what_is_no_reference(text, message):
    with pytest.raises(errors.InvalidRepository, match=message):
        Reference.parse(text)


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_an_empty_name_is_no_resource(text):
    with pytest.raises(errors.NullResource, match="name of an image is needed"):
        Reference.parse(text)


@given(st.text("aA0-_.:/@[]", max_size=20))
def test_whatever_is_accepted_reads_back_the_same(text):
    try:
        found = Reference.parse(text)
    except (errors.InvalidRepository, errors.NullResource):
        return
    assert Reference.parse(str(found)) == found


@pytest.mark.parametrize(
    ("text", "repository", "version"),
    [
        ("docker.io/library/a", "a", None),
        ("a:1", "a", "1"),
        (f"host:5000/b/a:1@{SHA}", "host:5000/b/a", SHA),
    ],
)
def test_repository_and_version(text, repository, version):
    found = Reference.parse(text)
    assert (found.repository, found.version) == (repository, version)


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("busybox", "docker.io"),
        ("index.docker.io/user/app:1", "docker.io"),
        ("localhost/app", "localhost"),
        ("host:5000/app", "host:5000"),
        ("ghcr.io/a/b", "ghcr.io"),
    ],
)
def test_registries(image, registry):
    assert Reference.parse(image).registry == registry


@together(
    ("name", "expected"),
    [
        ("a", ("a", None)),
        ("a:1", ("a", "1")),
        ("host:5000/a", ("host:5000/a", None)),
        ("host:5000/a:1", ("host:5000/a", "1")),
        (f"a@{SHA}", ("a", SHA)),
        (f"host:5000/a:1@{SHA}", ("host:5000/a:1", SHA)),
        ("", ("", None)),
        ("a:", ("a", "")),
    ],
)
def test_parse_repository_tag(name, expected):
    assert parse_repository_tag(name) == expected


@given(st.text("ab:/@1", max_size=12))
def test_parse_repository_tag_is_that_of_docker_py(name):
    assert parse_repository_tag(name) == docker.utils.parse_repository_tag(name)
