"""How far a log was read: noted, written down, and found again when lines are read once more."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aiodockerpy._protocol.lines import LogLine
from aiodockerpy._protocol.unfit import Unfit
from aiodockerpy.resources._following.places import Places
from tests.together import together


def line(number, stream="stdout"):
    return LogLine(stream, b"x", f"2026-11-23T11:14:47.{number:09d}Z")


LINES = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["stdout", "stderr"])).map(lambda pair: line(*pair)), min_size=1
).map(lambda lines: sorted(lines, key=lambda line: line.time))


@given(LINES, st.data())
def test_lines_that_are_read_again_are_known_up_to_the_last_one(lines, data):
    place = data.draw(st.integers(1, len(lines)))
    cut = data.draw(st.integers(0, place))
    places = Places()
    places.note(lines[:cut])
    places.note(lines[cut:place])
    places = Places.parse(str(places))
    places.replay()
    seen = dict.fromkeys(("stdout", "stderr"), 0)
    for read in lines[:place]:
        seen[read.stream] += 1
    for read in lines:
        known = seen[read.stream] > 0
        seen[read.stream] -= 1
        if known:
            assert places.knows(read)
        else:  # the first new line of a stream ends the comparison, as a follower has it
            assert not places.knows(read)
            seen[read.stream] = 10**6
            lines = [other for other in lines if other.stream != read.stream]
            break


def test_reading_goes_on_at_the_older_of_two_streams_and_a_second_earlier_if_one_was_silent():
    places = Places()
    assert places.since(streams=2) is None
    places.begun = "5"
    assert places.since(streams=2) == "5"
    places.note([line(500)])
    assert places.since(streams=1).nanosecond == 500
    assert places.since(streams=2).text == "2026-11-23T11:14:46.0000005Z"
    places.note([line(900, "stderr")])
    assert places.since(streams=2).nanosecond == 500
    assert places.last == line(900).time


def test_a_text_holds_everything():
    places = Places()
    assert str(Places.parse(str(places))) == ""
    places.begun = "1790000000.000000001"
    places.note([line(1), line(1), line(2, "stderr")])
    text = str(places)
    assert text == (
        "stdout=2026-11-23T11:14:47.000000001Z*2;stderr=2026-11-23T11:14:47.000000002Z*1;begun=1790000000.000000001"
    )
    assert str(Places.parse(text)) == text == str(places.copy())


@together("text", ["x", "stdout=*1", "stdout=2026-99-23T11:14:47.000000001Z*2", ";", "begun=", "begun=x"])
def test_other_texts_are_refused(text):
    with pytest.raises(Unfit):
        Places.parse(text)
