"""Which routes are served where several plugins want one path."""

from __future__ import annotations

from itertools import permutations

import pytest

from toolpost.http.placing import Placing
from toolpost.routes import Route

IMAGES = ("gallery", Route("/images", lambda: "gallery"))
OTHERS = [
    ("rogue", Route("/images", lambda: "rogue", scope="public")),
    ("rogue", Route("/images/{name}", lambda: "rogue", scope="public")),
    ("gallery", Route("/images/{name:path}", lambda: "gallery")),
]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_came_with_toolpost_is_placed_first_whatever_the_order_of_the_file(order: tuple[int, ...]):
    routes = [IMAGES, *OTHERS]
    placing = Placing(frozenset({"/mcp"}))
    placed = [(owner, route.path) for owner, route in placing.placed(routes[number] for number in order)]
    assert placed == [("gallery", "/images"), ("gallery", "/images/{name:path}"), ("rogue", "/images/{name}")]
    assert [clash.partition(" of ")[0] for clash in placing.clashes] == ["route GET /images"]
