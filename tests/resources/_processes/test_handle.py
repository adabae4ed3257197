"""What the methods of process handles refuse before anything is sent."""

from __future__ import annotations

import pytest

import aiodockerpy
from aiodockerpy import errors
from aiodockerpy._protocol.frames import Chunk
from aiodockerpy.resources._processes.handle import ProcessOutput, _Split
from aiodockerpy.resources._processes.signals import signal_name


def released():
    view = memoryview(b"x")
    view.release()
    return view


@pytest.fixture
async def process():
    async with aiodockerpy.DockerClient("unix:///nowhere", version="1.51", environment={}) as client:
        process = client.containers.prepare_model({"Id": "1"}).exec_run("x", stdin=True, kill_on_cancel=True)
        yield process
        process.close()


@pytest.mark.parametrize(
    ("method", "arguments", "text"),
    [
        ("resize", (-1, 80), r"resize\(\) height must be a whole number, 0 to 65,535, not -1"),
        ("resize", (24, -1), r"resize\(\) width must be a whole number, 0 to 65,535, not -1"),
        ("resize", (65536, 80), r"resize\(\) height must be a whole number, 0 to 65,535, not 65536"),
        ("send_signal", ("x",), r"send_signal\(\) signal must be the name of a signal .* not 'x'"),
        ("write", (released(),), r"write\(\) data is a memoryview that was released"),
        ("communicate", (released(),), r"communicate\(\) input is a memoryview that was released$"),
    ],
)
async def test_wrong_values_are_refused_by_name(process, method, arguments, text):
    with pytest.raises(errors.InvalidArgument, match=text):
        await getattr(process, method)(*arguments)


@pytest.mark.parametrize("size", [(65536, 80), (24, -1)])
def test_the_first_size_of_a_terminal_is_checked_too(size):
    container = aiodockerpy.DockerClient("unix:///nowhere", environment={}).containers.prepare_model({"Id": "1"})
    with pytest.raises(
        errors.InvalidValue, match=r"exec_run\(\) console_size\[[01]\] must be a whole number, 0 to 65,535"
    ):
        container.exec_run("x", console_size=size)


@pytest.mark.parametrize(
    ("signal", "name"),
    [("HUP", "HUP"), ("sigterm", "TERM"), ("9", "9"), ("SIGRTMIN+3", "RTMIN+3"), ("RTMAX-1", "RTMAX-1")],
)
def test_names_and_numbers_of_signals(signal, name):
    assert signal_name(signal) == name


@pytest.mark.parametrize("signal", ["", "SIG", "SIGX", "HUP;", "9\n", "a\0b", "-9", "٩", "100", "x" * 100_000])
def test_there_is_no_such_signal(signal):
    with pytest.raises(errors.InvalidValue, match=r"send_signal\(\) signal"):
        signal_name(signal)


async def test_a_negative_count_takes_nothing():
    chunks = [Chunk("stdout", b"abc")]

    class Process:
        async def batch(self):
            return [chunks.pop()] if chunks else []

    stdout = ProcessOutput(_Split(Process()), "stdout")
    assert await stdout.read(1) == b"a"
    with pytest.raises(errors.InvalidValue, match=r"readexactly\(\) n must be a whole number, 0 or more, not -1"):
        await stdout.readexactly(-1)
    assert await stdout.read() == b"bc"
