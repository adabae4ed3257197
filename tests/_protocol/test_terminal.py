import json

import pytest
from hypothesis import given, strategies as st

from aiodockerpy._protocol.terminal import BadResizeError, TerminalSize, cut_reason, resize_in, unfinished_bytes
from tests.together import together


@given(st.text(), st.integers(0, 400))
def test_whole_characters_are_what_utf_8_decodes(text, cut):
    data = text.encode()[:cut]
    whole = data[: len(data) - unfinished_bytes(data)]
    assert text.startswith(whole.decode())
    assert unfinished_bytes(data) <= 3
    assert len(data.decode(errors="ignore").encode()) == len(whole)


@given(st.binary())
def test_bytes_that_begin_no_character_are_never_kept(data):
    kept = unfinished_bytes(data)
    assert 0 <= kept <= 3
    if kept:  # there is a continuation that makes one character of them
        end = data[-kept:]
        assert any(
            _decodes(end + rest)
            for rest in (
                b"\x80",
                b"\x90",
                b"\xa0",
                b"\x80\x80",
                b"\x90\x80",
                b"\xa0\x80",
                b"\x80\x80\x80",
                b"\x90\x80\x80",
            )
        )


def _decodes(data):
    try:
        return len(data.decode()) == 1
    except UnicodeDecodeError:
        return False


@together(
    ("data", "kept"),
    [
        (b"", 0),
        (b"a", 0),
        (b"\xc3", 1),
        (b"a\xe2\x82", 2),
        (b"\xf0\x9f\x98", 3),
        ("€".encode(), 0),
        (b"\x80", 0),
        (b"\xff", 0),
        (b"\xe0\x80", 0),
        (b"\xed\x9f", 2),
        (b"\xed\xa0", 0),
        (b"a\xed\xbf", 0),
        (b"\xc0", 0),
    ],
)
def test_what_is_kept(data, kept):
    assert unfinished_bytes(data) == kept


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "resize", "cols": 80, "rows": 24}',
        '{"rows":24,"cols":80,"type":"resize"}',
        '{"cols": 80, "more": [], "type" : "resize", "rows": 24}',
    ],
)
def test_a_resize_message(text):
    assert resize_in(text) == TerminalSize(rows=24, columns=80)


@together("text", ["", "{", "ls\r", '"type": "resize"', '{"type": "other"}', 'echo {"type": "resize"}', '["type"]'])
def test_what_is_input(text):
    assert resize_in(text) is None


@together("side", [0, -1, 1001, 10**30, 1.5, True, None, "80", [], {}])
def test_a_resize_without_a_size_is_refused(side):
    with pytest.raises(BadResizeError, match="cols must be a whole number from 1 to 1000"):
        resize_in(json.dumps({"type": "resize", "rows": 24, "cols": side}))


@pytest.mark.parametrize(
    "text", ['{"type":"resize"', '{"type":"resize"}', '{"type":"resize","cols":NaN,"rows":1}', '{"type":"resize"}' * 2]
)
def test_a_resize_that_is_no_json_is_refused(text):
    with pytest.raises(BadResizeError, match="bad resize"):
        resize_in(text)


@given(st.text(alphabet=st.characters(), max_size=300))
def test_a_reason_fits_in_a_close_frame(text):
    reason = cut_reason(text)
    assert len(reason.encode()) <= 123
    assert reason == text.encode(errors="replace").decode() or reason.endswith("…")
