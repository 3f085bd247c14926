"""Errors keep their kind when a layer rewrites their text."""

from __future__ import annotations

import pytest

from toolpost import Crash, InvalidArguments, Refused, ToolError, Unavailable


@pytest.mark.parametrize(
    "error",
    [ToolError("a"), InvalidArguments("a"), Refused("a"), Unavailable("a", retry_after=3), Crash("a", reference="r")],
    ids=lambda error: type(error).__name__,
)
def test_an_error_with_another_text_is_the_same_error(error: ToolError):
    error.meta = {"k": 1}
    other = error.with_text("b")
    assert (type(other), str(other), other.meta) == (type(error), "b", {"k": 1})
    assert str(error) == "a"
    assert {k: v for k, v in vars(other).items() if k != "meta"} == {
        k: v for k, v in vars(error).items() if k != "meta"
    }
