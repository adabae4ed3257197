"""The search for what nothing uses: a name in ``__all__`` is not a use, and lines keep their numbers."""

from __future__ import annotations

from scripts.unused import public, without_exports


def test_a_name_that_is_only_exported_is_not_used():
    code = '"""A module."""\n\n__all__ = [\n    "made",\n]\n\n\ndef made(): ...\n'
    assert without_exports(code).splitlines() == ['"""A module."""', "", "", "", "", "", "", "def made(): ..."]


def test_members_of_public_classes_are_public():
    assert {"DockerClient", "containers", "HostConfig"} <= public()
