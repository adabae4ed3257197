"""Links on the way to what a Dockerfile names."""

from __future__ import annotations

import pytest

from aiodockerpy.buildkit._files.follow import follow_links


@pytest.fixture
def root(tmp_path):
    for path in ("real/file", "real/deep/file", "other"):
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
    for link, target in {
        "way": "real",
        "absolute": "/real/file",
        "out": "../../../other",
        "round": "round",
        "real/up": "../other",
        "chain": "way/deep",
        "dangling": "nowhere",
    }.items():
        (tmp_path / link).symlink_to(target)
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["real/file"], ["real/file"]),
        (["/real/file"], ["real/file"]),
        (["way/file"], ["real/file", "way"]),
        (["absolute"], ["absolute", "real/file"]),
        (["out"], ["other", "out"]),
        (["round"], ["round"]),
        (["real/*"], ["other", "real/*"]),
        (["way/u*"], ["other", "real/u*", "way"]),
        (["chain/file"], ["chain", "real/deep/file", "way"]),
        (["dangling"], ["dangling", "nowhere"]),
        (["absent/x"], ["absent/x"]),
        (["../../real/file"], ["real/file"]),
        (["real", "real/file"], ["real"]),
        (["."], None),
        (["real", "/"], None),
    ],
)
def test_follow(root, paths, expected) -> None:
    assert follow_links(root, paths) == expected
