"""Names are valid everywhere, the same each time, and no two alike."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from toolpost_upstream.offers.names import named, prefixed

PREFIXES = st.text("ab_-", min_size=1, max_size=6)
NAMES = st.text(min_size=1, max_size=100)


@given(PREFIXES, NAMES)
def test_a_name_is_one_that_every_client_takes(prefix: str, name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", prefixed(prefix, name))


@given(st.sets(st.tuples(PREFIXES, st.one_of(NAMES, st.text("abc_", min_size=1, max_size=5))), max_size=20))
def test_no_two_are_called_the_same(pairs: set[tuple[str, str]]) -> None:
    prefixes = {prefix for prefix, _ in pairs}
    called = [prefixed(prefix, name, prefixes - {prefix}) for prefix, name in pairs]
    assert len(set(called)) == len(called)


def test_an_ordinary_name_stays_what_it_is() -> None:
    assert prefixed("files", "read_file") == "files_read_file"
    assert prefixed("", "read_file") == "read_file"


def test_no_server_can_have_a_name_that_another_was_given() -> None:
    given = prefixed("a", "b_c", {"a_b"})
    assert prefixed("a_b", given.removeprefix("a_b_"), {"a"}) != given
    assert prefixed("", given, {"a", "a_b"}) != given


def test_a_name_does_not_depend_on_what_else_is_offered() -> None:
    alone = dict(named("a", ["x y"]))
    among = dict(named("a", ["x_y", "x y", "x-y"]))
    assert alone["x y"] == among["x y"]
    assert len(set(among.values())) == 3


def test_a_name_listed_twice_counts_once() -> None:
    assert list(named("a", ["x", "x"])) == [("x", "a_x")]
