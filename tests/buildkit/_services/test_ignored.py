"""Files that the walk reaches although the last pattern excludes them."""

from __future__ import annotations

from aiodockerpy.buildkit._files.filters import Filter
from aiodockerpy.buildkit._files.walk import Walk
from aiodockerpy.buildkit._services.files import _WithoutIgnored


def test_an_ignored_file_s_content_is_never_sent(tmp_path) -> None:
    (tmp_path / "d" / "skip").mkdir(parents=True)
    (tmp_path / "d" / "skip" / "x").write_text("hunter2")
    (tmp_path / "d" / "x").write_text("wanted")
    patterns = ["*", "!d/**/x", "d/skip"]
    found = {
        entry.path: content for entry, content in _WithoutIgnored(Walk(tmp_path, Filter(exclude=patterns)), patterns)
    }
    assert found["d/skip/x"] == b""
    assert found["d/x"] == str(tmp_path / "d" / "x")
