"""The rules of models that draw are data, and the right model is found for each server."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import InvalidArguments
from toolpost_openai.catalogue import Catalogue
from toolpost_openai.images import choose_painter, living, pixels_of
from toolpost_openai.server import Server

TODAY = date(2026, 11, 20)
CATALOGUE = Catalogue.load()
FREE = CATALOGUE.draws["gpt-image-2"]
FIXED = CATALOGUE.draws["gpt-image-1"]


class Connected:
    """As much of a connection as a choice needs."""

    def __init__(self, *served: str, official: bool = False) -> None:
        self.server = Server("box", "http://box/v1", official=official)
        self.names = served

    async def served(self):
        return self.names


async def chosen(name, connection, **aliases):
    return await choose_painter(connection, CATALOGUE, aliases, name, TODAY)


@pytest.mark.parametrize("size", ["auto", "1024x1024", "3840x2160", "2160x3840", "1536x512", "640x1024"])
def test_sizes_within_the_rule_are_taken(size):
    assert FREE.takes_size(size)


@pytest.mark.parametrize(
    "size", ["", "x", "0x0", "1024x1000", "3856x2160", "3840x2176", "3200x1024", "512x512", "1024X1024", "-16x1024"]
)
def test_sizes_beyond_the_rule_are_not(size):
    assert not FREE.takes_size(size)


@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_the_nearest_size_is_always_one_that_is_taken(width, height):
    for drawing in (FREE, FIXED):
        near = drawing.nearest_size(f"{width}x{height}")
        assert near is not None
        assert drawing.takes_size(near)


@pytest.mark.parametrize(
    ("size", "near"),
    [("1792x1024", "1536x1024"), ("1024x1792", "1024x1536"), ("256x256", "1024x1024"), ("auto", None)],
)
def test_the_nearest_of_named_sizes_has_the_shape(size, near):
    assert FIXED.nearest_size(size) == near


def test_only_a_size_in_pixels_has_pixels():
    assert pixels_of("12x34") == (12, 34)
    assert [pixels_of(size) for size in ("auto", "12x", "012x3", "1x2x3", "１x２")] == [None] * 5


@pytest.mark.parametrize(("alias", "ability"), [("image.best", "sunburst"), ("image.fast", "flare"), ("", "sunburst")])
async def test_openai_has_a_model_for_each_alias(alias, ability):
    assert ability in (await chosen(alias, Connected(official=True))).model


async def test_a_model_that_writes_does_not_draw():
    with pytest.raises(InvalidArguments, match="gpt-6-luna makes no pictures; those that do: gpt-image"):
        await chosen("gpt-6-luna", Connected(official=True))


async def test_an_unknown_model_is_asked_and_not_judged():
    painter = await chosen("gpt-image-9", Connected(official=True))
    assert (painter.model, painter.drawing, painter.notes) == ("gpt-image-9", None, ())


@pytest.mark.parametrize("name", [name for name, model in CATALOGUE.models.items() if model.draws])
def test_every_name_leads_to_a_model_that_lives_and_streams(name):
    painter = living(CATALOGUE, name, TODAY)
    assert painter.model in CATALOGUE.alive(TODAY, "pictures")
    assert painter.drawing is not None
    assert painter.drawing.streams


@pytest.mark.parametrize(
    ("served", "model"),
    [
        (("llama", "sd-turbo"), "sd-turbo"),
        (("qwen-image", "flux"), "qwen-image"),
        (("a", "gpt-image-2.5-sunburst"), "gpt-image-2.5-sunburst"),
        (("llama",), ""),
        ((), ""),
    ],
)
async def test_another_server_draws_with_what_it_has(served, model):
    assert (await chosen("image.best", Connected(*served))).model == model


async def test_another_servers_models_are_not_judged_but_dall_e_3_draws_one_at_a_time():
    painter = await chosen("dall-e-3", Connected())
    assert (painter.model, painter.drawing, painter.most, painter.notes) == ("dall-e-3", None, 1, ())


async def test_the_configuration_overrides_an_alias():
    assert (await chosen("image.best", Connected(), **{"image.best": "mine"})).model == "mine"
    assert (
        await chosen("image.best", Connected(official=True), **{"image.best": "gpt-image-2"})
    ).model == "gpt-image-2"
