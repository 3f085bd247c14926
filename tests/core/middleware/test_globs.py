from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolpost.middleware.globs import exact, fits, matcher, nearest_to


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


def test_what_matches_many_names_says_the_same():
    globs = ("Ann", "team-*", "\uff22ob")
    names = ("Ann", "\uff21nn", "Bob", "\uff22ob", "ann", "team-a", "team\uff0da", "team", "Annie")
    matches = matcher(globs)
    assert matches is not None
    assert [matches(name) for name in names] == [fits(name, globs) for name in names]
    assert [name for name in names if matches(name)] == ["Ann", "\uff21nn", "Bob", "\uff22ob", "team-a", "team\uff0da"]


def test_every_name_needs_no_matching():
    assert matcher([]) is matcher(["a", "*"]) is None
    assert exact(["a", "b*", "c?", "[d]"]) == {"a"}
