from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolpost.middleware.policy.names import fits, nearest_to


@given(st.text(max_size=40))
def test_a_star_stands_for_any_name(name: str):
    assert fits(name, ("*",))


@given(st.text(max_size=40))
def test_no_pattern_stands_for_no_name(name: str):
    assert not fits(name, ())


@given(st.from_regex(r"[A-Za-z0-9_.-]{1,64}", fullmatch=True))
def test_a_name_stands_for_itself_and_nothing_longer(name: str):
    assert fits(name, (name,))
    assert not fits(name + "x", (name,))
    assert not fits("x" + name, (name,))
    assert not fits(name + "\n", (name,))


def test_any_of_several_patterns_will_do():
    assert [name for name in ("ann", "bob", "team-a", "team") if fits(name, ("ann", "team-*"))] == ["ann", "team-a"]


def test_a_pattern_with_many_stars_takes_no_time():
    assert not fits("a" * 50_000, ("*a" * 20 + "b",))


def test_the_nearest_name_ends_a_sentence():
    assert nearest_to("wirte_*", ["write_x", "read"]) == "; did you mean 'write_x'?"
    assert nearest_to("zzz", ["write_x"]) == ""
