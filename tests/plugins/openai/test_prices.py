"""What a call costs is known where its price is, and unknown elsewhere: never nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import SecretStr

from toolpost_openai import OpenAI, prices
from toolpost_openai.catalogue import Catalogue

TABLE = """
[prices."gpt-image-2.5-sunburst"]
input = 5
input_images = 10
output = 40
pictures = { "high 1536x1024" = 0.25, "high" = 0.2, "any" = 0.1 }

[prices."gpt-6-luna"]
input = 0.5
cached_input = 0.05
output = 2.0

[prices."some-image"]
pictures = { "512x512" = 0.01 }
"""


@pytest.fixture
def priced(tmp_path) -> OpenAI:
    path = tmp_path / "mine.toml"
    path.write_text(TABLE)
    return OpenAI(api_key=SecretStr("sk-test"), catalogue=str(path))


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        ({"model": "gpt-6-luna", "input_tokens": 1000, "output_tokens": 500}, "0.0015"),
        ({"model": "gpt-6-luna", "input_tokens": 1000, "cached_tokens": 1000, "output_tokens": 0}, "0.00005"),
        (
            {
                "model": "gpt-image-2.5-sunburst",
                "input_tokens": 30,
                "input_image_tokens": 10,
                "output_tokens": 100,
                "images": 1,
            },
            "0.0042",
        ),
        ({"model": "gpt-image-2.5-sunburst", "images": 2, "quality": "high", "size": "1536x1024"}, "0.5"),
        ({"model": "gpt-image-2.5-sunburst", "images": 2, "quality": "high"}, "0.4"),
        ({"model": "gpt-image-2.5-sunburst-2026-09-08", "images": 3}, "0.3"),
        ({"model": "some-image", "images": 1, "size": "512x512"}, "0.01"),
        ({"model": "omni-moderation-latest", "input_tokens": 5, "output_tokens": 0}, "0"),
    ],
)
def test_the_cost_follows_from_the_usage(priced, usage, dollars):
    assert priced.cost(usage) == Decimal(dollars)


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"model": "nova", "images": 1},
        {"model": "gpt-5.5", "input_tokens": 1, "output_tokens": 1},
        {"model": "gpt-6-luna"},
        {"model": "gpt-6-luna", "input_tokens": "9", "output_tokens": True},
        {"model": "some-image", "images": 1, "size": "9x9"},
    ],
)
def test_a_cost_that_is_not_known_is_none(priced, usage):
    assert priced.cost(usage) is None


@pytest.mark.parametrize(
    ("tool", "arguments", "dollars"),
    [
        ("generate_image", {"prompt": "a cat", "n": 3}, "0.3"),
        ("generate_image", {"prompt": "a cat", "quality": "high", "size": "1536x1024"}, "0.25"),
        ("edit_image", {"prompt": "a hat", "model": "dall-e-3"}, "0.1"),
        ("chat", {"prompt": "x" * 400, "max_tokens": 100}, "0.00025"),
    ],
)
def test_an_estimate_follows_from_the_arguments(priced, tool, arguments, dollars):
    assert priced.estimate(tool, arguments) == Decimal(dollars)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("chat", {"prompt": "hi"}), ("forecast", {}), ("generate_image", {"model": 7}), ("chat", {"model": "nova"})],
)
def test_an_estimate_that_cannot_be_made_is_none(priced, tool, arguments):
    assert priced.estimate(tool, arguments) is None


def test_an_alias_of_the_settings_is_what_is_estimated(priced):
    priced.aliases["image.best"] = "some-image"
    assert priced.estimate("generate_image", {"size": "512x512"}) == Decimal("0.01")


def test_what_is_shipped_can_be_asked_without_a_plugin():
    assert prices.cost({"model": "omni-moderation-latest", "input_tokens": 1, "output_tokens": 0}) == 0
    assert prices.estimate("generate_image", {"prompt": "a cat"}) is None


def test_every_price_that_is_shipped_says_where_it_is_from():
    catalogue = Catalogue.load()
    stated = [price for price in catalogue.prices.values() if price.input is not None or price.pictures]
    assert all(price.as_of and price.source for price in stated)


@pytest.mark.parametrize("limit", ["max_completion_tokens", "max_tokens", "max_output_tokens"])
def test_a_conversation_says_its_limit_among_its_settings(priced, limit):
    messages = [{"role": "user", "content": "x" * 4000}]
    arguments = {"messages": messages, "model": "gpt-6-luna", "settings": {limit: 1000}}
    assert Decimal("0.0025") < priced.estimate("model", arguments) < Decimal("0.0026")
    assert Decimal("0.0025") < priced.estimate("model", {**arguments, "model": ""}) < Decimal("0.0026")
    assert priced.estimate("model", {"messages": messages, "model": "gpt-6-luna", "settings": {}}) is None


def test_a_picture_costs_tokens_and_not_its_bytes(priced):
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 4_000_000}}
    arguments = {"messages": [{"role": "user", "content": [picture]}], "settings": {"max_tokens": 0}}
    assert priced.estimate("model", arguments) < Decimal("0.001")
