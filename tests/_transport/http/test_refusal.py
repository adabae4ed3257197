"""The text of a refusal."""

from __future__ import annotations

import json

import pytest

from aiodockerpy._transport.http.refusal import explanation

CUT = " … (the text was cut)"


@pytest.mark.parametrize("message", ["No such container: web", 'say "no"', "\u00e9t\u00e9", ""])
def test_the_text_of_a_body_that_was_cut_is_said_to_be_cut(message):
    body = json.dumps({"message": message}).encode()
    assert explanation(body + b"\n", "identity") == message
    begin = len(b'{"message": "')
    for place in range(1, len(body)):
        text = explanation(body[:place], "identity")
        assert text.endswith(CUT)
        if place >= begin and not body[:place].endswith(b"\\") and b"\\u" not in body[:place]:
            assert message.startswith(text.removesuffix(CUT))


@pytest.mark.parametrize("text", ["", "<html>gone</html>", "{oops}", '{"message": 5}', '{"error": "no"}', "[1"])
def test_other_texts_are_shown_as_they_are(text):
    assert explanation(text.encode(), "identity") == text
