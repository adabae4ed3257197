"""Files that take the place of others once they are complete."""

from __future__ import annotations

import pytest

from aiodockerpy._replacing import PRIVATE, Replacement


def test_a_name_may_be_as_long_as_the_file_system_lets_it_be(tmp_path):
    target = tmp_path / ("n" * 255)
    replacement = Replacement(target, PRIVATE)
    replacement.open()
    replacement.write(b"x")
    replacement.complete()
    assert [(path, path.read_bytes()) for path in tmp_path.iterdir()] == [(target, b"x")]


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    target = tmp_path / "missing" / "file"
    with pytest.raises(FileNotFoundError) as caught:
        Replacement(target, PRIVATE).open()
    assert caught.value.filename == str(target)
