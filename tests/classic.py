"""The classic builder alone, whatever builders an engine has."""

from __future__ import annotations

from aiodockerpy.resources._builds.classic import ClassicBuild
from aiodockerpy.resources._builds.keywords import read_keywords

__all__ = ["classic"]


def classic(client, **options) -> ClassicBuild:
    """Build as ``client.images.build(builder="classic", ...)`` does, with the builder's own messages."""
    return ClassicBuild(client, read_keywords(options))
