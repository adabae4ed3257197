"""The result of a job."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aiodockerpy import errors
from aiodockerpy.resources._jobs.result import JobResult

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def test_a_result_that_is_ok_is_returned_by_check():
    result = JobResult(key="a", ending="exited", exit_code=0, queued=NOW)

    assert result.ok
    assert result.check() is result


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"ending": "exited", "exit_code": 3, "stdout": b"one\n"}, "job 'a': exited with exit code 3\none"),
        (
            {"ending": "oom", "exit_code": 137, "stderr": b"x\ny", "stdout": b"z"},
            "job 'a': oom with exit code 137\nx\ny",
        ),
        ({"ending": "not_started", "error": "no such image"}, "job 'a': not_started: no such image"),
        ({"ending": "timed_out", "exit_code": 0}, "job 'a': timed_out with exit code 0"),
    ],
)
def test_check_raises_with_the_ending_and_the_last_lines(facts, text):
    result = JobResult(key="a", queued=NOW, **facts)

    assert not result.ok
    with pytest.raises(errors.JobFailed) as caught:
        result.check()
    assert str(caught.value) == text
    assert caught.value.result is result


def test_the_message_has_ten_lines_at_most():
    result = JobResult(key=1, ending="exited", exit_code=1, queued=NOW, stderr=b"\n".join(b"%d" % n for n in range(50)))

    with pytest.raises(errors.JobFailed) as caught:
        result.check()
    assert str(caught.value).splitlines()[1:] == [str(number) for number in range(40, 50)]
