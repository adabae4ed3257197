from __future__ import annotations

from aiodockerpy.models import JSONMessage
from aiodockerpy.resources._builds.log import KeptLog


def test_a_short_log_is_kept_as_it_is():
    log: list[JSONMessage] = []
    KeptLog(log).extend(JSONMessage(stream=f"{number}\n") for number in range(100))
    assert [message.stream for message in log] == [f"{number}\n" for number in range(100)]


def test_of_a_long_log_the_end_is_kept_and_the_first_message_says_how_much_was_dropped():
    log: list[JSONMessage] = []
    kept = KeptLog(log, limit=1 << 20)
    most = 0
    for start in range(0, 20_000, 100):
        kept.extend(JSONMessage(stream=f"{number}\n") for number in range(start, start + 100))
        most = max(most, len(log))
    assert most < 2_200
    dropped = 20_000 - (len(log) - 1)
    assert log[0].stream == f"[{dropped} earlier messages were dropped: the log of a build keeps 1 MiB]\n"
    assert [message.stream for message in log[1:]] == [f"{number}\n" for number in range(dropped, 20_000)]


def test_one_huge_message_stays():
    log: list[JSONMessage] = []
    kept = KeptLog(log, limit=1 << 20)
    kept.extend([JSONMessage(stream="a"), JSONMessage(stream="b" * (2 << 20))])
    assert [len(str(message.stream)) for message in log][1:] == [2 << 20]
