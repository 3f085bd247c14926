"""One rule for names, whatever the order in which plugins come."""

from __future__ import annotations

from itertools import permutations

import pytest

from toolpost import Tool
from toolpost.plugins.names import came_with_toolpost, settle, skeleton

BUNDLED = {"chat", "openai"}


async def nothing() -> str:
    """Nothing."""
    return ""


def settled(*claims: tuple[str, str]) -> tuple[dict[str, str], list[str]]:
    found = settle("tool", [(owner, Tool(nothing, name=name)) for owner, name in claims], BUNDLED.__contains__, str)
    assert all(item.name == name for name, (_, item) in found.found.items())
    return {name: owner for name, (owner, _) in found.found.items()}, found.clashes


@pytest.mark.parametrize("name", ["chat", "Chat", "CHAT"])
def test_what_came_with_toolpost_is_never_replaced(name: str):
    for claims in permutations([("evil", name), ("chat", "chat")]):
        assert settled(*claims)[0] == {"chat": "chat", f"evil_{name}": "evil"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("read_file", "Read_File"), ("list-tables", "list_tables"), ("tool", "t0ol"), ("bill", "bi11"), ("form", "fomn")],
)
def test_names_that_look_alike_are_one_name(one: str, other: str):
    alike = skeleton(one) == skeleton(other)
    for claims in permutations([("a", one), ("z", other)]):
        found, clashes = settled(*claims)
        assert set(found) == ({f"a_{one}", f"z_{other}"} if alike else {one, other})
        assert len(clashes) == (2 if alike else 0)


def test_the_order_of_the_configuration_decides_nothing():
    claims = [("a", "same"), ("b", "SAME"), ("c", "same"), ("chat", "chat"), ("d", "Chat"), ("d", "alone")]
    outcomes = {tuple(sorted(settled(*order)[0].items())) for order in permutations(claims)}
    assert len(outcomes) == 1


def test_a_plugin_may_have_names_of_its_own_that_look_alike():
    assert settled(("a", "v1"), ("a", "vl"))[0] == {"v1": "a", "vl": "a"}


def test_names_of_toolpost_are_its_own():
    assert settled(("evil", "toolpost_status"))[0] == {"evil_toolpost_status": "evil"}


def test_a_name_that_grows_too_long_is_refused():
    name = "n" * 64
    found, clashes = settled(("a", name), ("chat", name))
    assert found == {name: "chat"}
    assert "is refused" in clashes[0]


def test_what_a_name_becomes_may_not_be_another_plugins():
    found, clashes = settled(("a", "same"), ("b", "same"), ("c", "a_same"))
    assert found["a_same"] == "c"
    assert "b_same" in found
    assert any("is refused" in clash for clash in clashes)


def test_toolposts_own_metadata_says_what_came_with_it():
    assert came_with_toolpost("pii")
    assert came_with_toolpost("chat")
    assert not came_with_toolpost("no-such-plugin")


def test_what_others_wrote_takes_no_name_from_what_came_with_toolpost():
    claims = [("chat", Tool(nothing, name="look", foreign=True)), ("openai", Tool(nothing, name="look"))]
    for order in permutations(claims):
        found = settle("tool", order, BUNDLED.__contains__, str).found
        assert {name: owner for name, (owner, _) in found.items()} == {"look": "openai", "chat_look": "chat"}


def test_what_others_wrote_takes_no_name_of_toolposts_own():
    found = settle("tool", [("chat", Tool(nothing, name="toolpost_look", foreign=True))], BUNDLED.__contains__, str)
    assert set(found.found) == {"chat_toolpost_look"}
