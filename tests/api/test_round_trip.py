"""The comparison that the tests on real engines make of every answer."""

from __future__ import annotations

from tests.integration.roundtrip import differences
from tests.together import together


@together(
    ("sent", "given", "found"),
    [
        ({"A": [1, {"B": None}]}, {"A": [1, {"B": None}]}, []),
        ({"A": None}, {}, [".A was lost"]),
        ({}, {"A": None}, [".A was invented"]),
        ({"A": [1]}, {"A": []}, [".A was [1] and became []"]),
        ({"A": [{"B": 1}]}, {"A": [{"B": 2}]}, [".A[0].B was 1 and became 2"]),
        ({"A": True}, {"A": 1}, [".A was True and became 1"]),
        ({"A": "0001-01-01T00:00:00Z"}, {"A": None}, [".A was '0001-01-01T00:00:00Z' and became None"]),
        (None, [], [" was None and became []"]),
    ],
)
def test_differences(sent, given, found):
    assert list(differences(sent, given)) == found
