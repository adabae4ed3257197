"""What an earlier life of the lab has left is used only if it is what would be made now."""

from __future__ import annotations

import os
import ssl

import pytest

from tests.lab import certs, network, packages, paths, registry, sshd, state
from tests.lab.engine import role_engine
from tests.lab.sandbox import Sandbox


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """An empty lab."""
    monkeypatch.setattr(paths, "root", lambda: tmp_path)
    return tmp_path


def move(subnet: str) -> None:
    """Let the lab begin anew on another subnet."""
    (paths.runtime() / "subnet").write_text(subnet, encoding="ascii")


def names_of(certificate) -> list[str]:
    found = ssl._ssl._test_decode_cert(str(certificate))["subjectAltName"]
    return [value for _, value in found]


def test_certificates_are_for_the_addresses_of_now(lab):
    move("10.213.78")
    kept = (certs.ensure() / "server.pem").read_bytes()
    assert "10.213.78.41" in names_of(certs.ensure() / "server.pem")
    assert (certs.ensure() / "server.pem").read_bytes() == kept
    move("10.213.66")
    assert "10.213.66.41" in names_of(certs.ensure() / "server.pem")
    assert "10.213.78.41" not in names_of(certs.ensure() / "server.pem")


def test_packages_are_those_that_are_asked_for_now(lab, monkeypatch):
    unpacked = []

    def unpack(bundle):
        bundle.path.mkdir(parents=True, exist_ok=True)
        unpacked.append(bundle.ingredients)

    monkeypatch.setattr(packages, "_unpack", unpack)
    for suites, names in ((("forky",), ("a",)), (("forky",), ("a",)), (("sid",), ("a",)), (("sid",), ("a", "b"))):
        packages.require(packages.Bundle("one", names, suites))
    assert unpacked == [["forky", "a"], ["sid", "a"], ["sid", "a", "b"]]
    monkeypatch.setattr(packages, "release", lambda: "trixie")
    packages.require(packages.TOOLS)
    monkeypatch.setattr(packages, "release", lambda: "forky")
    packages.require(packages.TOOLS)
    assert [ingredients[0] for ingredients in unpacked[3:]] == ["trixie", "forky"]


def test_the_command_lines_plugin_is_that_of_the_packages(lab, monkeypatch):
    monkeypatch.setattr(packages, "require", lambda bundle: bundle.path)
    plugin = packages.docker_config() / "cli-plugins" / "docker-buildx"
    right = plugin.readlink()
    plugin.unlink()
    plugin.symlink_to("/gone")
    packages.docker_config()
    assert plugin.readlink() == right


def test_an_engine_is_where_the_lab_is_now(lab, monkeypatch):
    monkeypatch.setattr(network, "interface", lambda number: "lo")
    move("10.213.78")
    box = Sandbox("some", 20)
    assert not box.is_connected()
    (box.folder / "address").write_text(box.address, encoding="ascii")
    assert box.is_connected()
    move("10.213.66")
    assert not box.is_connected()
    (box.folder / "address").write_text(box.address, encoding="ascii")
    monkeypatch.setattr(network, "interface", lambda number: "no-such-link")
    assert not box.is_connected()


def test_an_ssh_server_of_another_subnet_does_not_count(lab, monkeypatch):
    monkeypatch.setattr(sshd, "alive", lambda pid: True)
    move("10.213.78")
    sshd._save(role_engine("new"))
    assert sshd.running()
    move("10.213.66")
    assert not sshd.running()


def test_a_registry_that_does_not_listen_at_its_address_is_started_again(lab, monkeypatch):
    served = []
    monkeypatch.setattr(packages, "require", lambda bundle: bundle.path)
    monkeypatch.setattr(network, "ensure", lambda: None)
    monkeypatch.setattr(registry, "read_pid", lambda path: os.getpid())
    monkeypatch.setattr(registry, "terminate", lambda pid: None)
    monkeypatch.setattr(registry, "_serve", lambda kept, *_: served.append(kept.address))
    monkeypatch.setattr(registry, "_listens", lambda address: address in served)
    for subnet in ("10.213.78", "10.213.78", "10.213.66"):
        move(subnet)
        registry.Registry("basic", 5001).start()
    assert served == ["10.213.78.1:5001", "10.213.66.1:5001"]
    assert state.load().registries["basic"].address == "10.213.66.1:5001"
