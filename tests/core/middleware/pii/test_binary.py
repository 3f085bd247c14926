"""What is a file in base64 and no text is left alone; telling takes time that grows with the length alone."""

from __future__ import annotations

import base64
import random

import pytest

from toolpost.middleware.pii.binary import is_binary

FILE = base64.b64encode(random.Random(1).randbytes(3000)).decode()


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_in_lines_is_one(end: str):
    lines = [FILE[at : at + 76] for at in range(0, len(FILE), 76)]
    assert is_binary(end.join(lines) + end)
    assert is_binary(FILE)
    assert is_binary(f"data:image/png;base64,{FILE}")


@pytest.mark.parametrize("text", ["aB1" + "a" * 100_000 + "!", ("aB1a" * 19 + "\n") * 2000 + "!", FILE + "\n\n" + FILE])
def test_what_only_begins_like_one_is_none(text: str):
    # A pattern with two ways to read it would not come back from here.
    assert not is_binary(text)
