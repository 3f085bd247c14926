"""The models that a connection serves: by name, with their aliases, kind, end, and whether they call tools."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydantic import SecretStr

from toolpost_openai import OpenAI
from toolpost_openai.catalogue import today
from toolpost_openai.listing import BELIEVE, DOUBT, Offered

SOON = str(today() + timedelta(days=30))


class Own:
    name, abilities = "local", type("Abilities", (), {"tools": False, "images": False})

    async def connect(self, report):
        raise AssertionError("a list must not start a model")


async def listed(**settings):
    plugin = OpenAI(**settings)
    async with plugin.lifespan():
        return {one.name: one for one in await plugin.list_models()}


async def test_openai_says_what_it_has(server):
    server.models = [
        {"id": "gpt-6-luna", "created": 7, "owned_by": "openai", "shutdown_date": SOON},
        "gpt-6.1-sol",
        "gpt-image-2.5-flare",
        "gpt-image-2.5-sunburst",
        "text-embedding-4",
        "gpt-7-nova",
        "gpt-4",
        {"id": "gpt-5.5", "shutdown_date": "2026-01-01"},
    ]
    found = await listed(base_url=server.base_url, serves="openai")
    assert found["gpt-6-luna"] == Offered("gpt-6-luna", ("chat.fast",), 7, "openai", date.fromisoformat(SOON))
    assert found["gpt-image-2.5-flare"].aliases == ("image.fast",)
    kinds = {name: (one.kind, one.tools) for name, one in found.items()}
    assert kinds == {
        "gpt-6-luna": ("chat", True),
        "gpt-6.1-sol": ("chat", True),
        "gpt-image-2.5-flare": ("image", False),
        "gpt-image-2.5-sunburst": ("image", False),
        "text-embedding-4": ("other", False),
        "gpt-7-nova": ("chat", True),
    }


async def test_another_server_has_the_aliases_of_chat_and_its_own(server):
    server.models = ["nomic-embed-text", "qwen3-4b", "flux-dev"]
    found = await listed(base_url=server.base_url, aliases={"mine": "qwen3-30b"})
    assert found["qwen3-4b"].aliases == ("chat.fast", "chat.best")
    assert found["qwen3-30b"].aliases == ("mine",)
    assert [one.kind for one in found.values()] == ["other", "chat", "image", "chat"]


async def test_without_the_providers_word_the_catalogue_counts():
    found = await listed(base_url="http://127.0.0.1:9/v1", serves="openai", api_key=SecretStr("sk-test"))
    assert found["gpt-6-luna"].aliases == ("chat.fast",)
    assert "gpt-4" not in found


async def test_a_model_of_our_own_is_listed_without_being_started():
    (own,) = (await listed(local=Own(), aliases={"mine": "x"})).values()
    assert (own.name, own.aliases) == ("chat.fast", ("chat.best", "mine"))
    assert (own.owned_by, own.tools) == ("local", False)


async def test_where_nothing_is_configured_nothing_is_listed():
    assert await listed() == {}


@pytest.mark.parametrize(("models", "seconds"), [(["a"], BELIEVE), ([], DOUBT)])
async def test_the_list_is_asked_for_again_only_after_a_while(server, models, seconds):
    server.models, now = models, 100.0
    plugin = OpenAI(base_url=server.base_url)
    async with plugin.lifespan():
        listing = (await plugin.connect()).listing
        listing.clock = lambda: now
        for _ in range(3):
            assert [row["id"] for row in await listing.rows()] == models
        assert len(server.requests) == 1
        now += seconds
        await listing.rows()
        assert len(server.requests) == 2


async def test_the_model_behind_an_alias_is_looked_up_once_for_many_turns(server):
    server.models = ["qwen3-4b"]
    plugin = OpenAI(base_url=server.base_url)
    async with plugin.lifespan():
        for _ in range(3):
            assert (await (await plugin.connect()).choose("chat.fast")).model.name == "qwen3-4b"
    assert len(server.requests) == 1
