"""What users do with the fake: the tests of the page, and a project whose tests run on the fake and on a real engine."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/howto/testing.md"
PROJECT = Path(__file__).parent / "project"
PLUGINS = ("-p", "pytest_aiodockerpy", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider")


def test_the_five_tests_of_the_page_pass(pytester):
    files = re.findall(r"```python\n# (test_\w+\.py)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(files) == 5
    for name, text in files:
        pytester.path.joinpath(name).write_text(text)
    pytester.runpytest_subprocess(*PLUGINS).assert_outcomes(passed=5)


def test_a_users_project_passes_on_the_fake(pytester):
    copy(pytester)
    pytester.runpytest_subprocess(*PLUGINS).assert_outcomes(passed=6)


def copy(pytester):
    for name in ("service.py", "test_service.py"):
        pytester.path.joinpath(name).write_text((PROJECT / name).read_text())
