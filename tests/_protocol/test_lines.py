from __future__ import annotations

import struct

import pytest
from hypothesis import given, strategies as st

from aiodockerpy import errors
from aiodockerpy._protocol.frames import WHOLE_FRAME, FrameDecoder, RawDecoder
from aiodockerpy._protocol.lines import MAX_LINE, LineDecoder, LogLine
from tests.together import together

from .splits import PLACES, cut, ways

NUMBERS = {"stdout": 1, "stderr": 2}
T1 = "2026-11-23T11:14:47.123456789Z"
T2 = "2026-11-23T11:14:48.000000000Z"


def frames(*chunks):
    return b"".join(struct.pack(">BxxxL", NUMBERS[stream], len(data)) + data for stream, data in chunks)


def run(pieces, decoder):
    lines = [line for piece in pieces for line in decoder.feed(piece)]
    lines += decoder.flush()
    decoder.close()
    return lines


def raw(data, **options):
    return run([data], LineDecoder(RawDecoder(), **options))


def framed(*chunks, **options):
    return run([frames(*chunks)], LineDecoder(FrameDecoder(), **options))


def out(*lines):
    return [LogLine("stdout", line) for line in lines]


@given(
    st.lists(st.tuples(st.sampled_from(sorted(NUMBERS)), st.text("ab\n", max_size=12).map(str.encode)), max_size=12),
    st.sampled_from([4, 7, MAX_LINE]),
    PLACES,
)
def test_joined_frames_give_the_same_lines(chunks, max_line, places):
    data = frames(*chunks)
    joined = run(cut(data, places), LineDecoder(FrameDecoder(join=True), max_line=max_line))
    assert by_stream(joined) == by_stream(run([data], LineDecoder(FrameDecoder(), max_line=max_line)))


@given(
    st.lists(st.tuples(st.sampled_from(sorted(NUMBERS)), st.text("ab\n", max_size=12).map(str.encode)), max_size=12),
    st.sampled_from([4, 7, MAX_LINE]),
    st.integers(0, 200),
    PLACES,
)
def test_what_came_before_a_cut_is_there(chunks, max_line, end, places):
    data = frames(*chunks)[:end]
    decoder = LineDecoder(FrameDecoder(), max_line=max_line)
    lines = [line for piece in cut(data, places) for line in decoder.feed(piece)] + decoder.cut()
    bare = FrameDecoder()
    whole = {}
    for stream, text in [*bare.feed(data), *bare.flush()]:
        whole[stream] = whole.get(stream, b"") + text
    assert by_stream(lines) == {stream: text for stream, text in whole.items() if text}
    assert not decoder.cut()


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (f"{T1[:-4]}".encode(), None),  # no more than the beginning of the time
        (f"{T1} ".encode(), None),
        (f"{T1} a=b".encode(), None),
        (f"{T1} a=b te".encode(), LogLine("stdout", b"te", T1, True, {"a": "b"})),
    ],
)
def test_what_stands_before_a_line_is_never_taken_for_its_text(data, line):
    decoder = LineDecoder(FrameDecoder(), timestamps=True, details=True)
    assert decoder.feed(frames(("stdout", data + b"xt\n"))[: 8 + len(data)]) == []
    assert decoder.cut() == ([line] if line is not None else [])


def by_stream(lines):
    """Where a line is longer than allowed, its pieces may be cut elsewhere."""
    found = {}
    for line in lines:
        texts = found.setdefault(line.stream, [])
        texts.append(line.data if line.partial else line.data + b"\n")
    return {stream: b"".join(texts) for stream, texts in found.items()}


@together(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a\n", [b"a"]),
        (b"a", [b"a"]),
        (b"a\n\nb\n", [b"a", b"", b"b"]),
        (b"a\nb", [b"a", b"b"]),
        (b"a\r\nb\r\n", [b"a\r", b"b\r"]),
        (b"a\rb\x0bc\x0cd\x1ce\xc2\x85f\xe2\x80\xa8g\n", [b"a\rb\x0bc\x0cd\x1ce\xc2\x85f\xe2\x80\xa8g"]),
    ],
)
def test_lines(data, expected):
    for pieces in ways(data):
        assert run(pieces, LineDecoder(RawDecoder())) == out(*expected)


def test_streams_are_kept_apart():
    assert framed(("stdout", b"to be "), ("stderr", b"oh\n"), ("stdout", b"or not\n")) == [
        LogLine("stderr", b"oh"),
        LogLine("stdout", b"to be or not"),
    ]


def test_a_character_over_two_frames_is_whole():
    (line,) = framed(("stdout", b"gr\xc3"), ("stderr", b""), ("stdout", b"\xbcn\n"))
    assert line.text == "grün"


def test_last_lines_without_newline_come_in_the_order_of_their_streams():
    assert framed(("stderr", b"b"), ("stdout", b"a")) == [LogLine("stderr", b"b"), LogLine("stdout", b"a")]


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"a\r", "a"), (b"a\r\r", "a\r"), (b"\xff\xfea", "\ufffd\ufffda"), (b"", ""), ("✓ ü".encode(), "✓ ü")],
)
def test_text(data, text):
    assert LogLine("stdout", data).text == text
    assert str(LogLine("stdout", data)) == text


STREAMS = st.sampled_from(sorted(NUMBERS))
OUTPUT = st.lists(
    st.tuples(
        STREAMS,
        st.lists(st.sampled_from([b"\n", b"a", "ü€𝄞".encode(), b"\xff", b"\r", b"xyz"]), max_size=8).map(b"".join),
    ),
    max_size=10,
)


def reference(chunks, longest):
    """The plain definition: join each stream, cut it at newlines, cut long lines at characters."""
    expected = {}
    for stream in NUMBERS:
        whole = b"".join(data for name, data in chunks if name == stream)
        lines = whole.split(b"\n")
        if not lines[-1]:
            lines.pop()
        expected[stream] = [(piece, more) for line in lines for piece, more in _cut(line, longest)]
    return expected


def _cut(line, longest):
    while len(line) > longest:
        places = range(longest, longest - 4, -1)
        end = next((place for place in places if place and line[:place].endswith(_characters(line, place))), longest)
        yield line[:end], True
        line = line[end:]
    yield line, False


def _characters(line, place):
    """The bytes before a place, unless a character goes over it."""
    for start in range(max(0, place - 3), place):
        for end in range(place + 1, min(len(line), start + 4) + 1):
            try:
                if len(line[start:end].decode()) == 1:
                    return b"\0never"
            except UnicodeDecodeError:
                continue
    return line[:place]


@given(OUTPUT, PLACES, st.integers(4, 12))
def test_any_split_gives_the_same_lines(chunks, places, longest):
    pieces = cut(frames(*chunks), places)
    lines = run(pieces, LineDecoder(FrameDecoder(), max_line=longest))
    got = {stream: [(line.data, line.partial) for line in lines if line.stream == stream] for stream in NUMBERS}
    assert got == reference(chunks, longest)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=5), PLACES, st.integers(4, 12))
def test_pieces_of_a_long_line_are_text_each(text, places, longest):
    lines = run(cut(text.encode(), places), LineDecoder(RawDecoder(), max_line=longest))
    assert "".join(line.data.decode() for line in lines) == text
    assert [line.partial for line in lines] == [True] * (len(lines) - 1) + [False]
    assert all(longest - 3 <= len(line.data) <= longest for line in lines[:-1])


def test_ten_megabytes_without_newline():
    data = b"x" * (10 * 1024 * 1024) + b"\n"
    lines = run([data[i : i + 65536] for i in range(0, len(data), 65536)], LineDecoder(RawDecoder()))
    assert [len(line.data) for line in lines] == [MAX_LINE] * 10
    assert [line.partial for line in lines] == [True] * 9 + [False]


def test_a_line_of_just_the_limit_is_whole():
    assert raw(b"1234\n12345\n", max_line=4) == [*out(b"1234"), LogLine("stdout", b"1234", None, True), *out(b"5")]


def test_a_long_line_of_no_utf8_is_cut_at_the_limit():
    assert [len(line.data) for line in raw(b"\x80" * 11, max_line=5)] == [5, 5, 1]


def test_the_limit_is_not_below_the_length_of_a_character():
    assert raw("🐳🐳\n".encode(), max_line=1) == [LogLine("stdout", "🐳".encode(), None, True), *out("🐳".encode())]


def test_a_line_in_many_small_pieces_is_joined_once():
    data = b"y" * 500_000 + b"\n"
    assert run([data[i : i + 1] for i in range(len(data))], LineDecoder(RawDecoder())) == out(data[:-1])


@together(
    ("data", "expected"),
    [
        (f"{T1} a b\n".encode(), [LogLine("stdout", b"a b", T1)]),
        (f"{T1} \n".encode(), [LogLine("stdout", b"", T1)]),
        (f"{T1} a\n{T2} b".encode(), [LogLine("stdout", b"a", T1), LogLine("stdout", b"b", T2)]),
        (b"2026-11-23T11:14:47.123456789+01:00 a\n", [LogLine("stdout", b"a", "2026-11-23T11:14:47.123456789+01:00")]),
        (b"no time\n", [LogLine("stdout", b"no time")]),
        (b"2026-11-23T11:14:47Z too short\n", [LogLine("stdout", b"2026-11-23T11:14:47Z too short")]),
    ],
)
def test_timestamps(data, expected):
    for pieces in ways(data):
        assert run(pieces, LineDecoder(RawDecoder(), timestamps=True)) == expected


def test_times_are_text_of_the_line_unless_asked_for():
    assert raw(f"{T1} a\n".encode()) == out(f"{T1} a".encode())


@pytest.mark.parametrize(
    ("data", "details", "text"),
    [
        (b" hello\n", {}, b"hello"),
        (b"a=1 hello world\n", {"a": "1"}, b"hello world"),
        (b"com.x%2Fy=a+b%2C%3D,env=  two\n", {"com.x/y": "a b,=", "env": ""}, b" two"),
        (b"nothing\n", None, b"nothing"),
    ],
)
def test_details(data, details, text):
    assert raw(data, details=True) == [LogLine("stdout", text, None, False, details)]
    assert raw(f"{T1} ".encode() + data, details=True, timestamps=True) == [LogLine("stdout", text, T1, False, details)]


def test_a_line_that_the_engine_stored_in_parts_has_one_prefix():
    part = f"{T1} ".encode()
    chunks = [
        ("stdout", part + b"a" * 10),
        ("stdout", part + b"b" * 10),
        ("stderr", part + b"x\n"),
        ("stdout", part + b"c\n"),
    ]
    assert framed(*chunks, timestamps=True) == [
        LogLine("stderr", b"x", T1),
        LogLine("stdout", b"a" * 10 + b"b" * 10 + b"c", T1),
    ]
    part += b"k=v "
    assert framed(("stdout", part + b"a"), ("stdout", part + b"b\n"), timestamps=True, details=True) == [
        LogLine("stdout", b"ab", T1, False, {"k": "v"})
    ]


def test_every_piece_of_a_long_line_has_its_time():
    data = f"{T1} ".encode() + b"x" * 100 + b"\n" + f"{T2} y\n".encode()
    for pieces in ways(data):
        lines = run(pieces, LineDecoder(RawDecoder(), timestamps=True, max_line=50))
        assert b"".join(line.data for line in lines) == b"x" * 100 + b"y"
        assert [line.time for line in lines] == [T1, T1, T1, T2]
        assert [line.partial for line in lines] == [True, True, False, False]


def test_a_cut_frame_keeps_its_lines_and_tells():
    decoder = LineDecoder(FrameDecoder())
    data = frames(("stdout", b"one\ntwo\nthree\n"))
    assert decoder.feed(data[:-3]) == []
    assert decoder.flush() == out(b"one", b"two", b"thr")
    with pytest.raises(errors.StreamInterrupted, match="3 bytes before the end of a frame"):
        decoder.close()


def test_long_frames():
    data = b"".join(b"%d\n" % number for number in range(WHOLE_FRAME // 4))
    assert len(data) > WHOLE_FRAME
    whole = frames(("stdout", data))
    lines = run([whole[i : i + 1000] for i in range(0, len(whole), 1000)], LineDecoder(FrameDecoder()))
    assert [line.text for line in lines] == [str(number) for number in range(WHOLE_FRAME // 4)]
