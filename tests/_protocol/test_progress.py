from __future__ import annotations

import dataclasses
import sys

import pytest
from hypothesis import given, strategies as st

from aiodockerpy._protocol.progress import MOST_LAYERS, Layer, Progress, ProgressReducer


def msg(status, id=None, current=None, total=None, units=None):
    detail = {
        key: value for key, value in (("current", current), ("total", total), ("units", units)) if value is not None
    }
    return {"status": status, "progressDetail": detail, **({"id": id} if id else {})}


def run(*messages):
    reducer = ProgressReducer()
    states = []
    for message in messages:
        reducer.feed(message)
        states.append(reducer.snapshot())
    return states


def test_nothing():
    assert ProgressReducer().snapshot() == Progress()


def test_a_pull():
    states = run(
        msg("Pulling from library/busybox", "latest"),
        msg("Pulling fs layer", "a"),
        msg("Pulling fs layer", "b"),
        msg("Already exists", "c"),
        msg("Downloading", "a", 50, 100),
        msg("Downloading", "b", 0, 300),
        msg("Download complete", "a"),
        msg("Extracting", "a", 50, 100),
        msg("Pull complete", "a"),
        msg("Downloading", "b", 150, 300),
        msg("Verifying Checksum", "b"),
        msg("Extracting", "b", 3, units="s"),
        msg("Pull complete", "b"),
        msg("Digest: sha256:ab"),
        msg("Status: Downloaded newer image for busybox:latest"),
    )
    assert [round(state.fraction, 4) for state in states] == [
        0, 0, 0, 0, 0.125, 0.125, 0.125, 0.1875, 0.25, 0.4375, 0.625, 0.625, 0.99, 0.99, 1,
    ]  # fmt: skip
    assert states[0].status == "Pulling from library/busybox"
    assert [layer.phase for layer in states[3].layers] == ["waiting", "waiting", "present"]
    assert (states[4].transferred, states[4].total, states[4].lower_bound) == (50, 100, True)
    assert (states[5].transferred, states[5].total, states[5].lower_bound) == (50, 400, False)
    assert states[7].layers[0] == Layer("a", "extracting", 50, 100, 100, 100)
    assert (states[12].transferred, states[12].total, states[12].finished) == (400, 400, False)
    assert (states[14].finished, states[14].status) == (True, "Status: Downloaded newer image for busybox:latest")


def test_a_push():
    states = run(
        msg("The push refers to repository [host:5000/a]"),
        msg("Preparing", "a"),
        msg("Layer already exists", "b"),
        msg("Mounted from library/busybox", "c"),
        msg("Pushing", "a", 512, 1000),
        msg("Pushing", "a", 1200, 1000),
        msg("Pushed", "a"),
        {"progressDetail": {}, "aux": {"Tag": "1", "Digest": "sha256:ab", "Size": 1}},
    )
    assert [layer.phase for layer in states[-1].layers] == ["done", "present", "present"]
    assert (states[4].transferred, states[4].total) == (512, 1000)
    assert (states[5].transferred, states[5].total) == (1200, 1200)
    assert states[-1].fraction == 0.99
    assert states[-1] == states[-2]


def test_a_load():
    states = run(
        msg("Loading layer", "a", 10, 20),
        msg("Loading layer", "a", 20, 20),
        {"stream": "Loaded image: busybox:latest\n"},
    )
    assert [state.fraction for state in states] == [0.25, 0.5, 0.5]
    assert states[-1].status == "Loaded image: busybox:latest"


def test_a_load_of_two_images_is_not_over_with_the_first():
    reducer = ProgressReducer()
    for name in "ab":
        reducer.feed(msg("Loading layer", name, 20, 20))
        reducer.feed({"stream": f"Loaded image: {name}:latest\n"})
        assert not reducer.snapshot().finished
    reducer.finish()
    assert (reducer.snapshot().finished, reducer.snapshot().fraction) == (True, 1)


@pytest.mark.parametrize("total", [None, 0, -1])
def test_unknown_totals(total):
    (state,) = run(msg("Downloading", "a", 50, total))
    assert state.layers == (Layer("a", "transferring", 50, None, None, 50),)
    assert (state.transferred, state.total, state.lower_bound, state.fraction) == (50, 0, True, 0)


def test_a_retry_keeps_what_is_known():
    states = run(msg("Downloading", "a", 50, 100), msg("Retrying in 5 seconds", "a"), msg("Downloading", "a", 1, 100))
    assert [state.layers[0].phase for state in states] == ["transferring", "waiting", "transferring"]
    assert [state.fraction for state in states] == [0.25] * 3
    assert states[-1].total == 100


def test_an_end_without_a_last_word():
    reducer = ProgressReducer()
    reducer.feed(msg("Pull complete", "a"))
    assert reducer.snapshot().fraction == 0.99
    reducer.finish()
    assert (reducer.snapshot().fraction, reducer.snapshot().finished) == (1, True)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"status": None},
        {"status": 1, "id": "a"},
        {"errorDetail": {"message": "no"}, "error": "no"},
        {"stream": "\n"},
    ],
)
def test_other_messages_change_nothing(message):
    before, after = run(msg("Downloading", "a", 1, 2), message)
    assert after == before


@pytest.mark.parametrize("detail", [None, [], "x", {"current": "1", "total": None}, {"current": -5, "total": 10.5}])
def test_details_of_another_shape(detail):
    (state,) = run({"status": "Downloading", "id": "a", "progressDetail": detail})
    assert state.layers == (Layer("a", "transferring"),)


def test_snapshots_do_not_change():
    reducer = ProgressReducer()
    reducer.feed(msg("Downloading", "a", 1, 2))
    before = reducer.snapshot()
    reducer.feed(msg("Pull complete", "a"))
    assert before.layers[0].phase == "transferring"
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.fraction = 1


STATUSES = ["Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Download complete", "Extracting", "Pull complete",
            "Already exists", "Pushing", "Pushed", "Retrying in 1 second", "Loading layer",
            "something new", "Loaded image: x", "Status: done", ""]  # fmt: skip
NUMBERS = st.none() | st.integers(-1, 1000)


@given(
    st.lists(
        st.builds(
            msg,
            st.sampled_from(STATUSES),
            st.sampled_from([None, "a", "b", "c"]),
            NUMBERS,
            NUMBERS,
            st.sampled_from([None, "s", "bytes"]),
        )
    )
)
def test_progress_never_goes_back(messages):
    states = run(*messages)
    fractions = [0, *(state.fraction for state in states)]
    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert all((state.fraction == 1) is state.finished for state in states)
    assert all(0 <= layer.fraction <= 1 for state in states for layer in state.layers)
    assert all(layer.transferred <= layer.size for state in states for layer in state.layers if layer.size is not None)


def test_layers_without_end_take_bounded_memory():
    reducer = ProgressReducer()
    for number in range(3_000):
        reducer.feed({"status": "Downloading", "id": f"{number}", "progressDetail": {"current": 1, "total": 2}})
    assert len(reducer.snapshot().layers) == MOST_LAYERS


def calls_of(reducer, message):
    """Count the calls that a message takes."""
    calls = []
    sys.setprofile(lambda _, event, __: calls.append(event))
    try:
        reducer.feed(message)
    finally:
        sys.setprofile(None)
    return len(calls)


@pytest.mark.parametrize("status", ["Downloading", "Pull complete", "Status: up to date"])
def test_a_message_takes_as_much_with_many_layers_as_with_few(status):
    few, many = ProgressReducer(), ProgressReducer()
    for reducer, layers in ((few, 2), (many, 500)):
        for layer in range(layers):
            reducer.feed({"status": "Downloading", "id": f"{layer}", "progressDetail": {"current": 1, "total": 9}})
    assert calls_of(few, {"status": status, "id": "1"}) == calls_of(many, {"status": status, "id": "1"})
