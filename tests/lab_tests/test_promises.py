"""What ``make test-engine`` reports of each promise."""

from __future__ import annotations

import pytest

from tests.integration.promises import PAGE, titles, verdict


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ({"passed"}, "holds"),
        ({"passed", "skipped"}, "holds"),
        ({"passed", "failed"}, "BROKEN"),
        ({"failed"}, "BROKEN"),
        ({"skipped"}, "not tried"),
        (set(), "not tried"),
    ],
)
def test_a_promise_holds_if_a_test_of_it_ran_and_none_failed(outcomes, said):
    assert verdict(outcomes) == said


def test_every_promise_of_the_page_is_listed():
    found = titles(PAGE.read_text(encoding="utf-8"))
    assert {1, 12, 17, 42} <= set(found)
    assert "slow reader" in found[17]
